# SPDX-License-Identifier: GPL-3.0-or-later
"""From ink to a picture: grain, smudge, tone, paper, light, scanning.  Imports numpy and cv2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
Medium = Literal["screen", "pencil", "pen"]

_LUMA = np.array([0.299, 0.587, 0.114])

_GROUNDS = np.array(
    [
        [[255, 255, 255], [20, 20, 20]],
        [[255, 255, 255], [90, 90, 90]],
        [[238, 203, 180], [62, 84, 112]],  # peach with slate blue
        [[238, 203, 180], [110, 105, 120]],
        [[143, 205, 50], [20, 60, 10]],  # green
        [[150, 158, 165], [25, 25, 30]],  # grey
        [[203, 203, 203], [40, 40, 40]],
        [[222, 233, 243], [70, 95, 130]],  # pale blue
        [[192, 200, 212], [75, 90, 125]],
        [[255, 255, 255], [130, 40, 50]],  # red on white
        [[250, 245, 230], [60, 50, 45]],  # cream
    ],
    float,
)
"""Ground and ink of drawing programs, RGB."""


@dataclass(frozen=True, kw_only=True)
class Noise:
    """What is done to pictures; the rows of the ablation switch these off."""

    tone: bool = True
    """Shading, wash, hatching, coloured ground, uneven light."""
    slur: bool = True
    """Smudges and blur."""
    grain: bool = True
    """Paper, pencil grain, noise, compression."""


def to_picture(
    ink: Plane, tone: Plane, medium: Medium, noise: Noise, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """The drawing as a scan or a screen shows it, uint8 (h, w), 255 = white.

    Args:
        ink: coverage of the lines, 0..1 (h, w).
        tone: coverage of shading, 0..1 (h, w).
    """
    ink = ink.copy()
    if medium == "pencil" and noise.grain:
        ink *= _tooth(ink.shape, rng)
    if medium == "screen" and rng.random() < 0.35:
        ink = np.clip((ink - 0.5) * rng.uniform(2, 8) + 0.5, 0, 1)  # hard, stepped edges
    if noise.slur and medium == "pencil" and rng.random() < 0.35:
        ink = _smudged(ink, rng)
    ground, dark = _tones(medium, noise, rng)
    light = np.full(ink.shape, ground, np.float32)
    if noise.tone:
        light *= 1 - tone
        if medium != "screen":
            light *= _lighting(ink.shape, rng)
        if rng.random() < 0.2:
            light = _patched(light, rng)
    if noise.grain and medium != "screen":
        fibre = _blurred(rng.standard_normal(ink.shape, np.float32), rng.uniform(0.5, 1.5))
        light *= 1 + fibre * rng.choice([0, 0.02, 0.06])
        if rng.random() < 0.06:
            light = _ruled(light, rng)
    picture = light + (np.minimum(dark, light) - light) * ink
    return _scanned(picture.astype(np.float32), medium, noise, rng)


def _tones(medium: Medium, noise: Noise, rng: np.random.Generator) -> tuple[float, float]:
    """Grey of the ground and of full ink, 0..1."""
    if not noise.tone:
        return 1.0, 0.0
    if medium == "screen":
        ground, dark = _GROUNDS[rng.integers(len(_GROUNDS))] / 255 @ _LUMA
        ground = float(np.clip(ground + rng.normal() * 0.03, 0.35, 1))
        return ground, float(np.clip(dark + rng.normal() * 0.06, 0, 0.6 * ground))
    ground = float(rng.uniform(0.65, 1.0)) if rng.random() < 0.6 else 1.0
    return ground, ground * float(rng.uniform(0, 0.35))


def _blurred(plane: Plane, sigma: float) -> Plane:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma), np.float32)


def _tooth(shape: tuple[int, ...], rng: np.random.Generator) -> Plane:
    """What the paper's tooth takes from a pencil, a factor 0..1.2."""
    grain = _blurred(rng.standard_normal(shape, np.float32), rng.uniform(0.5, 1.0))
    grain /= max(float(grain.std()), 1e-6)
    depth = rng.choice([0.1, 0.2, 0.35, 0.5])
    return np.clip(1 - depth * (grain + 0.5), 0, 1.2).astype(np.float32)


