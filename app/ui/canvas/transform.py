# SPDX-License-Identifier: GPL-3.0-or-later
"""How canvas pixels lie on the screen: zoom, rotation, mirror, pan. Imports QtGui only."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QTransform

MIN_SCALE, MAX_SCALE = 0.01, 64.0


@dataclass(frozen=True, slots=True)
class ViewTransform:
    """An immutable view of the canvas.

    Attributes:
        centre_x, centre_y: the canvas point at the middle of the view.
        scale: device-independent screen pixels per canvas pixel, 0.01..64.
        angle: degrees, clockwise on screen, -180..180.
        mirrored: flipped left to right on screen; the picture itself is untouched.
    """

    centre_x: float = 0.0
    centre_y: float = 0.0
    scale: float = 1.0
    angle: float = 0.0
    mirrored: bool = False

    def to_screen(self, size: QSizeF) -> QTransform:
        """The matrix from canvas pixels to a view of `size` device-independent pixels."""
        transform = QTransform()
        transform.translate(size.width() / 2, size.height() / 2)
        transform.scale(-self.scale if self.mirrored else self.scale, self.scale)
        transform.rotate(-self.angle if self.mirrored else self.angle)
        transform.translate(-self.centre_x, -self.centre_y)
        return transform

    def to_canvas(self, point: QPointF, size: QSizeF) -> QPointF:
        """The canvas point under a screen point."""
        inverse, _ = self.to_screen(size).inverted()
        return inverse.map(point)

    def to_canvas_direction(self, x: float, y: float) -> QPointF:
        """A screen direction turned and mirrored, but not scaled, onto the canvas."""
        turned = QTransform().rotate(-self.angle).map(QPointF(x, y))
        return QPointF(-turned.x(), turned.y()) if self.mirrored else turned

    def panned(self, dx: float, dy: float) -> ViewTransform:
        """The picture moved by (dx, dy) screen pixels."""
        linear = ViewTransform(0, 0, self.scale, self.angle, self.mirrored).to_screen(QSizeF(0, 0))
        inverse, _ = linear.inverted()
        moved = inverse.map(QPointF(dx, dy))
        return replace(self, centre_x=self.centre_x - moved.x(), centre_y=self.centre_y - moved.y())

    def zoomed(self, factor: float, anchor: QPointF, size: QSizeF) -> ViewTransform:
        """Scaled by `factor` with the canvas point under `anchor` staying put."""
        scale = min(MAX_SCALE, max(MIN_SCALE, self.scale * factor))
        return self._anchored(replace(self, scale=scale), anchor, size)

    def rotated(self, degrees: float, anchor: QPointF, size: QSizeF) -> ViewTransform:
        """Turned clockwise on screen by `degrees` around `anchor`."""
        angle = math.remainder(self.angle + degrees, 360.0)
        return self._anchored(replace(self, angle=angle), anchor, size)

    def mirrored_at(self, anchor: QPointF, size: QSizeF) -> ViewTransform:
        """Flipped left to right on screen around `anchor`."""
        flipped = replace(self, mirrored=not self.mirrored, angle=-self.angle)
        return self._anchored(flipped, anchor, size)

    def fitted(self, width: int, height: int, size: QSizeF, margin: float) -> ViewTransform:
        """The whole canvas centred in the view, at the present angle, never above 1:1 by much."""
        turn = QTransform().rotate(self.angle)
        box = turn.mapRect(QRectF(0, 0, width, height))
        room_w = max(16.0, size.width() - 2 * margin)
        room_h = max(16.0, size.height() - 2 * margin)
        scale = min(room_w / box.width(), room_h / box.height(), 4.0)
        scale = min(MAX_SCALE, max(MIN_SCALE, scale))
        return replace(self, centre_x=width / 2, centre_y=height / 2, scale=scale)

    def _anchored(self, new: ViewTransform, anchor: QPointF, size: QSizeF) -> ViewTransform:
        before, after = self.to_canvas(anchor, size), new.to_canvas(anchor, size)
        return replace(
            new,
            centre_x=new.centre_x + before.x() - after.x(),
            centre_y=new.centre_y + before.y() - after.y(),
        )
