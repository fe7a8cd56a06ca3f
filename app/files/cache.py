# SPDX-License-Identifier: GPL-3.0-or-later
"""Compressed layers kept from the last save or open, so that saving again costs only what changed.

Imports app.core. A `TileGrid` never changes, so its compressed form stays right for as long as
the grid lives; the entry goes when the grid does, or when the cache is over its size.
"""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass

from app.core.geometry import Rect
from app.core.tiles import TileGrid
from app.files.limits import MIB


@dataclass(frozen=True)
class Encoded:
    """A PNG and the canvas rectangle it covers."""

    png: bytes
    rect: Rect


class EncodedCache:
    """Thread-safe map from living grids to their PNGs, oldest out first.

    Args:
        capacity: bytes of PNG kept at most. The default holds twice the layers of a heavy
            picture (20 layers of 4096 × 4096 take 240 MB).
    """

    def __init__(self, capacity: int = 512 * MIB) -> None:
        self.capacity = capacity
        self._entries: weakref.WeakKeyDictionary[TileGrid, Encoded] = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()

    def get(self, grid: TileGrid) -> Encoded | None:
        """The PNG of this very grid, or None; a hit makes it the youngest."""
        with self._lock:
            entry = self._entries.pop(grid, None)
            if entry is not None:
                self._entries[grid] = entry
            return entry

    def put(self, grid: TileGrid, entry: Encoded) -> None:
        """Keep a PNG for as long as its grid lives and there is room."""
        if len(entry.png) > self.capacity:
            return
        with self._lock:
            self._entries.pop(grid, None)
            self._entries[grid] = entry
            excess = sum(len(e.png) for e in self._entries.values()) - self.capacity
            for old, old_entry in list(self._entries.items()):
                if excess <= 0:
                    break
                del self._entries[old]
                excess -= len(old_entry.png)

    @property
    def nbytes(self) -> int:
        """Bytes of PNG held now."""
        with self._lock:
            return sum(len(e.png) for e in self._entries.values())


SHARED = EncodedCache()
"""The cache that open and save use together unless they are given another one."""
