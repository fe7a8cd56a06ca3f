# SPDX-License-Identifier: GPL-3.0-or-later
"""The sketch network over an engine: drawings in, mixtures of the next point out.  Imports numpy.

See `parts` for what the engine is asked.  Drawings are stroke-3 rows (n, 3) = dx, dy, pen lift
after this point, in units of a box whose longer side is 255 for a whole drawing, y down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ai_tools.suggest.sampling import log_likelihood
from ai_tools.weights import WEIGHTS, Entry, WeightsError

if TYPE_CHECKING:
    from ai_tools.engine import Engine

Floats = NDArray[np.float32]

OFFSET_LIMIT = 1000
"""Offsets are clamped to this many box units, as in training."""


@dataclass(frozen=True)
class State:
    """B unfinished drawings as the network remembers them; immutable.

    Attributes:
        raw: (B, 3 + 6 M), the distribution of each drawing's next point.
        tensors: what the engine needs to go on, by name, (B, .) each.
    """

    raw: Floats
    tensors: Mapping[str, Floats]

    def take(self, rows: NDArray[np.integer[Any]]) -> State:
        """The drawings of these rows; a row may come more than once."""
        return State(self.raw[rows], {name: t[rows] for name, t in self.tensors.items()})


class Decoder:
    """What the network knows, and its next-point distributions.

    Attributes:
        labels: the kinds of drawing that it knows.
        longest: points of the longest drawing that it was trained with.
        temperature: the one that its figures were measured with.

    Raises:
        WeightsError: the engine's weights are not a sketcher's.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        entry = engine.entry
        try:
            self.labels = tuple(str(label) for label in entry.task["labels"])
            self.longest = int(entry.task["longest"])
            self.temperature = float(entry.task["temperature"])
            self._scale = float(entry.task["scale_factor"])
            self._read_config(entry)
        except (KeyError, TypeError, ValueError) as error:
            raise WeightsError(WEIGHTS / entry.file, "other version", repr(error)) from error
        if self._conditions != len(self.labels):
            reason = f"{len(self.labels)} labels for a condition of {self._conditions}"
            raise WeightsError(WEIGHTS / entry.file, "other version", reason)

    def _read_config(self, entry: Entry) -> None:
        config = entry.config
        self._conditions = int(config["condition"])
        self._latent = int(config["latent"])
        has_influence = config["influence"] != "none"
        self._influence = int(config["influence_size"]) if has_influence else 0
        self._state = state_sizes(
            int(config["decoder_hidden"]), int(config["encoder_hidden"]), config["influence"]
        )

    def conditions(self, labels: NDArray[np.integer[Any]]) -> Floats:
        """One row (B, k) for each index into `labels`, -1 = not told."""
        return np.vstack([np.eye(self._conditions), np.zeros(self._conditions)])[labels].astype(
            np.float32
        )

    def stroke5(self, drawing: NDArray[Any]) -> Floats:
        """Stroke-3 rows (..., 3) in box units as the network reads them, (..., 5)."""
        lift = drawing[..., 2] > 0
        offsets = drawing[..., :2].clip(-OFFSET_LIMIT, OFFSET_LIMIT) / self._scale
        pen = np.stack([~lift, lift, np.zeros_like(lift)], -1)
        return np.concatenate([offsets, pen], -1).astype(np.float32)

    def offsets(self, points: Floats) -> Floats:
        """The way back: points (..., 5) as offsets (..., 2) in box units."""
        return points[..., :2] * self._scale

    def begin(self, drawing: NDArray[Any], conditions: Floats) -> tuple[State, Floats]:
        """Reads an unfinished drawing under B conditions at once.

        The network's latents take their means: with draws of them, new drawings are recognised
        half as often.

        Args:
            drawing: stroke-3 rows (n, 3), n >= 0, or (B, n, 3), one drawing for each row.
            conditions: (B, k), see `conditions`.

        Returns:
            the state behind the drawing, and log p of each of its points, (B, n).
        """
        batch, points = len(conditions), self.stroke5(drawing)
        constant: dict[str, Floats] = {}
        if self._influence:
            constant["influence_noise"] = np.zeros((batch, self._influence), np.float32)
        # An engine's recurrent layers refuse to read nothing: `lengths` says that the row is none.
        length = points.shape[-2]
        rows = points if length else np.zeros((1, 5), np.float32)
        spread = np.ascontiguousarray(np.broadcast_to(rows, (batch, *rows.shape[-2:])))
        started = self._engine(
            "start",
            points=spread,
            lengths=np.full(batch, length, np.int64),
            condition=conditions,
            latent_noise=np.zeros((batch, self._latent), np.float32),
            **constant,
        )
        first = started.pop("raw")
        blank = {name: np.zeros((batch, n), np.float32) for name, n in self._state.items()}
        state = State(first, blank | constant | started)
        if not length:
            return state, np.zeros((batch, 0), np.float32)
        state, raws = self._moved("read", state, points=spread)
        outputs = np.concatenate([first[:, None], raws[:, :-1]], 1)
        return replace(state, raw=raws[:, -1]), log_likelihood(outputs, spread)

    def step(self, state: State, points: Floats) -> State:
        """Adds one point (B, 5) to each drawing."""
        return self._moved("step", state, point=points)[0]

    def _moved(self, part: str, state: State, **points: Floats) -> tuple[State, Floats]:
        result = self._engine(part, **points, **state.tensors)
        raw = result.pop("raw")
        moved = {name.removeprefix("next_"): value for name, value in result.items()}
        return State(raw, {**state.tensors, **moved}), raw


def state_sizes(decoder_hidden: int, encoder_hidden: int, influence: str) -> dict[str, int]:
    """Widths of the tensors that every point changes, in the order of the parts' inputs.

    hidden, cell: the decoder's; tracker_hidden, tracker_cell: the forward encoder's, which the
    influence layer follows; total, count: sum and number of the encoder's states so far.
    """
    sizes = {"hidden": decoder_hidden, "cell": decoder_hidden}
    if influence == "prefix_fc":
        tracker = dict.fromkeys(("tracker_hidden", "tracker_cell", "total"), encoder_hidden)
        sizes |= tracker | {"count": 1}
    return sizes
