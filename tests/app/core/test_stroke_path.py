# SPDX-License-Identifier: GPL-3.0-or-later
"""The path: dabs are evenly spaced on a smooth curve, from the first sample to the last."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.stabiliser import Sample
from app.core.stroke_path import HEADING, PRESSURE, WEIGHT, StrokePath


def places(pen, gap=2.0, needs_heading=False):
    path = StrokePath(lambda p, tx, ty: np.full_like(p, gap), needs_heading)
    return np.concatenate([*[path.add(s) for s in pen], path.finish()])


def test_dabs_on_a_line_are_evenly_spaced_and_the_last_is_a_part():
    found = places([Sample(0, 0), Sample(13, 0), Sample(57, 0), Sample(101, 0)])
    assert np.allclose(found[:, 0], [*range(0, 102, 2), 101], atol=0.02)
    assert np.allclose(found[:, 1], 0)
    assert np.allclose(found[:, WEIGHT], [1.0] * 51 + [0.5], atol=0.02)
    assert np.allclose(found[:, HEADING], [0.0] * 52)


def test_few_samples_of_a_circle_give_a_round_curve():
    pen = [
        Sample(100 * math.cos(a), 100 * math.sin(a))
        for a in np.linspace(-math.pi, 1.4 * math.pi, 30)
    ]
    found = places(pen)
    inner = found[60:-60]
    assert np.abs(np.hypot(inner[:, 0], inner[:, 1]) - 100).max() < 0.25
    # A polygon would turn by 15 degrees at a time.
    turns = np.diff(np.unwrap(inner[:, HEADING]))
    assert np.abs(turns).max() < math.radians(2)


@given(
    st.lists(
        st.tuples(st.floats(-300, 300), st.floats(-300, 300), st.floats(0, 1)),
        min_size=2,
        max_size=12,
    )
)
def test_dabs_never_leave_gaps_or_invent_pressure(points):
    found = places([Sample(*p) for p in points], gap=3.0)
    gaps = np.hypot(*np.diff(found[:, :2], axis=0).T)
    assert gaps.max(initial=0) <= 3.0 + 1e-6
    pressures = [p[2] for p in points]
    assert min(pressures) - 1e-9 <= found[:, PRESSURE].min()
    assert found[:, PRESSURE].max() <= max(pressures) + 1e-9
    moved = [points[0]]
    for p in points[1:]:
        if math.dist(p[:2], moved[-1][:2]) >= 0.05:
            moved.append(p)
    assert math.dist(found[-1, :2], moved[-1][:2]) < 3.0


def test_spacing_follows_pressure():
    path = StrokePath(lambda p, tx, ty: 1.0 + 9.0 * p)
    pen = [Sample(x, 0, x / 400) for x in range(0, 401, 10)]
    found = np.concatenate([*[path.add(s) for s in pen], path.finish()])
    gaps = np.diff(found[:-1, 0])
    middle = 1.0 + 9.0 * found[:-2, 0] / 400
    assert np.allclose(gaps, middle, rtol=0.15)


def test_a_tap_puts_dabs_up_to_its_strongest_pressure():
    pen = [Sample(5, 5, p) for p in (0.0, 0.2, 0.5, 0.9, 0.4, 0.0)]
    found = places(pen)
    assert found[:, PRESSURE].max() == 0.9
    assert (found[:, :2] == 5).all()
    assert len(places([Sample(5, 5, 1.0)])) == 1


def test_a_resting_pen_is_caught_up_with_and_pressing_harder_shows_there():
    path = StrokePath(lambda p, tx, ty: np.full_like(p, 2.0))
    moving = [Sample(0, 0, 0.3, 0.0), Sample(10, 0, 0.3, 0.01), Sample(20, 0, 0.3, 0.02)]
    before = np.concatenate([path.add(s) for s in moving])
    assert before[:, 0].max() <= 10
    assert len(path.add(Sample(20, 0, 0.3, 0.03))) == 0  # a double report is no rest yet
    rest = np.concatenate([path.add(Sample(20, 0, 0.3, 0.06)), path.add(Sample(20, 0, 0.9, 0.1))])
    assert rest[:, 0].max() == pytest.approx(20)
    assert rest[-1, PRESSURE] == 0.9
    after = np.concatenate([path.add(Sample(40, 0, 0.3, 0.2)), path.finish()])
    assert after[:, 0].min() >= 20 and after[-1, 0] == 40


def test_tips_that_turn_wait_for_a_heading_and_a_tap_still_prints():
    pen = [Sample(0, 0), Sample(0, 10), Sample(0, 40), Sample(0, 80)]
    found = places(pen, needs_heading=True)
    assert np.allclose(found[:, HEADING], math.pi / 2)
    assert tuple(found[0, :2]) == (0, 0)
    tap = places([Sample(3, 4, p) for p in (0.1, 0.7, 0.2)], needs_heading=True)
    assert tap.shape[0] == 1 and tuple(tap[0, :3]) == (3, 4, 0.7)


@pytest.mark.parametrize("needs_heading", [False, True])
def test_no_samples_no_dabs(needs_heading):
    path = StrokePath(lambda p, tx, ty: np.ones_like(p), needs_heading)
    assert len(path.finish()) == 0
