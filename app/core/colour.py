# SPDX-License-Identifier: GPL-3.0-or-later
"""Colour spaces for choosing colours: sRGB, HSV and OKLCH; and hex notation. Imports numpy only.

OKLab and its polar form OKLCH: B. Ottosson, "A perceptual color space for image processing"
(2020), https://bottosson.github.io/posts/oklab/. Matrices are the ones of that page.

All array functions take any shape (..., 3) and work in float64. sRGB values are 0..1.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Rgb = tuple[int, int, int]

MAX_CHROMA = 0.33
"""No sRGB colour has a larger OKLCH chroma (the largest is that of #ff00ff, about 0.3225)."""

_RGB_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LMS_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_LAB_TO_LMS = np.linalg.inv(_LMS_TO_LAB)
_LMS_TO_RGB = np.linalg.inv(_RGB_TO_LMS)


def to_linear(srgb: ArrayLike) -> Floats:
    """sRGB (IEC 61966-2-1) to linear light; the curve is mirrored below zero."""
    v = np.asarray(srgb, np.float64)
    a = np.abs(v)
    return np.sign(v) * np.where(a <= 0.04045, a / 12.92, ((a + 0.055) / 1.055) ** 2.4)


def from_linear(linear: ArrayLike) -> Floats:
    """Linear light to sRGB; inverse of `to_linear`."""
    v = np.asarray(linear, np.float64)
    a = np.abs(v)
    return np.sign(v) * np.where(a <= 0.0031308, a * 12.92, 1.055 * a ** (1 / 2.4) - 0.055)


def rgb_to_oklab(rgb: ArrayLike) -> Floats:
    """sRGB to OKLab: lightness 0..1, a (green to red), b (blue to yellow)."""
    return np.cbrt(to_linear(rgb) @ _RGB_TO_LMS.T) @ _LMS_TO_LAB.T


def oklab_to_rgb(lab: ArrayLike) -> Floats:
    """OKLab to sRGB. Values outside 0..1 mean that sRGB lacks the colour."""
    return from_linear((np.asarray(lab, np.float64) @ _LAB_TO_LMS.T) ** 3 @ _LMS_TO_RGB.T)


def rgb_to_oklch(rgb: ArrayLike) -> Floats:
    """sRGB to OKLCH: lightness 0..1, chroma 0..MAX_CHROMA, hue in degrees 0..360."""
    lab = rgb_to_oklab(rgb)
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    hue = np.degrees(np.arctan2(lab[..., 2], lab[..., 1])) % 360.0
    return np.stack([lab[..., 0], chroma, hue], axis=-1)


def oklch_to_rgb(lch: ArrayLike) -> Floats:
    """OKLCH to sRGB. Values outside 0..1 mean that sRGB lacks the colour."""
    v = np.asarray(lch, np.float64)
    angle = np.radians(v[..., 2])
    a, b = v[..., 1] * np.cos(angle), v[..., 1] * np.sin(angle)
    return oklab_to_rgb(np.stack([v[..., 0], a, b], axis=-1))


def in_gamut(rgb: ArrayLike, slack: float = 1e-4) -> NDArray[np.bool_]:
    """Whether sRGB values can be shown: all within 0..1, give or take `slack`."""
    v = np.asarray(rgb, np.float64)
    return np.all((v >= -slack) & (v <= 1 + slack), axis=-1)


def fitted_oklch(lch: ArrayLike) -> Floats:
    """The colour of the same lightness and hue with the most chroma that sRGB can show.

    A colour that sRGB can show comes back as it is. Lightness is clamped to 0..1.
    """
    v = np.array(lch, np.float64)
    v[..., 0] = np.clip(v[..., 0], 0.0, 1.0)
    low, high = np.zeros_like(v[..., 1]), v[..., 1].copy()
    fits = in_gamut(oklch_to_rgb(v))
    for _ in range(20):  # chroma to a millionth: finer than 8 bits can tell
        middle = (low + high) / 2
        inside = in_gamut(oklch_to_rgb(np.stack([v[..., 0], middle, v[..., 2]], axis=-1)))
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    v[..., 1] = np.where(fits, v[..., 1], low)
    return v


def hsv_to_rgb(hsv: ArrayLike) -> Floats:
    """HSV, all 0..1 (hue in turns), to sRGB."""
    v = np.asarray(hsv, np.float64)
    hue = hue_to_rgb(v[..., 0])
    saturation, value = v[..., 1, None], v[..., 2, None]
    return value * (1.0 - saturation * (1.0 - hue))


def hue_to_rgb(hue: ArrayLike) -> Floats:
    """The full colour (saturation and value 1) of hues in turns 0..1; adds an axis of 3."""
    turns = np.asarray(hue, np.float64)[..., None] * 6.0
    distance = np.abs((turns - np.array([0.0, 2.0, 4.0]) + 3.0) % 6.0 - 3.0)
    return np.clip(2.0 - distance, 0.0, 1.0)


def rgb_to_hsv(rgb: ArrayLike) -> Floats:
    """sRGB to HSV, all 0..1. Greys have hue 0, black has saturation 0."""
    v = np.asarray(rgb, np.float64)
    high, low = v.max(axis=-1), v.min(axis=-1)
    spread = high - low
    safe = np.where(spread > 0, spread, 1.0)
    r, g, b = v[..., 0], v[..., 1], v[..., 2]
    sector = np.where(
        high == r, (g - b) / safe % 6.0, np.where(high == g, (b - r) / safe + 2, (r - g) / safe + 4)
    )
    hue = np.where(spread > 0, sector / 6.0, 0.0)
    saturation = np.where(high > 0, spread / np.where(high > 0, high, 1.0), 0.0)
    return np.stack([hue, saturation, high], axis=-1)


def to_bytes(rgb: ArrayLike) -> Rgb:
    """One sRGB colour as three rounded bytes, clipped to 0..255."""
    r, g, b = np.rint(np.clip(np.asarray(rgb, np.float64), 0.0, 1.0) * 255).astype(int).tolist()
    return (r, g, b)


def from_bytes(rgb: Rgb) -> Floats:
    """Three bytes as sRGB values 0..1."""
    return np.array(rgb, np.float64) / 255.0


def to_hex(rgb: Rgb) -> str:
    """ "#rrggbb" of three bytes."""
    return "#{:02x}{:02x}{:02x}".format(*rgb)


def from_hex(text: str) -> Rgb:
    """Three bytes from "#rrggbb", "rrggbb", "#rgb" or "rgb", in either case.

    Raises:
        ValueError: the text is none of these.
    """
    digits = text.strip().removeprefix("#")
    if re.fullmatch(r"[0-9a-fA-F]{3}", digits):
        digits = "".join(c * 2 for c in digits)
    if not re.fullmatch(r"[0-9a-fA-F]{6}", digits):
        raise ValueError(f"{text!r} is no colour like #d04a2b")
    return (int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16))
