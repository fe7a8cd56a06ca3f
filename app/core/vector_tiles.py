# SPDX-License-Identifier: GPL-3.0-or-later
"""Rasterised tiles of vector layers, kept while they are of use. Imports core values only."""

from __future__ import annotations

import threading
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from app.core.tiles import Key, Pixels, frozen, key_rect
from app.core.vector import VectorPath, draw_paths

Paths = tuple[VectorPath, ...]


class VectorTiles:
    """A bounded cache from (paths that touch a tile, tile) to pixels. Safe to share by threads.

    A tile is known by the very paths that touch it, so changing one path of a layer redraws the
    tiles under it and no others.

    Args:
        byte_budget: the least recently used tiles go when the arrays exceed this.
    """

    def __init__(self, byte_budget: int = 64 << 20) -> None:
        self._budget = byte_budget
        self._nbytes = 0
        # The values hold the paths as well: an id stays taken for as long as its object lives.
        self._tiles: OrderedDict[tuple[Key, tuple[int, ...]], tuple[Paths, Pixels]] = OrderedDict()
        self._boxes: OrderedDict[int, tuple[Paths, NDArray[np.int64]]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def nbytes(self) -> int:
        """Bytes of pixels held."""
        return self._nbytes

    def get(self, paths: Paths, key: Key) -> Pixels | None:
        """The tile `key` of the paths, read-only, or None where none of them reaches it."""
        if not paths:
            return None
        box, tile = self._boxes_of(paths), key_rect(key)
        touches = (
            (box[:, 0] < tile.right)
            & (box[:, 1] < tile.bottom)
            & (box[:, 2] > tile.x)
            & (box[:, 3] > tile.y)
        )
        near = tuple(paths[i] for i in np.flatnonzero(touches))
        if not near:
            return None
        name = (key, tuple(id(p) for p in near))
        with self._lock:
            known = self._tiles.get(name)
            if known is not None:
                self._tiles.move_to_end(name)
                return known[1]
        pixels = frozen(draw_paths(near, tile))
        with self._lock:
            if name not in self._tiles:
                self._tiles[name] = (near, pixels)
                self._nbytes += pixels.nbytes
            while self._nbytes > self._budget:
                self._nbytes -= self._tiles.popitem(last=False)[1][1].nbytes
        return pixels

    def _boxes_of(self, paths: Paths) -> NDArray[np.int64]:
        """(N, 4) left, top, right, bottom of each path."""
        with self._lock:
            known = self._boxes.get(id(paths))
            if known is not None:
                self._boxes.move_to_end(id(paths))
                return known[1]
        bounds = [p.bounds() for p in paths]
        boxes = np.array([(b.x, b.y, b.right, b.bottom) for b in bounds], np.int64)
        with self._lock:
            self._boxes[id(paths)] = (paths, boxes)
            while len(self._boxes) > 64:
                self._boxes.popitem(last=False)
        return boxes
