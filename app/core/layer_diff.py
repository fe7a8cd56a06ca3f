# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the picture looks different between two versions of a layer tree.

Documents share what did not change, so comparing identities finds the tiles; only where a tile
of a layer was replaced are pixels compared. The answer may hold pixels that turn out to look the
same, never too few. Imports core values and compose.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from difflib import SequenceMatcher

import numpy as np

from app.core.compose import chains
from app.core.geometry import EMPTY, Rect
from app.core.layers import GroupLayer, Layer, PaintLayer, VectorLayer
from app.core.tiles import Key, Pixels, changed_keys, key_rect, keys_in

Layers = Sequence[Layer]
Areas = dict[Key, Rect]


def changed_areas(old: Layers, new: Layers, canvas: Rect) -> Areas:
    """For each canvas tile in which `new` may look different from `old`, where in it.

    Args:
        old, new: siblings, bottom to top, with all they hold.
        canvas: only what lies on it counts.

    Returns:
        by tile key, a rectangle in canvas pixels that is not empty.
    """
    areas: Areas = {}
    if not canvas.empty:
        _compare(old, new, canvas, areas)
    return areas


def difference(a: Pixels | None, b: Pixels | None) -> Rect:
    """Bounds of the pixels in which two colour tiles differ, from their corner. None = empty."""
    if a is None or b is None:
        tile = a if b is None else b
        if tile is None:
            return EMPTY
        differs = tile.view(np.uint32)[..., 0] != 0
    else:
        differs = a.view(np.uint32)[..., 0] != b.view(np.uint32)[..., 0]
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not len(rows):
        return EMPTY
    x, y = int(columns[0]), int(rows[0])
    return Rect(x, y, int(columns[-1]) - x + 1, int(rows[-1]) - y + 1)


def _compare(old: Layers, new: Layers, canvas: Rect, areas: Areas) -> None:
    if _same(old, new):
        return
    keys: set[Key] = set()
    before, after = {x.id: x for x in old}, {x.id: x for x in new}
    role_before, role_after = _roles(old), _roles(new)
    stays = _in_order([x.id for x in old], [x.id for x in new])
    for layer_id in before.keys() | after.keys():
        a, b = before.get(layer_id), after.get(layer_id)
        if a is not None and b is not None and layer_id in stays:
            if role_before[layer_id] != role_after[layer_id]:
                keys |= _support(a, canvas) | _support(b, canvas)
            elif a is not b:
                keys |= _changed(a, b, canvas, areas)
            continue
        for layer in (a, b):
            if layer is not None:
                keys |= _support(layer, canvas)
    for key in keys:
        areas[key] = key_rect(key).intersect(canvas)


def _same(old: Layers, new: Layers) -> bool:
    return len(old) == len(new) and all(a is b for a, b in zip(old, new, strict=True))


def _in_order(old: list[str], new: list[str]) -> set[str]:
    """Ids that keep their order among each other."""
    if old == new:
        return set(old)
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return {layer_id for a, _, size in blocks for layer_id in old[a : a + size]}


def _roles(layers: Layers) -> dict[str, tuple[str, bool]]:
    """For each layer the base of its chain, and whether the chain has more than one layer."""
    return {layer.id: (chain[0].id, len(chain) > 1) for chain in chains(layers) for layer in chain}


def _changed(a: Layer, b: Layer, canvas: Rect, areas: Areas) -> set[Key]:
    """Whole tiles that differ; where only parts do, they go into `areas`."""
    if type(a) is not type(b) or _look(a) != _look(b):
        return _support(a, canvas) | _support(b, canvas)
    if not b.visible or b.opacity == 0:
        return set()
    if isinstance(a, VectorLayer) and isinstance(b, VectorLayer):
        return _changed_paths(a, b, canvas)
    if isinstance(a, GroupLayer) and isinstance(b, GroupLayer):
        _compare(a.children, b.children, canvas, areas)
        return set()
    assert isinstance(a, PaintLayer) and isinstance(b, PaintLayer)
    for key in _on(canvas, changed_keys(a.tiles, b.tiles)):
        tile = key_rect(key)
        part = difference(a.tiles.get(key), b.tiles.get(key)).translated(tile.x, tile.y)
        part = part.intersect(canvas).union(areas.get(key, EMPTY))
        if not part.empty:
            areas[key] = part
    return set()


def _look(layer: Layer) -> tuple[object, ...]:
    through = isinstance(layer, GroupLayer) and layer.passthrough
    return (layer.visible, layer.opacity, layer.mode, layer.clip, through)


def _changed_paths(a: VectorLayer, b: VectorLayer, canvas: Rect) -> set[Key]:
    old, new = {id(p) for p in a.paths}, {id(p) for p in b.paths}
    if [id(p) for p in a.paths if id(p) in new] != [id(p) for p in b.paths if id(p) in old]:
        return _support(a, canvas) | _support(b, canvas)  # the order changed
    changed = [p for p in a.paths if id(p) not in new] + [p for p in b.paths if id(p) not in old]
    return {key for p in changed for key in keys_in(p.bounds().intersect(canvas))}


def _support(layer: Layer, canvas: Rect) -> set[Key]:
    """Keys of the canvas tiles on which the layer shows anything."""
    if not layer.visible or layer.opacity == 0:
        return set()
    if isinstance(layer, PaintLayer):
        return _on(canvas, layer.tiles.keys())
    if isinstance(layer, VectorLayer):
        return {key for p in layer.paths for key in keys_in(p.bounds().intersect(canvas))}
    assert isinstance(layer, GroupLayer)
    return {key for child in layer.children for key in _support(child, canvas)}


def _on(canvas: Rect, keys: Collection[Key]) -> set[Key]:
    wanted = keys_in(canvas)
    (x0, y0), (x1, y1) = wanted[0], wanted[-1]
    return {key for key in keys if x0 <= key[0] <= x1 and y0 <= key[1] <= y1}
