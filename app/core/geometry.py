# SPDX-License-Identifier: GPL-3.0-or-later
"""Integer rectangles on the canvas. Imports nothing of ours."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rect:
    """A half-open pixel rectangle: x in [x, x+w), y in [y, y+h). Canvas pixels, y down."""

    x: int
    y: int
    w: int
    h: int

    @property
    def right(self) -> int:
        """First column that is not inside."""
        return self.x + self.w

    @property
    def bottom(self) -> int:
        """First row that is not inside."""
        return self.y + self.h

    @property
    def empty(self) -> bool:
        """True when no pixel is inside."""
        return self.w <= 0 or self.h <= 0

    @property
    def area(self) -> int:
        """Number of pixels inside."""
        return 0 if self.empty else self.w * self.h

    def intersect(self, other: Rect) -> Rect:
        """The pixels in both; `Rect(0, 0, 0, 0)` when there are none."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        w, h = min(self.right, other.right) - x, min(self.bottom, other.bottom) - y
        return EMPTY if w <= 0 or h <= 0 else Rect(x, y, w, h)

    def union(self, other: Rect) -> Rect:
        """The smallest rectangle that holds both; an empty one adds nothing."""
        if self.empty:
            return other
        if other.empty:
            return self
        x, y = min(self.x, other.x), min(self.y, other.y)
        return Rect(x, y, max(self.right, other.right) - x, max(self.bottom, other.bottom) - y)

    def translated(self, dx: int, dy: int) -> Rect:
        """The same rectangle moved by (dx, dy) pixels."""
        return Rect(self.x + dx, self.y + dy, self.w, self.h)

    def expanded(self, n: int) -> Rect:
        """Grown by n pixels on each side (shrunk when n is negative)."""
        w, h = self.w + 2 * n, self.h + 2 * n
        return EMPTY if w <= 0 or h <= 0 else Rect(self.x - n, self.y - n, w, h)

    def contains_point(self, x: float, y: float) -> bool:
        """True when the point lies inside the half-open rectangle."""
        return self.x <= x < self.right and self.y <= y < self.bottom

    def contains(self, other: Rect) -> bool:
        """True when every pixel of `other` is inside."""
        return other.empty or self.intersect(other) == other

    @staticmethod
    def around(x0: float, y0: float, x1: float, y1: float) -> Rect:
        """The smallest pixel rectangle that covers the two real-valued corners, in any order."""
        left, top = math.floor(min(x0, x1)), math.floor(min(y0, y1))
        right, bottom = math.ceil(max(x0, x1)), math.ceil(max(y0, y1))
        return Rect(left, top, right - left, bottom - top)


EMPTY = Rect(0, 0, 0, 0)
