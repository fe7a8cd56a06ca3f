# SPDX-License-Identifier: GPL-3.0-or-later
"""The artist's strokes as the network reads them, and back at the artist's scale."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_tools.suggest.prefix import (
    BOX,
    MOST_POINTS,
    polylines,
    related,
    selected,
    side_of,
    simplified,
)
from app.core.geometry import Rect
from app.core.selection import Selection
from app.core.strokes import Stroke


def stroke(points: object, erase: bool = False, size: float = 2) -> Stroke:
    xy = np.array(points, np.float32).reshape(-1, 2)
    rest = np.ones((len(xy), 2), np.float32)
    return Stroke(np.hstack([xy, rest]), size, (0, 0, 0), erase=erase)


def lines_of(*strokes: Stroke) -> list[np.ndarray]:
    return [s.points[:, :2].astype(np.float64) for s in strokes]


def distance_to(points: np.ndarray, line: np.ndarray) -> np.ndarray:
    """From each point to the nearest place on a polyline."""
    if len(line) == 1:
        return np.hypot(*(points - line[0]).T)
    a, along = line[:-1], np.diff(line, axis=0)
    square = (along**2).sum(1).clip(1e-12)
    t = (((points[:, None] - a) * along).sum(2) / square).clip(0, 1)
    return np.hypot(*np.moveaxis(points[:, None] - (a + t[..., None] * along), 2, 0)).min(1)


def walk(seed: int, n: int, x: float, y: float, size: float) -> np.ndarray:
    """A random line (n, 2) of about this size, near (x, y)."""
    steps = np.random.default_rng(seed).normal(0, size / n, (n, 2))
    return steps.cumsum(0) + np.array([x, y])


places = st.floats(-3000, 3000)
walks = st.builds(
    walk, st.integers(0, 9999), st.integers(1, 60), places, places, st.floats(0.01, 4000)
)


@given(st.lists(walks, min_size=1, max_size=6), st.floats(0.25, 1))
def test_there_and_back_stays_within_the_thickness_of_the_simplification(
    walked: list[np.ndarray], share: float
) -> None:
    strokes = [stroke(walk) for walk in walked]
    lines = lines_of(*strokes)
    unit = side_of(strokes) / BOX / share
    drawing, frame = simplified(lines, unit)
    back = [frame.to_canvas(line) for line in polylines(drawing)]
    assert drawing.dtype == np.int16 and len(back) <= len(lines)
    assert len(drawing) <= MOST_POINTS
    for line, again in zip(reversed(lines), reversed(back), strict=False):
        # Rounding to whole units moves a point by 0.71 of one; float32 points have their own grid.
        near = 0.72 * unit + 0.01
        assert distance_to(again, line).max() <= near
        if len(drawing) < MOST_POINTS - 1:
            assert np.hypot(*(line[0] - again[0])) <= near
            assert np.hypot(*(line[-1] - again[-1])) <= near
            assert distance_to(line, again).max() <= near + 4 * unit


def test_at_the_scale_of_a_sketch_that_is_a_pixel_or_two() -> None:
    angle = np.linspace(0, 2 * np.pi, 200)
    circle = np.column_stack([300 + 100 * np.cos(angle), 200 + 100 * np.sin(angle)])
    face = [stroke(circle), stroke([[270, 180], [280, 175]]), stroke([[260, 230], [340, 230]])]
    drawing, frame = simplified(lines_of(*face), side_of(face) / BOX)
    back = [frame.to_canvas(line) for line in polylines(drawing)]
    assert len(back) == 3
    for line, again in zip(lines_of(*face), back, strict=True):
        assert distance_to(line, again).max() < 2
    assert (drawing[:, 2] == 1).sum() == 3
    box = np.concatenate(polylines(drawing))
    assert np.ptp(box, axis=0).max() == BOX


def test_a_single_dot_is_one_row_and_has_a_size_to_go_on_from() -> None:
    dot = stroke([[50, 60]], size=4)
    drawing, frame = simplified(lines_of(dot), side_of([dot]) / BOX)
    assert drawing.tolist() == [[0, 0, 1]]
    assert (frame.x, frame.y) == (50, 60)
    assert side_of([dot]) == 12
    (line,) = polylines(drawing)
    np.testing.assert_array_equal(frame.to_canvas(line), [[50, 60], [50, 60]])


def test_a_dot_after_a_line_stays_a_dot() -> None:
    drawing, _ = simplified(lines_of(stroke([[0, 0], [200, 0]]), stroke([[100, 50]])), 1)
    assert drawing.tolist() == [[200, 0, 1], [-100, 50, 1]]
    assert [len(line) for line in polylines(drawing)] == [2, 1]


def test_of_hundreds_of_strokes_the_latest_stay() -> None:
    zigzags = [stroke([[5 * i, 0], [5 * i + 4, 30], [5 * i + 8, 0]]) for i in range(300)]
    drawing, frame = simplified(lines_of(*zigzags), 1)
    assert MOST_POINTS - 4 <= len(drawing) <= MOST_POINTS
    last = frame.to_canvas(polylines(drawing)[-1])
    np.testing.assert_allclose(last, zigzags[-1].points[:, :2], atol=0.8)


def test_of_one_endless_scribble_the_end_stays() -> None:
    x = np.arange(2000)
    scribble = np.column_stack([x, 40 * (x % 2)])
    drawing, frame = simplified(lines_of(stroke(scribble)), 1)
    assert len(drawing) == MOST_POINTS - 1
    np.testing.assert_allclose(frame.to_canvas(polylines(drawing)[0])[-1], scribble[-1], atol=1)


def test_what_goes_on_begins_where_the_drawing_ended() -> None:
    begun, _ = simplified(lines_of(stroke([[0, 0], [200, 0]])), 1)
    more = np.array([[0, 50, 0], [-100, 0, 1], [10, 10, 1]], np.float32)
    first, second = polylines(more, begun)
    assert first.tolist() == [[200, 50], [100, 50]]  # the way to its start was no ink
    assert second.tolist() == [[110, 60]]
    open_end = begun.copy()
    open_end[-1, 2] = 0
    assert polylines(more, open_end)[0].tolist() == [[200, 0], [200, 50], [100, 50]]


# -- which strokes belong to the drawing ---------------------------------------------------------


def test_a_drawing_elsewhere_on_the_canvas_is_left_alone() -> None:
    house = [stroke([[0, 0], [100, 0]]), stroke([[0, 0], [0, 100]])]
    tree = [stroke([[900, 0], [900, 80]]), stroke([[880, 10], [920, 10]])]
    assert related(house + tree) == tuple(tree)
    assert related(tree + house) == tuple(house)
    assert related([house[0], *tree, house[1]]) == tuple(house)


def test_small_parts_inside_a_large_outline_belong_to_it() -> None:
    outline = stroke([[0, 0], [500, 0], [500, 500], [0, 500], [0, 0]])
    eyes = [stroke([[150, 200], [152, 205]]), stroke([[350, 200], [352, 205]])]
    assert related([outline, *eyes]) == (outline, *eyes)


def test_erasers_are_not_part_of_a_drawing() -> None:
    line, rubbed = stroke([[0, 0], [50, 0]]), stroke([[0, 0], [50, 5]], erase=True)
    assert related([line, rubbed]) == (line,)
    assert related([rubbed]) == ()


@pytest.mark.parametrize("inside", [True, False])
def test_a_selection_keeps_strokes_outside_it_out(inside: bool) -> None:
    line = stroke([[10, 10], [60, 10]])
    other = stroke([[40, 30], [90, 30]])
    area = Selection.rectangle(Rect(0, 0, 70 if inside else 100, 20 if inside else 5))
    assert related([other, line], area) == ((line,) if inside else ())


def test_selected_points_are_found_across_tiles_and_below_zero() -> None:
    area = Selection.rectangle(Rect(-10, 250, 20, 20))
    points = np.array([[-9.5, 255.5], [-9.5, 256.5], [9.9, 269.9], [10.1, 260], [4000, 4000]])
    assert selected(points, area).tolist() == [True, True, True, False, False]
