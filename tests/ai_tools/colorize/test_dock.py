# SPDX-License-Identifier: GPL-3.0-or-later
"""The Colorize Selection dock in an artist's hands. May import app (no app.ui), ai_tools and Qt."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ai_tools import engine as engines
from ai_tools.colorize import infer
from ai_tools.colorize.dock import ColorizeDock
from ai_tools.weights import WeightsError
from app.core.blend_modes import BlendMode
from app.core.compose import flatten
from app.core.document import Document
from app.core.geometry import Rect
from app.core.history import History
from app.core.layers import PaintLayer
from app.core.selection import Selection
from app.core.tiles import TileGrid
from app.plugins import LocalContext
from tests.ai_tools.colorize.drawings import (
    BLUE,
    CIRCLE,
    GREEN,
    LEFT,
    OUTSIDE,
    RED,
    RIGHT,
    at,
    clear,
    dabs,
    rooms,
)

ROOT = Path(__file__).parents[3]
WAIT_MS = 60_000


def waited(qtbot: QtBot, is_so: Callable[[], object]) -> None:
    qtbot.waitUntil(lambda: bool(is_so()), timeout=WAIT_MS)


def click(qtbot: QtBot, widget: QWidget) -> None:
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


def named(document: Document, name: str) -> PaintLayer:
    (layer,) = (x for x in document.walk() if x.name == name)
    assert isinstance(layer, PaintLayer)
    return layer


def names(document: Document) -> list[str]:
    return [layer.name for layer in document.layers]


def paint_on(history: History, name: str, pixels: np.ndarray, label: str = "Brush") -> None:
    """What a brush stroke does: the layer's next version."""
    layer = named(history.document, name)
    before = layer.tiles.region(Rect(0, 0, pixels.shape[1], pixels.shape[0]))
    covered = pixels[..., 3:] > 0
    tiles = layer.tiles.paste(np.where(covered, pixels, before), 0, 0)
    history.commit(label, history.document.with_layer(replace(layer, tiles=tiles)))


def with_hints(history: History, *places: tuple[tuple[float, float], tuple[int, int, int]]) -> None:
    """A layer of hints on top, as the artist has painted it; the lines stay active."""
    hints = PaintLayer(name="Colour hints", tiles=TileGrid.from_array(dabs(120, places), 0, 0))
    history.commit("Hints", history.document.insert(hints))


def result_of(history: History, name: str = "Colour – Lines") -> np.ndarray:
    return named(history.document, name).tiles.region(history.document.bounds)


def colorized(qtbot: QtBot, dock: ColorizeDock, history: History) -> None:
    """Press the shortcut and wait for the step."""
    before = history.document
    dock.trigger()
    waited(qtbot, lambda: history.document is not before)


# -- the whole way -------------------------------------------------------------------------------


def test_colour_lands_below_the_lines_in_one_step(
    qtbot: QtBot, dock: ColorizeDock, history: History
) -> None:
    with_hints(history, (LEFT, RED), (CIRCLE, BLUE))
    before = history.document
    active = before.active
    assert dock.reads.text() == "Lines “Lines”, hints “Colour hints”, whole canvas"
    colorized(qtbot, dock, history)
    after = history.document
    assert names(after) == ["Background", "Colour – Lines", "Lines", "Colour hints"]
    assert after.active == active
    assert history.entries[-1] == "Colorize Selection"
    assert "below the lines" in dock.status.text()
    assert at(result_of(history), LEFT) == (*RED, 255)
    seen = flatten(after)
    assert at(seen, (0.3, 0.7)) == (*RED, 255) and at(seen, OUTSIDE) == (255, 255, 255, 255)
    assert history.undo() and history.document is before


def test_only_the_selection_is_coloured(qtbot: QtBot, dock: ColorizeDock, history: History) -> None:
    with_hints(history, (LEFT, RED), (OUTSIDE, BLUE))
    chosen = Rect(20, 20, 30, 40)
    document = history.document.with_selection(Selection.rectangle(chosen))
    history.commit("Select", document)
    assert "only inside the selection" in dock.reads.text()
    before = flatten(history.document)
    colorized(qtbot, dock, history)
    after = flatten(history.document)
    outside = np.ones((120, 120), bool)
    outside[20:60, 20:50] = False
    assert np.array_equal(before[outside], after[outside])
    assert at(after, (0.2, 0.2)) == (*RED, 255)


