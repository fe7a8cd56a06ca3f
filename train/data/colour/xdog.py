# SPDX-License-Identifier: GPL-3.0-or-later
"""Line drawings out of pictures: extended difference of Gaussians.  Imports numpy and cv2.

Source: Winnemöller, Kyprianidis and Olsen, XDoG (2012), with the settings of the published
PaintsTorch2 code; the local contrast, the soft edges and the removal of specks are ours, because a
user's lines are neither stepped nor specked, and a dark dress is not a line.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class LineStyle:
    """How lines are drawn.  Lengths in pixels."""

    sigma: float = 0.6
    """Of the finer blur: half the width of the lines that are seen."""
    ratio: float = 4.5
    """Coarser blur by finer blur."""
    gamma: float = 0.96
    """Weight of the coarser blur: the smaller, the fewer lines."""
    softness: float = 0.06
    """Range of differences over which ink fades; 0 = stepped edges."""
    thickness: float = 0.0
    """Ink added round the lines, 0..1 pixels."""
    specks: int = 12
    """Lines of fewer pixels are removed."""
    local: bool = True
    """Whether brightness is measured against the surroundings."""


PUBLISHED = LineStyle(sigma=0.3, gamma=0.95, softness=0.0, specks=0, local=False)
"""The published settings."""


def random_style(rng: np.random.Generator) -> LineStyle:
    """A style out of those that users' lines may have."""
    return LineStyle(
        sigma=float(rng.uniform(0.35, 0.8)),
        gamma=float(rng.uniform(0.935, 0.975)),
        softness=0.0 if rng.random() < 0.2 else float(rng.uniform(0.03, 0.1)),
        thickness=float(rng.uniform(0, 0.8)) if rng.random() < 0.5 else 0.0,
        specks=int(rng.integers(6, 22)),
    )


def xdog(grey: NDArray[np.uint8], style: LineStyle = LineStyle()) -> Plane:
    """Ink coverage 0..1 (h, w), 1 = ink, of the lines in a grey picture (h, w), 255 = white."""
    plane = grey.astype(np.float32) / 255
    if style.local:
        around = cv2.GaussianBlur(cv2.resize(plane, None, fx=0.25, fy=0.25), (0, 0), 3.5)
        around = cv2.resize(around, plane.shape[::-1])
        plane = np.clip(plane / (around + 0.06), 0, 1.05)
    fine = cv2.GaussianBlur(plane, (0, 0), style.sigma)
    difference = fine - style.gamma * cv2.GaussianBlur(plane, (0, 0), style.sigma * style.ratio)
    if style.softness:
        ink = np.clip(0.5 - difference / style.softness, 0, 1)
    else:
        ink = _stepped(difference)
    if style.thickness:
        wide = cv2.dilate(ink, cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)))
        ink = ink + (wide - ink) * np.float32(style.thickness)
    if style.specks:
        ink = without_specks(ink, style.specks)
    return np.asarray(ink, np.float32)


def _stepped(difference: Plane) -> Plane:
    """The published rule: tanh so steep that only the sign counts, then Otsu's threshold."""
    value = np.where(difference < -10, 1, 1 - np.tanh(1e9 * difference.astype(np.float64)))
    low, high = float(value.min()), float(value.max())
    scaled = np.rint(255 * (value - low) / max(high - low, 1e-9)).astype(np.uint8)
    _, ink = cv2.threshold(scaled, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return np.asarray(ink, np.float32)


def without_specks(ink: Plane, smallest: int) -> Plane:
    """Ink (h, w) less connected marks of fewer than `smallest` pixels above a third."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((ink > 0.3).astype(np.uint8), None)
    small = stats[:, cv2.CC_STAT_AREA] < smallest
    small[0] = False
    # The faint rim of a mark lies outside its component: all ink must lie near one that stays.
    kept = ((labels > 0) & ~small[labels]).astype(np.uint8)
    near = cv2.dilate(kept, np.ones((3, 3), np.uint8))
    return np.asarray(ink * near, np.float32)
