# SPDX-License-Identifier: GPL-3.0-or-later
"""Sparse, immutable, structurally shared pixel storage. Imports core.geometry only.

The pixel convention of the whole program is stated here, once: colour tiles are 8-bit
PREMULTIPLIED BGRA, `uint8 (256, 256, 4)`, C-contiguous, which is what
`QImage.Format_ARGB32_Premultiplied` wraps on little-endian machines without a copy. Mask tiles
are `uint8 (256, 256)`. A tile that is absent is all zero.

Tiles are never written in place: an edit makes new arrays and a new grid that shares every
untouched tile. A snapshot for a worker thread or for undo is therefore just a reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.geometry import EMPTY, Rect

TILE = 256
Key = tuple[int, int]
Pixels = NDArray[np.uint8]


def key_rect(key: Key) -> Rect:
    """The canvas rectangle that the tile `key` covers."""
    return Rect(key[0] * TILE, key[1] * TILE, TILE, TILE)


def keys_in(rect: Rect) -> list[Key]:
    """Keys of all tiles that touch `rect`, row by row."""
    if rect.empty:
        return []
    columns = range(rect.x // TILE, (rect.right - 1) // TILE + 1)
    rows = range(rect.y // TILE, (rect.bottom - 1) // TILE + 1)
    return [(tx, ty) for ty in rows for tx in columns]


def tile_shape(channels: int) -> tuple[int, ...]:
    """Array shape of one tile with 4 (colour) or 1 (mask) channels."""
    return (TILE, TILE) if channels == 1 else (TILE, TILE, channels)


def frozen(array: Pixels) -> Pixels:
    """`array` as a read-only C-contiguous uint8 array (copied only where it must be)."""
    array = np.ascontiguousarray(array, dtype=np.uint8)
    array.flags.writeable = False
    return array


class TileGrid:
    """An unbounded picture of sparse tiles. Immutable: every edit returns a new grid.

    Args:
        channels: 4 for premultiplied BGRA, 1 for a mask.
        tiles: arrays by key; taken over and frozen, all-zero arrays are dropped.

    Raises:
        ValueError: a tile has the wrong shape or `channels` is neither 1 nor 4.
    """

    __slots__ = ("__weakref__", "_tiles", "channels")

    def __init__(self, channels: int = 4, tiles: Mapping[Key, Pixels] | None = None) -> None:
        if channels not in (1, 4):
            raise ValueError(f"a grid has 1 or 4 channels, not {channels}")
        self.channels = channels
        self._tiles: dict[Key, Pixels] = {}
        for key, array in (tiles or {}).items():
            self._put(key, array)

    def _put(self, key: Key, array: Pixels | None) -> None:
        if array is None or _is_zero(array):
            self._tiles.pop(key, None)
            return
        if array.shape != tile_shape(self.channels):
            raise ValueError(
                f"tile {key} has shape {array.shape}, expected {tile_shape(self.channels)}"
            )
        self._tiles[key] = frozen(array)

    # -- reading -------------------------------------------------------------------------------

    def get(self, key: Key) -> Pixels | None:
        """The read-only array of tile `key`, or None where the picture is empty."""
        return self._tiles.get(key)

    def keys(self) -> set[Key]:
        """Keys of all tiles that hold something."""
        return set(self._tiles)

    def items(self) -> Iterator[tuple[Key, Pixels]]:
        """(key, read-only array) of all tiles that hold something."""
        return iter(self._tiles.items())

    def __len__(self) -> int:
        return len(self._tiles)

    def __contains__(self, key: Key) -> bool:
        return key in self._tiles

    @property
    def is_empty(self) -> bool:
        """True when every pixel is zero."""
        return not self._tiles

    @property
    def nbytes(self) -> int:
        """Bytes held by distinct tile arrays (a shared array counts once)."""
        return sum({id(a): a.nbytes for a in self._tiles.values()}.values())

    def tile_bounds(self) -> Rect | None:
        """Bounds in whole tiles, or None when empty. Cheap."""
        if not self._tiles:
            return None
        xs, ys = [k[0] for k in self._tiles], [k[1] for k in self._tiles]
        return Rect(
            min(xs) * TILE,
            min(ys) * TILE,
            (max(xs) - min(xs) + 1) * TILE,
            (max(ys) - min(ys) + 1) * TILE,
        )

    def bounds(self) -> Rect | None:
        """Exact bounds of the non-zero pixels, or None when empty. Reads the outermost tiles."""
        if not self._tiles:
            return None
        result = EMPTY
        for key, array in self._tiles.items():
            if result.contains(key_rect(key)):
                continue  # an inner tile cannot widen the bounds
            # Whole pixels at a time: a hundred times faster than asking each channel.
            filled = (array.view(np.uint32)[..., 0] if self.channels == 4 else array) != 0
            rows, columns = np.flatnonzero(filled.any(axis=1)), np.flatnonzero(filled.any(axis=0))
            x, y = key[0] * TILE + int(columns[0]), key[1] * TILE + int(rows[0])
            part = Rect(x, y, int(columns[-1] - columns[0]) + 1, int(rows[-1] - rows[0]) + 1)
            result = result.union(part)
        return result

    def region(self, rect: Rect) -> Pixels:
        """A new writable array with the pixels of `rect`: (h, w, 4) or (h, w)."""
        shape = (max(rect.h, 0), max(rect.w, 0), *tile_shape(self.channels)[2:])
        out = np.zeros(shape, np.uint8)
        for key in keys_in(rect):
            array = self._tiles.get(key)
            if array is not None:
                inner, source, target = _overlap(rect, key)
                if not inner.empty:
                    out[target] = array[source]
        return out

    def same_pixels(self, other: TileGrid) -> bool:
        """True when both pictures are equal pixel by pixel."""
        if self.channels != other.channels or self._tiles.keys() != other._tiles.keys():
            return False
        return all(
            a is other._tiles[k] or np.array_equal(a, other._tiles[k])
            for k, a in self._tiles.items()
        )

    # -- making the next picture ---------------------------------------------------------------

    def replace(self, changes: Mapping[Key, Pixels | None]) -> TileGrid:
        """A grid with some tiles replaced; None or an all-zero array removes a tile.

        The arrays are taken over and frozen. All other tiles are shared with this grid.
        """
        result = TileGrid(self.channels)
        result._tiles = dict(self._tiles)
        for key, array in changes.items():
            result._put(key, array)
        return result

    def paste(self, array: Pixels, x: int, y: int) -> TileGrid:
        """A grid in which `array` (h, w[, 4]) overwrites the pixels from (x, y) on."""
        if array.ndim != len(tile_shape(self.channels)) or (
            self.channels == 4 and array.shape[2] != 4
        ):
            raise ValueError(f"cannot paste shape {array.shape} into {self.channels} channel(s)")
        rect = Rect(x, y, array.shape[1], array.shape[0])
        changes: dict[Key, Pixels | None] = {}
        for key in keys_in(rect):
            _, target, source = _overlap(rect, key)
            old = self._tiles.get(key)
            tile = np.zeros(tile_shape(self.channels), np.uint8) if old is None else old.copy()
            tile[target] = array[source]
            changes[key] = tile
        return self.replace(changes)

    @classmethod
    def from_array(cls, array: Pixels, x: int = 0, y: int = 0) -> TileGrid:
        """A grid holding `array` (h, w, 4) or (h, w) with its top left pixel at (x, y)."""
        return cls(4 if array.ndim == 3 else 1).paste(array, x, y)

    @classmethod
    def filled(cls, rect: Rect, value: tuple[int, int, int, int]) -> TileGrid:
        """A grid with one premultiplied BGRA value in `rect`; whole tiles share one array."""
        whole = np.empty(tile_shape(4), np.uint8)
        whole[:] = value
        whole = frozen(whole)
        tiles: dict[Key, Pixels] = {}
        for key in keys_in(rect):
            inner, target, _ = _overlap(rect, key)
            if inner == key_rect(key):
                tiles[key] = whole
            else:
                part = np.zeros(tile_shape(4), np.uint8)
                part[target] = value
                tiles[key] = part
        return cls(4, tiles)

    def translated(self, dx: int, dy: int) -> TileGrid:
        """The picture moved by whole pixels. Moves by whole tiles share their arrays."""
        if dx % TILE == 0 and dy % TILE == 0:
            sx, sy = dx // TILE, dy // TILE
            return TileGrid(
                self.channels, {(x + sx, y + sy): a for (x, y), a in self._tiles.items()}
            )
        targets = {k for key in self._tiles for k in keys_in(key_rect(key).translated(dx, dy))}
        return TileGrid(
            self.channels, {k: self.region(key_rect(k).translated(-dx, -dy)) for k in targets}
        )

    def clipped(self, rect: Rect) -> TileGrid:
        """The picture with everything outside `rect` removed."""
        changes: dict[Key, Pixels | None] = {}
        for key in self._tiles:
            inner, part, _ = _overlap(rect, key)
            if inner == key_rect(key):
                continue
            tile = np.zeros(tile_shape(self.channels), np.uint8)
            if not inner.empty:
                tile[part] = self._tiles[key][part]
            changes[key] = tile
        return self.replace(changes)


def changed_keys(a: TileGrid, b: TileGrid) -> set[Key]:
    """Keys whose tile arrays differ by identity. Cheap; equal copies count as changed."""
    if a is b:
        return set()
    return {k for k in a.keys() | b.keys() if a.get(k) is not b.get(k)}


def _is_zero(array: Pixels) -> bool:
    """True when every value is 0. Looks at eight bytes at a time where it can."""
    if array.flags.c_contiguous and array.size % 8 == 0 and array.dtype == np.uint8:
        return not array.reshape(-1).view(np.uint64).any()
    return not array.any()


def _overlap(rect: Rect, key: Key) -> tuple[Rect, Any, Any]:
    """(shared rectangle, its index within the tile, its index within an array laid at rect)."""
    tile = key_rect(key)
    inner = rect.intersect(tile)

    def within(frame: Rect) -> tuple[slice, slice]:
        y, x = inner.y - frame.y, inner.x - frame.x
        return slice(y, y + inner.h), slice(x, x + inner.w)

    return inner, within(tile), within(rect)
