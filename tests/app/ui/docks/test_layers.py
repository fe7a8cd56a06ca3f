# SPDX-License-Identifier: GPL-3.0-or-later
"""What an artist does in the layers dock."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QLineEdit

from app.core.blend_modes import BlendMode
from app.core.document import Document
from app.core.layers import GroupLayer, PaintLayer
from app.ui.docks.layer_model import EYE, LOCK, MIME, NAME, LayerModel
from app.ui.docks.layers import PASS_THROUGH, LayersDock
from tests.app.ui.desk import Desk, drag, drop, names

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def studio(studio):
    """From the top: Line, Figure (Light, Skin), Sky."""
    figure = GroupLayer(
        id="figure",
        name="Figure",
        children=(PaintLayer(id="skin", name="Skin"), PaintLayer(id="light", name="Light")),
    )
    layers = (PaintLayer(id="sky", name="Sky"), figure, PaintLayer(id="line", name="Line"))
    studio.replace_document(Document(400, 300, layers, active="line"), None)
    return studio


@pytest.fixture
def desk(studio, qtbot) -> Desk:
    return Desk(studio).appear(qtbot)


@pytest.fixture
def dock(desk, studio) -> LayersDock:
    made = LayersDock(studio)
    desk.add(made, "Layers").show()
    made.resize(280, 420)
    QTest.qWait(0)
    return made


def cell(dock: LayersDock, layer_id: str, column: int = NAME) -> QPoint:
    """The middle of a cell, in pixels of the list."""
    return dock.view.visualRect(dock.model.index_of(layer_id, column)).center()


def click(dock: LayersDock, layer_id: str, column: int = NAME) -> None:
    QTest.mouseClick(dock.view.viewport(), LEFT, pos=cell(dock, layer_id, column))


def steps(studio) -> int:
    return studio.history.position


# -- showing ---------------------------------------------------------------------------------------


def test_layers_are_listed_from_the_top_with_groups_open(dock):
    model, shown = dock.model, []
    index = model.index(0, NAME)
    while index.isValid():
        shown.append(index.data())
        index = dock.view.indexBelow(index)
    assert shown == ["Line", "Figure", "Light", "Skin", "Sky"]


def test_the_model_keeps_qt_s_rules_through_all_kinds_of_changes(studio, qtbot):
    model = LayerModel(studio)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    studio.add_paint_layer()
    studio.move_layer("sky", "figure", 1)
    studio.set_layer("skin", "Rename", name="Face")
    studio.activate_layer("figure")
    studio.ungroup_layer()
    studio.delete_layer()
    studio.undo()
    studio.undo()
    studio.redo()
    assert model.rowCount() == len(studio.document.layers)
    assert tester.model() is model


def test_a_click_chooses_the_layer_without_an_undo_step(dock, studio):
    click(dock, "skin")
    assert studio.document.active == "skin" and steps(studio) == 0


def test_a_click_leaves_the_keys_to_the_canvas(dock, desk, studio):
    click(dock, "skin")
    desk.press(Qt.Key.Key_Z)
    assert studio.tool == "zoom" and desk.canvas.hasFocus()


def test_arrow_keys_choose_layers_once_the_list_has_the_keyboard(dock, studio):
    dock.view.setFocus()
    QTest.keyClick(dock.view, Qt.Key.Key_Down)
    assert studio.document.active == "figure"


def test_the_active_layer_is_marked_whoever_chose_it(dock, studio):
    studio.activate_layer("sky")
    assert dock.view.currentIndex().data() == "Sky"
    studio.add_paint_layer()
    assert dock.view.currentIndex().data() == studio.active_layer.name


def test_only_the_changed_layer_is_redrawn(dock, studio, qtbot):
    changed = []
    dock.model.dataChanged.connect(lambda first, last, roles: changed.append(first.row()))
    studio.set_layer("sky", "Opacity", opacity=0.5)
    assert changed == [2]


def test_every_row_paints_and_speaks(dock, studio):
    studio.set_layer("light", "Mode", mode=BlendMode.SCREEN, clip=True, alpha_locked=True)
    studio.set_layer("sky", "Hide", visible=False, locked=True)
    assert not dock.grab().isNull()
    text = dock.model.index_of("light").data(Qt.ItemDataRole.AccessibleTextRole)
    assert "Light" in text and "Screen" in text and "100" in text
    eye = dock.model.index_of("sky", EYE).data(Qt.ItemDataRole.AccessibleTextRole)
    assert eye == "Hidden"


# -- eye, lock, name -------------------------------------------------------------------------------


def test_the_eye_hides_and_shows_without_choosing_the_layer(dock, studio):
    click(dock, "sky", EYE)
    assert not studio.document.find("sky").visible and studio.document.active == "line"
    click(dock, "sky", EYE)
    assert studio.document.find("sky").visible and steps(studio) == 2


def test_two_quick_clicks_on_the_eye_are_two_switches(dock, studio):
    at = cell(dock, "sky", EYE)
    QTest.mouseClick(dock.view.viewport(), LEFT, pos=at)
    QTest.mouseDClick(dock.view.viewport(), LEFT, pos=at)
    assert steps(studio) >= 2
    assert not dock.view.findChildren(QLineEdit), "an eye is nothing to type into"


def test_the_lock_keeps_a_layer_from_being_painted_on(dock, studio):
    click(dock, "line", LOCK)
    assert studio.document.find("line").locked and not studio.can_paint
    assert not dock.opacity.isEnabled()


def test_by_keyboard_space_switches_the_eye(dock, studio):
    dock.view.setFocus()
    dock.view.setCurrentIndex(dock.model.index_of("sky", EYE))
    QTest.keyClick(dock.view, Qt.Key.Key_Space)
    assert not studio.document.find("sky").visible
    dock.view.setCurrentIndex(dock.model.index_of("sky", LOCK))
    QTest.keyClick(dock.view, Qt.Key.Key_Space)
    assert studio.document.find("sky").locked


def test_renames_a_layer_with_f2(dock, desk, studio, qtbot):
    desk.press(Qt.Key.Key_F2)
    field = dock.view.findChild(QLineEdit)
    assert field.text() == "Line" and field.hasFocus()
    field.selectAll()
    QTest.keyClicks(field, "Ink")
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: studio.document.find("line").name == "Ink")
    assert steps(studio) == 1
    qtbot.waitUntil(desk.canvas.hasFocus)  # after renaming the keys paint again


def test_a_double_click_renames_and_escape_gives_up(dock, studio):
    at = cell(dock, "sky")
    QTest.mouseClick(dock.view.viewport(), LEFT, pos=at)
    QTest.mouseDClick(dock.view.viewport(), LEFT, pos=at)
    field = dock.view.findChild(QLineEdit)
    QTest.keyClicks(field, "Gone")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert studio.document.find("sky").name == "Sky" and steps(studio) == 0


def test_an_empty_name_is_no_name(dock, studio):
    assert not dock.model.setData(dock.model.index_of("sky"), "  ")
    assert studio.document.find("sky").name == "Sky"


# -- opacity and mode ------------------------------------------------------------------------------


def test_artist_drags_the_opacity_slider_one_undo_step(dock, studio):
    width = dock.opacity.width()
    drag(dock.opacity, (width - 5, 12), (width * 0.8, 12), (width * 0.6, 12), (width * 0.5, 12))
    assert studio.active_layer.opacity == pytest.approx(0.5, abs=0.02)
    assert steps(studio) == 1
    studio.undo()
    assert studio.active_layer.opacity == 1.0 and dock.opacity.number == 1.0


def test_a_second_drag_is_a_second_step(dock, studio):
    for share in (0.5, 0.3):
        drag(dock.opacity, (5, 12), (dock.opacity.width() * share, 12))
    assert steps(studio) == 2


def test_dragging_after_choosing_another_layer_never_merges(dock, studio):
    drag(dock.opacity, (5, 12), (100, 12))
    click(dock, "sky")
    drag(dock.opacity, (5, 12), (100, 12))
    studio.undo()
    assert studio.document.find("sky").opacity == 1.0
    assert studio.document.find("line").opacity < 1.0


def test_the_mode_list_is_grouped_and_sets_the_mode(dock, studio):
    texts = [dock.mode.itemText(i) for i in range(dock.mode.count())]
    assert texts[0] == "Normal" and "" in texts, "groups are parted by lines"
    assert {BlendMode(dock.mode.itemData(i)) for i in range(dock.mode.count()) if texts[i]} == set(
        BlendMode
    )
    dock.mode.setFocus()
    QTest.keyClick(dock.mode, Qt.Key.Key_Down)
    assert studio.active_layer.mode is BlendMode.MULTIPLY and steps(studio) == 1
    studio.undo()
    assert dock.mode.currentText() == "Normal"


def test_groups_can_pass_through(dock, studio):
    click(dock, "figure")
    assert dock.mode.itemData(0) == PASS_THROUGH
    dock.mode.activated.emit(0)
    assert studio.document.find("figure").passthrough
    assert dock.mode.currentText() == "Pass Through"
    dock.mode.activated.emit(dock.mode.findData(BlendMode.SCREEN.value))
    figure = studio.document.find("figure")
    assert figure.mode is BlendMode.SCREEN and not figure.passthrough
    click(dock, "sky")
    assert dock.mode.findData(PASS_THROUGH) == -1


# -- order -----------------------------------------------------------------------------------------


def carry(dock: LayersDock, layer_id: str, at: QPoint) -> None:
    data = dock.model.mimeData([dock.model.index_of(layer_id)])
    drop(dock.view, data, at)


def test_drags_a_layer_into_a_group(dock, studio):
    carry(dock, "line", cell(dock, "figure"))
    assert names(studio) == ["Figure", ".Line", ".Light", ".Skin", "Sky"]
    assert steps(studio) == 1


def test_drags_a_layer_between_two_others(dock, studio):
    edge = dock.view.visualRect(dock.model.index_of("skin")).topLeft() + QPoint(30, 0)
    carry(dock, "sky", edge)
    assert names(studio) == ["Line", "Figure", ".Light", ".Sky", ".Skin"]


def test_drags_a_layer_out_of_a_group_to_the_bottom(dock, studio):
    below = dock.view.visualRect(dock.model.index_of("sky")).bottomLeft() + QPoint(40, 60)
    carry(dock, "light", below)
    assert names(studio) == ["Line", "Figure", ".Skin", "Sky", "Light"]


@pytest.mark.parametrize("row", [0, 1])
def test_dropping_a_layer_where_it_was_is_no_step(dock, studio, row):
    model = dock.model
    data = model.mimeData([model.index_of("line")])
    model.dropMimeData(data, Qt.DropAction.MoveAction, row, 0, model.parent())
    assert steps(studio) == 0


def test_a_group_cannot_be_dropped_into_itself(dock, studio):
    model = dock.model
    data = model.mimeData([model.index_of("figure")])
    inside = model.index_of("figure", 0)
    assert not model.canDropMimeData(data, Qt.DropAction.MoveAction, 0, 0, inside)
    model.dropMimeData(data, Qt.DropAction.MoveAction, 0, 0, inside)
    assert names(studio) == ["Line", "Figure", ".Light", ".Skin", "Sky"]


def test_layers_of_another_program_or_document_are_refused(dock):
    from PySide6.QtCore import QMimeData

    foreign = QMimeData()
    foreign.setData(MIME, b"unknown")
    root = dock.model.parent()
    assert not dock.model.canDropMimeData(foreign, Qt.DropAction.MoveAction, 0, 0, root)
    assert not dock.model.canDropMimeData(QMimeData(), Qt.DropAction.MoveAction, 0, 0, root)


@pytest.mark.parametrize("row", range(4))
def test_the_dropped_layer_lands_in_the_row_that_was_shown(dock, studio, row):
    model = dock.model
    data = model.mimeData([model.index_of("skin")])
    model.dropMimeData(data, Qt.DropAction.MoveAction, row, 0, model.parent())
    assert [layer.name for layer in reversed(studio.document.layers)][row] == "Skin"


# -- buttons, menu, folding ------------------------------------------------------------------------


def test_the_buttons_make_copy_merge_and_delete(dock, studio):
    dock.buttons["layer.new"].click()
    assert studio.active_layer.name not in ("Line", "Sky")
    made = studio.active_layer.name
    dock.buttons["layer.duplicate"].click()
    dock.buttons["layer.merge_down"].click()
    assert names(studio)[0] == made
    dock.buttons["layer.delete"].click()
    assert names(studio) == ["Line", "Figure", ".Light", ".Skin", "Sky"]
    dock.buttons["layer.new_group"].click()
    assert isinstance(studio.active_layer, GroupLayer)


def test_buttons_that_cannot_act_are_dimmed(dock, studio):
    click(dock, "sky")
    assert not dock.buttons["layer.merge_down"].isEnabled()
    click(dock, "line")
    assert dock.buttons["layer.merge_down"].isEnabled()


def test_clip_and_alpha_lock_are_switches_at_hand(dock, studio):
    for action, field in (("layer.clip", "clip"), ("layer.alpha_lock", "alpha_locked")):
        dock.buttons[action].click()
        assert getattr(studio.active_layer, field) and dock.buttons[action].isChecked()
        studio.undo()
        assert not dock.buttons[action].isChecked()


def test_the_context_menu_offers_what_applies(dock, studio):
    click(dock, "figure")
    menu = dock.context_menu()
    entries = {a.text(): a for a in menu.actions() if a.text()}
    assert entries["Ungroup"].isEnabled() and entries["Rasterise Layer"].isEnabled()
    assert not entries["Lock Transparency"].isEnabled()
    entries["Ungroup"].trigger()
    assert names(studio) == ["Line", "Light", "Skin", "Sky"]
    menu.close()


def test_folding_a_group_is_remembered_by_the_document_and_is_no_step(dock, studio):
    dock.view.collapse(dock.model.index_of("figure", 0))
    assert not studio.document.find("figure").expanded and steps(studio) == 0
    studio.add_paint_layer()
    assert not dock.view.isExpanded(dock.model.index_of("figure", 0))
    studio.set_layer("figure", "Fold", expanded=True)
    assert dock.view.isExpanded(dock.model.index_of("figure", 0))


def test_a_document_without_layers_disables_what_needs_one(dock, studio):
    studio.replace_document(Document(100, 100), None)
    assert not dock.opacity.isEnabled() and not dock.mode.isEnabled()
    assert not dock.buttons["layer.delete"].isEnabled() and dock.buttons["layer.new"].isEnabled()
    dock.rename_active()
    assert not dock.view.findChildren(QLineEdit)