def test_lines_on_opaque_paper_are_multiplied(
    qtbot: QtBot, dock: ColorizeDock, history: History
) -> None:
    scan = replace(
        named(history.document, "Lines"),
        tiles=TileGrid.from_array(rooms(paper=(255, 255, 255)), 0, 0),
    )
    history.commit("Scan", history.document.with_layer(scan))
    with_hints(history, (LEFT, RED))
    colorized(qtbot, dock, history)
    assert names(history.document) == ["Background", "Lines", "Colour – Lines", "Colour hints"]
    assert named(history.document, "Colour – Lines").mode is BlendMode.MULTIPLY
    assert "Multiply" in dock.status.text()
    seen = flatten(history.document)
    assert at(seen, (0.3, 0.7)) == (*RED, 255)
    assert max(at(seen, (0.5, 0.3))[:3]) < 40  # the wall is as black as it was


def test_lines_on_the_lowest_layer_are_multiplied(
    qtbot: QtBot, dock: ColorizeDock, history: History
) -> None:
    history.commit("No paper", history.document.remove(history.document.layers[0].id))
    with_hints(history, (LEFT, RED))
    colorized(qtbot, dock, history)
    assert names(history.document) == ["Lines", "Colour – Lines", "Colour hints"]
    assert at(flatten(history.document), (0.3, 0.7)) == (*RED, 255)
    assert "no layer below" in dock.status.text()


# -- the second pass -----------------------------------------------------------------------------


def test_the_next_run_renews_the_last_result_and_keeps_what_was_painted_on_it(
    qtbot: QtBot, dock: ColorizeDock, history: History
) -> None:
    with_hints(history, (LEFT, RED), (RIGHT, BLUE))
    colorized(qtbot, dock, history)
    over = clear(120)
    over[80:90, 30:45] = (*GREEN[::-1], 255)
    paint_on(history, "Colour – Lines", over)
    painted = history.document
    paint_on(history, "Colour hints", dabs(120, [(CIRCLE, GREEN)]))
    dock.live.setChecked(False)
    colorized(qtbot, dock, history)
    assert names(history.document) == names(painted)  # no further layer
    pixels = result_of(history)
    assert (pixels[80:90, 30:45] == (*GREEN[::-1], 255)).all()
    assert at(pixels, LEFT) == (*RED, 255) and at(pixels, CIRCLE) == (*GREEN, 255)
    assert "Renewed" in dock.status.text()
    assert history.undo()
    assert (
        result_of(history).tobytes()
        == named(painted, "Colour – Lines").tiles.region(painted.bounds).tobytes()
    )


def test_a_changed_setting_is_not_taken_for_the_artists_paint(
    qtbot: QtBot, dock: ColorizeDock, history: History
) -> None:
    with_hints(history, (LEFT, RED))
    colorized(qtbot, dock, history)
    hints = named(history.document, "Colour hints")
    history.commit(
        "Other hints",
        history.document.with_layer(
            replace(hints, tiles=TileGrid.from_array(dabs(120, [(RIGHT, BLUE)]), 0, 0))
        ),
    )
    dock.live.setChecked(False)
    colorized(qtbot, dock, history)
    assert at(result_of(history), RIGHT) == (*BLUE, 255)
    assert at(result_of(history), LEFT)[3] == 0  # its hint is gone, and so is its colour
    history.undo()
    history.undo()
    colorized(qtbot, dock, history)  # after undo the older result is known as well
    assert at(result_of(history), LEFT) == (*RED, 255)
    assert at(result_of(history), RIGHT)[3] == 0


def test_afresh_forgets_what_was_painted(
    qtbot: QtBot, dock: ColorizeDock, history: History
) -> None:
    with_hints(history, (LEFT, RED))
    colorized(qtbot, dock, history)
    over = clear(120)
    over[80:90, 30:45] = (*GREEN[::-1], 255)
    paint_on(history, "Colour – Lines", over)
    dock.go_on.setChecked(False)
    colorized(qtbot, dock, history)
    assert (result_of(history)[80:90, 30:45] == (*RED[::-1], 255)).all()


def test_a_new_layer_each_time_if_wanted(
    qtbot: QtBot, dock: ColorizeDock, history: History
) -> None:
    with_hints(history, (LEFT, RED))
    dock.replaces.setChecked(False)
    colorized(qtbot, dock, history)
    paint_on(history, "Colour hints", dabs(120, [(RIGHT, BLUE)]))
    colorized(qtbot, dock, history)
    assert names(history.document) == [
        "Background",
        "Colour – Lines",
        "Colour – Lines 2",
        "Lines",
        "Colour hints",
    ]


