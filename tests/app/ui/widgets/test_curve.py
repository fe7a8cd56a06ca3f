# SPDX-License-Identifier: GPL-3.0-or-later
"""The pressure curve under the artist's hands: always a valid, monotone curve."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from app.core.brush import PressureCurve
from app.ui.widgets.curve import CurveEditor, CurvePanel
from tests.app.ui.desk import drag

unit = st.floats(-0.5, 1.5)


@pytest.fixture
def editor(qtbot) -> CurveEditor:
    widget = CurveEditor("Pressure", PressureCurve())
    qtbot.addWidget(widget)
    widget.resize(200, 200)
    widget.show()
    widget.setFocus()
    return widget


def at(editor: CurveEditor, x: float, y: float) -> tuple[float, float]:
    return editor._to_screen(x, y).toTuple()


def test_a_click_on_the_line_adds_a_point_that_can_be_dragged(editor):
    told: list[PressureCurve] = []
    editor.edited.connect(told.append)
    drag(editor, at(editor, 0.5, 0.5), at(editor, 0.5, 0.6), at(editor, 0.5, 0.8))
    assert len(editor.curve.points) == 3
    assert editor.curve.points[1] == pytest.approx((0.5, 0.8), abs=0.01)
    assert told[-1] == editor.curve


def test_dragging_a_point_far_out_removes_it(editor):
    drag(editor, at(editor, 0.5, 0.5), at(editor, 0.5, 0.7))
    drag(editor, at(editor, 0.5, 0.7), (100, -60))
    assert editor.curve == PressureCurve()


def test_the_ends_move_up_and_down_only_and_stay(editor):
    drag(editor, at(editor, 0, 0), at(editor, 0.3, 0.25))
    assert editor.curve.points[0] == pytest.approx((0.0, 0.25), abs=0.01)
    drag(editor, at(editor, 0, 0.25), (-90, 400))
    assert len(editor.curve.points) == 2


def test_by_keyboard_alone(editor):
    for key in (Qt.Key.Key_PageDown, Qt.Key.Key_Insert):
        QTest.keyClick(editor, key)
    assert len(editor.curve.points) == 3
    before = editor.curve.points[1]
    QTest.keyClick(editor, Qt.Key.Key_Up)
    assert editor.curve.points[1][1] > before[1]
    QTest.keyClick(editor, Qt.Key.Key_Delete)
    assert len(editor.curve.points) == 2


def test_a_falling_curve_can_be_shaped_too(editor):
    editor.set_curve(PressureCurve(((0.0, 1.0), (1.0, 0.0))))
    editor.add_point(0.5)
    editor.move_point(1, 0.5, 0.2)
    assert editor.curve.points[1] == (0.5, 0.2)


@given(st.lists(st.tuples(st.sampled_from("am"), st.integers(0, 5), unit, unit), max_size=25))
def test_whatever_is_done_the_curve_stays_valid(steps):
    editor = CurveEditor("Pressure", PressureCurve())
    for kind, index, x, y in steps:
        if kind == "a":
            editor.add_point(min(1.0, max(0.0, x)))
        else:
            editor.move_point(min(index, len(editor.curve.points) - 1), x, y)
    points = editor.curve.points
    assert PressureCurve(points) == editor.curve
    assert [p[0] for p in points] == sorted({p[0] for p in points})


def test_minimum_and_ready_made_curves(qtbot):
    panel = CurvePanel("Size", PressureCurve(minimum=0.2), with_minimum=True)
    qtbot.addWidget(panel)
    panel.show()
    soft = next(b for b in panel.findChildren(QPushButton) if b.text() == "Soft")
    with qtbot.waitSignal(panel.edited) as told:
        soft.click()
    assert told.args[0].minimum == 0.2 and len(told.args[0].points) == 3
    panel.minimum.setFocus()
    QTest.keyClick(panel.minimum, Qt.Key.Key_End)
    assert panel.curve.minimum == 1.0


def test_the_live_pressure_is_drawn(editor):
    still = editor.grab().toImage()
    editor.show_live(0.6)
    assert editor.grab().toImage() != still
    editor.show_live(None)
    assert editor.grab().toImage() == still
