# SPDX-License-Identifier: GPL-3.0-or-later
"""Simple ways to continue a drawing, on drawings whose right continuation is known."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from train.data.sketch_raster import polylines
from train.data.sketches import SketchSet, offsets_of, read_sketches
from train.sketcher_peers import Nearest, Points, mirrored


def stroke3(*rows: tuple[float, float, int]) -> Points:
    return np.array(rows, np.float32).reshape(-1, 3)


def end(points: Points) -> np.ndarray:
    return points[:, :2].sum(0)


@pytest.fixture
def shapes(drawings: Path) -> SketchSet:
    return read_sketches([drawings])


def test_the_nearest_to_a_drawings_own_beginning_is_the_drawing(shapes: SketchSet) -> None:
    nearest = Nearest(shapes)
    for i in (0, 3, 17):
        points = offsets_of(shapes.sketches[i])
        (rest,) = nearest.rests(points[:2], 1)
        np.testing.assert_allclose(rest, points[2:], atol=1e-3)


def test_neighbours_are_of_the_label_that_was_told(shapes: SketchSet) -> None:
    nearest = Nearest(shapes)
    zigzag = offsets_of(shapes.sketches[1])
    untold = nearest.rests(zigzag[:2], 10)
    assert len(untold) == 10
    assert all(len(rest) >= 3 for rest in untold)
    # Boxes end near where they began; what remains of a zigzag leads on to the right.
    boxes = [end(zigzag[:2]) + end(rest) for rest in nearest.rests(zigzag[:1], 10, label=0)]
    zigzags = [end(zigzag[:2]) + end(rest) for rest in nearest.rests(zigzag[:2], 10, label=1)]
    assert np.mean(boxes, 0)[0] < 110 < 200 < np.mean(zigzags, 0)[0]


def test_a_neighbour_lies_where_its_beginning_coincides(shapes: SketchSet) -> None:
    points = offsets_of(shapes.sketches[1])
    start = points[:2] + stroke3((3, 0, 0), (0, 0, 0))  # the pen is elsewhere than in the set
    (rest,) = Nearest(shapes.choose(np.arange(len(shapes)) == 1)).rests(start, 1)
    np.testing.assert_allclose(end(start) + end(rest), end(points), atol=1e-3)


def test_a_beginning_longer_than_all_drawings_gets_nothing_more(shapes: SketchSet) -> None:
    (rest,) = Nearest(shapes).rests(stroke3((5000, 0, 0)), 10)
    assert rest.shape == (0, 3)


def test_a_mirrored_beginning_is_the_other_half() -> None:
    # The left half of a roof, drawn upwards, and an eye with the pen lifted on the way.
    start = stroke3((50, -100, 1), (-20, 60, 0), (10, 0, 1), (10, -60, 0))
    pen = end(start)
    back = polylines(np.concatenate([start, mirrored(start)]))
    before = polylines(start)
    expected = [np.array([2 * pen[0], 0]) + stroke * [-1, 1] for stroke in before]

    def ink(strokes: list[np.ndarray]) -> set[tuple[tuple[float, ...], ...]]:
        pieces = [
            tuple(sorted((tuple(a.tolist()), tuple(b.tolist()))))
            for stroke in strokes
            for a, b in pairwise(stroke)
            if (a != b).any()
        ]
        return set(pieces)

    assert ink(back) == ink(before) | ink(expected)


@given(
    st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50), st.integers(0, 1)), max_size=12)
)
def test_mirroring_ends_as_high_as_the_beginning_began(rows: list[tuple[int, int, int]]) -> None:
    start = stroke3(*rows)
    back = mirrored(start)
    assert len(back) == len(start) + 1
    assert end(back)[1] == pytest.approx(-end(start)[1] if len(start) else 0)
    assert end(back)[0] == pytest.approx(end(start)[0] if len(start) else 0)
    assert back[-1, 2] == 1
