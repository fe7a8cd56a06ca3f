# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands as menus and docks give them: one undo step each, and plain words when they fail."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.core.geometry import Rect
from app.core.layers import GroupLayer, PaintLayer
from app.core.selection import Selection
from app.core.tiles import TileGrid


def block(studio, rect: Rect, bgra=(10, 20, 200, 255)) -> None:
    layer = replace(studio.active_layer, tiles=TileGrid.filled(rect, bgra))
    studio.commit("Paint", studio.document.with_layer(layer))


@pytest.mark.parametrize(
    "command",
    [
        "add_paint_layer",
        "add_group",
        "duplicate_layer",
        "delete_layer",
        "group_layer",
        "lower_layer",
        "flatten_image",
        "clear_layer",
        "merge_down",
        "select_all",
        "fill_selection",
        "cut",
    ],
)
def test_every_command_is_one_step_that_undo_takes_back(studio, command):
    block(studio, Rect(10, 10, 50, 50))
    before, steps = studio.document, len(studio.history.entries)
    getattr(studio, command)()
    assert studio.document is not before
    assert len(studio.history.entries) == steps + 1
    studio.undo()
    assert studio.document is before


def test_new_layers_have_names_one_can_tell_apart(studio):
    studio.add_paint_layer()
    studio.add_paint_layer()
    studio.add_group()
    names = [layer.name for layer in studio.document.walk()]
    assert len(names) == len(set(names))
    assert isinstance(studio.active_layer, GroupLayer)
    studio.add_paint_layer()
    assert studio.document.parent_of(studio.document.active) is not None


def test_what_cannot_be_done_is_said_and_changes_nothing(studio, qtbot):
    studio.activate_layer(studio.document.layers[0].id)
    before = studio.document
    with qtbot.waitSignal(studio.messaged) as told:
        studio.merge_down()
    assert told.args == ["There is no layer below to merge with.", "warning"]
    assert studio.document is before


def test_a_locked_layer_is_not_deleted(studio, qtbot):
    studio.set_layer(studio.document.active, "Lock", locked=True)
    with qtbot.waitSignal(studio.messaged):
        studio.delete_layer()
    assert len(studio.document.layers) == 2


def test_dragging_a_property_is_one_step_and_folding_a_group_is_none(studio):
    active = studio.document.active
    for value in (0.9, 0.5, 0.2):
        studio.set_layer(active, "Opacity", merge="drag-1", opacity=value)
    assert studio.history.entries == ["Open", "Opacity"]
    studio.add_group()
    steps = len(studio.history.entries)
    studio.set_layer(studio.document.active, "Fold", expanded=False)
    assert len(studio.history.entries) == steps
    assert not studio.active_layer.expanded


def test_copy_and_paste_land_in_the_same_place_on_a_new_layer(studio):
    block(studio, Rect(40, 30, 60, 50))
    studio.set_selection(Selection.rectangle(Rect(50, 40, 20, 20)))
    assert studio.copy()
    studio.paste()
    assert studio.active_layer.name == "Pasted"
    assert studio.active_layer.tiles.bounds() == Rect(50, 40, 20, 20)
    assert tuple(studio.active_layer.tiles.region(Rect(55, 45, 1, 1))[0, 0]) == (10, 20, 200, 255)


def test_soft_pixels_survive_the_clipboard(studio):
    block(studio, Rect(40, 30, 60, 50), (0, 0, 90, 90))
    studio.copy()
    studio.paste()
    pixel = studio.active_layer.tiles.region(Rect(55, 45, 1, 1))[0, 0].astype(int)
    assert np.abs(pixel - (0, 0, 90, 90)).max() <= 1


def test_nothing_to_copy_is_said(studio, qtbot):
    with qtbot.waitSignal(studio.messaged) as told:
        assert not studio.copy()
    assert "nothing to copy" in told.args[0]


def test_selection_commands_follow_each_other(studio):
    studio.set_selection(Selection.rectangle(Rect(100, 100, 50, 50)))
    studio.grow(10)
    assert studio.document.selection.bounds() == Rect(90, 90, 70, 70)
    studio.shrink(10)
    studio.invert_selection()
    assert studio.document.selection.mask(Rect(120, 120, 1, 1))[0, 0] == 0
    assert studio.document.selection.bounds() == studio.document.bounds
    studio.deselect()
    assert studio.document.selection is None


def test_reshaping_without_a_selection_says_so(studio, qtbot):
    with qtbot.waitSignal(studio.messaged) as told:
        studio.feather(5)
    assert "Select something" in told.args[0]


def test_brush_size_steps_and_has_limits(studio):
    studio.set_brush_size(20)
    studio.step_brush_size(up=True)
    assert studio.brush.size > 20
    studio.set_brush_size(1e9)
    assert studio.brush.size == 1000
    for _ in range(100):
        studio.step_brush_size(up=False)
    assert studio.brush.size == 0.5


def test_colours_are_remembered_newest_first_without_doubles(studio):
    for rgb in ((1, 1, 1), (2, 2, 2), (1, 1, 1)):
        studio.set_colour(rgb, remember=True)
    assert studio.recent_colours == [(1, 1, 1), (2, 2, 2)]
    studio.background_colour = (9, 9, 9)
    studio.swap_colours()
    assert (studio.colour, studio.background_colour) == ((9, 9, 9), (1, 1, 1))


def test_choosing_a_preset_takes_the_brush_in_hand(studio):
    studio.set_tool("zoom")
    wanted = studio.presets[5]
    studio.select_preset(wanted.id)
    assert studio.brush == wanted
    assert studio.tool == "brush"
    with pytest.raises(KeyError):
        studio.select_preset("no such brush")


def test_an_unknown_tool_is_refused(studio):
    with pytest.raises(ValueError, match="no tool"):
        studio.set_tool("hammer")


def test_the_global_pressure_curve_bends_the_pen(studio):
    from app.core.brush import PressureCurve

    assert studio.settings.map_pressure(0.5) == pytest.approx(0.5, abs=0.01)
    studio.settings.pressure_curve = PressureCurve(((0.0, 0.0), (0.5, 0.8), (1.0, 1.0)))
    assert studio.settings.map_pressure(0.5) == pytest.approx(0.8, abs=0.01)
    studio.settings.pen_pressure = False
    assert studio.settings.map_pressure(0.1) == 1.0


def test_a_new_document_starts_a_new_history(studio):
    block(studio, Rect(10, 10, 50, 50))
    studio.new_document(640, 480, None, 72)
    assert (studio.document.width, studio.document.dpi) == (640, 72)
    assert not studio.history.can_undo
    assert isinstance(studio.active_layer, PaintLayer)


def test_inverting_without_a_selection_selects_everything(studio):
    studio.invert_selection()
    assert studio.document.selection.bounds() == studio.document.bounds


def test_a_selection_shrunk_to_nothing_is_told(studio, qtbot):
    studio.set_selection(Selection.rectangle(Rect(100, 100, 6, 6)))
    with qtbot.waitSignal(studio.messaged) as told:
        studio.shrink(10)
    assert "Nothing is selected" in told.args[0]
    assert studio.document.selection is None


def test_the_eraser_key_erases_when_coming_from_another_tool(studio):
    studio.toggle_erase()
    studio.set_tool("fill")
    studio.toggle_erase()
    assert (studio.tool, studio.erase_mode) == ("brush", True)
    studio.toggle_erase()
    assert not studio.erase_mode


def test_the_brush_key_paints_again_after_erasing(studio):
    studio.toggle_erase()
    studio.take_brush()
    assert (studio.tool, studio.erase_mode) == ("brush", False)
