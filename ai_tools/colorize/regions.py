# SPDX-License-Identifier: GPL-3.0-or-later
"""The areas that the lines of a drawing close, small gaps included. numpy, OpenCV, kernels.

Like a ball too large to roll through a gap ("trapped-ball" segmentation, Zhang et al. 2009), but
in one pass over the distance to the lines: areas grow from their middles and stay apart where the
opening between them is narrow. Every pixel under a line belongs to the area on its side of the
line's ridge, so that colour reaches under the line and its soft edge shows no pale rim.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ai_tools.colorize import kernels

OPEN = 96
"""Ink below this, of 255, lets colour through; a soft line one pixel wide is darker."""

APART = 1.5
"""How many times as wide as the opening an area must be to be one of its own."""


@dataclass(frozen=True, eq=False)
class Regions:
    """The areas of a drawing.

    Attributes:
        labels: int32 (h, w), 1..count; every pixel has one.
        count: number of areas.
        open: bool (h, w), where there is no line.
        area: int64 (count + 1,), open pixels of each area; of 0, which is no label, 0.
        width: float32 (count + 1,), of each area at its widest place, pixels.
    """

    labels: NDArray[np.int32]
    count: int
    open: NDArray[np.bool_]
    area: NDArray[np.int64]
    width: NDArray[np.float32]


def find(ink: NDArray[np.uint8], gap: float) -> Regions:
    """The areas that the lines close.

    Args:
        ink: coverage by ink, uint8 (h, w).
        gap: openings in a line up to this many pixels wide count as closed; 0 closes none.
    """
    height, width = ink.shape
    is_open = ink < OPEN
    if is_open.all() or not is_open.any():
        labels = np.ones(ink.shape, np.int32)
        size = np.array([0, int(is_open.sum())], np.int64)
        widths = np.array([0, min(height, width)], np.float32)
        return Regions(labels, 1, is_open, size, widths)
    distance = np.asarray(
        cv2.distanceTransform(is_open.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5), np.float32
    )
    flat = distance.ravel()
    fine = np.minimum(flat * 8, 65534).astype(np.uint16)
    order = np.argsort(np.uint16(65535) - fine, kind="stable")[: int(is_open.sum())]
    # The distance is to the middle of the ink's first pixel: half a pixel more than to its edge.
    parent = kernels.basins(order.astype(np.int32), flat, width, gap / 2 + 0.5, APART)
    tops, compact = np.unique(parent, return_inverse=True)
    labels = compact.reshape(ink.shape).astype(np.int32)  # -1, the lines, comes first: 0
    count = len(tops) - 1
    area = np.bincount(labels.ravel(), minlength=count + 1)
    area[0] = 0
    widest = np.zeros(count + 1, np.float32)
    widest[1:] = 2 * flat[tops[1:]] - 1
    kernels.extend(labels, np.ascontiguousarray(ink))
    return Regions(labels, count, is_open, area, widest)


def touching(regions: Regions) -> NDArray[np.int64]:
    """Pairs (a, b) of areas, a < b, that meet in the open, and how many pixels long: (n, 3).

    Between them lies no line, only a gap that was closed.
    """
    found = []
    labels, is_open = regions.labels, regions.open
    for one, two in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        a, b = labels[one], labels[two]
        meet = (a != b) & is_open[one] & is_open[two]
        found.append(np.stack([np.minimum(a[meet], b[meet]), np.maximum(a[meet], b[meet])], axis=1))
    pairs, lengths = np.unique(np.concatenate(found), axis=0, return_counts=True)
    return np.concatenate([pairs.reshape(-1, 2), lengths[:, None]], axis=1).astype(np.int64)
