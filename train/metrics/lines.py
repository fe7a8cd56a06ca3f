# SPDX-License-Identifier: GPL-3.0-or-later
"""How near drawn lines are to the wanted ones.  Imports numpy, cv2, ai_tools.simplify.centrelines.

The measures of Yan et al., A Benchmark for Rough Sketch Cleanup (2020): F-score at tolerances,
Chamfer and Hausdorff distance between the pixels of lines, in parts of the picture's longer side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ai_tools.simplify.centrelines import branches, thin

DARK = 0.25
"""Pixels at least this dark, 0..1, count as lines."""

TOLERANCES = (2, 4, 6, 8, 10)
"""Of the F-score, in thousandths of the longer side."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class LineScores:
    """Agreement of two masks of lines."""

    f: dict[int, float]
    """F-score by tolerance in thousandths of the longer side, 0..1."""
    precision: dict[int, float]
    """Share of drawn pixels within tolerance of a wanted one."""
    recall: dict[int, float]
    """Share of wanted pixels within tolerance of a drawn one."""
    chamfer: float
    """Mean distance to the other's lines, mean of both directions, in longer sides."""
    hausdorff: float
    """Largest such distance."""

    @property
    def f_mean(self) -> float:
        """Mean F-score over the tolerances."""
        return float(np.mean(list(self.f.values())))


def line_mask(picture: NDArray[np.uint8]) -> Mask:
    """Which pixels of a grey picture, 255 = white, count as lines."""
    return picture <= 255 * (1 - DARK)


def line_scores(drawn: Mask, wanted: Mask, tolerances: Sequence[int] = TOLERANCES) -> LineScores:
    """Compares two masks (h, w), True on lines.

    Two empty masks agree fully; where one is empty, F is 0 and the distances are 1.

    Raises:
        ValueError: the masks differ in size.
    """
    if drawn.shape != wanted.shape:
        raise ValueError(f"masks of {drawn.shape} and {wanted.shape} cannot be compared")
    if not drawn.any() or not wanted.any():
        same = float(drawn.any() == wanted.any())
        shares = dict.fromkeys(tolerances, same)
        return LineScores(shares, dict(shares), dict(shares), 1 - same, 1 - same)
    longer = max(drawn.shape)
    to_wanted = _distance(wanted)[drawn]
    to_drawn = _distance(drawn)[wanted]
    precision = {t: float((to_wanted <= t * longer / 1000).mean()) for t in tolerances}
    recall = {t: float((to_drawn <= t * longer / 1000).mean()) for t in tolerances}
    return LineScores(
        {t: _harmonic(precision[t], recall[t]) for t in tolerances},
        precision,
        recall,
        float(to_wanted.mean() + to_drawn.mean()) / 2 / longer,
        float(max(to_wanted.max(), to_drawn.max())) / longer,
    )


def mean_scores(scores: Sequence[LineScores]) -> dict[str, float]:
    """Means over pictures by name: f_T, precision_T, recall_T, f_mean, chamfer, hausdorff."""
    figures: dict[str, float] = {}
    for tolerance in scores[0].f:
        figures[f"f_{tolerance}"] = float(np.mean([s.f[tolerance] for s in scores]))
    for tolerance in scores[0].f:
        figures[f"precision_{tolerance}"] = float(np.mean([s.precision[tolerance] for s in scores]))
        figures[f"recall_{tolerance}"] = float(np.mean([s.recall[tolerance] for s in scores]))
    figures["f_mean"] = float(np.mean([s.f_mean for s in scores]))
    figures["chamfer"] = float(np.mean([s.chamfer for s in scores]))
    figures["hausdorff"] = float(np.mean([s.hausdorff for s in scores]))
    return figures


def _distance(mask: Mask) -> NDArray[np.float32]:
    """Of every pixel to the nearest one of the mask, in pixels."""
    away = np.where(mask, 0, 255).astype(np.uint8)
    return np.asarray(cv2.distanceTransform(away, cv2.DIST_L2, cv2.DIST_MASK_PRECISE))


def _harmonic(a: float, b: float) -> float:
    return 2 * a * b / (a + b) if a + b > 0 else 0.0


@dataclass(frozen=True)
class Structure:
    """What a drawing's centre lines are made of."""

    branches: int
    """Stretches of line between ends and junctions."""
    ends: int
    """Places where a line ends in the open."""
    junctions: int
    """Places where three or more lines meet."""


def centre_lines(mask: Mask) -> Mask:
    """The middle of the lines (h, w), one pixel wide; of centre lines, themselves."""
    return thin(mask.astype(np.uint8), lambda: None) > 0


def structure(mask: Mask) -> Structure:
    """Counts on the thinned mask (h, w).  Doubled or broken lines show in branches and ends."""
    cut = branches(centre_lines(mask).astype(np.uint8))
    meeting = (cut.junctions == 2).astype(np.uint8)
    # The arms of one crossing may meet in two pixels side by side.
    together = cv2.dilate(meeting, np.ones((3, 3), np.uint8))
    return Structure(
        cut.count, int(cut.ends.sum()), cv2.connectedComponents(together, connectivity=8)[0] - 1
    )


def structure_errors(drawn: Structure, wanted: Structure) -> dict[str, float]:
    """How far the counts are off, as shares of the wanted counts: branches, ends, junctions."""
    return {
        f"{name}_error": abs(getattr(drawn, name) - getattr(wanted, name))
        / max(getattr(wanted, name), 1)
        for name in ("branches", "ends", "junctions")
    }
