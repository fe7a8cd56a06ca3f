# SPDX-License-Identifier: GPL-3.0-or-later
"""The studio: the one object that docks, tools and actions talk to.

It holds the open document with its history, the brush, the colours and the tool in hand, and
turns every command into one undo step. It owns no widgets.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QElapsedTimer, QEventLoop, QObject, Signal

from app.core import layer_ops
from app.core.brush import BrushSettings
from app.core.brush_library import BrushLibrary
from app.core.compositor import Compositor
from app.core.document import Document
from app.core.history import History
from app.core.layer_ops import LayerError
from app.core.layers import GroupLayer, Layer, PaintLayer
from app.core.projection import Projection
from app.core.selection import Selection
from app.core.strokes import Rgb
from app.ui import qtjobs
from app.ui.settings import Settings

if TYPE_CHECKING:
    from app.ui.canvas.view import CanvasView

log = logging.getLogger(__name__)

RECENT_COLOURS = 16
TOOLS = (
    "brush",
    "picker",
    "fill",
    "select_rect",
    "select_ellipse",
    "select_lasso",
    "select_wand",
    "move",
    "pan",
    "rotate",
    "zoom",
)


class Studio(QObject):
    """What is open and what the artist holds in hand.

    Signals:
        documentChanged(old, new): after every commit, undo, redo, open or layer choice.
        canvasDirty(rect): canvas pixels to repaint, a `Rect`, or None for all of them.
        messaged(text, kind): a sentence for the artist; kind is "info", "warning" or "error".
    """

    documentChanged = Signal(object, object)
    canvasDirty = Signal(object)
    brushChanged = Signal(object)
    colourChanged = Signal(object)
    recentColoursChanged = Signal()
    toolChanged = Signal(str)
    fileChanged = Signal()
    historyChanged = Signal()
    viewChanged = Signal()
    messaged = Signal(str, str)

    def __init__(self, settings: Settings | None = None, document: Document | None = None) -> None:
        super().__init__()
        self.settings = settings if settings is not None else Settings()
        self.ai_enabled = self.settings.ai_enabled
        start = document if document is not None else Document.new(1920, 1200)
        self.history = History(start, self.settings.undo_budget_mib << 20)
        self.history.subscribe(self._on_history)
        self.compositor = Compositor(start)
        self.projection = Projection(self.compositor)
        self.queue, self._poster = qtjobs.make_queue()
        self.path: Path | None = None
        self.view: CanvasView | None = None
        self.presets: list[BrushSettings] = list(BrushLibrary())
        self.brush: BrushSettings = self.presets[0]
        self.erase_mode = False
        self.tool = "brush"
        self.colour: Rgb = (32, 32, 36)
        self.background_colour: Rgb = (255, 255, 255)
        self.recent_colours: list[Rgb] = []
        self.preview_document: Callable[[], Document | None] | None = None  # set by plugin host
        self._draft: Layer | None = None
        self.before_change: Callable[[], None] | None = None  # lets the view end a running stroke

    # -- the document --------------------------------------------------------------------------

    @property
    def document(self) -> Document:
        """The picture as it is now."""
        return self.history.document

    @property
    def active_layer(self) -> Layer | None:
        """The layer that tools act on."""
        return self.document.active_layer

    @property
    def can_paint(self) -> bool:
        """True when the active layer takes paint."""
        try:
            layer_ops.paintable(self.document, self.document.active)
        except LayerError:
            return False
        return True

    def commit(self, label: str, document: Document, merge: str | None = None) -> None:
        """Make `document` the current one, as one undo step."""
        self.history.commit(label, document, merge)

    def run(self, label: str, change: Callable[[Document], Document]) -> bool:
        """Apply a document function as one undo step; a `LayerError` is told, not raised."""
        self.settle()
        try:
            document = change(self.document)
        except LayerError as error:
            self.messaged.emit(str(error), "warning")
            return False
        self.commit(label, document)
        return True

    def settle(self) -> None:
        """Finish a stroke or drag that is under way, so that a command meets a whole document."""
        if self.before_change is not None:
            self.before_change()

    def undo(self) -> None:
        """One step back."""
        self.settle()
        self.history.undo()

    def redo(self) -> None:
        """One step forward again."""
        self.settle()
        self.history.redo()

    def replace_document(self, document: Document, path: Path | None) -> None:
        """Open another document in place of the present one; the way back starts anew."""
        self.settle()
        self.path = path
        self.history.reset(document)
        if self.view is not None:
            self.view.fit()
        self.fileChanged.emit()

    def show_draft(self, layer: Layer | None) -> None:
        """Show a layer in place of the one with its id, without an undo step; None ends it."""
        self._draft = layer
        self.refresh_display()

    def displayed_document(self) -> Document:
        """What the canvas shows: the document, with a draft or a plugin's preview in it."""
        if self._draft is not None and self.document.has(self._draft.id):
            return self.document.with_layer(self._draft)
        preview = self.preview_document() if self.preview_document is not None else None
        return preview if preview is not None else self.document

    def refresh_display(self) -> None:
        """Bring the canvas up to date with `displayed_document`; repaints only what changed."""
        shown = self.displayed_document()
        old_size = self.projection.size
        dirty = self.compositor.set_document(shown)
        if old_size != (shown.width, shown.height):
            self.canvasDirty.emit(None)
        elif not dirty.empty:
            self.canvasDirty.emit(dirty)
        if self.view is not None:
            self.view.show_note(
                self.tr("Preview") if shown is not self.document and self._draft is None else ""
            )

    def _on_history(self, old: Document, new: Document) -> None:
        self.refresh_display()
        self.documentChanged.emit(old, new)
        if old.selection is not new.selection:
            self.canvasDirty.emit(None)
        self.historyChanged.emit()
        self.fileChanged.emit()

    def close(self, timeout: float = 30.0) -> bool:
        """Let running saves finish, then cancel everything else and end the workers.

        Returns:
            False when a worker did not end in time.
        """
        clock = QElapsedTimer()
        clock.start()
        while any(handle.lane == "files" for handle in self.queue.active):
            if clock.hasExpired(int(timeout * 1000)):
                break
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
        return self.queue.shutdown(timeout=2.0)

    # -- layers --------------------------------------------------------------------------------

    def activate_layer(self, layer_id: str | None) -> None:
        """Choose the layer that tools act on. No undo step of its own."""
        self.settle()
        self.history.replace_current(self.document.activate(layer_id))

    def set_layer(
        self, layer_id: str, label: str, merge: str | None = None, **changes: Any
    ) -> None:
        """Change fields of a layer (name, visible, opacity, mode, locks, clip, expanded …)."""
        self.settle()
        layer = self.document.find(layer_id)
        if any(getattr(layer, name) != value for name, value in changes.items()):
            document = self.document.with_layer(replace(layer, **changes))
            if set(changes) == {"expanded"}:
                self.history.replace_current(document)
            else:
                self.commit(label, document, merge)

    def add_paint_layer(self) -> None:
        """A new empty paint layer above the active one."""
        self._add("New Layer", lambda name: PaintLayer(name=name), "Layer")

    def add_group(self) -> None:
        """A new empty group above the active layer."""
        self._add("New Group", lambda name: GroupLayer(name=name), "Group")

    def _add(self, label: str, make: Callable[[str], Layer], stem: str) -> None:
        number = 1 + sum(1 for layer in self.document.walk() if layer.name.startswith(stem))
        name = self.document.unique_name(f"{stem} {number}")
        self.run(label, lambda d: layer_ops.add_layer(d, make(name)))

    def _on_active(self, label: str, change: Callable[[Document, str], Document]) -> None:
        active = self.document.active
        if active is None or not self.document.has(active):
            self.messaged.emit(self.tr("Choose a layer first."), "warning")
            return
        self.run(label, lambda d: change(d, active))

    def duplicate_layer(self) -> None:
        """Copy the active layer."""
        self._on_active("Duplicate Layer", layer_ops.duplicate)

    def delete_layer(self) -> None:
        """Remove the active layer."""

        def change(document: Document, layer_id: str) -> Document:
            layer_ops.editable(document, layer_id)
            return document.remove(layer_id)

        self._on_active("Delete Layer", change)

    def merge_down(self) -> None:
        """Merge the active layer into the one below."""
        self._on_active("Merge Down", layer_ops.merge_down)

    def group_layer(self) -> None:
        """Wrap the active layer in a group."""
        self._on_active("Group Layer", layer_ops.group)

    def ungroup_layer(self) -> None:
        """Dissolve the active group."""
        self._on_active("Ungroup", layer_ops.ungroup)

    def rasterise_layer(self) -> None:
        """Turn the active vector layer or group into pixels."""
        self._on_active("Rasterise Layer", layer_ops.rasterise)

    def clear_layer(self) -> None:
        """Empty the active layer, or the selected part of it."""
        self._on_active("Clear", layer_ops.clear_layer)

    def raise_layer(self) -> None:
        """Move the active layer up."""
        self._on_active("Raise Layer", lambda d, i: layer_ops.raise_layer(d, i, 1))

    def lower_layer(self) -> None:
        """Move the active layer down."""
        self._on_active("Lower Layer", lambda d, i: layer_ops.raise_layer(d, i, -1))

    def flatten_image(self) -> None:
        """Merge everything visible into one layer."""
        self.run("Flatten Image", layer_ops.flatten_image)

    def move_layer(self, layer_id: str, parent: str | None, index: int) -> None:
        """Move a layer to an index in a group (None: top level)."""

        def change(document: Document) -> Document:
            try:
                return document.move(layer_id, parent, index)
            except ValueError as error:
                raise LayerError(str(error)) from error

        self.run("Move Layer", change)

    # -- selection -----------------------------------------------------------------------------

    def set_selection(self, selection: Selection | None, label: str = "Select") -> None:
        """Replace the selection (clipped to the canvas) as one undo step."""
        if selection is not None:
            selection = selection.clipped(self.document.bounds)
            if selection.is_empty:
                self.messaged.emit(self.tr("Nothing is selected any more."), "info")
        self.run(label, lambda d: d.with_selection(selection))

    def select_all(self) -> None:
        """Select the whole canvas."""
        self.set_selection(Selection.rectangle(self.document.bounds), "Select All")

    def deselect(self) -> None:
        """Select nothing in particular: tools act everywhere."""
        if self.document.selection is not None:
            self.set_selection(None, "Deselect")

    def invert_selection(self) -> None:
        """Select what was not selected; without a selection, everything."""
        old = self.document.selection or Selection()
        self.set_selection(old.inverted(self.document.bounds), "Invert Selection")

    def _reshape(self, label: str, change: Callable[[Selection], Selection]) -> None:
        if self.document.selection is None:
            self.messaged.emit(self.tr("Select something first."), "warning")
            return
        self.set_selection(change(self.document.selection), label)

    def feather(self, px: float) -> None:
        """Soften the selection's edge."""
        self._reshape("Feather Selection", lambda s: s.feathered(px))

    def grow(self, px: int) -> None:
        """Move the selection's edge outwards."""
        self._reshape("Grow Selection", lambda s: s.grown(px))

    def shrink(self, px: int) -> None:
        """Move the selection's edge inwards."""
        self._reshape("Shrink Selection", lambda s: s.grown(-px))

    def border(self, px: int) -> None:
        """Select a band along the selection's edge."""
        self._reshape("Border Selection", lambda s: s.border(px))

    # -- edit ----------------------------------------------------------------------------------

    def cut(self) -> None:
        """Copy the selected pixels of the active layer and remove them."""
        if self.copy():
            self._on_active("Cut", layer_ops.clear_layer)

    def copy(self) -> bool:
        """Copy the selected pixels of the active layer to the clipboard."""
        from app.ui import clipboard

        self.settle()
        return clipboard.copy(self)

    def paste(self) -> None:
        """Put the clipboard's picture on a new layer."""
        from app.ui import clipboard

        self.settle()
        clipboard.paste(self)

    def fill_selection(self) -> None:
        """Fill the selection (or the canvas) on the active layer with the colour."""
        self._on_active("Fill", lambda d, i: layer_ops.fill(d, i, self.colour))
        self.remember_colour(self.colour)

    # -- brush, colour, tool -------------------------------------------------------------------

    def set_brush(self, brush: BrushSettings) -> None:
        """Change the brush in hand."""
        if brush != self.brush:
            self.brush = brush
            self.brushChanged.emit(brush)

    def set_brush_size(self, px: float) -> None:
        """Change the brush diameter, in canvas pixels (0.5..1000)."""
        self.set_brush(replace(self.brush, size=min(1000.0, max(0.5, px))))

    def step_brush_size(self, up: bool) -> None:
        """The next larger or smaller brush size: about a fifth, at least a pixel above 4 px."""
        size = self.brush.size
        step = max(0.5 if size < 4 else 1.0, size * 0.18)
        self.set_brush_size(round(size + step if up else size - step, 1))

    def select_preset(self, preset_id: str) -> None:
        """Take a brush preset in hand.

        Raises:
            KeyError: no such preset.
        """
        for preset in self.presets:
            if preset.id == preset_id:
                self.set_brush(preset)
                if self.tool != "brush":
                    self.set_tool("brush")
                return
        raise KeyError(f"no brush preset {preset_id}")

    def take_brush(self) -> None:
        """Paint with the brush in hand, and erase no longer."""
        self.erase_mode = False
        self.set_tool("brush")
        self.brushChanged.emit(self.brush)

    def toggle_erase(self) -> None:
        """Make the brush in hand an eraser, or a brush again; from another tool, always erase."""
        self.erase_mode = not self.erase_mode or self.tool != "brush"
        self.set_tool("brush")
        self.brushChanged.emit(self.brush)

    def set_colour(self, rgb: Rgb, remember: bool = False) -> None:
        """Choose the painting colour; `remember` also adds it to the recent ones."""
        if rgb != self.colour:
            self.colour = rgb
            self.colourChanged.emit(rgb)
        if remember:
            self.remember_colour(rgb)

    def remember_colour(self, rgb: Rgb) -> None:
        """Move a colour to the front of the recent ones."""
        if self.recent_colours[:1] != [rgb]:
            others = [c for c in self.recent_colours if c != rgb]
            self.recent_colours = [rgb, *others][:RECENT_COLOURS]
            self.recentColoursChanged.emit()

    def swap_colours(self) -> None:
        """Exchange painting and background colour."""
        self.background_colour, colour = self.colour, self.background_colour
        self.set_colour(colour)

    def default_colours(self) -> None:
        """Black on white."""
        self.background_colour = (255, 255, 255)
        self.set_colour((0, 0, 0))
        self.colourChanged.emit(self.colour)

    def set_tool(self, tool: str) -> None:
        """Take another tool in hand.

        Raises:
            ValueError: no such tool.
        """
        if tool not in TOOLS:
            raise ValueError(f"no tool {tool!r}")
        if tool != self.tool:
            self.settle()
            self.tool = tool
            self.toolChanged.emit(tool)

    # -- files ---------------------------------------------------------------------------------

    def new_document(
        self, width: int, height: int, background: Rgb | None = (255, 255, 255), dpi: float = 300.0
    ) -> None:
        """Start an empty document."""
        self.replace_document(replace(Document.new(width, height, background), dpi=dpi), None)

    def open(self, path: Path | str) -> bool:
        """Open a file; problems are told and leave the present document alone."""
        from app.ui import file_commands

        return file_commands.open_into(self, Path(path))

    def save(self, wait: bool = False) -> bool:
        """Save to the present path. False without one, or when it failed (told to the artist)."""
        return self.path is not None and self.save_as(self.path, wait)

    def save_as(self, path: Path | str, wait: bool = False) -> bool:
        """Save as OpenRaster, in the background unless `wait`, and work on under that name."""
        from app.ui import file_commands

        return file_commands.save_from(self, Path(path), wait)

    def export(self, path: Path | str, wait: bool = False) -> bool:
        """Write a copy as PNG, JPEG, WebP or SVG; the document keeps its own file."""
        from app.ui import file_commands

        return file_commands.export_from(self, Path(path), wait)
