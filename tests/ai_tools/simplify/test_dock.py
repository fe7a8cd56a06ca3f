# SPDX-License-Identifier: GPL-3.0-or-later
"""The Simplify Lines dock in an artist's hands. May import app (no app.ui), ai_tools and Qt."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QPushButton, QSlider, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from ai_tools.simplify import dock as dock_module
from ai_tools.simplify import infer
from ai_tools.simplify.dock import SPEC, SimplifyDock
from app.core.document import Document
from app.core.geometry import Rect
from app.core.history import History
from app.core.layers import PaintLayer, VectorLayer
from app.core.selection import Selection
from app.core.strokes import Rgb
from app.core.tiles import TileGrid
from app.core.vector import Subpath, VectorPath, draw_paths
from app.jobs import CancelToken, JobQueue, Progress, WeightsMissing
from app.plugins import LocalContext

LEFT = Qt.MouseButton.LeftButton
WAIT = 30
ROOT = Path(__file__).parents[3]
RED: Rgb = (200, 30, 30)


class Post(QObject):
    """Runs functions in the thread that made it, as the window does for jobs."""

    posted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.posted.connect(lambda call: call(), Qt.ConnectionType.QueuedConnection)


def rough_ink() -> np.ndarray:
    """A wobbly pencil line drawn twice, across 220 x 60 pixels; premultiplied BGRA."""
    ink = np.zeros((60, 220, 4), np.uint8)
    x = np.arange(10, 210)
    for shift, alpha in ((0, 230), (2, 160)):
        y = (30 + 12 * np.sin(x / 35) + shift).astype(int)
        for thick in range(3):
            ink[y + thick, x, 3] = np.maximum(ink[y + thick, x, 3], alpha)
    return ink


@pytest.fixture
def history() -> History:
    """A white canvas with a rough drawing on the active layer, called Rough."""
    document = Document.new(300, 200)
    layer = document.active_layer
    assert isinstance(layer, PaintLayer)
    rough = replace(layer, name="Rough", tiles=TileGrid.from_array(rough_ink(), 40, 70))
    return History(document.with_layer(rough))


@pytest.fixture
def context(history: History, qapp: object) -> Iterator[LocalContext]:
    post = Post()
    with JobQueue(deliver=post.posted.emit) as queue:
        yield LocalContext(history, queue, colour=lambda: RED)


@pytest.fixture
def dock(
    qtbot: QtBot, context: LocalContext, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SimplifyDock]:
    monkeypatch.setattr(dock_module, "DEBOUNCE_MS", 1)
    dock = SPEC.make(context)
    assert isinstance(dock, SimplifyDock)
    qtbot.addWidget(dock)
    dock.resize(280, 420)
    dock.show()
    yield dock
    dock.release()


class FakeRun:
    """Stands in for `infer.run`: waits at a gate, then answers with one square."""

    def __init__(self, gate_open: bool = True) -> None:
        self.requests: list[infer.SimplifyRequest] = []
        self.begun, self.go = threading.Event(), threading.Event()
        self.error: Exception | None = None
        self.notices: tuple[str, ...] = ()
        self.empty = False
        if gate_open:
            self.go.set()

    def __call__(
        self, request: infer.SimplifyRequest, token: CancelToken, progress: Progress
    ) -> infer.SimplifyResult:
        self.requests.append(request)
        progress(0.45, "Closing gaps")
        self.begun.set()
        while not self.go.wait(0.005):
            token.check()
        token.check()
        if self.error is not None:
            raise self.error
        square = Subpath.polyline([(50, 80), (90, 80), (90, 120), (50, 120)], closed=True)
        paths = () if self.empty else (VectorPath((square,), fill=request.colour),)
        binary = np.zeros(request.pixels.shape[:2], np.uint8)
        return infer.SimplifyResult(paths=paths, binary=binary, notices=self.notices)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRun]:
    fake = FakeRun()
    monkeypatch.setattr(infer, "run", fake)
    yield fake
    fake.go.set()


def click(qtbot: QtBot, widget: QWidget) -> None:
    at = widget.rect().center()
    if isinstance(widget, QCheckBox):
        at.setX(8)
    qtbot.mouseClick(widget, LEFT, pos=at)


def lines(document: Document) -> list[VectorLayer]:
    return [layer for layer in document.layers if isinstance(layer, VectorLayer)]


def previewed(context: LocalContext) -> list[VectorLayer]:
    return lines(context.preview_document) if context.preview_document is not None else []


def waited(qtbot: QtBot, is_so: Callable[[], object]) -> None:
    qtbot.waitUntil(lambda: bool(is_so()), timeout=WAIT * 1000)


# -- the whole way, with the real engine ---------------------------------------------------------


def test_an_artist_previews_applies_and_undoes(
    qtbot: QtBot, dock: SimplifyDock, context: LocalContext, history: History
) -> None:
    before = history.document
    assert dock.reads.text() == "“Rough”, whole canvas"
    click(qtbot, dock.live)
    waited(qtbot, lambda: previewed(context))
    assert dock.badge.isVisible() and "Preview" in dock.badge.text()
    assert history.document is before

    click(qtbot, dock.apply_button)
    assert [layer.name for layer in history.document.layers] == [
        "Background",
        "Rough",
        "Lines – Rough",
    ]
    assert history.entries[-1] == "Simplify Lines"
    assert context.preview_document is None
    assert not dock.badge.isVisible() and not dock.live.isChecked()
    assert "Lines – Rough" in dock.status.text()

    drawn = draw_paths(lines(history.document)[0].paths, history.document.bounds)[..., 3] > 127
    ink = context.snapshot().pixels[..., 3] > 127
    assert (drawn & ink).sum() > 0.6 * ink.sum()  # the lines follow the drawing

    assert history.undo()
    assert history.document is before


def test_a_selection_confines_the_lines(
    qtbot: QtBot, dock: SimplifyDock, context: LocalContext, history: History
) -> None:
    left = Rect(0, 0, 140, 200)
    history.commit("Select", history.document.with_selection(Selection.rectangle(left)))
    assert "only inside the selection" in dock.reads.text()
    dock.trigger()
    waited(qtbot, lambda: lines(history.document))
    drawn = draw_paths(lines(history.document)[0].paths, history.document.bounds)[..., 3]
    assert drawn[:, :138].any()
    assert not drawn[:, 143:].any()


def test_everything_visible_is_read_in_full(
    qtbot: QtBot, dock: SimplifyDock, context: LocalContext, history: History
) -> None:
    other = PaintLayer(name="Notes")
    history.commit("Add", history.document.insert(other).activate(other.id))
    dock.source.setCurrentIndex(1)
    assert dock.reads.text() == "All visible layers, whole canvas"
    assert not dock.hide_rough.isEnabled()
    dock.trigger()
    waited(qtbot, lambda: lines(history.document))
    assert history.document.layers[-1].name == "Lines – everything visible"
    drawn = draw_paths(lines(history.document)[0].paths, history.document.bounds)[..., 3]
    assert drawn[60:140, 40:260].any() and not drawn[:55].any()


# -- what is asked of the engine -----------------------------------------------------------------


def test_the_controls_reach_the_engine(
    qtbot: QtBot, dock: SimplifyDock, fake: FakeRun, history: History
) -> None:
    dock.strength.slider.setValue(80)
    dock.speckle.number.setValue(20)
    dock.smoothness.slider.setValue(0)
    dock.colour.setCurrentIndex(1)
    dock.trigger()
    waited(qtbot, lambda: lines(history.document))
    (request,) = fake.requests
    assert (request.strength, request.speckle, request.smoothness) == (0.8, 20, 0.0)
    assert (dock.strength.number.value(), dock.speckle.slider.value()) == (80, 20)
    assert request.colour == (*RED, 255)
    assert lines(history.document)[0].paths[0].fill == (*RED, 255)


def test_hiding_the_rough_is_part_of_the_same_step(
    qtbot: QtBot, dock: SimplifyDock, fake: FakeRun, context: LocalContext, history: History
) -> None:
    before = history.document
    rough = before.active or ""
    click(qtbot, dock.hide_rough)
    click(qtbot, dock.live)
    waited(qtbot, lambda: previewed(context))
    assert context.preview_document is not None
    assert not context.preview_document.find(rough).visible
    click(qtbot, dock.apply_button)
    assert not history.document.find(rough).visible
    assert history.document.active == rough
    assert history.undo() and history.document is before


def test_lines_land_above_their_layer_with_names_of_their_own(
    qtbot: QtBot, dock: SimplifyDock, fake: FakeRun, history: History
) -> None:
    history.commit("Add", history.document.insert(PaintLayer(name="Top")))
    for _ in range(2):
        dock.trigger()
        waited(qtbot, dock.apply_button.isEnabled)
    names = [layer.name for layer in history.document.layers]
    assert names == ["Background", "Rough", "Lines – Rough 2", "Lines – Rough", "Top"]


# -- live ----------------------------------------------------------------------------------------


def test_the_preview_follows_the_sliders_and_the_drawing(
    qtbot: QtBot, dock: SimplifyDock, fake: FakeRun, context: LocalContext, history: History
) -> None:
    click(qtbot, dock.live)
    waited(qtbot, lambda: previewed(context))
    for value in (60, 70, 90):
        dock.strength.slider.setValue(value)
    waited(qtbot, lambda: fake.requests[-1].strength == 0.9)
    rough = context.active_layer
    assert isinstance(rough, PaintLayer)
    more = rough.tiles.paste(np.full((4, 4, 4), 255, np.uint8), 0, 0)
    history.commit("Brush", history.document.with_layer(replace(rough, tiles=more)))
    waited(qtbot, lambda: fake.requests[-1].pixels[0, 0, 3] == 255)
    waited(qtbot, lambda: not dock.bar.isVisible())
    assert len(previewed(context)) == 1
    assert not lines(history.document)


def test_a_newer_preview_takes_over_from_one_under_way(
    qtbot: QtBot, dock: SimplifyDock, fake: FakeRun, context: LocalContext
) -> None:
    fake.go.clear()
    click(qtbot, dock.live)
    assert fake.begun.wait(WAIT)
    dock.strength.slider.setValue(95)
    waited(qtbot, lambda: len(fake.requests) == 2)
    fake.go.set()
    waited(qtbot, lambda: previewed(context))
    assert [request.strength for request in fake.requests] == [0.5, 0.95]


def test_what_changes_no_line_is_not_worked_out_again(
    qtbot: QtBot, dock: SimplifyDock, fake: FakeRun, context: LocalContext, history: History
) -> None:
    click(qtbot, dock.live)
    waited(qtbot, lambda: previewed(context))
    dock.colour.setCurrentIndex(1)
    waited(qtbot, lambda: previewed(context)[0].paths[0].fill == (*RED, 255))
    history.commit("Add", history.document.insert(PaintLayer(name="Elsewhere")))
    click(qtbot, dock.apply_button)
    assert len(lines(history.document)) == 1
    assert len(fake.requests) == 1


def test_apply_takes_the_preview_that_is_under_way(
    qtbot: QtBot, dock: SimplifyDock, fake: FakeRun, history: History
) -> None:
    fake.go.clear()
    click(qtbot, dock.live)
    assert fake.begun.wait(WAIT)
    dock.trigger()
    dock.trigger()
    assert not dock.apply_button.isEnabled()
    fake.go.set()
    waited(qtbot, lambda: lines(history.document))
    assert len(fake.requests) == 1 and len(lines(history.document)) == 1


def test_a_dock_out_of_sight_shows_no_preview(
    qtbot: QtBot, dock: SimplifyDock, fake: FakeRun, context: LocalContext
) -> None:
    click(qtbot, dock.live)
    waited(qtbot, lambda: previewed(context))
    dock.hide()
    assert context.preview_document is None
    dock.show()
    waited(qtbot, lambda: previewed(context))


def test_hiding_the_dock_leaves_another_dock_s_preview_alone(
    dock: SimplifyDock, context: LocalContext
) -> None:
    context.preview([VectorLayer(name="Another tool's")])
    dock.hide()
    assert [layer.name for layer in previewed(context)] == ["Another tool's"]


def test_opening_another_picture_ends_the_preview(
    qtbot: QtBot, dock: SimplifyDock, fake: FakeRun, context: LocalContext, history: History
) -> None:
    click(qtbot, dock.live)
    waited(qtbot, lambda: previewed(context))
    history.reset(Document.new(50, 50))
    assert context.preview_document is None
    assert not dock.badge.isVisible()
    waited(qtbot, lambda: "nothing drawn" in dock.status.text())


# -- stopping, failing, being late ---------------------------------------------------------------


@pytest.mark.parametrize("how", ["button", "escape", "unchecking"])
def test_cancel_in_the_middle_leaves_the_picture_alone(
    qtbot: QtBot,
    dock: SimplifyDock,
    fake: FakeRun,
    context: LocalContext,
    history: History,
    how: str,
) -> None:
    before = history.document
    fake.go.clear()
    if how == "unchecking":
        click(qtbot, dock.live)
    else:
        dock.trigger()
    assert fake.begun.wait(WAIT)
    waited(qtbot, lambda: dock.bar.value() == 450)
    assert dock.status.text() == "Closing gaps"
    handle = dock._handle
    assert handle is not None
    if how == "button":
        click(qtbot, dock.cancel_button)
    elif how == "escape":
        qtbot.keyClick(dock, Qt.Key.Key_Escape)
    else:
        click(qtbot, dock.live)
    assert dock.status.text() == "Stopped." and not dock.bar.isVisible()
    assert dock.apply_button.isEnabled() and not dock.cancel_button.isEnabled()
    waited(qtbot, lambda: not handle.active)
    assert handle.state == "cancelled"
    assert history.document is before and context.preview_document is None


def test_a_typed_error_is_shown_as_a_sentence(
    qtbot: QtBot, dock: SimplifyDock, fake: FakeRun, history: History
) -> None:
    fake.error = WeightsMissing("The file simplify.safetensors is missing.")
    dock.trigger()
    waited(qtbot, lambda: dock.status.text() == "The file simplify.safetensors is missing.")
    assert dock.status.property("kind") == "error"
    assert dock.apply_button.isEnabled() and not history.can_undo
    fake.error = None
    dock.trigger()
    waited(qtbot, lambda: lines(history.document))
    assert dock.status.property("kind") == "small"


def test_an_unexpected_error_ends_the_preview_and_keeps_the_dock_usable(
    qtbot: QtBot,
    dock: SimplifyDock,
    fake: FakeRun,
    context: LocalContext,
    caplog: pytest.LogCaptureFixture,
) -> None:
    click(qtbot, dock.live)
    waited(qtbot, lambda: previewed(context))
    fake.error = ZeroDivisionError("deep inside")
    dock.strength.slider.setValue(99)
    waited(qtbot, lambda: "internal error" in dock.status.text())
    assert "deep inside" not in dock.status.text() and "deep inside" in caplog.text
    assert context.preview_document is None and not dock.badge.isVisible()


def test_an_empty_layer_no_layer_and_no_lines_are_each_said(
    qtbot: QtBot, dock: SimplifyDock, fake: FakeRun, history: History
) -> None:
    far = Selection.rectangle(Rect(290, 190, 10, 10))
    outside = replace(history.document, selection=far)
    empty = PaintLayer(name="Empty")
    fake.empty = True
    dock.trigger()
    waited(qtbot, lambda: dock.status.text().startswith("No lines were found"))
    history.commit("Add", history.document.insert(empty).activate(empty.id))
    dock.trigger()
    assert dock.status.text() == "The layer “Empty” has nothing drawn on it."
    history.replace_current(history.document.activate(None))
    dock.trigger()
    assert "No layer is active" in dock.status.text()
    assert dock.reads.text() == "No layer is active, whole canvas"
    history.commit("Select", outside)
    dock.trigger()
    waited(qtbot, lambda: len(fake.requests) == 2 and not dock.bar.isVisible())
    assert not lines(history.document)


def test_a_selection_far_from_the_drawing_is_said(
    dock: SimplifyDock, fake: FakeRun, history: History
) -> None:
    rough = history.document.active_layer
    assert isinstance(rough, PaintLayer)
    wide = replace(Document.new(2000, 200), layers=(rough,), active=rough.id)
    far = Selection.rectangle(Rect(1900, 100, 50, 50))
    history.reset(wide.with_selection(far))
    dock.trigger()
    assert dock.status.text() == "There is nothing drawn inside the selection."
    assert not fake.requests


def test_a_late_result_lands_on_what_the_artist_did_meanwhile(
    qtbot: QtBot, dock: SimplifyDock, fake: FakeRun, history: History
) -> None:
    fake.go.clear()
    dock.trigger()
    assert fake.begun.wait(WAIT)
    rough = history.document.active or ""
    new = PaintLayer(name="Meanwhile")
    history.commit("Add", history.document.insert(new).activate(new.id))
    history.commit("Delete", history.document.remove(rough))
    fake.go.set()
    waited(qtbot, lambda: lines(history.document))
    names = [layer.name for layer in history.document.layers]
    assert names == ["Background", "Meanwhile", "Lines – Rough"]
    assert history.document.active == new.id
    assert history.undo() and history.document.has(new.id)


def test_notices_of_the_engine_are_shown(
    qtbot: QtBot, dock: SimplifyDock, fake: FakeRun, history: History
) -> None:
    fake.notices = ("A slower tracer was used.",)
    dock.trigger()
    waited(qtbot, lambda: lines(history.document))
    assert dock.status.text().endswith("A slower tracer was used.")


def test_a_released_dock_lets_nothing_land(
    qtbot: QtBot, dock: SimplifyDock, fake: FakeRun, context: LocalContext, history: History
) -> None:
    before = history.document
    fake.go.clear()
    dock.trigger()
    assert fake.begun.wait(WAIT)
    handle = dock._handle
    assert handle is not None
    dock.release()
    dock.close()
    fake.go.set()
    waited(qtbot, lambda: not handle.active)
    assert history.document is before
    history.commit("Add", before.insert(PaintLayer(name="After")))
    assert "After" not in dock.reads.text()


# -- being found and reached ---------------------------------------------------------------------


def test_every_control_can_be_reached_by_keyboard_and_has_a_name_and_a_hint(
    dock: SimplifyDock,
) -> None:
    kinds = (QSlider, QSpinBox, QComboBox, QCheckBox, QPushButton)
    controls: list[Any] = [w for w in dock.findChildren(QWidget) if isinstance(w, kinds)]
    assert len(controls) == 12
    for control in controls:
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus
        assert control.toolTip()
        named = control.accessibleName() or getattr(control, "text", str)()
        assert named, control
    order, widget = [], dock.nextInFocusChain()
    while widget is not dock and widget is not None:
        order.append(widget)
        widget = widget.nextInFocusChain()
    reached = [w.mapTo(dock, w.rect().center()) for w in order if w in controls]
    assert len(reached) == len(controls)
    for here, there in pairwise(reached):  # as one reads: along the row, then down
        same_row = abs(there.y() - here.y()) <= 4
        assert there.x() > here.x() if same_row else there.y() > here.y()


def test_it_fits_a_narrow_dock(dock: SimplifyDock) -> None:
    assert dock.minimumSizeHint().width() <= 260


def test_the_dock_is_described_as_an_ai_tool_on_the_key_j() -> None:
    assert (SPEC.id, SPEC.shortcut, SPEC.is_ai) == ("simplify", "J", True)
    assert SPEC.title and SPEC.tooltip and SPEC.describe


def test_importing_the_dock_brings_none_of_the_libraries_that_the_work_needs() -> None:
    code = (
        "import sys, ai_tools.simplify.dock\n"
        "print(sorted({'torch', 'cv2', 'ai_tools.simplify.infer'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
