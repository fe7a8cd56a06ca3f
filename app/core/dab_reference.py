# SPDX-License-Identifier: GPL-3.0-or-later
"""What a dab and a merge compute, in plain NumPy. Imports nothing of ours.

This is the definition. `dab_kernels` holds the same arithmetic, in the same order and in the same
float32, compiled; this module paints until that is loaded or where numba is missing, and the
tests hold the kernels against it.

A stroke is gathered in a WET buffer: one float32 coverage value 0..1 for each pixel. One dab
moves the coverage c towards the dab's ceiling at this pixel:

    c += max(0, ceiling * edge * grain - c) * flow * falloff

- `edge` is the dab's antialiased outline (1 inside, 0 outside, a one-pixel ramp between). It is
  part of the ceiling, so overlapping dabs do not make the outline of a hard stroke jagged.
- `falloff` is the soft profile. It sets the speed, so a soft brush builds up.
- `ceiling` is the dab's opacity: pressing lightly where it is already dark changes nothing.

Colour enters once, when the stroke is merged: that is the only rounding to 8 bits.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Bytes = NDArray[np.uint8]
Words = NDArray[np.uint32]
Box = tuple[int, int, int, int]

# Columns of the dab table (float64), one row for each dab.
(
    X,  # centre, canvas pixels, a multiple of 1/256: differences to any tile's origin are exact
    Y,
    RADIUS,  # along the long side, pixels, >= 0.5
    CEILING,  # 0..1
    FLOW,  # 0..1
    STEEPNESS,  # 1 / width of the falloff in pixels
    BELL,  # 1 = smooth step, 0 = its square, which is nearly a Gaussian
    COS,  # of the long side's angle; a disc has none: 1 and 0
    SIN,
    STRETCH,  # long side / short side
    GRAIN_GAIN,  # grain factor = clamp(height * gain + bias, floor, 1)
    GRAIN_BIAS,
    GRAIN_FLOOR,
    STAMP_START,  # first element of the stamp's level in the packed chain
    STAMP_SIDE,  # its side in pixels, border left out
    COLUMNS,
) = range(16)

PAINT, PAINT_ALPHA_LOCKED, ERASE = range(3)

_F = np.float32
_ZERO, _HALF, _ONE, _TWO, _THREE, _255 = _F(0), _F(0.5), _F(1), _F(2), _F(3), _F(255)
_TINY = _F(1e-6)


def paint_dabs(wet: Floats, grain: Floats, ox: float, oy: float, clip: Box, dabs: Doubles) -> None:
    """Add round dabs to a wet buffer, in order, in place.

    Args:
        wet: float32 (h, w) coverage 0..1.
        grain: float32 (h, w) heights under it, 0..1.
        ox, oy: canvas position of the buffer's top left pixel corner (whole numbers).
        clip: x0, y0, x1, y1 within the buffer; nothing outside changes.
        dabs: float64 (n, COLUMNS).
    """
    for dab in dabs:
        box = _reach(dab, ox, oy, clip)
        if box is None:
            continue
        rows, columns, u, v = box
        radius, stretch = _F(dab[RADIUS]), _F(dab[STRETCH])
        v = v * stretch
        square = u * u + v * v
        distance = np.sqrt(square)
        inside = radius - distance
        if stretch == _ONE:
            edge = inside + _HALF
        else:
            # Distance to the outline of an ellipse, to first order: value / |gradient|.
            steep = v * stretch
            slope = np.maximum(np.sqrt(u * u + steep * steep), _TINY)
            edge = inside * np.maximum(distance, _TINY) / slope + _HALF
        t = np.clip((inside + _HALF) * _F(dab[STEEPNESS]), _ZERO, _ONE)
        s = t * t * (_THREE - _TWO * t)
        bell = _F(dab[BELL])
        speed = _F(dab[FLOW]) * s * (bell + (_ONE - bell) * s)
        ceiling = _F(dab[CEILING]) * np.clip(edge, _ZERO, _ONE)
        _approach(wet[rows, columns], ceiling * _rubbed(grain[rows, columns], dab), speed)


def paint_stamps(
    packed: Floats, wet: Floats, grain: Floats, ox: float, oy: float, clip: Box, dabs: Doubles
) -> None:
    """Add dabs that print a picture; see `paint_dabs`. `packed` is `Stamp.packed`."""
    for dab in dabs:
        box = _reach(dab, ox, oy, clip)
        if box is None:
            continue
        rows, columns, u, v = box
        start, side = int(dab[STAMP_START]), int(dab[STAMP_SIDE])
        scale = _F(side / (2.0 * dab[RADIUS]))
        middle, last = _F(side * 0.5 + 0.5), _F(side + 1.0)
        column = np.clip(u * scale + middle, _ZERO, last)
        row = np.clip(v * _F(dab[STRETCH]) * scale + middle, _ZERO, last)
        i, j = column.astype(np.int32), row.astype(np.int32)
        fx, fy = column - i.astype(np.float32), row - j.astype(np.float32)
        at = start + j * (side + 2) + i
        top = packed[at] + (packed[at + 1] - packed[at]) * fx
        below = at + (side + 2)
        bottom = packed[below] + (packed[below + 1] - packed[below]) * fx
        ink = top + (bottom - top) * fy
        ceiling = _F(dab[CEILING]) * ink * _rubbed(grain[rows, columns], dab)
        _approach(wet[rows, columns], ceiling, _F(dab[FLOW]))


def _reach(
    dab: Doubles, ox: float, oy: float, clip: Box
) -> tuple[slice, slice, Floats, Floats] | None:
    """Rows and columns that the dab can touch, and its own coordinates u, v there."""
    x, y = dab[X] - ox, dab[Y] - oy
    # A stamp fills a disc; sampling spreads it by some of its own pixels.
    reach = dab[RADIUS] * (1.0 + (6.0 / dab[STAMP_SIDE] if dab[STAMP_SIDE] else 0.0)) + 1.0
    x0, y0 = max(clip[0], math.floor(x - reach)), max(clip[1], math.floor(y - reach))
    x1, y1 = min(clip[2], math.ceil(x + reach)), min(clip[3], math.ceil(y + reach))
    if x0 >= x1 or y0 >= y1:
        return None
    dx = (np.arange(x0, x1, dtype=np.float32) + _HALF) - _F(x)
    dy = ((np.arange(y0, y1, dtype=np.float32) + _HALF) - _F(y))[:, None]
    cos, sin = _F(dab[COS]), _F(dab[SIN])
    return slice(y0, y1), slice(x0, x1), dx * cos + dy * sin, dy * cos - dx * sin


def _rubbed(heights: Floats, dab: Doubles) -> Floats:
    """How much of the ceiling the grain lets through."""
    factor = heights * _F(dab[GRAIN_GAIN]) + _F(dab[GRAIN_BIAS])
    return np.minimum(np.maximum(factor, _F(dab[GRAIN_FLOOR])), _ONE)


def _approach(wet: Floats, ceiling: Floats, speed: Floats | np.float32) -> None:
    wet += np.maximum(ceiling - wet, _ZERO) * speed


def merge(
    out: Words,
    below: Words,
    wet: Floats,
    mask: Bytes,
    box: Box,
    colour: tuple[int, int, int],
    opacity: float,
    mode: int,
) -> None:
    """Lay a tile's wet paint over its pixels, rounding once; writes `out` inside `box` only.

    Args:
        out, below: uint32 (h, w) views of premultiplied BGRA bytes (little-endian machines).
        wet: float32 (h, w) coverage 0..1.
        mask: uint8 (h, w), the selection.
        box: x0, y0, x1, y1.
        colour: red, green, blue 0..255, not premultiplied.
        opacity: 0..1, scales the coverage.
        mode: PAINT (source-over), PAINT_ALPHA_LOCKED (source-atop), ERASE (destination-out).
    """
    x0, y0, x1, y1 = box
    part = np.s_[y0:y1, x0:x1]
    cover = wet[part] * _F(opacity) * (mask[part].astype(np.float32) / _255)
    keep = _ONE - cover
    pixels = below[part]
    alpha = (pixels >> np.uint32(24)).astype(np.float32)
    merged = np.zeros_like(pixels)
    for shift, value in zip((16, 8, 0, 24), (*colour, 255), strict=True):
        old = ((pixels >> np.uint32(shift)) & np.uint32(255)).astype(np.float32)
        if mode == PAINT:
            new = _F(value) * cover + old * keep
        elif mode == ERASE:
            new = old * keep
        elif shift == 24:
            new = old
        else:
            new = _F(value) * (alpha / _255) * cover + old * keep
        merged |= (new + _HALF).astype(np.uint32) << np.uint32(shift)
    out[part] = merged
