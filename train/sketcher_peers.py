# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways to continue a drawing, a network's and simple ones, to measure them beside each other.

Imports numpy and train.  Every way sees the same beginnings and answers with pen movements.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from train.common.seeds import numpy_generator
from train.data.sketch_batches import condition_values
from train.data.sketch_raster import box_of, polylines
from train.data.sketches import SketchSet, offsets_of
from train.sketcher_drawing import Model, Prompt, complete

Points = NDArray[np.float32]
"""Stroke-3 in box units (n, 3): dx, dy, pen lift after this point."""

_SPACING = 10.0
"""Box units between two places at which the ways of two pens are compared."""

_PLACES = 200
"""So many of them at most."""


@dataclass(frozen=True, eq=False)
class Case:
    """A drawing whose beginning is given."""

    index: int
    """Of the drawing in its set."""
    points: Points
    start: Points
    label: int
    attributes: NDArray[np.int64]
    """What is told to a network (a,)."""
    percent: float
    """How much of the points the beginning has."""


Way = Callable[[Sequence[Case], int], list[list[Points]]]
"""(cases, count) -> for each case 1 to `count` continuations, the best guess first."""


def cases_of(
    data: SketchSet, chosen: NDArray[np.int64], percent: float, model: Model
) -> list[Case]:
    """The beginnings of the chosen drawings."""
    attributes = condition_values(data, model.settings.condition)
    cases = []
    for i in map(int, chosen):
        points = offsets_of(data.sketches[i])
        start = points[: round(len(points) * percent / 100)]
        cases.append(Case(i, points, start, int(data.label[i]), attributes[i], percent))
    return cases


def ways_of(model: Model, data: SketchSet, training: SketchSet) -> Mapping[str, Way]:
    """network: the model; nearest: the training drawings of the same label that begin most alike,
    see `Nearest`; each also with the label not told, as network_untold, nearest_untold.

    other: the rests of other drawings of the same label, their boxes laid over the true one: it
    knows where and how large the drawing will be.
    mirror: the beginning again, mirrored at the upright through the pen; nothing: no more ink.

    Args:
        data: where cases come from.
        training: where neighbours come from.
    """
    nearest = Nearest(training)

    def network(cases: Sequence[Case], count: int, told: bool) -> list[list[Points]]:
        prompts = [
            Prompt(case.start, case.attributes if told else np.full_like(case.attributes, -1))
            for case in cases
        ]
        return complete(model, prompts, count=count)

    return {
        "network": lambda cases, count: network(cases, count, True),
        "network_untold": lambda cases, count: network(cases, count, False),
        "nearest": lambda cases, count: [
            nearest.rests(case.start, count, case.label) for case in cases
        ],
        "nearest_untold": lambda cases, count: [nearest.rests(case.start, count) for case in cases],
        "other": lambda cases, count: [_rests_of_others(data, case, count) for case in cases],
        "mirror": lambda cases, count: [[mirrored(case.start)] for case in cases],
        "nothing": lambda cases, count: [[case.start[:0]] for case in cases],
    }


class Nearest:
    """Drawings, to find those that begin like a given one.

    The pen's way is compared, lifted or not, at equal distances along it, both from their first
    point on: the mean squared distance of places.
    """

    def __init__(self, training: SketchSet) -> None:
        self.points = [offsets_of(sketch) for sketch in training.sketches]
        self.label = training.label
        self.places = np.full((len(self.points), _PLACES, 2), np.nan, np.float32)
        for places, points in zip(self.places, self.points, strict=True):
            way = _places(points)
            places[: len(way)] = way

    def rests(self, start: Points, count: int, label: int = -1) -> list[Points]:
        """What the nearest `count` drawings have behind a beginning as long as `start`, laid so
        that the first points coincide; of one label, unless that is -1.

        Fewer where fewer drawings are so long; nothing more to draw where none is.
        """
        wanted = _places(start)
        some = np.arange(len(self.label)) if label < 0 else np.flatnonzero(self.label == label)
        apart = ((self.places[some, : len(wanted)] - wanted) ** 2).sum(2).mean(1)
        order = np.argsort(apart, kind="stable")[: np.isfinite(apart).sum()][:count]
        return [_behind(self.points[i], start) for i in some[order]] or [start[:0]]


def _way(points: Points) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Places (n + 1, 2) of the pen, from (0, 0) on, and how far it has come there (n + 1)."""
    steps = points[:, :2].astype(np.float64)
    path = np.concatenate([np.zeros((1, 2)), steps.cumsum(0)])
    return path, np.concatenate([[0.0], np.hypot(*steps.T).cumsum()])


def _places(points: Points) -> NDArray[np.float64]:
    """Where the pen is at equal distances along its way: (at most `_PLACES`, 2)."""
    path, come = _way(points)
    at = np.arange(min(_PLACES, int(come[-1] / _SPACING) + 1)) * _SPACING
    return np.stack([np.interp(at, come, path[:, k]) for k in (0, 1)], axis=1)


def _behind(points: Points, start: Points) -> Points:
    """The part of a drawing behind as long a way as `start`'s, to be drawn from its end on."""
    (path, come), (before, length) = _way(points), _way(start)
    first = int(np.searchsorted(come[1:], length[-1], side="right"))
    rest = points[first:].copy()
    if len(rest):
        rest[0, :2] = path[first + 1] - before[-1]
    return rest


def mirrored(start: Points) -> Points:
    """The beginning (n, 3) drawn backwards, mirrored at the upright through its end: (n + 1, 3)."""
    back = np.zeros((len(start) + 1, 3), np.float32)
    # Backwards dx and dy change signs, and mirroring turns dx over once more.
    back[1:, :2] = start[::-1, :2] * np.array([1, -1])
    # The pen is up on the way back to a point if it was up on the way from there.
    back[:, 2] = np.concatenate([start[:-1, 2][::-1], [0, 1]])[-len(back) :]
    return back


def _rests_of_others(data: SketchSet, case: Case, count: int) -> list[Points]:
    """The last parts of other drawings of the same label, all boxes laid together.

    A drawing that is the only one of its label stands in for itself, blank.
    """
    same = np.flatnonzero(data.label == case.label)
    others = numpy_generator(3, case.index).permutation(same[same != case.index])[:count]
    corner = box_of(polylines(case.points))[0]
    pen = _way(case.start)[0][-1]
    down = not len(case.start) or case.start[-1, 2] == 0
    rests = []
    for other in others:
        points = offsets_of(data.sketches[other])
        cut = round(len(points) * case.percent / 100)
        rest = points[cut:].copy()
        if not len(rest):
            rests.append(rest)
            continue
        place = _way(points)[0] + corner - box_of(polylines(points))[0]
        if cut and points[cut - 1, 2] > 0:
            rest[0, :2] = place[cut + 1] - pen
        else:  # the cut is in the middle of a stroke
            rest = np.concatenate([[[*(place[cut] - pen), 0]], rest])
        if down:
            rest = np.concatenate([[[0, 0, 1]], rest])
        rests.append(rest.astype(np.float32))
    return rests or [case.start[:0]]
