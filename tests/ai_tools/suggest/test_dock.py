# SPDX-License-Identifier: GPL-3.0-or-later
"""The Suggest Strokes dock in an artist's hands. May import app (no app.ui), ai_tools and Qt."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QDockWidget,
    QLineEdit,
    QMainWindow,
    QSlider,
    QWidget,
)
from pytestqt.qtbot import QtBot

from ai_tools.suggest import dock as dock_module
from ai_tools.suggest import infer
from ai_tools.suggest.dock import SPEC, SuggestDock
from ai_tools.suggest.infer import Alternative, SuggestRequest, SuggestResult
from ai_tools.suggest.task import Hand
from app.core.brush import BrushSettings
from app.core.document import Document
from app.core.geometry import Rect
from app.core.history import History
from app.core.layers import GroupLayer, PaintLayer
from app.core.selection import Selection
from app.jobs import CancelToken, JobQueue, WeightsMissing
from app.plugins import LocalContext

LEFT = Qt.MouseButton.LeftButton
WAIT = 30_000
ROOT = Path(__file__).parents[3]


class Post(QObject):
    """Runs functions in the thread that made it, as the window does for jobs."""

    posted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.posted.connect(lambda call: call(), Qt.ConnectionType.QueuedConnection)


def line(y: float) -> np.ndarray:
    return np.array([[x, y, 0.8, x / 100] for x in range(20, 120, 4)], np.float32)


class FakeRun:
    """Stands in for `infer.run`: three alternatives of as many lines as asked for."""

    def __init__(self) -> None:
        self.requests: list[SuggestRequest] = []
        self.go = threading.Event()
        self.go.set()
        self.error: Exception | None = None
        self.guess = ("cat", 0.62)
        self.complete = 0.1
        self.empty = False

    def __call__(
        self, request: SuggestRequest, token: CancelToken, progress: Callable[[float, str], object]
    ) -> SuggestResult:
        self.requests.append(request)
        while not self.go.wait(0.005):
            token.check()
        if self.error is not None:
            raise self.error
        count = min(request.count, 3)
        found = tuple(
            Alternative(tuple(line(20 + 50 * k + 12 * i) for i in range(count)), "cat")
            for k in range(0 if self.empty else request.alternatives)
        )
        return SuggestResult(found, request.strokes, self.guess, self.complete)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRun]:
    fake = FakeRun()
    monkeypatch.setattr(infer, "run", fake)
    yield fake
    fake.go.set()


@pytest.fixture
def history() -> History:
    document = Document.new(300, 200)
    return History(document.with_layer(replace(document.layers[-1], name="Ink")))


@pytest.fixture
def context(history: History, qapp: object) -> Iterator[LocalContext]:
    post = Post()
    with JobQueue(deliver=post.posted.emit) as queue:
        yield LocalContext(
            history,
            queue,
            colour=lambda: (200, 30, 30),
            brush=lambda: BrushSettings(size=5),
            view=lambda: Rect(100, 40, 100, 80),
        )


class Desk(QMainWindow):
    """A window with a canvas, the dock, and Tab and Esc as its menu keys."""

    def __init__(self, dock: SuggestDock) -> None:
        super().__init__()
        self.canvas = QWidget()
        self.canvas.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.field = QLineEdit()
        self.setCentralWidget(self.canvas)
        self.setMenuWidget(self.field)
        panel = QDockWidget()
        panel.setWidget(dock)
        self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, panel)
        self.pressed: list[str] = []
        for key in ("Tab", "Esc", "Shift+Tab"):
            QShortcut(QKeySequence(key), self).activated.connect(partial(self.pressed.append, key))
        self.dock = dock


@pytest.fixture
def dock(
    qtbot: QtBot, context: LocalContext, fake: FakeRun, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SuggestDock]:
    monkeypatch.setattr(dock_module, "IDLE_MS", 1)
    dock = SPEC.make(context)
    assert isinstance(dock, SuggestDock)
    yield dock
    dock.release()


@pytest.fixture
def desk(qtbot: QtBot, dock: SuggestDock) -> Desk:
    desk = Desk(dock)
    qtbot.addWidget(desk)
    desk.resize(500, 600)
    with qtbot.waitExposed(desk):
        desk.show()
    desk.activateWindow()
    desk.canvas.setFocus()
    qtbot.waitUntil(desk.canvas.hasFocus)
    return desk


def draw(context: LocalContext, history: History, y: float = 150) -> None:
    """The artist draws a line on the active layer, from pen-down to pen-up."""
    context.set_painting(True)
    layer = context.active_layer
    assert isinstance(layer, PaintLayer)
    painted = Hand.of(context).paint(layer, line(y))
    context.set_painting(False)
    history.commit("Brush Stroke", history.document.with_layer(painted))


def ghosts(context: LocalContext) -> list[PaintLayer]:
    """The ghost strokes on the canvas."""
    shown = context.preview_document
    groups = [] if shown is None else [x for x in shown.layers if isinstance(x, GroupLayer)]
    assert len(groups) <= 1
    return [x for group in groups for x in group.children if isinstance(x, PaintLayer)]


def names(history: History) -> list[str]:
    return [layer.name for layer in history.document.layers]


def taken(history: History) -> tuple[float, ...]:
    """Heights of the strokes on the layer of suggestions."""
    layer = next(x for x in history.document.layers if x.name.startswith("Sugg"))
    assert isinstance(layer, PaintLayer)
    return tuple(float(stroke.points[0, 1]) for stroke in layer.strokes)


def ask(qtbot: QtBot, desk: Desk, context: LocalContext) -> None:
    desk.dock.trigger()
    qtbot.waitUntil(lambda: bool(ghosts(context)), timeout=WAIT)


# -- asking and taking ---------------------------------------------------------------------------


def test_ghosts_come_in_the_artist_s_brush_and_change_nothing(
    qtbot: QtBot, desk: Desk, context: LocalContext, history: History, fake: FakeRun
) -> None:
    draw(context, history)
    before = history.document
    ask(qtbot, desk, context)
    assert history.document is before
    assert len(ghosts(context)) == 3
    first = ghosts(context)[0].tiles.region(Rect(0, 0, 300, 200))
    rows, _ = np.nonzero(first[..., 3] > 127)
    assert abs(rows.mean() - 20) < 1.5 and 3 <= np.ptp(rows) <= 6
    assert first[20, 60].tolist() == [30, 30, 200, 255]
    assert desk.dock.place.text() == "1 / 3"
    assert desk.dock.guess.text() == "Looks like: cat (62 %)"


def test_tab_takes_stroke_after_stroke_each_an_undo_step(
    qtbot: QtBot, desk: Desk, context: LocalContext, history: History
) -> None:
    draw(context, history)
    drawn, steps = history.document, len(history.entries)
    ask(qtbot, desk, context)
    qtbot.keyClick(desk.canvas, Qt.Key.Key_Tab)
    assert names(history) == ["Background", "Ink", "Suggestions – Ink"]
    assert taken(history) == (20,)
    assert history.document.active == drawn.active
    assert len(ghosts(context)) == 2 and desk.dock.place.text() == "1 / 1"
    qtbot.keyClick(desk.canvas, Qt.Key.Key_Tab)
    qtbot.keyClick(desk.canvas, Qt.Key.Key_Tab)
    assert taken(history) == (20, 32, 44)
    assert history.entries[steps:] == ["Suggested Stroke"] * 3
    assert not ghosts(context) and "Taken" in desk.dock.status.text()
    assert desk.pressed == []
    for _ in range(3):
        assert history.undo()
    assert history.document is drawn


def test_shift_tab_takes_all_in_one_step(
    qtbot: QtBot, desk: Desk, context: LocalContext, history: History
) -> None:
    draw(context, history)
    drawn = history.document
    ask(qtbot, desk, context)
    qtbot.keyClick(desk.canvas, Qt.Key.Key_Right)
    qtbot.keyClick(desk.canvas, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert taken(history) == (70, 82, 94)
    assert desk.pressed == [] and not ghosts(context)
    assert history.undo() and history.document is drawn


def test_the_next_question_includes_what_was_taken_and_its_answer_joins_it(
    qtbot: QtBot, desk: Desk, context: LocalContext, history: History, fake: FakeRun
) -> None:
    draw(context, history)
    for _ in range(2):
        ask(qtbot, desk, context)
        qtbot.keyClick(desk.canvas, Qt.Key.Key_Tab)
        desk.dock.dismiss()
    assert names(history) == ["Background", "Ink", "Suggestions – Ink"]
    assert taken(history) == (20, 20)
    first, second = fake.requests
    assert [len(r.strokes) for r in (first, second)] == [1, 2]
    assert first.seed != second.seed  # asking again brings something else


def test_arrows_turn_through_the_alternatives(
    qtbot: QtBot, desk: Desk, context: LocalContext, history: History
) -> None:
    draw(context, history)
    ask(qtbot, desk, context)
    shown = []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Left):
        qtbot.keyClick(desk.canvas, key)
        shown.append(desk.dock.place.text())
    assert shown == ["2 / 3", "3 / 3", "1 / 3", "3 / 3"]
    bounds = ghosts(context)[0].tiles.bounds()
    assert bounds is not None and bounds.contains_point(60, 120)
    qtbot.mouseClick(desk.dock.thumbs[1], LEFT)
    assert desk.dock.place.text() == "2 / 3"
    assert [thumb.isChecked() for thumb in desk.dock.thumbs] == [False, True, False]
    qtbot.mouseClick(desk.dock.next_button, LEFT)
    assert desk.dock.place.text() == "3 / 3"


def test_the_buttons_do_what_the_keys_do(
    qtbot: QtBot, desk: Desk, context: LocalContext, history: History
) -> None:
    draw(context, history)
    qtbot.mouseClick(desk.dock.suggest_button, LEFT)
    qtbot.waitUntil(lambda: bool(ghosts(context)), timeout=WAIT)
    assert desk.canvas.hasFocus()  # a click leaves the keys to the canvas
    qtbot.mouseClick(desk.dock.take_button, LEFT)
    qtbot.mouseClick(desk.dock.take_all_button, LEFT)
    assert taken(history) == (20, 32, 44)
    qtbot.mouseClick(desk.dock.suggest_button, LEFT)
    qtbot.waitUntil(lambda: bool(ghosts(context)), timeout=WAIT)
    qtbot.mouseClick(desk.dock.dismiss_button, LEFT)
    assert not ghosts(context) and not desk.dock.choice.isVisible()


# -- keys ----------------------------------------------------------------------------------------


def test_keys_are_the_window_s_own_while_nothing_is_shown(
    qtbot: QtBot, desk: Desk, context: LocalContext, history: History
) -> None:
    draw(context, history)
    for key in (Qt.Key.Key_Tab, Qt.Key.Key_Escape):
        qtbot.keyClick(desk.canvas, key)
    assert desk.pressed == ["Tab", "Esc"]
    ask(qtbot, desk, context)
    qtbot.keyClick(desk.canvas, Qt.Key.Key_Escape)
    assert not ghosts(context) and desk.pressed == ["Tab", "Esc"]
    qtbot.keyClick(desk.canvas, Qt.Key.Key_Escape)
    qtbot.keyClick(desk.canvas, Qt.Key.Key_Tab)
    assert desk.pressed == ["Tab", "Esc", "Esc", "Tab"]


def test_what_is_typed_into_a_field_stays_there(
    qtbot: QtBot, desk: Desk, context: LocalContext, history: History
) -> None:
    draw(context, history)
    ask(qtbot, desk, context)
    desk.field.setText("abc")
    desk.field.setFocus()
    qtbot.keyClick(desk.field, Qt.Key.Key_Left)
    assert desk.field.cursorPosition() == 2 and desk.dock.place.text() == "1 / 3"
    qtbot.keyClick(desk.field, Qt.Key.Key_Tab)
    assert names(history) == ["Background", "Ink"]


def test_other_keys_pass(qtbot: QtBot, desk: Desk, context: LocalContext, history: History) -> None:
    draw(context, history)
    ask(qtbot, desk, context)
    seen: list[str] = []
    QShortcut(QKeySequence("B"), desk).activated.connect(lambda: seen.append("B"))
    QShortcut(QKeySequence("Ctrl+Right"), desk).activated.connect(lambda: seen.append("Ctrl+Right"))
    qtbot.keyClick(desk.canvas, Qt.Key.Key_B)
    qtbot.keyClick(desk.canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert seen == ["B", "Ctrl+Right"] and desk.dock.place.text() == "1 / 3"


# -- drawing on, live ----------------------------------------------------------------------------


def test_drawing_on_dismisses_at_pen_down(
    qtbot: QtBot, desk: Desk, context: LocalContext, history: History
) -> None:
    draw(context, history)
    ask(qtbot, desk, context)
    context.set_painting(True)
    assert not ghosts(context)
    context.set_painting(False)


def test_drawing_on_cancels_what_is_being_worked_out(
    qtbot: QtBot, desk: Desk, context: LocalContext, history: History, fake: FakeRun
) -> None:
    draw(context, history)
    fake.go.clear()
    desk.dock.trigger()
    qtbot.waitUntil(lambda: bool(fake.requests), timeout=WAIT)
    assert desk.dock.bar.isVisible()
    context.set_painting(True)
    assert not desk.dock.bar.isVisible()
    fake.go.set()
    context.set_painting(False)
    ask(qtbot, desk, context)
    assert len(fake.requests) == 2


def test_live_suggests_after_every_stroke(
    qtbot: QtBot, desk: Desk, context: LocalContext, history: History, fake: FakeRun
) -> None:
    desk.dock.live.setChecked(True)
    assert "Draw something first" in desk.dock.status.text()
    assert desk.dock.status.property("kind") == "small"  # nothing went wrong
    for count in (1, 2):
        draw(context, history, 100 + 30 * count)
        qtbot.waitUntil(lambda: bool(ghosts(context)), timeout=WAIT)
        assert len(fake.requests[-1].strokes) == count
    qtbot.keyClick(desk.canvas, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: len(fake.requests) == 3 and bool(ghosts(context)), timeout=WAIT)
    assert len(fake.requests[-1].strokes) == 5  # taking all goes on from there
    desk.dock.live.setChecked(False)
    draw(context, history, 190)
    qtbot.wait(20)
    assert len(fake.requests) == 3 and not ghosts(context)


def test_live_leaves_undo_and_other_layers_alone(
    qtbot: QtBot, desk: Desk, context: LocalContext, history: History, fake: FakeRun
) -> None:
    desk.dock.live.setChecked(True)
    draw(context, history)
    qtbot.waitUntil(lambda: bool(ghosts(context)), timeout=WAIT)
    history.undo()
    assert not ghosts(context)
    history.commit("Add", history.document.insert(PaintLayer(name="Other")))
    qtbot.wait(20)
    assert len(fake.requests) == 1


@pytest.mark.parametrize("how", ["undo", "other layer", "selection", "other picture", "hiding"])
def test_ghosts_go_when_what_they_belong_to_changes(
    qtbot: QtBot, desk: Desk, context: LocalContext, history: History, how: str
) -> None:
    draw(context, history)
    ask(qtbot, desk, context)
    if how == "undo":
        history.undo()
    elif how == "other layer":
        history.replace_current(history.document.activate(history.document.layers[0].id))
    elif how == "selection":
        area = Selection.rectangle(Rect(0, 0, 9, 9))
        history.commit("Select", history.document.with_selection(area))
    elif how == "other picture":
        history.reset(Document.new(50, 50))
    else:
        desk.dock.hide()
    assert not ghosts(context) and context.preview_document is None
    qtbot.keyClick(desk.canvas, Qt.Key.Key_Tab)
    assert desk.pressed == ["Tab"]


# -- wishes --------------------------------------------------------------------------------------


def test_the_controls_reach_the_network(
    qtbot: QtBot, desk: Desk, context: LocalContext, history: History, fake: FakeRun
) -> None:
    draw(context, history)
    desk.dock.boldness.set_value(80)
    desk.dock.count.set_value(5)
    desk.dock.kind.field.setText("PINE")
    desk.dock.kind.settle()
    assert desk.dock.category == "pineapple" and desk.dock.kind.currentText() == "pineapple"
    ask(qtbot, desk, context)
    (request,) = fake.requests
    assert (request.temperature, request.count, request.category) == (0.8, 5, "pineapple")
    assert request.canvas == Rect(0, 0, 300, 200) and request.alternatives == 3


def test_typing_what_it_does_not_know_goes_back_to_what_was_chosen(dock: SuggestDock) -> None:
    dock.kind.setCurrentIndex(2)
    chosen = dock.category
    dock.kind.field.setText("quokka")
    dock.kind.settle()
    assert dock.category == chosen and dock.kind.currentText() == chosen
    dock.kind.field.setText("Guess")
    dock.kind.settle()
    assert dock.category is None


def test_an_unsure_guess_is_no_guess(
    qtbot: QtBot, desk: Desk, context: LocalContext, history: History, fake: FakeRun
) -> None:
    draw(context, history)
    fake.guess, fake.complete = ("cat", 0.12), 0.9
    ask(qtbot, desk, context)
    assert desk.dock.guess.text() == "Could be many things yet"
    assert "may be complete" in desk.dock.status.text()


@pytest.mark.parametrize("selected", [False, True])
def test_a_new_sketch_comes_in_the_view_or_the_selection_on_a_layer_of_its_own(
    qtbot: QtBot,
    desk: Desk,
    context: LocalContext,
    history: History,
    fake: FakeRun,
    selected: bool,
) -> None:
    if selected:
        area = Selection.rectangle(Rect(10, 20, 120, 90))
        history.commit("Select", history.document.with_selection(area))
    before = history.document
    desk.dock.seed.setValue(42)
    qtbot.mouseClick(desk.dock.new_button, LEFT)
    qtbot.waitUntil(lambda: bool(ghosts(context)), timeout=WAIT)
    (request,) = fake.requests
    assert request.strokes == () and request.seed == 42
    assert request.place == (Rect(10, 20, 120, 90) if selected else Rect(126, 56, 48, 48))
    qtbot.keyClick(desk.canvas, Qt.Key.Key_Tab)
    qtbot.keyClick(desk.canvas, Qt.Key.Key_Tab)
    assert names(history) == ["Background", "Ink", "Sketch – cat"]
    sketch = history.document.layers[-1]
    assert isinstance(sketch, PaintLayer) and len(sketch.strokes) == 2
    history.undo()
    history.undo()
    assert history.document is before


# -- failing -------------------------------------------------------------------------------------


def test_nothing_to_go_on_from_is_said_and_nothing_starts(
    desk: Desk, fake: FakeRun, history: History
) -> None:
    desk.dock.trigger()
    assert "Draw something first" in desk.dock.status.text()
    assert desk.dock.status.property("kind") == "error"
    assert not fake.requests and not history.can_undo


def test_errors_and_empty_answers_are_sentences(
    qtbot: QtBot, desk: Desk, context: LocalContext, history: History, fake: FakeRun
) -> None:
    draw(context, history)
    fake.error = WeightsMissing("The file sketcher.safetensors is not there.")
    desk.dock.trigger()
    qtbot.waitUntil(lambda: "sketcher.safetensors" in desk.dock.status.text(), timeout=WAIT)
    assert desk.dock.status.property("kind") == "error" and not desk.dock.bar.isVisible()
    fake.error, fake.empty = None, True
    desk.dock.trigger()
    qtbot.waitUntil(lambda: "Nothing came to mind" in desk.dock.status.text(), timeout=WAIT)
    fake.empty = False
    ask(qtbot, desk, context)
    assert desk.dock.status.text() == ""


def test_a_layer_deleted_under_its_suggestions_is_no_trouble(
    qtbot: QtBot, desk: Desk, context: LocalContext, history: History
) -> None:
    draw(context, history)
    ask(qtbot, desk, context)
    qtbot.keyClick(desk.canvas, Qt.Key.Key_Tab)
    history.commit("Delete", history.document.remove(history.document.layers[-1].id))
    assert not ghosts(context)
    ask(qtbot, desk, context)
    qtbot.keyClick(desk.canvas, Qt.Key.Key_Tab)
    assert names(history) == ["Background", "Ink", "Suggestions – Ink"]


def test_a_released_dock_leaves_nothing_behind(
    qtbot: QtBot, desk: Desk, context: LocalContext, history: History
) -> None:
    draw(context, history)
    ask(qtbot, desk, context)
    desk.dock.release()
    assert context.preview_document is None
    qtbot.keyClick(desk.canvas, Qt.Key.Key_Tab)
    draw(context, history)
    assert desk.pressed == ["Tab"] and names(history) == ["Background", "Ink"]


# -- looks ---------------------------------------------------------------------------------------


def test_every_control_has_a_name_and_fits_a_narrow_dock(dock: SuggestDock) -> None:
    dock.show_choice(working=True, index=0, count=3, left=3)
    for kind in (QAbstractButton, QSlider, QAbstractSpinBox, QComboBox):
        for widget in dock.findChildren(kind):
            if widget.parent() is not dock.kind and not widget.objectName().startswith("qt_"):
                assert widget.accessibleName() or getattr(widget, "text", str)(), widget
    assert dock.minimumSizeHint().width() <= 220


def test_the_dock_imports_neither_the_network_nor_its_libraries() -> None:
    code = (
        "import sys, ai_tools.suggest.dock\n"
        "heavy = {'torch', 'onnxruntime', 'cv2', 'numba', 'scipy', 'ai_tools.suggest.infer'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=100
    )
    assert done.stdout.strip() == "[]", done.stderr
