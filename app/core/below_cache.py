# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies below the layer being painted on, composited once. Imports core values and compose.

During a stroke only one layer's pixels change. The steps of a tile's plan up to that layer give
the same buffers every time, through all levels of nested groups, so they are kept: the state of
the whole stack just before the layer. What lies above is blended anew on every dab. Merging it
ahead would save little more (most layers are empty in most tiles) and would round differently;
this way the result is exactly that of compositing everything.
"""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from app.core.compose import Plan, Stack, Step, run
from app.core.geometry import Rect
from app.core.tiles import TILE, Key, Pixels, tile_shape

_BLOCK = 64  # px; entries fill in as a stroke reaches more of the tile
_SIDE = TILE // _BLOCK
_BUFFER_BYTES = TILE * TILE * 4


class _Entry:
    """The stack below the layer in one tile."""

    def __init__(self, steps: list[Step]) -> None:
        self.steps = steps
        self.drawn: list[bool] = []
        self.buffers: list[Pixels] = []
        self.filled: NDArray[np.bool_] = np.zeros((_SIDE, _SIDE), np.bool_)

    def holds(self, steps: list[Step]) -> bool:
        return len(steps) == len(self.steps) and all(map(Step.same, steps, self.steps))


class BelowCache:
    """Runs plans, keeping the part below their cut.

    An entry is known by the very steps and tile arrays that made it, so it cannot go stale.

    Args:
        byte_budget: the least recently used tiles go when the buffers exceed this.
    """

    def __init__(self, byte_budget: int) -> None:
        self._budget = byte_budget
        self._entries: OrderedDict[Key, _Entry] = OrderedDict()

    @property
    def nbytes(self) -> int:
        """Bytes of pixels held."""
        return sum(len(entry.buffers) for entry in self._entries.values()) * _BUFFER_BYTES

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()

    def trim(self) -> None:
        """Keep to the budget."""
        nbytes = self.nbytes
        while nbytes > self._budget and self._entries:
            nbytes -= len(self._entries.popitem(last=False)[1].buffers) * _BUFFER_BYTES

    def run(self, key: Key, plan: Plan, area: Rect, keep: bool) -> Stack:
        """Like `compose.run` for the whole plan of tile `key`. One thread at a time for a key.

        Args:
            keep: remember what is below for the next time; else only use what is there.
        """
        below = plan.steps[: plan.cut]
        if len(below) < 2:  # a single blend costs no more than copying its result
            return run(plan.steps, area)
        entry = self._entries.get(key)
        if entry is None or not entry.holds(below):
            if not keep:
                return run(plan.steps, area)
            entry = self._entries[key] = _Entry(below)
        self._entries.move_to_end(key)
        self._fill(entry, area)
        stack = Stack()
        stack.drawn = list(entry.drawn)
        window = (slice(area.y, area.bottom), slice(area.x, area.right))
        for kept, buffer, drawn in zip(entry.buffers, stack.buffers, entry.drawn, strict=True):
            if drawn:
                buffer[window] = kept[window]
        return run(plan.steps[plan.cut :], area, stack)

    def _fill(self, entry: _Entry, area: Rect) -> None:
        rows, columns = _blocks(area)
        missing = np.argwhere(~entry.filled[rows, columns])
        if not len(missing):
            return
        (top, left), (bottom, right) = missing.min(axis=0), missing.max(axis=0) + 1
        rows = slice(rows.start + int(top), rows.start + int(bottom))
        columns = slice(columns.start + int(left), columns.start + int(right))
        part = Rect(
            columns.start * _BLOCK,
            rows.start * _BLOCK,
            (columns.stop - columns.start) * _BLOCK,
            (rows.stop - rows.start) * _BLOCK,
        )
        stack = run(entry.steps, part)
        if not entry.buffers:
            entry.drawn = list(stack.drawn)
            entry.buffers = [np.empty(tile_shape(4), np.uint8) for _ in stack.drawn]
        window = (slice(part.y, part.bottom), slice(part.x, part.right))
        for kept, buffer in zip(entry.buffers, stack.buffers, strict=True):
            kept[window] = buffer[window]
        entry.filled[rows, columns] = True


def _blocks(area: Rect) -> tuple[slice, slice]:
    """Rows and columns of the blocks that the area of a tile touches."""
    rows = slice(area.y // _BLOCK, -(-area.bottom // _BLOCK))
    return rows, slice(area.x // _BLOCK, -(-area.right // _BLOCK))
