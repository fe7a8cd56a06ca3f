# SPDX-License-Identifier: GPL-3.0-or-later
"""From pen samples to evenly spaced places for dabs. Imports core.stabiliser's Sample only."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from app.core.stabiliser import Sample

Doubles = NDArray[np.float64]
Knot = tuple[float, ...]  # x, y, pressure, tilt_x, tilt_y

# Columns of a place (float64 rows): where, how hard, degrees of tilt, heading in radians, and
# which part of one full dab falls here (1 except at the very end of a stroke).
PLACE_X, PLACE_Y, PRESSURE, TILT_X, TILT_Y, HEADING, WEIGHT, PLACE_COLUMNS = range(8)
NO_PLACES: Doubles = np.empty((0, PLACE_COLUMNS))
NO_PLACES.flags.writeable = False

_SAME_SPOT = 0.05  # px; a pen that moves less is pressing, not moving
_REST = 0.03  # s on one spot after which the pen rests; shorter are double reports of tablets
_PRESS_DABS = 16.0  # dabs while a resting pen goes from no to full pressure
_LONGEST_STEP = 4.0  # px of curve that one straight piece may stand for
_MOST_STEPS = 256


class StrokePath:
    """Draws a smooth curve through the samples and puts places on it, dab by dab.

    The curve is a centripetal Catmull-Rom spline (Yuksel et al. 2011: no loops within a piece),
    so a quick stroke with few samples is round. It runs one sample behind a moving pen, because
    a curve's direction at a sample depends on the next. Pressure and tilt run along the same
    spline, pressure without overshoot. A resting pen that presses harder gets places too, so
    that a tap makes a dot as large as it was pressed.

    Args:
        spacing: distance in pixels from one dab to the next for pressures and tilts (tilt_x,
            tilt_y in degrees), all arrays of one shape; values above 0.
        needs_heading: the dabs turn with the stroke, so the first one waits for a movement.
    """

    def __init__(
        self,
        spacing: Callable[[Doubles, Doubles, Doubles], Doubles],
        needs_heading: bool = False,
    ) -> None:
        self._spacing = spacing
        self._waiting = needs_heading
        self._knots: list[Knot] = []  # the last three distinct ones
        self._pending = False  # the piece between the last two is not drawn yet
        self._arrived = 0.0  # when the pen came to the last one
        self._due = 0.0  # how many dabs' distance until the next dab
        self._peak = 0.0  # greatest pressure since the pen came to rest
        self._heading = 0.0
        self._gap = 1.0  # pixels between dabs, lately

    def add(self, sample: Sample) -> Doubles:
        """Places that become certain with the next sample, float64 (n, PLACE_COLUMNS)."""
        knot = (sample.x, sample.y, sample.pressure, sample.tilt_x, sample.tilt_y)
        if not self._knots:
            self._knots, self._arrived = [knot], sample.t
            return self._press(knot, first=True)
        last = self._knots[-1]
        if math.hypot(knot[0] - last[0], knot[1] - last[1]) < _SAME_SPOT:
            knot = (last[0], last[1], *knot[2:])
            self._knots[-1] = knot
            if self._pending and sample.t - self._arrived < _REST:
                return NO_PLACES
            return np.concatenate((self._draw_pending(None), self._press(knot)))
        places = self._draw_pending(knot)
        self._knots = [*self._knots[-2:], knot]
        self._pending, self._arrived, self._peak = True, sample.t, sample.pressure
        return places

    def finish(self) -> Doubles:
        """The rest of the stroke, up to the last sample exactly."""
        if not self._knots:
            return NO_PLACES
        end = self._knots[-1]
        if len(self._knots) == 1:
            if not self._waiting:
                return NO_PLACES
            return self._at((*end[:2], max(end[2], self._peak), *end[3:]), 1.0)
        places = self._draw_pending(None)
        # What is left of the distance to the next dab: a part of a dab closes the stroke.
        part = 1.0 - self._due
        if part > 1e-3:
            places = np.concatenate((places, self._at(end, part)))
        return places

    def _draw_pending(self, following: Knot | None) -> Doubles:
        """Places on the piece between the last two knots, where it is still to be drawn."""
        if not self._pending:
            return NO_PLACES
        self._pending = False
        before = self._knots[0] if len(self._knots) == 3 else None
        return self._segment(before, self._knots[-2], self._knots[-1], following)

    def _press(self, knot: Knot, first: bool = False) -> Doubles:
        if self._waiting:
            self._peak = max(self._peak, knot[2])
            return NO_PLACES
        if not first:
            self._due -= max(0.0, knot[2] - self._peak) * _PRESS_DABS
        self._peak = max(self._peak, knot[2])
        if self._due > 0.0:
            return NO_PLACES
        n = math.floor(-self._due) + 1
        self._due += n
        return np.repeat(self._at(knot, 1.0), n, axis=0)

    def _at(self, knot: Knot, weight: float) -> Doubles:
        return np.array([[*knot, self._heading, weight]])

    def _segment(self, p0: Knot | None, p1: Knot, p2: Knot, p3: Knot | None) -> Doubles:
        """Places on the curve from p1 to p2; p0 and p3 are its neighbours where there are any."""
        self._waiting = False
        handles = _handles(p0, p1, p2, p3)
        length = sum(math.hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(handles))
        steps = math.ceil(length / min(max(self._gap, 1.0), _LONGEST_STEP))
        self._heading = math.atan2(p2[1] - handles[2][1], p2[0] - handles[2][0])
        weights, slopes = _bernstein(min(max(steps, 2), _MOST_STEPS))
        control = np.array(handles)
        points, tangents = weights @ control, slopes @ control[:, :2]
        points[:, 2].clip(min(p1[2], p2[2]), max(p1[2], p2[2]), out=points[:, 2])

        middle = 0.5 * (points[1:] + points[:-1])
        gaps = self._spacing(middle[:, 2], middle[:, 3], middle[:, 4])
        self._gap = float(gaps[-1])
        pieces = np.hypot(*(points[1:, :2] - points[:-1, :2]).T) / gaps
        travelled = np.zeros(len(points))
        np.cumsum(pieces, out=travelled[1:])
        n = max(0, math.floor(travelled[-1] - self._due) + 1)
        if n == 0:
            self._due -= float(travelled[-1])
            return NO_PLACES
        at = np.interp(self._due + np.arange(n), travelled, np.arange(len(travelled)))
        self._due += n - float(travelled[-1])
        i = np.minimum(at.astype(np.int64), len(pieces) - 1)
        f = (at - i)[:, None]
        places = np.empty((n, PLACE_COLUMNS))
        places[:, :5] = points[i] * (1.0 - f) + points[i + 1] * f
        tangent = tangents[i] * (1.0 - f) + tangents[i + 1] * f
        places[:, HEADING] = np.arctan2(tangent[:, 1], tangent[:, 0])
        places[:, WEIGHT] = 1.0
        return places


def _handles(p0: Knot | None, p1: Knot, p2: Knot, p3: Knot | None) -> tuple[Knot, Knot, Knot, Knot]:
    """The cubic Bézier control points of the centripetal Catmull-Rom piece from p1 to p2."""
    return p1, _handle(p0, p1, p2), _handle(p3, p2, p1), p2


def _handle(outer: Knot | None, near: Knot, far: Knot) -> Knot:
    if outer is None:
        return tuple(n + (f - n) / 3.0 for n, f in zip(near, far, strict=True))
    a = math.sqrt(math.hypot(near[0] - outer[0], near[1] - outer[1]))
    b = math.sqrt(math.hypot(far[0] - near[0], far[1] - near[1]))
    scale = 1.0 / (3.0 * a * (a + b))
    u, v, w = a * a * scale, b * b * scale, (2 * a * a + 3 * a * b + b * b) * scale
    return tuple(u * f - v * o + w * n for o, n, f in zip(outer, near, far, strict=True))


@lru_cache(maxsize=_MOST_STEPS)
def _bernstein(steps: int) -> tuple[Doubles, Doubles]:
    """Weights of a cubic Bézier's points, and of its derivative's, at steps + 1 even parameters."""
    t = np.linspace(0.0, 1.0, steps + 1)
    s = 1.0 - t
    weights = np.stack((s**3, 3 * s * s * t, 3 * s * t * t, t**3), axis=1)
    slopes = np.stack((-3 * s * s, 3 * s * s - 6 * s * t, 6 * s * t - 3 * t * t, 3 * t * t), axis=1)
    return weights, slopes
