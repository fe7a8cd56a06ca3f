# SPDX-License-Identifier: GPL-3.0-or-later
"""What the network `colorizer_light` sees: line art, picture so far, mask and hints as planes.

Imports numpy and numba; import it where it is needed, not at start-up.  Training and the program
call the same functions.  Besides the hints themselves the network is shown where their colours
would flow: to each pixel comes the colour of the hint that is nearest by a path which ink makes
long (a geodesic distance, as in LazyBrush-like fills), and how far away that hint is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

CHANNELS = (
    *("line", "mask", "base_r", "base_g", "base_b"),
    *("hint_r", "hint_g", "hint_b", "hint_alpha"),
    *("field_r", "field_g", "field_b", "near", "far"),
)
"""Order of the planes that `network_inputs` makes, all in 0..1.

line        coverage by ink
mask        1 = to be painted, 0 = to be kept
base        picture so far where it is kept; where it is painted, the lines on white paper
hint        colour of the hints, 0 where there is none; hint_alpha 1 on hints
field       colour of the nearest hint, 0 where the picture has no hint at all
near, far   exp(-d / 24) and exp(-d / 240) of its distance d, see `hint_field`; 0 without hints
"""

INK = 80.0
"""Pixels of detour that crossing one pixel of full ink is worth."""

NEAR, FAR = 24.0, 240.0
"""Distances at which the planes `near` and `far` have fallen to 1/e."""

_MAX_PASSES = 40

Plane = NDArray[np.float32]
Rgb = NDArray[np.uint8]


def network_inputs(
    line: Plane, base: Rgb, mask: Plane, hint_rgb: Rgb, hint_alpha: NDArray[Any]
) -> Plane:
    """The planes of `CHANNELS`, float32 (14, H, W).

    Args:
        line: coverage by ink, 0..1, (H, W).
        base: the picture so far, (H, W, 3); what lies under the mask does not matter.
        mask: 1 = to be painted, 0 = to be kept, between = soft edge, (H, W).
        hint_rgb: colours of the hints, (H, W, 3).
        hint_alpha: (H, W), bool, uint8 0..255 or float 0..1; a hint from the middle on.

    Raises:
        ValueError: the sizes differ.
    """
    height, width = line.shape
    wanted: tuple[tuple[str, NDArray[Any]], ...] = (
        ("base", base),
        ("mask", mask),
        ("hint_rgb", hint_rgb),
        ("hint_alpha", hint_alpha),
    )
    for name, array in wanted:
        if array.shape[:2] != (height, width):
            raise ValueError(f"{name} has size {array.shape[:2]}, the line art {(height, width)}")
    hinted = is_hint(hint_alpha)
    field, distance = hint_field(line, hint_rgb, hinted)
    planes = np.zeros((len(CHANNELS), height, width), np.float32)
    planes[0] = line
    planes[1] = mask
    planes[2:5] = _planes(base) * (1 - mask) + (1 - line) * mask
    planes[5:8] = _planes(hint_rgb) * hinted
    planes[8] = hinted
    if hinted.any():
        planes[9:12] = _planes(field)
        np.exp(distance / -NEAR, out=planes[12])
        np.exp(distance / -FAR, out=planes[13])
    return planes


def is_hint(alpha: NDArray[Any]) -> NDArray[np.bool_]:
    """Where an opacity (bool, uint8 0..255 or float 0..1) is that of a hint: from the middle on."""
    if alpha.dtype == np.bool_:
        return np.asarray(alpha)
    return np.asarray(alpha >= (0.5 if np.issubdtype(alpha.dtype, np.floating) else 128))


def hint_field(line: Plane, hint_rgb: Rgb, hinted: NDArray[np.bool_]) -> tuple[Rgb, Plane]:
    """The colour of each pixel's nearest hint (H, W, 3), and that hint's distance (H, W).

    A step to a neighbour costs its length in pixels times 1 + `INK` times the ink it goes onto; a
    diagonal step squeezes through no line that is closed by corners.  Without any hint the colours
    are 0 and the distances infinite.
    """
    source, distance = _nearest(
        np.ascontiguousarray(line, np.float32), np.ascontiguousarray(hinted), INK, _MAX_PASSES
    )
    if not hinted.any():
        return np.zeros_like(hint_rgb), distance
    return hint_rgb.reshape(-1, 3)[source.ravel()].reshape(hint_rgb.shape), distance


def _planes(rgb: Rgb) -> Plane:
    """uint8 (H, W, 3) -> float32 (3, H, W) in 0..1."""
    return rgb.transpose(2, 0, 1).astype(np.float32) * np.float32(1 / 255)


@njit(cache=True, nogil=True)
def _nearest(
    line: Plane, hinted: NDArray[np.bool_], ink: float, max_passes: int
) -> tuple[NDArray[np.int32], Plane]:
    """Index (y * W + x) of each pixel's nearest hint, and its distance.

    Sweeps down and up in turn, each row to the right and back, until nothing changes; a row is left
    out while neither it nor the row before it has changed.
    """
    height, width = line.shape
    source = np.zeros((height, width), np.int32)
    distance = np.full((height, width), np.float32(np.inf))
    changed = np.full(height, -2, np.int64)
    for y in range(height):
        for x in range(width):
            if hinted[y, x]:
                distance[y, x] = 0
                source[y, x] = y * width + x
                changed[y] = 0
    root = np.float32(np.sqrt(2.0))
    weight = np.float32(ink)
    one = np.float32(1)
    for number in range(max_passes):
        down = number % 2 == 0
        any_changed = False
        for row in range(height):
            y = row if down else height - 1 - row
            before = y - 1 if down else y + 1
            has_before = 0 <= before < height
            if changed[y] < number - 1 and not (has_before and changed[before] >= number - 1):
                continue
            moved = False
            for x in range(width):
                best = distance[y, x]
                found = -1
                cost = one + weight * line[y, x]
                if has_before:
                    d = distance[before, x] + cost
                    if d < best:
                        best = d
                        found = source[before, x]
                    for side in (-1, 1):
                        near = x + side
                        if 0 <= near < width and distance[before, near] + root < best:
                            corner = min(line[before, x], line[y, near])
                            d = distance[before, near] + root * (
                                one + weight * max(line[y, x], corner)
                            )
                            if d < best:
                                best = d
                                found = source[before, near]
                if x > 0:
                    d = distance[y, x - 1] + cost
                    if d < best:
                        best = d
                        found = source[y, x - 1]
                if found >= 0:
                    distance[y, x] = best
                    source[y, x] = found
                    moved = True
            for x in range(width - 2, -1, -1):
                d = distance[y, x + 1] + one + weight * line[y, x]
                if d < distance[y, x]:
                    distance[y, x] = d
                    source[y, x] = source[y, x + 1]
                    moved = True
            if moved:
                changed[y] = number
                any_changed = True
        if not any_changed and number > 0:
            break
    return source, distance
