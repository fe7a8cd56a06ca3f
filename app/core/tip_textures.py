# SPDX-License-Identifier: GPL-3.0-or-later
"""Procedural paper grains and stamp pictures for brush tips. Imports core.tiles (TILE) only.

Everything is computed from a fixed seed, so a brush looks the same on every machine and in every
session, and no picture has to be shipped.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.core.tiles import TILE, Key

Floats = NDArray[np.floating]

# A grain repeats after this many pixels. Its patterns have no coarse features that would give
# the repetition away.
GRAIN_PERIOD = 2 * TILE
STAMP_SIDE = 256

FLAT = np.ones((TILE, TILE), np.float32)


class Grain:
    """A periodic height field, fixed to the canvas; 1 = takes paint first, 0 = last.

    The heights are spread evenly over 0..1: of all pixels, the fraction h is lower than h. A
    threshold therefore says directly how much of the paper is covered.
    """

    def __init__(self, heights: Floats, softness: float) -> None:
        # Range of heights over which a threshold runs from bare to covered.
        self.softness = softness
        # One contiguous array for each tile of the period: kernels need contiguous rows.
        self._tiles = {
            (tx, ty): np.ascontiguousarray(
                heights[ty * TILE : (ty + 1) * TILE, tx * TILE : (tx + 1) * TILE]
            )
            for ty in range(2)
            for tx in range(2)
        }

    def tile(self, key: Key) -> Floats:
        """Heights under the canvas tile `key`, float32 (256, 256)."""
        return self._tiles[key[0] % 2, key[1] % 2]


@lru_cache(maxsize=16)
def grain(name: str, scale: float = 1.0) -> Grain:
    """The grain called `name` ("paper", "rough", "canvas", "sponge").

    Args:
        scale: coarseness, 1 = normal.

    Raises:
        KeyError: no such grain.
    """
    makers = {
        "paper": (_paper, 0.9),
        "rough": (_rough, 0.6),
        "canvas": (_canvas, 1.2),
        "sponge": (_sponge, 0.5),
    }
    make, softness = makers[name]
    return Grain(_spread_evenly(make(scale)), softness)


def _noise(seed: int, wavelength: float, octaves: float, side: int = GRAIN_PERIOD) -> Floats:
    """Periodic noise whose features are about `wavelength` px, unit variance.

    The spectrum is white noise under a bell over the logarithm of the frequency, `octaves` wide.
    """
    white = np.random.default_rng(seed).standard_normal((side, side), np.float32)
    fy, fx = np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None, :]
    frequency = np.hypot(fx, fy)
    frequency[0, 0] = 1e-9
    bell = np.exp(-0.5 * (np.log2(frequency * wavelength) / octaves) ** 2).astype(np.float32)
    noise = np.fft.irfft2(np.fft.rfft2(white) * bell, s=(side, side))
    return (noise / noise.std()).astype(np.float32)


def _spread_evenly(field: Floats) -> Floats:
    """The field with its values replaced by their rank, 0..1, to a sixteen-bit precision."""
    low, high = float(field.min()), float(field.max())
    level = ((field - low) * (65535.0 / (high - low))).astype(np.uint16)
    share = np.bincount(level.ravel(), minlength=65536) / level.size
    return (np.cumsum(share) - 0.5 * share).astype(np.float32)[level]


def _paper(scale: float) -> Floats:
    return _noise(11, 2.4 * scale, 0.6) + 0.55 * _noise(12, 5.5 * scale, 0.6)


def _rough(scale: float) -> Floats:
    fine, tooth = _noise(21, 2.6 * scale, 0.6), _noise(22, 5.0 * scale, 0.7)
    return 0.6 * fine + tooth + 0.5 * _noise(23, 13 * scale, 0.7)


def _canvas(scale: float) -> Floats:
    threads = max(4, round(GRAIN_PERIOD / (5 * scale)) // 2 * 2)  # whole pairs fit the period
    turn = np.pi * threads / GRAIN_PERIOD
    y, x = np.mgrid[:GRAIN_PERIOD, :GRAIN_PERIOD].astype(np.float32)
    u = x * turn + 0.35 * _noise(31, 30 * scale, 0.6)
    v = y * turn + 0.35 * _noise(32, 30 * scale, 0.6)
    # Plain weave: where the warp dives, the weft is on top.
    warp, weft = np.abs(np.sin(u)), np.abs(np.sin(v))
    over = 0.5 + 0.5 * np.cos(u) * np.cos(v)
    weave = warp * over + weft * (1 - over)
    return (weave + 0.22 * _noise(33, 2.8 * scale, 0.6)).astype(np.float32)


def _sponge(scale: float) -> Floats:
    pores = np.minimum(_noise(41, 15 * scale, 0.8), 0.7 * _noise(42, 7 * scale, 0.7) + 0.6)
    return pores + 0.4 * _noise(43, 3 * scale, 0.6)


class Stamp:
    """A tip picture as a chain of halved sizes, so that small dabs do not alias.

    `packed` holds the levels one after the other as float32 coverage 0..1, each square with a
    border of one zero pixel on all sides, so that sampling needs no bounds checks.
    """

    def __init__(self, picture: Floats) -> None:
        levels, at = [], 0
        self.levels: list[tuple[int, int]] = []  # (start in `packed`, side without border)
        while picture.shape[0] >= 4:
            side = picture.shape[0]
            padded = np.pad(picture, 1)
            levels.append(padded.ravel())
            self.levels.append((at, side))
            at += padded.size
            picture = picture.reshape(side // 2, 2, side // 2, 2).mean(axis=(1, 3))
        # Sampling beside the last level's far corner reads one row and pixel more, times zero.
        levels.append(np.zeros(16, np.float32))
        self.packed = np.concatenate(levels).astype(np.float32)

    def level_for(self, diameter: NDArray[np.float64]) -> NDArray[np.int64]:
        """Index of the smallest level with at least as many pixels as the dab is wide."""
        finest = np.log2(STAMP_SIDE / np.maximum(diameter, 1.0))
        return np.clip(np.floor(finest), 0, len(self.levels) - 1).astype(np.int64)


@lru_cache(maxsize=8)
def stamp(name: str) -> Stamp:
    """The stamp called `name` ("bristle", "chalk", "sponge", "splatter").

    Raises:
        KeyError: no such stamp.
    """
    makers = {
        "bristle": _bristle,
        "chalk": _chalk,
        "sponge": _sponge_piece,
        "splatter": _splatter,
    }
    x, y = _plane()
    # Kernels only look inside the disc around the dab's centre.
    return Stamp(makers[name]() * _step(0.99 - np.hypot(x, y), 0.03))


@lru_cache(maxsize=1)
def _plane() -> tuple[Floats, Floats]:
    """x and y of the stamp's pixel centres, -1..1."""
    axis = ((np.arange(STAMP_SIDE, dtype=np.float32) + 0.5) / STAMP_SIDE) * 2 - 1
    x, y = np.meshgrid(axis, axis)
    return x, y


