# SPDX-License-Identifier: GPL-3.0-or-later
"""The paint context over a history and a job queue. Imports core and jobs.

Headless runs and tests use it as it is; the window wraps it and adds only what needs a screen.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from app.core.brush import BrushSettings
from app.core.document import Document
from app.core.geometry import Rect
from app.core.history import History
from app.core.layers import Layer, PaintLayer
from app.core.selection import Selection
from app.core.strokes import Rgb, Stroke
from app.jobs import BadInput, Job, JobError, JobHandle, JobQueue
from app.jobs.job import T
from app.plugins.context import MessageKind, Snapshot
from app.plugins.placing import with_free_names, with_results

log = logging.getLogger(__name__)

_LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def _to_log(text: str, kind: MessageKind) -> None:
    log.log(_LEVELS[kind], "%s", text)


class LocalContext:
    """A `PaintContext` (see there for every method without its own description).

    Args:
        history: the picture. `History.reset` to another picture cancels the jobs of the old one.
        queue: runs the jobs; its `deliver` must lead to the thread that owns the history.
        colour: returns the current painting colour.
        on_message: shows a message; the default writes it to the log.
        brush: returns the brush in hand.
        view: returns the part of the canvas that is seen; the default is the whole canvas.
    """

    def __init__(
        self,
        history: History,
        queue: JobQueue,
        colour: Callable[[], Rgb] = lambda: (0, 0, 0),
        on_message: Callable[[str, MessageKind], None] = _to_log,
        brush: Callable[[], BrushSettings] = BrushSettings,
        view: Callable[[], Rect] | None = None,
    ) -> None:
        self._history, self._queue = history, queue
        self._colour, self._on_message = colour, on_message
        self._brush, self._view = brush, view
        self._painting = False
        self._revision = 0
        self._arrivals = [(0, stroke) for stroke in _strokes(history.document)]  # oldest first
        self._arrived = {id(stroke) for _, stroke in self._arrivals}
        self._handles: list[JobHandle] = []
        self._wanted: tuple[tuple[Layer, ...], str | None, tuple[str, ...]] | None = None
        self._shown: tuple[Document, Document] | None = None  # (document, with the preview in it)
        self._on_document: list[Callable[[Document, Document], None]] = []
        self._on_preview: list[Callable[[], None]] = []
        self._on_painting: list[Callable[[bool], None]] = []
        self._unsubscribe = history.subscribe(self._history_changed)

    def close(self) -> None:
        """Cancel the jobs, end the preview and let go of the history and of all listeners."""
        self._leave()
        self._unsubscribe()
        self._on_document.clear()
        self._on_preview.clear()
        self._on_painting.clear()

    # -- looking ---------------------------------------------------------------------------------

    @property
    def revision(self) -> int:
        return self._revision

    @property
    def active_layer(self) -> Layer | None:
        return self.document().active_layer

    @property
    def colour(self) -> Rgb:
        return self._colour()

    @property
    def brush(self) -> BrushSettings:
        return self._brush()

    @property
    def painting(self) -> bool:
        return self._painting

    def document(self) -> Document:
        return self._history.document

    def selection(self) -> Selection | None:
        return self.document().selection

    def view(self) -> Rect:
        whole = self.document().bounds
        seen = whole if self._view is None else self._view().intersect(whole)
        return whole if seen.empty else seen

    def snapshot(self, region: Rect | None = None, source: str = "layer") -> Snapshot:
        document = self.document()
        region = document.bounds if region is None else region
        if region.empty:
            raise BadInput("The area to work on is empty.")
        layer = None
        if source == "layer":
            layer = document.active_layer
            if layer is None:
                raise BadInput("No layer is active: choose one in the layer list.")
        elif source != "merged":
            if not document.has(source):
                raise BadInput("The layer to work on is no longer in the picture.")
            layer = document.find(source)
        return Snapshot(document, region, layer, self._revision)

    def strokes_since(self, revision: int) -> tuple[Stroke, ...]:
        return tuple(stroke for arrived, stroke in self._arrivals if arrived > revision)

    # -- working ---------------------------------------------------------------------------------

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
        handle = self._queue.submit(
            job,
            on_done=on_done,
            on_progress=on_progress,
            on_preview=on_preview,
            on_error=on_error,
            on_cancelled=on_cancelled,
        )
        self._handles = [h for h in (*self._handles, handle) if h.active]
        return handle

    def commit(
        self,
        label: str,
        layers: Sequence[Layer],
        above: str | None = None,
        hide: Sequence[str] = (),
    ) -> tuple[str, ...]:
        if not layers:
            raise ValueError(f"{label}: there are no layers to add")
        before = self.document()
        after = with_results(before, with_free_names(layers, before), above, hide)
        previewed, self._wanted, self._shown = self._wanted is not None, None, None
        self._history.commit(label, after)  # the result takes the preview's place in one go
        if previewed:
            self._tell_preview()
        known = {layer.id for layer in before.walk()}
        return tuple(layer.id for layer in after.walk() if layer.id not in known)

    def replace_layer(self, label: str, layer: Layer) -> None:
        document = self.document()
        if not document.has(layer.id):
            raise BadInput("The layer to change is no longer in the picture.")
        self._history.commit(label, document.with_layer(layer))

    def activate(self, layer_id: str) -> None:
        document = self.document()
        if not document.has(layer_id):
            raise BadInput("The layer to work on is no longer in the picture.")
        self._history.replace_current(document.activate(layer_id))

    def message(self, text: str, kind: MessageKind = "info") -> None:
        self._on_message(text, kind)

    # -- preview ---------------------------------------------------------------------------------

    def preview(
        self,
        layers: Sequence[Layer] | None,
        above: str | None = None,
        hide: Sequence[str] = (),
    ) -> None:
        wanted = None if layers is None else (tuple(layers), above, tuple(hide))
        if wanted is None and self._wanted is None:
            return
        self._wanted, self._shown = wanted, None
        self._tell_preview()

    @property
    def preview_document(self) -> Document | None:
        """The current picture with the preview in it, or None when there is no preview.

        The same value as long as neither of the two changes, so a compositor redraws nothing.
        """
        if self._wanted is None:
            return None
        document = self.document()
        if self._shown is None or self._shown[0] is not document:
            self._shown = (document, with_results(document, *self._wanted))
        return self._shown[1]

    def on_preview_changed(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback()` when a preview begins, changes or ends; returns what ends that."""
        return _subscribe(self._on_preview, callback)

    def _tell_preview(self) -> None:
        for callback in tuple(self._on_preview):
            _call(callback)

    # -- changes ---------------------------------------------------------------------------------

    def on_painting(self, callback: Callable[[bool], None]) -> Callable[[], None]:
        return _subscribe(self._on_painting, callback)

    def set_painting(self, painting: bool) -> None:
        """Told by the owner of the canvas when a stroke begins or ends."""
        if painting != self._painting:
            self._painting = painting
            for callback in tuple(self._on_painting):
                _call(partial(callback, painting))

    def on_document_changed(
        self, callback: Callable[[Document, Document], None]
    ) -> Callable[[], None]:
        return _subscribe(self._on_document, callback)

    def _history_changed(self, old: Document, new: Document) -> None:
        self._revision += 1
        if self._is_another_picture(old, new):
            self._leave()
        self._note_strokes(old, new)
        for callback in tuple(self._on_document):
            _call(partial(callback, old, new))

    def _is_another_picture(self, old: Document, new: Document) -> bool:
        """True after `History.reset`: nothing to undo, and not one layer in common."""
        ids = {layer.id for layer in old.walk()}
        return len(self._history.entries) == 1 and not any(x.id in ids for x in new.walk())

    def _leave(self) -> None:
        for handle in self._handles:
            handle.cancel()
        self._handles.clear()
        self.preview(None)

    def _note_strokes(self, old: Document, new: Document) -> None:
        """Keep the arrivals equal to the strokes now in the picture, each with its revision.

        A stroke that moved to another layer, or is on two, has arrived once.
        """
        before, after = _stroke_tuples(old), _stroke_tuples(new)
        gone = [strokes for key, strokes in before.items() if key not in after]
        came = [strokes for key, strokes in after.items() if key not in before]
        grown = len(gone) <= 1 and len(came) == 1
        start = gone[0] if gone else ()
        if grown and came[0][: len(start)] == start:  # a pen-up: must not look at every stroke
            fresh = list(came[0][len(start) :])
        else:
            fresh = _strokes(new)
            now = {id(stroke) for stroke in fresh}
            self._arrivals = [(at, stroke) for at, stroke in self._arrivals if id(stroke) in now]
            self._arrived &= now
        for stroke in fresh:
            if id(stroke) not in self._arrived:
                self._arrived.add(id(stroke))
                self._arrivals.append((self._revision, stroke))


def _stroke_tuples(document: Document) -> dict[int, tuple[Stroke, ...]]:
    """The layers' stroke tuples by identity: an untouched layer keeps the very same object."""
    return {id(x.strokes): x.strokes for x in document.walk() if isinstance(x, PaintLayer)}


def _strokes(document: Document) -> list[Stroke]:
    """All strokes of the picture, each once, bottom layer first."""
    tuples = _stroke_tuples(document).values()
    return list({id(stroke): stroke for strokes in tuples for stroke in strokes}.values())


def _subscribe(listeners: list[Any], callback: Any) -> Callable[[], None]:
    listeners.append(callback)
    return lambda: listeners.remove(callback) if callback in listeners else None


def _call(callback: Callable[[], object]) -> None:
    """Run a listener; one plugin's mistake must not keep the change from the others."""
    try:
        callback()
    except Exception:
        log.exception("a plugin's listener failed")
