# SPDX-License-Identifier: GPL-3.0-or-later
"""Outlines that drawn things are made of, as points float64 (n, 2).  Imports numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Outline = NDArray[np.float64]

_TURN = np.linspace(0, 2 * np.pi, 36, endpoint=False)


def shifted(points: Outline, x: float, y: float) -> Outline:
    """Points (n, 2) or one point (2,) moved by x and y."""
    return np.asarray(points + np.array([x, y]))


def ellipse(x: float, y: float, wide: float, high: float, angle: float = 0.0) -> Outline:
    """Half axes `wide` and `high`, turned by `angle` radians."""
    return shifted(turned(np.stack([wide * np.cos(_TURN), high * np.sin(_TURN)], 1), angle), x, y)


def blob(
    x: float, y: float, wide: float, high: float, rng: np.random.Generator, rough: float = 0.25
) -> Outline:
    """An ellipse out of round."""
    radius = np.ones_like(_TURN)
    for wave in range(2, 6):
        radius += rng.normal() * rough / wave * np.cos(wave * _TURN + rng.uniform(0, 2 * np.pi))
    radius = np.maximum(radius, 0.3)
    points = np.stack([wide * radius * np.cos(_TURN), high * radius * np.sin(_TURN)], 1)
    return shifted(points, x, y)


def cloud(x: float, y: float, wide: float, high: float, bumps: int) -> Outline:
    """An ellipse with round bumps: clouds, crowns of trees, curls."""
    turn = np.linspace(0, 2 * np.pi, 10 * bumps, endpoint=False)
    radius = 0.8 + 0.25 * np.abs(np.sin(bumps * turn / 2))
    points = np.stack([wide * radius * np.cos(turn), high * radius * np.sin(turn)], 1)
    return shifted(points, x, y)


def limb(a: Outline, b: Outline, start: float, end: float) -> Outline:
    """A band from point a to point b with round ends of radii `start` and `end`."""
    along = np.arctan2(b[1] - a[1], b[0] - a[0])
    half = np.linspace(np.pi / 2, 3 * np.pi / 2, 12) + along
    first = a + start * np.stack([np.cos(half), np.sin(half)], 1)
    last = b + end * np.stack([np.cos(half + np.pi), np.sin(half + np.pi)], 1)
    return np.concatenate([first, last])


def leaf(a: Outline, b: Outline, width: float) -> Outline:
    """Two arcs between the points a and b: leaves, petals, eyes, fins."""
    t = np.linspace(0, 1, 14)[:, None]
    across = np.array([a[1] - b[1], b[0] - a[0]]) * width
    arc = 4 * t * (1 - t)
    return np.concatenate([a + (b - a) * t + across * arc, (a + (b - a) * t - across * arc)[::-1]])


def box(x: float, y: float, wide: float, high: float, taper: float = 1.0) -> Outline:
    """Half sides `wide` and `high`; the upper side is `taper` times as wide."""
    corners = [(-wide * taper, -high), (wide * taper, -high), (wide, high), (-wide, high)]
    return shifted(np.array(corners), x, y)


def rounded(points: Outline, times: int = 2) -> Outline:
    """A closed outline with its corners cut off (Chaikin), `times` over."""
    for _ in range(times):
        after = np.roll(points, -1, 0)
        pair = np.stack([0.75 * points + 0.25 * after, 0.25 * points + 0.75 * after], 1)
        points = pair.reshape(-1, 2)
    return points


def turned(
    points: Outline, angle: float, centre: Outline | tuple[float, float] = (0, 0)
) -> Outline:
    """Points turned about a centre by `angle` radians."""
    c, s = np.cos(angle), np.sin(angle)
    return (points - centre) @ np.array([[c, s], [-s, c]]) + np.asarray(centre)
