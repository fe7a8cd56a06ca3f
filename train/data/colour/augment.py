# SPDX-License-Identifier: GPL-3.0-or-later
"""Views of pictures and changes of their colours, alike for all of a record's planes.

Imports numpy and cv2.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]

_TO_YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
_TO_RGB = np.linalg.inv(_TO_YIQ)


@dataclass(frozen=True, eq=False)
class View:
    """A square of side `size` cut out of a picture, maybe turned, mirrored, enlarged."""

    matrix: NDArray[np.float64]
    """(2, 3): from the view's coordinates to the picture's."""
    size: int
    fine: int
    """Pictures are sampled this many times larger and then reduced, lest they alias."""

    def picture(self, plane: Plane, reduce: bool = True) -> Plane:
        """The view of a picture (h, w[, 3]): size * fine large where not to be reduced."""
        side = self.size * self.fine
        large = cv2.warpAffine(
            plane,
            self._matrix(self.fine),
            (side, side),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REFLECT_101,
        )
        if self.fine == 1 or not reduce:
            return np.asarray(large, np.uint8)
        small = cv2.resize(large, (self.size, self.size), interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.uint8)

    def labels(self, plane: NDArray[np.uint8] | NDArray[np.uint16]) -> NDArray[np.uint16]:
        """The view of a map of labels (h, w), each pixel as the nearest one."""
        return np.asarray(
            cv2.warpAffine(
                plane,
                self._matrix(1),
                (self.size, self.size),
                flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REFLECT_101,
            )
        )

    def _matrix(self, fine: int) -> NDArray[np.float64]:
        """From pixel indices of the view, `fine` times larger, to those of the picture."""
        out = self.matrix.copy()
        out[:, :2] /= fine
        # Whole indices are centres of pixels.
        out[:, 2] += out[:, :2].sum(1) / 2 - 0.5
        return out


def whole_view(shape: tuple[int, ...], size: int) -> View:
    """The middle square of a picture of (h, w): the short side, scaled to `size`."""
    scale = min(shape) / size
    left, top = ((side - min(shape)) / 2 for side in (shape[1], shape[0]))
    return View(np.array([[scale, 0, left], [0, scale, top]]), size, _fine(scale))


def _fine(scale: float) -> int:
    return int(np.clip(round(scale), 1, 4))


def draw_view(shape: tuple[int, ...], size: int, rng: np.random.Generator) -> View:
    """A random crop: any part between 0.9 pixels of the picture a pixel and its whole short side.

    Half are upright but for a few degrees, as drawings mostly are; half are turned by any angle,
    as published.  Half are mirrored.
    """
    short = min(shape)
    scale = float(np.exp(rng.uniform(np.log(min(0.9, short / size)), np.log(short / size))))
    upright = rng.random() < 0.5
    angle = rng.normal() * 0.08 if upright else rng.uniform(0, 2 * np.pi)
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    mirror = -1 if rng.random() < 0.5 else 1
    turn = np.array([[c * mirror, -s], [s * mirror, c]])
    # The centre keeps the square inside while it can: what is outside is mirrored in.
    reach = min(scale * size / 2, short / 2)
    centre = [rng.uniform(reach, side - reach) for side in (shape[1], shape[0])]
    offset = np.array(centre) - turn @ np.full(2, size / 2)
    return View(np.hstack([turn, offset[:, None]]), size, _fine(scale))


@dataclass(frozen=True, eq=False)
class Jitter:
    """A change of colours: rgb -> matrix @ rgb + offset, 0..255."""

    matrix: NDArray[np.float32]
    offset: NDArray[np.float32]


def draw_jitter(colour: Plane, rng: np.random.Generator) -> Jitter:
    """Another brightness, contrast about the picture's mean, saturation and hue.

    Published are factors of 0.6..1.4 and a tenth of the circle.  Here pictures gain less light, for
    much of them is white paper and would be burnt out; one in four stays as it is, and one in five
    takes any hue, for users' colours are any.  Hues turn in YIQ: all of it is one linear map.

    Args:
        colour: RGB (h, w, 3) whose mean counts.
    """
    if rng.random() < 0.25:
        return Jitter(np.eye(3, dtype=np.float32), np.zeros(3, np.float32))
    brightness, contrast, saturation = rng.uniform((0.65, 0.7, 0.6), (1.15, 1.3, 1.4))
    hue = rng.uniform(-0.5, 0.5) if rng.random() < 0.2 else rng.uniform(-0.1, 0.1)
    c, s = (saturation * f(2 * np.pi * hue) for f in (np.cos, np.sin))
    turn = _TO_RGB @ np.array([[1, 0, 0], [0, c, -s], [0, s, c]]) @ _TO_YIQ
    mean = brightness * float(_TO_YIQ[0] @ np.array(cv2.mean(colour)[:3]))
    offset = np.full(3, (1 - contrast) * mean, np.float32)
    return Jitter((contrast * brightness * turn).astype(np.float32), offset)


def jittered(colour: Plane, change: Jitter) -> Plane:
    """RGB (h, w, 3) with its colours changed."""
    affine = np.hstack([change.matrix, change.offset[:, None]])
    return np.asarray(cv2.transform(colour, affine), np.uint8)
