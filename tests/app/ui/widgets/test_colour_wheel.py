# SPDX-License-Identifier: GPL-3.0-or-later
"""Choosing colours with the wheel and with the OKLCH sliders."""

from __future__ import annotations

import colorsys
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest

from app.core import colour
from app.ui.widgets.colour_bars import OklchSliders
from app.ui.widgets.colour_wheel import ColourWheel, paint_square, ring_pixmap
from tests.app.ui.desk import drag

channel = st.integers(0, 255)


@pytest.fixture
def wheel(qtbot) -> ColourWheel:
    widget = ColourWheel()
    qtbot.addWidget(widget)
    widget.resize(200, 200)
    widget.show()
    widget.setFocus()
    return widget


def square_at(wheel: ColourWheel, saturation: float, value: float) -> tuple[float, float]:
    box = wheel._square_box()
    return box.left() + saturation * box.width(), box.bottom() - value * box.height()


def test_the_ring_turns_the_hue(wheel):
    wheel.set_rgb((255, 0, 0))
    drag(wheel, (196, 100), (100, 4))
    assert wheel.hsv[0] == pytest.approx(0.25, abs=0.01)
    drag(wheel, (100, 4), (4, 100))
    assert wheel.rgb == pytest.approx((0, 255, 255), abs=8)


def test_the_square_sets_saturation_and_value_and_holds_at_its_edge(wheel):
    wheel.set_rgb((255, 0, 0))
    drag(wheel, square_at(wheel, 1, 1), square_at(wheel, 0.5, 0.5))
    assert wheel.hsv == pytest.approx((0, 0.5, 0.5), abs=0.02)
    drag(wheel, square_at(wheel, 0.5, 0.5), (900, -50))
    assert wheel.rgb == (255, 0, 0)


def test_hue_survives_a_walk_through_grey_and_black(wheel):
    wheel.set_rgb((30, 60, 200))
    hue = wheel.hsv[0]
    wheel.set_rgb((128, 128, 128))
    wheel.set_rgb((0, 0, 0))
    assert wheel.hsv[0] == hue


def test_a_drag_is_told_as_it_goes_and_once_at_its_end(wheel):
    wheel.set_rgb((255, 0, 0))
    edited, ended = [], []
    wheel.edited.connect(edited.append)
    wheel.ended.connect(ended.append)
    drag(wheel, square_at(wheel, 0.9, 0.9), square_at(wheel, 0.5, 0.9), square_at(wheel, 0.2, 0.4))
    assert len(edited) >= 2 and ended == [edited[-1]] == [wheel.rgb]


def test_keys_move_in_the_square_and_with_shift_along_the_ring(wheel):
    wheel.set_rgb((128, 64, 64))
    hue, saturation, value = wheel.hsv
    QTest.keyClick(wheel, Qt.Key.Key_Up)
    QTest.keyClick(wheel, Qt.Key.Key_Right)
    assert wheel.hsv == pytest.approx((hue, saturation + 0.01, value + 0.01))
    QTest.keyClick(wheel, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert wheel.hsv[0] == pytest.approx(hue + 0.01)
    assert str(round(wheel.hsv[0] * 360)) in wheel.accessibleDescription()


@given(st.tuples(channel, channel, channel))
def test_the_wheel_shows_exactly_the_colour_it_was_given(rgb):
    wheel = ColourWheel()
    wheel.set_rgb(rgb)
    assert wheel.rgb == rgb


@pytest.mark.parametrize("hue", [0.0, 0.1, 0.45, 2 / 3])
def test_every_place_in_the_square_has_the_colour_that_a_click_there_gives(qapp, hue):
    image = QImage(101, 101, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    paint_square(painter, QRectF(0, 0, 101, 101), hue)
    painter.end()
    for x, y in ((0, 0), (100, 0), (0, 100), (100, 100), (50, 50), (80, 20), (30, 70)):
        wanted = colour.to_bytes(colour.hsv_to_rgb((hue, x / 100, 1 - y / 100)))
        seen = image.pixelColor(x, y)
        assert (seen.red(), seen.green(), seen.blue()) == pytest.approx(wanted, abs=3)


@pytest.mark.parametrize("turns", [0.0, 0.25, 0.5, 0.75])
def test_the_ring_has_the_full_colour_at_each_angle_and_is_open_inside(qapp, turns):
    image = ring_pixmap(200, 1.0, 99, 85).toImage()
    x = 100 + 92 * math.cos(turns * 2 * math.pi)
    y = 100 - 92 * math.sin(turns * 2 * math.pi)
    seen = image.pixelColor(min(199, int(x)), min(199, int(y)))
    wanted = [v * 255 for v in colorsys.hsv_to_rgb(turns, 1, 1)]
    assert [seen.red(), seen.green(), seen.blue()] == pytest.approx(wanted, abs=6)
    assert image.pixelColor(100, 100).alpha() == 0


# -- OKLCH -----------------------------------------------------------------------------------------


@pytest.fixture
def sliders(qtbot) -> OklchSliders:
    widget = OklchSliders()
    qtbot.addWidget(widget)
    widget.resize(220, 160)
    widget.show()
    return widget


def test_lightness_alone_changes_when_lightness_is_dragged(sliders):
    sliders.set_rgb((160, 90, 70))
    _, chroma, hue = colour.rgb_to_oklch(colour.from_bytes((160, 90, 70)))
    told = []
    sliders.edited.connect(told.append)
    sliders.lightness.setFocus()
    QTest.keyClick(sliders.lightness, Qt.Key.Key_PageUp)
    after = colour.rgb_to_oklch(colour.from_bytes(told[-1]))
    assert after[1] == pytest.approx(chroma, abs=0.006) and after[2] == pytest.approx(hue, abs=2)


def test_too_much_chroma_gives_the_most_that_the_screen_has(sliders):
    sliders.set_rgb((160, 90, 70))
    told = []
    sliders.edited.connect(told.append)
    sliders.chroma.setFocus()
    QTest.keyClick(sliders.chroma, Qt.Key.Key_End)
    lightness, chroma, hue = colour.rgb_to_oklch(colour.from_bytes(told[-1]))
    before = colour.rgb_to_oklch(colour.from_bytes((160, 90, 70)))
    assert 0.1 < chroma < colour.MAX_CHROMA
    assert lightness == pytest.approx(before[0], abs=0.01) and hue == pytest.approx(
        before[2], abs=2
    )


def test_a_grey_keeps_the_hue_that_the_artist_was_at(sliders):
    sliders.set_rgb((160, 90, 70))
    hue = sliders.hue.number
    sliders.set_rgb((120, 120, 120))
    assert sliders.hue.number == hue and sliders.chroma.number < 0.001


def test_the_bars_show_where_they_lead(sliders):
    sliders.set_rgb((40, 120, 200))
    image = sliders.lightness.grab().toImage()
    left = image.pixelColor(8, 12).lightness()
    right = image.pixelColor(image.width() - 8, 12).lightness()
    assert left < 60 < 200 < right
