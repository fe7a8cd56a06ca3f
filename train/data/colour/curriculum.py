# SPDX-License-Identifier: GPL-3.0-or-later
"""How much is to be painted and hinted as training goes on.  Imports numpy.

StencilTorch section 3.5 with its three readings: the formula of the paper, the published code,
whose cast to int leaves only 0 and 1, and the paper's prose, "progressively more regions".
"""

from __future__ import annotations

from typing import Literal

import numpy as np

Curriculum = Literal["none", "C_formula", "C_legacy_int", "C_prose"]
CURRICULA: tuple[Curriculum, ...] = ("none", "C_formula", "C_legacy_int", "C_prose")

START = 0.9
"""The first epsilon."""

SPAN = 0.8
"""Share of training in which epsilon falls to 0, linearly."""


def epsilon(progress: float) -> float:
    """Epsilon after a share 0..1 of the training."""
    return max(0.0, START * (1 - progress / SPAN))


def draw_share(curriculum: Curriculum, progress: float, rng: np.random.Generator) -> float:
    """A share p, 0..1, drawn once for the mask and once more for the hints.

    u is one of 0, .1, .. 1 as in the published code, so that whole masks, no hints and dense
    hints do come up.

    Raises:
        ValueError: no such curriculum.
    """
    u = int(rng.integers(11)) / 10
    if curriculum == "none":
        return u
    if curriculum == "C_formula":
        return max(epsilon(progress), u)
    if curriculum == "C_legacy_int":
        return float(int(max(epsilon(progress), u)))
    if curriculum == "C_prose":
        return u * (1 - epsilon(progress))
    raise ValueError(f"{curriculum!r} is none of the curricula {', '.join(CURRICULA)}")
