# SPDX-License-Identifier: GPL-3.0-or-later
"""The Suggest Strokes dock: what can be wished for, what goes wrong, and how it looks."""

from __future__ import annotations

import subprocess
import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QSlider,
)
from pytestqt.qtbot import QtBot

from ai_tools.suggest.dock import SuggestDock
from app.core.geometry import Rect
from app.core.history import History
from app.core.layers import PaintLayer
from app.core.selection import Selection
from app.jobs import WeightsMissing
from app.plugins import LocalContext
from tests.ai_tools.suggest.desk import (
    LEFT,
    ROOT,
    WAIT,
    Desk,
    FakeRun,
    ask,
    draw,
    ghosts,
    names,
)

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
