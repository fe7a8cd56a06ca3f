# SPDX-License-Identifier: GPL-3.0-or-later
"""Pen strokes kept as vectors beside the pixels they made. Imports nothing of ours.

A paint layer remembers what the artist's hand did, so that Suggest Strokes continues from the
real strokes and not from outlines guessed back out of pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rgb = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class Stroke:
    """One pen-down to pen-up movement.

    Attributes:
        points: float32 (N, 4), N >= 1, read-only; columns x, y (canvas pixels), pressure 0..1,
            t (seconds since pen-down, never falling).
        size: brush diameter in pixels at full pressure.
        colour: red, green, blue, each 0..255.
        opacity: 0..1, the stroke's ceiling.
        brush: id of the brush preset.
        erase: True when the stroke removed paint.

    Raises:
        ValueError: the points have another shape or hold values that are not finite.
    """

    points: NDArray[np.float32]
    size: float
    colour: Rgb
    opacity: float = 1.0
    brush: str = ""
    erase: bool = False

    def __post_init__(self) -> None:
        points = np.array(self.points, dtype=np.float32, order="C")
        if points.ndim != 2 or points.shape[1] != 4 or not len(points):
            raise ValueError(f"stroke points have shape {points.shape}, expected (N, 4)")
        if not np.isfinite(points).all():
            raise ValueError("stroke points hold values that are not finite")
        points.flags.writeable = False
        object.__setattr__(self, "points", points)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stroke) and (
            self._properties() == other._properties() and np.array_equal(self.points, other.points)
        )

    def __hash__(self) -> int:
        return hash((self._properties(), self.points.tobytes()))

    def _properties(self) -> tuple[Any, ...]:
        return (self.size, self.colour, self.opacity, self.brush, self.erase)

    def transformed(self, matrix: Sequence[Sequence[float]] | NDArray[np.float64]) -> Stroke:
        """The stroke under a 2x3 affine matrix; its size follows the mean scale."""
        m = np.asarray(matrix, dtype=np.float64)
        points = self.points.astype(np.float64)
        points[:, :2] = points[:, :2] @ m[:, :2].T + m[:, 2]
        scale = float(np.sqrt(abs(np.linalg.det(m[:, :2]))))
        return Stroke(
            points.astype(np.float32),
            self.size * scale,
            self.colour,
            self.opacity,
            self.brush,
            self.erase,
        )

    def to_json(self) -> dict[str, Any]:
        """A dict of plain JSON types; `from_json` reads it back to an equal stroke."""
        return {
            "points": [[float(v) for v in row] for row in self.points],
            "size": self.size,
            "colour": list(self.colour),
            "opacity": self.opacity,
            "brush": self.brush,
            "erase": self.erase,
        }

    @classmethod
    def from_json(cls, data: Any) -> Stroke:
        """Read what `to_json` wrote.

        Raises:
            ValueError: a field is missing, of another type or out of range.
        """
        try:
            colour = tuple(int(v) for v in data["colour"])
            if len(colour) != 3 or not all(0 <= v <= 255 for v in colour):
                raise ValueError(f"stroke colour {colour} is not three values of 0..255")
            size, opacity = float(data["size"]), float(data.get("opacity", 1.0))
            if not (0 < size < 1e5 and 0 <= opacity <= 1):
                raise ValueError(f"stroke size {size} or opacity {opacity} is out of range")
            points = np.asarray(data["points"], dtype=np.float32)
            brush, erase = str(data.get("brush", "")), bool(data.get("erase", False))
            return cls(points, size, (colour[0], colour[1], colour[2]), opacity, brush, erase)
        except (KeyError, TypeError, AttributeError, OverflowError) as error:
            raise ValueError(f"not a stroke: {error!r}") from error
