# SPDX-License-Identifier: GPL-3.0-or-later
"""The selection: a soft 8-bit mask that confines every tool.

255 is selected, 0 is not, values between are partly selected. The mask is an immutable sparse
grid like a layer's pixels, so it is undone, saved and handed to worker threads like one.
Imports core.tiles, QtGui as a rasteriser, and OpenCV lazily.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPolygonF

from app.core.geometry import Rect
from app.core.tiles import Key, Pixels, TileGrid, keys_in


class Combine(str, Enum):
    """How a new selection meets the one that is there."""

    REPLACE = "replace"
    ADD = "add"
    SUBTRACT = "subtract"
    INTERSECT = "intersect"


@dataclass(frozen=True, eq=False)
class Selection:
    """A soft mask over the canvas. Immutable; every operation returns a new one."""

    grid: TileGrid = field(default_factory=lambda: TileGrid(channels=1))

    # -- making --------------------------------------------------------------------------------

    @classmethod
    def from_mask(cls, mask: Pixels, x: int = 0, y: int = 0) -> Selection:
        """A selection from a uint8 (h, w) mask with its top left pixel at (x, y)."""
        return cls(TileGrid.from_array(mask, x, y))

    @classmethod
    def rectangle(cls, rect: Rect) -> Selection:
        """Every pixel of `rect`, hard-edged."""
        if rect.empty:
            return cls()
        return cls.from_mask(np.full((rect.h, rect.w), 255, np.uint8), rect.x, rect.y)

    @classmethod
    def ellipse(cls, rect: Rect) -> Selection:
        """The ellipse inscribed in `rect`, antialiased."""
        path = QPainterPath()
        path.addEllipse(QRectF(rect.x, rect.y, rect.w, rect.h))
        return cls._painted(path)

    @classmethod
    def polygon(cls, points: Sequence[tuple[float, float]]) -> Selection:
        """The closed polygon through `points` (canvas pixels), antialiased, even-odd filled."""
        if len(points) < 3:
            return cls()
        path = QPainterPath()
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in points]))
        path.closeSubpath()
        return cls._painted(path)

    @classmethod
    def _painted(cls, path: QPainterPath) -> Selection:
        box = path.boundingRect()
        rect = Rect.around(box.left(), box.top(), box.right(), box.bottom())
        if rect.empty:
            return cls()
        stride = (rect.w + 3) // 4 * 4  # QImage wants rows of whole 32-bit words
        mask = np.zeros((rect.h, stride), np.uint8)
        image = QImage(mask.data, rect.w, rect.h, stride, QImage.Format.Format_Alpha8)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(-rect.x, -rect.y)
        painter.fillPath(path, Qt.GlobalColor.black)
        painter.end()
        return cls.from_mask(mask[:, : rect.w], rect.x, rect.y)

    # -- looking -------------------------------------------------------------------------------

    @property
    def is_empty(self) -> bool:
        """True when nothing at all is selected."""
        return self.grid.is_empty

    def mask(self, rect: Rect) -> Pixels:
        """A new uint8 (h, w) array with the mask inside `rect`."""
        return self.grid.region(rect)

    def bounds(self) -> Rect | None:
        """Exact bounds of everything that is at least partly selected, or None."""
        return self.grid.bounds()

    # -- combining and changing ----------------------------------------------------------------

    def combine(self, other: Selection, how: Combine | str) -> Selection:
        """This selection with `other` added, subtracted, intersected, or put in its place."""
        how = Combine(how)
        if how is Combine.REPLACE:
            return other
        keys = self.grid.keys() | other.grid.keys()
        changes: dict[Key, Pixels | None] = {}
        for key in keys:
            a, b = self.grid.get(key), other.grid.get(key)
            if how is Combine.ADD:
                tile = b if a is None else a if b is None else np.maximum(a, b)
            elif how is Combine.SUBTRACT:
                tile = None if a is None else a if b is None else np.minimum(a, 255 - b)
            else:
                tile = None if a is None or b is None else np.minimum(a, b)
            changes[key] = tile
        return Selection(self.grid.replace(changes))

    def inverted(self, bounds: Rect) -> Selection:
        """Everything inside `bounds` (the canvas) that is not selected, and nothing outside."""
        changes: dict[Key, Pixels | None] = dict.fromkeys(self.grid.keys())
        for key in keys_in(bounds):
            old = self.grid.get(key)
            changes[key] = np.full((256, 256), 255, np.uint8) if old is None else 255 - old
        return Selection(self.grid.replace(changes).clipped(bounds))

    def clipped(self, bounds: Rect) -> Selection:
        """Only what lies inside `bounds`."""
        return Selection(self.grid.clipped(bounds))

    def translated(self, dx: int, dy: int) -> Selection:
        """Moved by whole pixels."""
        return Selection(self.grid.translated(dx, dy))

    def feathered(self, px: float) -> Selection:
        """Edges softened by a Gaussian with a standard deviation of px/2 (px = visible width)."""
        import cv2

        sigma = px / 2
        return self._filtered(
            math.ceil(3 * sigma) + 1 if px > 0 else 0,
            lambda m: cv2.GaussianBlur(m, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT),
        )

    def grown(self, px: int) -> Selection:
        """Edges moved outwards by px pixels (inwards when negative), with round corners."""
        import cv2

        size = 2 * abs(px) + 1
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
        if px >= 0:
            return self._filtered(px, lambda m: cv2.dilate(m, kernel))
        # A border of zeros on purpose: beyond the mask nothing is selected.
        return self._filtered(-px, lambda m: cv2.erode(m, kernel))

    def border(self, px: int) -> Selection:
        """A band of px pixels on each side of the edge."""
        px = max(1, abs(px))
        return self.grown(px).combine(self.grown(-px), Combine.SUBTRACT)

    def _filtered(self, margin: int, change: Callable[[Pixels], object]) -> Selection:
        box = self.bounds()
        if box is None or margin <= 0:
            return self
        # One extra pixel so that erosion sees the unselected outside on every side.
        area = box.expanded(margin + 1)
        return Selection.from_mask(np.asarray(change(self.mask(area)), np.uint8), area.x, area.y)
