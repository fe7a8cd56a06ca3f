# SPDX-License-Identifier: GPL-3.0-or-later
"""The artist's hand on the canvas: pen, mouse, keys."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from app.core.geometry import Rect
from app.core.layers import PaintLayer
from app.core.selection import Selection


@pytest.fixture(autouse=True)
def plain_brush(studio):
    """A hard round brush that follows the hand exactly."""
    brush = next(p for p in studio.presets if p.tip == "round")
    studio.set_brush(replace(brush, size=12, opacity=1.0, flow=1.0, hardness=1.0, stabiliser=0.0))
    studio.set_colour((200, 30, 40))


def pixel(studio, x: int, y: int) -> tuple[int, ...]:
    return tuple(int(v) for v in studio.active_layer.tiles.region(Rect(x, y, 1, 1))[0, 0])


def test_a_mouse_drag_paints_a_stroke_in_the_colour_as_one_step(studio, mouse):
    mouse((50, 50), (100, 60), (150, 50))
    assert pixel(studio, 100, 59) == (40, 30, 200, 255)
    assert studio.history.entries == ["Open", "Brush Stroke"]
    studio.undo()
    assert studio.active_layer.tiles.is_empty


def test_what_is_seen_while_drawing_is_what_is_kept(studio, hand):
    hand.press(60, 60)
    for x in range(60, 200, 5):
        hand.move(x, 60 + x / 5)
    seen = studio.compositor.region(Rect(0, 0, 400, 300))
    hand.release(195, 99)
    kept = studio.compositor.region(Rect(0, 0, 400, 300))
    covered = (seen == (40, 30, 200, 255)).all(axis=2)
    assert covered.sum() > 1000
    # Pen-up may only add the catch-up to the pen's place.
    assert np.array_equal(seen[covered], kept[covered])


def test_pen_pressure_makes_a_line_swell(studio, pen):
    brush = next(p for p in studio.presets if "ink" in p.id or "ink" in p.tags)
    studio.set_brush(replace(brush, size=30, stabiliser=0.0))
    pen(*[(40 + 4 * i, 150, 0.05 + 0.95 * i / 79) for i in range(80)])
    alpha = studio.active_layer.tiles.region(Rect(0, 100, 400, 100))[..., 3] > 127
    assert 0 < alpha[:, 80].sum() < alpha[:, 200].sum() < alpha[:, 330].sum()
    stroke = studio.active_layer.strokes[0]
    assert len(stroke.points) >= 80
    assert stroke.points[-1, 2] > stroke.points[0, 2]


def test_the_other_end_of_the_pen_erases(studio, mouse, pen):
    mouse((50, 150), (350, 150))
    pen((200, 100, 1.0), (200, 200, 1.0), eraser=True)
    assert pixel(studio, 100, 150)[3] == 255
    assert pixel(studio, 200, 150)[3] == 0
    assert studio.history.entries[-1] == "Erase"
    assert not studio.erase_mode


def test_erase_mode_turns_any_brush_into_an_eraser(studio, mouse):
    mouse((50, 150), (350, 150))
    studio.toggle_erase()
    mouse((200, 150), (210, 150))
    assert pixel(studio, 205, 150)[3] == 0
    studio.toggle_erase()
    mouse((200, 150), (210, 150))
    assert pixel(studio, 205, 150)[3] == 255


def test_shift_click_draws_a_straight_line_from_the_last_stroke(studio, mouse):
    mouse((50, 50), (60, 50))
    mouse((300, 200), keys=Qt.KeyboardModifier.ShiftModifier)
    assert pixel(studio, 180, 125)[3] == 255


def test_the_selection_confines_the_brush(studio, mouse):
    studio.set_selection(Selection.rectangle(Rect(100, 0, 100, 300)))
    mouse((20, 150), (380, 150))
    assert studio.active_layer.tiles.bounds() == Rect(100, 144, 100, 12)


def test_escape_drops_the_stroke_and_leaves_no_step(studio, view, hand, qtbot):
    hand.press(60, 60)
    hand.move(160, 60)
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    hand.release(160, 60)
    assert studio.history.entries == ["Open"]
    assert (studio.compositor.region(Rect(0, 0, 400, 300)) == 255).all()


def test_undo_in_the_middle_of_a_stroke_undoes_that_stroke(studio, hand):
    hand.press(60, 60)
    hand.move(160, 60)
    studio.undo()
    hand.release(160, 60)
    assert studio.active_layer.tiles.is_empty
    assert studio.history.can_redo


def test_a_locked_layer_says_so_and_stays_as_it_is(studio, mouse, qtbot):
    studio.set_layer(studio.document.active, "Lock", locked=True)
    with qtbot.waitSignal(studio.messaged) as told:
        mouse((50, 50), (150, 50))
    assert "locked" in told.args[0]
    assert studio.active_layer.tiles.is_empty


def test_space_pans_and_gives_the_brush_back(studio, view, mouse, qtbot):
    corner = view.screen_transform().map(QPointF(0, 0))
    qtbot.keyPress(view, Qt.Key.Key_Space)
    mouse((100, 100), (130, 80))
    qtbot.keyRelease(view, Qt.Key.Key_Space)
    moved = view.screen_transform().map(QPointF(0, 0)) - corner
    assert (moved.x(), moved.y()) == pytest.approx((30, -20), abs=1)
    assert studio.active_layer.tiles.is_empty
    mouse((100, 100), (130, 80))
    assert not studio.active_layer.tiles.is_empty


def test_the_middle_button_pans_with_any_tool(studio, view, mouse):
    mouse((100, 100), (150, 100), button=Qt.MouseButton.MiddleButton)
    assert studio.active_layer.tiles.is_empty


def test_alt_picks_the_colour_under_the_brush(studio, mouse):
    mouse((50, 150), (350, 150))
    studio.set_colour((0, 0, 0))
    mouse((200, 150), keys=Qt.KeyboardModifier.AltModifier)
    assert studio.colour == (200, 30, 40)
    assert studio.recent_colours[0] == (200, 30, 40)


def test_a_tablet_storm_loses_no_sample(studio, pen):
    points = [(50 + 300 * (i / 1999), 150 + 80 * np.sin(i / 60), 0.5) for i in range(2000)]
    pen(*points)
    stroke = studio.active_layer.strokes[0]
    assert len(stroke.points) == 2000
    assert stroke.points[:, 0] == pytest.approx([p[0] for p in points], abs=0.51)


def test_a_stroke_begun_on_one_layer_stays_there(studio, hand):
    first = studio.document.active
    hand.press(60, 60)
    hand.move(160, 60)
    studio.add_paint_layer()
    hand.release(160, 60)
    layer = studio.document.find(first)
    assert isinstance(layer, PaintLayer)
    assert not layer.tiles.is_empty
    assert studio.active_layer.tiles.is_empty
