# SPDX-License-Identifier: GPL-3.0-or-later
"""Between a picture of any size and the smaller one that areas are found on.

A small pixel stands for `factor` by `factor` large ones. It is ink as soon as one of these is, so
an open small pixel is open all over, and the areas' borders at full size need looking for inside
the lines only: there they are found again on the large picture's own ink. numpy, OpenCV, kernels.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ai_tools.colorize import kernels
from ai_tools.colorize.regions import Regions

Grey = NDArray[np.uint8]

WORK = 1152
"""Longest side, in pixels, on which areas are found."""

STRIP = 512
"""Rows at full size that are worked on at a time."""


def factor_for(height: int, width: int) -> int:
    """Large pixels to a small one, so that the small picture's sides are at most `WORK`."""
    return -(-max(height, width) // WORK)


def most(plane: Grey, factor: int) -> Grey:
    """The largest value under each small pixel, (h, w) -> (h', w')."""
    if factor == 1:
        return plane
    height, width = plane.shape
    block = np.ones((factor, factor), np.uint8)
    # Anchored so that a small pixel's block ends at the large pixel that is picked for it.
    spread = cv2.dilate(_padded(plane, factor), block, anchor=(factor - 1, factor - 1))
    small = spread[factor - 1 :: factor, factor - 1 :: factor]
    return np.ascontiguousarray(small[: -(-height // factor), : -(-width // factor)])


def mean(pixels: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """The mean under each small pixel, (h, w, …) -> (h', w', …)."""
    if factor == 1:
        return pixels
    height, width = pixels.shape[:2]
    size = (-(-width // factor), -(-height // factor))
    return np.asarray(
        cv2.resize(_padded(pixels, factor), size, interpolation=cv2.INTER_AREA), np.uint8
    )


def strongest(pixels: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Of premultiplied BGRA the most opaque pixel under each small one, (h, w, 4) -> (h', w', 4).

    Other than a mean it keeps the colour of even the smallest dab.
    """
    if factor == 1:
        return pixels
    height, width = pixels.shape[:2]
    result = np.zeros((-(-height // factor), -(-width // factor), 4), np.uint8)
    rows_at_once = -(-STRIP // factor) * factor
    for top in range(0, height, rows_at_once):
        strip = pixels[top : top + rows_at_once]
        rows, columns = np.nonzero(strip[..., 3])
        found = strip[rows, columns]
        order = np.argsort(found[:, 3], kind="stable")  # of several, the last one stays
        result[(rows[order] + top) // factor, columns[order] // factor] = found[order]
    return result


def labels_of(regions: Regions, ink: Grey, factor: int, top: int, bottom: int) -> NDArray[np.int32]:
    """The areas' labels of some rows at full size, int32 (bottom - top, w).

    Args:
        ink: coverage by ink of the whole large picture.
        top, bottom: the rows, in large pixels.
    """
    if factor == 1:
        return regions.labels[top:bottom]
    margin = 4 * factor + 32  # the widest line that is looked through for its ridge
    first, last = max(0, top - margin) // factor * factor, min(len(ink), bottom + margin)
    small = slice(first // factor, -(-last // factor))
    width = ink.shape[1]
    coarse = _repeated(regions.labels[small], factor)[: last - first, :width]
    is_open = _repeated(regions.open[small], factor)[: last - first, :width]
    labels = np.where(is_open, coarse, 0).astype(np.int32)
    kernels.extend(labels, np.ascontiguousarray(ink[first:last]))
    labels = np.where(labels > 0, labels, coarse)
    return np.ascontiguousarray(labels[top - first : bottom - first])


def colours_of(
    colours: NDArray[np.uint8],
    regions: Regions,
    labels: NDArray[np.int32],
    factor: int,
    top: int,
) -> NDArray[np.uint8]:
    """Colours of some rows at full size from those of the small picture, (h, w, 3).

    Args:
        labels: of these rows, from `labels_of`.
        top: the first of the rows.
    """
    if factor == 1:
        return colours[top : top + len(labels)]
    return kernels.enlarge(labels, regions.labels, colours, factor, top, 0)


def _padded(pixels: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    below, right = -height % factor, -width % factor
    if not below and not right:
        return pixels
    made = cv2.copyMakeBorder(pixels, 0, below, 0, right, cv2.BORDER_REPLICATE)
    return np.asarray(made, np.uint8)


def _repeated(plane: NDArray[Any], factor: int) -> NDArray[Any]:
    return plane.repeat(factor, axis=0).repeat(factor, axis=1)
