# SPDX-License-Identifier: GPL-3.0-or-later
"""Selecting as an artist does: shapes, add, subtract, invert, grow, feather."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.geometry import Rect
from app.core.selection import Combine, Selection

CANVAS = Rect(0, 0, 700, 500)
rects = st.builds(
    Rect, st.integers(0, 600), st.integers(0, 400), st.integers(1, 300), st.integers(1, 300)
).map(CANVAS.intersect)


def full(selection: Selection) -> np.ndarray:
    return selection.mask(CANVAS)


@settings(max_examples=25, deadline=None)
@given(a=rects, b=rects)
def test_combining_is_set_algebra(a, b):
    s, t = Selection.rectangle(a), Selection.ellipse(b).clipped(CANVAS)
    ms, mt = full(s), full(t)
    assert np.array_equal(full(s.combine(t, Combine.ADD)), np.maximum(ms, mt))
    assert np.array_equal(full(s.combine(t, "intersect")), np.minimum(ms, mt))
    assert np.array_equal(full(s.combine(t, "subtract")), np.minimum(ms, 255 - mt))
    assert s.combine(t, "replace") is t


@settings(max_examples=25, deadline=None)
@given(a=rects)
def test_inverting_twice_is_where_one_started(a):
    selection = Selection.ellipse(a).clipped(CANVAS)
    twice = selection.inverted(CANVAS).inverted(CANVAS)
    assert twice.grid.same_pixels(selection.grid)
    assert np.array_equal(full(selection.inverted(CANVAS)), 255 - full(selection))


def test_an_ellipse_has_the_area_of_an_ellipse_and_soft_edges():
    mask = full(Selection.ellipse(Rect(50, 40, 300, 200)))
    assert mask.sum() / 255 == pytest.approx(math.pi * 150 * 100, rel=0.002)
    assert ((mask > 0) & (mask < 255)).any()


def test_a_lasso_that_crosses_itself_leaves_the_middle_out():
    star = [
        (200 + 150 * math.sin(i * 4 * math.pi / 5), 200 - 150 * math.cos(i * 4 * math.pi / 5))
        for i in range(5)
    ]
    mask = full(Selection.polygon(star))
    assert mask[200, 200] == 0
    assert mask[100, 200] == 255


def test_fewer_than_three_points_select_nothing():
    assert Selection.polygon([(0, 0), (10, 10)]).is_empty
    assert Selection.rectangle(Rect(5, 5, 0, 9)).is_empty


def test_grow_and_shrink_move_the_edge_by_whole_pixels():
    square = Selection.rectangle(Rect(300, 200, 50, 50))
    assert square.grown(8).bounds() == Rect(292, 192, 66, 66)
    assert square.grown(-8).bounds() == Rect(308, 208, 34, 34)
    assert square.grown(-30).is_empty
    assert full(square.grown(8))[192, 292] == 0  # corners are round


def test_a_border_has_a_hole():
    band = full(Selection.rectangle(Rect(100, 100, 100, 100)).border(5))
    assert band[100, 150] == 255
    assert band[150, 150] == 0


def test_feathering_softens_the_edge_and_keeps_the_total():
    square = Selection.rectangle(Rect(250, 200, 100, 100))
    soft = full(square.feathered(12))
    assert soft.sum() / 255 == pytest.approx(100 * 100, rel=0.01)
    assert 100 < soft[250, 250] < 155
    row = soft[250, 220:300].astype(int)
    assert (np.diff(row) >= 0).all()


def test_selections_may_reach_across_many_tiles_and_off_the_canvas():
    selection = Selection.rectangle(Rect(-300, -300, 2000, 1500))
    assert full(selection).min() == 255
    assert selection.clipped(CANVAS).bounds() == CANVAS
