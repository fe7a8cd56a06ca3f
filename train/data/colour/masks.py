# SPDX-License-Identifier: GPL-3.0-or-later
"""Which part of a picture is to be painted: masks float32 (h, w), 1 = to paint.

Imports numpy and cv2.  `cluster_mask` is StencilTorch's; the others are what people select.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.float32]


def full_mask(shape: tuple[int, int]) -> Mask:
    """All is to be painted."""
    return np.ones(shape, np.float32)


def cluster_mask(clusters: NDArray[np.uint8], share: float, rng: np.random.Generator) -> Mask:
    """The union of int(share * n) of the picture's n flat colours, drawn with replacement, at
    least one; all for a share of 0 or less, 1 or more, as published.

    Only colours that are in `clusters` (h, w) count, because a crop holds few of a picture's 25.
    """
    if share <= 0 or share >= 1:
        return full_mask(clusters.shape)
    present = np.flatnonzero(np.bincount(clusters.ravel()))
    chosen = rng.choice(present, max(1, int(share * len(present))))
    table = np.zeros(256, np.float32)
    table[chosen] = 1
    return table[clusters]


def region_mask(regions: NDArray[np.int32], rng: np.random.Generator) -> Mask:
    """One to six regions, large ones more often: a magic wand's selection."""
    areas = np.bincount(regions.ravel()).astype(np.float64)
    chances = np.sqrt(areas)
    count = min(int(rng.integers(1, 7)), int((areas > 0).sum()))
    chosen = rng.choice(len(areas), count, replace=False, p=chances / chances.sum())
    table = np.zeros(len(areas), np.float32)
    table[chosen] = 1
    return table[regions]


def rectangle_mask(shape: tuple[int, int], rng: np.random.Generator) -> Mask:
    """A rectangle of a quarter to the whole of each side, that may reach over the border."""
    mask = np.zeros(shape, np.float32)
    height, width = (max(4, int(rng.uniform(0.25, 1) * side)) for side in shape)
    top = int(rng.integers(-height // 4, shape[0] - height + height // 4 + 1))
    left = int(rng.integers(-width // 4, shape[1] - width + width // 4 + 1))
    mask[max(0, top) : top + height, max(0, left) : left + width] = 1
    return mask


def lasso_mask(shape: tuple[int, int], rng: np.random.Generator) -> Mask:
    """A loop as a hand draws it."""
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    radius = np.ones(48)
    for wave in range(2, 6):
        radius += rng.normal() * 0.22 / wave * np.cos(wave * angle + rng.uniform(0, 2 * np.pi))
    size = rng.uniform(0.2, 0.5) * min(shape) * np.maximum(radius, 0.2)
    stretch = rng.uniform(0.7, 1.4)
    centre = rng.uniform(0.25, 0.75, 2) * shape[::-1]
    points = np.stack([size * np.cos(angle) * stretch, size * np.sin(angle) / stretch], 1) + centre
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.rint(points).astype(np.int32)], 1)
    return mask.astype(np.float32)


def artist_mask(regions: NDArray[np.int32], rng: np.random.Generator) -> Mask:
    """A rectangle, a loop or some regions of (h, w), never empty."""
    kind = rng.integers(3)
    if kind == 0:
        return rectangle_mask(regions.shape, rng)
    if kind == 1:
        return lasso_mask(regions.shape, rng)
    return region_mask(regions, rng)
