# SPDX-License-Identifier: GPL-3.0-or-later
"""The head widget in an artist's hands: mouse, pen, wheel and keys."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QPointingDevice, QTabletEvent, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ai_tools.portrait.views import PITCH_LIMIT, TURN, YAW_LIMIT, HeadView

LEFT = Qt.MouseButton.LeftButton
SIDE = 300


@pytest.fixture
def head(qtbot: QtBot) -> HeadView:
    head = HeadView()
    qtbot.addWidget(head)
    head.resize(SIDE, SIDE)
    head.show()
    head.set_picture(np.full((64, 64, 3), 200, np.uint8))
    return head


def signals(head: HeadView) -> list[tuple[int, int, bool]]:
    heard: list[tuple[int, int, bool]] = []
    head.turned.connect(lambda yaw, pitch, moving: heard.append((yaw, pitch, moving)))
    return heard


def shown(head: HeadView) -> np.ndarray:
    image = head.grab().toImage()
    return np.array(
        [
            [image.pixelColor(x, y).getRgb()[:3] for x in range(0, SIDE, 10)]
            for y in range(0, SIDE, 10)
        ]
    )


def test_the_face_follows_the_hand(qtbot: QtBot, head: HeadView) -> None:
    heard = signals(head)
    qtbot.mousePress(head, LEFT, pos=QPoint(150, 150))
    qtbot.mouseMove(head, QPoint(190, 160))
    assert heard[-1] == (round(-40 * TURN / SIDE), round(10 * TURN / SIDE), True)
    qtbot.mouseRelease(head, LEFT, pos=QPoint(190, 160))
    assert heard[-1] == (-20, 5, False)
    assert head.pose == (-20, 5)
    assert "−20°" in head.accessibleDescription() and "+5°" in head.accessibleDescription()


def test_it_turns_no_further_than_the_network(qtbot: QtBot, head: HeadView) -> None:
    qtbot.mousePress(head, LEFT, pos=QPoint(290, 150))
    qtbot.mouseMove(head, QPoint(5, 290))
    assert head.pose == (YAW_LIMIT, PITCH_LIMIT)
    heard = signals(head)
    qtbot.mouseMove(head, QPoint(2, 295))
    assert not heard  # nothing new to show


def test_a_click_alone_asks_for_nothing(qtbot: QtBot, head: HeadView) -> None:
    heard = signals(head)
    qtbot.mouseClick(head, LEFT, pos=QPoint(50, 50))
    assert not heard


def test_a_double_click_looks_from_the_front(qtbot: QtBot, head: HeadView) -> None:
    head.set_pose(33, -7)
    heard = signals(head)
    qtbot.mouseDClick(head, LEFT)
    assert heard == [(0, 0, False)]


def test_keys_turn_coarsely_and_finely(qtbot: QtBot, head: HeadView) -> None:
    heard = signals(head)
    qtbot.keyClick(head, Qt.Key.Key_Right)
    qtbot.keyClick(head, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(head, Qt.Key.Key_Down)
    qtbot.keyClick(head, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert [pose for *pose, _ in heard] == [[-5, 0], [-4, 0], [-4, 5], [-4, 4]]
    qtbot.keyClick(head, Qt.Key.Key_Home)
    assert heard[-1] == (0, 0, False)


def wheel(head: HeadView, notches: float, shift: bool = False) -> None:
    at = QPointF(100, 100)
    keys = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
    event = QWheelEvent(
        at,
        head.mapToGlobal(at),
        QPoint(),
        QPoint(0, round(notches * 120)),
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(head, event)
    assert event.isAccepted()  # the dock does not scroll as well


def test_the_wheel_turns_and_tilts(head: HeadView) -> None:
    wheel(head, 2)
    assert head.pose == (6, 0)
    wheel(head, -1, shift=True)
    assert head.pose == (6, -3)
    for _ in range(3):  # a smooth wheel sends parts of a notch
        wheel(head, 1 / 6)
    assert head.pose == (7, -3)


def pen(head: HeadView, kind: QEvent.Type, x: float, y: float) -> None:
    device = QPointingDevice(
        "tablet",
        6,
        QPointingDevice.DeviceType.Stylus,
        QPointingDevice.PointerType.Pen,
        QPointingDevice.Capability.Position,
        1,
        1,
    )
    none = Qt.MouseButton.NoButton
    down = kind != QEvent.Type.TabletRelease
    event = QTabletEvent(
        kind,
        device,
        QPointF(x, y),
        head.mapToGlobal(QPointF(x, y)),
        *(1.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        Qt.KeyboardModifier.NoModifier,
        none if kind == QEvent.Type.TabletMove else LEFT,
        LEFT if down else none,
    )
    QApplication.sendEvent(head, event)


def test_the_pen_turns_too(head: HeadView) -> None:
    pen(head, QEvent.Type.TabletPress, 150, 150)
    pen(head, QEvent.Type.TabletMove, 110, 150)
    pen(head, QEvent.Type.TabletRelease, 110, 150)
    assert head.pose == (20, 0)


def test_in_painting_mode_the_pen_paints(qtbot: QtBot, head: HeadView) -> None:
    head.set_brush(0.1)
    heard = signals(head)
    points: list[tuple[float, float]] = []
    calls: list[str] = []
    head.stroke_begun.connect(lambda: calls.append("begun"))
    head.stroke_moved.connect(points.extend)
    head.stroke_ended.connect(lambda: calls.append("ended"))
    pen(head, QEvent.Type.TabletPress, 30, 60)
    pen(head, QEvent.Type.TabletMove, 150, 60)
    pen(head, QEvent.Type.TabletRelease, 150, 60)
    pen(head, QEvent.Type.TabletMove, 170, 60)
    assert calls == ["begun", "ended"]
    np.testing.assert_allclose(points, [(0.1, 0.2), (0.5, 0.2)])
    assert not heard and head.pose == (0, 0)
    qtbot.keyClick(head, Qt.Key.Key_Left)
    assert heard == [(5, 0, True)]  # the keys still turn


def test_leaving_the_painting_mode_ends_a_stroke(qtbot: QtBot, head: HeadView) -> None:
    head.set_brush(0.1)
    ended: list[bool] = []
    head.stroke_ended.connect(lambda: ended.append(True))
    qtbot.mousePress(head, LEFT, pos=QPoint(50, 50))
    head.set_brush(None)
    assert ended == [True]
    assert head.brush is None


def test_it_shows_picture_labels_and_pose(head: HeadView) -> None:
    plain = shown(head)
    assert (plain[5, 5] == 200).all()
    head.set_labels(np.full((64, 64, 3), (0, 0, 250), np.uint8))
    labelled = shown(head)
    assert labelled[5, 5, 2] > 215 and labelled[5, 5, 0] < 100
    head.set_labels(None)
    assert (shown(head) == plain).all()
    head.set_pose(44, 0)
    assert (shown(head) != plain).any()  # the degrees in the corner


def test_a_head_is_square_at_any_width(head: HeadView) -> None:
    assert head.hasHeightForWidth()
    assert head.heightForWidth(276) == 276
    assert head.heightForWidth(5000) < 500
    assert head.sizeHint().width() == head.sizeHint().height()
