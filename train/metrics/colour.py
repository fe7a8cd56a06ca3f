# SPDX-License-Identifier: GPL-3.0-or-later
"""How well a picture was coloured: hints obeyed, regions respected, the rest kept.  Imports numpy.

Pictures are RGB uint8 (h, w, 3), sRGB under D65.  The colour difference is CIEDE2000 as of Sharma,
Wu and Dalal, "The CIEDE2000 color-difference formula: implementation notes" (2005).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Plane = NDArray[np.float64]

_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_WHITE = _TO_XYZ.sum(1)


def to_lab(rgb: NDArray[np.uint8] | Plane) -> Plane:
    """CIELAB (..., 3), L 0..100, of sRGB (..., 3) 0..255; white is 100, 0, 0."""
    value = np.asarray(rgb, np.float64) / 255
    linear = np.where(value > 0.04045, ((value + 0.055) / 1.055) ** 2.4, value / 12.92)
    ratio = linear @ _TO_XYZ.T / _WHITE
    f = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def ciede2000(first: Plane, second: Plane) -> Plane:
    """Colour difference (...) of CIELAB colours (..., 3); 1 is about the least that is seen."""
    l1, a1, b1 = (np.asarray(first, np.float64)[..., i] for i in range(3))
    l2, a2, b2 = (np.asarray(second, np.float64)[..., i] for i in range(3))
    mean = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1 + 0.5 * (1 - np.sqrt(mean**7 / (mean**7 + 25.0**7)))
    c1, c2 = np.hypot(stretch * a1, b1), np.hypot(stretch * a2, b2)
    h1 = np.degrees(np.arctan2(b1, stretch * a1)) % 360
    h2 = np.degrees(np.arctan2(b2, stretch * a2)) % 360
    grey = c1 * c2 == 0  # then there is no hue to differ in
    turn = np.where(grey, 0.0, (h2 - h1 + 180) % 360 - 180)
    # Opposite hues: the formula takes +180 where h2 > h1.
    turn = np.where((np.abs(h2 - h1) == 180) & ~grey, h2 - h1, turn)
    chroma = (c1 + c2) / 2
    light = (l1 + l2) / 2
    total = h1 + h2
    far = np.abs(h1 - h2) > 180
    hue = np.where(far, np.where(total < 360, total + 360, total - 360), total) / 2
    hue = np.where(grey, total, hue)
    wave = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    square = (light - 50) ** 2
    d_light = (l2 - l1) / (1 + 0.015 * square / np.sqrt(20 + square))
    d_chroma = (c2 - c1) / (1 + 0.045 * chroma)
    d_hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * chroma * wave)
    spread = 2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    rotation = -spread * np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    inner = d_light**2 + d_chroma**2 + d_hue**2 + rotation * d_chroma * d_hue
    return np.asarray(np.sqrt(np.maximum(inner, 0)))


def delta_e(first: Picture, second: Picture) -> Plane:
    """CIEDE2000 (h, w) of two pictures.

    Raises:
        ValueError: they differ in size.
    """
    _check(first, second)
    return ciede2000(to_lab(first), to_lab(second))


def hint_delta_e(
    painted: Picture,
    hint_rgb: Picture,
    hint_alpha: NDArray[np.uint8],
    ink: NDArray[np.float32] | None = None,
) -> float:
    """Mean CIEDE2000 between the painted and the hinted colours where alpha (h, w) is not 0.

    Args:
        ink: coverage 0..1 (h, w) of the lines; a hint's pixels on ink above 0.2 do not count, for
            no colour shows there.

    Returns:
        nan where nothing is hinted.
    """
    _check(painted, hint_rgb)
    place = hint_alpha > 0
    if ink is not None:
        place = place & (ink <= 0.2)
    if not place.any():
        return float("nan")
    return float(ciede2000(to_lab(painted[place]), to_lab(hint_rgb[place])).mean())


def bleed(
    painted: Picture,
    regions: NDArray[np.int32],
    colours: Picture,
    ink: NDArray[np.float32] | None = None,
    mask: NDArray[np.float32] | None = None,
    distinct: float = 10.0,
) -> float:
    """Share of pixels whose colour is nearer to a neighbouring region's than to their own's.

    Nearness is CIEDE2000, so a shade of the own colour is no bleeding as long as it stays nearest.

    Args:
        regions: number 0..n-1 (h, w) of each pixel's region.
        colours: wanted colour (n, 3) of each region.
        ink: coverage 0..1 (h, w); pixels above 0.2 do not count.
        mask: (h, w), only pixels above 0.5 count.
        distinct: neighbours whose colours differ by less than this are not told apart.

    Returns:
        0..1; nan where no region has a neighbour of another colour.
    """
    _check(painted, regions)
    lab = to_lab(painted)
    wanted = to_lab(colours)
    pairs = _neighbours(regions)
    pairs = pairs[ciede2000(wanted[pairs[:, 0]], wanted[pairs[:, 1]]) >= distinct]
    counts = np.ones(regions.shape, bool)
    if ink is not None:
        counts &= ink <= 0.2
    if mask is not None:
        counts &= mask > 0.5
    judged = counts & np.isin(regions, pairs)
    if not judged.any():
        return float("nan")
    order = np.flatnonzero(judged)
    order = order[np.argsort(regions.ravel()[order], kind="stable")]
    number = regions.ravel()[order]
    pixels = lab.reshape(-1, 3)[order]
    own = ciede2000(pixels, wanted[number])
    astray = np.zeros(len(order), bool)
    for region in np.unique(number):
        first, last = np.searchsorted(number, [region, region + 1])
        beside = np.concatenate([pairs[pairs[:, 0] == region, 1], pairs[pairs[:, 1] == region, 0]])
        for other in beside:
            away = ciede2000(pixels[first:last], wanted[other])
            astray[first:last] |= away < own[first:last]
    return float(astray.mean())


def _neighbours(regions: NDArray[np.int32]) -> NDArray[np.int32]:
    """Pairs (k, 2) of different regions that touch by an edge, smaller number first."""
    right = np.stack([regions[:, 1:].ravel(), regions[:, :-1].ravel()], 1)
    down = np.stack([regions[1:].ravel(), regions[:-1].ravel()], 1)
    pairs = np.concatenate([right, down])
    return np.unique(np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1), axis=0)


def psnr(first: Picture, second: Picture, where: NDArray[np.bool_] | None = None) -> float:
    """Peak signal-to-noise ratio in dB, peak 255; inf for equal pictures.

    Args:
        where: (h, w), only these pixels count.

    Returns:
        nan where no pixel counts.
    """
    _check(first, second)
    apart = (first.astype(np.float64) - second) ** 2
    if where is not None:
        apart = apart[where]
    if not apart.size:
        return float("nan")
    error = float(apart.mean())
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


@dataclass(frozen=True)
class Kept:
    """What became of the pixels that were not to be painted."""

    psnr: float
    """In dB; inf where all are as they were, nan where there are none."""
    exact: bool
    """Whether all are bit for bit as they were."""


def kept_exact(painted: Picture, before: Picture, mask: NDArray[np.float32]) -> Kept:
    """Compares the pixels whose mask (h, w) is 0 with what they were."""
    keep = np.asarray(mask) == 0
    value = psnr(painted, before, keep)
    return Kept(value, bool(np.array_equal(painted[keep], before[keep])))


def background_kept(
    painted: Picture,
    wanted: Picture,
    background: NDArray[np.bool_],
    ink: NDArray[np.float32] | None = None,
    tolerance: float = 5.0,
) -> float:
    """Share of a background's pixels (h, w) within `tolerance` CIEDE2000 of the wanted colours.

    One hint that floods the paper, as fills by propagation do, shows here.  `ink` as in `bleed`;
    nan where no pixel counts.
    """
    _check(painted, wanted)
    place = background if ink is None else background & (ink <= 0.2)
    if not place.any():
        return float("nan")
    apart = ciede2000(to_lab(painted[place]), to_lab(wanted[place]))
    return float((apart <= tolerance).mean())


def _check(first: NDArray[np.generic], second: NDArray[np.generic]) -> None:
    if first.shape[:2] != second.shape[:2]:
        raise ValueError(f"pictures of {first.shape[:2]} and {second.shape[:2]} do not match")
