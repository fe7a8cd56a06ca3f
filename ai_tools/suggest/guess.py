# SPDX-License-Identifier: GPL-3.0-or-later
"""What an unfinished drawing is: how large it will be, and of what.  Imports numpy only.

Both are asked of the network: the size, or the kind, under which it finds the given points the
likeliest.  On drawings held apart this halves the error of the size against taking the given part
for the whole.  The kind is right for 18, 35 and 56 % of a quarter, a half and three quarters of a
drawing, and the rest of the drawing is likelier under all kinds, weighted so, than under the best
guess alone or under "not told".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai_tools.suggest.decoder import Decoder
from ai_tools.suggest.prefix import BOX, Drawing, Frame, Line, simplified

SHARES = np.geomspace(1, 0.27, 8)
"""The given part's longer side as a share of the whole drawing's, which are tried."""

RIVALS = 9
"""Labels that a finished drawing's own one is compared with; all of them would take too long."""


@dataclass(frozen=True)
class Kinds:
    """How probable each of a decoder's labels is.

    Attributes:
        probability: (k,), sums to 1.
    """

    labels: tuple[str, ...]
    probability: NDArray[np.float64]

    @property
    def best(self) -> str:
        """The most probable label."""
        return self.labels[int(self.probability.argmax())]

    @property
    def certainty(self) -> float:
        """Its probability."""
        return float(self.probability.max())


def fitted(decoder: Decoder, lines: Sequence[Line], side: float) -> tuple[Drawing, Frame]:
    """The strokes as a drawing in the units in which the whole of it will fill the box.

    Args:
        lines: canvas pixels, oldest first.
        side: longer side of the box around them in canvas pixels.
    """
    drawing, _ = simplified(lines, side / BOX)
    scaled = np.repeat(drawing[None].astype(np.float32), len(SHARES), 0)
    scaled[..., :2] *= SHARES[:, None, None]
    untold = decoder.conditions(np.full(len(SHARES), -1))
    _, likelihood = decoder.begin(scaled, untold)
    # Densities in other units: comparing them takes the change of units into account.
    evidence = likelihood.sum(1) + 2 * len(drawing) * np.log(SHARES)
    weight = _normalised(evidence)
    share = float(np.exp((weight * np.log(SHARES)).sum()))
    return simplified(lines, side / BOX / share)


def kinds(decoder: Decoder, drawing: Drawing) -> Kinds:
    """Of what a drawing in box units may be; each as probable as the other where it is empty."""
    conditions = decoder.conditions(np.arange(len(decoder.labels)))
    _, likelihood = decoder.begin(drawing, conditions)
    return Kinds(decoder.labels, _normalised(likelihood.sum(1)))


def likeness(
    decoder: Decoder, drawing: Drawing, label: int, random: np.random.Generator
) -> float:
    """How well a drawing shows its label, by the network's own judgement: log of the label's
    probability beside that of a few others, at most 0."""
    others = np.delete(np.arange(len(decoder.labels)), label)
    rivals = random.permutation(others)[:RIVALS]
    rows = decoder.conditions(np.array([label, *rivals]))
    _, likelihood = decoder.begin(drawing, rows)
    return float(np.log(_normalised(likelihood.sum(1))[0] + 1e-9))


def _normalised(evidence: NDArray[np.floating]) -> NDArray[np.float64]:
    weight = np.exp(evidence.astype(np.float64) - evidence.max())
    return weight / weight.sum()
