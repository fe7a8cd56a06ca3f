# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a plugin's layers go in a picture. Imports core values only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.core.document import Document
from app.core.layers import GroupLayer, Layer, new_id


def with_results(
    document: Document, layers: Sequence[Layer], above: str | None, hide: Sequence[str]
) -> Document:
    """`document` with `layers` added right above a layer and the layers of `hide` made invisible.

    Layers go above the layer `above`, else above the active one, else on top. They never come
    between a layer and those clipped to it, unless the lowest of them is clipped itself. A layer
    keeps its id unless that is taken.

    Args:
        layers: bottom to top.
    """
    for layer_id in hide:
        if document.has(layer_id):
            document = document.with_layer(replace(document.find(layer_id), visible=False))
    base = next((x for x in (above, document.active) if x is not None and document.has(x)), None)
    if base is not None and layers and not layers[0].clip:
        base = _top_of_clip_stack(document, base)
    for layer in layers:
        layer = with_free_ids(layer, document)
        document = document.insert_above(layer, base)
        base = layer.id
    return document


def with_free_names(layers: Sequence[Layer], document: Document) -> tuple[Layer, ...]:
    """`layers` with names that neither the document nor one of themselves has already."""
    taken = {layer.name for layer in document.walk()}
    result: list[Layer] = []
    for layer in layers:
        name, number = layer.name, 2
        while name in taken:
            name, number = f"{layer.name} {number}", number + 1
        taken.add(name)
        result.append(layer if name == layer.name else replace(layer, name=name))
    return tuple(result)


def with_free_ids(layer: Layer, document: Document) -> Layer:
    """`layer`, and what it holds, with a new id wherever the document has that id already."""
    if isinstance(layer, GroupLayer):
        children = tuple(with_free_ids(child, document) for child in layer.children)
        if any(a is not b for a, b in zip(children, layer.children, strict=True)):
            layer = replace(layer, children=children)
    return replace(layer, id=new_id()) if document.has(layer.id) else layer


def _top_of_clip_stack(document: Document, layer_id: str) -> str:
    siblings = document.siblings_of(layer_id)
    index = document.index_of(layer_id)
    while index + 1 < len(siblings) and siblings[index + 1].clip:
        index += 1
    return siblings[index].id
