# SPDX-License-Identifier: GPL-3.0-or-later
"""Selecting and moving by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from app.core.geometry import Rect
from app.core.tiles import TileGrid

SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier


def block(studio, rect: Rect, bgra=(10, 20, 200, 255)) -> None:
    layer = studio.active_layer
    tiles = layer.tiles.paste(TileGrid.filled(rect, bgra).region(rect), rect.x, rect.y)
    studio.commit("Paint", studio.document.with_layer(replace(layer, tiles=tiles)))


def test_a_rectangle_is_dragged_out_added_to_and_taken_from(studio, mouse):
    studio.set_tool("select_rect")
    mouse((100, 100), (150, 140))
    assert studio.document.selection.bounds() == Rect(100, 100, 50, 40)
    mouse((200, 100), (220, 140), keys=SHIFT)
    assert studio.document.selection.bounds() == Rect(100, 100, 120, 40)
    mouse((90, 90), (160, 150), keys=ALT)
    assert studio.document.selection.bounds() == Rect(200, 100, 20, 40)
    mouse((210, 110), (300, 120), keys=SHIFT | ALT)
    assert studio.document.selection.bounds() == Rect(210, 110, 10, 10)


def test_a_click_deselects_and_undo_brings_it_back(studio, mouse):
    studio.set_tool("select_ellipse")
    mouse((100, 100), (200, 180))
    mouse((300, 200))
    assert studio.document.selection is None
    studio.undo()
    assert studio.document.selection.bounds() == Rect(100, 100, 100, 80)


def test_taking_away_without_a_selection_leaves_the_rest_of_the_canvas(studio, mouse):
    studio.set_tool("select_rect")
    mouse((0, 0), (100, 300), keys=ALT)
    assert studio.document.selection.bounds() == Rect(100, 0, 300, 300)


def test_a_lasso_selects_what_it_goes_round(studio, mouse):
    studio.set_tool("select_lasso")
    mouse((100, 100), (200, 100), (150, 200))
    mask = studio.document.selection.mask(Rect(0, 0, 400, 300))
    assert mask[120, 150] == 255
    assert mask[190, 110] == 0


def test_the_wand_selects_like_colour_and_control_takes_it_everywhere(studio, mouse):
    block(studio, Rect(50, 50, 30, 30))
    block(studio, Rect(200, 50, 30, 30))
    studio.set_tool("select_wand")
    mouse((60, 60))
    assert studio.document.selection.bounds() == Rect(50, 50, 30, 30)
    mouse((60, 60), keys=Qt.KeyboardModifier.ControlModifier)
    assert studio.document.selection.bounds() == Rect(50, 50, 180, 30)


def test_filling_by_hand_stops_at_lines(studio, mouse):
    for rect in (
        Rect(100, 100, 80, 3),
        Rect(100, 177, 80, 3),
        Rect(100, 100, 3, 80),
        Rect(177, 100, 3, 80),
    ):
        block(studio, rect, (0, 0, 0, 255))
    studio.set_tool("fill")
    studio.set_colour((0, 200, 0))
    mouse((140, 140))
    area = studio.active_layer.tiles.region(Rect(0, 0, 400, 300))
    assert tuple(area[140, 140]) == (0, 200, 0, 255)
    assert area[50, 50, 3] == 0


def test_moving_the_layer_is_one_step_and_shift_keeps_to_an_axis(studio, mouse):
    block(studio, Rect(50, 50, 30, 30))
    studio.set_tool("move")
    mouse((60, 60), (90, 75), (100, 80))
    assert studio.active_layer.tiles.bounds() == Rect(90, 70, 30, 30)
    assert studio.history.entries[-1] == "Move"
    mouse((60, 60), (160, 65), keys=SHIFT)
    assert studio.active_layer.tiles.bounds() == Rect(190, 70, 30, 30)
    studio.undo()
    studio.undo()
    assert studio.active_layer.tiles.bounds() == Rect(50, 50, 30, 30)


def test_moving_a_selected_piece_leaves_the_rest_and_takes_the_selection_along(studio, mouse):
    block(studio, Rect(50, 50, 60, 30))
    studio.set_tool("select_rect")
    mouse((50, 50), (80, 80))
    studio.set_tool("move")
    mouse((60, 60), (60, 160))
    tiles = studio.active_layer.tiles
    assert tiles.region(Rect(50, 150, 30, 30)).all()
    assert not tiles.region(Rect(50, 50, 30, 30)).any()
    assert tiles.region(Rect(80, 50, 30, 30)).all()
    assert studio.document.selection.bounds() == Rect(50, 150, 30, 30)


def test_pen_strokes_move_with_their_layer(studio, mouse):
    studio.set_brush(replace(studio.brush, stabiliser=0.0))
    mouse((50, 50), (80, 50))
    studio.set_tool("move")
    mouse((60, 60), (80, 90), (90, 100))
    points = studio.active_layer.strokes[0].points
    assert points[0, :2] == pytest.approx((80, 90), abs=0.6)


def test_a_move_keeps_what_a_plugin_did_to_the_layers_meanwhile(studio, hand):
    block(studio, Rect(50, 50, 30, 30))
    studio.group_layer()
    group = studio.active_layer
    studio.set_tool("move")
    hand.press(60, 60)
    hand.move(70, 60)
    lines = replace(group.children[0], id="lines", name="Lines")
    studio.commit("Simplify", studio.document.insert(lines, group.id))
    hand.move(100, 60)
    hand.release(100, 60)
    assert [child.name for child in studio.active_layer.children][-1] == "Lines"
    assert studio.document.find("lines").tiles.bounds() == Rect(90, 50, 30, 30)


def test_a_move_of_a_layer_that_vanished_does_nothing(studio, hand):
    block(studio, Rect(50, 50, 30, 30))
    studio.set_tool("move")
    hand.press(60, 60)
    hand.move(70, 60)
    without = studio.document.remove(studio.document.active)
    studio.commit("Plugin", without)
    hand.release(100, 60)
    assert studio.document is without


def test_letting_go_with_escape_moves_nothing(studio, view, hand, qtbot):
    block(studio, Rect(50, 50, 30, 30))
    studio.set_tool("move")
    hand.press(60, 60)
    hand.move(160, 60)
    assert studio.compositor.region(Rect(150, 50, 1, 1))[0, 0].tolist() == [10, 20, 200, 255]
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert studio.active_layer.tiles.bounds() == Rect(50, 50, 30, 30)
    assert studio.history.entries[-1] == "Paint"
    assert studio.compositor.region(Rect(150, 50, 1, 1))[0, 0].tolist() == [255] * 4


@pytest.mark.parametrize("tool", ["select_rect", "select_ellipse", "select_lasso"])
def test_the_shape_shows_while_it_is_dragged(studio, view, hand, tool):
    studio.set_tool(tool)
    plain = view.grab().toImage()
    hand.press(50, 50)
    hand.move(150, 60)
    hand.move(160, 140)
    assert view.grab().toImage() != plain
