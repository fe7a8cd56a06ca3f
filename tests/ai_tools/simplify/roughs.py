# SPDX-License-Identifier: GPL-3.0-or-later
"""Small made-up pencil roughs with a known clean line, and how near a result comes to it.

The scores are those of Yan et al. 2020, "A Benchmark for Rough Sketch Cleanup".
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
SIZE = 360


@dataclass(frozen=True)
class Rough:
    """A rough drawing, dark on light, and the line that its artist meant (0 = ink)."""

    rough: Grey
    clean: Grey


def curves(size: int = SIZE) -> list[NDArray[np.float64]]:
    """The meant lines: a face-like oval, a wave, an S, and two straight strokes."""
    t = np.linspace(0, 1, 200)
    oval = np.stack([0.35 + 0.22 * np.cos(2 * np.pi * t), 0.4 + 0.28 * np.sin(2 * np.pi * t)], 1)
    wave = np.stack([0.1 + 0.8 * t, 0.85 + 0.05 * np.sin(9 * t)], 1)
    s = np.stack([0.78 + 0.09 * np.sin(6.3 * t), 0.1 + 0.65 * t], 1)
    brow = np.stack([0.24 + 0.1 * t, 0.33 - 0.02 * np.sin(np.pi * t)], 1)
    nose = np.stack([0.37 + 0.0 * t, 0.36 + 0.1 * t], 1)
    return [c * size for c in (oval, wave, s, brow, nose)]


def clean(lines: list[NDArray[np.float64]], size: int = SIZE, width: int = 3) -> Grey:
    """The meant lines as an even pen draws them."""
    picture = np.full((size, size), 255, np.uint8)
    for line in lines:
        _stroke(picture, line, 0, width)
    return picture


def rough(
    seed: int,
    size: int = SIZE,
    passes: int = 3,
    apart: float = 1.6,
    light: float = 0.35,
    construction: int = 6,
    noise: float = 5.0,
) -> Rough:
    """Search for the lines with a pencil, on paper, in bad light.

    Args:
        seed: of everything random.
        size: side in pixels.
        passes: how often each line is drawn over.
        apart: how far the passes stray, pixels (standard deviation).
        light: share of the light that is lost from one corner to the other.
        construction: number of faint straight lines.
        noise: grain of the paper, standard deviation in grey levels.
    """
    rng = np.random.default_rng(seed)
    lines = curves(size)
    ink = np.zeros((size, size), np.float32)
    for _ in range(construction):
        ends = rng.uniform(0, size, (2, 2))
        line = np.linspace(ends[0], ends[1], 100)
        ink = np.maximum(ink, _pencil(line, rng.uniform(0.12, 0.22), size, rng))
    for line in lines:
        for _ in range(passes):
            stray = _wander(len(line), 40, rng) * apart
            start = rng.integers(0, len(line) // 10)
            stop = len(line) - rng.integers(0, len(line) // 10)
            stroke = (line + stray)[start:stop]
            ink = np.maximum(ink, _pencil(stroke, rng.uniform(0.6, 0.85), size, rng))
    y, x = np.mgrid[:size, :size] / size
    paper = 235 * (1 - light * (x + y) / 2)
    picture = paper * (1 - ink) + rng.normal(0, noise, (size, size))
    return Rough(np.clip(picture, 0, 255).astype(np.uint8), clean(lines, size))


def f_score(result: Grey, target: Grey, tolerance: float = 0.006) -> float:
    """Harmonic mean of precision and recall of ink pixels.

    Args:
        result, target: 0 = ink; ink is what is darker than a quarter.
        tolerance: how far a pixel may lie from the other's ink, share of the long side.
    """
    to_target, to_result = _distances(result, target)
    reach = tolerance * max(target.shape)
    if not len(to_target) or not len(to_result):
        return 0.0
    precision, recall = (to_target <= reach).mean(), (to_result <= reach).mean()
    return float(2 * precision * recall / max(precision + recall, 1e-9))


def chamfer(result: Grey, target: Grey) -> float:
    """Mean distance of ink to the other's ink, both ways, share of the long side."""
    to_target, to_result = _distances(result, target)
    if not len(to_target) or not len(to_result):
        return 1.0
    return float((to_target.mean() + to_result.mean()) / 2 / max(target.shape))


def _distances(result: Grey, target: Grey) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    a, b = result < 191, target < 191
    far_a = cv2.distanceTransform((~a).astype(np.uint8), cv2.DIST_L2, 5)
    far_b = cv2.distanceTransform((~b).astype(np.uint8), cv2.DIST_L2, 5)
    return far_b[a], far_a[b]


def _wander(count: int, smooth: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """A slow random drift (count, 2) with standard deviation 1."""
    raw = rng.normal(size=(count + 200, 2))
    kernel = cv2.getGaussianKernel(201, smooth / 2)[:, 0]
    drift = np.stack([np.convolve(raw[:, k], kernel, "valid") for k in range(2)], axis=1)
    return drift[:count] / np.sqrt((kernel**2).sum())


def _stroke(picture: NDArray[np.uint8], line: NDArray[np.float64], value: int, width: int) -> None:
    points = np.round(line * 16).astype(np.int32)[:, None]
    cv2.polylines(picture, [points], False, value, width, cv2.LINE_AA, 4)


def _pencil(
    line: NDArray[np.float64], dark: float, size: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """One pencil stroke: uneven pressure and the grain of the paper."""
    mark = np.zeros((size, size), np.uint8)
    _stroke(mark, line, 255, 2)
    grain = rng.normal(0.8, 0.25, (size, size)).astype(np.float32)
    grain = cv2.GaussianBlur(grain, (0, 0), 0.7)
    return (mark / 255 * dark * np.clip(grain, 0, 1)).astype(np.float32)
