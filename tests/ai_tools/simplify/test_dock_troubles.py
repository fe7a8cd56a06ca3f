# SPDX-License-Identifier: GPL-3.0-or-later
"""The Simplify Lines dock when work is stopped, fails or is late; keyboard, width, imports."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QPushButton, QSlider, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from ai_tools.simplify.dock import SPEC, SimplifyDock
from app.core.document import Document
from app.core.geometry import Rect
from app.core.history import History
from app.core.layers import PaintLayer
from app.core.selection import Selection
from app.jobs import WeightsMissing
from app.plugins import LocalContext
from tests.ai_tools.simplify.desk import (
    ROOT,
    WAIT,
    FakeRun,
    click,
    lines,
    previewed,
    waited,
)

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
    assert len(controls) == 14
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