def _smudged(ink: Plane, rng: np.random.Generator) -> Plane:
    """Rubbed in one direction within a soft spot."""
    size = int(rng.choice([7, 13, 21]))
    kernel = np.zeros((size, size), np.float32)
    kernel[size // 2] = 1 / size
    middle = (size / 2 - 0.5, size / 2 - 0.5)
    kernel = cv2.warpAffine(
        kernel, cv2.getRotationMatrix2D(middle, rng.uniform(0, 180), 1), (size, size)
    )
    spot = _spot(ink.shape, rng) * np.float32(rng.uniform(0.3, 0.9))
    smeared = cv2.filter2D(ink, -1, kernel / max(float(kernel.sum()), 1e-6))
    return np.maximum(ink * (1 - 0.3 * spot), ink * (1 - spot) + smeared * spot)


def _spot(shape: tuple[int, ...], rng: np.random.Generator) -> Plane:
    """A soft blob somewhere, 0..1."""
    height, width = shape
    spot = np.zeros((height // 8 + 1, width // 8 + 1), np.float32)
    centre = (int(rng.integers(spot.shape[1])), int(rng.integers(spot.shape[0])))
    radius = max(2, int(rng.uniform(0.1, 0.5) * spot.shape[0]))
    cv2.circle(spot, centre, radius, 1.0, -1)
    return cv2.resize(_blurred(spot, 0.3 * radius), (width, height))


def _lighting(shape: tuple[int, ...], rng: np.random.Generator) -> Plane:
    """Uneven light over the sheet, a factor about 0.75..1."""
    height, width = shape
    coarse = _blurred(rng.standard_normal((12, 12), np.float32), 2.0)
    cloud = cv2.resize(coarse, (width, height)) * rng.choice([0, 0.08, 0.18])
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / max(height, width)
    ramp = rng.uniform(0, 0.2) * (x * np.cos(angle) + y * np.sin(angle))
    return np.clip(1 + cloud + ramp - max(float(ramp.max()), 0), 0.55, 1).astype(np.float32)


def _patched(light: Plane, rng: np.random.Generator) -> Plane:
    """Flat colour laid in: an area of another tone with a hard edge, which is no line."""
    height, width = light.shape
    corners = rng.uniform(-0.2, 1.2, (rng.integers(3, 7), 2)) * [width, height]
    mask = np.zeros(light.shape, np.float32)
    hull = cv2.convexHull(np.rint(corners * 16).astype(np.int32))
    cv2.fillPoly(mask, [hull], 1.0, cv2.LINE_AA, 4)
    return np.clip(light * (1 + mask * np.float32(rng.uniform(-0.25, 0.3))), 0, 1)


def _ruled(light: Plane, rng: np.random.Generator) -> Plane:
    """Squared or lined paper."""
    ruled = light.copy()
    gap, start = int(rng.integers(12, 40)), rng.integers(0, 12)
    factor = np.float32(rng.uniform(0.8, 0.93))
    ruled[start::gap] *= factor
    if rng.random() < 0.6:
        ruled[:, start::gap] *= factor
    return ruled


def _scanned(
    picture: Plane, medium: Medium, noise: Noise, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Blur, noise and compression of the camera, the scanner or the file."""
    if noise.slur and rng.random() < (0.3 if medium == "screen" else 0.75):
        picture = _blurred(picture, rng.uniform(0.3, 1.0 if medium == "screen" else 1.2))
    if noise.grain and medium != "screen":
        picture = picture + rng.standard_normal(picture.shape, np.float32) * np.float32(
            rng.choice([0, 0.01, 0.02, 0.04])
        )
    grey = np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)
    if noise.grain and rng.random() < 0.35:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 92))]
        data = cv2.imencode(".jpg", grey, quality)[1]
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)
    return grey
