# SPDX-License-Identifier: GPL-3.0-or-later
"""What a black-and-white drawing's marks are asked and done to. numpy and OpenCV only.

Masks are uint8 (h, w), 1 = ink. What takes long on a large picture works in strips of rows and
calls `check` in between, which may raise to stop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]
Check = Callable[[], None]

STRIP = 2_000_000
"""Pixels in a strip of rows, without its margin."""


def at_least(mask: Mask, area: float) -> Mask:
    """The connected marks of `area` pixels or more."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    keep = (stats[:, cv2.CC_STAT_AREA] >= area).astype(np.uint8)
    keep[0] = 0
    return keep[labels]


def slivers(mask: Mask, width: float) -> Mask:
    """The marks some four times as long as wide, and longer than a line is wide.

    What closing adds between two side-by-side lines is such a strip; what it adds where lines
    meet at an angle is a short wedge, and filling those would turn corners into webs.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    half = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
    widest = np.zeros(count, np.float32)
    np.maximum.at(widest, labels[mask > 0], half[mask > 0])
    area = stats[:, cv2.CC_STAT_AREA]
    across = 2 * widest - 0.5
    keep = ((area >= 3.5 * across**2) & (area >= 2 * width * across)).astype(np.uint8)
    keep[0] = 0
    return keep[labels]


def reached(start: Mask, more: Mask) -> Mask:
    """What of `start` and `more` hangs together with `start`, uint8 (h, w)."""
    count, labels = cv2.connectedComponents(start | more, connectivity=8)
    keep = np.zeros(count, np.uint8)
    keep[labels[start > 0]] = 1
    keep[0] = 0
    return keep[labels]


def cells_of(some: Mask, skeleton: Mask, mask: Mask, reach: int, check: Check) -> Mask:
    """The pixels of a mask whose nearest skeleton pixel is one of `some`.

    Args:
        some: some pixels of the skeleton.
        skeleton: centre lines of the mask.
        mask: the ink.
        reach: pixels farther than this from the skeleton are nobody's.
        check: called between strips.
    """
    result = np.zeros_like(mask)
    for inner, outer in _strips(mask.shape, reach):
        check()
        if not some[outer].any():
            continue
        far, labels = cv2.distanceTransformWithLabels(
            1 - skeleton[outer], cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
        )
        chosen = np.zeros(int(labels.max()) + 1, np.uint8)
        chosen[labels[some[outer] > 0]] = 1
        own = slice(inner.start - outer.start, inner.stop - outer.start)
        result[inner] = chosen[labels[own]] & mask[inner] & (far[own] <= reach)
    return result


def around(skeleton: Mask, mask: Mask, check: Check) -> Mask:
    """What a skeleton stands for: each of its pixels with the ink around it."""
    result = np.zeros_like(mask)
    inside = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    check()
    reach = int((inside * skeleton).max(initial=0)) + 1
    for inner, outer in _strips(mask.shape, reach):
        check()
        on = skeleton[outer] > 0
        if not on.any():
            continue
        far, labels = cv2.distanceTransformWithLabels(
            1 - skeleton[outer], cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
        )
        radius = np.zeros(int(labels.max()) + 1, np.float32)
        radius[labels[on]] = inside[outer][on]
        own = slice(inner.start - outer.start, inner.stop - outer.start)
        result[inner] = far[own] <= radius[labels[own]]
    return result


def _strips(shape: tuple[int, ...], margin: int) -> Iterator[tuple[slice, slice]]:
    """(rows of a strip, the same with a margin) down the picture."""
    height = max(1, STRIP // shape[1], 2 * margin)
    for top in range(0, shape[0], height):
        bottom = min(top + height, shape[0])
        yield slice(top, bottom), slice(max(0, top - margin), min(bottom + margin, shape[0]))


def opened(mask: Mask, diameter: float) -> Mask:
    return cv2.morphologyEx(mask, cv2.MORPH_OPEN, disc(diameter))


def closed(mask: Mask, diameter: float) -> Mask:
    """Morphological closing that treats the picture's surroundings as paper."""
    pad = round(diameter) + 1
    wide = cv2.copyMakeBorder(mask, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0)
    wide = cv2.morphologyEx(wide, cv2.MORPH_CLOSE, disc(diameter))
    return wide[pad:-pad, pad:-pad]


def disc(diameter: float) -> NDArray[np.uint8]:
    size = max(1, round(diameter)) | 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))


def draw_discs(mask: Mask, centres: NDArray[np.float64], radii: NDArray[np.float64]) -> None:
    """Draw filled discs at places between pixels, in place.

    Args:
        mask: uint8 (h, w), drawn on.
        centres: (n, 2) x, y.
        radii: (n,) as a distance transform gives them: to the middle of the next paper pixel.
    """
    bits = 4
    # OpenCV fills every pixel that the circle touches: half a pixel more than its radius.
    inner = np.maximum(radii - 0.75, 0.5) * (1 << bits)
    for (x, y), r in zip(centres * (1 << bits), inner, strict=True):
        cv2.circle(mask, (round(x), round(y)), round(r), 1, cv2.FILLED, cv2.LINE_8, bits)