def _step(value: Floats, width: float) -> Floats:
    """0 below 0, 1 above `width`, smooth between."""
    t = np.clip(value / width, 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def _drop(picture: Floats, cx: float, cy: float, wide: float, high: float) -> tuple[Floats, Floats]:
    """The part of the stamp around an ellipse, and 1 at its centre falling to 0 at its outline."""

    def span(centre: float, half: float) -> slice:
        first = math.floor((centre - half + 1) * (STAMP_SIDE / 2))
        last = math.ceil((centre + half + 1) * (STAMP_SIDE / 2))
        return slice(max(first, 0), last)

    rows, columns = span(cy, high), span(cx, wide)
    x, y = _plane()
    inside = 1 - np.hypot((x[rows, columns] - cx) / wide, (y[rows, columns] - cy) / high)
    return picture[rows, columns], inside


def _bristle() -> Floats:
    """A flat brush seen head-on, moving along x: tufts side by side along y."""
    rng = np.random.default_rng(51)
    picture = np.zeros((STAMP_SIDE, STAMP_SIDE), np.float32)
    for _ in range(420):
        cy, cx = rng.uniform(-0.93, 0.93), rng.normal(0, 0.11)
        radius, ink = rng.uniform(0.010, 0.034), rng.uniform(0.35, 1.0) ** 0.5
        part, inside = _drop(picture, cx, cy, 1.8 * radius, radius)
        np.maximum(part, ink * _step(inside, 0.7), out=part)
    return picture


def _chalk() -> Floats:
    x, y = _plane()
    edge = 0.86 + 0.07 * _noise(61, 40, 0.9, STAMP_SIDE) - np.hypot(x, y)
    holes = _noise(62, 12, 0.8, STAMP_SIDE) + 0.8 * _noise(63, 5, 0.6, STAMP_SIDE)
    return _step(edge, 0.15) * _step(holes + 1.1, 1.8)


def _sponge_piece() -> Floats:
    x, y = _plane()
    edge = 0.74 + 0.12 * _noise(71, 70, 0.8, STAMP_SIDE) - np.hypot(x, y)
    pores = _noise(72, 34, 0.7, STAMP_SIDE) + 0.7 * _noise(73, 8, 0.6, STAMP_SIDE)
    return _step(edge, 0.35) * _step(pores, 0.9)


def _splatter() -> Floats:
    rng = np.random.default_rng(81)
    picture = np.zeros((STAMP_SIDE, STAMP_SIDE), np.float32)
    for _ in range(90):
        away, turn = abs(rng.normal(0, 0.42)), rng.uniform(0, 2 * np.pi)
        radius = 0.012 + 0.075 * rng.random() ** 4
        if away + radius > 0.96:
            continue
        part, inside = _drop(picture, away * np.cos(turn), away * np.sin(turn), radius, radius)
        np.maximum(part, _step(inside, 0.014 / radius), out=part)
    return picture
