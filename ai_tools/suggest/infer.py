# SPDX-License-Identifier: GPL-3.0-or-later
"""Suggest Strokes' way in: the artist's strokes and wishes -> alternatives to go on.

Imports numpy, core values, jobs and the modules beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ai_tools.suggest.continuing import Continuation, completeness, draw_on
from ai_tools.suggest.curves import smooth
from ai_tools.suggest.decoder import Decoder
from ai_tools.suggest.guess import fitted, kinds, likeness
from ai_tools.suggest.manner import Manner
from ai_tools.suggest.prefix import (
    BOX,
    Drawing,
    Frame,
    Line,
    polylines,
    related,
    selected,
    side_of,
)
from ai_tools.suggest.ranking import best, ink_of, is_scribble
from app.core.geometry import Rect
from app.core.selection import Selection
from app.core.strokes import Stroke
from app.jobs import BadInput, CancelToken

if TYPE_CHECKING:
    from ai_tools.engine import Engine

NAME = "sketcher"
"""The weights' name."""

MOST_STROKES = 24
"""More strokes than this are not asked for at once."""
MOST_ALTERNATIVES = 8

_TRIES = 5  # continuations drawn for each one that is shown
_NEW_TRIES = 8  # there is no hurry, and most of them resemble nothing
_ROOM = 24  # points a stroke; few strokes need as many
_POINT_STEP = 3.0  # units between the points of a stroke, about as a pen reports them


@dataclass(frozen=True)
class SuggestRequest:
    """What to go on from, and how.

    Attributes:
        strokes: the artist's strokes on the canvas, oldest first; none for a new drawing.
        category: one of the network's labels, or None to guess.
        count: strokes of each alternative, 1..24.
        alternatives: how many, 1..8.
        temperature: 0 draws what is likeliest, 1 is bold.
        seed: the same request with the same seed has the same answer.
        place: where on the canvas a new drawing goes; None: 255 pixels at the corner.
        canvas: nothing is suggested outside it; None: anywhere.
        selection: nor outside this.
    """

    strokes: tuple[Stroke, ...] = ()
    category: str | None = None
    count: int = 1
    alternatives: int = 3
    temperature: float = 0.4
    seed: int = 0
    place: Rect | None = None
    canvas: Rect | None = None
    selection: Selection | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST_STROKES:
            raise ValueError(f"{self.count} strokes are not within 1..{MOST_STROKES}")
        if not 1 <= self.alternatives <= MOST_ALTERNATIVES:
            text = f"{self.alternatives} alternatives are not within 1..{MOST_ALTERNATIVES}"
            raise ValueError(text)
        if not 0 <= self.temperature <= 1:
            raise ValueError(f"the temperature {self.temperature} is not within 0..1")


@dataclass(frozen=True)
class Alternative:
    """One way to go on.

    Attributes:
        strokes: float32 (n, 4) each: x, y (canvas pixels), pressure, seconds.
        category: as what it was drawn.
    """

    strokes: tuple[NDArray[np.float32], ...]
    category: str


@dataclass(frozen=True)
class SuggestResult:
    """The answer.

    Attributes:
        alternatives: the best first; may be fewer than asked for, or none.
        used: the strokes that were gone on from.
        guess: the most probable category, and how probable it is, 0..1; when the category was
            told, that one and 1.
        complete: probability that the drawing is finished as it is.
    """

    alternatives: tuple[Alternative, ...]
    used: tuple[Stroke, ...]
    guess: tuple[str, float]
    complete: float


