# SPDX-License-Identifier: GPL-3.0-or-later
"""The head that is turned by dragging, and painted on.  Imports numpy, QtGui and QtWidgets.

Knows nothing of networks: it shows what it is given and says what the hand does.
"""

# ruff: noqa: N802 - Qt's overrides keep Qt's names

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QCursor,
    QEnterEvent,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from ai_tools.portrait.task import degrees

YAW_LIMIT, PITCH_LIMIT = 60, 20
"""Degrees; the same as the network's, which is not imported here."""

TURN = 150.0
"""Degrees that a drag over the whole width turns."""

STEP, FINE_STEP = 5, 1
"""Degrees of an arrow key, and with Shift."""

WHEEL_STEP = 3
"""Degrees of a notch of the wheel."""

SMALLEST, LARGEST = 180, 420
"""Side of the picture in device-independent pixels."""

LABEL_OPACITY = 0.6


class HeadView(QWidget):
    """A head that follows the pen; in painting mode the pen paints on it instead."""

    turned = Signal(int, int, bool)
    """Yaw and pitch in degrees, and whether the hand still moves."""

    stroke_begun = Signal()
    stroke_moved = Signal(object)
    """New points, a list of (x, y) in shares of the picture's side."""
    stroke_ended = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._yaw, self._pitch = 0, 0
        self._picture = QImage()
        self._labels = QImage()
        self._brush: float | None = None
        self._held: tuple[QPointF, int, int] | None = None  # where a drag began, from which pose
        self._painting = False
        self._pen: QPointF | None = None  # where the brush's outline is drawn
        self._text = ""
        self._wheel = 0.0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(self.tr("Head"))
        self._show_pose()

    # -- what it shows ---------------------------------------------------------------------------

    @property
    def pose(self) -> tuple[int, int]:
        """Yaw and pitch in degrees."""
        return self._yaw, self._pitch

    @property
    def brush(self) -> float | None:
        """Diameter of the label brush in shares of the picture; None: dragging turns."""
        return self._brush

    def set_pose(self, yaw: float, pitch: float) -> None:
        """Show other angles, without a signal; those beyond the limits become the limit."""
        self._yaw = _within(yaw, YAW_LIMIT)
        self._pitch = _within(pitch, PITCH_LIMIT)
        self._show_pose()

    def set_picture(self, picture: NDArray[np.uint8]) -> None:
        """Show a picture, uint8 (h, w, 3) RGB."""
        self._picture = _image(picture)
        self.update()

    def set_labels(self, coloured: NDArray[np.uint8] | None) -> None:
        """Lay a label map in colours, uint8 (h, w, 3) RGB, over the picture; None takes it off."""
        self._labels = QImage() if coloured is None else _image(coloured)
        self.update()

    def set_brush(self, diameter: float | None) -> None:
        """Paint with a brush of this diameter, in shares of the picture; None: dragging turns."""
        if diameter is None and self._painting:
            self._end()
        self._brush = diameter
        self._show_pose()

    def set_text(self, text: str) -> None:
        """What is written where the picture will be, while there is none."""
        self._text = text
        self.update()

    # -- size ------------------------------------------------------------------------------------

    def hasHeightForWidth(self) -> bool:
        """It wants to be square."""
        return True

    def heightForWidth(self, width: int) -> int:
        """As high as it is wide, within limits."""
        return max(SMALLEST, min(width, LARGEST))

    def sizeHint(self) -> QSize:
        """A square that leaves room for the controls."""
        return QSize(260, 260)

    def minimumSizeHint(self) -> QSize:
        """Smaller, and a face cannot be seen."""
        return QSize(SMALLEST, SMALLEST)

    def _square(self) -> QRectF:
        side = min(self.width(), self.height())
        return QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)

    # -- painting --------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """The picture, the labels, the pose, the brush and the focus."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        square = self._square()
        palette = self.palette()
        if self._picture.isNull():
            painter.fillRect(square, palette.base())
            painter.setPen(palette.placeholderText().color())
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(square.adjusted(16, 16, -16, -16), int(flags), self._text)
        else:
            painter.drawImage(square, self._picture)
            if not self._labels.isNull():
                painter.setOpacity(LABEL_OPACITY)
                painter.drawImage(square, self._labels)
                painter.setOpacity(1.0)
            self._paint_pose(painter, square)
        if self._brush is not None and self._pen is not None:
            radius = self._brush * square.width() / 2
            for colour, width in ((QColor(255, 255, 255, 200), 3.0), (QColor(0, 0, 0), 1.0)):
                painter.setPen(QPen(colour, width))
                painter.drawEllipse(self._pen, radius, radius)
        if self.hasFocus():
            painter.setPen(QPen(palette.accent().color(), 2))
            painter.drawRect(square.adjusted(1, 1, -1, -1))
        painter.end()

    def _paint_pose(self, painter: QPainter, square: QRectF) -> None:
        text = f"{degrees(self._yaw)}  {degrees(self._pitch)}"
        metrics = painter.fontMetrics()
        width = metrics.horizontalAdvance(text) + 12
        height = metrics.height() + 4
        chip = QRectF(square.left() + 6, square.bottom() - height - 6, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(30, 30, 30, 190))
        painter.drawRoundedRect(chip, 4, 4)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QColor(240, 240, 240))
        painter.drawText(chip, int(Qt.AlignmentFlag.AlignCenter), text)

    # -- the hand --------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to turn or to paint."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._press(event.position())
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Turn or paint."""
        self._move(event.position(), bool(event.buttons() & Qt.MouseButton.LeftButton))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The full picture."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._release(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Back to the front."""
        if self._brush is None:
            self._turn(0, 0, False)
        else:
            self.mousePressEvent(event)

    def tabletEvent(self, event: QTabletEvent) -> None:
        """The pen does what the mouse does."""
        kind, at = event.type(), event.position()
        if kind == QTabletEvent.Type.TabletPress and event.button() == Qt.MouseButton.LeftButton:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._press(at)
        elif kind == QTabletEvent.Type.TabletMove:
            self._move(at, bool(event.buttons() & Qt.MouseButton.LeftButton))
        elif kind == QTabletEvent.Type.TabletRelease:
            self._release(at)
        event.accept()

    def leaveEvent(self, event: object) -> None:
        """No brush where there is no pointer."""
        self._pen = None
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        """A hand to turn with, or a cross to paint with."""
        shape = Qt.CursorShape.OpenHandCursor if self._brush is None else Qt.CursorShape.CrossCursor
        self.setCursor(QCursor(shape))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn in small steps; with Shift or a sideways wheel, tilt."""
        delta = event.angleDelta()
        tilts = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self._wheel += (delta.y() or delta.x()) / 120 * WHEEL_STEP
        steps = math.trunc(self._wheel)
        self._wheel -= steps
        if steps:
            self._turn(self._yaw + (0 if tilts else steps), self._pitch + tilts * steps, True)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows turn by 5 degrees, with Shift by 1; Home looks from the front."""
        fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        step = FINE_STEP if fine else STEP
        # As with a hand on the head: right turns the face to the right.
        yaw = {Qt.Key.Key_Right: -step, Qt.Key.Key_Left: step}.get(Qt.Key(event.key()), 0)
        pitch = {Qt.Key.Key_Down: step, Qt.Key.Key_Up: -step}.get(Qt.Key(event.key()), 0)
        if event.key() == Qt.Key.Key_Home:
            self._turn(0, 0, False)
        elif yaw or pitch:
            self._turn(self._yaw + yaw, self._pitch + pitch, True)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that the keys turn the head."""
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """See `focusInEvent`."""
        self.update()

    # -- what the hand means ---------------------------------------------------------------------

    def _press(self, at: QPointF) -> None:
        if self._brush is None:
            self._held = (at, self._yaw, self._pitch)
        elif not self._picture.isNull():
            self._painting = True
            self.stroke_begun.emit()
            self.stroke_moved.emit([self._share(at)])

    def _move(self, at: QPointF, down: bool) -> None:
        self._pen = at if self._brush is not None else None
        if self._painting and down:
            self.stroke_moved.emit([self._share(at)])
        elif self._held is not None and down:
            start, yaw, pitch = self._held
            scale = TURN / max(1.0, self._square().width())
            # The face follows the hand, so the camera goes the other way.
            moved = at - start
            self._turn(yaw - moved.x() * scale, pitch + moved.y() * scale, True)
        elif self._brush is not None:
            self.update()

    def _release(self, at: QPointF) -> None:
        if self._painting:
            self._end()
        elif self._held is not None:
            moved = (self._yaw, self._pitch) != self._held[1:]
            self._held = None
            if moved:
                self.turned.emit(self._yaw, self._pitch, False)

    def _end(self) -> None:
        self._painting = False
        self.stroke_ended.emit()

    def _turn(self, yaw: float, pitch: float, moving: bool) -> None:
        before = self.pose
        self.set_pose(yaw, pitch)
        if self.pose != before or not moving:
            self.turned.emit(self._yaw, self._pitch, moving)

    def _share(self, at: QPointF) -> tuple[float, float]:
        square = self._square()
        return (at.x() - square.x()) / square.width(), (at.y() - square.y()) / square.height()

    def _show_pose(self) -> None:
        pose = self.tr("Turned {yaw}, tilted {pitch}").format(
            yaw=degrees(self._yaw), pitch=degrees(self._pitch)
        )
        self.setAccessibleDescription(pose)
        does = (
            self.tr("Drag to turn, double-click for the front; arrow keys and wheel turn too.")
            if self._brush is None
            else self.tr("Paint labels; the picture follows when you lift the pen.")
        )
        self.setToolTip(f"{pose}\n{does}")
        self.update()


def _within(angle: float, limit: int) -> int:
    return round(min(max(angle, -limit), limit))


def _image(pixels: NDArray[np.uint8]) -> QImage:
    """A QImage with a copy of RGB pixels."""
    rgb = np.ascontiguousarray(pixels)
    height, width = rgb.shape[:2]
    return QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
