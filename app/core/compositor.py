# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture on the canvas, kept up to date as the document changes. Imports core modules only."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from app.core.below_cache import BelowCache
from app.core.compose import Plan, for_each, layer_tile, plan
from app.core.document import Document
from app.core.geometry import EMPTY, Rect
from app.core.layer_diff import changed_areas
from app.core.layers import Layer, PaintLayer
from app.core.tiles import TILE, Key, Pixels, key_rect, keys_in, tile_shape

Provider = Callable[[Key], Pixels | None]
Listener = Callable[[Rect | None], None]

BELOW_BYTES = 96 << 20


class Compositor:
    """The composited canvas of one document after another.

    Nothing is computed until somebody looks: changes only mark what they touch as dirty, and
    `refresh` (or `region`) composites the dirty parts of the area asked for. The result is the
    same as `compose.flatten` gives, bit for bit.

    While a stroke is under way its layer's pixels come from an overlay; what lies below that
    layer is kept composited (`BelowCache`), so that a dab, and undoing the stroke, costs only what
    lies above.

    All methods belong to one thread.

    Attributes:
        canvas: premultiplied BGRA (H, W, 4), H and W rounded up to whole tiles; zero beyond the
            document. Replaced when the document's size changes. 4 bytes a pixel.
    """

    def __init__(self, document: Document, below_bytes: int = BELOW_BYTES) -> None:
        self._listeners: list[Listener] = []
        self._below = BelowCache(below_bytes)
        self._overlay: tuple[str, Provider] | None = None
        # The pixels of the overlay's layer as the canvas shows them. They outlive the overlay
        # until it is known whether the document took them over.
        self._shown: dict[Key, Pixels] = {}
        self._shown_layer = ""
        self._judged: tuple[Layer | None, bool] = (None, False)  # the lowest layer, opaque or not
        self._opaque_tiles: dict[Key, weakref.ref[Pixels]] = {}
        self._start(document)

    def _start(self, document: Document) -> None:
        self.document = document
        rows, columns = -(-document.height // TILE), -(-document.width // TILE)
        self.canvas: Pixels = np.zeros((rows * TILE, columns * TILE, 4), np.uint8)
        self._dirty: dict[Key, Rect] = {}
        self._shown.clear()
        self._below.clear()
        self._opaque_tiles.clear()
        self._judged = (None, False)
        self.mark_dirty(document.bounds)

    # -- what changes --------------------------------------------------------------------------

    def set_document(self, document: Document) -> Rect:
        """Show another document, or another version of this one.

        Returns:
            a rectangle that holds everything that may look different, empty when nothing does.
        """
        old = self.document
        if document is old:
            return EMPTY
        if (document.width, document.height) != (old.width, old.height):
            self._start(document)
            self._tell(None)
            return document.bounds
        before = self._as_shown(old)
        after = document if self._overlay is None else self._as_shown(document)
        if self._overlay is None:
            self._shown.clear()
        self.document = document
        return self._mark_changes(before, after)

    def set_overlay(self, layer_id: str | None, provider: Provider | None = None) -> None:
        """Show other pixels in the place of a paint layer's own; None ends it.

        Tell with `mark_dirty` where they differ from the layer's. When the overlay ends because
        its pixels became the document's, nothing is composited again.

        Args:
            layer_id: a paint layer.
            provider: gives the layer's tile by key, None for "as it was". It may give the same
                array with new content, and is asked again only where `mark_dirty` said so.
        """
        if layer_id is None or provider is None:
            self._overlay = None  # the next document, or the next look, tells what becomes of it
            return
        self._settle()
        self._overlay = (layer_id, provider)
        self._shown_layer = layer_id

    def mark_dirty(self, rect: Rect) -> None:
        """Composite these canvas pixels again before they are next seen."""
        rect = rect.intersect(self.document.bounds)
        for key in keys_in(rect):
            part = key_rect(key).intersect(rect)
            self._dirty[key] = self._dirty.get(key, EMPTY).union(part)

    def _settle(self) -> None:
        """Mark where the pixels of an overlay that ended differ from the document's."""
        if self._shown:
            before = self._as_shown(self.document)
            self._shown.clear()
            self._mark_changes(before, self.document)

    def _as_shown(self, document: Document) -> Document:
        """The document with the overlay's pixels, as far as the canvas shows them, in its layer."""
        if not self._shown or not document.has(self._shown_layer):
            return document
        layer = document.find(self._shown_layer)
        if not isinstance(layer, PaintLayer):
            return document
        # Views, because a grid freezes what it is given.
        shown = {key: tile.view() for key, tile in self._shown.items()}
        return document.with_layer(replace(layer, tiles=layer.tiles.replace(shown)))

    def _mark_changes(self, before: Document, after: Document) -> Rect:
        changed = EMPTY
        areas = changed_areas(before.layers, after.layers, self.document.bounds)
        for rect in areas.values():
            self.mark_dirty(rect)
            changed = changed.union(rect)
        return changed

    # -- what is seen --------------------------------------------------------------------------

    def subscribe(self, listener: Listener) -> None:
        """Be called with each rectangle of `canvas` that was composited again; None = all."""
        self._listeners.append(listener)

    def refresh(self, area: Rect | None = None) -> None:
        """Bring the tiles of `canvas` that touch `area` (None: all) up to date."""
        if self._overlay is None:
            self._settle()
        area = self.document.bounds if area is None else area.intersect(self.document.bounds)
        keys = [key for key in keys_in(area) if key in self._dirty]
        jobs = [(key, self._dirty.pop(key), self._plan(key)) for key in keys]
        if self._overlay is not None:
            for key, rect, _ in jobs:
                self._remember_shown(key, rect)
        for_each(jobs, self._compose)
        self._below.trim()
        for _, rect, _ in jobs:
            self._tell(rect)

    def region(self, rect: Rect) -> Pixels:
        """A copy of some canvas pixels, up to date: (h, w, 4); transparent beyond the canvas."""
        out = np.zeros((max(rect.h, 0), max(rect.w, 0), 4), np.uint8)
        inner = rect.intersect(self.document.bounds)
        if not inner.empty:
            self.refresh(inner)
            out[_window(inner.translated(-rect.x, -rect.y))] = self.canvas[_window(inner)]
        return out

    @property
    def opaque(self) -> bool:
        """True when the lowest layer fills the whole canvas, so that nothing can shine through."""
        lowest = self.document.layers[0] if self.document.layers else None
        if self._overlay is not None and lowest is not None and self._overlay[0] == lowest.id:
            return False
        if lowest is not self._judged[0]:
            self._judged = (lowest, self._fills_canvas(lowest))
        return self._judged[1]

    def _fills_canvas(self, layer: Layer | None) -> bool:
        if not isinstance(layer, PaintLayer) or not layer.visible or layer.opacity < 1.0:
            return False
        for key in keys_in(self.document.bounds):
            tile = layer.tiles.get(key)
            if tile is None:
                return False
            known = self._opaque_tiles.get(key)
            if known is None or known() is not tile:
                part = key_rect(key).intersect(self.document.bounds)
                if tile[: part.h, : part.w, 3].min() < 255:
                    return False
                self._opaque_tiles[key] = weakref.ref(tile)
        return True

    # -- inside --------------------------------------------------------------------------------

    def _plan(self, key: Key) -> Plan:
        layers = self.document.layers
        if self._overlay is None:
            return plan(layers, key, cut_at=self.document.active)
        return plan(layers, key, self._tile_of, cut_at=self._overlay[0])

    def _tile_of(self, layer: Layer, key: Key) -> Pixels | None:
        if self._overlay is not None and layer.id == self._overlay[0]:
            tile = self._overlay[1](key)
            if tile is not None:
                return tile
        return layer_tile(layer, key)

    def _remember_shown(self, key: Key, rect: Rect) -> None:
        assert self._overlay is not None
        if not self.document.has(self._shown_layer):
            return
        layer = self.document.find(self._shown_layer)
        shown = self._shown.get(key)
        if shown is None:
            own = layer_tile(layer, key)
            shown = np.zeros(tile_shape(4), np.uint8) if own is None else own.copy()
            self._shown[key] = shown
        tile = self._tile_of(layer, key)
        window = _window(rect.translated(-key[0] * TILE, -key[1] * TILE))
        shown[window] = 0 if tile is None else tile[window]

    def _compose(self, job: tuple[Key, Rect, Plan]) -> None:
        key, rect, steps = job
        area = rect.translated(-key[0] * TILE, -key[1] * TILE)
        stack = self._below.run(key, steps, area, keep=self._overlay is not None)
        target = self.canvas[_window(rect)]
        target[:] = stack.buffers[0][_window(area)] if stack.drawn[0] else 0

    def _tell(self, rect: Rect | None) -> None:
        for listener in self._listeners:
            listener(rect)


def _window(rect: Rect) -> tuple[slice, slice]:
    return slice(rect.y, rect.bottom), slice(rect.x, rect.right)
