# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of Colorize Selection: what is looked at, and the layer that comes of it.

Imports the plugin room, jobs, core values and QtCore for translated texts. `colorize.infer` is
imported in the job, so that neither starting the program nor opening the dock waits for the
libraries it needs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication

from app.core.blend_modes import BlendMode
from app.core.document import Document
from app.core.geometry import Rect
from app.core.layers import GroupLayer, Layer, PaintLayer
from app.core.tiles import TileGrid, changed_keys, key_rect
from app.jobs import BadInput, CancelToken, Progress
from app.plugins import Snapshot

if TYPE_CHECKING:
    from ai_tools.colorize.infer import ColorizeResult

CONTEXT_PX = 96
"""What is looked at around a selection, at least: areas are known by the lines that close them."""


def translated(text: str) -> str:
    """A text of this tool in the artist's language."""
    return QCoreApplication.translate("ColorizeDock", text)


@dataclass(frozen=True)
class Settings:
    """What the colours depend on; ranges and units as in `infer.ColorizeRequest`."""

    engine: str
    gap: float
    shading: float
    guess: bool = True


@dataclass(frozen=True)
class Task:
    """One run.

    Attributes:
        document: the picture at the start.
        lines: id of the layer with the line art.
        hints: id of the layer with the strokes of colour, or None.
        former: id of the layer that the result is the next version of, or None.
        made: pixels of `former` as they were made, so that what was painted on it since is known;
            None where that is not known: then all on it counts as painted.
        goes_on: the picture so far counts.
    """

    document: Document
    lines: str
    hints: str | None
    former: str | None
    made: TileGrid | None
    goes_on: bool
    settings: Settings

    @property
    def layer_name(self) -> str:
        """Name of the layer that the colours go to."""
        name = self.document.find(self.lines).name
        return translated("Colour – {layer}").format(layer=name)

    @property
    def region(self) -> Rect:
        """What is looked at, canvas pixels: the selection and its surroundings, or all.

        Raises:
            BadInput: nothing is selected inside the picture.
        """
        document = self.document
        if document.selection is None:
            return document.bounds
        chosen = document.selection.bounds()
        inside = chosen.intersect(document.bounds) if chosen is not None else Rect(0, 0, 0, 0)
        if inside.empty:
            raise BadInput(translated("Nothing is selected inside the picture."))
        around = max(CONTEXT_PX, max(inside.w, inside.h) // 2)
        return inside.expanded(around).intersect(document.bounds)

    def same_as(self, other: Task) -> bool:
        """True when both look at the same pixels with the same settings."""
        a, b = self.document, other.document
        return (
            (self.lines, self.hints, self.former, self.goes_on, self.settings)
            == (other.lines, other.hints, other.former, other.goes_on, other.settings)
            and a.selection is b.selection
            and self.made is other.made
            and (a.layers is b.layers if self.goes_on else _same_sources(self, other))
        )

    def run(self, token: CancelToken, progress: Progress) -> ColorizeResult:
        """The job: read the pixels and colour them."""
        from ai_tools.colorize.infer import ColorizeRequest, run

        region = self.region
        former = self.document.find(self.former) if self.former is not None else None
        before = former.tiles.region(region) if isinstance(former, PaintLayer) else None
        base = own = touched = None
        if self.goes_on:
            base = _pixels(below_lines(self.document, self.lines, self.hints, self.former), region)
            without = below_lines(self.document, self.lines, self.hints, None)
            own = _pixels(without, region)[..., 3] >= 128
            token.check()
            if isinstance(former, PaintLayer) and before is not None:
                touched = painted_since(former.tiles, self.made, region) & (before[..., 3] > 0)
                own |= touched
        request = ColorizeRequest(
            lines=self._layer_pixels(self.lines, region),
            hints=None if self.hints is None else self._layer_pixels(self.hints, region),
            mask=self._snapshot(region, None).mask,
            base=base,
            own=own,
            former=before,
            touched=touched,
            gap=self.settings.gap,
            shading=self.settings.shading,
            engine=self.settings.engine,
            guess=self.settings.guess,
        )
        return run(request, token, progress)

    def layer(self, result: ColorizeResult) -> PaintLayer:
        """The colours as a layer: the next version of `former`, or one to stand at `place`."""
        region = self.region
        former = self.document.find(self.former) if self.former is not None else None
        if isinstance(former, PaintLayer):
            tiles = former.tiles.paste(result.pixels, region.x, region.y)
            return replace(former, tiles=tiles)
        tiles = TileGrid.from_array(result.pixels, region.x, region.y)
        on_lines = self.place(self.document, result) == self.lines
        mode = BlendMode.MULTIPLY if on_lines else BlendMode.NORMAL
        return PaintLayer(name=self.layer_name, tiles=tiles, mode=mode)

    def place(self, document: Document, result: ColorizeResult) -> str | None:
        """The layer that the colours go above.

        The result that they are the next version of; else what lies right below the lines. Lines
        that hold their paper would hide what is below them, and below the lowest layer there is
        no place to name: then the lines themselves, which the colours multiply.
        """
        if self.former is not None and document.has(self.former):
            return self.former
        if not document.has(self.lines):
            return None
        index = document.index_of(self.lines)
        if result.on_paper or index == 0 or document.find(self.lines).clip:
            return self.lines
        return document.siblings_of(self.lines)[index - 1].id

    def still_fits(self, document: Document) -> bool:
        """Whether the result can go in: the layer it is the next version of has not changed."""
        if self.former is None:
            return True
        return document.has(self.former) and document.find(self.former) is self.document.find(
            self.former
        )

    def _layer_pixels(self, layer_id: str, region: Rect) -> NDArray[np.uint8]:
        return self._snapshot(region, self.document.find(layer_id)).pixels

    def _snapshot(self, region: Rect, layer: Layer | None) -> Snapshot:
        return Snapshot(self.document, region, layer, revision=0)


def below_lines(document: Document, lines: str, hints: str | None, result: str | None) -> Document:
    """The picture so far: what is below the lines, and a result above them; no paper.

    Paper is a lowest layer that is one opaque colour all over.

    Args:
        result: a result layer that is to be seen, wherever it stands; None for no such layer.
    """
    hidden = {lines, *([hints] if hints else [])}
    seen_lines = False
    for layer in document.walk():
        if seen_lines and layer.id != result and not _holds(layer, lines, result):
            hidden.add(layer.id)
        seen_lines = seen_lines or layer.id == lines
        if layer.id != result and is_result(layer):
            hidden.add(layer.id)
    lowest = document.layers[0] if document.layers else None
    if isinstance(lowest, PaintLayer) and is_paper(lowest, document.bounds):
        hidden.add(lowest.id)
    for layer_id in hidden:
        document = document.with_layer(replace(document.find(layer_id), visible=False))
    return document


def is_result(layer: Layer) -> bool:
    """Whether a layer is, by its name, a result of this tool."""
    return layer.name.startswith(translated("Colour – {layer}").format(layer=""))


def is_paper(layer: PaintLayer, bounds: Rect) -> bool:
    """Whether a layer is one opaque colour all over the canvas."""
    first = layer.tiles.get((0, 0))
    if first is None or first[0, 0, 3] != 255:
        return False
    colour = first[0, 0].view(np.uint32)[0]
    covered = 0
    even: set[tuple[int, int, int]] = set()  # a new sheet is one and the same tile many times
    for key, tile in layer.tiles.items():
        inside = key_rect(key).intersect(bounds)
        if inside.empty:
            continue
        x, y = inside.x - key_rect(key).x, inside.y - key_rect(key).y
        looked_at = (id(tile), inside.w, inside.h)
        part = tile.view(np.uint32)[y : y + inside.h, x : x + inside.w]
        if looked_at not in even and (part != colour).any():
            return False
        even.add(looked_at)
        covered += inside.w * inside.h
    return covered == bounds.w * bounds.h


def painted_since(now: TileGrid, made: TileGrid | None, region: Rect) -> NDArray[np.bool_]:
    """Where a layer differs from how it was made, bool (h, w); everywhere where that is unknown."""
    if made is None:
        return np.ones((region.h, region.w), bool)
    result = np.zeros((region.h, region.w), bool)
    for key in changed_keys(now, made):
        inside = key_rect(key).intersect(region)
        if not inside.empty:
            differs = (now.region(inside) != made.region(inside)).any(axis=-1)
            x, y = inside.x - region.x, inside.y - region.y
            result[y : y + inside.h, x : x + inside.w] = differs
    return result


def _pixels(document: Document, region: Rect) -> NDArray[np.uint8]:
    return Snapshot(document, region, None, revision=0).pixels


def _holds(layer: Layer, *ids: str | None) -> bool:
    """Whether a group holds one of these layers."""
    return isinstance(layer, GroupLayer) and any(
        child.id in ids or _holds(child, *ids) for child in layer.children
    )


def _same_sources(one: Task, other: Task) -> bool:
    ids = [one.lines, *([one.hints] if one.hints else []), *([one.former] if one.former else [])]
    return all(one.document.find(i) is other.document.find(i) for i in ids)
