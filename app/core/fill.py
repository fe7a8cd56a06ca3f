# SPDX-License-Identifier: GPL-3.0-or-later
"""Areas of like colour: what the fill tool and the magic wand find. Imports OpenCV lazily."""

from __future__ import annotations

import numpy as np

from app.core.tiles import Pixels

_STRIP = 64  # rows at a time, which stay in the processor's cache


def flood(
    pixels: Pixels,
    seed: tuple[int, int],
    *,
    tolerance: int,
    contiguous: bool = True,
    gap_px: int = 0,
    grow_px: int = 0,
    antialias: bool = True,
) -> Pixels:
    """The area around a point whose colour is like the one there.

    Args:
        pixels: premultiplied BGRA uint8 (h, w, 4).
        seed: (x, y) of the starting pixel.
        tolerance: largest difference in any channel that still counts as like, 0..255.
        contiguous: only what hangs together with the seed; else like colours everywhere.
        gap_px: openings in an outline up to this many pixels wide are treated as closed.
        grow_px: afterwards move the edge outwards, so that colour reaches under the lines.
        antialias: cover edge pixels in part, by how like they are.

    Returns:
        uint8 (h, w) coverage, 255 inside.

    Raises:
        ValueError: the seed lies outside the picture, or a number is out of range.
    """
    import cv2

    height, width = pixels.shape[:2]
    x, y = seed
    if not (0 <= x < width and 0 <= y < height):
        raise ValueError(f"the seed {seed} lies outside {width} x {height} pixels")
    if not 0 <= tolerance <= 255 or gap_px < 0 or grow_px < 0:
        raise ValueError("tolerance is 0..255; gap and growth cannot be negative")
    difference = _difference(pixels, pixels[y, x])
    like = (difference <= tolerance).astype(np.uint8)
    area = _connected(like, seed, gap_px) if contiguous else like
    mask = area * np.uint8(255)
    if antialias:
        rim = (cv2.dilate(area, np.ones((3, 3), np.uint8)) > area) & (difference > tolerance)
        # A pixel of a soft edge is a mixture of the area and the line beyond it, whose full
        # colour lies within two pixels; at a hard edge it is that colour itself: no cover.
        line = cv2.dilate(difference, np.ones((5, 5), np.uint8))[rim].astype(np.float32)
        share = (line - difference[rim]) / np.maximum(1.0, line - tolerance)
        mask[rim] = np.rint(share * 255).astype(np.uint8)
    if grow_px:
        mask = np.asarray(cv2.dilate(mask, _disc(grow_px)), np.uint8)
    return mask


def _difference(pixels: Pixels, colour: Pixels) -> Pixels:
    """Largest difference to `colour` over the four channels, (h, w)."""
    import cv2

    result = np.empty(pixels.shape[:2], np.uint8)
    wanted = tuple(float(value) for value in colour)
    for top in range(0, len(pixels), _STRIP):
        rows = slice(top, top + _STRIP)
        blue, green, red, alpha = cv2.split(cv2.absdiff(pixels[rows], wanted))
        result[rows] = cv2.max(cv2.max(blue, green), cv2.max(red, alpha))
    return result


def _connected(like: Pixels, seed: tuple[int, int], gap_px: int) -> Pixels:
    """The part of a 0/1 mask that hangs together with the seed, not through narrow gaps.

    The mask is shrunk until the gaps are closed, flooded, and grown back inside itself.
    """
    import cv2

    radius = (gap_px + 1) // 2
    if radius:
        # Beyond the picture counts as like, so that its border closes nothing off.
        core = cv2.erode(like, _disc(radius), borderType=cv2.BORDER_CONSTANT, borderValue=1)
        start = _nearest(core, seed, 2 * radius)
        if start is not None:
            inner = _component(np.asarray(core, np.uint8), start)
            grown = cv2.dilate(inner, _disc(radius + 1))
            area = np.minimum(np.asarray(grown, np.uint8), like)
            if area[seed[1], seed[0]]:
                return area
    return _component(like, seed)


def _component(mask: Pixels, seed: tuple[int, int]) -> Pixels:
    import cv2

    height, width = mask.shape
    found = np.zeros((height + 2, width + 2), np.uint8)
    flags = 4 | cv2.FLOODFILL_MASK_ONLY | (1 << 8)
    cv2.floodFill(mask.copy(), found, seed, 1, 0, 0, flags)
    return found[1:-1, 1:-1]


def _nearest(mask: Pixels, seed: tuple[int, int], reach: int) -> tuple[int, int] | None:
    """The set pixel nearest to the seed within `reach`, or None."""
    x, y = seed
    left, top = max(0, x - reach), max(0, y - reach)
    rows, columns = np.nonzero(mask[top : y + reach + 1, left : x + reach + 1])
    if not len(rows):
        return None
    best = np.argmin((rows + top - y) ** 2 + (columns + left - x) ** 2)
    return int(columns[best]) + left, int(rows[best]) + top


def _disc(radius: int) -> Pixels:
    import cv2

    size = 2 * radius + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)
