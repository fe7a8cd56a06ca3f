# SPDX-License-Identifier: GPL-3.0-or-later
"""An artist's hand for tests: real Qt events from mouse and pen, in canvas pixels."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QPointingDevice, QTabletEvent
from PySide6.QtWidgets import QApplication

from app.ui.canvas.view import CanvasView


class Hand:
    """A mouse in an artist's hand, in canvas pixels."""

    def __init__(self, view: CanvasView) -> None:
        self.view = view
        self.button = Qt.MouseButton.LeftButton
        self.keys = Qt.KeyboardModifier.NoModifier

    def press(self, x: float, y: float) -> None:
        """Put the pen down."""
        self._send(QEvent.Type.MouseButtonPress, x, y, self.button, self.button)

    def move(self, x: float, y: float) -> None:
        """Drag."""
        self._send(QEvent.Type.MouseMove, x, y, Qt.MouseButton.NoButton, self.button)

    def release(self, x: float, y: float) -> None:
        """Lift the pen."""
        none = Qt.MouseButton.NoButton
        self._send(QEvent.Type.MouseButtonRelease, x, y, self.button, none)

    def _send(
        self,
        kind: QEvent.Type,
        x: float,
        y: float,
        button: Qt.MouseButton,
        held: Qt.MouseButton,
    ) -> None:
        at = QPointF(self.view.screen_transform().map(QPointF(x, y)).toPoint())
        event = QMouseEvent(kind, at, self.view.mapToGlobal(at), button, held, self.keys)
        QApplication.sendEvent(self.view, event)
        self.view.drain()


class Pen:
    """A tablet pen with pressure."""

    def __init__(self, view: CanvasView) -> None:
        self.view = view

    def draw(self, *points: tuple[float, float, float], eraser: bool = False) -> None:
        """One stroke through (x, y, pressure) points, from pen-down to pen-up."""
        tip = QPointingDevice.PointerType
        device = QPointingDevice(
            "tablet",
            7 if eraser else 6,
            QPointingDevice.DeviceType.Stylus,
            tip.Eraser if eraser else tip.Pen,
            QPointingDevice.Capability.Position | QPointingDevice.Capability.Pressure,
            1,
            1,
        )
        for i, (x, y, pressure) in enumerate(points):
            kind = QEvent.Type.TabletPress if i == 0 else QEvent.Type.TabletMove
            self._send(device, kind, x, y, pressure)
        self._send(device, QEvent.Type.TabletRelease, *points[-1][:2], 0.0)
        self.view.drain()

    def _send(
        self, device: QPointingDevice, kind: QEvent.Type, x: float, y: float, pressure: float
    ) -> None:
        at = self.view.screen_transform().map(QPointF(x, y))
        left = Qt.MouseButton.LeftButton
        none = Qt.KeyboardModifier.NoModifier
        event = QTabletEvent(
            kind,
            device,
            at,
            self.view.mapToGlobal(at),
            pressure,
            *(0.0,) * 5,
            none,
            left,
            left,
        )
        QApplication.sendEvent(self.view, event)
