# SPDX-License-Identifier: GPL-3.0-or-later
"""What a network shall say about a rough drawing, from its clean scene.  Imports numpy and cv2."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from train.data.lines.kernels import draw_strokes, find_crossings, nearest_lines
from train.data.lines.scenes import STEP, Scene

REACH = 8.0
"""Distances are truncated here, in pixels; geometry is known within."""

_HEAT = 1.5
"""Standard deviation of the spots on junctions and ends, in pixels."""

_MEETING = 4.0
"""An end nearer than this to another stroke is a junction."""


def importance(scene: Scene) -> NDArray[np.float64]:
    """Of each stroke (M,), 0..1: long and firm strokes count."""
    length = np.array([STEP * (len(stroke) - 1) for stroke in scene.strokes])
    firm = (scene.strengths - 0.65) / 0.35
    return 0.75 * np.minimum(length / (0.35 * scene.size), 1) + 0.25 * firm.clip(0, 1)


def kept(scene: Scene, degree: float) -> NDArray[np.bool_]:
    """Which strokes (M,) stay at a degree of simplification: 0 = all .. 1 = important ones."""
    if degree <= 0:
        return np.ones(len(scene.strokes), bool)
    return importance(scene) >= 0.5 * degree


def draw_clean(scene: Scene) -> NDArray[np.float32]:
    """Coverage of the clean lines and fills, 0..1 (size, size)."""
    layers = np.zeros((1, scene.size, scene.size), np.float32)
    if scene.strokes:
        radii = np.repeat(scene.widths, [len(stroke) for stroke in scene.strokes])
        points = np.column_stack([scene.points, radii, np.ones(len(radii))])
        draw_strokes(layers, points, scene.offsets)
    clean = layers[0]
    for i in scene.fills:
        corners = np.rint(scene.strokes[i] * 16).astype(np.int32)
        cv2.fillPoly(clean, [corners], 1.0, cv2.LINE_AA, 4)
    return clean


def draw_targets(scene: Scene, degree: float = 0.0) -> Mapping[str, NDArray[np.float32]]:
    """Maps (channels, size, size) float32 by head, as `ai_tools.nets.simplifier_light.HEADS` says.

    Besides: `near`, 1 where the geometry is known, within `REACH` of a line that stays; and
    `known`, 1 within `REACH` of any clean line, where `confidence` means something.
    """
    stays = kept(scene, degree)
    rest = scene.choose(stays)
    size = scene.size
    distance, direction, nearest = nearest_lines(rest.points, rest.offsets, size, size, REACH)
    _, _, any_line = nearest_lines(scene.points, scene.offsets, size, size, REACH)
    widths = np.append(rest.widths, 0)  # the last one serves -1
    junctions, ends = _keypoints(rest)
    maps = {
        "line": draw_clean(rest),
        "distance": distance,
        "half_width": widths[nearest],
        "junction": _heat(junctions, size),
        "end": _heat(ends, size),
        "confidence": np.append(stays, False)[any_line],
        "near": nearest >= 0,
        "known": any_line >= 0,
    }
    planes = {name: np.asarray(plane, np.float32)[None] for name, plane in maps.items()}
    return planes | {"orientation": direction}


def _keypoints(scene: Scene) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points (k, 2) where lines meet, and points where lines end."""
    if not scene.strokes:
        return np.zeros((0, 2)), np.zeros((0, 2))
    junctions, ends = [find_crossings(scene.points, scene.offsets)], [np.zeros((0, 2))]
    points = scene.points
    owner = np.repeat(np.arange(len(scene.strokes)), [len(s) for s in scene.strokes])
    for number, stroke in enumerate(scene.strokes):
        if np.hypot(*(stroke[0] - stroke[-1])) < _MEETING:
            continue  # closed
        for tip in (stroke[0], stroke[-1]):
            away = np.hypot(*(points - tip).T)
            away[owner == number] = np.inf
            (junctions if away.min() < _MEETING else ends).append(tip[None])
    return np.concatenate(junctions), np.concatenate(ends)


def _heat(spots: NDArray[np.float64], size: int) -> NDArray[np.float32]:
    """1 on the spots, falling off around them: (size, size)."""
    heat = np.zeros((size, size), np.float32)
    reach = 5
    for x, y in spots:
        x0, y0 = max(0, int(x) - reach), max(0, int(y) - reach)
        x1, y1 = min(size, int(x) + reach + 2), min(size, int(y) + reach + 2)
        if x0 >= x1 or y0 >= y1:
            continue
        dx, dy = np.arange(x0, x1) - x, np.arange(y0, y1) - y
        spot = np.exp(-(dx[None] ** 2 + dy[:, None] ** 2) / (2 * _HEAT**2))
        np.maximum(heat[y0:y1, x0:x1], spot, out=heat[y0:y1, x0:x1])
    return heat
