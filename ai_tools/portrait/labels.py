# SPDX-License-Identifier: GPL-3.0-or-later
"""Label maps of heads: names and colours of the classes, and what a painted label changes.

The 19 classes are those of CelebAMask-HQ (Lee et al. 2020), left and right as the person has them.
Imports numpy only, because the dock paints with it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

BACKGROUND = 0
UNPAINTED = 255
"""In a painted map: the network's own label stays."""

CLASSES: tuple[tuple[str, tuple[int, int, int]], ...] = (
    ("Background", (40, 40, 44)),
    ("Skin", (236, 188, 150)),
    ("Nose", (214, 138, 96)),
    ("Glasses", (150, 150, 200)),
    ("Left eye", (70, 110, 220)),
    ("Right eye", (80, 180, 240)),
    ("Left brow", (112, 72, 40)),
    ("Right brow", (150, 104, 64)),
    ("Left ear", (232, 120, 120)),
    ("Right ear", (240, 156, 168)),
    ("Mouth", (120, 20, 50)),
    ("Upper lip", (206, 50, 80)),
    ("Lower lip", (232, 84, 110)),
    ("Hair", (104, 78, 160)),
    ("Hat", (226, 196, 60)),
    ("Earring", (250, 240, 150)),
    ("Necklace", (180, 220, 120)),
    ("Neck", (200, 160, 170)),
    ("Clothes", (64, 150, 110)),
)
"""Name and RGB of each class, in the order of the network's outputs."""


def class_name(number: int) -> str:
    """The name of a class; networks with more classes than are known here get numbers."""
    return CLASSES[number][0] if number < len(CLASSES) else f"Class {number}"


def class_colour(number: int) -> tuple[int, int, int]:
    """The RGB colour of a class."""
    return CLASSES[number % len(CLASSES)][1]


def colourise(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A label map (h, w) in the classes' colours: uint8 (h, w, 3) RGB."""
    table = np.array([class_colour(number) for number in range(256)], np.uint8)
    coloured: NDArray[np.uint8] = table[labels]
    return coloured


def probabilities(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Softmax over the first axis: (L, h, w) -> same."""
    powers = np.exp(logits - logits.max(axis=0))
    shares: NDArray[np.float32] = powers / powers.sum(axis=0)
    return shares


def with_painted(
    shares: NDArray[np.float32], painted: NDArray[np.uint8] | None
) -> NDArray[np.float32]:
    """Label probabilities (L, h, w) in which the painted classes are certain.

    Args:
        painted: uint8 (k h, k w) classes with a whole k, `UNPAINTED` elsewhere.  A cell that is
            painted in part keeps the network's share of the rest.  None: nothing is painted.

    Raises:
        ValueError: the painted map has another size.
    """
    if painted is None or not (painted != UNPAINTED).any():
        return shares
    count, height, width = shares.shape
    covered = _shrunk(painted != UNPAINTED, width, height)
    result = shares * (1 - covered)
    for number in np.unique(painted[painted < count]):
        result[number] += _shrunk(painted == number, width, height)
    return result


def stamp(
    painted: NDArray[np.uint8],
    points: Sequence[tuple[float, float]],
    diameter: float,
    number: int,
) -> NDArray[np.uint8]:
    """A copy of a painted map with a round stroke of one class along `points`.

    Args:
        points: x, y in pixels of the map (pixel (0, 0) covers 0..1); they may lie outside.
        number: the class; `UNPAINTED` gives the network's labels back.
    """
    result = painted.copy()
    height, width = result.shape
    radius = max(diameter, 1) / 2
    for (x0, y0), (x1, y1) in zip([*points[:1], *points[:-1]], points, strict=True):
        left = max(0, int(min(x0, x1) - radius))
        right = min(width, int(max(x0, x1) + radius) + 1)
        top = max(0, int(min(y0, y1) - radius))
        bottom = min(height, int(max(y0, y1) + radius) + 1)
        if left >= right or top >= bottom:
            continue
        x = np.arange(left, right) + 0.5 - x0
        y = np.arange(top, bottom)[:, None] + 0.5 - y0
        along_x, along_y = x1 - x0, y1 - y0
        length = along_x**2 + along_y**2
        t = np.clip((x * along_x + y * along_y) / length, 0, 1) if length else 0.0
        near = (x - t * along_x) ** 2 + (y - t * along_y) ** 2 <= radius**2
        result[top:bottom, left:right][near] = number
    return result


def _shrunk(where: NDArray[np.bool_], width: int, height: int) -> NDArray[np.float32]:
    """How much of each cell a mask covers, float32 (height, width) in 0..1."""
    rows, columns = where.shape
    if rows % height or columns % width:
        raise ValueError(f"painted labels of {columns} x {rows} do not fit {width} x {height}")
    cells = where.reshape(height, rows // height, width, columns // width)
    covered: NDArray[np.float32] = cells.mean(axis=(1, 3), dtype=np.float32)
    return covered
