# SPDX-License-Identifier: GPL-3.0-or-later
"""Drawing on from a network's state, several ways side by side.  Imports numpy, jobs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai_tools.suggest.decoder import Decoder, State
from ai_tools.suggest.sampling import DOWN, END, LIFT, Floats, log_softmax, sample
from app.jobs import CancelToken

LONGEST_STROKE = 48
"""A stroke of more points than this is a scribble in place."""


@dataclass(frozen=True)
class Continuation:
    """One way to go on.

    Attributes:
        rows: stroke-3 in box units (n, 3), whole strokes only: the last row lifts the pen.
        row: of the state that it went on from.
        ended: the network held the drawing for finished behind it.
    """

    rows: Floats
    row: int
    ended: bool


def completeness(state: State) -> NDArray[np.float64]:
    """Probability that each drawing is finished as it is, (B,)."""
    pen = log_softmax(state.raw[:, : END + 1])
    return np.exp(pen[:, END].astype(np.float64))


def draw_on(
    decoder: Decoder,
    state: State,
    strokes: int,
    temperature: float,
    random: np.random.Generator,
    token: CancelToken,
    most_points: int,
) -> list[Continuation]:
    """Each row of the state drawn on by up to `strokes` strokes, at least one.

    Rows that do not finish a stroke within `most_points` points are left out.

    Raises:
        Cancelled: the token was cancelled.
    """
    count = len(state.raw)
    alive = np.arange(count)  # rows of the result that are still being drawn
    drawn: list[list[Floats]] = [[] for _ in range(count)]
    lifts, since_lift = np.zeros(count, np.int64), np.zeros(count, np.int64)
    ended = np.zeros(count, np.bool_)
    for _ in range(most_points):
        token.check()
        raw = state.raw.copy()
        raw[lifts[alive] == 0, END] = -np.inf  # asked for a stroke: one there shall be
        raw[since_lift[alive] >= LONGEST_STROKE, DOWN] = -np.inf
        points = sample(raw, temperature, random)
        for i, point in zip(alive, points, strict=True):
            if point[2 + END]:
                ended[i] = True
                continue
            offset = decoder.offsets(point)
            drawn[i].append(np.array([*offset, point[2 + LIFT]], np.float32))
            since_lift[i] = 0 if point[2 + LIFT] else since_lift[i] + 1
            lifts[i] += int(point[2 + LIFT])
        on = ~ended[alive] & (lifts[alive] < strokes)
        alive = alive[on]
        if not len(alive):
            break
        state = decoder.step(state.take(np.flatnonzero(on)), points[on])
    return [
        Continuation(np.array(rows[:end]), i, bool(ended[i]))
        for i, rows in enumerate(drawn)
        if (end := _whole(rows))
    ]


def _whole(rows: list[Floats]) -> int:
    """Rows up to the last one that lifts the pen."""
    return max((i + 1 for i, row in enumerate(rows) if row[2]), default=0)
