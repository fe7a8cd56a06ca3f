# SPDX-License-Identifier: GPL-3.0-or-later
"""Colour hints: RGB uint8 (h, w, 3) and alpha uint8 (h, w), 0 or 1.  Imports numpy and cv2.

Without a hint RGB is 0.  `published_hints` and `evaluation_hints` follow the published
PaintsTorch2 code, whose lengths are for pictures of 512 pixels: they scale with the picture.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

HintKind = Literal["pixels", "disks_illustration", "disks_quantised"]
HINT_KINDS: tuple[HintKind, ...] = ("pixels", "disks_illustration", "disks_quantised")

Regime = Literal["NH", "SH4", "SH16", "SH64", "FH"]
REGIMES: tuple[Regime, ...] = ("NH", "SH4", "SH16", "SH64", "FH")
"""Of the evaluation: no hints, grids of disks, all flat colours."""

REFERENCE = 512
"""Side of the pictures for which radii are given."""

RADII = (2, 32)
"""Smallest and largest radius of a disk in training, at the reference size."""

RATE = (1e-4, 1e-2)
"""Range of rho: about rho / 2 of the pixels become hints."""


class Hints(NamedTuple):
    """Hint colours and where they are."""

    rgb: Picture
    alpha: NDArray[np.uint8]


def no_hints(shape: tuple[int, int]) -> Hints:
    """Nothing hinted."""
    return Hints(np.zeros((*shape, 3), np.uint8), np.zeros(shape, np.uint8))


def dense_hints(flat: Picture) -> Hints:
    """The whole map of flat colours (h, w, 3)."""
    return Hints(flat.copy(), np.ones(flat.shape[:2], np.uint8))


def draw_disk(hints: Hints, x: int, y: int, radius: int, colour: NDArray[np.uint8]) -> None:
    """Draws a filled disk; radius 0 is one pixel."""
    tone = [int(c) for c in colour]
    cv2.circle(hints.rgb, (x, y), radius, tone, -1)
    cv2.circle(hints.alpha, (x, y), radius, 1, -1)


def published_hints(
    colour: Picture,
    flat: Picture,
    mask: NDArray[np.float32],
    share: float,
    kind: HintKind,
    rng: np.random.Generator,
) -> Hints:
    """None for a share of 0, the flat colours everywhere for 1, between them random hints.

    Random pixels under the mask (h, w), few or many whatever the share, show the colour there: of
    `flat`, or of `colour` for "pixels" and "disks_illustration".  Later disks cover earlier ones.

    Raises:
        ValueError: no such kind.
    """
    if kind not in HINT_KINDS:
        raise ValueError(f"{kind!r} is none of the hints {', '.join(HINT_KINDS)}")
    shape = (flat.shape[0], flat.shape[1])
    if share <= 0:
        return no_hints(shape)
    if share >= 1:
        return dense_hints(flat)
    rate = rng.uniform(*RATE) * float(mask.mean())
    fires = (rate * rng.random(shape, np.float32) >= rng.random(shape, np.float32)) & (mask > 0)
    source = flat if kind == "disks_quantised" else colour
    hints = no_hints(shape)
    if kind == "pixels":
        hints.rgb[fires] = source[fires]
        hints.alpha[fires] = 1
        return hints
    scale = min(shape) / REFERENCE
    places = np.argwhere(fires)
    radii = rng.integers(RADII[0], RADII[1] + 1, len(places))
    for (y, x), radius in zip(places, radii, strict=True):
        draw_disk(hints, int(x), int(y), round(scale * int(radius)), source[y, x])
    return hints


def artist_hints(
    flat: Picture,
    regions: NDArray[np.int32],
    mask: NDArray[np.float32],
    rng: np.random.Generator,
) -> Hints:
    """Dabs as people set them: one to three in some of the regions under the mask, each inside its
    region and of its flat colour."""
    hints = no_hints((flat.shape[0], flat.shape[1]))
    inside = np.where(mask > 0, regions, -1)
    areas = np.bincount(inside[inside >= 0].ravel())
    choice = np.flatnonzero(areas >= 6)
    if not len(choice):
        return hints
    wanted = min(len(choice), int(np.ceil(len(choice) * rng.uniform(0, 0.8) ** 2)) + 1)
    weights = np.sqrt(areas[choice])
    chosen = rng.choice(choice, wanted, replace=False, p=weights / weights.sum())
    largest = max(2, round(10 * min(flat.shape[:2]) / REFERENCE))
    order = np.argsort(inside, axis=None, kind="stable")
    starts = np.searchsorted(inside.ravel()[order], chosen)
    for region, start in zip(chosen, starts, strict=True):
        for _ in range(int(rng.integers(1, 4))):
            at = int(order[start + rng.integers(areas[region])])
            y, x = divmod(at, flat.shape[1])
            radius = _fitting(inside, int(region), x, y, int(rng.integers(1, largest + 1)))
            draw_disk(hints, x, y, radius, flat[y, x])
    return hints


def _fitting(inside: NDArray[np.int32], region: int, x: int, y: int, radius: int) -> int:
    """The largest radius up to `radius` whose disk keeps to the region by its four tips."""
    height, width = inside.shape
    for r in range(1, radius + 1):
        for b, a in ((y - r, x), (y + r, x), (y, x - r), (y, x + r)):
            if not (0 <= b < height and 0 <= a < width) or inside[b, a] != region:
                return r - 1
    return radius


def evaluation_hints(flat: Picture, regime: Regime) -> Hints:
    """The hints under which methods are compared, in the colours of `flat` (h, w, 3).

    SHr has (r - 1)^2 disks on a grid of step side / r, radii 5 and 10 in turn.  The published code
    multiplies its colours by 255 once more, which inverts them; these are the right ones.

    Raises:
        ValueError: no such regime.
    """
    if regime not in REGIMES:
        raise ValueError(f"{regime!r} is none of the regimes {', '.join(REGIMES)}")
    height, width = flat.shape[:2]
    if regime == "FH":
        return dense_hints(flat)
    hints = no_hints((height, width))
    if regime == "NH":
        return hints
    count = int(regime[2:])
    scale = min(height, width) / REFERENCE
    number = 0
    for row in range(1, count):
        for column in range(1, count):
            x, y = column * width // count, row * height // count
            radius = max(0, round(scale * (5, 10)[number % 2]))
            draw_disk(hints, x, y, radius, flat[y, x])
            number += 1
    return hints
