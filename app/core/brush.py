# SPDX-License-Identifier: GPL-3.0-or-later
"""What a brush is: its settings, pressure curves and their JSON form. Imports nothing of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

TIPS = ("round", "soft", "textured", "stamp")
GRAINS = ("none", "paper", "rough", "canvas", "sponge")
STAMPS = ("none", "bristle", "chalk", "sponge", "splatter")
ANGLE_SOURCES = ("fixed", "direction", "tilt")

_CHOICES = {"tip": TIPS, "grain": GRAINS, "stamp": STAMPS, "angle_source": ANGLE_SOURCES}
_RANGES = {
    "size": (0.5, 1000.0),
    "opacity": (0.0, 1.0),
    "flow": (0.0, 1.0),
    "hardness": (0.0, 1.0),
    "spacing": (0.01, 5.0),
    "stabiliser": (0.0, 1.0),
    "grain_depth": (0.0, 1.0),
    "grain_scale": (0.25, 8.0),
    "roundness": (0.05, 1.0),
    "angle": (-360.0, 360.0),
    "angle_jitter": (0.0, 1.0),
    "scatter": (0.0, 5.0),
    "size_jitter": (0.0, 1.0),
    "tilt_size": (0.0, 10.0),
}
_LUT_SIZE = 1025
_MAX_CURVE_POINTS = 32


class BrushError(ValueError):
    """A brush setting, or a brush file, that cannot be used. The message says which and why."""


@dataclass(frozen=True)
class PressureCurve:
    """How pen pressure scales a brush setting: a smooth monotone curve through control points.

    Attributes:
        points: (pressure, value) pairs, both 0..1; pressures rise from exactly 0 to exactly 1,
            values never turn around (all rising or all falling).
        minimum: 0..1, what the curve's value 0 stands for; the factor is
            `minimum + (1 - minimum) * curve(pressure)`.

    Raises:
        BrushError: the points are not such a curve.
    """

    points: tuple[tuple[float, float], ...] = ((0.0, 0.0), (1.0, 1.0))
    minimum: float = 0.0

    def __post_init__(self) -> None:
        try:
            points = tuple((float(x), float(y)) for x, y in self.points)
            minimum = float(self.minimum)
        except (TypeError, ValueError, OverflowError) as error:
            raise BrushError(f"a pressure curve needs pairs of numbers ({error})") from error
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        if not 2 <= len(points) <= _MAX_CURVE_POINTS:
            raise BrushError(f"a pressure curve has 2..{_MAX_CURVE_POINTS} points")
        if not all(0.0 <= v <= 1.0 for v in (*xs, *ys, minimum)):  # also turns NaN away
            raise BrushError("a pressure curve's values are not all within 0..1")
        if xs[0] != 0.0 or xs[-1] != 1.0 or any(b <= a for a, b in pairwise(xs)):
            raise BrushError("a pressure curve's pressures do not rise from 0 to 1")
        steps = [b - a for a, b in pairwise(ys)]
        if min(steps) < 0.0 < max(steps):
            raise BrushError("a pressure curve rises and falls; it has to be monotone")
        object.__setattr__(self, "points", points)
        object.__setattr__(self, "minimum", minimum)

    def __call__(self, pressure: NDArray[np.float64]) -> NDArray[np.float64]:
        """Factors 0..1 for pressures 0..1 (values outside are clamped); any shape."""
        table = _curve_table(self)
        return np.interp(pressure, table[0], table[1])

    def to_json(self) -> dict[str, Any]:
        """A dict of plain JSON types."""
        return {"points": [list(p) for p in self.points], "minimum": self.minimum}

    @classmethod
    def from_json(cls, data: Any) -> PressureCurve:
        """Read what `to_json` wrote.

        Raises:
            BrushError: not a curve.
        """
        if not isinstance(data, Mapping) or not isinstance(data.get("points"), (list, tuple)):
            raise BrushError("a pressure curve needs an object with a list of points")
        return cls(tuple(data["points"]), data.get("minimum", 0.0))


@lru_cache(maxsize=256)
def _curve_table(curve: PressureCurve) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lookup table of the curve: piecewise cubic Hermite with monotone slopes (PCHIP)."""
    x, y = np.array(curve.points).T
    h, d = np.diff(x), np.diff(y) / np.diff(x)
    slope = np.empty_like(x)
    slope[0], slope[-1] = d[0], d[-1]
    # Fritsch & Butland (1984): the weighted harmonic mean of the neighbouring chord slopes,
    # zero at a plateau, keeps every cubic piece monotone.
    w1, w2 = 2 * h[1:] + h[:-1], h[1:] + 2 * h[:-1]
    flat = d[:-1] * d[1:] <= 0
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        slope[1:-1] = np.where(flat, 0.0, (w1 + w2) / (w1 / d[:-1] + w2 / d[1:]))
    at = np.linspace(0.0, 1.0, _LUT_SIZE)
    i = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(h) - 1)
    t = (at - x[i]) / h[i]
    value = (
        (1 + 2 * t) * (1 - t) ** 2 * y[i]
        + t * (1 - t) ** 2 * h[i] * slope[i]
        + t * t * (3 - 2 * t) * y[i + 1]
        + t * t * (t - 1) * h[i] * slope[i + 1]
    )
    factor = curve.minimum + (1 - curve.minimum) * np.clip(value, 0.0, 1.0)
    # The last bits of rounding must not make a rising curve fall.
    monotone = np.maximum if y[-1] >= y[0] else np.minimum
    return at, monotone.accumulate(factor)


