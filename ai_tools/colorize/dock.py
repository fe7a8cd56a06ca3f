# SPDX-License-Identifier: GPL-3.0-or-later
"""The Colorize Selection dock: hints in, colour on a layer of its own, previewed as they come.

Imports the plugin room, jobs, core values, `dock_parts`, and of `colorize` the panel, `task` and
`sources`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent

from ai_tools.colorize.panel import AUTO, NONE, ColorizePanel
from ai_tools.colorize.sources import find_former, find_hints, find_lines, hint_layer_name
from ai_tools.colorize.task import Settings, Task
from ai_tools.dock_parts import Run
from ai_tools.weights import WeightsError, read_manifest
from app.core.blend_modes import BlendMode
from app.core.document import Document
from app.core.layers import PaintLayer
from app.core.tiles import TileGrid, changed_keys
from app.jobs import BadInput, Job, JobError
from app.plugins import DockSpec, PaintContext

if TYPE_CHECKING:
    from ai_tools.colorize.infer import ColorizeResult

DEBOUNCE_MS = 200
"""How long hints and settings must rest before a preview is worked out."""

REMEMBERED = 8
"""Results whose pixels are kept as they were made."""


class ColorizeDock(ColorizePanel):
    """Colours line art from hints, as a preview or as a new layer."""

    def __init__(self, context: PaintContext) -> None:
        super().__init__()
        self._context = context
        self._task: Task | None = None  # of the run under way
        self._applying = False
        self._ready: tuple[Task, ColorizeResult] | None = None  # what the preview shows
        self._run = Run(context, self._show_state)
        self._last_lines: str | None = None
        self._made: list[tuple[str, TileGrid]] = []  # layers of results, as they were made
        self._debounce = QTimer(self)
        self._debounce.setSingleShot(True)
        self._debounce.setInterval(DEBOUNCE_MS)
        self._debounce.timeout.connect(self._start_preview)
        self._connect()
        self._unsubscribe = context.on_document_changed(self._document_changed)
        self._list_layers()
        self._say_what_is_read()

    # -- what the window calls -------------------------------------------------------------------

    def trigger(self) -> None:
        """Colour with the current settings and lay the colours on a layer of their own."""
        if not self._applying:
            self._apply()

    def release(self) -> None:
        """Stop everything; callbacks that still come are ignored."""
        self._stop()
        self._drop_preview()
        self._unsubscribe()

    def _connect(self) -> None:
        for combo in (self.source, self.hints):
            combo.currentIndexChanged.connect(self._say_what_is_read)
        for signal in (
            self.source.currentIndexChanged,
            self.hints.currentIndexChanged,
            self.engine.currentIndexChanged,
            self.shading.changed,
            self.gap.changed,
            self.guess.toggled,
            self.go_on.toggled,
            self.replaces.toggled,
        ):
            signal.connect(self._refresh)
        self.engine.currentIndexChanged.connect(self._show_state)
        self.live.toggled.connect(self._live_toggled)
        self.new_hints.clicked.connect(self._add_hint_layer)
        self.apply_button.clicked.connect(self.trigger)
        self.cancel_button.clicked.connect(self._cancel)

    # -- which layers ----------------------------------------------------------------------------

    def _hints_id(self, document: Document) -> str | None:
        chosen = self.hints.currentData()
        if chosen == NONE:
            return None
        if chosen == AUTO or not document.has(str(chosen)):
            return find_hints(document)
        return str(chosen)

    def _lines_id(self, document: Document) -> str | None:
        chosen = self.source.currentData()
        if chosen != AUTO and document.has(str(chosen)):
            return str(chosen)
        return find_lines(document, self._last_lines, self._hints_id(document))

    def _list_layers(self) -> None:
        """Bring both lists up to date with the picture, without losing the choice."""
        layers = [(x.name, x.id) for x in reversed(list(self._context.document().walk()))]
        for combo, first in (
            (self.source, [(self.tr("Active layer"), AUTO)]),
            (self.hints, [(self.tr("Automatic"), AUTO), (self.tr("None"), NONE)]),
        ):
            wanted = first + layers
            if wanted == [(combo.itemText(i), combo.itemData(i)) for i in range(combo.count())]:
                continue
            chosen = combo.currentData()
            combo.blockSignals(True)
            combo.clear()
            for text, data in wanted:
                combo.addItem(text, data)
            combo.setCurrentIndex(max(0, combo.findData(chosen)))
            combo.blockSignals(False)

    def _add_hint_layer(self) -> None:
        document = self._context.document()
        self._last_lines = self._lines_id(document)
        top = document.layers[-1].id if document.layers else None
        layer = PaintLayer(name=hint_layer_name())
        (layer_id,) = self._context.commit(self.tr("New hint layer"), [layer], top)
        name = self._context.document().find(layer_id).name
        self.hints.setCurrentIndex(max(0, self.hints.findData(layer_id)))
        self._context.activate(layer_id)
        text = self.tr("Dab a colour into each area, on the layer “{layer}”.")
        self.status.tell(text.format(layer=name))

    def _say_what_is_read(self) -> None:
        document = self._context.document()
        lines, hints = self._lines_id(document), self._hints_id(document)
        if lines is None:
            self.reads.setText(self.tr("No layer with line art"))
            return
        inside = self.tr("whole canvas")
        if document.selection is not None:
            inside = self.tr("only inside the selection")
        parts = [self.tr("Lines “{layer}”").format(layer=document.find(lines).name)]
        if hints is not None:
            parts.append(self.tr("hints “{layer}”").format(layer=document.find(hints).name))
        else:
            parts.append(self.tr("no hints"))
        self.reads.setText(", ".join([*parts, inside]))

    # -- what the artist asks for ----------------------------------------------------------------

    def _wanted(self) -> Task:
        """The run that the controls and the picture ask for now.

        Raises:
            BadInput: there is nothing to look at.
        """
        document = self._context.document()
        lines = self._lines_id(document)
        if lines is None:
            raise BadInput(self.tr("There is no layer with line art. Choose one under Lines."))
        hints = self._hints_id(document)
        if hints == lines:
            raise BadInput(self.tr("Lines and hints must be on two layers."))
        former = find_former(document, lines) if self.replaces.isChecked() else None
        settings = Settings(
            str(self.engine.currentData()),
            float(self.gap.value),
            self.shading.value / 100,
            self.guess.isChecked(),
        )
        made = None if former is None else self._as_made(document, former)
        task = Task(document, lines, hints, former, made, self.go_on.isChecked(), settings)
        _ = task.region  # says now, not in the job, that nothing is selected
        return task

    def _as_made(self, document: Document, layer_id: str) -> TileGrid | None:
        """The result that a layer is closest to: with undo it may be any; None if not known."""
        layer = document.find(layer_id)
        made = [tiles for name, tiles in self._made if name == layer_id]
        if not made or not isinstance(layer, PaintLayer):
            return None
        now = layer.tiles
        return min(reversed(made), key=lambda tiles: len(changed_keys(now, tiles)))

    def _apply(self) -> None:
        try:
            task = self._wanted()
        except JobError as error:
            self.status.fail(error)
            return
        if self._ready is not None and self._ready[0].same_as(task):
            self._land(task, self._ready[1])
        elif self._task is not None and self._task.same_as(task):
            self._applying = True  # the preview under way becomes the result
            self._show_state()
        else:
            self._start(task, applying=True)

    def _cancel(self) -> None:
        if self._stop():
            self.status.tell(self.tr("Stopped."))
        self._drop_preview()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc is the Cancel button."""
        if event.key() == Qt.Key.Key_Escape and self.cancel_button.isEnabled():
            self._cancel()
        else:
            super().keyPressEvent(event)

    # -- preview ---------------------------------------------------------------------------------

    def _live_toggled(self, on: bool) -> None:
        if on:
            self._debounce.start()
        elif not self._applying:
            self._cancel()

    def _refresh(self) -> None:
        """A setting has changed: a preview that is shown, or on its way, follows."""
        if self.live.isChecked() and not self._applying and (self._ready or self._task):
            self._debounce.start()

    def _document_changed(self, old: Document, new: Document) -> None:
        lines = self._lines_id(new)
        if lines is not None:
            self._last_lines = lines
        if self._ready is not None and not new.has(self._ready[0].lines):
            self._stop()
            self._drop_preview()  # its lines were deleted, or another picture was opened
        self._list_layers()
        self._say_what_is_read()
        if self._hints_changed(old, new):
            self._debounce.start()
        else:
            self._refresh()

    def _hints_changed(self, old: Document, new: Document) -> bool:
        """Whether a hint was painted or taken back."""
        hints = self._hints_id(new)
        if hints is None or not old.has(hints) or not self.live.isChecked() or self._applying:
            return False
        before, after = old.find(hints), new.find(hints)
        if isinstance(before, PaintLayer) and isinstance(after, PaintLayer):
            return before.tiles is not after.tiles
        return before is not after

    def _start_preview(self) -> None:
        if self._applying or not self.live.isChecked() or not self.isVisible():
            return
        if self._context.painting:  # the hand comes first; the stroke's end starts the wait anew
            self._debounce.start()
            return
        try:
            task = self._wanted()
        except JobError as error:
            self._stop()
            self._drop_preview()
            self.status.fail(error)
            return
        if self._ready is not None and self._ready[0].same_as(task):
            return
        if self._task is None or not self._task.same_as(task):
            self._start(task, applying=False)

    def _show_preview(self, task: Task, result: ColorizeResult) -> None:
        self._ready = (task, result)
        hide = [task.former] if task.former is not None else []
        above = task.place(self._context.document(), result)
        self._context.preview([task.layer(result)], above, hide)
        self._show_state()

    def _drop_preview(self) -> None:
        if self._ready is not None:  # else the preview on the canvas is another dock's
            self._ready = None
            self._context.preview(None)
            self._show_state()

    def hideEvent(self, event: QHideEvent) -> None:
        """A dock out of sight shows nothing on the canvas."""
        super().hideEvent(event)
        if not event.spontaneous() and not self._applying:
            self._stop()
            self._drop_preview()

    def showEvent(self, event: QShowEvent) -> None:
        """Say at once whether the network is there."""
        super().showEvent(event)
        self._list_layers()
        self._say_what_is_read()
        if not self.status.text() and not _has_network():
            self.status.tell(
                self.tr("The colouring network is not installed: areas are filled flat.")
            )

    # -- running ---------------------------------------------------------------------------------

    def _start(self, task: Task, applying: bool) -> None:
        self._task, self._applying = task, applying
        self.status.tell("")
        self.bar.setValue(0)
        self._run.start(
            Job(self.tr("Colorize Selection"), task.run, key="colorize"),
            on_done=self._done,
            on_error=self._error,
            on_progress=self._progress,
            on_cancelled=self._cancelled,
        )

    def _stop(self) -> bool:
        """Forget the run under way; False when there was none."""
        self._debounce.stop()
        self._task, self._applying = None, False
        return self._run.stop()

    def _progress(self, fraction: float, text: str) -> None:
        self.bar.setValue(round(fraction * 1000))
        self.status.tell(text)

    def _done(self, result: ColorizeResult) -> None:
        task, applying = self._task, self._applying
        self._task, self._applying = None, False
        self._show_state()
        if task is None:
            return
        if not result.painted:
            self._drop_preview()
            self.status.tell(" ".join(result.notices))
        elif applying:
            self._land(task, result)
        else:
            self.status.tell(" ".join(result.notices))
            self._show_preview(task, result)

    def _error(self, error: JobError) -> None:
        self._task, self._applying = None, False
        self._drop_preview()
        self._show_state()
        self.status.fail(error)

    def _cancelled(self) -> None:
        self._task, self._applying = None, False  # by another picture
        self._show_state()
        self.status.tell(self.tr("Stopped."))

    def _land(self, task: Task, result: ColorizeResult) -> None:
        """Put the colours on a layer of their own, or on that of the last result."""
        if not task.still_fits(self._context.document()):
            self._apply()  # the artist painted on the last result meanwhile: that counts too
            return
        layer = task.layer(result)
        step = self.tr("Colorize Selection")
        if self._ready is not None:
            self._ready = None
            self._context.preview(None)
        if task.former is not None:
            self._context.replace_layer(step, layer)
            layer_id, text = layer.id, self.tr("Renewed the layer “{layer}”.")
        else:
            above = task.place(self._context.document(), result)
            (layer_id,) = self._context.commit(step, [layer], above)
            text = self._where(layer, result)
        self._made = [*self._made, (layer_id, layer.tiles)][-REMEMBERED:]
        name = self._context.document().find(layer_id).name
        self.status.tell(" ".join([text.format(layer=name), *result.notices]))
        self._show_state()

    def _where(self, layer: PaintLayer, result: ColorizeResult) -> str:
        if layer.mode is not BlendMode.MULTIPLY:
            return self.tr("Added the layer “{layer}” below the lines.")
        if result.on_paper:
            return self.tr(
                "Added the layer “{layer}” above the lines, in mode Multiply: their layer has "
                "paper that would hide colour below it."
            )
        return self.tr(
            "Added the layer “{layer}” above the lines, in mode Multiply: there is no layer "
            "below them."
        )

    # -- showing ---------------------------------------------------------------------------------

    def _show_state(self) -> None:
        working, previewing = self._run.active, self._ready is not None
        for widget in (self.source, self.hints, self.engine, self.gap, self.go_on, self.replaces):
            widget.setEnabled(not self._applying)
        for widget in (self.shading, self.guess):
            widget.setEnabled(not self._applying and self.engine.currentData() == "network")
        self.live.setEnabled(not self._applying)
        self.apply_button.setEnabled(not self._applying)
        self.cancel_button.setEnabled(working or previewing)
        self.bar.setVisible(working)
        self.badge.setVisible(previewing)


def _has_network() -> bool:
    try:
        return "colorizer" in read_manifest()
    except WeightsError:
        return False


SPEC = DockSpec(
    id="colorize",
    title=QCoreApplication.translate("ColorizeDock", "Colorize Selection"),
    make=ColorizeDock,
    icon="ai-colorize",
    shortcut="K",
    tooltip=QCoreApplication.translate(
        "ColorizeDock", "Colours line art from a few dabs of colour, on a layer of its own"
    ),
    is_ai=True,
    describe=QCoreApplication.translate(
        "ColorizeDock",
        "Finds the areas that your lines close, small gaps included, and colours them on your own "
        "machine. A small neural network paints light and shade; its colours are then moved to "
        "those of your hints. Without the network, areas are filled flat.",
    ),
)