def run(
    request: SuggestRequest,
    token: CancelToken,
    progress: Callable[[float, str], object],
    engine: Engine | None = None,
) -> SuggestResult:
    """Alternatives for a request.

    Args:
        engine: runs the network; None: the weights that ship with the program.

    Raises:
        BadInput: there is nothing to go on from, or no such category.
        WeightsError, EngineMissing: the network cannot be run.
        Cancelled: the token was cancelled.
    """
    used = related(request.strokes, request.selection)
    if request.strokes and not used:
        raise BadInput(
            "There are no strokes to go on from inside the selection."
            if request.selection is not None
            else "The layer's strokes are all erasers: draw something first."
        )
    decoder = _decoder() if engine is None else Decoder(engine)
    token.check()
    progress(0.1, "Reading the strokes")
    random = np.random.default_rng(request.seed)
    if used:
        lines = [stroke.points[:, :2].astype(np.float64) for stroke in used]
        drawing, frame = fitted(decoder, lines, side_of(used))
    else:
        drawing, frame = np.zeros((0, 3), np.int16), Frame(0, 0, 1)
    token.check()
    known, state = kinds(decoder, drawing, _labels(decoder, request.category))
    progress(0.4, "Drawing on")
    tries = request.alternatives * (_TRIES if used else _NEW_TRIES)
    chosen = random.choice(len(known.labels), tries, p=known.probability)
    state = state.take(chosen)
    room = max(_ROOM, decoder.longest - len(drawing))
    continuations = draw_on(
        decoder,
        state,
        request.count,
        request.temperature,
        random,
        token,
        min(room, _ROOM * request.count),
    )
    progress(0.7, "Choosing")
    tidy = _tidy(request, drawing, frame, continuations)
    merits = None  # of a new drawing: whether it shows what it shall
    if not used:
        merits = []
        for number, one in enumerate(tidy):
            token.check()
            progress(0.7 + 0.3 * number / len(tidy), "Choosing")
            rows, label = one.continuation.rows, known.labels[chosen[one.continuation.row]]
            merits.append(likeness(decoder, rows, label, random))
    shown = best(
        [one.lines for one in tidy],
        request.alternatives,
        ink_of(polylines(drawing)),
        _outside(request, frame) if used else _nowhere,
        merits,
    )
    manner = Manner.of(used)
    alternatives = tuple(
        Alternative(
            tuple(manner.drawn(one.frame.to_canvas(line)) for line in one.lines),
            known.labels[chosen[one.continuation.row]],
        )
        for one in (tidy[i] for i in shown)
    )
    finished = float(completeness(state).mean())
    return SuggestResult(alternatives, used, (known.best, known.certainty), finished)


def _decoder() -> Decoder:
    from ai_tools.engine import open_engine

    return Decoder(open_engine(NAME))


def _labels(decoder: Decoder, category: str | None) -> tuple[str, ...]:
    if category is None:
        return decoder.labels
    if category not in decoder.labels:
        raise BadInput(f"“{category}” is none of the {len(decoder.labels)} things it can draw.")
    return (category,)


@dataclass(frozen=True)
class _Tidy:
    """A continuation as smooth strokes in box units, and where they go."""

    continuation: Continuation
    lines: tuple[Line, ...]
    frame: Frame


def _tidy(
    request: SuggestRequest, drawing: Drawing, frame: Frame, continuations: list[Continuation]
) -> list[_Tidy]:
    """The continuations that have more to them than scribbles."""
    tidy = []
    for continuation in continuations:
        lines = [smooth(x, _POINT_STEP) for x in polylines(continuation.rows, drawing)]
        lines = [line for line in lines if not is_scribble(line)]
        if lines:
            where = frame if request.strokes else _placed(lines, request.place)
            tidy.append(_Tidy(continuation, tuple(lines), where))
    return tidy


def _placed(lines: list[Line], place: Rect | None) -> Frame:
    """The frame that lets a new drawing fill a rectangle, as large as fits, in its middle."""
    place = Rect(0, 0, BOX, BOX) if place is None else place
    every = np.concatenate(lines)
    low, extent = every.min(0), np.ptp(every, axis=0)
    unit = float(min(place.w / max(extent[0], 1.0), place.h / max(extent[1], 1.0)))
    margin = (np.array([place.w, place.h]) - extent * unit) / 2
    x, y = (margin - low * unit).tolist()
    return Frame(place.x + x, place.y + y, unit)


def _nowhere(points: Line) -> NDArray[np.bool_]:
    return np.zeros(len(points), np.bool_)


def _outside(request: SuggestRequest, frame: Frame) -> Callable[[Line], NDArray[np.bool_]]:
    """Which points in box units lie off the canvas or off the selection."""

    def outside(points: Line) -> NDArray[np.bool_]:
        places = frame.to_canvas(points)
        result = np.zeros(len(points), np.bool_)
        if request.canvas is not None:
            area = request.canvas
            result |= ((places < (area.x, area.y)) | (places > (area.right, area.bottom))).any(1)
        if request.selection is not None:
            result |= ~selected(places, request.selection)
        return result

    return outside