def test_layers_clipped_to_the_result_stay_clipped(
    qtbot: QtBot, dock: ColorizeDock, history: History
) -> None:
    with_hints(history, (LEFT, RED))
    colorized(qtbot, dock, history)
    result = named(history.document, "Colour – Lines")
    shade = PaintLayer(name="Shade", clip=True)
    history.commit("Clip", history.document.insert_above(shade, result.id))
    paint_on(history, "Colour hints", dabs(120, [(RIGHT, BLUE)]))
    dock.live.setChecked(False)
    colorized(qtbot, dock, history)
    assert names(history.document)[1:3] == ["Colour – Lines", "Shade"]
    assert at(result_of(history), RIGHT) == (*BLUE, 255)


# -- preview -------------------------------------------------------------------------------------


def test_a_hint_stroke_brings_a_preview_and_applying_lands_it_as_it_is(
    qtbot: QtBot,
    dock: ColorizeDock,
    context: LocalContext,
    history: History,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_hints(history, (LEFT, RED))
    assert context.preview_document is None
    paint_on(history, "Colour hints", dabs(120, [(RIGHT, BLUE)]))
    waited(qtbot, lambda: context.preview_document)
    shown = context.preview_document
    assert shown is not None and names(shown)[1] == "Colour – Lines"
    assert dock.badge.isVisible()
    assert "Colour – Lines" not in names(history.document)
    monkeypatch.setattr(infer, "run", None)  # nothing is worked out twice
    click(qtbot, dock.apply_button)
    assert np.array_equal(flatten(history.document), flatten(shown))
    assert context.preview_document is None and not dock.badge.isVisible()


def test_the_preview_follows_settings_and_further_hints(
    qtbot: QtBot, dock: ColorizeDock, context: LocalContext, history: History
) -> None:
    with_hints(history, (LEFT, RED))
    paint_on(history, "Colour hints", dabs(120, [(RIGHT, BLUE)]))
    waited(qtbot, lambda: context.preview_document)
    paint_on(history, "Colour hints", dabs(120, [(CIRCLE, GREEN)]))

    def has_green() -> bool:
        shown = context.preview_document
        return shown is not None and at(
            named(shown, "Colour – Lines").tiles.region(shown.bounds), CIRCLE
        ) == (*GREEN, 255)

    waited(qtbot, has_green)


def test_esc_ends_the_preview(
    qtbot: QtBot, dock: ColorizeDock, context: LocalContext, history: History
) -> None:
    with_hints(history, (LEFT, RED))
    paint_on(history, "Colour hints", dabs(120, [(RIGHT, BLUE)]))
    waited(qtbot, lambda: context.preview_document)
    before = history.document
    qtbot.keyClick(dock, Qt.Key.Key_Escape)
    assert context.preview_document is None and history.document is before


def test_other_layers_strokes_start_nothing(
    qtbot: QtBot, dock: ColorizeDock, context: LocalContext, history: History
) -> None:
    with_hints(history, (LEFT, RED))
    paint_on(history, "Background", dabs(120, [(OUTSIDE, GREEN)]))
    assert not dock._debounce.isActive()
    dock.live.setChecked(False)
    paint_on(history, "Colour hints", dabs(120, [(RIGHT, BLUE)]))
    assert not dock._debounce.isActive()


def test_a_hidden_dock_shows_nothing_on_the_canvas(
    qtbot: QtBot, dock: ColorizeDock, context: LocalContext, history: History
) -> None:
    with_hints(history, (LEFT, RED))
    paint_on(history, "Colour hints", dabs(120, [(RIGHT, BLUE)]))
    waited(qtbot, lambda: context.preview_document)
    dock.hide()
    assert context.preview_document is None


# -- which layers --------------------------------------------------------------------------------


def test_a_new_hint_layer_comes_on_top_and_is_chosen(
    qtbot: QtBot, dock: ColorizeDock, history: History
) -> None:
    click(qtbot, dock.new_hints)
    assert names(history.document) == ["Background", "Lines", "Colour hints"]
    assert dock.hints.currentText() == "Colour hints"
    assert "Colour hints" in dock.status.text()
    history.commit("Go", history.document.activate(history.document.layers[-1].id))
    assert dock.reads.text().startswith("Lines “Lines”, hints “Colour hints”")  # remembered
    paint_on(history, "Colour hints", dabs(120, [(LEFT, RED)]))
    colorized(qtbot, dock, history)
    assert at(result_of(history), LEFT) == (*RED, 255)


def test_lines_and_hints_can_be_chosen_by_name(
    qtbot: QtBot, dock: ColorizeDock, history: History
) -> None:
    other = PaintLayer(name="Dabs", tiles=TileGrid.from_array(dabs(120, [(LEFT, BLUE)]), 0, 0))
    history.commit("Add", history.document.insert(other).activate(other.id))
    dock.hints.setCurrentIndex(dock.hints.findText("Dabs"))
    dock.source.setCurrentIndex(dock.source.findText("Lines"))
    colorized(qtbot, dock, history)
    assert at(result_of(history), LEFT) == (*BLUE, 255)
    dock.source.setCurrentIndex(dock.source.findText("Dabs"))
    dock.trigger()
    assert "two layers" in dock.status.text()


# -- trouble -------------------------------------------------------------------------------------


def test_without_hints_flat_colours_say_what_to_do(
    qtbot: QtBot, dock: ColorizeDock, history: History
) -> None:
    before = history.document
    dock.trigger()
    waited(qtbot, lambda: infer.NOTHING_TO_FILL in dock.status.text())
    assert history.document is before


def test_an_empty_line_layer_is_named_as_the_trouble(
    qtbot: QtBot, dock: ColorizeDock, history: History
) -> None:
    empty = PaintLayer(name="Empty")
    history.commit("Add", history.document.insert(empty).activate(empty.id))
    dock.trigger()
    waited(qtbot, lambda: infer.NO_LINES in dock.status.text())
    assert dock.status.property("kind") == "error"


def test_a_selection_outside_the_canvas_is_refused(
    qtbot: QtBot, dock: ColorizeDock, history: History
) -> None:
    far = Selection.rectangle(Rect(500, 500, 10, 10))
    history.commit("Select", history.document.with_selection(far))
    dock.trigger()
    assert "selected" in dock.status.text() and dock.status.property("kind") == "error"


def test_without_the_network_areas_are_filled_flat_and_the_dock_says_so(
    qtbot: QtBot, dock: ColorizeDock, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise WeightsError(engines.WEIGHTS / "colorizer.safetensors", "missing")

    monkeypatch.setattr(engines, "open_engine", missing)
    dock.engine.setCurrentIndex(dock.engine.findData("network"))
    dock.trigger()
    waited(qtbot, lambda: dock.status.property("kind") == "error")
    assert "colorizer.safetensors" in dock.status.text()
    with_hints(history, (LEFT, RED))
    colorized(qtbot, dock, history)
    assert "flat" in dock.status.text()
    assert at(result_of(history), LEFT) == (*RED, 255)


def test_what_the_artist_paints_while_it_works_is_not_lost(
    qtbot: QtBot, dock: ColorizeDock, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_hints(history, (LEFT, RED))
    colorized(qtbot, dock, history)
    paint_on(history, "Colour hints", dabs(120, [(RIGHT, BLUE)]))
    dock.live.setChecked(False)
    run = infer.run
    over = clear(120)
    over[80:90, 30:45] = (*GREEN[::-1], 255)
    times: list[int] = []

    def meanwhile(*arguments: object) -> infer.ColorizeResult:
        times.append(1)
        return run(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(infer, "run", meanwhile)
    dock.trigger()
    paint_on(history, "Colour – Lines", over)
    waited(qtbot, lambda: at(result_of(history), RIGHT) == (*BLUE, 255))
    assert (result_of(history)[80:90, 30:45] == (*GREEN[::-1], 255)).all()
    assert len(times) == 2


def test_release_stops_everything(
    qtbot: QtBot, dock: ColorizeDock, context: LocalContext, history: History
) -> None:
    with_hints(history, (LEFT, RED))
    dock.trigger()
    dock.release()
    before = history.document
    qtbot.wait(20)
    assert history.document is before and context.preview_document is None


def test_opening_the_dock_loads_no_heavy_library() -> None:
    code = (
        "import sys\n"
        "from ai_tools.colorize.dock import SPEC\n"
        "print(sorted({'torch', 'cv2', 'numba', 'onnxruntime'} & set(sys.modules)), SPEC.shortcut)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[] K", done.stderr
