# SPDX-License-Identifier: GPL-3.0-or-later
"""Colour wheel: a ring of hues around a square of saturation and value."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QConicalGradient,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.core import colour
from app.core.colour import Rgb

RING = 0.13  # width of the ring as a share of the radius
GAP = 4.0  # between ring and square, px
STEP = 0.01


class ColourWheel(QWidget):
    """Chooses a colour as hue, saturation and value.

    Hue and saturation are kept where a colour has none (greys, black), so that the handles do
    not jump while the artist passes through them.

    By keyboard: arrows move in the square, with Shift along the ring.

    Signals:
        edited(rgb): the artist moved a handle.
        ended(rgb): the handle was let go.
    """

    edited = Signal(object)
    ended = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hue, self._saturation, self._value = 0.0, 0.0, 0.0
        self._drag = ""  # "ring", "square" or ""
        self._ring: tuple[tuple[int, float], QPixmap] | None = None
        self.setAccessibleName(self.tr("Colour wheel"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    # -- the colour ----------------------------------------------------------------------------

    @property
    def rgb(self) -> Rgb:
        """The chosen colour."""
        return colour.to_bytes(colour.hsv_to_rgb((self._hue, self._saturation, self._value)))

    @property
    def hsv(self) -> tuple[float, float, float]:
        """Hue in turns, saturation and value, all 0..1."""
        return self._hue, self._saturation, self._value

    def set_rgb(self, rgb: Rgb) -> None:
        """Show a colour, without `edited`."""
        if rgb == self.rgb:
            return
        hue, saturation, value = (float(v) for v in colour.rgb_to_hsv(colour.from_bytes(rgb)))
        if saturation > 0 and value > 0:
            self._hue = hue
        if value > 0:
            self._saturation = saturation
        self._value = value
        self._describe()
        self.update()

    def _choose(self, hue: float, saturation: float, value: float) -> None:
        chosen = (hue % 1.0, min(1.0, max(0.0, saturation)), min(1.0, max(0.0, value)))
        if chosen != self.hsv:
            self._hue, self._saturation, self._value = chosen
            self._describe()
            self.update()
            self.edited.emit(self.rgb)

    def _describe(self) -> None:
        hue, saturation, value = self.hsv
        self.setAccessibleDescription(
            self.tr("Hue {h}°, saturation {s} %, value {v} %").format(
                h=round(hue * 360), s=round(saturation * 100), v=round(value * 100)
            )
        )

    # -- geometry ------------------------------------------------------------------------------

    def _side(self) -> int:
        return max(16, min(self.width(), self.height()))

    def _centre(self) -> QPointF:
        return QPointF(self.width() / 2, self.height() / 2)

    def _radii(self) -> tuple[float, float]:
        """(outer, inner) radius of the ring."""
        outer = self._side() / 2 - 1
        return outer, outer * (1 - RING)

    def _square_box(self) -> QRectF:
        half = (self._radii()[1] - GAP) / math.sqrt(2)
        half = math.floor(half)
        centre = self._centre()
        return QRectF(round(centre.x() - half), round(centre.y() - half), 2 * half, 2 * half)

    def sizeHint(self) -> QSize:
        """As wide as a dock usually is."""
        return QSize(200, 200)

    def minimumSizeHint(self) -> QSize:
        """Small, but still to be hit with a pen."""
        return QSize(88, 88)

    def hasHeightForWidth(self) -> bool:
        """A wheel is as high as it is wide."""
        return True

    def heightForWidth(self, width: int) -> int:
        """As high as wide, up to a size beyond which it only takes room."""
        return min(width, 240)

    # -- pointer and keys ----------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the ring or the square."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        offset = event.position() - self._centre()
        distance = math.hypot(offset.x(), offset.y())
        outer, inner = self._radii()
        if inner - GAP / 2 <= distance <= outer + 4:
            self._drag = "ring"
        elif self._square_box().adjusted(-4, -4, 4, 4).contains(event.position()):
            self._drag = "square"
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the handle; beyond the edge it stays on it."""
        if self._drag == "ring":
            offset = event.position() - self._centre()
            turns = math.atan2(-offset.y(), offset.x()) / (2 * math.pi)
            self._choose(turns, self._saturation, self._value)
        elif self._drag == "square":
            box = self._square_box()
            x = (event.position().x() - box.left()) / box.width()
            y = (event.position().y() - box.top()) / box.height()
            self._choose(self._hue, x, 1 - y)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        if self._drag:
            self._drag = ""
            self.ended.emit(self.rgb)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move in the square; with Shift, left and right turn the hue."""
        keys = Qt.Key
        moves = {
            keys.Key_Left: (-STEP, 0.0),
            keys.Key_Right: (STEP, 0.0),
            keys.Key_Up: (0.0, STEP),
            keys.Key_Down: (0.0, -STEP),
        }
        if event.key() not in moves:
            event.ignore()
            return
        dx, dy = moves[keys(event.key())]
        hue, saturation, value = self.hsv
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._choose(hue + dx + dy, saturation, value)
        else:
            self._choose(hue, saturation + dx, value + dy)
        self.ended.emit(self.rgb)

    # -- looks ---------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ring, square and the two handles."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ratio = self.devicePixelRatioF()
        side, centre = self._side(), self._centre()
        corner = QPointF(round(centre.x() - side / 2), round(centre.y() - side / 2))
        if self._ring is None or self._ring[0] != (side, ratio):
            self._ring = ((side, ratio), ring_pixmap(side, ratio, *self._radii()))
        painter.drawPixmap(corner, self._ring[1])
        box = self._square_box()
        paint_square(painter, box, self._hue)
        outer, inner = self._radii()
        middle, angle = (outer + inner) / 2, self._hue * 2 * math.pi
        on_ring = centre + QPointF(math.cos(angle) * middle, -math.sin(angle) * middle)
        full = colour.to_bytes(colour.hue_to_rgb(self._hue))
        _handle(painter, on_ring, (outer - inner) / 2 - 1, full)
        in_square = QPointF(
            box.left() + self._saturation * box.width(),
            box.bottom() - self._value * box.height(),
        )
        _handle(painter, in_square, 6.0, self.rgb, focus=self.hasFocus())


def _handle(painter: QPainter, at: QPointF, radius: float, rgb: Rgb, focus: bool = False) -> None:
    """A circle filled with the colour it stands on, in white and black to show on any ground."""
    painter.setBrush(QColor(*rgb))
    painter.setPen(QPen(QColor(0, 0, 0, 110), 3.5))
    painter.drawEllipse(at, radius, radius)
    painter.setPen(QPen(QColor(255, 255, 255), 2.0 if not focus else 2.75))
    painter.drawEllipse(at, radius, radius)


def ring_pixmap(side: int, ratio: float, outer: float, inner: float) -> QPixmap:
    """The ring of full hues, red at the right, turning counter-clockwise; antialiased.

    Full hues are linear in RGB between the six primaries, so a gradient draws them exactly.
    """
    result = QPixmap(round(side * ratio), round(side * ratio))
    result.setDevicePixelRatio(ratio)
    result.fill(Qt.GlobalColor.transparent)
    centre = QPointF(side / 2, side / 2)
    hues = QConicalGradient(centre, 0.0)
    for sixth in range(7):
        hues.setColorAt(sixth / 6, QColor.fromHsvF(sixth / 6 % 1.0, 1.0, 1.0))
    ring = QPainterPath()
    ring.addEllipse(centre, outer, outer)
    ring.addEllipse(centre, inner, inner)
    painter = QPainter(result)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillPath(ring, hues)
    painter.end()
    return result


def paint_square(painter: QPainter, box: QRectF, hue: float) -> None:
    """Saturation to the right, value upwards, of one hue."""
    across = QLinearGradient(box.topLeft(), box.topRight())
    across.setColorAt(0.0, Qt.GlobalColor.white)
    across.setColorAt(1.0, QColor(*colour.to_bytes(colour.hue_to_rgb(hue))))
    painter.fillRect(box, across)
    down = QLinearGradient(box.topLeft(), box.bottomLeft())
    down.setColorAt(0.0, QColor(0, 0, 0, 0))
    down.setColorAt(1.0, Qt.GlobalColor.black)
    painter.fillRect(box, down)
