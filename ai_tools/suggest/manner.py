# SPDX-License-Identifier: GPL-3.0-or-later
"""How the artist draws: pressure and speed along a stroke.  Imports numpy, core values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai_tools.suggest.prefix import Line
from app.core.strokes import Stroke

_BINS = 17
_FEW_POINTS = 4  # a stroke of fewer says nothing about its course
_LATEST = 12  # strokes; a hand changes in the course of a drawing
_DEFAULT_SPEED = 500.0  # px/s
_SPEEDS = (40.0, 5000.0)


@dataclass(frozen=True)
class Manner:
    """Pressure and speed of a hand.

    Attributes:
        pressure: 0..1 at even places along a stroke, (17,).
        speed: canvas pixels a second.
    """

    pressure: NDArray[np.float64]
    speed: float

    @classmethod
    def of(cls, strokes: Sequence[Stroke]) -> Manner:
        """The manner of the latest of these strokes; a plain one where they show none."""
        courses, speeds, dots = [], [], []
        for stroke in strokes[-_LATEST:]:
            points = stroke.points.astype(np.float64)
            lengths = np.hypot(*np.diff(points[:, :2], axis=0).T)
            along = np.concatenate([[0.0], np.cumsum(lengths)])
            dots.append(float(np.median(points[:, 2])))
            if len(points) < _FEW_POINTS or along[-1] < stroke.size:
                continue
            places = np.linspace(0, along[-1], _BINS)
            courses.append(np.interp(places, along, points[:, 2]))
            seconds = points[-1, 3] - points[0, 3]
            if seconds > 0:
                speeds.append(along[-1] / seconds)
        if courses:
            pressure = np.mean(courses, 0)
        else:
            pressure = np.full(_BINS, np.mean(dots) if dots else 1.0)
        speed = float(np.median(speeds)) if speeds else _DEFAULT_SPEED
        return cls(pressure, float(np.clip(speed, *_SPEEDS)))

    def drawn(self, line: Line) -> NDArray[np.float32]:
        """A line (n, 2) on the canvas as the artist would draw it: float32 (n, 4), with pressure
        and seconds."""
        lengths = np.hypot(*np.diff(line, axis=0).T)
        along = np.concatenate([[0.0], np.cumsum(lengths)])
        share = along / along[-1] if along[-1] > 0 else np.full(len(line), 0.5)
        pressure = np.interp(share, np.linspace(0, 1, _BINS), self.pressure)
        return np.column_stack([line, pressure, along / self.speed]).astype(np.float32)
