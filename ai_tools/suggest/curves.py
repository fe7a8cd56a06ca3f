# SPDX-License-Identifier: GPL-3.0-or-later
"""Smooth lines through a network's few points.  Imports numpy only.

The network draws as its data was simplified: a point where the line bends, straight in between.
What bends little by little was a curve; what bends at once, between long straight parts, a corner.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ai_tools.suggest.prefix import Line, douglas_peucker

JITTER = 1.5
"""Points that bend a line by less than this many units are the network's trembling."""
CLOSING = 9.0
"""An end that misses its own beginning by less than this many units was meant to meet it."""
_SHARP, _BEND = np.radians(105), np.radians(48)
_STRAIGHT = 20.0  # units; simplifying a round line leaves chords of this length only where it is
# large, and then they meet at less than _BEND


def smooth(line: Line, step: float = 1.0) -> Line:
    """A curve through a polyline (k, 2) in box units, with points about `step` apart: (n, 2).

    Centripetal Catmull-Rom (Yuksel et al. 2011), which neither loops nor overshoots, from corner
    to corner.  A single point stays one.
    """
    points = douglas_peucker(_distinct(_closed(line)), JITTER)
    if len(points) < 3:
        return resampled(points, step)
    corners = [0, *(np.flatnonzero(_is_corner(points)) + 1), len(points) - 1]
    pieces = [_catmull_rom(points[a : b + 1]) for a, b in pairwise(corners)]
    if len(corners) == 2 and np.array_equal(points[0], points[-1]) and len(points) > 3:
        pieces = [_catmull_rom(points, closed=True)]
    return resampled(np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])]), step)


def resampled(line: Line, step: float) -> Line:
    """Points evenly along a polyline, about `step` apart, with its ends."""
    lengths = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    if along[-1] == 0:
        return line[:1]
    at = np.linspace(0, along[-1], max(2, round(along[-1] / step) + 1))
    return np.column_stack([np.interp(at, along, line[:, axis]) for axis in (0, 1)])


def turning(line: Line) -> NDArray[np.float64]:
    """Angle by which a polyline (k, 2) without repeated points turns at each inner one: (k - 2,),
    0..pi."""
    steps = np.diff(line, axis=0)
    heading = np.arctan2(steps[:, 1], steps[:, 0])
    turn = np.diff(heading)
    return np.abs((turn + np.pi) % (2 * np.pi) - np.pi)


def _is_corner(points: Line) -> NDArray[np.bool_]:
    lengths = np.hypot(*np.diff(points, axis=0).T)
    turn = turning(points)
    straight = np.minimum(lengths[:-1], lengths[1:]) > _STRAIGHT
    return (turn > _SHARP) | ((turn > _BEND) & straight)


def _closed(line: Line) -> Line:
    """The line with its end on its beginning where that was meant."""
    lengths = np.hypot(*np.diff(line, axis=0).T)
    gap = line[0] - line[-1]
    if len(line) < 4 or np.hypot(*gap) > min(CLOSING, 0.15 * lengths.sum()):
        return line
    share = np.concatenate([[0.0], np.cumsum(lengths)]) / max(lengths.sum(), 1e-9)
    # The last third is bent over, so that no step is seen.
    closed = line + gap * (np.clip(3 * share - 2, 0, 1))[:, None]
    closed[-1] = line[0]
    return closed


def _distinct(line: Line) -> Line:
    """Without points that repeat the one before."""
    keep = np.ones(len(line), np.bool_)
    keep[1:] = np.hypot(*np.diff(line, axis=0).T) > 1e-6
    return line[keep]


def _catmull_rom(points: Line, closed: bool = False, dense: int = 12) -> Line:
    """The curve through points (k, 2), k >= 2, `dense` points a span."""
    if closed:  # the last point is the first one again
        ends = points[-2], points[1]
    else:  # mirrored neighbours let the curve leave its ends straight
        ends = 2 * points[0] - points[1], 2 * points[-1] - points[-2]
    p = np.concatenate([ends[0][None], points, ends[1][None]])
    knots = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(p, axis=0).T) ** 0.5)])
    k = np.maximum.accumulate(knots + np.arange(len(knots)) * 1e-9)[:, None]
    u = np.linspace(0, 1, dense, endpoint=False)
    curve = []
    for i in range(1, len(p) - 2):
        t = (k[i] + u * (k[i + 1] - k[i]))[:, None]
        a = [_mix(t, k[j], k[j + 1], p[j], p[j + 1]) for j in (i - 1, i, i + 1)]
        b = [_mix(t, k[j], k[j + 2], a[j - i + 1], a[j - i + 2]) for j in (i - 1, i)]
        curve.append(_mix(t, k[i], k[i + 1], b[0], b[1]))
    return np.concatenate([*curve, points[-1:]])


def _mix(
    t: Line, start: NDArray[np.float64], end: NDArray[np.float64], first: Line, last: Line
) -> Line:
    """first at t = start, last at t = end, straight in between and beyond."""
    share = (t - start) / (end - start)
    result: Line = first * (1 - share) + last * share
    return result
