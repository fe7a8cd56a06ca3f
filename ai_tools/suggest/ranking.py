# SPDX-License-Identifier: GPL-3.0-or-later
"""Which continuations to show: likely, clean, inside, and unlike each other.  Imports numpy only.

Lines are in box units.  The network's likelihood alone prefers scribbles in place, whose points
are easy to foresee, so that what a scribble looks like counts against it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai_tools.suggest.curves import resampled
from ai_tools.suggest.prefix import Line

STEP = 2.0
"""Ink is looked at every so many units."""
NEAR = 3.5
"""Ink that lies nearer than this many units to other ink covers it."""
END_PART = 10.0
"""So far from its ends a line may touch others: that is how lines meet."""
DOT = 5.0
"""Lines that are no larger than this are dots."""
_DIVERSITY = 0.03  # what a unit of distance to what is shown already is worth, in nats
_FAR = 40.0  # units, from where on two continuations are simply different


@dataclass(frozen=True)
class Candidate:
    """One way to go on, as it would be drawn.

    Attributes:
        lines: its strokes, smooth.
        likelihood: mean log p of its points.
    """

    lines: tuple[Line, ...]
    likelihood: float


def is_scribble(line: Line) -> bool:
    """Whether a line covers itself so much that it is a blot."""
    return own_overlap(line) > 0.4


def own_overlap(line: Line) -> float:
    """Share of a line's ink that lies on other parts of the line, 0..1."""
    ink = resampled(line, STEP)
    if len(ink) < 4:
        return 0.0
    number = np.arange(len(ink))
    apart = np.abs(number[:, None] - number) * STEP > END_PART
    covered = ((_distances(ink, ink) < NEAR) & apart).any(1)
    return float(covered.mean())


def overlap(line: Line, ink: Line) -> float:
    """Share of a line, its ends aside, that lies on ink (n, 2) that is there already, 0..1."""
    own = resampled(line, STEP)
    margin = round(END_PART / STEP)
    inner = own[margin : len(own) - margin]
    if not len(inner) or not len(ink):
        return 0.0
    return float((_distances(inner, ink).min(1) < NEAR).mean())


def ink_of(lines: Sequence[Line]) -> Line:
    """Points along all lines, (n, 2)."""
    return np.concatenate([resampled(line, STEP) for line in lines]) if lines else np.zeros((0, 2))


def score(
    candidate: Candidate, ink: Line, outside: Callable[[Line], NDArray[np.bool_]]
) -> float | None:
    """How good a candidate is, in nats; None: not worth showing at all.

    Args:
        ink: what is drawn already, see `ink_of`.
        outside: which points (n, 2) lie where nothing is to be drawn.
    """
    own = ink_of(candidate.lines)
    lost = float(outside(own).mean())
    if lost > 0.25:
        return None
    sizes = [float(np.ptp(line, axis=0).max()) for line in candidate.lines]
    weights = np.array([len(resampled(line, STEP)) for line in candidate.lines], float)
    weights /= weights.sum()
    covered = sum(w * overlap(x, ink) for w, x in zip(weights, candidate.lines, strict=True))
    tangled = sum(w * own_overlap(x) for w, x in zip(weights, candidate.lines, strict=True))
    dots = sum(size <= DOT for size in sizes) / len(sizes)
    substance = min(max(float(np.log(max(len(own) * STEP, 1.0) / 40)), -1.5), 1.0)
    return candidate.likelihood - 2 * covered - 2 * tangled - 4 * lost - 0.6 * dots + substance / 2


def best(
    candidates: Sequence[Candidate],
    wanted: int,
    ink: Line,
    outside: Callable[[Line], NDArray[np.bool_]],
) -> list[int]:
    """Indices of up to `wanted` candidates, the best first, then what is good and different.

    Two that can hardly be told apart are never both among them.
    """
    scores = {i: s for i, c in enumerate(candidates) if (s := score(c, ink, outside)) is not None}
    inks = {i: ink_of(candidates[i].lines) for i in scores}
    nearest = dict.fromkeys(scores, _FAR)
    chosen: list[int] = []
    while scores and len(chosen) < wanted:
        top = max(scores, key=lambda i: scores[i] + _DIVERSITY * nearest[i])
        chosen.append(top)
        del scores[top]
        for i in list(scores):
            nearest[i] = min(nearest[i], difference(inks[top], inks[i]))
            if nearest[i] < NEAR:
                del scores[i]
    return chosen


def difference(a: Line, b: Line) -> float:
    """Symmetric Chamfer distance of two inks (n, 2), (m, 2), n, m >= 1."""
    distances = _distances(a, b)
    return float(distances.min(1).mean() + distances.min(0).mean()) / 2


def _distances(a: Line, b: Line) -> NDArray[np.float64]:
    return np.hypot(a[:, None, 0] - b[:, 0], a[:, None, 1] - b[:, 1])
