# SPDX-License-Identifier: GPL-3.0-or-later
"""The Simplify Lines dock in an artist's hands. May import app (no app.ui), ai_tools and Qt."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from pytestqt.qtbot import QtBot

from ai_tools.simplify.dock import SimplifyDock
from app.core.document import Document
from app.core.geometry import Rect
from app.core.history import History
from app.core.layers import PaintLayer, VectorLayer
from app.core.selection import Selection
from app.core.vector import draw_paths
from app.plugins import LocalContext
from tests.ai_tools.simplify.desk import (
    RED,
    WAIT,
    FakeRun,
    click,
    lines,
    previewed,
    waited,
)

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
    dock.engine.setCurrentIndex(1)
    dock.form.setCurrentIndex(1)
    dock.trigger()
    waited(qtbot, lambda: lines(history.document))
    (request,) = fake.requests
    assert (request.engine, request.form) == ("learned", "strokes")
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
