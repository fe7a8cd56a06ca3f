# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels painted by the artist, with undo.  Imports `portrait.labels` and numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai_tools.portrait.labels import UNPAINTED, stamp

STEPS = 50
"""Strokes that can be undone."""


@dataclass(frozen=True, eq=False)
class Painted:
    """Labels painted over one view.

    Attributes:
        labels: uint8 (S, S) classes, `UNPAINTED` elsewhere.
        yaw, pitch: degrees, the view they lie on.
    """

    labels: NDArray[np.uint8]
    yaw: float
    pitch: float


class LabelEdit:
    """What is painted now, and what was before each stroke.

    Painted labels are flat: they belong to the view they were painted on.  A stroke on another
    view begins anew there; undo leads back.
    """

    def __init__(self) -> None:
        self.current: Painted | None = None
        self._before: list[Painted | None] = []
        self._last: tuple[float, float] | None = None  # end of the stroke so far

    @property
    def can_undo(self) -> bool:
        """Whether there is a stroke to take back."""
        return bool(self._before)

    def on(self, yaw: float, pitch: float) -> NDArray[np.uint8] | None:
        """The labels painted on a view; None where nothing is."""
        now = self.current
        return now.labels if now is not None and (now.yaw, now.pitch) == (yaw, pitch) else None

    def begin(self, yaw: float, pitch: float, side: int) -> None:
        """A stroke begins on a view whose label map has `side` pixels."""
        self._before = [*self._before, self.current][-STEPS:]
        labels = self.on(yaw, pitch)
        if labels is None or labels.shape != (side, side):
            labels = np.full((side, side), UNPAINTED, np.uint8)
        self.current = Painted(labels, yaw, pitch)
        self._last = None

    def extend(
        self, points: Sequence[tuple[float, float]], diameter: float, number: int
    ) -> NDArray[np.uint8]:
        """The stroke goes on through points in shares (0..1) of the view; its labels now.

        Args:
            diameter: share of the view's side.
            number: the class, or `UNPAINTED` for the network's own.
        """
        now = self.current
        assert now is not None, "no stroke has begun"
        side = now.labels.shape[0]
        fresh = [(x * side, y * side) for x, y in points]
        path = fresh if self._last is None else [self._last, *fresh]
        self._last = path[-1] if path else None
        labels = stamp(now.labels, path, diameter * side, number)
        self.current = Painted(labels, now.yaw, now.pitch)
        return labels

    def undo(self) -> bool:
        """Take the last stroke back; False when there is none."""
        if not self._before:
            return False
        self.current = self._before.pop()
        return True

    def clear(self) -> None:
        """Leave everything to the network again, as one more step to undo."""
        if self.current is not None:
            self._before = [*self._before, self.current][-STEPS:]
            self.current = None

    def forget(self) -> None:
        """Another head: nothing is painted, and there is nothing to undo."""
        self.current, self._before, self._last = None, [], None
