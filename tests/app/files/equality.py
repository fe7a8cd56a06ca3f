# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparing documents by content; ids differ in every reading. Imports app.core."""

from __future__ import annotations

from app.core.document import Document
from app.core.layers import GroupLayer, Layer, PaintLayer, VectorLayer

_PROPERTIES = ("name", "visible", "opacity", "mode", "locked", "alpha_locked", "clip")


def assert_same_layer(a: Layer, b: Layer) -> None:
    """Same kind, properties and content, down to every pixel, point and child."""
    assert type(a) is type(b)
    for name in _PROPERTIES:
        assert getattr(a, name) == getattr(b, name), f"{name} of layer {a.name!r}"
    if isinstance(a, PaintLayer) and isinstance(b, PaintLayer):
        assert a.tiles.same_pixels(b.tiles), f"pixels of layer {a.name!r}"
        assert a.strokes == b.strokes
    elif isinstance(a, VectorLayer) and isinstance(b, VectorLayer):
        assert a.paths == b.paths
    elif isinstance(a, GroupLayer) and isinstance(b, GroupLayer):
        assert (a.expanded, a.passthrough) == (b.expanded, b.passthrough)
        assert_same_layers(a.children, b.children)


def assert_same_layers(a: tuple[Layer, ...], b: tuple[Layer, ...]) -> None:
    """The same layers in the same order."""
    assert [x.name for x in a] == [x.name for x in b]
    for one, other in zip(a, b, strict=True):
        assert_same_layer(one, other)


def assert_same_document(a: Document, b: Document) -> None:
    """Same canvas, layers, active layer and selection."""
    assert (a.width, a.height, a.dpi) == (b.width, b.height, b.dpi)
    assert_same_layers(a.layers, b.layers)
    order_a, order_b = [x.id for x in a.walk()], [x.id for x in b.walk()]
    assert (a.active is None) == (b.active is None)
    if a.active is not None and b.active is not None:
        assert order_a.index(a.active) == order_b.index(b.active)
    assert (a.selection is None) == (b.selection is None)
    if a.selection is not None and b.selection is not None:
        assert a.selection.grid.same_pixels(b.selection.grid)
