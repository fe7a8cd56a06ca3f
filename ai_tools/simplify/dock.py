# SPDX-License-Identifier: GPL-3.0-or-later
"""The Simplify Lines dock: asks `simplify.infer` for clean lines and lays them on a new layer.

Imports the plugin room, jobs, core values, `dock_parts`, `simplify.task` and QtWidgets.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ai_tools.dock_parts import NumberRow, StatusLine, label, progress_bar
from ai_tools.simplify.task import Settings, Task, look_at
from app.core.document import Document
from app.jobs import Job, JobError, JobHandle
from app.plugins import DockSpec, PaintContext

if TYPE_CHECKING:
    from ai_tools.simplify.infer import SimplifyResult

DEBOUNCE_MS = 250
"""How long the settings must rest before a preview is worked out."""


class SimplifyDock(QWidget):
    """Turns the rough drawing into clean vector lines, as a preview or as a new layer."""

    def __init__(self, context: PaintContext) -> None:
        super().__init__()
        self._context = context
        self._task: Task | None = None  # of the run under way
        self._handle: JobHandle | None = None
        self._applying = False
        self._run = 0  # callbacks of older runs are ignored
        self._ready: tuple[Task, SimplifyResult] | None = None  # what the preview shows
        self._debounce = QTimer(self)
        self._debounce.setSingleShot(True)
        self._debounce.setInterval(DEBOUNCE_MS)
        self._debounce.timeout.connect(self._start_preview)
        self._build()
        self._connect()
        self._unsubscribe = context.on_document_changed(self._document_changed)
        self._say_what_is_read()
        self._show_state()

    # -- what the window calls -------------------------------------------------------------------

    def trigger(self) -> None:
        """Simplify with the current settings and lay the lines on a new layer."""
        if not self._applying:
            self._apply()

    def release(self) -> None:
        """Stop everything; callbacks that still come are ignored."""
        self._stop()
        self._drop_preview()
        self._unsubscribe()

    # -- building --------------------------------------------------------------------------------

    def _build(self) -> None:
        self.source = QComboBox()
        self.source.addItem(self.tr("Active layer"), "layer")
        self.source.addItem(self.tr("Everything visible"), "merged")
        self.source.setAccessibleName(self.tr("Lines from"))
        self.source.setToolTip(self.tr("The drawing that the lines are made from"))
        self.reads = label("small")

        self.engine = QComboBox()
        self.engine.addItem(self.tr("Image processing"), "classic")
        self.engine.addItem(self.tr("Trained network"), "learned")
        self.engine.setAccessibleName(self.tr("Found by"))
        self.engine.setToolTip(
            self.tr("The network reads shaded and smudged drawings better, and takes longer")
        )
        self.form = QComboBox()
        self.form.addItem(self.tr("Outlines"), "outlines")
        self.form.addItem(self.tr("Strokes"), "strokes")
        self.form.setAccessibleName(self.tr("Lines as"))
        self.form.setToolTip(
            self.tr("Filled outlines that swell like the drawing, or one even stroke for each line")
        )

        self.strength = NumberRow(
            self.tr("Strength"),
            50,
            100,
            "%",
            self.tr("How much is left out: faint and doubled lines first"),
        )
        self.speckle = NumberRow(
            self.tr("Speckle"),
            8,
            200,
            "px",
            self.tr("Loose dots and dashes of at most this many pixels are left out"),
        )
        self.smoothness = NumberRow(
            self.tr("Smoothness"),
            100,
            130,
            "%",
            self.tr("How far corners are rounded: 0 % keeps them all, 130 % hardly one"),
        )

        self.colour = QComboBox()
        self.colour.addItem(self.tr("Black"), "black")
        self.colour.addItem(self.tr("Current colour"), "current")
        self.colour.setAccessibleName(self.tr("Colour"))
        self.colour.setToolTip(self.tr("The colour of the new lines"))
        self.hide_rough = QCheckBox(self.tr("Hide the rough"))
        self.hide_rough.setToolTip(self.tr("Makes the active layer invisible in the same step"))
        self.live = QCheckBox(self.tr("Preview on the canvas"))
        self.live.setToolTip(
            self.tr("Shows the lines without adding them, and follows the settings and the drawing")
        )
        self.badge = label("heading", self.tr("Preview – not in the picture yet"))

        self.bar = progress_bar(self.tr("Progress"))
        self.status = StatusLine(self.tr("State of Simplify Lines"))
        self.apply_button = QPushButton(self.tr("Apply"))
        self.apply_button.setProperty("kind", "primary")
        self.apply_button.setToolTip(self.tr("Adds the lines on a new layer, as one step to undo"))
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self.cancel_button.setToolTip(self.tr("Stops the work and ends the preview (Esc)"))

        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setHorizontalSpacing(8)
        form.setVerticalSpacing(8)
        form.addRow(self.tr("Lines from"), self.source)
        form.addRow("", self.reads)
        form.addRow(self.tr("Found by"), self.engine)
        form.addRow(self.tr("Lines as"), self.form)
        form.addRow(self.tr("Strength"), self.strength)
        form.addRow(self.tr("Speckle"), self.speckle)
        form.addRow(self.tr("Smoothness"), self.smoothness)
        form.addRow(self.tr("Colour"), self.colour)

        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.apply_button, 1)
        buttons.addWidget(self.cancel_button, 1)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(8)
        layout.addLayout(form)
        layout.addWidget(self.hide_rough)
        layout.addWidget(self.live)
        layout.addLayout(buttons)
        for widget in (self.bar, self.badge, self.status):  # last: they come and go
            layout.addWidget(widget)
        layout.addStretch()

    def _connect(self) -> None:
        self.source.currentIndexChanged.connect(self._say_what_is_read)
        for signal in (
            self.source.currentIndexChanged,
            self.engine.currentIndexChanged,
            self.form.currentIndexChanged,
            self.strength.changed,
            self.speckle.changed,
            self.smoothness.changed,
            self.colour.currentIndexChanged,
            self.hide_rough.toggled,
        ):
            signal.connect(self._refresh)
        self.live.toggled.connect(self._live_toggled)
        self.apply_button.clicked.connect(self.trigger)
        self.cancel_button.clicked.connect(self._cancel)

    # -- what the artist asks for ----------------------------------------------------------------

    def _wanted(self) -> Task:
        """The run that the controls and the picture ask for now.

        Raises:
            BadInput: there is nothing to look at.
        """
        snapshot = look_at(self._context, self.source.currentData())
        settings = Settings(
            self.strength.value / 100,
            self.speckle.value,
            self.smoothness.value / 100,
            self.engine.currentData(),
            self.form.currentData(),
        )
        colour = self._context.colour if self.colour.currentData() == "current" else (0, 0, 0)
        return Task(snapshot, settings, colour)

    def _apply(self) -> None:
        try:
            task = self._wanted()
        except JobError as error:
            self.status.fail(error)
            return
        if self._ready is not None and self._ready[0].same_lines_as(task):
            self._land(task, self._ready[1])
        elif self._task is not None and self._task.same_lines_as(task):
            self._task, self._applying = task, True  # the preview under way becomes the result
            self._show_state()
        else:
            self._start(task, applying=True)

    def _cancel(self) -> None:
        if self._stop():
            self.status.tell(self.tr("Stopped."))
        self.live.setChecked(False)
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
            self._start_preview()
        elif not self._applying:
            self._cancel()

    def _refresh(self) -> None:
        """Something that the lines depend on has changed."""
        if self.live.isChecked() and not self._applying:
            self._debounce.start()

    def _document_changed(self, old: Document, new: Document) -> None:
        if self._ready is not None and not any(map(new.has, self._ready[0].source_ids)):
            self._drop_preview()  # its source was deleted, or another picture was opened
        self._say_what_is_read()
        self._refresh()

    def _start_preview(self) -> None:
        if self._applying or not self.live.isChecked() or not self.isVisible():
            return
        try:
            task = self._wanted()
        except JobError as error:
            self._drop_preview()
            self.status.fail(error)
            return
        if self._ready is not None and self._ready[0].same_lines_as(task):
            self._show_preview(task, self._ready[1])
        elif self._task is None or not self._task.same_lines_as(task):
            self._start(task, applying=False)

    def _show_preview(self, task: Task, result: SimplifyResult) -> None:
        self._ready = (task, result)
        above, hide = self._place(task)
        self._context.preview([task.layer(result)], above, hide)
        self._show_state()

    def _drop_preview(self) -> None:
        if self._ready is not None:  # else the preview on the canvas is another dock's
            self._ready = None
            self._context.preview(None)
            self._show_state()

    def hideEvent(self, event: QHideEvent) -> None:
        """A dock out of sight shows nothing on the canvas; the preview is back with the dock."""
        super().hideEvent(event)
        if not event.spontaneous() and not self._applying:
            self._stop()
            self._drop_preview()

    def showEvent(self, event: QShowEvent) -> None:
        """See `hideEvent`."""
        super().showEvent(event)
        self._refresh()

    # -- running ---------------------------------------------------------------------------------

    def _start(self, task: Task, applying: bool) -> None:
        self._run += 1
        run = self._run
        self._task, self._applying = task, applying
        self.status.tell("")
        self.bar.setValue(0)
        self._handle = self._context.submit(
            Job(self.tr("Simplify Lines"), task.run, key="simplify"),
            on_done=partial(self._done, run),
            on_progress=partial(self._progress, run),
            on_error=partial(self._error, run),
            on_cancelled=partial(self._cancelled, run),
        )
        self._show_state()

    def _stop(self) -> bool:
        """Forget the run under way; False when there was none."""
        self._debounce.stop()
        handle = self._handle
        self._run += 1
        self._idle()
        if handle is not None:
            handle.cancel()
        return handle is not None

    def _progress(self, run: int, fraction: float, text: str) -> None:
        if run == self._run:
            self.bar.setValue(round(fraction * 1000))
            self.status.tell(text)

    def _done(self, run: int, result: SimplifyResult) -> None:
        if run != self._run or self._task is None:
            return
        task, applying = self._task, self._applying
        self._idle()
        if not result.paths:
            self._drop_preview()
            self.status.tell(self.tr("No lines were found. Try less strength, or another layer."))
        elif applying:
            self._land(task, result)
        else:
            self.status.tell(" ".join(result.notices))
            self._show_preview(task, result)

    def _error(self, run: int, error: JobError) -> None:
        if run == self._run:
            self._idle()
            self._drop_preview()
            self.status.fail(error)

    def _cancelled(self, run: int) -> None:
        if run == self._run:  # by another run with the same key, or another picture
            self._idle()
            self.status.tell(self.tr("Stopped."))

    def _land(self, task: Task, result: SimplifyResult) -> None:
        """Put the lines on a layer of their own, on top of whatever was drawn meanwhile."""
        above, hide = self._place(task)
        self._ready = None
        self.live.setChecked(False)
        (layer_id,) = self._context.commit(
            self.tr("Simplify Lines"), [task.layer(result)], above, hide
        )
        name = self._context.document().find(layer_id).name
        added = self.tr("Added the layer “{layer}”.").format(layer=name)
        self.status.tell(" ".join([added, *result.notices]))
        self._show_state()

    def _place(self, task: Task) -> tuple[str | None, list[str]]:
        """Above which layer the lines go, and which layers they replace to the eye."""
        layer = task.snapshot.layer
        if layer is None:
            document = self._context.document()
            return (document.layers[-1].id if document.layers else None), []
        return layer.id, [layer.id] if self.hide_rough.isChecked() else []

    # -- showing ---------------------------------------------------------------------------------

    def _idle(self) -> None:
        self._task, self._handle, self._applying = None, None, False
        self._show_state()

    def _show_state(self) -> None:
        working, previewing = self._task is not None, self._ready is not None
        choices = (self.source, self.engine, self.form, self.colour)
        for widget in (*choices, self.strength, self.speckle, self.smoothness):
            widget.setEnabled(not self._applying)
        self.hide_rough.setEnabled(not self._applying and self.source.currentData() == "layer")
        self.live.setEnabled(not self._applying)
        self.apply_button.setEnabled(not self._applying)
        self.cancel_button.setEnabled(working or previewing)
        self.bar.setVisible(working)
        self.badge.setVisible(previewing)

    def _say_what_is_read(self) -> None:
        document = self._context.document()
        layer = document.active_layer
        if self.source.currentData() == "merged":
            what = self.tr("All visible layers")
        elif layer is None:
            what = self.tr("No layer is active")
        else:
            what = self.tr("“{layer}”").format(layer=layer.name)
        where = (
            self.tr("whole canvas")
            if document.selection is None
            else self.tr("only inside the selection")
        )
        self.reads.setText(f"{what}, {where}")
        self._show_state()


SPEC = DockSpec(
    id="simplify",
    title=QCoreApplication.translate("SimplifyDock", "Simplify Lines"),
    make=SimplifyDock,
    icon="ai-simplify",
    shortcut="J",
    tooltip=QCoreApplication.translate(
        "SimplifyDock", "Turns a rough drawing into clean vector lines on a new layer"
    ),
    is_ai=True,
    describe=QCoreApplication.translate(
        "SimplifyDock",
        "Reads the drawing on your own machine, leaves out faint and doubled lines, and traces "
        "what remains as Bézier outlines or strokes. The network that can be chosen is a small "
        "U-Net trained from scratch on made-up roughs over open drawings.",
    ),
)
