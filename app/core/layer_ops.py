# SPDX-License-Identifier: GPL-3.0-or-later
"""What the layer and edit menus do, as functions from document to document. Imports core only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from app.core.compose import compose_tile
from app.core.document import Document
from app.core.geometry import Rect
from app.core.layers import GroupLayer, Layer, PaintLayer, VectorLayer, new_id
from app.core.selection import Selection
from app.core.strokes import Rgb, Stroke
from app.core.tiles import Key, Pixels, TileGrid, keys_in


class LayerError(Exception):
    """A layer command does not apply; the text says why, in a painter's words."""


def add_layer(document: Document, layer: Layer) -> Document:
    """Put a layer above the active one (into it, when that is an open group) and activate it.

    Between a layer and those clipped to it, the new one is clipped as well: it must not become
    what the others are clipped to.
    """
    active = document.active_layer
    if isinstance(active, GroupLayer) and active.expanded:
        return document.insert(layer, active.id).activate(layer.id)
    if active is not None:
        above = document.siblings_of(active.id)[document.index_of(active.id) + 1 :]
        if above and above[0].clip:
            layer = replace(layer, clip=True)
    return document.insert_above(layer, active.id if active else None).activate(layer.id)


def duplicate(document: Document, layer_id: str) -> Document:
    """A copy of the layer right above it, active; pixels are shared until one is edited."""
    source = document.find(layer_id)
    twin = replace(_fresh_ids(source), name=document.unique_name(f"{source.name} copy"))
    return document.insert_above(twin, layer_id).activate(twin.id)


def _fresh_ids(layer: Layer) -> Layer:
    if isinstance(layer, GroupLayer):
        layer = replace(layer, children=tuple(_fresh_ids(c) for c in layer.children))
    return replace(layer, id=new_id())


def group(document: Document, layer_id: str) -> Document:
    """Wrap the layer in a new group, which becomes active and takes over the clipping."""
    layer = document.find(layer_id)
    parent, index = document.parent_of(layer_id), document.index_of(layer_id)
    name, child = document.unique_name("Group"), replace(layer, clip=False)
    wrapper = GroupLayer(name=name, children=(child,), clip=layer.clip)
    result = document.remove(layer_id).insert(wrapper, parent.id if parent else None, index)
    return result.activate(wrapper.id)


def ungroup(document: Document, layer_id: str) -> Document:
    """Take a group's layers out of it and drop the group.

    Raises:
        LayerError: the layer is no group.
    """
    layer = document.find(layer_id)
    if not isinstance(layer, GroupLayer):
        raise LayerError(f"“{layer.name}” is not a group.")
    parent, index = document.parent_of(layer_id), document.index_of(layer_id)
    result = document.remove(layer_id)
    for offset, child in enumerate(layer.children):
        child = replace(child, clip=child.clip or layer.clip)
        result = result.insert(child, parent.id if parent else None, index + offset)
    return result.activate(layer.children[-1].id) if layer.children else result


def raise_layer(document: Document, layer_id: str, by: int = 1) -> Document:
    """Move the layer up among its siblings (down when `by` is negative)."""
    parent, index = document.parent_of(layer_id), document.index_of(layer_id)
    last = len(document.siblings_of(layer_id)) - 1
    target = max(0, min(last, index + by))
    if target == index:
        return document
    return document.move(layer_id, parent.id if parent else None, target)


def merge_down(document: Document, layer_id: str) -> Document:
    """Merge a layer into the one right below it in the same group.

    The lower layer keeps its name, mode and place; both layers' pen strokes stay with it.

    Raises:
        LayerError: nothing lies below, or one of the two is locked or hidden.
    """
    index, siblings = document.index_of(layer_id), document.siblings_of(layer_id)
    if index == 0:
        raise LayerError("There is no layer below to merge with.")
    top, below = siblings[index], siblings[index - 1]
    for layer in (top, below):
        editable(document, layer.id)
        if not layer.visible:
            raise LayerError(f"“{layer.name}” is hidden; show it to merge it.")
    # The mode of the lower layer is kept for the result, so it must not act twice. When both are
    # clipped, it is to a layer further down, and not one to the other.
    pair = (
        replace(below, mode=type(below.mode).NORMAL, clip=False),
        replace(top, clip=top.clip and not below.clip),
    )
    merged = PaintLayer(
        id=below.id,
        name=below.name,
        mode=below.mode,
        alpha_locked=below.alpha_locked,
        clip=below.clip,
        tiles=_rendered(pair),
        strokes=_strokes(below) + _strokes(top),
    )
    return document.with_layer(merged).remove(top.id).activate(merged.id)


