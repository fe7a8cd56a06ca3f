# SPDX-License-Identifier: GPL-3.0-or-later
"""An artist draws, and takes what Suggest Strokes offers, by pen and keys."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget

from ai_tools.suggest.infer import NAME
from ai_tools.weights import read_manifest
from app.core.compose import flatten
from app.core.document import Document
from app.core.layers import GroupLayer, PaintLayer
from app.ui.settings import Settings
from app.ui.studio import Studio
from app.ui.window import Window
from tests.hands import Pen

WAIT = 60_000

pytestmark = pytest.mark.skipif(NAME not in read_manifest(), reason="no weights of the sketcher")


@pytest.fixture
def window(qtbot, tmp_path: Path) -> Window:
    studio = Studio(Settings(tmp_path / "settings.ini"), Document.new(900, 700))
    made = Window(studio, remember=False)
    qtbot.addWidget(made, before_close_func=Window.close_without_asking)
    made.resize(1200, 850)
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    made.view.setFocus()
    brush = next(preset for preset in studio.presets if preset.tip == "round")
    studio.set_brush(replace(brush, size=6))
    return made


def ring(x: float, y: float, radius: float) -> list[tuple[float, float, float]]:
    angles = [math.tau * i / 40 for i in range(41)]
    return [(x + radius * math.cos(a), y + radius * math.sin(a), 0.7) for a in angles]


def ghosts(studio: Studio) -> list[PaintLayer]:
    """The ghost strokes on the canvas."""
    groups = [x for x in studio.displayed_document().layers if isinstance(x, GroupLayer)]
    return [x for group in groups for x in group.children if isinstance(x, PaintLayer)]


def panels(window: Window) -> list[QDockWidget]:
    return [dock for dock in window.findChildren(QDockWidget) if dock.isVisible()]


def test_two_strokes_by_hand_the_next_ones_by_key(window, qtbot):
    studio, view = window.studio, window.view
    pen = Pen(view)
    pen.draw(*ring(450, 340, 180))
    pen.draw(*ring(390, 290, 22))
    drawn = studio.document
    ink = drawn.active_layer
    assert isinstance(ink, PaintLayer) and len(ink.strokes) == 2

    qtbot.keyClick(view, Qt.Key.Key_G)
    qtbot.waitUntil(lambda: bool(ghosts(studio)), timeout=WAIT)
    assert studio.document is drawn
    shown = len(ghosts(studio))
    before = flatten(drawn)

    qtbot.keyClick(view, Qt.Key.Key_Tab)
    assert panels(window)  # Tab took the stroke and hid no panel
    names = [layer.name for layer in studio.document.layers]
    assert names == ["Background", ink.name, f"Suggestions – {ink.name}"]
    taken = studio.document.layers[-1]
    assert isinstance(taken, PaintLayer) and len(taken.strokes) == 1
    assert taken.strokes[0].size == 6 and taken.strokes[0].colour == studio.colour
    assert studio.document.active == drawn.active
    assert len(ghosts(studio)) == shown - 1
    assert (flatten(studio.document) != before).any()

    studio.undo()
    assert studio.document is drawn and not ghosts(studio)

    qtbot.keyClick(view, Qt.Key.Key_G)
    qtbot.waitUntil(lambda: bool(ghosts(studio)), timeout=WAIT)
    first = [layer.tiles for layer in ghosts(studio)]
    qtbot.keyClick(view, Qt.Key.Key_Right)
    dock = window.plugins.widget(next(s for s in window.plugins.specs if s.id == "suggest"))
    if len(dock.thumbs[1]._added):
        assert not first[0].same_pixels(ghosts(studio)[0].tiles)
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert not ghosts(studio) and studio.document is drawn

    assert panels(window)
    qtbot.keyClick(view, Qt.Key.Key_Tab)
    assert not panels(window)  # Tab is the panels' again
    qtbot.keyClick(view, Qt.Key.Key_Tab)
    assert panels(window)


def test_live_suggestions_follow_the_pen_and_give_way_to_it(window, qtbot):
    studio, view = window.studio, window.view
    spec = next(s for s in window.plugins.specs if s.id == "suggest")
    window.plugins.show(spec)
    dock = window.plugins.widget(spec)
    dock.live.setChecked(True)
    pen = Pen(view)
    pen.draw(*ring(450, 340, 180))
    qtbot.waitUntil(lambda: bool(ghosts(studio)), timeout=WAIT)

    pen.press(390, 290)
    for x, y, pressure in ring(390, 290, 22)[:20]:
        pen.move(x, y, pressure)
    view.drain()
    assert not ghosts(studio)  # at pen-down, not only when the stroke is done
    pen.lift(390, 290)
    view.drain()
    qtbot.waitUntil(lambda: bool(ghosts(studio)), timeout=WAIT)

    window.docks["brush"].raise_()  # its tab hides the dock; the artist goes on as before
    pen.draw(*ring(510, 290, 22))
    qtbot.waitUntil(lambda: bool(ghosts(studio)), timeout=WAIT)
    layer = studio.document.active_layer
    assert isinstance(layer, PaintLayer) and len(layer.strokes) == 3


def test_pixels_alone_are_not_continued_and_the_dock_says_so(window, qtbot):
    studio = window.studio
    studio.select_all()
    studio.fill_selection()
    qtbot.keyClick(window.view, Qt.Key.Key_G)
    dock = window.plugins.widget(next(s for s in window.plugins.specs if s.id == "suggest"))
    assert "pixels alone cannot be continued" in dock.status.text()
    assert not ghosts(studio)
    assert np.array_equal(flatten(studio.displayed_document()), flatten(studio.document))


def test_a_new_sketch_comes_where_the_artist_looks_and_again_from_the_same_seed(window, qtbot):
    studio, view = window.studio, window.view
    blank = studio.document
    spec = next(s for s in window.plugins.specs if s.id == "suggest")
    window.plugins.show(spec)
    dock = window.plugins.widget(spec)
    view.zoom_to(2.5)
    view.pan_by(-300, -200)
    seen = window.plugins.context.view()
    assert seen.w < 600 and seen.h < 500
    dock.kind.setCurrentIndex(dock.kind.findText("face"))
    dock.seed.setValue(5)

    looks = []
    for _ in range(2):
        qtbot.mouseClick(dock.new_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: bool(ghosts(studio)), timeout=WAIT)
        for layer in ghosts(studio):
            bounds = layer.tiles.bounds()
            assert bounds is not None and bounds == bounds.intersect(seen)
        looks.append(flatten(studio.displayed_document()))
        qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert np.array_equal(*looks)

    qtbot.mouseClick(dock.new_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(ghosts(studio)), timeout=WAIT)
    qtbot.keyClick(view, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert [layer.name for layer in studio.document.layers][-1] == "Sketch – face"
    studio.undo()
    assert studio.document is blank
