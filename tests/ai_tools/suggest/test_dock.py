# SPDX-License-Identifier: GPL-3.0-or-later
"""The Suggest Strokes dock in an artist's hands. May import app (no app.ui), ai_tools and Qt."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from pytestqt.qtbot import QtBot

from app.core.document import Document
from app.core.geometry import Rect
from app.core.history import History
from app.core.layers import PaintLayer
from app.core.selection import Selection
from app.plugins import LocalContext
from tests.ai_tools.suggest.desk import (
    LEFT,
    WAIT,
    Desk,
    FakeRun,
    ask,
    draw,
    ghosts,
    names,
    taken,
)

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
