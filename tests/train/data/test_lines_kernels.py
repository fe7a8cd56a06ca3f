# SPDX-License-Identifier: GPL-3.0-or-later
"""Strokes as curves, passes and pixels."""

import numpy as np
import pytest

from train.data.lines.kernels import (
    Hand,
    draw_over,
    draw_strokes,
    find_crossings,
    nearest_lines,
    smooth_curve,
)

CORNER = np.radians(50)
STEADY = Hand(
    amount=0.0,
    passes_low=2,
    passes_high=2,
    piece_low=1000.0,
    piece_high=1000.0,
    overshoot=0.0,
    radius=1.0,
    opacity=0.8,
    taper=0.0,
    unevenness=0.0,
    straighten=0.0,
)


def test_a_curve_goes_through_its_vertices_and_keeps_corners() -> None:
    corner = np.array([[0.0, 0.0], [30.0, 0.0], [30.0, 30.0]])
    curve = smooth_curve(corner, 3.0, CORNER)
    for vertex in corner:
        assert np.hypot(*(curve - vertex).T).min() < 1e-9
    # No rounding: every point lies on one of the two sides.
    assert np.minimum(np.abs(curve[:, 1]), np.abs(curve[:, 0] - 30)).max() < 1e-9


def test_a_coarse_ring_becomes_round() -> None:
    t = np.linspace(0, 2 * np.pi, 13)
    curve = smooth_curve(np.c_[np.cos(t), np.sin(t)] * 50, 3.0, CORNER)
    middle = np.hypot(*curve.T)[6:-6]
    assert middle.min() > 49  # the straight polygon would come as near as 48.3


def test_a_steady_hand_draws_the_stroke_itself() -> None:
    line = np.c_[np.arange(0, 60, 3.0), np.full(20, 7.0)]
    passes, offsets = draw_over(
        line, np.array([0, 20]), np.ones(1), STEADY, np.random.default_rng(0)
    )
    assert len(offsets) == 3  # two passes
    assert passes[:, 1] == pytest.approx(7.0)
    assert passes[:, 0].min() == pytest.approx(0.0)
    assert passes[:, 0].max() == pytest.approx(57.0)


def test_a_wild_hand_stays_around_the_stroke() -> None:
    line = np.c_[np.arange(0, 300, 3.0), np.full(100, 7.0)]
    wild = STEADY._replace(amount=3.0, overshoot=10.0, piece_low=40.0, piece_high=90.0)
    passes, offsets = draw_over(
        line, np.array([0, 100]), np.ones(1), wild, np.random.default_rng(0)
    )
    assert len(offsets) > 6
    assert 0.5 < np.abs(passes[:, 1] - 7).mean() < 6
    assert abs(passes[:, 1].mean() - 7) < 1.5  # the passes find the line together


def test_a_drawn_line_is_as_wide_and_dark_as_asked() -> None:
    layers = np.zeros((1, 32, 32), np.float32)
    points = np.array([[4.0, 16.0, 2.0, 0.5], [28.0, 16.0, 2.0, 0.5]])
    draw_strokes(layers, points, np.array([0, 2]))
    column = layers[0, :, 16]
    assert column[16] == pytest.approx(0.5)
    assert column.sum() == pytest.approx(0.5 * 4, abs=0.01)
    assert layers[0, 16, 0] == 0


def test_strokes_beyond_the_canvas_are_cut_off() -> None:
    layers = np.zeros((1, 16, 16), np.float32)
    points = np.array([[-50.0, 8.0, 1.0, 1.0], [80.0, 8.0, 1.0, 1.0]])
    draw_strokes(layers, points, np.array([0, 2]))
    assert (layers[0, 8] == 1).all()
    assert layers[0, 0].max() == 0


def test_the_nearest_line_is_known_with_distance_and_direction() -> None:
    points = np.array([[0.0, 5.0], [31.0, 5.0], [20.0, 0.0], [20.0, 31.0]])
    distance, direction, nearest = nearest_lines(points, np.array([0, 2, 4]), 32, 32, 6.0)
    assert distance[8, 2] == pytest.approx(3.0)
    assert nearest[8, 2] == 0
    assert direction[:, 8, 2] == pytest.approx([1, 0])  # level: cos 0, sin 0
    assert direction[:, 25, 18] == pytest.approx([-1, 0], abs=1e-6)  # upright: cos 180°
    assert distance[31, 0] == pytest.approx(6.0)
    assert nearest[31, 0] == -1


def test_crossings_are_where_strokes_cross() -> None:
    points = np.array([[0.0, 5.0], [30.0, 5.0], [20.0, 0.0], [20.0, 31.0], [0.0, 9.0], [9.0, 9.0]])
    assert find_crossings(points, np.array([0, 2, 4, 6])) == pytest.approx(np.array([[20.0, 5.0]]))
