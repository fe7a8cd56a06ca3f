# SPDX-License-Identifier: GPL-3.0-or-later
"""The arithmetic of `dab_reference`, compiled. Imports numba and core.dab_reference's constants.

Importing this module takes half a second or, when nothing is cached yet, compiles for several:
only `core.dabs.warm_up` and `core.warm` do it, off the start path. The signatures are explicit,
so that after the import nothing is ever compiled while someone paints.

The inner loops run over contiguous row slices, in float32 throughout and without fast-math: so
they vectorise, and give the same bits as the reference wherever a tile happens to begin.

The cache watches this file only: whoever changes the dab table's columns has to touch it too.
"""

from __future__ import annotations

import math

import numpy as np
from numba import float32 as f4
from numba import float64, int64, njit, types, uint8, uint32

from app.core.dab_reference import (
    BELL,
    CEILING,
    COS,
    ERASE,
    FLOW,
    GRAIN_BIAS,
    GRAIN_FLOOR,
    GRAIN_GAIN,
    PAINT,
    RADIUS,
    SIN,
    STAMP_SIDE,
    STAMP_START,
    STEEPNESS,
    STRETCH,
    X,
    Y,
)
from app.core.tiles import TILE

_ZERO, _HALF, _ONE = np.float32(0), np.float32(0.5), np.float32(1)
_TWO, _THREE, _255 = np.float32(2), np.float32(3), np.float32(255)
_1, _2 = np.uint32(1), np.uint32(2)
_TINY = np.float32(1e-6)
# Pixel centres 0.5, 1.5, ...: loading them beats converting the loop's 64-bit counter, which
# AVX2 cannot do eight at a time.
_CENTRES = np.arange(TILE * 64, dtype=np.float32) + _HALF


def _read_only(dtype: types.Type, dims: int) -> types.Array:
    return types.Array(dtype, dims, "C", readonly=True)


_DABS = (
    f4[:, ::1],
    _read_only(f4, 2),
    float64,
    float64,
    types.UniTuple(int64, 4),
    _read_only(float64, 2),
)


@njit(inline="always")
def _clamp(value, low, high):  # type: ignore[no-untyped-def]
    return min(max(value, low), high)


@njit(inline="always")
def _rows(y, reach, dab, clip):  # type: ignore[no-untyped-def]
    """Rows that an ellipse of half-length `reach` (canvas pixels) can touch."""
    flat = 1.0 / (dab[STRETCH] * dab[STRETCH])
    half = reach * math.sqrt(dab[SIN] * dab[SIN] + dab[COS] * dab[COS] * flat)
    j0, j1 = int64(math.floor(y - half)) - 1, int64(math.ceil(y + half)) + 1
    return max(clip[1], j0), min(clip[3], j1)


@njit(inline="always")
def _columns(x, dy, reach, dab, clip):  # type: ignore[no-untyped-def]
    """Columns that it can touch in the row `dy` below its centre, in whole vectors of 8.

    The neighbours outside the outline are computed to no effect, which is cheaper than a
    remainder loop. The outline: a*dx^2 + 2*b*dx*dy + c*dy^2 = reach^2, a*c - b*b = stretch^2.
    """
    stretch2 = dab[STRETCH] * dab[STRETCH]
    a = dab[COS] * dab[COS] + dab[SIN] * dab[SIN] * stretch2
    b = dab[COS] * dab[SIN] * (1.0 - stretch2)
    chord = a * reach * reach - stretch2 * dy * dy
    if chord <= 0.0:
        return int64(0), int64(0)
    middle, half = x - b * dy / a, math.sqrt(chord) / a
    i0, i1 = (int64(math.floor(middle - half)) - 1) & ~7, (int64(math.ceil(middle + half)) + 8) & ~7
    return max(clip[0], i0), min(clip[2], i1)


@njit(inline="always")
def _disc_row(row, centres, x, dy, dab):  # type: ignore[no-untyped-def]
    """A round dab on no grain: the common case, worth a loop of its own."""
    radius, steepness, bell = f4(dab[RADIUS]), f4(dab[STEEPNESS]), f4(dab[BELL])
    ceiling, flow, rest = f4(dab[CEILING]), f4(dab[FLOW]), _ONE - f4(dab[BELL])
    dy2 = dy * dy
    for i in range(row.size):
        dx = centres[i] - x
        inside = radius - math.sqrt(dx * dx + dy2)
        t = _clamp((inside + _HALF) * steepness, _ZERO, _ONE)
        s = t * t * (_THREE - _TWO * t)
        speed = flow * s * (bell + rest * s)
        target = ceiling * _clamp(inside + _HALF, _ZERO, _ONE)
        row[i] += max(target - row[i], _ZERO) * speed


