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
    """A tablet pen with pressure and tilt (degrees)."""

    def __init__(self, view: CanvasView) -> None:
        self.view = view
        self.tilt = (0.0, 0.0)
        self.eraser = False

    def draw(self, *points: tuple[float, float, float], eraser: bool = False) -> None:
        """One stroke through (x, y, pressure) points, from pen-down to pen-up."""
        self.eraser = eraser
        self.press(*points[0])
        for point in points[1:]:
            self.move(*point)
        self.lift(*points[-1][:2])
        self.view.drain()

    def press(self, x: float, y: float, pressure: float = 1.0) -> None:
        """Put the pen down; it waits for the next frame, as all that the pen does."""
        self._send(QEvent.Type.TabletPress, x, y, pressure)

    def move(self, x: float, y: float, pressure: float = 1.0) -> None:
        """Drag."""
        self._send(QEvent.Type.TabletMove, x, y, pressure)

    def lift(self, x: float, y: float) -> None:
        """Lift the pen off the tablet."""
        self._send(QEvent.Type.TabletRelease, x, y, 0.0, down=False)

    def hover(self, x: float, y: float) -> None:
        """Move the lifted pen."""
        self._send(QEvent.Type.TabletMove, x, y, 0.0, down=False)

    def _send(
        self, kind: QEvent.Type, x: float, y: float, pressure: float, down: bool = True
    ) -> None:
        tip = QPointingDevice.PointerType
        device = QPointingDevice(
            "tablet",
            7 if self.eraser else 6,
            QPointingDevice.DeviceType.Stylus,
            tip.Eraser if self.eraser else tip.Pen,
            QPointingDevice.Capability.Position | QPointingDevice.Capability.Pressure,
            1,
            1,
        )
        at = self.view.screen_transform().map(QPointF(x, y))
        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        hovering = kind == QEvent.Type.TabletMove
        event = QTabletEvent(
            kind,
            device,
            at,
            self.view.mapToGlobal(at),
            pressure,
            *self.tilt,
            *(0.0,) * 3,
            Qt.KeyboardModifier.NoModifier,
            none if hovering else left,
            left if down else none,
        )
        QApplication.sendEvent(self.view, event)
