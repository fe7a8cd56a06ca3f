# SPDX-License-Identifier: GPL-3.0-or-later
"""What an artist does in the colour dock."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.ui.docks.colour import PALETTE, ColourDock
from app.ui.widgets.swatches import SwatchGrid
from tests.app.ui.desk import Desk, drag

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def dock(studio, qtbot) -> ColourDock:
    desk = Desk(studio).appear(qtbot)
    made = ColourDock(studio)
    desk.add(made, "Colour").show()
    made.resize(260, 480)
    QTest.qWait(0)
    return made


def take(grid: SwatchGrid, index: int) -> None:
    QTest.mouseClick(grid, LEFT, pos=grid.cell(index).center())


def test_the_wheel_sets_the_painting_colour(dock, studio):
    box = dock.wheel._square_box()
    drag(dock.wheel, (box.left() + 4, box.top() + 4), (box.right() - 1, box.top() + 1))
    red, green, blue = studio.colour
    assert max(red, green, blue) > 245 and min(red, green, blue) < 20
    assert dock.hex.text() == "#{:02x}{:02x}{:02x}".format(*studio.colour)


def test_everything_shows_a_colour_picked_elsewhere(dock, studio):
    studio.set_colour((200, 80, 40))
    assert dock.wheel.rgb == (200, 80, 40) and dock.hex.text() == "#c85028"
    assert dock.sliders.hue.number == pytest.approx(38, abs=1)


def test_typing_a_hex_colour(dock, studio):
    dock.hex.setFocus()
    dock.hex.selectAll()
    QTest.keyClicks(dock.hex, "3af")
    QTest.keyClick(dock.hex, Qt.Key.Key_Return)
    assert studio.colour == (0x33, 0xAA, 0xFF) and dock.hex.text() == "#33aaff"


def test_what_is_no_colour_gives_way_to_the_one_in_use(dock, studio):
    before = studio.colour
    dock.hex.setFocus()
    dock.hex.selectAll()
    QTest.keyClicks(dock.hex, "green")
    QTest.keyClick(dock.hex, Qt.Key.Key_Return)
    assert studio.colour == before
    assert dock.hex.text() == "#{:02x}{:02x}{:02x}".format(*before)


def test_the_page_is_remembered(dock, studio, qtbot):
    dock._pages.button(1).click()
    assert dock.sliders.isVisible() and not dock.wheel.isVisible()
    again = ColourDock(studio)
    qtbot.addWidget(again)
    again.show()
    assert again.sliders.isVisible() and not again.wheel.isVisible()


def test_a_click_on_the_pair_swaps_the_colours(dock, studio):
    studio.set_colour((10, 20, 30))
    QTest.mouseClick(dock.pair, LEFT)
    assert studio.colour == (255, 255, 255) and studio.background_colour == (10, 20, 30)
    dock.pair.setFocus()
    QTest.keyClick(dock.pair, Qt.Key.Key_Space)
    assert studio.colour == (10, 20, 30)


def test_recent_colours_come_back_with_a_click(dock, studio):
    studio.remember_colour((1, 2, 3))
    studio.remember_colour((4, 5, 6))
    assert dock.recent.colours == [(4, 5, 6), (1, 2, 3)]
    take(dock.recent, 1)
    assert studio.colour == (1, 2, 3)


def test_the_palette_gains_and_loses_colours_and_keeps_them(dock, studio, qtbot):
    assert dock.palette_grid.colours == list(PALETTE)
    studio.set_colour((9, 99, 199))
    dock.add_button.click()
    dock.add_button.click()
    assert dock.palette_grid.colours == [*PALETTE, (9, 99, 199)]
    dock.palette_grid.setFocus()
    QTest.keyClick(dock.palette_grid, Qt.Key.Key_Delete)
    assert dock.palette_grid.colours == [*PALETTE[1:], (9, 99, 199)]
    again = ColourDock(studio)
    qtbot.addWidget(again)
    assert again.palette_grid.colours == dock.palette_grid.colours


def test_swatches_by_keyboard(dock, studio):
    dock.palette_grid.setFocus()
    QTest.keyClick(dock.palette_grid, Qt.Key.Key_Right)
    QTest.keyClick(dock.palette_grid, Qt.Key.Key_Return)
    assert studio.colour == PALETTE[1]


def test_swatches_flow_with_the_width(qtbot):
    grid = SwatchGrid("Palette")
    qtbot.addWidget(grid)
    grid.set_colours(PALETTE)
    assert grid.heightForWidth(80) > grid.heightForWidth(400)
    grid.resize(100, 200)
    assert grid.cell(4).right() <= 100 and grid.cell(5).top() > grid.cell(4).top()
    assert not grid.grab().isNull()


def test_dragging_in_the_wheel_does_not_flood_the_recent_colours(dock, studio):
    box = dock.wheel._square_box()
    drag(dock.wheel, (box.left() + 4, box.top() + 4), (box.center().x(), box.center().y()))
    assert studio.recent_colours == [], "a colour is recent once it has been painted with"