@njit(inline="always")
def _grainy_disc_row(row, heights, centres, x, dy, dab):  # type: ignore[no-untyped-def]
    radius, steepness, bell = f4(dab[RADIUS]), f4(dab[STEEPNESS]), f4(dab[BELL])
    ceiling, flow, rest = f4(dab[CEILING]), f4(dab[FLOW]), _ONE - f4(dab[BELL])
    gain, bias, floor = f4(dab[GRAIN_GAIN]), f4(dab[GRAIN_BIAS]), f4(dab[GRAIN_FLOOR])
    dy2 = dy * dy
    for i in range(row.size):
        dx = centres[i] - x
        inside = radius - math.sqrt(dx * dx + dy2)
        t = _clamp((inside + _HALF) * steepness, _ZERO, _ONE)
        s = t * t * (_THREE - _TWO * t)
        speed = flow * s * (bell + rest * s)
        target = ceiling * _clamp(inside + _HALF, _ZERO, _ONE)
        target *= min(max(heights[i] * gain + bias, floor), _ONE)
        row[i] += max(target - row[i], _ZERO) * speed


@njit(inline="always")
def _ellipse_row(row, heights, centres, x, dy, dab):  # type: ignore[no-untyped-def]
    radius, steepness, bell = f4(dab[RADIUS]), f4(dab[STEEPNESS]), f4(dab[BELL])
    ceiling, flow, rest = f4(dab[CEILING]), f4(dab[FLOW]), _ONE - f4(dab[BELL])
    gain, bias, floor = f4(dab[GRAIN_GAIN]), f4(dab[GRAIN_BIAS]), f4(dab[GRAIN_FLOOR])
    cos, sin, stretch = f4(dab[COS]), f4(dab[SIN]), f4(dab[STRETCH])
    uy, vy = dy * sin, dy * cos
    for i in range(row.size):
        dx = centres[i] - x
        u, v = dx * cos + uy, (vy - dx * sin) * stretch
        distance = math.sqrt(u * u + v * v)
        inside = radius - distance
        steep = v * stretch
        edge = inside * max(distance, _TINY) / max(math.sqrt(u * u + steep * steep), _TINY)
        edge += _HALF
        t = _clamp((inside + _HALF) * steepness, _ZERO, _ONE)
        s = t * t * (_THREE - _TWO * t)
        speed = flow * s * (bell + rest * s)
        target = ceiling * _clamp(edge, _ZERO, _ONE)
        target *= min(max(heights[i] * gain + bias, floor), _ONE)
        row[i] += max(target - row[i], _ZERO) * speed


@njit(types.void(*_DABS), nogil=True, cache=True)
def paint_dabs(wet, grain, ox, oy, clip, dabs):  # type: ignore[no-untyped-def]
    """See `dab_reference.paint_dabs`; `wet` is at most 16384 pixels wide."""
    for n in range(dabs.shape[0]):
        dab = dabs[n]
        x, y = f4(dab[X] - ox), f4(dab[Y] - oy)
        reach = dab[RADIUS] + 0.5 * dab[STRETCH] + 0.5
        grainless = dab[GRAIN_GAIN] == 0.0 and dab[GRAIN_BIAS] >= 1.0
        plain = grainless and dab[STRETCH] == 1.0
        j0, j1 = _rows(y, reach, dab, clip)
        for j in range(j0, j1):
            dy = _CENTRES[j] - y
            i0, i1 = _columns(x, dy, reach, dab, clip)
            if i0 >= i1:
                continue
            row, centres = wet[j, i0:i1], _CENTRES[i0:i1]
            if plain:
                _disc_row(row, centres, x, dy, dab)
            elif dab[STRETCH] == 1.0:
                _grainy_disc_row(row, grain[j, i0:i1], centres, x, dy, dab)
            else:
                _ellipse_row(row, grain[j, i0:i1], centres, x, dy, dab)


