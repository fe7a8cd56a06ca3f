# SPDX-License-Identifier: GPL-3.0-or-later
"""A strip of paper to try the pen's pressure on."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import (
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTabletEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui import theme

WIDEST = 18.0
MOUSE_PRESSURE = 0.5


class PenTest(QWidget):
    """Draws as wide as the mapped pressure.

    Args:
        map_pressure: raw pressure 0..1 to the pressure that brushes see.

    Signals:
        pressed(raw): pressure of the pen now, or None when it is lifted.
    """

    pressed = Signal(object)

    def __init__(
        self, map_pressure: Callable[[float], float], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._map = map_pressure
        self._paper = QImage()
        self._last: tuple[QPointF, float] | None = None
        self._empty = True
        self._pen = False
        self.setAccessibleName(self.tr("Pressure test"))
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        """Room for a few strokes."""
        return QSize(240, 240)

    def tabletEvent(self, event: QTabletEvent) -> None:
        """A sample of the pen."""
        if event.type() == QEvent.Type.TabletRelease:
            self._lift()
        elif event.type() == QEvent.Type.TabletPress or self._last is not None:
            self._pen = True
            self._draw_to(event.position(), event.pressure())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A mouse has no pressure: half of it is assumed."""
        if event.button() == Qt.MouseButton.LeftButton and not self._pen:
            self._draw_to(event.position(), MOUSE_PRESSURE)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw on by mouse."""
        if self._last is not None and not self._pen:
            self._draw_to(event.position(), MOUSE_PRESSURE)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Lift the mouse."""
        self._lift()

    def _lift(self) -> None:
        self._last, self._pen = None, False
        self.pressed.emit(None)

    def _draw_to(self, point: QPointF, raw: float) -> None:
        width = max(0.5, WIDEST * self._map(raw))
        if self._last is not None and not self._paper.isNull():
            painter = QPainter(self._paper)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            pen = QPen(Qt.GlobalColor.black, (width + self._last[1]) / 2)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawLine(self._last[0], point)
            painter.end()
            self._empty = False
        self._last = (QPointF(point), width)
        self.pressed.emit(raw)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fresh paper."""
        ratio = self.devicePixelRatioF()
        self._paper = QImage(self.size() * ratio, QImage.Format.Format_ARGB32_Premultiplied)
        self._paper.setDevicePixelRatio(ratio)
        self._paper.fill(Qt.GlobalColor.transparent)
        self._empty = True

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paper, strokes, and an invitation while it is blank."""
        tokens = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(Qt.GlobalColor.white if not tokens.dark else tokens.colour("text"))
        painter.drawRoundedRect(self.rect(), theme.RADIUS, theme.RADIUS)
        painter.drawImage(0, 0, self._paper)
        if self._empty:
            painter.setFont(theme.font())
            painter.setPen(Qt.GlobalColor.darkGray)
            painter.drawText(
                self.rect(), Qt.AlignmentFlag.AlignCenter, self.tr("Draw with the pen")
            )
