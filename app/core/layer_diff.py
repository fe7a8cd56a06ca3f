# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tiles look different between two versions of a layer tree. Imports core values, compose.

Documents share what did not change, so comparing identities finds the difference without
reading a pixel. The answer may hold tiles that turn out to look the same, never too few.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from difflib import SequenceMatcher

from app.core.compose import chains
from app.core.geometry import Rect
from app.core.layers import GroupLayer, Layer, PaintLayer, VectorLayer
from app.core.tiles import Key, changed_keys, keys_in

Layers = Sequence[Layer]
Covered = tuple[str, Collection[Key]]


def changed_tiles(
    old: Layers, new: Layers, canvas: Rect, covered: Covered | None = None
) -> set[Key]:
    """Keys of canvas tiles in which `new` may look different from `old`.

    Args:
        old, new: siblings, bottom to top, with all they hold.
        canvas: only tiles that touch it count.
        covered: (layer id, keys): there, changes of that layer's own pixels do not count.
    """
    if canvas.empty or _same(old, new):
        return set()
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
                keys |= _changed(a, b, canvas, covered)
            continue
        for layer in (a, b):
            if layer is not None:
                keys |= _support(layer, canvas)
    return keys


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


def _changed(a: Layer, b: Layer, canvas: Rect, covered: Covered | None) -> set[Key]:
    if type(a) is not type(b) or _look(a) != _look(b):
        return _support(a, canvas) | _support(b, canvas)
    if not b.visible or b.opacity == 0:
        return set()
    if isinstance(a, PaintLayer) and isinstance(b, PaintLayer):
        changed = changed_keys(a.tiles, b.tiles)
        if covered is not None and covered[0] == b.id:
            changed -= set(covered[1])
        return _on(canvas, changed)
    if isinstance(a, VectorLayer) and isinstance(b, VectorLayer):
        return _changed_paths(a, b, canvas)
    assert isinstance(a, GroupLayer) and isinstance(b, GroupLayer)
    return changed_tiles(a.children, b.children, canvas, covered)


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
