# SPDX-License-Identifier: GPL-3.0-or-later
"""Drawings as small pictures.  Imports numpy and cv2."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Rgb = tuple[int, int, int]

_FRACTION = 4
"""Bits behind the point in the coordinates given to OpenCV."""


def polylines(points: NDArray[np.floating]) -> list[NDArray[np.float64]]:
    """Stroke-3 rows (n, 3), from (0, 0) on -> strokes of absolute points (k, 2), k >= 1."""
    path = np.concatenate([np.zeros((1, 2)), points[:, :2].astype(np.float64).cumsum(0)])
    # The pen is down on the way to point i unless it was lifted after point i - 1.
    ends = np.flatnonzero(points[:, 2] > 0) + 1
    strokes = np.split(path, ends + 1)
    return [stroke for stroke in strokes if len(stroke)]


def box_of(strokes: list[NDArray[np.float64]]) -> tuple[NDArray[np.float64], float]:
    """Low corner (2,) and longer side of the box around all points."""
    every = np.concatenate(strokes) if strokes else np.zeros((1, 2))
    low = every.min(0)
    return low, float((every.max(0) - low).max())


def rasterise(
    strokes: list[NDArray[np.float64]],
    size: int,
    width: int = 2,
    box: tuple[NDArray[np.float64], float] | None = None,
    image: NDArray[np.uint8] | None = None,
    colour: Rgb | int = 0,
) -> NDArray[np.uint8]:
    """Draws strokes centred in a square, antialiased: uint8 (size, size), white paper, black ink.

    Args:
        box: low corner and side of what fills the picture; None: the strokes themselves.
        image: draw on this one, (size, size) or (size, size, 3), instead of on paper.
        colour: ink; an RGB triple for a picture in colour.
    """
    if image is None:
        image = np.full((size, size), 255, np.uint8)
    low, side = box_of(strokes) if box is None else box
    margin = width + 1
    scale = (size - 1 - 2 * margin) / max(side, 1e-6)
    every = np.concatenate(strokes) if strokes else np.zeros((1, 2))
    # The shorter side of the box is centred.
    extent = np.minimum(every.max(0) - low, side) if box is None else np.full(2, side)
    start = margin + (side - extent) * scale / 2
    lines = [
        np.rint(((stroke - low) * scale + start) * 2**_FRACTION).astype(np.int32)
        for stroke in strokes
    ]
    cv2.polylines(image, lines, False, colour, width, cv2.LINE_AA, _FRACTION)
    return image


def draw_sketch(points: NDArray[np.floating], size: int, width: int = 2) -> NDArray[np.uint8]:
    """Stroke-3 rows (n, 3) as uint8 (size, size), filling the picture."""
    return rasterise(polylines(points), size, width)


def draw_completion(
    prefix: NDArray[np.floating], rest: NDArray[np.floating], size: int
) -> NDArray[np.uint8]:
    """The given part in black and its continuation in blue: uint8 (size, size, 3) RGB."""
    whole = polylines(np.concatenate([prefix, rest]))
    low, side = box_of(whole)
    image = np.full((size, size, 3), 255, np.uint8)
    cut = prefix[:, :2].astype(np.float64).sum(0)
    before = polylines(prefix)
    after = polylines(rest)
    if len(prefix) and prefix[-1, 2] > 0 and after:
        # The pen was up: the way to the first new point is no line.
        after[0] = after[0][1:]
    shifted = [stroke + cut for stroke in after if len(stroke)]
    every = np.concatenate([stroke for stroke in whole])
    extent = every.max(0) - low
    box = (low - (side - extent) / 2, side)
    rasterise(shifted, size, box=box, image=image, colour=(30, 90, 220))
    rasterise(before, size, box=box, image=image, colour=(20, 20, 20))
    return image
