# SPDX-License-Identifier: GPL-3.0-or-later
"""What an artist does in the brush dock."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.core.brush import PressureCurve
from app.ui.docks.brush import BrushDock
from app.ui.docks.brush_presets import BRUSH_ROLE
from app.ui.widgets.curve import CurvePopup
from tests.app.ui.desk import Desk, drag


@pytest.fixture
def desk(studio, qtbot) -> Desk:
    return Desk(studio).appear(qtbot)


@pytest.fixture
def dock(desk, studio) -> BrushDock:
    made = BrushDock(studio)
    desk.add(made, "Brush").show()
    made.resize(260, 640)
    QTest.qWait(0)
    return made


def shown(dock: BrushDock) -> list[str]:
    return [dock.model.index(i).data(BRUSH_ROLE).id for i in range(dock.model.rowCount())]


def test_all_presets_are_listed_and_the_one_in_hand_is_marked(dock, studio):
    assert shown(dock) == [b.id for b in studio.presets]
    assert dock.presets.currentIndex().data(BRUSH_ROLE).id == studio.brush.id


def test_a_click_takes_a_preset_in_hand_and_leaves_the_keys_to_the_canvas(dock, desk, studio):
    index = dock.model.index(2)
    QTest.mouseClick(
        dock.presets.viewport(),
        Qt.MouseButton.LeftButton,
        pos=dock.presets.visualRect(index).center(),
    )
    assert studio.brush == studio.presets[2] and dock.name.text() == studio.presets[2].name
    assert desk.canvas.hasFocus()


def test_by_keyboard_arrows_and_enter_take_a_preset(dock, studio):
    dock.presets.setFocus()
    QTest.keyClick(dock.presets, Qt.Key.Key_Right)
    QTest.keyClick(dock.presets, Qt.Key.Key_Return)
    assert studio.brush.id == studio.presets[1].id


def test_searching_by_name_or_tag_narrows_the_list(dock, studio):
    wanted = studio.presets[-1]
    QTest.keyClicks(dock.search, wanted.name)
    assert wanted.id in shown(dock) and len(shown(dock)) < len(studio.presets)
    dock.search.clear()
    assert len(shown(dock)) == len(studio.presets)
    tag = dock.model.tags[0]
    dock.tags.setCurrentIndex(dock.tags.findData(tag))
    assert shown(dock) == [b.id for b in studio.presets if tag in b.tags]
    QTest.keyClicks(dock.search, "no such brush")
    assert shown(dock) == []


def test_dragging_a_slider_changes_the_brush_in_hand(dock, studio):
    drag(dock.sliders["opacity"], (5, 12), (dock.sliders["opacity"].width() * 0.5, 12))
    assert studio.brush.opacity == pytest.approx(0.5, abs=0.02)
    assert studio.presets[0].opacity != studio.brush.opacity, "the preset itself stays"


def test_sliders_follow_the_brush_whoever_changes_it(dock, studio):
    studio.set_brush_size(77)
    assert dock.sliders["size"].number == 77
    studio.select_preset(studio.presets[3].id)
    for field, slider in dock.sliders.items():
        assert slider.number == getattr(studio.presets[3], field), field


def test_the_way_back_to_the_preset_is_offered_only_when_needed(dock, studio):
    assert not dock.revert.isVisible()
    studio.set_brush_size(333)
    assert dock.revert.isVisible()
    dock.revert.click()
    assert studio.brush == studio.presets[0] and not dock.revert.isVisible()


def test_eraser_button_and_key_agree(dock, desk, studio):
    dock.eraser.click()
    assert studio.erase_mode and dock.eraser.isChecked()
    desk.press(Qt.Key.Key_E)
    assert not studio.erase_mode and not dock.eraser.isChecked()


def test_pressure_is_switched_off_and_comes_back_with_its_curve(dock, studio):
    curve = PressureCurve(((0.0, 0.1), (0.5, 0.7), (1.0, 1.0)))
    dock._set(size_pressure=curve)
    buttons = dock.pressure["size"]
    assert buttons.switch.isChecked() and buttons.curve.isEnabled()
    buttons.switch.click()
    assert studio.brush.size_pressure is None and not buttons.curve.isEnabled()
    buttons.switch.click()
    assert studio.brush.size_pressure == curve


def test_the_curve_is_edited_in_a_popup(dock, studio, qtbot):
    dock._set(flow_pressure=PressureCurve())
    popup = dock.open_curve("flow")
    assert popup.isVisible()
    QTest.keyClick(popup.panel.editor, Qt.Key.Key_Down)
    assert studio.brush.flow_pressure.points[-1][1] < 1.0
    QTest.keyClick(popup, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: dock.findChild(CurvePopup) is None)


def test_strokes_are_rendered_after_the_window_is_there(dock, qtbot):
    previews = dock.presets.itemDelegate().previews
    assert not previews._masks, "nothing is rendered while the program starts"
    dock.presets.grab()
    qtbot.waitUntil(lambda: len(previews._masks) >= 4, timeout=20_000)
    for mask in previews._masks.values():
        seen = {mask.pixelColor(x, mask.height() // 2).alpha() for x in range(mask.width())}
        assert max(seen) > 0
    assert not dock.presets.grab().isNull()


def test_every_control_has_a_name(dock):
    for widget in (dock.search, dock.tags, dock.presets, dock.eraser, dock.revert,
                   *dock.sliders.values()):  # fmt: skip
        assert widget.accessibleName()
