# SPDX-License-Identifier: GPL-3.0-or-later
"""The action table is sound, and the artist's keys and menus do what they say."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QLineEdit, QMessageBox, QWidget

from app.core.layers import VectorLayer
from app.ui import icons, theme
from app.ui.actions import ACTIONS, MENUS, RESERVED, Action, Actions, actions_of, confirm_discard
from app.ui.actions.view import toggle_docks
from app.ui.dialogs.number import NumberDialog
from app.ui.settings import Settings
from app.ui.studio import TOOLS
from tests.app.ui.desk import Desk, names

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def desk(studio, qtbot) -> Desk:
    return Desk(studio).appear(qtbot)


# -- the table -------------------------------------------------------------------------------------


def test_ids_are_unique_and_named_after_their_menu():
    ids = [action.id for action in ACTIONS]
    assert len(ids) == len(set(ids))
    assert all(action.id.partition(".")[0] == action.menu.lower() for action in ACTIONS)


def test_no_two_defaults_collide_and_reserved_keys_stay_free():
    keys = [QKeySequence(k) for action in ACTIONS for k in action.shortcuts]
    for a, b in itertools.combinations([*keys, *map(QKeySequence, RESERVED)], 2):
        assert a.matches(b) == QKeySequence.SequenceMatch.NoMatch, a.toString()


@pytest.mark.parametrize("action", ACTIONS, ids=lambda a: a.id)
def test_every_action_is_complete(action, qapp):
    assert action.title and action.menu in MENUS
    assert not icons.icon(action.icon).isNull(), "all have an icon, or none would line up"
    assert not action.tip or action.tip.endswith(".")
    for key in action.shortcuts:
        assert not QKeySequence(key).isEmpty(), key


def test_every_tool_can_be_taken_from_the_menu():
    switches = {a.id.removeprefix("tools.") for a in ACTIONS if a.menu == "Tools" and a.checked}
    assert set(TOOLS) - {"eraser"} <= switches and "erase" in switches


def test_sections_of_a_menu_lie_together():
    for menu in MENUS:
        sections = [a.section for a in ACTIONS if a.menu == menu]
        runs = [section for section, _ in itertools.groupby(sections)]
        assert len(runs) == len(set(runs)), menu


# -- keys and menus --------------------------------------------------------------------------------


def test_keys_take_tools_in_hand(desk, studio):
    for key, tool in (
        (Qt.Key.Key_M, "select_rect"),
        (Qt.Key.Key_Z, "zoom"),
        (Qt.Key.Key_B, "brush"),
    ):
        desk.press(key)
        assert studio.tool == tool
        assert desk.acts.qaction(f"tools.{tool}").isChecked()
    assert not desk.acts.qaction("tools.zoom").isChecked()


def test_pressing_the_key_of_the_tool_in_hand_keeps_it_checked(desk, studio):
    desk.press(Qt.Key.Key_B)
    assert studio.tool == "brush" and desk.acts.qaction("tools.brush").isChecked()


def test_e_makes_the_brush_an_eraser_and_back(desk, studio):
    desk.press(Qt.Key.Key_E)
    assert studio.erase_mode and desk.acts.qaction("tools.erase").isChecked()
    desk.press(Qt.Key.Key_E)
    assert not studio.erase_mode and not desk.acts.qaction("tools.erase").isChecked()


def test_digits_set_the_opacity_and_brackets_the_size(desk, studio):
    desk.press(Qt.Key.Key_4)
    assert studio.brush.opacity == pytest.approx(0.4)
    desk.press(Qt.Key.Key_0)
    assert studio.brush.opacity == 1.0
    size = studio.brush.size
    desk.press(Qt.Key.Key_BracketRight)
    assert studio.brush.size > size


def test_typing_a_name_does_not_take_tools(desk, studio, qtbot):
    field = QLineEdit()
    desk.add(field, "Field")
    field.setFocus()
    qtbot.keyClicks(field, "Mbz 5")
    assert field.text() == "Mbz 5"
    assert studio.tool == "brush" and studio.brush.opacity == 1.0


def test_undo_is_offered_only_when_there_is_something_to_undo(desk, studio):
    undo, redo = desk.acts.qaction("edit.undo"), desk.acts.qaction("edit.redo")
    assert not undo.isEnabled() and not redo.isEnabled()
    studio.add_paint_layer()
    assert undo.isEnabled()
    desk.press(Qt.Key.Key_Z, CTRL)
    assert not undo.isEnabled() and redo.isEnabled()
    desk.press(Qt.Key.Key_Z, CTRL | SHIFT)
    assert names(studio)[0] != "Layer 1"


def test_layer_commands_follow_the_active_layer(desk, studio):
    enabled = lambda i: desk.acts.qaction(i).isEnabled()  # noqa: E731
    background = studio.document.layers[0].id
    assert enabled("layer.merge_down") and not enabled("layer.raise")
    studio.activate_layer(background)
    assert not enabled("layer.merge_down") and enabled("layer.raise")
    assert not enabled("layer.rasterise")
    studio.commit(
        "Shapes", studio.document.insert(VectorLayer(id="v", name="Shapes")).activate("v")
    )
    assert enabled("layer.rasterise") and not enabled("edit.fill")
    desk.acts.qaction("layer.lock").trigger()
    assert not enabled("layer.delete") and desk.acts.qaction("layer.lock").isChecked()


def test_page_keys_walk_through_the_layers(desk, studio):
    assert studio.active_layer.name == "Layer 1"
    desk.press(Qt.Key.Key_PageDown)
    assert studio.active_layer.name == "Background"
    desk.press(Qt.Key.Key_PageDown)
    assert studio.active_layer.name == "Background"
    desk.press(Qt.Key.Key_PageUp)
    assert studio.active_layer.name == "Layer 1"


def test_selection_edges_ask_for_a_width(desk, studio, monkeypatch):
    grow = desk.acts.qaction("select.grow")
    assert not grow.isEnabled()
    studio.select_all()
    desk.acts.qaction("select.shrink").isEnabled()

    def type_ten(dialog):
        dialog.field.setValue(10)
        return True

    monkeypatch.setattr(NumberDialog, "exec", type_ten)
    desk.acts.qaction("select.shrink").trigger()
    assert studio.document.selection.bounds().w == studio.document.width - 20
    monkeypatch.setattr(NumberDialog, "exec", lambda dialog: False)
    step = studio.history.position
    grow.trigger()
    assert studio.history.position == step, "a cancelled question changes nothing"


def test_tooltips_name_the_key(desk):
    assert "B" in desk.acts.qaction("tools.brush").toolTip().splitlines()[0]
    desk.acts.rebind("tools.brush", ("F9",))
    assert "(F9)" in desk.acts.qaction("tools.brush").toolTip()


def test_the_menu_bar_holds_every_action_once(desk):
    found = []

    def collect(menu):
        for entry in menu.actions():
            if entry.menu() is not None:
                collect(entry.menu())
            elif entry.objectName():
                found.append(entry.objectName())

    for entry in desk.menuBar().actions():
        collect(entry.menu())
    assert sorted(found) == sorted(action.id for action in ACTIONS)


def test_recent_files_are_in_the_file_menu(desk, studio, tmp_path):
    path = tmp_path / "fox & hare.ora"
    studio.settings.add_recent_file(path)
    file = next(e.menu() for e in desk.menuBar().actions() if e.text() == "File")
    recent = next(e.menu() for e in file.actions() if e.text() == "Open Recent")
    recent.aboutToShow.emit()
    assert recent.actions()[0].toolTip() == str(path)
    assert "fox && hare.ora" in recent.actions()[0].text()
    recent.actions()[-1].trigger()
    assert studio.settings.recent_files == []


# -- other keys ------------------------------------------------------------------------------------


def test_a_new_key_works_and_is_remembered(desk, studio, qtbot):
    desk.acts.rebind("view.theme_light", ("F7",))
    desk.press(Qt.Key.Key_F7)
    assert theme.current() is theme.LIGHT
    assert studio.settings.shortcuts == {"view.theme_light": ("F7",)}
    again = Desk(studio).appear(qtbot)
    assert again.acts.keys("view.theme_light") == ("F7",)
    again.acts.qaction("view.theme_dark").trigger()


def test_a_key_that_is_taken_away_from_another_action_works_only_once(desk, studio):
    desk.acts.rebind("tools.zoom", ("B",))
    assert desk.acts.keys("tools.brush") == ()
    desk.press(Qt.Key.Key_B)
    assert studio.tool == "zoom"
    desk.acts.reset()
    assert desk.acts.keys("tools.brush") == ("B",) and desk.acts.keys("tools.zoom") == ("Z",)
    assert studio.settings.shortcuts == {}


def test_resetting_one_action_takes_its_key_back(desk):
    desk.acts.rebind("tools.zoom", ("B",))
    desk.acts.reset("tools.brush")
    assert desk.acts.keys("tools.brush") == ("B",) and desk.acts.keys("tools.zoom") == ()


def test_the_owner_of_a_key_is_known(desk):
    assert desk.acts.owner("Ctrl+Z").id == "edit.undo"
    assert desk.acts.owner("Ctrl+Z", beside="edit.undo") is None
    assert desk.acts.owner("Ctrl+Alt+F12") is None


# -- actions that come and go ----------------------------------------------------------------------


def plugin(ran: list[str], key: str = "J", icon: str = "ai-simplify") -> Action:
    return Action(
        id="plugin.simplify",
        title="Simplify Lines",
        menu="AI",
        run=lambda studio, window: ran.append("simplify"),
        shortcuts=(key,),
        icon=icon,
    )


def ai_menu(desk: Desk):
    return next(e for e in desk.menuBar().actions() if e.text() == "AI")


def test_a_plugin_s_action_comes_with_its_key_and_goes_without_trace(desk):
    ran: list[str] = []
    assert not ai_menu(desk).isVisible()
    desk.acts.add(plugin(ran))
    assert ai_menu(desk).isVisible()
    desk.press(Qt.Key.Key_J)
    assert ran == ["simplify"]
    desk.acts.remove("plugin.simplify")
    desk.press(Qt.Key.Key_J)
    assert ran == ["simplify"] and not ai_menu(desk).isVisible()


def test_a_plugin_cannot_take_a_key_that_is_in_use(desk, studio):
    desk.acts.add(plugin([], key="B"))
    assert desk.acts.keys("plugin.simplify") == ()
    desk.press(Qt.Key.Key_Z)
    desk.press(Qt.Key.Key_B)
    assert studio.tool == "brush"


def test_a_plugin_without_its_icon_still_gets_one(desk):
    assert not desk.acts.add(plugin([], icon="lost.svg")).icon().isNull()


def test_an_id_can_be_there_only_once(desk):
    desk.acts.add(plugin([]))
    with pytest.raises(ValueError, match=r"plugin\.simplify"):
        desk.acts.add(plugin([]))


def test_actions_of_a_window_without_any_is_an_error(qtbot):
    bare = QWidget()
    qtbot.addWidget(bare)
    with pytest.raises(LookupError):
        actions_of(bare)


def test_an_unknown_menu_is_refused():
    with pytest.raises(ValueError, match="Magic"):
        Action(id="x", title="X", menu="Magic", run=lambda studio, window: None)


# -- panels ----------------------------------------------------------------------------------------


def test_tab_hides_the_panels_while_painting_and_walks_through_controls_elsewhere(desk, qtbot):
    first, second = QLineEdit(), QLineEdit()
    panel = QWidget()
    first.setParent(panel)
    second.setParent(panel)
    dock = desk.add(panel, "Panel")
    desk.canvas.setFocus()
    desk.press(Qt.Key.Key_Tab)
    assert dock.isHidden()
    desk.press(Qt.Key.Key_Tab)
    assert not dock.isHidden()
    first.setFocus()
    desk.press(Qt.Key.Key_Tab)
    assert not dock.isHidden() and second.hasFocus()


def test_panels_that_were_closed_before_stay_closed(desk):
    shown, closed = desk.add(QLineEdit(), "Shown"), desk.add(QLineEdit(), "Closed")
    closed.hide()
    toggle_docks(desk)
    toggle_docks(desk)
    assert not shown.isHidden() and closed.isHidden()


def test_a_floating_panel_goes_and_comes_back_with_the_others(desk):
    dock = desk.add(QLineEdit(), "Floating")
    dock.setFloating(True)
    toggle_docks(desk)
    assert dock.isHidden()
    toggle_docks(desk)
    assert not dock.isHidden() and dock.isFloating()


def test_f6_brings_the_keyboard_to_a_panel_and_back_to_the_canvas(desk):
    field = QLineEdit()
    desk.add(field, "Panel")
    desk.canvas.setFocus()
    desk.press(Qt.Key.Key_F6)
    assert field.hasFocus()
    desk.press(Qt.Key.Key_F6)
    assert desk.canvas.hasFocus()


# -- unsaved work ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("button", "may_leave"),
    [(QMessageBox.StandardButton.Discard, True), (QMessageBox.StandardButton.Cancel, False)],
)
def test_unsaved_work_is_asked_about(desk, studio, monkeypatch, button, may_leave):
    asked: list[str] = []

    def answer(box):
        asked.append(box.text())
        return button

    monkeypatch.setattr(QMessageBox, "exec", answer)
    assert confirm_discard(studio, desk) and not asked, "nothing to lose yet"
    studio.add_paint_layer()
    assert confirm_discard(studio, desk) == may_leave
    assert len(asked) == 1


def test_a_hundred_layers_refresh_without_error(studio, qtbot, tmp_path):
    for _ in range(30):
        studio.add_paint_layer()
    desk = Desk(studio)
    qtbot.addWidget(desk)
    assert isinstance(desk.acts, Actions) and desk.acts.qaction("layer.merge_down").isEnabled()
    assert isinstance(studio.settings, Settings)
