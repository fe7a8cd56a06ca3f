# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking up and changing keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest

from app.ui.actions import ACTIONS
from app.ui.dialogs.about import AboutDialog, version
from app.ui.dialogs.number import NumberDialog, ask_number
from app.ui.dialogs.shortcuts import ShortcutEditor, ShortcutsDialog
from tests.app.ui.desk import Desk


@pytest.fixture
def desk(studio, qtbot) -> Desk:
    return Desk(studio).appear(qtbot)


@pytest.fixture
def editor(desk, studio, qtbot) -> ShortcutEditor:
    dialog = ShortcutsDialog(studio, desk)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog.editor


def visible(editor: ShortcutEditor) -> list[str]:
    return [action_id for action_id, item in editor._items.items() if not item.isHidden()]


def test_every_command_is_listed_with_its_keys(editor):
    assert visible(editor) == [action.id for action in ACTIONS]
    assert editor._items["edit.redo"].text(1) == "Ctrl+Shift+Z, Ctrl+Y"


def test_searching_by_name_and_by_key(editor):
    QTest.keyClicks(editor.search, "flip")
    assert visible(editor) == ["view.flip"]
    editor.search.setText("ctrl+e")
    assert "layer.merge_down" in visible(editor)
    editor.search.clear()
    assert len(visible(editor)) == len(ACTIONS)


def test_a_new_key_is_set_and_works(editor, desk, studio):
    editor.choose("tools.zoom")
    assert editor.keys.keySequence() == QKeySequence("Z")
    editor.keys.setKeySequence(QKeySequence("Ctrl+Alt+Z"))
    assert editor.note.text() == ""
    editor.set_button.click()
    assert desk.acts.keys("tools.zoom") == ("Ctrl+Alt+Z",)
    assert editor._items["tools.zoom"].text(1) == "Ctrl+Alt+Z"


def test_a_key_that_is_taken_is_told_before_it_is_moved(editor, desk):
    editor.choose("tools.zoom")
    editor.keys.setKeySequence(QKeySequence("B"))
    assert "“Brush” has this key" in editor.note.text()
    editor.set_button.click()
    assert desk.acts.keys("tools.zoom") == ("B",) and desk.acts.keys("tools.brush") == ()
    assert editor._items["tools.brush"].text(1) == ""


def test_second_keys_stay_when_the_first_is_changed(editor, desk):
    editor.choose("edit.redo")
    editor.keys.setKeySequence(QKeySequence("F4"))
    editor.set_button.click()
    assert desk.acts.keys("edit.redo") == ("F4", "Ctrl+Y")


def test_removing_and_going_back_to_the_default(editor, desk):
    editor.choose("tools.zoom")
    assert not editor.reset_button.isEnabled()
    editor.remove_button.click()
    assert desk.acts.keys("tools.zoom") == () and not editor.set_button.isEnabled()
    editor.reset_button.click()
    assert desk.acts.keys("tools.zoom") == ("Z",)


def test_everything_back_to_the_defaults(editor, desk, studio):
    for action_id, key in (("tools.zoom", "F5"), ("tools.pan", "F6")):
        editor.choose(action_id)
        editor.keys.setKeySequence(QKeySequence(key))
        editor.set_button.click()
    editor.reset_all.click()
    assert studio.settings.shortcuts == {}
    assert all(desk.acts.keys(action.id) == action.shortcuts for action in ACTIONS)


def test_nothing_can_be_set_before_a_command_is_chosen(editor):
    assert editor.chosen is None and not editor.keys.isEnabled()
    editor.tree.setCurrentItem(editor.tree.topLevelItem(0))
    assert not editor.set_button.isEnabled()


# -- small dialogs ---------------------------------------------------------------------------------


def test_a_number_is_typed_and_entered(qtbot):
    dialog = NumberDialog(None, "Feather", "Width", 8, 1, 500, "px")
    qtbot.addWidget(dialog)
    dialog.show()
    QTest.keyClicks(dialog.field, "12")
    with qtbot.waitSignal(dialog.accepted):
        QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    assert dialog.field.value() == 12 and dialog.field.accessibleName() == "Width"


@pytest.mark.parametrize(("answer", "number"), [(True, 8), (False, None)])
def test_a_cancelled_number_is_none(qapp, monkeypatch, answer, number):
    monkeypatch.setattr(NumberDialog, "exec", lambda dialog: answer)
    assert ask_number(None, "Feather", "Width", 8, 1, 500, "px") == number


def test_about_names_the_licence_and_whose_work_is_in_it(qtbot):
    from PySide6.QtWidgets import QLabel

    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    text = " ".join(label.text() for label in dialog.findChildren(QLabel))
    for word in ("Limner", "GNU General Public Licence", "Tabler", "Inter", version()):
        assert word in text
