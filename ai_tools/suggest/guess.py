# SPDX-License-Identifier: GPL-3.0-or-later
"""What an unfinished drawing is: how large it will be, and of what.  Imports numpy only.

Both are asked of the network: the size, or the kind, under which it finds the given points the
likeliest.  On drawings held apart this nearly halves the error of the size, compared with taking
the given part for the whole.  The kind is right for 18, 35 and 56 % of a quarter, a half and three
quarters of a drawing, and the rest of the drawing is likelier under all kinds, weighted so, than
under the best guess alone or under "not told".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai_tools.suggest.decoder import Decoder, State
from ai_tools.suggest.prefix import BOX, Drawing, Frame, Line, simplified

SHARES = np.geomspace(1, 0.27, 8)
"""The given part's longer side as a share of the whole drawing's, which are tried."""

RIVALS = 9
"""Labels that a finished drawing's own one is compared with; all of them would take too long."""


@dataclass(frozen=True)
class Kinds:
    """How probable labels are.

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


def kinds(decoder: Decoder, drawing: Drawing, labels: Sequence[str]) -> tuple[Kinds, State]:
    """Which of these labels a drawing in box units may have, each as probable as the other where
    it is empty; and the state behind it under each of them, to go on from."""
    rows = np.array([decoder.labels.index(label) for label in labels])
    state, likelihood = decoder.begin(drawing, decoder.conditions(rows))
    return Kinds(tuple(labels), _normalised(likelihood.sum(1))), state


def likeness(decoder: Decoder, drawing: Drawing, label: str, random: np.random.Generator) -> float:
    """How well a drawing shows its label, by the network's own judgement: log of the label's
    probability beside that of a few others, at most 0.

    The best of six by this is recognised by half as many more than any of them."""
    others = [other for other in decoder.labels if other != label]
    rivals = [others[i] for i in random.permutation(len(others))[:RIVALS]]
    found, _ = kinds(decoder, drawing, [label, *rivals])
    return float(np.log(found.probability[0] + 1e-9))


def _normalised(evidence: NDArray[np.floating]) -> NDArray[np.float64]:
    weight = np.exp(evidence.astype(np.float64) - evidence.max())
    return weight / weight.sum()
