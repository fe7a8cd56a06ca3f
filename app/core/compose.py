# SPDX-License-Identifier: GPL-3.0-or-later
"""From a tree of layers to pixels, one tile at a time. Imports core values, blend, vector_tiles.

A tile is composited in two moves. `plan` walks the layers and writes down the few blends that
touch this tile: cheap, and plain data that caches can compare. `run` carries a plan out on a
stack of buffers, without the GIL once the blend kernels are compiled.

The rules:
- A group is composited on a buffer of its own, which then blends like a layer ("isolated"); a
  pass-through group blends its children straight into what lies below it.
- Layers with `clip` above a layer without it form a chain with that base. They blend on top of
  the base, which keeps its alpha, and the chain then blends as one with the base's mode and
  opacity. Hiding the base hides the chain. With nothing below it, `clip` has no effect.
- Outside the canvas nothing shows.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import IntEnum
from functools import cache
from typing import Any, NamedTuple, TypeVar

import numpy as np

from app.core.blend import blend_onto, compiled_modes
from app.core.blend_modes import BlendMode
from app.core.document import Document
from app.core.geometry import Rect
from app.core.layers import GroupLayer, Layer, PaintLayer, VectorLayer
from app.core.tiles import TILE, Key, Pixels, key_rect, keys_in, tile_shape
from app.core.vector_tiles import VectorTiles

WHOLE_TILE = Rect(0, 0, TILE, TILE)

TileOf = Callable[[Layer, Key], Pixels | None]
_T = TypeVar("_T")
_vector_tiles = VectorTiles()


class Action(IntEnum):
    """What a step does to the stack of buffers."""

    BLEND = 0  # a tile onto the top buffer
    OPEN = 1  # put an empty buffer on the stack
    CLOSE = 2  # take the top buffer off and blend it onto the one below
    COPY = 3  # put a copy of the top buffer on the stack
    FADE = 4  # take the top buffer off and cross-fade from the one below to it


class Step(NamedTuple):
    """One line of a plan."""

    action: Action
    tile: Pixels | None = None
    mode: BlendMode = BlendMode.NORMAL
    opacity: float = 1.0
    atop: bool = False

    def same(self, other: Step) -> bool:
        """True when both do the same with the very same tile array."""
        return self.tile is other.tile and self[0] == other[0] and self[2:] == other[2:]


class Plan(NamedTuple):
    """The steps for one tile; those before `cut` do not depend on the layer that was asked for."""

    steps: list[Step]
    cut: int


def layer_tile(layer: Layer, key: Key) -> Pixels | None:
    """The pixels of a paint or vector layer in one tile, read-only, or None where it is empty."""
    if isinstance(layer, PaintLayer):
        return layer.tiles.get(key)
    if isinstance(layer, VectorLayer):
        return _vector_tiles.get(layer.paths, key)
    return None


def chains(layers: Sequence[Layer]) -> list[list[Layer]]:
    """Siblings, bottom to top, in chains of a base and the layers clipped to it."""
    result: list[list[Layer]] = []
    for layer in layers:
        if layer.clip and result:
            result[-1].append(layer)
        else:
            result.append([layer])
    return result


def plan(
    layers: Sequence[Layer], key: Key, tile_of: TileOf = layer_tile, cut_at: str | None = None
) -> Plan:
    """The steps that composite tile `key` of `layers` (bottom to top) over nothing.

    Args:
        tile_of: gives a layer's pixels; replaces them during a stroke.
        cut_at: id of a layer; `Plan.cut` then counts the steps that do not depend on its pixels.
    """
    steps: list[Step] = []
    cut: list[int] = []

    def drop_from(start: int) -> None:
        del steps[start:]
        cut[:] = [min(c, start) for c in cut]

    def siblings(children: Sequence[Layer]) -> None:
        for base, *clipped in chains(children):
            if not _shows(base):
                continue
            if clipped:
                chain(base, clipped)
            else:
                add(base, base.mode, base.opacity)

    def chain(base: Layer, clipped: list[Layer]) -> None:
        start = len(steps)
        steps.append(Step(Action.OPEN))
        add(base, in_chain=True)
        if len(steps) == start + 1:
            drop_from(start)
            return
        for layer in clipped:
            if _shows(layer):
                add(layer, layer.mode, layer.opacity, atop=True, in_chain=True)
        steps.append(Step(Action.CLOSE, None, base.mode, base.opacity))

    def add(
        layer: Layer,
        mode: BlendMode = BlendMode.NORMAL,
        opacity: float = 1.0,
        atop: bool = False,
        in_chain: bool = False,
    ) -> None:
        if layer.id == cut_at:
            cut.append(len(steps))
        if not isinstance(layer, GroupLayer):
            tile = tile_of(layer, key)
            if tile is not None:
                steps.append(Step(Action.BLEND, tile, mode, opacity, atop))
            return
        through = layer.passthrough and not in_chain
        start = len(steps)
        if not through:
            steps.append(Step(Action.OPEN))
        elif opacity < 1.0:
            steps.append(Step(Action.COPY))
        inside = len(steps)
        siblings(layer.children)
        if len(steps) == inside:
            drop_from(start)
        elif not through:
            steps.append(Step(Action.CLOSE, None, mode, opacity, atop))
        elif opacity < 1.0:
            steps.append(Step(Action.FADE, None, mode, opacity))

    siblings(layers)
    return Plan(steps, min(cut, default=0))


def _shows(layer: Layer) -> bool:
    return layer.visible and layer.opacity > 0.0


class Stack:
    """The buffers that `run` works on, lowest first: tile-shaped, from a pool of this thread.

    `drawn` tells which of them hold something; the pixels of the others mean nothing yet. Only
    the area that was worked on is ever valid.
    """

    def __init__(self) -> None:
        self.drawn: list[bool] = [False]

    @property
    def buffers(self) -> list[Pixels]:
        """The buffers in use."""
        return [_buffer(level) for level in range(len(self.drawn))]


_pool = threading.local()


def _buffer(level: int) -> Pixels:
    buffers: list[Pixels] = getattr(_pool, "buffers", [])
    _pool.buffers = buffers
    while len(buffers) <= level:
        buffers.append(np.empty(tile_shape(4), np.uint8))
    return buffers[level]


def run(steps: Iterable[Step], area: Rect, stack: Stack | None = None) -> Stack:
    """Carry out steps within `area` of the tile (pixels from its corner).

    Args:
        stack: goes on from here; None begins with nothing.

    Returns:
        the stack; after a whole plan its lowest buffer holds the result, if `drawn[0]`. Valid
        until this thread runs the next plan.
    """
    stack = Stack() if stack is None else stack
    drawn = stack.drawn
    window = _window(area)
    for action, tile, mode, opacity, atop in steps:
        if action is Action.OPEN:
            drawn.append(False)
            continue
        if action is Action.COPY:
            if drawn[-1]:
                _buffer(len(drawn))[window] = _buffer(len(drawn) - 1)[window]
            drawn.append(drawn[-1])
            continue
        if action is not Action.BLEND:
            filled = drawn.pop()
            if not filled:
                continue
            tile = _buffer(len(drawn))
        top = _buffer(len(drawn) - 1)
        assert tile is not None
        if action is Action.FADE:
            if not drawn[-1]:
                top[window] = 0
            _fade(top[window], tile[window], opacity)
        elif drawn[-1]:
            blend_onto(top, tile, mode, opacity, area, atop)
        elif atop:
            continue
        elif opacity >= 1.0:  # over nothing, every mode leaves the source as it is
            top[window] = tile[window]
        else:
            top[window] = 0
            blend_onto(top, tile, BlendMode.NORMAL, opacity, area)
        drawn[-1] = True
    return stack


def _fade(below: Pixels, above: Pixels, amount: float) -> None:
    k = np.uint16(amount * 255 + 0.5)
    wide = below.astype(np.uint16) * (255 - k) + above * k + np.uint16(127)
    below[:] = wide // np.uint16(255)


def _window(area: Rect) -> tuple[slice, slice]:
    return slice(area.y, area.bottom), slice(area.x, area.right)


def compose_tile(layers: Sequence[Layer], key: Key) -> Pixels | None:
    """The layers (bottom to top) over nothing: a new tile, or None where nothing shows."""
    stack = run(plan(layers, key).steps, WHOLE_TILE)
    return stack.buffers[0].copy() if stack.drawn[0] else None


def flatten(document: Document, rect: Rect | None = None) -> Pixels:
    """The visible picture, computed afresh.

    Args:
        rect: what part of the canvas; None = all. Beyond the canvas is transparent.

    Returns:
        a new premultiplied BGRA uint8 array (h, w, 4).
    """
    rect = document.bounds if rect is None else rect
    out = np.zeros((max(rect.h, 0), max(rect.w, 0), 4), np.uint8)
    visible = rect.intersect(document.bounds)

    def compose(job: tuple[Key, list[Step]]) -> None:
        key, steps = job
        part = key_rect(key).intersect(visible)
        area = part.translated(-key[0] * TILE, -key[1] * TILE)
        stack = run(steps, area)
        if stack.drawn[0]:
            target = out[_window(part.translated(-rect.x, -rect.y))]
            target[:] = stack.buffers[0][_window(area)]

    for_each([(key, plan(document.layers, key).steps) for key in keys_in(visible)], compose)
    return out


def for_each(items: Sequence[_T], work: Callable[[_T], Any]) -> None:
    """Do `work` for all items, by several threads where that is quicker. Raises what it raises."""
    if len(items) < 3 or _threads() < 2 or BlendMode.NORMAL not in compiled_modes():
        for item in items:
            work(item)
        return
    for _ in _executor().map(work, items):
        pass


def _threads() -> int:
    return min(8, os.cpu_count() or 1)


@cache
def _executor() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_threads(), thread_name_prefix="compose")