@njit(inline="always")
def _stamp_row(row, heights, packed, centres, x, dy, dab):  # type: ignore[no-untyped-def]
    # Unsigned, so that no code is spent on Python's negative indices.
    start, side = uint32(dab[STAMP_START]), uint32(dab[STAMP_SIDE])
    scale = f4(side / (2.0 * dab[RADIUS]))
    middle, last = f4(side * 0.5 + 0.5), f4(side + 1.0)
    ceiling, flow = f4(dab[CEILING]), f4(dab[FLOW])
    gain, bias, floor = f4(dab[GRAIN_GAIN]), f4(dab[GRAIN_BIAS]), f4(dab[GRAIN_FLOOR])
    cos, sin, stretch = f4(dab[COS]), f4(dab[SIN]), f4(dab[STRETCH])
    uy, vy = dy * sin, dy * cos
    for i in range(row.size):
        dx = centres[i] - x
        column = _clamp((dx * cos + uy) * scale + middle, _ZERO, last)
        line = _clamp((vy - dx * sin) * stretch * scale + middle, _ZERO, last)
        a, b = uint32(column), uint32(line)
        fx, fy = column - f4(a), line - f4(b)
        at = start + b * (side + _2) + a
        top = packed[at] + (packed[at + _1] - packed[at]) * fx
        at += side + _2
        bottom = packed[at] + (packed[at + _1] - packed[at]) * fx
        ink = top + (bottom - top) * fy
        target = ceiling * ink * min(max(heights[i] * gain + bias, floor), _ONE)
        row[i] += max(target - row[i], _ZERO) * flow


@njit(
    types.void(_read_only(f4, 1), *_DABS),
    nogil=True,
    cache=True,
)
def paint_stamps(packed, wet, grain, ox, oy, clip, dabs):  # type: ignore[no-untyped-def]
    """See `dab_reference.paint_stamps`."""
    for n in range(dabs.shape[0]):
        dab = dabs[n]
        x, y = f4(dab[X] - ox), f4(dab[Y] - oy)
        # The picture fills a disc; sampling spreads it by some of its own pixels.
        reach = dab[RADIUS] * (1.0 + 6.0 / dab[STAMP_SIDE]) + 1.0
        j0, j1 = _rows(y, reach, dab, clip)
        for j in range(j0, j1):
            dy = _CENTRES[j] - y
            i0, i1 = _columns(x, dy, reach, dab, clip)
            if i0 < i1:
                _stamp_row(wet[j, i0:i1], grain[j, i0:i1], packed, _CENTRES[i0:i1], x, dy, dab)


@njit(
    types.void(
        uint32[:, ::1],
        _read_only(uint32, 2),
        _read_only(f4, 2),
        _read_only(uint8, 2),
        types.UniTuple(int64, 4),
        types.UniTuple(int64, 3),
        float64,
        int64,
    ),
    nogil=True,
    cache=True,
)
def merge(out, below, wet, mask, box, colour, opacity, mode):  # type: ignore[no-untyped-def]
    """See `dab_reference.merge`."""
    x0, y0, x1, y1 = box
    red, green, blue = f4(colour[0]), f4(colour[1]), f4(colour[2])
    ceiling = f4(opacity)
    for y in range(y0, y1):
        target, source = out[y, x0:x1], below[y, x0:x1]
        covers, masks = wet[y, x0:x1], mask[y, x0:x1]
        for i in range(target.size):
            cover = covers[i] * ceiling * (f4(masks[i]) / _255)
            keep = _ONE - cover
            pixel = source[i]
            a = f4((pixel >> 24) & 255)
            r, g, b = f4((pixel >> 16) & 255), f4((pixel >> 8) & 255), f4(pixel & 255)
            if mode == PAINT:
                r, g, b = red * cover + r * keep, green * cover + g * keep, blue * cover + b * keep
                a = _255 * cover + a * keep
            elif mode == ERASE:
                r, g, b, a = r * keep, g * keep, b * keep, a * keep
            else:
                held = a / _255
                r = red * held * cover + r * keep
                g = green * held * cover + g * keep
                b = blue * held * cover + b * keep
            target[i] = (
                uint32(b + _HALF)
                | (uint32(g + _HALF) << 8)
                | (uint32(r + _HALF) << 16)
                | (uint32(a + _HALF) << 24)
            )
