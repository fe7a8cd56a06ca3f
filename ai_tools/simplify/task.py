# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of Simplify Lines: what is looked at, with which settings, and the layer it makes.

Imports the plugin room, jobs, core values and QtCore for translated texts. `simplify.infer` is
imported in the job, so that neither starting the program nor opening the dock waits for the
libraries it needs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from app.core.layers import PaintLayer, VectorLayer
from app.core.strokes import Rgb
from app.core.vector import Rgba, VectorPath
from app.jobs import BadInput, CancelToken, Progress
from app.plugins import PaintContext, Snapshot

if TYPE_CHECKING:
    from ai_tools.simplify.infer import SimplifyResult

CONTEXT_PX = 64
"""What is looked at around a selection, so that lines are read the same as without it."""


@dataclass(frozen=True)
class Settings:
    """What the lines depend on; ranges and units as in `infer.SimplifyRequest`."""

    strength: float
    speckle: int
    smoothness: float
    engine: str = "classic"
    form: str = "outlines"


@dataclass(frozen=True)
class Task:
    """One run: what to look at and how, and the colour of the lines."""

    snapshot: Snapshot
    settings: Settings
    colour: Rgb

    @property
    def layer_name(self) -> str:
        """Name of the layer that the lines go to."""
        if self.snapshot.layer is None:
            return QCoreApplication.translate("SimplifyDock", "Lines – everything visible")
        text = QCoreApplication.translate("SimplifyDock", "Lines – {layer}")
        return text.format(layer=self.snapshot.layer.name)

    @property
    def source_ids(self) -> list[str]:
        """Ids of the layers that are looked at."""
        layer = self.snapshot.layer
        return [x.id for x in self.snapshot.document.layers] if layer is None else [layer.id]

    def same_lines_as(self, other: Task) -> bool:
        """True when both look at the same pixels with the same settings, whatever the colour."""
        a, b = self.snapshot, other.snapshot
        return (
            a.layer is b.layer
            and (a.layer is not None or a.document.layers is b.document.layers)
            and a.region == b.region
            and a.document.selection is b.document.selection
            and self.settings == other.settings
        )

    def layer(self, result: SimplifyResult) -> VectorLayer:
        """The lines as a layer, in the colour that is wanted now."""
        colour = (*self.colour, 255)
        paths = tuple(_recoloured(path, colour) for path in result.paths)
        return VectorLayer(name=self.layer_name, paths=paths)

    def run(self, token: CancelToken, progress: Progress) -> SimplifyResult:
        """The job: read the pixels and simplify them."""
        from ai_tools.simplify.infer import SimplifyRequest, run

        snapshot = replace(self.snapshot)  # a copy: the pixels it works out go when the job ends
        request = SimplifyRequest(
            pixels=snapshot.pixels,
            mask=snapshot.mask,
            origin=snapshot.origin,
            strength=self.settings.strength,
            speckle=self.settings.speckle,
            smoothness=self.settings.smoothness,
            engine=self.settings.engine,
            form=self.settings.form,
            colour=(*self.colour, 255),
        )
        return run(request, token, progress)


def look_at(context: PaintContext, source: str) -> Snapshot:
    """A snapshot of the part of the picture where lines may be.

    Args:
        source: "layer" for the active layer, "merged" for everything visible.

    Raises:
        BadInput: there is nothing to look at.
    """
    document = context.document()
    layer = document.active_layer if source == "layer" else None
    region = document.bounds
    if isinstance(layer, PaintLayer):
        drawn = layer.tiles.tile_bounds()
        if drawn is None or region.intersect(drawn).empty:
            text = QCoreApplication.translate(
                "SimplifyDock", "The layer “{layer}” has nothing drawn on it."
            )
            raise BadInput(text.format(layer=layer.name))
        region = region.intersect(drawn)
    chosen = document.selection.bounds() if document.selection is not None else None
    if chosen is not None:
        region = region.intersect(chosen.expanded(CONTEXT_PX))
        if region.empty:
            text = QCoreApplication.translate(
                "SimplifyDock", "There is nothing drawn inside the selection."
            )
            raise BadInput(text)
    return context.snapshot(region, source)


def _recoloured(path: VectorPath, colour: Rgba) -> VectorPath:
    fill, stroke = path.fill and colour, path.stroke and colour
    if (fill, stroke) == (path.fill, path.stroke):
        return path
    return replace(path, fill=fill, stroke=stroke)
