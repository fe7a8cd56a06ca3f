# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of layers, as immutable values. Imports core values only.

`dataclasses.replace(layer, ...)` makes the next version; an id stays the same through all
versions of a layer, which is how two documents are compared.
"""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass, field

from app.core.blend_modes import BlendMode
from app.core.strokes import Stroke
from app.core.tiles import TileGrid
from app.core.vector import VectorPath


def new_id() -> str:
    """A fresh layer id, unique across documents."""
    return uuid.uuid4().hex


@dataclass(frozen=True, kw_only=True, eq=False)
class Layer:
    """What every layer has.

    Attributes:
        opacity: 0..1.
        locked: nothing on the layer may change.
        alpha_locked: painting changes colour, never transparency.
        clip: shows only where the nearest unclipped layer below has alpha.

    Raises:
        ValueError: opacity is not within 0..1.
    """

    id: str = field(default_factory=new_id)
    name: str = "Layer"
    visible: bool = True
    opacity: float = 1.0
    mode: BlendMode = BlendMode.NORMAL
    locked: bool = False
    alpha_locked: bool = False
    clip: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.opacity) and 0.0 <= self.opacity <= 1.0):
            raise ValueError(f"layer {self.name!r}: opacity {self.opacity} is not within 0..1")


@dataclass(frozen=True, kw_only=True, eq=False)
class PaintLayer(Layer):
    """Pixels, and the pen strokes that made them (oldest first)."""

    tiles: TileGrid = field(default_factory=TileGrid)
    strokes: tuple[Stroke, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class VectorLayer(Layer):
    """Shapes that stay sharp in exports; first path lowest."""

    paths: tuple[VectorPath, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class GroupLayer(Layer):
    """Layers that act as one; children bottom to top.

    Attributes:
        expanded: shown open in the layers dock.
        passthrough: children blend straight into what lies below the group.
    """

    children: tuple[Layer, ...] = ()
    expanded: bool = True
    passthrough: bool = False