@dataclass(frozen=True)
class BrushSettings:
    """Everything that decides how a stroke looks, apart from its colour.

    Attributes:
        name, id, tags: what people see, what files refer to, and words to find it by.
        size: diameter in canvas pixels at full pressure, 0.5..1000.
        opacity: 0..1, the most a whole stroke covers, however often it crosses itself.
        flow: 0..1, how far one dab goes towards that.
        hardness: 0 fades out from the centre, 1 has a crisp (antialiased) edge.
        spacing: distance of dabs as a fraction of the diameter.
        stabiliser: 0 = raw pen .. 1 = steadied most.
        erase: remove paint instead of adding it.
        tip: "round", "soft" (bell-shaped), "textured" (round, on a grain), "stamp" (a picture).
        grain, grain_depth, grain_scale: the paper's texture, fixed to the canvas; how much it
            shows (0..1); its coarseness (1 = normal).
        stamp: which picture the tip "stamp" prints.
        roundness, angle: short side / long side; degrees of the long side, clockwise on screen.
        angle_source: "direction" and "tilt" add the stroke's heading or the pen's azimuth.
        angle_jitter, size_jitter: 0..1, random turn and random shrinking of each dab.
        scatter: greatest random offset of a dab, in diameters.
        tilt_size: how many diameters wider a fully tilted pen paints.
        size_pressure, opacity_pressure, flow_pressure: None = pressure does not matter.

    Raises:
        BrushError: a value has the wrong type or is out of range.
    """

    name: str = "Round"
    id: str = "round"
    tags: tuple[str, ...] = ()
    size: float = 20.0
    opacity: float = 1.0
    flow: float = 1.0
    hardness: float = 1.0
    spacing: float = 0.05
    stabiliser: float = 0.0
    erase: bool = False
    tip: str = "round"
    grain: str = "none"
    grain_depth: float = 1.0
    grain_scale: float = 1.0
    stamp: str = "none"
    roundness: float = 1.0
    angle: float = 0.0
    angle_source: str = "fixed"
    angle_jitter: float = 0.0
    size_jitter: float = 0.0
    scatter: float = 0.0
    tilt_size: float = 0.0
    size_pressure: PressureCurve | None = None
    opacity_pressure: PressureCurve | None = None
    flow_pressure: PressureCurve | None = None

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
                raise BrushError(f"{name} is {value!r}, which is not a number")
            if not low <= value <= high:
                raise BrushError(f"{name} is {value}, which is not within {low:g}..{high:g}")
            object.__setattr__(self, name, float(value))
        for name, known in _CHOICES.items():
            if getattr(self, name) not in known:
                raise BrushError(
                    f"{name} is {getattr(self, name)!r}, not one of {', '.join(known)}"
                )
        for name in ("name", "id"):
            value = getattr(self, name)
            if not isinstance(value, str) or not value.strip():
                raise BrushError(f"{name} is {value!r}, which is not a text")
        if not isinstance(self.tags, tuple) or not all(isinstance(t, str) for t in self.tags):
            raise BrushError(f"tags are {self.tags!r}, which are not texts")
        if not isinstance(self.erase, bool):
            raise BrushError(f"erase is {self.erase!r}, which is neither true nor false")
        for name in ("size_pressure", "opacity_pressure", "flow_pressure"):
            if not isinstance(getattr(self, name), (PressureCurve, type(None))):
                raise BrushError(f"{name} is not a pressure curve")
        if self.tip == "textured" and self.grain == "none":
            raise BrushError("the textured tip needs a grain")
        if self.tip == "stamp" and self.stamp == "none":
            raise BrushError("the stamp tip needs a stamp")

    def to_json(self) -> dict[str, Any]:
        """A dict of plain JSON types; settings that have their default value are left out."""
        data: dict[str, Any] = {}
        for f in fields(self):
            value = getattr(self, f.name)
            if f.name not in ("name", "id") and value == f.default:
                continue
            if isinstance(value, PressureCurve):
                value = value.to_json()
            data[f.name] = list(value) if isinstance(value, tuple) else value
        return data

    @classmethod
    def from_json(cls, data: Any, source: str = "brush") -> BrushSettings:
        """Read what `to_json` wrote. Keys that are not known (a newer version's) are ignored.

        Args:
            data: the parsed JSON.
            source: the file's name, for the error.

        Raises:
            BrushError: naming `source` and the reason.
        """
        if not isinstance(data, Mapping):
            raise BrushError(f"{source}: not a JSON object")
        values: dict[str, Any] = {}
        try:
            for f in fields(cls):
                if f.name not in data:
                    if f.name in ("name", "id"):
                        raise BrushError(f"{f.name} is missing")
                    continue
                value = data[f.name]
                if f.name.endswith("_pressure") and value is not None:
                    value = PressureCurve.from_json(value)
                elif f.name == "tags":
                    if not isinstance(value, list):
                        raise BrushError(f"tags are {value!r}, which is not a list")
                    value = tuple(value)
                values[f.name] = value
            return cls(**values)
        except BrushError as error:
            raise BrushError(f"{source}: {error}") from error


def pressure_factor(
    curve: PressureCurve | None, pressure: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The curve's factors for these pressures; all ones where there is no curve."""
    return np.ones_like(pressure) if curve is None else curve(pressure)
