# SPDX-License-Identifier: GPL-3.0-or-later
"""The composited canvas in several sizes, for the view to draw from. Imports core modules only."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtGui import QImage

from app.core.compositor import Compositor
from app.core.geometry import EMPTY, Rect
from app.core.tiles import Key, Pixels, key_rect, keys_in

SMALLEST = 256
"""No level is made of one whose longer side is already at most this, px."""


class _Level:
    """One size of the picture, and where it is out of date (canvas pixels, by canvas tile)."""

    def __init__(self, pixels: Pixels, width: int, height: int) -> None:
        self.pixels = pixels[:height, :width]
        # The image reads the array's memory: whatever is written there, it shows.
        self.image = QImage(
            pixels.data,
            width,
            height,
            pixels.strides[0],
            QImage.Format.Format_ARGB32_Premultiplied,
        )
        self.stale: dict[Key, Rect] = {}

    def mark(self, rect: Rect) -> None:
        for key in keys_in(rect):
            part = key_rect(key).intersect(rect)
            self.stale[key] = self.stale.get(key, EMPTY).union(part)


class Projection:
    """A pyramid of images: level 0 is the canvas itself, each further one half as wide and high.

    A pixel of level n + 1 is the mean of the 2 x 2 pixels of level n under it, or of the two or
    the one that there are at the edge of an odd size; sizes round up. Levels are made when first
    asked for and then kept up to date only where the canvas changed and only when looked at.

    Level 0 shares the compositor's memory; all others together take at most 1.34 bytes for each
    canvas pixel.

    Args:
        compositor: the canvas to show. The projection follows it by itself.
    """

    def __init__(self, compositor: Compositor) -> None:
        self._compositor = compositor
        self._levels: list[_Level] = []
        self._begin()
        compositor.subscribe(self._composited)

    def _begin(self) -> None:
        document = self._compositor.document
        self._levels = [_Level(self._compositor.canvas, document.width, document.height)]

    def _composited(self, rect: Rect | None) -> None:
        if rect is None:
            self._begin()
            return
        for level in self._levels[1:]:
            level.mark(rect)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of level 0: the canvas, in pixels."""
        height, width = self._levels[0].pixels.shape[:2]
        return width, height

    @property
    def opaque(self) -> bool:
        """True when no canvas pixel can be transparent: no need for a chequerboard below."""
        return self._compositor.opaque

    @property
    def levels(self) -> int:
        """How many levels there can be, 1 or more."""
        longest, count = max(self.size), 1
        while longest > SMALLEST:
            longest, count = (longest + 1) // 2, count + 1
        return count

    def level_for(self, scale: float) -> int:
        """The level to draw from at `scale` screen pixels per canvas pixel.

        That is the smallest one which is not magnified, so bilinear sampling skips no pixel.
        """
        if scale >= 1.0:
            return 0
        return min(math.floor(-math.log2(max(scale, 1e-6))), self.levels - 1)

    def image(self, level: int, area: Rect | None = None) -> QImage:
        """Level `level` as an image of the canvas, up to date wherever `area` reaches.

        Args:
            level: 0..levels - 1.
            area: canvas pixels that will be looked at; None = all.

        Returns:
            premultiplied ARGB32. It shares memory with the projection and changes with it, so
            draw it before the next call, or copy it.

        Raises:
            IndexError: there is no such level.
        """
        if not 0 <= level < self.levels:
            raise IndexError(f"level {level} is outside 0..{self.levels - 1}")
        width, height = self.size
        area = Rect(0, 0, width, height) if area is None else area
        grain = 1 << level  # whole pixels of this level, and a rim for smooth sampling
        area = area.expanded(2 * grain)
        self._compositor.refresh(area)
        for n in range(1, level + 1):
            if n == len(self._levels):
                self._add_level()
            self._update(n, area)
        return self._levels[level].image

    def _add_level(self) -> None:
        finer = self._levels[-1].pixels
        height, width = (finer.shape[0] + 1) // 2, (finer.shape[1] + 1) // 2
        level = _Level(np.zeros((height, width, 4), np.uint8), width, height)
        level.mark(Rect(0, 0, *self.size))
        self._levels.append(level)

    def _update(self, n: int, area: Rect) -> None:
        level, finer = self._levels[n], self._levels[n - 1].pixels
        height, width = level.pixels.shape[:2]
        for key in [k for k in level.stale if not key_rect(k).intersect(area).empty]:
            stale = level.stale.pop(key)
            # Tiles begin at multiples of every level's grain: rounding outwards stays in the tile.
            x0, y0 = stale.x >> n, stale.y >> n
            x1 = min(width, -(-stale.right >> n))
            y1 = min(height, -(-stale.bottom >> n))
            level.pixels[y0:y1, x0:x1] = halved(finer[2 * y0 : 2 * y1, 2 * x0 : 2 * x1])


def halved(pixels: Pixels) -> Pixels:
    """Means of 2 x 2 pixels, rounded half up; an odd last row or column counts twice.

    Args:
        pixels: uint8 (h, w, 4), h and w >= 1; rows may lie apart in memory.

    Returns:
        a new uint8 array ((h + 1) // 2, (w + 1) // 2, 4).
    """
    import cv2  # in a function: not needed to show a canvas at full size, as at start-up

    height, width = pixels.shape[:2]
    if height % 2 or width % 2:
        pixels = np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    half = ((width + 1) // 2, (height + 1) // 2)
    return np.asarray(cv2.resize(pixels, half, interpolation=cv2.INTER_AREA), np.uint8)
