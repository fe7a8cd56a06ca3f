# SPDX-License-Identifier: GPL-3.0-or-later
"""The rough drawing of a clean scene: passes, searching and construction lines, hatching, fills.

Imports numpy, cv2 and train.data.lines.
"""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from train.data.lines.kernels import Hand, draw_over, draw_strokes, smooth_curve
from train.data.lines.media import Medium, Noise, to_picture
from train.data.lines.scenes import STEP, Scene, Stroke

_LAYERS = 4
"""Passes in different layers darken each other where they cross."""


def draw_rough(
    scene: Scene, rng: np.random.Generator, noise: Noise, mess: float | None = None
) -> NDArray[np.uint8]:
    """The scene as a rough drawing, uint8 (size, size).

    Args:
        mess: 0 = one firm pass .. 1 = up to five, far apart; None draws it.
    """
    mess = float(rng.random()) if mess is None else mess
    medium = cast(Medium, rng.choice(["screen", "screen", "screen", "pencil", "pencil", "pen"]))
    size = scene.size
    layers = np.zeros((_LAYERS, size, size), np.float32)
    tone = np.zeros((size, size), np.float32)
    hand = _hand(scene, medium, mess, rng)
    _strokes(layers, scene.strokes, scene.strengths, hand, rng)
    if mess > 0.3 and rng.random() < 0.6:
        searching = hand._replace(
            amount=1.8 * hand.amount,
            passes_low=1,
            passes_high=2,
            piece_low=60.0,
            piece_high=250.0,
            overshoot=18.0,
            opacity=hand.opacity * rng.uniform(0.2, 0.45),
            straighten=0.6,
        )
        _strokes(layers, scene.strokes, scene.strengths, searching, rng)
    light = hand._replace(
        amount=1.5, passes_low=1, passes_high=1, opacity=hand.opacity * rng.uniform(0.2, 0.45)
    )
    if rng.random() < 0.15 + 0.4 * mess:
        _strokes(layers, _construction(scene, rng), None, light, rng)
    if noise.tone and rng.random() < 0.35:
        faint = light._replace(
            opacity=hand.opacity * rng.uniform(0.3, 0.65), radius=0.7 * hand.radius
        )
        _strokes(layers, _hatching(scene, rng), None, faint, rng)
    ink = 1 - np.prod(1 - layers, 0, dtype=np.float32)
    for i in scene.fills:
        cv2.fillPoly(ink, [_fixed(scene.strokes[i])], float(hand.opacity), cv2.LINE_AA, 4)
    if noise.tone and rng.random() < 0.35:
        tone = _wash(scene, rng)
    return to_picture(ink, tone, medium, noise, rng)


def _hand(scene: Scene, medium: Medium, mess: float, rng: np.random.Generator) -> Hand:
    passes = (1, 1) if mess < 0.3 else (1, 3) if mess < 0.65 else (2, 5)
    radius = float(scene.widths.mean()) if len(scene.widths) else 1.0
    # Many passes find the line together; a single one has to be near it.
    amount = 0.3 + mess * (1.2 if passes[1] == 1 else 3.2)
    shortest = float(rng.choice([40, 90, 400]))
    return Hand(
        amount=amount * (0.6 + 0.4 * radius),
        passes_low=passes[0],
        passes_high=passes[1],
        piece_low=shortest,
        piece_high=2.5 * shortest,
        overshoot=(1 + 9 * mess) * rng.uniform(0.3, 1.2),
        radius=radius * (1.0 if passes[1] == 1 else rng.uniform(0.6, 0.95)),
        opacity=float(rng.uniform(0.85, 1) if medium != "pencil" else rng.uniform(0.5, 0.95)),
        taper=float(rng.uniform(0.1, 0.8)),
        unevenness=float(rng.uniform(0.0, 0.3) if medium == "screen" else rng.uniform(0.2, 0.7)),
        straighten=0.4 * mess,
    )


def _strokes(
    layers: NDArray[np.float32],
    strokes: tuple[Stroke, ...],
    strengths: NDArray[np.float64] | None,
    hand: Hand,
    rng: np.random.Generator,
) -> None:
    if not strokes:
        return
    offsets = np.cumsum([0, *(len(stroke) for stroke in strokes)])
    even = np.ones(len(strokes)) if strengths is None else strengths
    passes = draw_over(np.concatenate(strokes), offsets, even, hand, rng)
    draw_strokes(layers, *passes)


def _construction(scene: Scene, rng: np.random.Generator) -> tuple[Stroke, ...]:
    """Rings around parts, axes and rules across the canvas."""
    lines = []
    for _ in range(rng.integers(1, 7)):
        if scene.strokes and rng.random() < 0.5:
            part = scene.strokes[rng.integers(len(scene.strokes))]
            centre, radius = part.mean(0), np.ptp(part, axis=0) / 2 + 4
            t = np.linspace(0, rng.uniform(6, 13), 40) + rng.uniform(0, 6)
            ring = np.c_[np.cos(t), np.sin(t)] * (1 + 0.06 * np.sin(t * 0.7))[:, None]
            lines.append(centre + radius * ring * rng.uniform(0.9, 1.15))
        else:
            lines.append(rng.uniform(0, scene.size, (2, 2)))
    return tuple(smooth_curve(line, STEP, 1.0) for line in lines)


def _hatching(scene: Scene, rng: np.random.Generator) -> tuple[Stroke, ...]:
    """Round patches of parallel lines."""
    lines = []
    for _ in range(rng.integers(1, 3)):
        centre = rng.uniform(0, scene.size, 2)
        if scene.strokes:
            part = scene.strokes[rng.integers(len(scene.strokes))]
            centre = part[rng.integers(len(part))]
        radius, angle = rng.uniform(12, 60), rng.uniform(0, np.pi)
        along = np.array([np.cos(angle), np.sin(angle)])
        across = np.array([-along[1], along[0]])
        for i in np.arange(-radius, radius, rng.uniform(2.5, 6)):
            half = np.sqrt(radius * radius - i * i) * rng.uniform(0.6, 1.1)
            bend = across * rng.normal() * 1.5
            middle = centre + across * i
            lines.append(np.array([middle - along * half, middle + bend, middle + along * half]))
    return tuple(smooth_curve(line, STEP, 1.0) for line in lines)


def _wash(scene: Scene, rng: np.random.Generator) -> NDArray[np.float32]:
    """Shading within some closed strokes or blobs, 0..1."""
    tone = np.zeros((scene.size, scene.size), np.float32)
    for _ in range(rng.integers(1, 5)):
        depth = float(rng.uniform(0.06, 0.4))
        if scene.strokes and rng.random() < 0.7:
            area = scene.strokes[rng.integers(len(scene.strokes))]
        else:
            t = np.linspace(0, 2 * np.pi, 12)[:, None]
            radius = rng.uniform(0.05, 0.3) * scene.size * rng.uniform(0.7, 1.3, (12, 1))
            area = rng.uniform(0, scene.size, 2) + radius * np.c_[np.cos(t), np.sin(t)]
        shift = rng.normal(size=2) * 3
        cv2.fillPoly(tone, [_fixed(area + shift)], depth, cv2.LINE_AA, 4)
    if rng.random() < 0.7:
        tone = cv2.GaussianBlur(tone, (0, 0), rng.uniform(0.8, 7))
    return np.asarray(tone, np.float32)


def _fixed(points: Stroke) -> NDArray[np.int32]:
    """Points as OpenCV wants them, with 4 bits behind the point."""
    return np.rint(points * 16).astype(np.int32)
