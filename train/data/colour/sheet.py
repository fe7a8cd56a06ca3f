# SPDX-License-Identifier: GPL-3.0-or-later
"""A sheet on which outlines are filled and inked, with its regions known.  Imports numpy, cv2."""

from __future__ import annotations

import colorsys

import cv2
import numpy as np
from numpy.typing import NDArray

from train.data.colour.shapes import Outline

FINE = 2
"""Lines are drawn this many times larger than the sheet is."""

_SHIFT = 4
_SKINS = ((255, 224, 200), (244, 205, 170), (224, 172, 125), (176, 120, 80), (122, 78, 52))
_MOST = 24


class Sheet:
    """Parts over each other, each with a flat colour and, mostly, an ink outline.

    Coordinates are pixels of the sheet, whose side is `size`.
    """

    def __init__(self, size: int, width: float, rng: np.random.Generator) -> None:
        """An empty sheet of white or tinted paper.

        Args:
            width: of lines, in pixels.
        """
        self.size = size
        self.parts = np.zeros((size * FINE, size * FINE), np.int32)
        """Number of the part that is seen; 0 = paper."""
        self.ink = np.zeros((size * FINE, size * FINE), np.uint8)
        """Coverage 0..255."""
        paper = (255, 255, 255) if rng.random() < 0.7 else random_colour(rng, pale=True)
        self.palette: list[tuple[int, int, int]] = [paper]
        self.colour_of = [0]
        self._width = width * FINE
        self._common = int(rng.integers(4, 12))
        self._even = rng.random() < 0.5
        self._rng = rng

    def fill(self, outline: Outline, colour: int) -> None:
        """A closed part of a palette's colour, with its outline, over what is there."""
        points = self._points(outline)
        self.colour_of.append(colour)
        cv2.fillPoly(self.parts, [points], len(self.colour_of) - 1, shift=_SHIFT)
        cv2.fillPoly(self.ink, [points], 0, shift=_SHIFT)
        cv2.polylines(self.ink, [points], True, 255, self._thickness(), cv2.LINE_AA, _SHIFT)

    def mark(self, points: Outline) -> None:
        """A line that parts nothing."""
        cv2.polylines(
            self.ink, [self._points(points)], False, 255, self._thickness(), cv2.LINE_AA, _SHIFT
        )

    def dot(self, x: float, y: float, radius: float) -> None:
        """A disk of ink."""
        scale = FINE << _SHIFT
        centre = (round(x * scale), round(y * scale))
        cv2.circle(self.ink, centre, round(radius * scale), 255, -1, cv2.LINE_AA, _SHIFT)

    def any_colour(self, rng: np.random.Generator) -> int:
        """A colour of the palette, which fills up as it is asked."""
        if len(self.palette) < self._common or (rng.random() < 0.15 and len(self.palette) < _MOST):
            return self._add(random_colour(rng))
        return int(rng.integers(len(self.palette)))

    def skin(self, rng: np.random.Generator) -> int:
        """Mostly a colour of skin."""
        if rng.random() < 0.1:
            return self.any_colour(rng)
        return self._add(_SKINS[rng.integers(len(_SKINS))])

    def white(self) -> int:
        """White."""
        return self._add((255, 255, 255))

    def _add(self, colour: tuple[int, int, int]) -> int:
        if colour not in self.palette:
            if len(self.palette) > _MOST:
                return int(self._rng.integers(len(self.palette)))
            self.palette.append(colour)
        return self.palette.index(colour)

    def _points(self, outline: Outline) -> NDArray[np.int32]:
        return np.rint(outline * (FINE << _SHIFT)).astype(np.int32)

    def _thickness(self) -> int:
        factor = 1.0 if self._even else self._rng.uniform(0.7, 1.4)
        return max(1, round(self._width * factor))


def random_colour(rng: np.random.Generator, pale: bool = False) -> tuple[int, int, int]:
    """RGB 0..255: pastel, strong, muted, dark or grey."""
    kind = 0 if pale else int(rng.integers(6))
    saturation, value = (
        (rng.uniform(0.05, 0.3), rng.uniform(0.88, 1)),
        (rng.uniform(0.6, 1), rng.uniform(0.7, 1)),
        (rng.uniform(0.25, 0.6), rng.uniform(0.45, 0.85)),
        (rng.uniform(0.3, 0.9), rng.uniform(0.2, 0.5)),
        (rng.uniform(0.35, 0.7), rng.uniform(0.8, 1)),
        (rng.uniform(0, 0.08), rng.uniform(0.25, 1)),
    )[kind]
    r, g, b = colorsys.hsv_to_rgb(rng.random(), saturation, value)
    return round(255 * r), round(255 * g), round(255 * b)
