# SPDX-License-Identifier: GPL-3.0-or-later
"""Steadying the pen before it paints, and straight lines. Imports nothing of ours."""

from __future__ import annotations

import math
from typing import NamedTuple

# Chosen by hand at 1:1 zoom: what full strength does to a slow hand, in screen pixels and seconds.
_STRING = 28.0
_TAU = 0.14
_SPEED_HALF = 700.0  # screen px/s at which the steadying has halved
_SPEED_TAU = 0.03  # the speed itself is smoothed over this time
_MIN_DT = 0.001  # events that share a time stamp still count as one tablet report apart


class Sample(NamedTuple):
    """One report of the pen.

    Attributes:
        x, y: canvas pixels (pixel centres lie at .5).
        pressure: 0..1.
        t: seconds on any clock that does not run backwards.
        tilt_x, tilt_y: degrees from upright to the right and towards the artist, -90..90.
    """

    x: float
    y: float
    pressure: float = 1.0
    t: float = 0.0
    tilt_x: float = 0.0
    tilt_y: float = 0.0


class Stabiliser:
    """A pulled string followed by exponential smoothing in time.

    The string drags a point behind the pen only once it is taut, which swallows the tremor of a
    slow hand; smoothing rounds what is left. Both weaken with the pen's speed, so that a quick
    flick hardly lags. Works sample by sample: how samples are batched makes no difference.

    Args:
        strength: 0 passes samples through untouched, 1 steadies most.
        view_scale: screen pixels per canvas pixel; steadying acts on what the hand does on
            the screen, whatever the zoom.

    Raises:
        ValueError: strength is not within 0..1 or view_scale is not positive.
    """

    def __init__(self, strength: float, view_scale: float = 1.0) -> None:
        if not 0.0 <= strength <= 1.0:
            raise ValueError(f"stabiliser strength {strength} is not within 0..1")
        if not (math.isfinite(view_scale) and view_scale > 0.0):
            raise ValueError(f"view scale {view_scale} is not a positive number")
        self._strength = strength
        self._scale = view_scale
        self._speed = 0.0
        self._raw: Sample | None = None  # the pen
        self._pulled = (0.0, 0.0)  # the end of the string
        self._out: Sample | None = None  # what was handed on last

    def add(self, sample: Sample) -> Sample:
        """The steadied sample for the pen's next report."""
        raw, out = self._raw, self._out
        self._raw = sample
        if self._strength == 0.0 or raw is None or out is None:
            self._pulled = (sample.x, sample.y)
            self._out = sample
            return sample
        dt = max(sample.t - raw.t, _MIN_DT)
        speed = math.hypot(sample.x - raw.x, sample.y - raw.y) * self._scale / dt
        self._speed += (speed - self._speed) * (1.0 - math.exp(-dt / _SPEED_TAU))
        # Squared: the first half of the slider is for everyday use, the second for steady curves.
        strength = self._strength**2 / (1.0 + self._speed / _SPEED_HALF)

        px, py = self._pulled
        reach = math.hypot(sample.x - px, sample.y - py)
        string = _STRING * strength / self._scale
        if reach > string:
            k = (reach - string) / reach
            px, py = px + (sample.x - px) * k, py + (sample.y - py) * k
            self._pulled = (px, py)

        keep = math.exp(-dt / max(_TAU * strength, 1e-9))
        self._out = Sample(
            px + (out.x - px) * keep,
            py + (out.y - py) * keep,
            sample.pressure,
            sample.t,
            sample.tilt_x,
            sample.tilt_y,
        )
        return self._out

    def finish(self) -> Sample | None:
        """The pen's last position where the steadied point has not reached it, else None."""
        if self._raw is None or self._out is None:
            return None
        if (self._out.x, self._out.y) == (self._raw.x, self._raw.y):
            return None
        self._out = self._raw
        return self._raw


def line_to(start: Sample, end: Sample, step: float = 4.0) -> list[Sample]:
    """Samples along the straight line from `start` (left out) to `end` (included), for Shift.

    Args:
        start, end: pressure, tilt and time go evenly from one to the other; where the times are
            equal, the line is given the time a hand would need at 2000 px/s.
        step: greatest distance between samples in canvas pixels, above 0.

    Raises:
        ValueError: step is not positive.
    """
    if not step > 0.0:
        raise ValueError(f"step {step} is not positive")
    length = math.hypot(end.x - start.x, end.y - start.y)
    if end.t <= start.t:
        end = end._replace(t=start.t + max(length / 2000.0, _MIN_DT))
    n = max(1, math.ceil(length / step))
    line = [
        Sample(*(a + (b - a) * (i / n) for a, b in zip(start, end, strict=True)))
        for i in range(1, n)
    ]
    return [*line, end]