def rasterise(document: Document, layer_id: str) -> Document:
    """Turn a vector layer or a group into one paint layer that looks the same.

    Raises:
        LayerError: the layer is locked.
    """
    layer = editable(document, layer_id)
    if isinstance(layer, PaintLayer):
        return document
    plain = replace(layer, opacity=1.0, mode=type(layer.mode).NORMAL, clip=False, visible=True)
    painted = PaintLayer(
        **{name: getattr(layer, name) for name in _COMMON},
        tiles=_rendered((plain,)),
        strokes=_strokes(layer),
    )
    result = document.with_layer(painted)
    return result if result.active and result.has(result.active) else result.activate(painted.id)


_COMMON = ("id", "name", "visible", "opacity", "mode", "locked", "alpha_locked", "clip")


def flatten_image(document: Document) -> Document:
    """Merge all visible layers into one; hidden layers are dropped."""
    visible = tuple(layer for layer in document.layers if layer.visible)
    strokes = tuple(s for layer in visible for s in _strokes(layer))
    merged = PaintLayer(
        name="Flattened", tiles=_rendered(visible).clipped(document.bounds), strokes=strokes
    )
    return replace(document, layers=(merged,), active=merged.id)


def clear_layer(document: Document, layer_id: str) -> Document:
    """Remove everything on the layer, or what the selection covers of it.

    Raises:
        LayerError: the layer is locked, or the selection would cut a group or vector layer.
    """
    layer = editable(document, layer_id)
    if document.selection is not None and isinstance(layer, PaintLayer):
        return document.with_layer(_weighted(layer, document.selection, keep_inside=False))
    if document.selection is not None:
        raise LayerError(
            f"Only paint layers can be cleared in part; rasterise “{layer.name}” first."
        )
    if isinstance(layer, PaintLayer):
        return document.with_layer(replace(layer, tiles=TileGrid(), strokes=()))
    if isinstance(layer, VectorLayer):
        return document.with_layer(replace(layer, paths=()))
    raise LayerError("A group holds no paint of its own; clear the layers in it.")


def selected_pixels(document: Document, layer_id: str) -> TileGrid:
    """A copy of the layer's pixels weighted by the selection (all of it without one)."""
    layer = document.find(layer_id)
    tiles = layer.tiles if isinstance(layer, PaintLayer) else _rendered((layer,))
    if document.selection is None:
        return tiles
    source = PaintLayer(tiles=tiles)
    return _weighted(source, document.selection, keep_inside=True).tiles


def fill(document: Document, layer_id: str, colour: Rgb, mask: Selection | None = None) -> Document:
    """Lay colour over the layer where `mask` (default: the selection, else the canvas) allows.

    Honours alpha lock. The mask is further confined by the selection and the canvas.

    Raises:
        LayerError: the layer is locked or holds no pixels.
    """
    layer = paintable(document, layer_id)
    area = mask if mask is not None else document.selection
    if mask is not None and document.selection is not None:
        area = mask.combine(document.selection, "intersect")
    blue, green, red = colour[2], colour[1], colour[0]
    solid = np.full((256, 256, 4), (blue, green, red, 255), np.uint8)
    changes: dict[Key, Pixels | None] = {}
    for key in keys_in(document.bounds):
        cover = _canvas_cover(document, key)
        if area is not None:
            tile_mask = area.grid.get(key)
            if tile_mask is None:
                continue
            cover = np.minimum(cover, tile_mask)
        if not layer.alpha_locked and cover.min() == 255:
            changes[key] = solid  # the whole tile: nothing of the old shows
            continue
        old = layer.tiles.get(key)
        base = np.zeros((256, 256, 4), np.uint16) if old is None else old.astype(np.uint16)
        m = cover.astype(np.uint16)[..., None]
        alpha = base[..., 3:] if layer.alpha_locked else np.uint16(255)
        paint = np.empty_like(base)
        paint[..., :3] = _div255(np.array([blue, green, red], np.uint16) * alpha)
        paint[..., 3:] = alpha
        changes[key] = _div255(base * (255 - m) + paint * m).astype(np.uint8)
    return document.with_layer(replace(layer, tiles=layer.tiles.replace(changes)))


