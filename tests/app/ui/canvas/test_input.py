# SPDX-License-Identifier: GPL-3.0-or-later
"""The artist's hand on the canvas: pen, mouse, keys."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QApplication

from app.core.geometry import Rect
from app.core.layers import PaintLayer
from app.core.selection import Selection
from app.ui.canvas.pointer import Phase, PointerSample
from tests.hands import Pen


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


def strokes(studio) -> int:
    return len(studio.active_layer.strokes)


def test_the_tilt_of_the_pen_reaches_the_brush_as_it_lies_on_a_turned_canvas(studio, view):
    nib = replace(studio.brush, size=24, roundness=0.2, angle_source="tilt")
    studio.set_brush(nib)
    pen = Pen(view)
    pen.tilt = (50.0, 0.0)
    pen.draw((100, 150, 1.0), (100.2, 150, 1.0))
    upright = studio.active_layer.tiles.bounds()
    studio.undo()
    view.rotate_by(90)  # what leans to the right of the screen now leans up the canvas
    pen.draw((100, 150, 1.0), (100.2, 150, 1.0))
    turned = studio.active_layer.tiles.bounds()
    assert abs(upright.w - upright.h) > 8
    assert (turned.w > turned.h) != (upright.w > upright.h)


def test_a_pen_whose_release_got_lost_does_not_join_two_strokes(studio, view):
    pen = Pen(view)
    pen.press(50, 50)
    pen.move(90, 50)
    pen.hover(200, 150)
    pen.press(300, 250)
    pen.move(340, 250)
    pen.lift(340, 250)
    view.drain()
    assert strokes(studio) == 2
    assert pixel(studio, 200, 150)[3] == 0


def test_the_mouse_works_after_the_pen_went_away_without_a_release(studio, view, mouse):
    pen = Pen(view)
    pen.press(50, 50)
    pen.move(90, 50)
    view.drain()
    QApplication.sendEvent(
        view, QFocusEvent(QEvent.Type.FocusOut, Qt.FocusReason.ActiveWindowFocusReason)
    )
    assert strokes(studio) == 1
    mouse((100, 200), (200, 200))
    assert strokes(studio) == 2


def test_a_press_without_a_release_before_it_begins_a_new_stroke(studio, hand):
    hand.press(50, 50)
    hand.move(90, 50)
    hand.press(300, 250)
    hand.move(340, 250)
    hand.release(340, 250)
    assert strokes(studio) == 2
    assert pixel(studio, 195, 150)[3] == 0


def test_a_second_button_does_not_end_the_stroke(studio, hand):
    hand.press(50, 150)
    hand.move(90, 150)
    hand.button = Qt.MouseButton.RightButton
    hand.press(90, 150)
    hand.release(90, 150)
    hand.button = Qt.MouseButton.LeftButton
    hand.move(200, 150)
    hand.release(200, 150)
    assert strokes(studio) == 1
    assert pixel(studio, 180, 150)[3] == 255


def test_a_release_or_a_move_out_of_nowhere_does_nothing(studio, view, hand):
    hand.release(50, 50)
    hand.move(90, 50)
    hand.release(90, 50)
    assert studio.history.entries == ["Open"]


def test_strokes_that_wait_when_a_command_comes_stay_apart(studio, view):
    pen = Pen(view)
    pen.press(50, 50)
    view.drain()
    pen.move(90, 50)
    pen.lift(90, 50)
    pen.press(300, 250)  # all within one frame
    pen.move(340, 250)
    studio.undo()  # takes back the first; the second has not begun
    pen.lift(340, 250)
    view.drain()
    assert strokes(studio) == 1
    assert studio.active_layer.tiles.bounds().y > 200


def test_the_outline_of_the_brush_does_not_stay_behind_when_the_pointer_leaves(view, hand):
    hand.move(100, 100)
    hand.view.enqueue(view_sample(view))
    QApplication.sendEvent(view, QEvent(QEvent.Type.Leave))
    view.drain()
    assert view.hover is None


def view_sample(view) -> PointerSample:
    return PointerSample(Phase.HOVER, view.to_canvas(view.middle), view.middle)


def test_a_stroke_goes_on_while_a_plugin_adds_a_layer_and_hides_this_one(studio, hand):
    first = studio.document.active
    hand.press(60, 60)
    hand.move(100, 60)
    hidden = replace(studio.document.find(first), visible=False)
    lines = PaintLayer(name="Lines")
    studio.commit("Simplify", studio.document.with_layer(hidden).insert_above(lines, first))
    hand.move(200, 60)
    hand.release(200, 60)
    layer = studio.document.find(first)
    assert not layer.visible
    assert layer.tiles.bounds().right > 200
    assert studio.document.has(lines.id)


def test_a_stroke_whose_layer_vanished_is_told_and_changes_nothing(studio, hand, qtbot):
    hand.press(60, 60)
    hand.move(100, 60)
    without = studio.document.remove(studio.document.active)
    studio.commit("Plugin", without)
    with qtbot.waitSignal(studio.messaged) as told:
        hand.release(100, 60)
    assert "gone" in told.args[0]
    assert studio.document is without
