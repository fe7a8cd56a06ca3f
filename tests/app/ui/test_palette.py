# SPDX-License-Identifier: GPL-3.0-or-later
"""The artist types what they want and presses Enter."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from app.ui.palette import ENTRY_ROLE, CommandPalette, open_palette
from tests.app.ui.desk import Desk


@pytest.fixture
def desk(studio, qtbot) -> Desk:
    return Desk(studio).appear(qtbot)


@pytest.fixture
def ask(desk, studio, qtbot):
    """Opens the palette and types into it."""

    def typed(text: str) -> CommandPalette:
        palette = open_palette(studio, desk)
        QTest.keyClicks(palette.field, text)
        return palette

    return typed


def listed(palette: CommandPalette) -> list[str]:
    return [
        palette.model.index(i).data(ENTRY_ROLE).entry.text for i in range(palette.model.rowCount())
    ]


def enter(palette: CommandPalette) -> None:
    QTest.keyClick(palette.field, Qt.Key.Key_Return)


def test_finds_flip_and_runs_it(desk, ask, qtbot):
    palette = ask("flip")
    assert listed(palette)[0] == "Flip View"
    enter(palette)
    qtbot.waitUntil(lambda: desk.canvas.mirrored)


def test_the_key_opens_it_and_escape_closes_it(desk, qtbot):
    desk.press(
        Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    palette = desk.findChild(CommandPalette)
    assert palette.isVisible() and palette.field.hasFocus()
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: desk.findChild(CommandPalette) is None)


def test_arrows_choose_and_go_around(ask):
    palette = ask("")
    QTest.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.list.currentIndex().row() == 1
    QTest.keyClick(palette.field, Qt.Key.Key_Up)
    QTest.keyClick(palette.field, Qt.Key.Key_Up)
    assert palette.list.currentIndex().row() == palette.model.rowCount() - 1
    QTest.keyClick(palette.field, Qt.Key.Key_PageDown)
    assert palette.list.currentIndex().row() == palette.model.rowCount() - 1


def test_a_layer_is_found_by_name(studio, ask, qtbot):
    palette = ask("background")
    enter(palette)
    qtbot.waitUntil(lambda: studio.active_layer.name == "Background")


def test_a_brush_is_found_by_name(studio, ask, qtbot):
    wanted = studio.presets[-1]
    enter(ask(wanted.name))
    qtbot.waitUntil(lambda: studio.brush.id == wanted.id)


def test_a_closed_panel_is_brought_back(desk, ask, qtbot):
    dock = desk.add(QLabel("…"), "Navigator")
    dock.hide()
    enter(ask("navigator"))
    qtbot.waitUntil(lambda: not dock.isHidden())


def test_what_explains_an_action_is_searched_too(ask):
    assert "Flip View" in listed(ask("mirror"))


def test_what_cannot_be_done_now_comes_last_and_does_nothing(studio, ask, qtbot):
    palette = ask("feather")
    assert listed(palette) == ["Feather"]
    enter(palette)
    assert palette.isVisible() and studio.settings.recent_commands == []


def test_nonsense_says_that_nothing_was_found(ask):
    palette = ask("qqqq")
    assert palette.nothing.isVisible() and not palette.list.isVisible()
    enter(palette)
    assert palette.isVisible()


def test_commands_used_before_come_first_the_next_time(desk, ask, qtbot):
    enter(ask("flip view"))
    qtbot.waitUntil(lambda: desk.canvas.mirrored)
    assert listed(ask(""))[0] == "Flip View"


def test_every_line_tells_screen_readers_its_key(ask):
    palette = ask("flip view")
    text = palette.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "Flip View" in text and "Shift+F" in text
    assert not palette.grab().isNull()
