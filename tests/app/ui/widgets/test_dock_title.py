# SPDX-License-Identifier: GPL-3.0-or-later
"""A dock's title says its name, unless a tab does."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QLabel, QMainWindow

from app.ui.widgets.dock_title import DockTitle

RIGHT = Qt.DockWidgetArea.RightDockWidgetArea


@pytest.fixture
def window(qtbot) -> QMainWindow:
    made = QMainWindow()
    qtbot.addWidget(made)
    made.setCentralWidget(QLabel("canvas"))
    made.resize(600, 400)
    made.show()
    return made


def add(window: QMainWindow, title: str) -> tuple[QDockWidget, DockTitle]:
    dock = QDockWidget(title, window)
    dock.setWidget(QLabel(title))
    bar = DockTitle(dock)
    dock.setTitleBarWidget(bar)
    window.addDockWidget(RIGHT, dock)
    dock.show()
    return dock, bar


def test_the_name_is_shown_and_follows_the_dock(window):
    dock, bar = add(window, "Layers")
    assert bar._name.text() == "Layers" and bar.sizeHint().height() > 20
    dock.setWindowTitle("Ebenen")
    assert bar._name.text() == "Ebenen"


def test_tabs_take_the_place_of_titles_and_give_it_back(window, qtbot):
    layers, first = add(window, "Layers")
    history, second = add(window, "History")
    window.tabifyDockWidget(layers, history)
    qtbot.waitUntil(lambda: first.sizeHint().height() == 0 == second.sizeHint().height())
    history.close()
    qtbot.waitUntil(lambda: first.sizeHint().height() > 0)


def test_its_buttons_float_and_close_the_dock(window, qtbot):
    dock, bar = add(window, "Layers")
    bar._float.click()
    assert dock.isFloating()
    bar._float.click()
    assert not dock.isFloating()
    bar._close.click()
    assert dock.isHidden()
