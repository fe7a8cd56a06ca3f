# SPDX-License-Identifier: GPL-3.0-or-later
"""The slider with its number inside, used by pen, by mouse and by keyboard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from app.ui.widgets.slider import Slider, parse_number
from tests.app.ui.desk import drag


@pytest.fixture
def opacity(qtbot) -> Slider:
    slider = Slider("Opacity", 0.0, 1.0, percent=True)
    return shown(slider, qtbot)


@pytest.fixture
def size(qtbot) -> Slider:
    return shown(Slider("Size", 0.5, 1000, logarithmic=True, decimals=1, suffix="px"), qtbot)


def shown(slider: Slider, qtbot) -> Slider:
    qtbot.addWidget(slider)
    slider.resize(201, 24)
    slider.show()
    slider.setFocus()
    return slider


def test_a_drag_to_the_middle_is_half(opacity, qtbot):
    told: list[float] = []
    opacity.edited.connect(told.append)
    drag(opacity, (10, 12), (60, 12), (100, 12))
    assert opacity.number == pytest.approx(0.5)
    assert told[-1] == pytest.approx(0.5) and opacity.number_text() == "50 %"


def test_a_drag_beyond_the_end_stops_at_the_limit(opacity):
    drag(opacity, (10, 12), (500, 12))
    assert opacity.number == 1.0


def test_one_drag_begins_and_ends_once(opacity):
    seen: list[str] = []
    opacity.begun.connect(lambda: seen.append("begun"))
    opacity.edited.connect(lambda _: seen.append("edited"))
    opacity.ended.connect(lambda: seen.append("ended"))
    drag(opacity, (10, 12), (40, 12), (80, 12), (120, 12))
    assert seen[0] == "begun" and seen[-1] == "ended"
    assert seen.count("begun") == seen.count("ended") == 1 and seen.count("edited") >= 3


def test_shift_drags_finely_and_does_not_jump(opacity):
    opacity.set_number(0.5)
    shift = Qt.KeyboardModifier.ShiftModifier
    QTest.mousePress(opacity, Qt.MouseButton.LeftButton, shift, QPoint(20, 12))
    assert opacity.number == 0.5


def test_showing_a_number_is_not_an_edit(opacity, qtbot):
    with qtbot.assertNotEmitted(opacity.edited):
        opacity.set_number(0.25)
    assert opacity.number == 0.25


def test_arrow_keys_step_and_home_and_end_go_to_the_limits(opacity):
    opacity.set_number(0.5)
    for key, number in (
        (Qt.Key.Key_Right, 0.51),
        (Qt.Key.Key_Left, 0.50),
        (Qt.Key.Key_PageUp, 0.60),
        (Qt.Key.Key_End, 1.0),
        (Qt.Key.Key_Home, 0.0),
    ):
        QTest.keyClick(opacity, key)
        assert opacity.number == pytest.approx(number)


def test_arrow_keys_move_even_the_smallest_brush(size):
    QTest.keyClick(size, Qt.Key.Key_Right)
    assert size.number > 0.5
    QTest.keyClick(size, Qt.Key.Key_Left)
    assert size.number == 0.5


def test_a_double_click_types_a_number(size):
    QTest.mouseDClick(size, Qt.MouseButton.LeftButton, pos=QPoint(50, 12))
    field = size.findChild(QLineEdit)
    assert field.isVisible() and field.selectedText()
    QTest.keyClicks(field, "12,5")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert size.number == 12.5 and not field.isVisible() and size.hasFocus()


def test_a_digit_starts_typing_and_escape_gives_up(opacity):
    opacity.set_number(0.3)
    QTest.keyClick(opacity, Qt.Key.Key_8)
    field = opacity.findChild(QLineEdit)
    assert field.text() == "8"
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert opacity.number == 0.3 and not field.isVisible()


def test_a_typed_percentage_means_percent(opacity):
    opacity.edit()
    field = opacity.findChild(QLineEdit)
    QTest.keyClicks(field, "75%")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert opacity.number == pytest.approx(0.75)


def test_nonsense_typed_changes_nothing(opacity):
    opacity.set_number(0.3)
    opacity.edit()
    field = opacity.findChild(QLineEdit)
    QTest.keyClicks(field, "half")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert opacity.number == 0.3


def test_the_middle_of_a_logarithmic_slider_is_the_geometric_mean(size):
    drag(size, (10, 12), (100, 12))
    assert size.number == pytest.approx((0.5 * 1000) ** 0.5, rel=0.02)


def test_screen_readers_get_name_and_number(size):
    size.set_number(24)
    assert size.accessibleName() == "Size" and size.accessibleDescription() == "24.0 px"


def test_scrolling_past_changes_nothing_without_the_keyboard(opacity, qtbot):
    def wheel() -> None:
        at = QPointF(20, 12)
        event = QWheelEvent(
            at,
            opacity.mapToGlobal(at),
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(opacity, event)

    opacity.set_number(0.5)
    opacity.clearFocus()
    wheel()
    assert opacity.number == 0.5
    opacity.setFocus()
    wheel()
    assert opacity.number == pytest.approx(0.51)


@given(st.floats(0.5, 1000))
def test_every_number_has_a_place_from_which_it_comes_back(number):
    slider = Slider("Size", 0.5, 1000, logarithmic=True, decimals=1)
    slider.set_number(number)
    assert slider.number == number
    assert slider._at_share(slider._share()) == pytest.approx(number, rel=1e-9)


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), (" 3,5 px", 3.5), ("-4", -4), (".5", 0.5), ("80 %", 80), ("", None), ("px", None)],
)
def test_typed_numbers(text, number):
    assert parse_number(text) == number
