# SPDX-License-Identifier: GPL-3.0-or-later
"""Which continuations to show: expected, clean, inside, and unlike each other.  Imports numpy only.

Lines are in box units.  The network's likelihood is no guide: it prefers scribbles in place, whose
points are easy to foresee.  What most of many continuations are near to, is: on drawings held apart
the first one shown comes a tenth nearer to the real next strokes (minimum Bayes risk decoding,
Kumar and Byrne 2004).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

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
_MOST_POINTS = 300  # of a line that are looked at
_COMPARED = 100  # points of a candidate that are compared with another's
_NEARNESS = 0.05  # what a unit of mean distance to the other candidates costs
_DIVERSITY = 0.03  # what a unit of distance to what is shown already is worth
_FAR = 40.0  # units, from where on two continuations are simply different


Lines = Sequence[Line]
"""The strokes of a candidate, smooth, at least one."""
Where = Callable[[Line], NDArray[np.bool_]]
"""Tells of points (n, 2) which of them something holds for: (n,)."""


def is_scribble(line: Line) -> bool:
    """Whether a line covers itself so much that it is a blot."""
    return own_overlap(line) > 0.4


def own_overlap(line: Line) -> float:
    """Share of a line's ink that lies on other parts of the line, 0..1."""
    ink, step = _sampled(line)
    if len(ink) < 4:
        return 0.0
    number = np.arange(len(ink))
    apart = np.abs(number[:, None] - number) * step > END_PART
    covered = ((_distances(ink, ink) < NEAR) & apart).any(1)
    return float(covered.mean())


def overlap(line: Line, ink: Line) -> float:
    """Share of a line, its ends aside, that lies on ink (n, 2) that is there already, 0..1."""
    own, step = _sampled(line)
    margin = round(END_PART / step)
    inner = own[margin : len(own) - margin]
    if not len(inner) or not len(ink):
        return 0.0
    return float((_distances(inner, ink).min(1) < NEAR).mean())


def ink_of(lines: Sequence[Line]) -> Line:
    """Points along all lines, (n, 2)."""
    return np.concatenate([_sampled(line)[0] for line in lines]) if lines else np.zeros((0, 2))


def _sampled(line: Line) -> tuple[Line, float]:
    """Points along a line, not too many, and how far apart they are."""
    step = max(STEP, float(np.hypot(*np.diff(line, axis=0).T).sum()) / _MOST_POINTS)
    return resampled(line, step), step


def faults(lines: Lines, ink: Line, outside: Where) -> float | None:
    """How much is wrong with a candidate, 0 at best; None: not worth showing at all.

    Args:
        ink: what is drawn already, see `ink_of`.
        outside: which points lie where nothing is to be drawn.
    """
    own = ink_of(lines)
    lost = float(outside(own).mean())
    if lost > 0.25:
        return None
    lengths = np.array([STEP + np.hypot(*np.diff(line, axis=0).T).sum() for line in lines])
    weights = lengths / lengths.sum()
    covered = sum(w * overlap(line, ink) for w, line in zip(weights, lines, strict=True))
    tangled = sum(w * own_overlap(line) for w, line in zip(weights, lines, strict=True))
    dots = sum(float(np.ptp(line, axis=0).max()) <= DOT for line in lines) / len(lines)
    slight = 1 - float(np.log(lengths.sum() / 40).clip(-1.5, 1.0))
    return 2 * covered + 2 * tangled + 4 * lost + 0.6 * dots + slight / 2


def best(
    candidates: Sequence[Lines],
    wanted: int,
    ink: Line,
    outside: Where,
    merits: Sequence[float] | None = None,
) -> list[int]:
    """Indices of up to `wanted` candidates, the best first, then what is good and different.

    Two that can hardly be told apart are never both among them.

    Args:
        merits: what each is worth, its faults aside; None: how near it is to the others.
    """
    inks = [ink_of(lines) for lines in candidates]
    apart = np.zeros((len(inks), len(inks)))
    for i in range(len(inks)):
        for j in range(i):
            apart[i, j] = apart[j, i] = difference(inks[i], inks[j])
    if merits is None:
        merits = (-_NEARNESS * apart.sum(1) / max(len(inks) - 1, 1)).tolist()
    worth = {}
    for i, (lines, merit) in enumerate(zip(candidates, merits, strict=True)):
        wrong = faults(lines, ink, outside)
        if wrong is not None:
            worth[i] = merit - wrong
    nearest = dict.fromkeys(worth, _FAR)
    chosen: list[int] = []
    while worth and len(chosen) < wanted:
        top = max(worth, key=lambda i: worth[i] + _DIVERSITY * nearest[i])
        chosen.append(top)
        del worth[top]
        for i in list(worth):
            nearest[i] = min(nearest[i], float(apart[top, i]))
            if nearest[i] < NEAR:
                del worth[i]
    return chosen


def difference(a: Line, b: Line) -> float:
    """Symmetric Chamfer distance of two inks (n, 2), (m, 2), n, m >= 1, by some of their points."""
    distances = _distances(a[:: 1 + len(a) // _COMPARED], b[:: 1 + len(b) // _COMPARED])
    return float(distances.min(1).mean() + distances.min(0).mean()) / 2


def _distances(a: Line, b: Line) -> NDArray[np.float64]:
    return np.hypot(a[:, None, 0] - b[:, 0], a[:, None, 1] - b[:, 1])
