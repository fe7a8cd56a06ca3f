# SPDX-License-Identifier: GPL-3.0-or-later
"""Vector shapes draw what they describe, at every place and scale."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.geometry import Rect
from app.core.vector import Subpath, VectorPath, draw_paths

K = 0.5522847498  # cubic approximation of a quarter circle


def circle(cx: float, cy: float, r: float) -> Subpath:
    k = K * r
    points = [(cx + r, cy), (cx + r, cy + k), (cx + k, cy + r), (cx, cy + r)]
    points += [(cx - k, cy + r), (cx - r, cy + k), (cx - r, cy)]
    points += [(cx - r, cy - k), (cx - k, cy - r), (cx, cy - r)]
    points += [(cx + k, cy - r), (cx + r, cy - k), (cx + r, cy)]
    return Subpath(np.array(points), closed=True)


def test_a_disc_covers_its_area_in_its_colour():
    picture = draw_paths(
        [VectorPath((circle(100, 80, 50),), fill=(200, 100, 50, 255))], Rect(0, 0, 200, 160)
    )
    assert picture[..., 3].sum() / 255 == pytest.approx(math.pi * 2500, rel=0.003)
    assert tuple(picture[80, 100]) == (50, 100, 200, 255)


def test_a_hole_is_a_hole_with_the_even_odd_rule():
    ring = VectorPath((circle(60, 60, 50), circle(60, 60, 20)), even_odd=True)
    picture = draw_paths([ring], Rect(0, 0, 120, 120))
    assert picture[60, 60, 3] == 0
    assert picture[60, 95, 3] == 255


@settings(max_examples=20, deadline=None)
@given(x=st.integers(-50, 150), y=st.integers(-50, 150), w=st.integers(1, 90), h=st.integers(1, 90))
def test_a_part_drawn_alone_equals_that_part_of_the_whole(x, y, w, h):
    paths = [
        VectorPath((circle(60, 50, 40),), fill=(255, 0, 0, 128)),
        VectorPath((circle(90, 70, 30),), fill=None, stroke=(0, 0, 255, 255), width=5),
    ]
    whole = draw_paths(paths, Rect(-50, -50, 300, 300))
    part = draw_paths(paths, Rect(x, y, w, h))
    assert np.abs(part.astype(int) - whole[y + 50 : y + 50 + h, x + 50 : x + 50 + w]).max() <= 1


@settings(max_examples=20, deadline=None)
@given(
    cx=st.floats(-200, 200), cy=st.floats(-200, 200), r=st.floats(1, 60), width=st.floats(0.5, 30)
)
def test_nothing_is_drawn_outside_the_bounds(cx, cy, r, width):
    path = VectorPath((circle(cx, cy, r),), stroke=(0, 0, 0, 255), width=width)
    box = path.bounds()
    frame = draw_paths([path], box.expanded(3))
    frame[3:-3, 3:-3] = 0
    assert not frame.any()


def test_svg_text_is_short_and_closed():
    path = VectorPath((Subpath(np.array([[0, 0], [1, 0], [2.50001, 1], [3, 3]]), closed=True),))
    assert path.svg_d() == "M0 0C1 0 2.5 1 3 3Z"


def test_a_moved_and_scaled_shape_keeps_its_proportions():
    path = VectorPath((circle(0, 0, 10),), stroke=(0, 0, 0, 255), width=2)
    bigger = path.transformed([[3, 0, 100], [0, 3, 50]])
    assert bigger.width == pytest.approx(6)
    assert bigger.subpaths[0].points.mean(axis=0) == pytest.approx(
        path.subpaths[0].points.mean(axis=0) * 3 + (100, 50)
    )
    assert bigger.bounds() != path.bounds()


@pytest.mark.parametrize("points", [np.zeros((2, 2)), np.zeros((4, 3)), [[np.nan, 0]]])
def test_malformed_chains_are_refused(points):
    with pytest.raises(ValueError, match="subpath"):
        Subpath(np.asarray(points))


def test_a_polyline_passes_through_its_points():
    line = Subpath.polyline([(0, 0), (10, 0), (10, 10)])
    assert np.array_equal(line.points[::3], [(0, 0), (10, 0), (10, 10)])
    assert Subpath.polyline([(4, 5)]).points.shape == (1, 2)
