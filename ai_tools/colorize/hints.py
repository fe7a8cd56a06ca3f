# SPDX-License-Identifier: GPL-3.0-or-later
"""What the artist's strokes of colour say: which colours, and which areas they mean.

numpy and OpenCV. Colours are compared in CIELAB (D65); a difference of about 2 is just visible.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ai_tools.colorize.regions import Regions

Rgb = NDArray[np.uint8]
Lab = NDArray[np.float32]

SEEN = 64
"""A stroke of at least this opacity, of 255, is a hint."""

ALIKE = 6.0
"""CIELAB distance below which two colours of hints are one."""

MAX_COLOURS = 512
"""More different colours than this are an opaque picture, no hints; the rest joins the nearest."""

SLIP_SHARE = 0.2
"""A stroke that has less of itself than this in an area has only slipped over the line, if it
also covers next to nothing of that area: less than `SLIP_COVER`."""

SLIP_COVER = 0.03


@dataclass(frozen=True, eq=False)
class Hints:
    """Coloured strokes.

    Attributes:
        at: int32 (h, w), index of the colour at each pixel, -1 where there is no hint.
        rgb: uint8 (n, 3), the colours.
        lab: float32 (n, 3), the same in CIELAB.
    """

    at: NDArray[np.int32]
    rgb: Rgb
    lab: Lab

    @property
    def any(self) -> bool:
        """Whether there is a hint at all."""
        return bool((self.at >= 0).any())


def to_lab(rgb: NDArray[np.uint8] | NDArray[np.float32]) -> Lab:
    """sRGB (h, w, 3), uint8 or float32 0..1, as CIELAB: lightness 0..100, a, b."""
    scaled = rgb.astype(np.float32) * np.float32(1 / 255) if rgb.dtype == np.uint8 else rgb
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(scaled), cv2.COLOR_RGB2Lab), np.float32)


def to_rgb(lab: Lab) -> Rgb:
    """CIELAB (h, w, 3) as sRGB uint8; what sRGB lacks is clipped."""
    rgb = cv2.cvtColor(np.ascontiguousarray(lab, np.float32), cv2.COLOR_Lab2RGB)
    return np.asarray(np.rint(np.clip(rgb, 0, 1) * 255), np.uint8)


def straight(pixels: NDArray[np.uint8]) -> tuple[Rgb, NDArray[np.uint8]]:
    """Premultiplied BGRA (h, w, 4) as sRGB (h, w, 3), black where clear, and alpha (h, w)."""
    alpha = pixels[..., 3]
    many = np.maximum(alpha, 1).astype(np.float32)[..., None]
    colour = pixels[..., 2::-1].astype(np.float32) * np.float32(255) / many
    return np.minimum(np.rint(colour), 255).astype(np.uint8), np.asarray(alpha)


def read(rgb: Rgb, alpha: NDArray[np.uint8]) -> Hints:
    """The hints on a layer.

    Colours that look alike become one, so that a textured or shaded stroke is one hint. Mixtures
    along the edge where strokes overlap belong to neither and are left out.

    Args:
        rgb: straight colours, (h, w, 3).
        alpha: (h, w).
    """
    hinted = alpha >= SEEN
    at = np.full(alpha.shape, -1, np.int32)
    if not hinted.any():
        return Hints(at, np.zeros((0, 3), np.uint8), np.zeros((0, 3), np.float32))
    colours = rgb[hinted]
    group, count = _groups(colours)
    at[hinted] = group
    at[_mixtures(at, count)] = -1
    kept, at[at >= 0] = np.unique(at[at >= 0], return_inverse=True)
    shown = at[hinted]
    medians = [np.median(colours[shown == k], axis=0) for k in range(len(kept))]
    palette = np.rint(np.array(medians)).astype(np.uint8).reshape(-1, 3)
    return Hints(at, palette, to_lab(palette[None])[0])


def without_slips(hints: Hints, regions: Regions) -> Hints:
    """The hints, less the ends of strokes that went a little over a line into another area."""
    if not hints.any:
        return hints
    at = hints.at.copy()
    stroke = np.zeros(at.shape, np.int32)
    count = 0
    for k in range(len(hints.rgb)):
        _, parts = cv2.connectedComponents((hints.at == k).astype(np.uint8), connectivity=8)
        inside = parts > 0
        stroke[inside] = parts[inside] + count
        count += int(parts.max())
    hinted = at >= 0
    key = stroke[hinted].astype(np.int64) * (regions.count + 1) + regions.labels[hinted]
    pairs, which, inside_pair = np.unique(key, return_inverse=True, return_counts=True)
    strokes, areas = pairs // (regions.count + 1), pairs % (regions.count + 1)
    share = inside_pair / np.bincount(stroke[hinted], minlength=count + 1)[strokes]
    cover = inside_pair / np.maximum(regions.area[areas], 1)
    slipped = (share < SLIP_SHARE) & (cover < SLIP_COVER)
    at[hinted] = np.where(slipped[which], -1, at[hinted])
    return Hints(at, hints.rgb, hints.lab)


def _groups(colours: Rgb) -> tuple[NDArray[np.int32], int]:
    """Number of the like colours that each of (n, 3) belongs to, the most frequent first."""
    coarse = (colours >> 3).astype(np.int32)
    key = (coarse[:, 0] << 10) | (coarse[:, 1] << 5) | coarse[:, 2]
    bins, which, sizes = np.unique(key, return_inverse=True, return_counts=True)
    means = np.stack(
        [np.bincount(which, colours[:, c].astype(np.float64)) / sizes for c in range(3)], axis=1
    )
    lab = to_lab((means[None] / 255).astype(np.float32))[0]
    group = np.full(len(bins), -1, np.int32)
    centres: list[NDArray[np.float32]] = []
    for i in np.argsort(-sizes, kind="stable"):
        away = np.linalg.norm(np.array(centres) - lab[i], axis=1) if centres else np.empty(0)
        if len(away) and (away.min() < ALIKE or len(centres) == MAX_COLOURS):
            group[i] = int(away.argmin())
        else:
            group[i] = len(centres)
            centres.append(lab[i])
    return group[which], len(centres)


def _mixtures(at: NDArray[np.int32], count: int) -> NDArray[np.bool_]:
    """Hint pixels of a colour that hardly any neighbour shares, among many other hints."""
    padded = np.pad(at, 1, constant_values=-1)
    same = np.zeros(at.shape, np.int8)
    other = np.zeros(at.shape, np.int8)
    height, width = at.shape
    if count > 1:
        for dy in range(3):
            for dx in range(3):
                beside = padded[dy : dy + height, dx : dx + width]
                same += beside == at
                other += (beside != at) & (beside >= 0)
    return np.asarray((at >= 0) & (same <= 3) & (other >= np.maximum(2 * same, 3)))
