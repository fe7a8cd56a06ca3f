# SPDX-License-Identifier: GPL-3.0-or-later
"""The view turns, flips and zooms around the point the artist means."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QSizeF

from app.ui.canvas.transform import MAX_SCALE, MIN_SCALE, ViewTransform

SIZE = QSizeF(800, 600)
coordinate = st.floats(-2000, 2000)
views = st.builds(
    ViewTransform,
    coordinate,
    coordinate,
    st.floats(0.05, 30),
    st.floats(-180, 180),
    st.booleans(),
)
points = st.builds(QPointF, st.floats(0, 800), st.floats(0, 600))


def close(a: QPointF, b: QPointF, tolerance: float = 1e-4) -> bool:
    return math.hypot(a.x() - b.x(), a.y() - b.y()) < tolerance


@given(view=views, at=points)
def test_screen_to_canvas_and_back_is_the_same_point(view, at):
    assert close(view.to_screen(SIZE).map(view.to_canvas(at, SIZE)), at, 1e-3)


@given(view=views, at=points, factor=st.floats(0.2, 5), degrees=st.floats(-200, 200))
def test_the_point_under_the_pointer_stays_while_zooming_turning_and_flipping(
    view, at, factor, degrees
):
    pinned = view.to_canvas(at, SIZE)
    for changed in (
        view.zoomed(factor, at, SIZE),
        view.rotated(degrees, at, SIZE),
        view.mirrored_at(at, SIZE),
    ):
        assert close(changed.to_screen(SIZE).map(pinned), at, 1e-3)


@given(view=views, dx=st.floats(-300, 300), dy=st.floats(-300, 300))
def test_panning_moves_everything_by_the_way_of_the_hand(view, dx, dy):
    there = view.panned(dx, dy).to_screen(SIZE).map(QPointF(10, 20))
    before = view.to_screen(SIZE).map(QPointF(10, 20))
    assert close(there, before + QPointF(dx, dy), 1e-3)


@given(view=views, at=points)
def test_flipping_twice_is_where_one_started(view, at):
    twice = view.mirrored_at(at, SIZE).mirrored_at(at, SIZE)
    assert close(twice.to_canvas(at, SIZE), view.to_canvas(at, SIZE))
    assert twice.mirrored == view.mirrored
    assert math.remainder(twice.angle - view.angle, 360) == pytest.approx(0, abs=1e-9)


def test_turning_clockwise_looks_clockwise_also_in_a_flipped_view():
    for mirrored in (False, True):
        view = ViewTransform(0, 0, 1, 0, mirrored)
        turned = view.rotated(90, QPointF(400, 300), SIZE)
        canvas_right_of_middle = view.to_canvas(QPointF(500, 300), SIZE)
        assert close(turned.to_screen(SIZE).map(canvas_right_of_middle), QPointF(400, 400))


def test_zoom_has_ends():
    view = ViewTransform()
    assert view.zoomed(1e9, QPointF(), SIZE).scale == MAX_SCALE
    assert view.zoomed(1e-9, QPointF(), SIZE).scale == MIN_SCALE


@given(w=st.integers(1, 20000), h=st.integers(1, 20000), angle=st.floats(-180, 180))
def test_a_fitted_canvas_lies_wholly_in_view_and_in_the_middle(w, h, angle):
    view = ViewTransform(angle=angle).fitted(w, h, SIZE, 20)
    to_screen = view.to_screen(SIZE)
    for corner in (QPointF(0, 0), QPointF(w, 0), QPointF(w, h), QPointF(0, h)):
        at = to_screen.map(corner)
        assert -1e-6 <= at.x() <= 800 + 1e-6 or view.scale == MIN_SCALE
        assert -1e-6 <= at.y() <= 600 + 1e-6 or view.scale == MIN_SCALE
    assert close(to_screen.map(QPointF(w / 2, h / 2)), QPointF(400, 300))


@given(view=views, dx=st.floats(-90, 90), dy=st.floats(-90, 90))
def test_a_direction_on_the_screen_is_found_on_the_canvas_with_its_length(view, dx, dy):
    there = view.to_canvas_direction(dx, dy)
    origin = view.to_screen(SIZE).map(QPointF(0, 0))
    shown = view.to_screen(SIZE).map(there) - origin
    assert close(shown / view.scale, QPointF(dx, dy), 1e-3)
