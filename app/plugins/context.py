# SPDX-License-Identifier: GPL-3.0-or-later
"""The only door between a plugin and the picture. Imports core and jobs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, Protocol

from app.core.blend_modes import BlendMode
from app.core.brush import BrushSettings
from app.core.compose import flatten
from app.core.document import Document
from app.core.geometry import Rect
from app.core.layers import Layer, PaintLayer
from app.core.selection import Selection
from app.core.strokes import Rgb, Stroke
from app.core.tiles import Pixels, frozen
from app.jobs import Job, JobError, JobHandle
from app.jobs.job import T

MessageKind = Literal["info", "warning", "error"]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A part of the picture as it was at one moment. Taking one costs nothing.

    The pixels are worked out when they are first read, so read them inside the job: flattening a
    large picture is no work for the UI thread.

    Attributes:
        document: the picture at that moment.
        region: what is looked at, in canvas pixels.
        layer: the layer looked at, alone and as if fully opaque, visible and unclipped; None for
            all visible layers together.
        revision: the context's revision at that moment.
    """

    document: Document
    region: Rect
    layer: Layer | None
    revision: int

    @property
    def origin(self) -> tuple[int, int]:
        """Canvas position (x, y) of the first pixel."""
        return self.region.x, self.region.y

    @cached_property
    def pixels(self) -> Pixels:
        """Premultiplied BGRA uint8 (h, w, 4), read-only."""
        if self.layer is None:
            return frozen(flatten(self.document, self.region))
        if isinstance(self.layer, PaintLayer):
            return frozen(self.layer.tiles.region(self.region))
        alone = replace(self.layer, visible=True, opacity=1.0, mode=BlendMode.NORMAL, clip=False)
        sheet = replace(self.document, layers=(alone,), active=None, selection=None)
        return frozen(flatten(sheet, self.region))

    @cached_property
    def mask(self) -> Pixels | None:
        """The selection over the region, uint8 (h, w), 255 = selected; None for "everything"."""
        selection = self.document.selection
        return None if selection is None else frozen(selection.mask(self.region))


class PaintContext(Protocol):
    """What a dock is given to see the picture and to change it.

    Call everything here in the UI thread. Jobs run elsewhere and get only what was put into them.
    """

    @property
    def revision(self) -> int:
        """Grows with every change of the document, undo included."""
        ...

    @property
    def active_layer(self) -> Layer | None:
        """The layer that the artist works on."""
        ...

    @property
    def colour(self) -> Rgb:
        """The current painting colour."""
        ...

    @property
    def brush(self) -> BrushSettings:
        """The brush in hand; `app.core.stroke_engine` paints with it."""
        ...

    @property
    def painting(self) -> bool:
        """True while a stroke is being painted, from its first mark to pen-up."""
        ...

    def document(self) -> Document:
        """The picture as it is now, without any preview."""
        ...

    def view(self) -> Rect:
        """The part of the canvas that the artist sees, in canvas pixels; never empty."""
        ...

    def selection(self) -> Selection | None:
        """What the artist selected, or None for "everything"."""
        ...

    def snapshot(self, region: Rect | None = None, source: str = "layer") -> Snapshot:
        """Look at the picture.

        Args:
            region: canvas pixels, which may reach beyond the canvas; None for the whole canvas.
            source: "layer" for the active layer alone, "merged" for all that is visible, or the
                id of a layer.

        Raises:
            BadInput: the region is empty, or there is no such layer.
        """
        ...

    def strokes_since(self, revision: int) -> tuple[Stroke, ...]:
        """Pen strokes in the picture that came in after `revision`, oldest first; -1 for all."""
        ...

    def submit(
        self,
        job: Job[T],
        *,
        on_done: Callable[[T], object] | None = None,
        on_progress: Callable[[float, str], object] | None = None,
        on_preview: Callable[[Any], object] | None = None,
        on_error: Callable[[JobError], object] | None = None,
        on_cancelled: Callable[[], object] | None = None,
    ) -> JobHandle:
        """Run a job in its lane; callbacks come in the UI thread (see `JobQueue.submit`).

        The job is cancelled when another picture is opened, so that no result lands in it.
        """
        ...

    def preview(
        self,
        layers: Sequence[Layer] | None,
        above: str | None = None,
        hide: Sequence[str] = (),
    ) -> None:
        """Show the picture as `commit` would make it, without changing it; None ends that.

        There is one preview at a time; a commit ends it.
        """
        ...

    def commit(
        self,
        label: str,
        layers: Sequence[Layer],
        above: str | None = None,
        hide: Sequence[str] = (),
    ) -> tuple[str, ...]:
        """Add layers to the picture as it is now, as one undo step.

        Works on from whatever the artist did in the meantime. The active layer stays active, so
        that a result which lands late never takes the brush to another layer.

        Args:
            label: what the history shows.
            layers: bottom to top. Names that are taken get a number.
            above: id of the layer they go above; None, or a layer that is gone, means the active
                layer.
            hide: ids of layers to make invisible in the same step; those gone are skipped.

        Returns:
            The ids of the added layers and of what groups among them hold.

        Raises:
            ValueError: there is nothing to add.
        """
        ...

    def replace_layer(self, label: str, layer: Layer) -> None:
        """Put another version of a layer in the place of the one with its id, as one undo step.

        Make it from the layer as it is now, or what the artist did in the meantime is lost.

        Raises:
            BadInput: the layer is no longer in the picture.
        """
        ...

    def activate(self, layer_id: str) -> None:
        """Make a layer the one that the artist works on; no undo step of its own.

        Only for what the artist asked for: a result must never take the brush elsewhere.

        Raises:
            BadInput: there is no such layer.
        """
        ...

    def on_document_changed(
        self, callback: Callable[[Document, Document], None]
    ) -> Callable[[], None]:
        """Call `callback(old, new)` after each change; returns a function that ends it."""
        ...

    def on_painting(self, callback: Callable[[bool], None]) -> Callable[[], None]:
        """Call `callback(painting)` when a stroke begins and when it ends, before the document
        changes; returns a function that ends it."""
        ...

    def message(self, text: str, kind: MessageKind = "info") -> None:
        """Tell the artist one sentence, in the window's status line."""
        ...
