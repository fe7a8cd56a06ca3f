# SPDX-License-Identifier: GPL-3.0-or-later
"""The Suggest Strokes dock: asks `suggest.infer` how the drawing could go on, shows it as ghosts.

Imports the plugin room, jobs, core values, the weights' manifest, `dock_parts`, the Qt modules
beside it and QtWidgets.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtGui import QHideEvent

from ai_tools.dock_parts import Run
from ai_tools.suggest.keys import GhostKeys
from ai_tools.suggest.panel import Panel
from ai_tools.suggest.shown import Shown
from ai_tools.suggest.task import Answer, Hand, Source, Task, look_at
from app.core.document import Document
from app.core.geometry import Rect
from app.core.layers import PaintLayer
from app.jobs import Job, JobError
from app.plugins import DockSpec, PaintContext

IDLE_MS = 150
"""How long the pen must be up before the next strokes are suggested by themselves."""

ALTERNATIVES = 3
_NEW_STROKES = 24  # a new drawing has as many as the network wants
_SURE = 0.3  # a guess below this is no guess
_COMPLETE = 0.5
_NEW_SHARE = 0.6  # of the view's shorter side, that a new drawing fills


class SuggestDock(Panel):
    """Offers the next strokes of the drawing under way."""

    def __init__(self, context: PaintContext) -> None:
        super().__init__()
        self._context = context
        self._run = Run(context, self._show_state)
        self._shown: Shown | None = None
        self._target_of: dict[str, str] = {}  # layer -> layer that takes its suggestions
        self._asked = 0  # asking again shall bring something else
        self._changing = False  # the picture changes because strokes are taken
        self._keys = GhostKeys(self, self.take_one, self.take_all, self.turn, self.dismiss)
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(IDLE_MS)
        self._idle.timeout.connect(self._suggest_live)
        self.suggest_button.clicked.connect(self.trigger)
        self.new_button.clicked.connect(self.new_sketch)
        self.take_button.clicked.connect(self.take_one)
        self.take_all_button.clicked.connect(self.take_all)
        self.dismiss_button.clicked.connect(self.dismiss)
        self.previous_button.clicked.connect(lambda: self.turn(-1))
        self.next_button.clicked.connect(lambda: self.turn(1))
        for number, thumb in enumerate(self.thumbs):
            thumb.clicked.connect(lambda _=False, i=number: self._choose(i))
        self.live.toggled.connect(self._live_toggled)
        self._unsubscribe = [
            context.on_document_changed(self._document_changed),
            context.on_painting(self._painting),
        ]
        self._show_state()

    # -- what the window calls -------------------------------------------------------------------

    def trigger(self) -> None:
        """Suggest how the active layer's drawing goes on; again: something else."""
        self._suggest(told=True)

    def release(self) -> None:
        """Stop everything; callbacks that still come are ignored."""
        self._stop()
        for unsubscribe in self._unsubscribe:
            unsubscribe()

    # -- asking ----------------------------------------------------------------------------------

    def _suggest(self, told: bool) -> None:
        """`told`: the artist asked; otherwise having nothing to go on from is no error."""
        self._stop()
        try:
            source = look_at(self._context, self._target_of)
        except JobError as error:
            if told:
                self.status.fail(error)
            else:
                self.status.tell(str(error))
            return
        self._asked += told
        from ai_tools.suggest.infer import SuggestRequest

        document = self._context.document()
        request = SuggestRequest(
            strokes=source.strokes,
            category=self.category,
            count=self.count.value,
            alternatives=ALTERNATIVES,
            temperature=self.boldness.value / 100,
            seed=self.seed.value() + self._asked,
            canvas=document.bounds,
            selection=document.selection,
        )
        self._start(Task(request, Hand.of(self._context, request.seed), source))

    def new_sketch(self) -> None:
        """Suggest a whole new drawing in the middle of the view, or in the selection."""
        self._stop()
        from ai_tools.suggest.infer import SuggestRequest

        request = SuggestRequest(
            category=self.category,
            count=_NEW_STROKES,
            alternatives=ALTERNATIVES,
            temperature=self.boldness.value / 100,
            seed=self.seed.value(),
            place=self._place(),
        )
        self._start(Task(request, Hand.of(self._context, request.seed)))

    def _place(self) -> Rect:
        document = self._context.document()
        chosen = document.selection.bounds() if document.selection is not None else None
        if chosen is not None:
            return chosen
        view = self._context.view()
        side = max(1, round(min(view.w, view.h) * _NEW_SHARE))
        return Rect(view.x + (view.w - side) // 2, view.y + (view.h - side) // 2, side, side)

    def _start(self, task: Task) -> None:
        self.status.tell("")
        self.bar.setValue(0)
        self._run.start(
            Job(self.tr("Suggest Strokes"), task.run, lane="suggest", key="suggest"),
            on_done=lambda answer: self._answered(task, answer),
            on_error=self._failed,
            on_progress=lambda fraction, _: self.bar.setValue(round(fraction * 1000)),
        )

    def _answered(self, task: Task, answer: Answer) -> None:
        label, certainty = answer.result.guess
        if task.request.category is None and task.source is not None:
            self.show_guess(label if certainty >= _SURE else "", certainty)
        if not answer.ghosts:
            self.status.tell(self.tr("Nothing came to mind. Ask again, or be bolder."))
            return
        self._shown = Shown(self._context, task, answer, self.tr("Suggested Stroke"))
        self._keys.grab(True)
        self._show_thumbs(task.source)
        if task.source is None:
            self.status.tell(
                self.tr("A new drawing: {kind}.").format(kind=self._shown.ghost.category)
            )
        elif answer.result.complete > _COMPLETE:
            self.status.tell(self.tr("The drawing may be complete as it is."))
        self._show_state()

    def _failed(self, error: JobError) -> None:
        self.status.fail(error)

    # -- live ------------------------------------------------------------------------------------

    def _live_toggled(self, on: bool) -> None:
        if on:
            self._suggest_live()
        else:
            self._idle.stop()

    def _suggest_live(self) -> None:
        if self.live.isChecked() and self.isVisible() and not self._context.painting:
            self._suggest(told=False)

    def _painting(self, painting: bool) -> None:
        """Drawing on dismisses, at once."""
        if painting:
            self._stop()

    def _document_changed(self, old: Document, new: Document) -> None:
        if self._changing or (old.layers is new.layers and _same_place(old, new)):
            return
        self._stop()
        if self.live.isChecked() and _has_new_stroke(old, new):
            self._idle.start()

    # -- acting on what is shown -----------------------------------------------------------------

    def take_one(self) -> None:
        """Put the next ghost stroke into the picture."""
        self._take(1)

    def take_all(self) -> None:
        """Put all strokes of the visible alternative into the picture."""
        self._take(None)

    def _take(self, count: int | None) -> None:
        shown = self._shown
        if shown is None:
            return
        self._changing = True
        try:
            more = shown.take(count)
        except JobError as error:  # the layer went away under the ghost
            self._stop()
            self.status.fail(error)
            return
        finally:
            self._changing = False
        active = self._context.active_layer
        if active is not None and shown.target is not None and active.id != shown.target:
            self._target_of[active.id] = shown.target
        if more:
            self._show_thumbs(None)
            self._show_state()
            return
        self._forget()
        self.status.tell(self.tr("Taken. Ask again to go on from here."))
        if self.live.isChecked():
            self._idle.start()

    def turn(self, step: int) -> None:
        """Show the next alternative (1) or the one before (-1)."""
        if self._shown is not None:
            self._shown.turn(step)
            self._show_state()

    def _choose(self, index: int) -> None:
        if self._shown is not None and index < len(self._shown.ghosts):
            self._shown.choose(index)
        self._show_state()

    def dismiss(self) -> None:
        """Take the ghosts off the canvas, and stop looking for others."""
        self._stop()

    def hideEvent(self, event: QHideEvent) -> None:
        """A dock out of sight suggests nothing."""
        super().hideEvent(event)
        if not event.spontaneous():
            self._stop()

    def _stop(self) -> None:
        self._idle.stop()
        self._run.stop()
        if self._shown is not None:
            self._shown.dismiss()
            self._forget()

    def _forget(self) -> None:
        self._shown = None
        self._keys.grab(False)
        self._show_state()

    # -- showing ---------------------------------------------------------------------------------

    def _show_thumbs(self, source: Source | None) -> None:
        shown = self._shown
        if shown is None:
            return
        before = () if source is None else tuple(stroke.points for stroke in source.strokes[-60:])
        for number, thumb in enumerate(self.thumbs):
            there = number < len(shown.ghosts)
            added = shown.ghosts[number].strokes if there else ()
            thumb.show_lines(before, shown.left if there and len(shown.ghosts) == 1 else added)

    def _show_state(self) -> None:
        shown = self._shown
        self.show_choice(
            working=self._run.active,
            index=-1 if shown is None else shown.index,
            count=0 if shown is None else len(shown.ghosts),
            left=0 if shown is None else len(shown.left),
        )


def _same_place(old: Document, new: Document) -> bool:
    """Whether what suggestions depend on beside the layers is the same."""
    return old.active == new.active and old.selection is new.selection


def _has_new_stroke(old: Document, new: Document) -> bool:
    """Whether a stroke was drawn on the active layer, in contrast to undoing or choosing one."""
    layer = new.active_layer
    if not isinstance(layer, PaintLayer) or not old.has(layer.id):
        return False
    before = old.find(layer.id)
    return (
        isinstance(before, PaintLayer)
        and len(layer.strokes) > len(before.strokes)
        and not layer.strokes[-1].erase
    )


SPEC = DockSpec(
    id="suggest",
    title=QCoreApplication.translate("SuggestDock", "Suggest Strokes"),
    make=SuggestDock,
    icon="ai-suggest",
    shortcut="G",
    tooltip=QCoreApplication.translate(
        "SuggestDock", "Goes on with your drawing: three ways, as ghost strokes to take or leave"
    ),
    is_ai=True,
    describe=QCoreApplication.translate(
        "SuggestDock",
        "Reads the pen strokes of the active layer on your own machine and draws on from them "
        "with a small recurrent network (AI-Sketcher) that learned from quick drawings of "
        "single things by many people. It knows no shading and no scenes.",
    ),
)
