# SPDX-License-Identifier: GPL-3.0-or-later
"""Cubic Béziers through points: Schneider 1990, "An Algorithm for Automatically Fitting Digitized
Curves" (Graphics Gems).  numpy only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

_ROUNDS = 4
"""How often the places of the points along a curve are improved before it is cut in two."""

_LOOK = 3
"""Points that tell a direction."""


def fit(points: Points, tolerance: float) -> Points:
    """A smooth chain of cubic Béziers that passes within `tolerance` of every point.

    Args:
        points: float64 (n, 2), n >= 2, no two neighbours equal; the chain begins at the first and
            ends at the last.
        tolerance: pixels, above 0.

    Returns:
        float64 (3k + 1, 2): p0 c c p1 c c p2 …
    """
    start = _direction(points[: _LOOK + 1])
    end = _direction(points[: -_LOOK - 2 : -1])
    pieces = _pieces(points, start, end, tolerance)
    return np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])])


def _pieces(points: Points, start: Points, end: Points, tolerance: float) -> list[Points]:
    """Béziers from the first to the last point, leaving along `start`, arriving against `end`."""
    stack, done = [(points, start, end)], []
    while stack:
        part, first, last = stack.pop()
        curve, worst = _one(part, first, last, tolerance)
        if worst is None:
            done.append(curve)
            continue
        middle = _direction(np.stack([part[worst - 1], part[worst + 1]]))
        stack.append((part[worst:], middle, last))
        stack.append((part[: worst + 1], first, -middle))
    return done


def _one(points: Points, start: Points, end: Points, tolerance: float) -> tuple[Points, int | None]:
    """(the best single Bézier, None), or with the number of the point where to cut."""
    if len(points) == 2:
        reach = np.linalg.norm(points[1] - points[0]) / 3
        return np.stack(
            [points[0], points[0] + start * reach, points[1] + end * reach, points[1]]
        ), None
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    places = np.concatenate([[0], np.cumsum(steps)]) / steps.sum()
    for _ in range(_ROUNDS):
        curve = _least_squares(points, places, start, end)
        errors = np.linalg.norm(_at(curve, places) - points, axis=1)
        worst = int(errors[1:-1].argmax()) + 1
        if errors[worst] <= tolerance:
            return curve, None
        if errors[worst] > 6 * tolerance:
            break
        places = _nearer(curve, points, places)
    return curve, worst


def _least_squares(points: Points, places: NDArray, start: Points, end: Points) -> Points:
    """The Bézier with these end tangents that fits best, its control points never behind."""
    first, last = points[0], points[-1]
    t = places[:, None]
    b0, b1, b2, b3 = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3
    a, b = b1 * start, b2 * end
    rest = points - (b0 + b1) * first - (b2 + b3) * last
    aa, ab, bb = (a * a).sum(), (a * b).sum(), (b * b).sum()
    ar, br = (a * rest).sum(), (b * rest).sum()
    determinant = aa * bb - ab * ab
    chord = float(np.linalg.norm(last - first))
    plain = chord / 3
    if determinant > 1e-9 * max(aa * bb, 1e-12):
        left, right = (ar * bb - br * ab) / determinant, (aa * br - ab * ar) / determinant
    else:
        left = right = plain
    if min(left, right) < 1e-3 * chord or max(left, right) > 4 * max(chord, 1e-9):
        left = right = plain
    return np.stack([first, first + start * left, last + end * right, last])


def _nearer(curve: Points, points: Points, places: NDArray) -> NDArray:
    """One Newton step of every point's place towards its nearest spot on the curve."""
    first = 3 * np.diff(curve, axis=0)
    second = 2 * np.diff(first, axis=0)
    t = places[:, None]
    away = _at(curve, places) - points
    speed = first[0] * (1 - t) ** 2 + first[1] * 2 * t * (1 - t) + first[2] * t**2
    turn = second[0] * (1 - t) + second[1] * t
    slope = (speed * speed).sum(1) + (away * turn).sum(1)
    step = (away * speed).sum(1) / np.where(np.abs(slope) > 1e-9, slope, np.inf)
    better = np.clip(places - step, 0, 1)
    better[0], better[-1] = 0, 1
    return np.maximum.accumulate(better)


def _at(curve: Points, places: NDArray) -> Points:
    t = places[:, None]
    p, c, d, q = curve
    value: Points = (1 - t) ** 3 * p + 3 * t * (1 - t) ** 2 * c + 3 * t**2 * (1 - t) * d + t**3 * q
    return value


def _direction(points: Points) -> Points:
    """Unit vector from the first point towards the others' middle."""
    away = points[1:].mean(axis=0) - points[0]
    length = float(np.hypot(*away))
    if length < 1e-9:  # a hairpin
        away, length = points[1] - points[0], float(np.hypot(*(points[1] - points[0])))
    unit: Points = away / max(length, 1e-9)
    return unit