def editable(document: Document, layer_id: str) -> Layer:
    """The layer, when it and every group around it may change.

    Raises:
        LayerError: one of them is locked.
    """
    layer: Layer | None = document.find(layer_id)
    found = layer
    while layer is not None:
        if layer.locked:
            raise LayerError(f"“{layer.name}” is locked.")
        layer = document.parent_of(layer.id)
    assert found is not None
    return found


def paintable(document: Document, layer_id: str | None) -> PaintLayer:
    """The paint layer a brush may work on.

    Raises:
        LayerError: no layer is active, or it is hidden, locked, a group or a vector layer.
    """
    if layer_id is None or not document.has(layer_id):
        raise LayerError("Choose a layer to paint on.")
    layer = editable(document, layer_id)
    if isinstance(layer, VectorLayer):
        raise LayerError(f"“{layer.name}” is a vector layer; rasterise it to paint on it.")
    if not isinstance(layer, PaintLayer):
        raise LayerError(f"“{layer.name}” is a group; choose a paint layer in it.")
    above: Layer | None = layer
    while above is not None:
        if not above.visible:
            raise LayerError(f"“{above.name}” is hidden; show it to paint on it.")
        above = document.parent_of(above.id)
    return layer


def laid_over(base: TileGrid, top: TileGrid) -> TileGrid:
    """`top` drawn over `base` in normal mode; tiles that `top` leaves empty stay shared."""
    layers = (PaintLayer(tiles=base), PaintLayer(tiles=top))
    return base.replace({key: compose_tile(layers, key) for key, _ in top.items()})


# -- inside ------------------------------------------------------------------------------------


def _keys(layer: Layer) -> set[Key]:
    if isinstance(layer, PaintLayer):
        return layer.tiles.keys()
    if isinstance(layer, VectorLayer):
        return {key for path in layer.paths for key in keys_in(path.bounds())}
    assert isinstance(layer, GroupLayer)
    return {key for child in layer.children for key in _keys(child)}


def _rendered(layers: tuple[Layer, ...]) -> TileGrid:
    """The layers composited over nothing, including what lies off the canvas."""
    keys = {key for layer in layers for key in _keys(layer)}
    return TileGrid(4, {k: t for k in keys if (t := compose_tile(layers, k)) is not None})


def _strokes(layer: Layer) -> tuple[Stroke, ...]:
    if isinstance(layer, PaintLayer):
        return layer.strokes
    if isinstance(layer, GroupLayer):
        return tuple(s for child in layer.children for s in _strokes(child))
    return ()


def _weighted(layer: PaintLayer, selection: Selection, *, keep_inside: bool) -> PaintLayer:
    """The layer's pixels times the selection mask, or times its inverse."""

    def change(key: Key, tile: Pixels) -> Pixels | None:
        mask = selection.grid.get(key)
        if mask is None:
            return None if keep_inside else tile
        weight = mask if keep_inside else 255 - mask
        return _div255(tile.astype(np.uint16) * weight[..., None]).astype(np.uint8)

    return replace(layer, tiles=_mapped(layer.tiles, change))


def _mapped(grid: TileGrid, change: Callable[[Key, Pixels], Pixels | None]) -> TileGrid:
    changes = {key: change(key, tile) for key, tile in grid.items()}
    return grid.replace({k: t for k, t in changes.items() if t is not grid.get(k)})


def _canvas_cover(document: Document, key: Key) -> Pixels:
    cover = np.zeros((256, 256), np.uint8)
    inner = document.bounds.intersect(Rect(key[0] * 256, key[1] * 256, 256, 256))
    x, y = inner.x - key[0] * 256, inner.y - key[1] * 256
    cover[y : y + inner.h, x : x + inner.w] = 255
    return cover


def _div255(values: np.ndarray) -> np.ndarray:
    """Exactly rounded x / 255 for 0 <= x <= 255 * 255, in 16 bits."""
    wide = values.astype(np.uint32) + 128
    return ((wide + (wide >> 8)) >> 8).astype(np.uint16)
