# SPDX-License-Identifier: GPL-3.0-or-later
"""Preferences work at once and are remembered."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from app.core.brush import PressureCurve
from app.ui import theme
from app.ui.dialogs.preferences import THEMES, PreferencesDialog
from tests.app.ui.desk import Desk, drag


@pytest.fixture
def dialog(studio, qtbot) -> PreferencesDialog:
    made = PreferencesDialog(studio, Desk(studio).appear(qtbot))
    qtbot.addWidget(made)
    made.show()
    return made


def test_pages_follow_the_list(dialog):
    for page in range(dialog.pages.count()):
        dialog.pages.setCurrentRow(page)
        assert dialog.stack.currentIndex() == page
        assert not dialog.grab().isNull()


def test_the_theme_changes_at_once(dialog, studio, qapp):
    dialog.themes.button(THEMES.index("light")).click()
    assert theme.current() is theme.LIGHT and studio.settings.theme == "light"
    dialog.themes.button(THEMES.index("dark")).click()
    assert theme.current() is theme.DARK


def test_undo_memory_counts_from_now_on(dialog, studio):
    dialog.memory.setFocus()
    QTest.keyClick(dialog.memory, Qt.Key.Key_Home)
    assert studio.settings.undo_budget_mib == 64
    assert studio.history.byte_budget == 64 << 20


def test_the_ai_switch_is_told_to_the_program(dialog, studio, qtbot):
    with qtbot.waitSignal(studio.settings.changed) as told:
        dialog.ai_enabled.click()
    assert told.args == ["ai_enabled"] and not studio.settings.ai_enabled


def test_the_pen_s_curve_is_shaped_and_remembered(dialog, studio):
    dialog.pages.setCurrentRow(1)
    firm = next(b for b in dialog.curve.findChildren(QPushButton) if b.text() == "Firm")
    firm.click()
    assert studio.settings.pressure_curve != PressureCurve()
    assert studio.settings.map_pressure(0.5) < 0.3


def test_without_pen_pressure_the_curve_rests(dialog, studio):
    dialog.pages.setCurrentRow(1)
    dialog.pen_pressure.click()
    assert not studio.settings.pen_pressure and not dialog.curve.isEnabled()
    assert studio.settings.map_pressure(0.2) == 1.0


def pen(widget, kind: QEvent.Type, x: float, y: float, pressure: float) -> None:
    device = QPointingDevice(
        "pen",
        1,
        QPointingDevice.DeviceType.Stylus,
        QPointingDevice.PointerType.Pen,
        QPointingDevice.Capability.Pressure,
        1,
        1,
    )
    at = QPointF(x, y)
    button = Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    event = QTabletEvent(
        kind, device, at, widget.mapToGlobal(at), pressure, 0, 0, 0, 0, 0, none, button, button
    )
    QApplication.sendEvent(widget, event)


def inked(widget) -> int:
    paper = widget._paper
    return sum(
        paper.pixelColor(x, y).alpha() > 128
        for x in range(0, paper.width(), 2)
        for y in range(0, paper.height(), 2)
    )


def test_the_test_paper_draws_as_wide_as_the_pen_presses(dialog):
    dialog.pages.setCurrentRow(1)
    paper, live = dialog.test, []
    paper.pressed.connect(live.append)
    inks = []
    for row, pressure in ((40, 0.1), (120, 0.9)):
        before = inked(paper)
        pen(paper, QEvent.Type.TabletPress, 20, row, pressure)
        pen(paper, QEvent.Type.TabletMove, 120, row, pressure)
        pen(paper, QEvent.Type.TabletRelease, 120, row, 0)
        inks.append(inked(paper) - before)
    assert inks[1] > 3 * inks[0] > 0
    assert live[:2] == pytest.approx([0.1, 0.1]) and live[-1] is None


def test_a_mouse_can_try_the_paper_too(dialog):
    dialog.pages.setCurrentRow(1)
    drag(dialog.test, (20, 30), (60, 30), (100, 60))
    assert inked(dialog.test) > 0
