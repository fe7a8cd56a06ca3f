# SPDX-License-Identifier: GPL-3.0-or-later
"""The window as a whole: it opens, it keys, it asks before work is lost, it closes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QComboBox,
    QLabel,
    QLineEdit,
    QMessageBox,
    QScrollBar,
)

from app.core.document import Document
from app.core.geometry import Rect
from app.core.tiles import TileGrid
from app.files.documents import save_document
from app.ui import theme
from app.ui.actions.view import toggle_docks
from app.ui.settings import Settings
from app.ui.studio import Studio
from app.ui.window import Window


@pytest.fixture
def window(qtbot, tmp_path: Path) -> Window:
    studio = Studio(Settings(tmp_path / "settings.ini"), Document.new(400, 300))
    made = Window(studio)
    qtbot.addWidget(made, before_close_func=Window.close_without_asking)
    made.show()
    made.view.setFocus()
    return made


def change(window: Window) -> None:
    studio = window.studio
    layer = replace(studio.active_layer, tiles=TileGrid.filled(Rect(5, 5, 9, 9), (0, 0, 9, 255)))
    studio.commit("Paint", studio.document.with_layer(layer))


def test_keys_take_tools_and_change_the_brush(window, qtbot):
    studio = window.studio
    for key, tool in ((Qt.Key.Key_F, "fill"), (Qt.Key.Key_R, "rotate"), (Qt.Key.Key_B, "brush")):
        qtbot.keyClick(window.view, key)
        assert studio.tool == tool
    qtbot.keyClick(window.view, Qt.Key.Key_E)
    assert studio.erase_mode
    size = studio.brush.size
    qtbot.keyClick(window.view, Qt.Key.Key_BracketRight)
    assert studio.brush.size > size
    qtbot.keyClick(window.view, Qt.Key.Key_BracketLeft)
    assert studio.brush.size <= size


def test_undo_and_redo_by_key(window, qtbot):
    before = window.studio.document
    change(window)
    after = window.studio.document
    qtbot.keyClick(window.view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.studio.document is before
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(window.view, Qt.Key.Key_Z, keys)
    assert window.studio.document is after


def test_the_title_names_the_file_and_marks_unsaved_work(window, tmp_path):
    assert "Untitled" in window.windowTitle()
    assert not window.isWindowModified()
    change(window)
    assert window.isWindowModified()
    window.studio.save_as(tmp_path / "fox.ora", wait=True)
    assert "fox.ora" in window.windowTitle()
    assert not window.isWindowModified()


@pytest.mark.parametrize(("answer", "closed"), [("Cancel", False), ("Discard", True)])
def test_closing_with_unsaved_work_asks_first(window, monkeypatch, answer, closed):
    change(window)
    asked = []
    button = getattr(QMessageBox.StandardButton, answer)
    monkeypatch.setattr(QMessageBox, "exec", lambda box: (asked.append(box.text()), button)[1])
    assert window.close() is closed
    assert len(asked) == 1


def test_closing_and_saving_saves(window, monkeypatch, tmp_path):
    window.studio.save_as(tmp_path / "fox.ora", wait=True)
    first = (tmp_path / "fox.ora").read_bytes()
    change(window)
    monkeypatch.setattr(QMessageBox, "exec", lambda box: QMessageBox.StandardButton.Save)
    assert window.close()
    assert (tmp_path / "fox.ora").read_bytes() != first


def test_a_dropped_file_opens(window, qtbot, tmp_path):
    path = tmp_path / "dropped.ora"
    save_document(Document.new(123, 45), path)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(
        QPointF(50, 50),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)
    qtbot.waitUntil(lambda: window.studio.document.width == 123)


def test_the_canvas_keeps_the_keyboard_while_a_file_opens(window, qtbot, tmp_path):
    path = tmp_path / "picture.ora"
    save_document(Document.new(123, 45), path)
    window.activateWindow()
    window.view.setFocus()
    assert window.studio.open(path)
    assert window.focusWidget() is window.view


def test_names_with_markup_in_them_are_shown_as_they_are(window):
    window.studio.messaged.emit("“<b>Sky</b>” is locked.", "warning")
    shown = next(x for x in window.toast.findChildren(QLabel) if "Sky" in x.text())
    assert shown.textFormat() == Qt.TextFormat.PlainText


def test_messages_appear_over_the_canvas_and_errors_stay(window):
    window.studio.messaged.emit("The sky is full.", "error")
    assert window.toast.isVisible()
    assert window.toast.text == "The sky is full."
    inside = window.view.rect().contains(window.toast.geometry())
    assert inside


@pytest.mark.parametrize("tokens", [theme.DARK, theme.LIGHT], ids=lambda t: t.name)
def test_a_message_stands_on_a_ground_of_its_own(window, tokens):
    window.toast.setStyleSheet(theme.stylesheet(tokens))
    window.studio.messaged.emit("The sky is full.", "warning")
    shown = window.toast.grab().toImage()
    middle = shown.pixelColor(shown.width() // 2, 4)
    assert middle == tokens.colour("panel")
    assert shown.pixelColor(1, shown.height() // 2) == tokens.colour("warning")


def test_the_layout_is_remembered(window, qtbot, tmp_path):
    window.docks["history"].setFloating(True)
    window.docks["colour"].hide()
    window.close_without_asking()
    again = Window(Studio(Settings(tmp_path / "settings.ini"), Document.new(50, 50)))
    qtbot.addWidget(again, before_close_func=Window.close_without_asking)
    again.show()
    assert again.docks["colour"].isHidden()
    assert again.docks["history"].isFloating()
    again.close_without_asking()


def test_a_plugin_dock_comes_back_where_it_was(window, qtbot, tmp_path):
    spec = next(s for s in window.plugins.specs if s.id == "simplify")
    window.plugins.show(spec)
    right = Qt.DockWidgetArea.RightDockWidgetArea
    window.addDockWidget(right, window.plugins.dock(spec))
    window.close_without_asking()
    again = Window(Studio(Settings(tmp_path / "settings.ini"), Document.new(50, 50)))
    qtbot.addWidget(again, before_close_func=Window.close_without_asking)
    again.show()
    again.plugins.show(spec)
    assert again.dockWidgetArea(again.plugins.dock(spec)) == right
    again.close_without_asking()


def test_hidden_panels_come_back_with_the_same_tab_in_front(window, qtbot):
    qtbot.waitUntil(lambda: not window.docks["layers"].visibleRegion().isEmpty())
    toggle_docks(window)
    toggle_docks(window)
    qtbot.waitUntil(lambda: not window.docks["layers"].visibleRegion().isEmpty())
    assert window.docks["history"].visibleRegion().isEmpty()


def test_the_window_fits_a_small_screen(window):
    window.resize(1024, 700)
    assert (window.width(), window.height()) == (1024, 700)


def test_the_question_about_unsaved_work_wears_no_foreign_icons(window, monkeypatch):
    change(window)
    bare = []

    def look(box: QMessageBox):
        bare.extend(button.icon().isNull() for button in box.buttons())
        return QMessageBox.StandardButton.Cancel

    monkeypatch.setattr(QMessageBox, "exec", look)
    assert not window.close()
    assert bare == [True, True, True]


def test_a_simplify_dock_opens_beside_the_brushes(window):
    spec = next(s for s in window.plugins.specs if s.id == "simplify")
    window.plugins.show(spec)
    dock = window.plugins.dock(spec)
    assert dock.isVisible()
    assert dock in window.tabifiedDockWidgets(window.docks["brush"])


def test_every_tool_and_dock_control_has_an_accessible_name(window):
    nameless = [
        f"{type(w).__name__} in {type(w.parent()).__name__} ({w.toolTip()})"
        for kind in (QAbstractButton, QAbstractSlider, QComboBox, QLineEdit)
        for w in window.findChildren(kind)
        if w.isVisible()
        and not isinstance(w, QScrollBar)
        and not isinstance(w.parent(), QLineEdit)  # the picture inside a search field
        and not (w.accessibleName() or (isinstance(w, QAbstractButton) and w.text()))
        and not w.objectName().startswith("qt_")
    ]
    assert nameless == []
