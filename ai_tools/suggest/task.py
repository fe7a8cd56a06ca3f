# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of Suggest Strokes: which strokes it goes on from, and what its answer looks like.

Imports the plugin room, jobs, core values and QtCore for translated texts. `suggest.infer` is
imported in the job, so that neither starting the program nor opening the dock waits for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication

from app.core.brush import BrushSettings
from app.core.document import Document
from app.core.layers import PaintLayer
from app.core.selection import Selection
from app.core.strokes import Rgb, Stroke
from app.core.tiles import TILE
from app.jobs import BadInput, CancelToken, Progress
from app.plugins import PaintContext

if TYPE_CHECKING:
    from ai_tools.suggest.infer import SuggestRequest, SuggestResult

Points = NDArray[np.float32]

_INK_LEFT = 0.4  # a stroke of which less is left was erased
_LOOKED_AT = 32  # points of a stroke where its ink is looked for


@dataclass(frozen=True)
class Hand:
    """What strokes are painted with: the artist's brush, colour and limits at the time of asking.

    Attributes:
        seed: of the brush's jitter; ghosts and what is taken of them then look the same.
    """

    brush: BrushSettings
    colour: Rgb
    selection: Selection | None
    document: Document
    seed: int = 0

    @classmethod
    def of(cls, context: PaintContext, seed: int = 0) -> Hand:
        """The artist's hand as it is now."""
        # The points are where the line shall go, so that nothing is left to steady.
        brush = replace(context.brush, erase=False, stabiliser=0.0)
        document = context.document()
        return cls(brush, context.colour, document.selection, document, seed)

    def paint(self, layer: PaintLayer, points: Points) -> PaintLayer:
        """The layer with one more stroke through points (n, 4), recorded as a stroke like any."""
        from app.core.stroke_engine import StrokeEngine

        engine = StrokeEngine(
            self.brush, self.colour, layer, self.selection, self.document.bounds, self.seed
        )
        engine.add([tuple(row) for row in points.tolist()])
        return engine.finish()


@dataclass(frozen=True)
class Source:
    """The layer that the artist draws on, and what has been suggested for it already.

    Attributes:
        layer: theirs.
        target: the layer that takes suggestions, None where a new one is to be made.
        strokes: of both, oldest first.
    """

    layer: PaintLayer
    target: PaintLayer | None
    strokes: tuple[Stroke, ...]

    @property
    def target_name(self) -> str:
        """Name of the layer that takes suggestions."""
        return suggestions_name(self.layer)


@dataclass(frozen=True)
class Ghost:
    """An alternative as it is shown before it is taken.

    Attributes:
        strokes: float32 (n, 4) each.
        layers: each stroke alone, painted.
        category: as what the network drew it.
    """

    strokes: tuple[Points, ...]
    layers: tuple[PaintLayer, ...]
    category: str


@dataclass(frozen=True)
class Answer:
    """What a run found: its ghosts, the best first, and the rest of the result."""

    ghosts: tuple[Ghost, ...]
    result: SuggestResult


@dataclass(frozen=True)
class Task:
    """One run.

    Attributes:
        source: None for a new drawing.
    """

    request: SuggestRequest
    hand: Hand
    source: Source | None = None

    def run(self, token: CancelToken, progress: Progress) -> Answer:
        """The job: ask the network, and paint what it suggests."""
        from ai_tools.suggest.infer import run

        result = run(self.request, token, progress)
        ghosts = []
        for alternative in result.alternatives:
            token.check()
            blank = PaintLayer(name="")
            layers = tuple(
                replace(self.hand.paint(blank, points), strokes=())
                for points in alternative.strokes
            )
            ghosts.append(Ghost(alternative.strokes, layers, alternative.category))
        return Answer(tuple(ghosts), result)


def suggestions_name(layer: PaintLayer) -> str:
    """Name of the layer that takes what is suggested for `layer`."""
    text = QCoreApplication.translate("SuggestDock", "Suggestions – {layer}")
    return text.format(layer=layer.name)


def look_at(context: PaintContext, target_of: dict[str, str]) -> Source:
    """What the artist draws on now.

    Args:
        target_of: layer id -> id of the layer that takes its suggestions, as far as known.

    Raises:
        BadInput: there is no stroke to go on from.
    """
    layer = context.active_layer
    if layer is None:
        raise BadInput(_tr("Choose a layer first."))
    if not isinstance(layer, PaintLayer):
        raise BadInput(_tr("“{layer}” holds no pen strokes.").format(layer=layer.name))
    target = _target(context.document(), layer, target_of)
    of_layers = [layer] if target is None or target is layer else [layer, target]
    alive = {id(stroke) for one in of_layers for stroke in one.strokes if _has_ink(one, stroke)}
    strokes = tuple(stroke for stroke in context.strokes_since(-1) if id(stroke) in alive)
    if not strokes:
        if layer.tiles.is_empty:
            raise BadInput(_tr("Draw something first: suggestions go on from your strokes."))
        text = _tr(
            "“{layer}” has no pen strokes to go on from: pixels alone cannot be continued. "
            "Draw a stroke on it."
        )
        raise BadInput(text.format(layer=layer.name))
    return Source(layer, target, strokes)


def _target(document: Document, layer: PaintLayer, known: dict[str, str]) -> PaintLayer | None:
    """The layer that takes suggestions for `layer`: the one remembered, else one of that name;
    a layer of suggestions takes its own."""
    if layer.id in known.values() or layer.name.startswith(suggestions_name(_UNNAMED)):
        return layer
    remembered = known.get(layer.id)
    name = suggestions_name(layer)
    for other in document.walk():
        fits = other.id == remembered if remembered is not None else other.name == name
        if fits and isinstance(other, PaintLayer) and _takes_paint(other):
            return other
    return None


_UNNAMED = PaintLayer(name="")


def _takes_paint(layer: PaintLayer) -> bool:
    return layer.visible and not layer.locked and not layer.alpha_locked


def _has_ink(layer: PaintLayer, stroke: Stroke) -> bool:
    """Whether enough of what the stroke painted is still there: it may have been erased since."""
    if stroke.erase:
        return False
    step = max(1, len(stroke.points) // _LOOKED_AT)
    places = np.floor(stroke.points[::step, :2]).astype(int).tolist()
    left = 0
    for x, y in places:
        tile = layer.tiles.get((x // TILE, y // TILE))
        left += tile is not None and int(tile[y % TILE, x % TILE, 3]) > 0
    return left >= _INK_LEFT * len(places)


def sketch_name(category: str) -> str:
    """Name of the layer that takes a new drawing."""
    return _tr("Sketch – {category}").format(category=category)


def with_strokes(layer: PaintLayer, strokes: Sequence[Points], hand: Hand) -> PaintLayer:
    """The layer with these strokes painted on it, one after the other."""
    for points in strokes:
        layer = hand.paint(layer, points)
    return layer


def _tr(text: str) -> str:
    return QCoreApplication.translate("SuggestDock", text)
