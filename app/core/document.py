# SPDX-License-Identifier: GPL-3.0-or-later
"""The document: a tree of layers on a canvas, as one immutable value. Imports core values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from app.core.geometry import Rect
from app.core.layers import GroupLayer, Layer, PaintLayer
from app.core.selection import Selection
from app.core.strokes import Rgb
from app.core.tiles import TileGrid

MAX_SIDE = 32_768
"""Longest canvas side in pixels: beyond it, QImage and 16-bit file fields give out."""


@dataclass(frozen=True, eq=False)
class Document:
    """A picture in work.

    Attributes:
        width, height: canvas size in pixels, 1..32768.
        layers: bottom to top.
        active: id of the layer that tools act on, or None.
        selection: soft mask that confines tools, or None for "everything".
        dpi: pixels an inch, for print sizes.

    Raises:
        ValueError: the canvas size is out of range.
    """

    width: int
    height: int
    layers: tuple[Layer, ...] = ()
    active: str | None = None
    selection: Selection | None = None
    dpi: float = 300.0

    def __post_init__(self) -> None:
        if not (1 <= self.width <= MAX_SIDE and 1 <= self.height <= MAX_SIDE):
            raise ValueError(
                f"a canvas of {self.width} x {self.height} pixels is outside 1..{MAX_SIDE} a side"
            )

    @classmethod
    def new(cls, width: int, height: int, background: Rgb | None = (255, 255, 255)) -> Document:
        """A canvas with an empty paint layer, over a locked-off background colour if given."""
        layer = PaintLayer(name="Layer 1")
        layers: tuple[Layer, ...] = (layer,)
        if background is not None:
            r, g, b = background
            sheet = TileGrid.filled(Rect(0, 0, width, height), (b, g, r, 255))
            layers = (PaintLayer(name="Background", tiles=sheet), layer)
        return cls(width, height, layers, layer.id)

    # -- looking -------------------------------------------------------------------------------

    @property
    def bounds(self) -> Rect:
        """The canvas rectangle."""
        return Rect(0, 0, self.width, self.height)

    @property
    def active_layer(self) -> Layer | None:
        """The layer that tools act on, or None."""
        return self.find(self.active) if self.active is not None and self.has(self.active) else None

    def walk(self) -> Iterator[Layer]:
        """All layers, bottom to top; a group comes after its children."""
        return _walk(self.layers)

    def find(self, layer_id: str) -> Layer:
        """The layer with this id.

        Raises:
            KeyError: there is none.
        """
        for layer in self.walk():
            if layer.id == layer_id:
                return layer
        raise KeyError(f"no layer with id {layer_id}")

    def has(self, layer_id: str) -> bool:
        """True when a layer with this id exists."""
        return any(layer.id == layer_id for layer in self.walk())

    def parent_of(self, layer_id: str) -> GroupLayer | None:
        """The group that directly holds the layer; None at the top level.

        Raises:
            KeyError: no such layer.
        """
        self.find(layer_id)
        for layer in self.walk():
            if isinstance(layer, GroupLayer) and any(c.id == layer_id for c in layer.children):
                return layer
        return None

    def siblings_of(self, layer_id: str) -> tuple[Layer, ...]:
        """The layer and those beside it in the same group, bottom to top."""
        parent = self.parent_of(layer_id)
        return self.layers if parent is None else parent.children

    def index_of(self, layer_id: str) -> int:
        """Position among its siblings, 0 = lowest."""
        return [c.id for c in self.siblings_of(layer_id)].index(layer_id)

    def unique_name(self, name: str) -> str:
        """`name`, or `name 2`, `name 3` … when a layer is already called so."""
        taken = {layer.name for layer in self.walk()}
        candidate, number = name, 2
        while candidate in taken:
            candidate, number = f"{name} {number}", number + 1
        return candidate

    # -- making the next document --------------------------------------------------------------

    def with_layer(self, layer: Layer) -> Document:
        """Replace the layer that has the same id.

        Raises:
            KeyError: there is none.
        """
        self.find(layer.id)
        return replace(self, layers=_map(self.layers, lambda x: layer if x.id == layer.id else x))

    def insert(self, layer: Layer, parent: str | None = None, index: int | None = None) -> Document:
        """Add a layer into a group (None: top level) at an index (None: on top).

        Raises:
            KeyError: no such parent.
            ValueError: the parent is no group, or an id in `layer` is taken.
        """
        taken = {x.id for x in self.walk()}
        if any(x.id in taken for x in _walk((layer,))):
            raise ValueError(f"layer {layer.name!r} is already in the document")

        def put(children: tuple[Layer, ...]) -> tuple[Layer, ...]:
            at = len(children) if index is None else max(0, min(index, len(children)))
            return (*children[:at], layer, *children[at:])

        if parent is None:
            return replace(self, layers=put(self.layers))
        group = self.find(parent)
        if not isinstance(group, GroupLayer):
            raise ValueError(f"layer {group.name!r} is no group")
        return self.with_layer(replace(group, children=put(group.children)))

    def insert_above(self, layer: Layer, layer_id: str | None) -> Document:
        """Add a layer right above another one, in its group; on top when `layer_id` is None."""
        if layer_id is None:
            return self.insert(layer)
        parent = self.parent_of(layer_id)
        return self.insert(layer, parent.id if parent else None, self.index_of(layer_id) + 1)

    def remove(self, layer_id: str) -> Document:
        """Remove a layer (and what it holds); the nearest remaining layer becomes active.

        Raises:
            KeyError: no such layer.
        """
        siblings, index = self.siblings_of(layer_id), self.index_of(layer_id)
        parent = self.parent_of(layer_id)
        gone = {x.id for x in _walk((self.find(layer_id),))}
        result = replace(self, layers=_map(self.layers, lambda x: None if x.id == layer_id else x))
        if self.active not in gone:
            return result
        rest = [x for x in siblings if x.id != layer_id]
        if rest:
            heir: str | None = rest[max(0, index - 1)].id
        elif parent is not None:
            heir = parent.id
        else:
            heir = result.layers[-1].id if result.layers else None
        return replace(result, active=heir)

    def move(self, layer_id: str, parent: str | None, index: int) -> Document:
        """Move a layer to `index` among the children of `parent`, counted without the layer itself.

        Raises:
            KeyError: no such layer or parent.
            ValueError: the parent is no group, or lies inside the moved layer.
        """
        layer = self.find(layer_id)
        if parent is not None and any(x.id == parent for x in _walk((layer,))):
            raise ValueError(f"layer {layer.name!r} cannot be moved into itself")
        without = replace(self, layers=_map(self.layers, lambda x: None if x.id == layer_id else x))
        return without.insert(layer, parent, index)

    def activate(self, layer_id: str | None) -> Document:
        """Make a layer the one that tools act on.

        Raises:
            KeyError: no such layer.
        """
        if layer_id is not None:
            self.find(layer_id)
        return replace(self, active=layer_id)

    def with_selection(self, selection: Selection | None) -> Document:
        """Confine tools to `selection`; None or an empty selection means everything."""
        empty = selection is None or selection.is_empty
        return replace(self, selection=None if empty else selection)


def _walk(layers: tuple[Layer, ...]) -> Iterator[Layer]:
    for layer in layers:
        if isinstance(layer, GroupLayer):
            yield from _walk(layer.children)
        yield layer


def _map(layers: tuple[Layer, ...], change: Callable[[Layer], Layer | None]) -> tuple[Layer, ...]:
    """Apply `change` to every layer, top-most decision first; None removes. Shares what stays."""
    result: list[Layer] = []
    for layer in layers:
        new = change(layer)
        if new is None:
            continue
        if new is layer and isinstance(layer, GroupLayer):
            children = _map(layer.children, change)
            if len(children) != len(layer.children) or any(
                a is not b for a, b in zip(children, layer.children, strict=True)
            ):
                new = replace(layer, children=children)
        result.append(new)
    return tuple(result)
