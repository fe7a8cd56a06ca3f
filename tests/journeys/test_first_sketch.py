# SPDX-License-Identifier: GPL-3.0-or-later
"""A first afternoon with Limner, from the blank page to the saved picture and back."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.core.compose import flatten
from app.core.document import Document
from app.core.layers import PaintLayer, VectorLayer
from app.ui.demo_scene import sample
from app.ui.settings import Settings
from app.ui.studio import Studio
from app.ui.window import Window
from tests.hands import Pen


@pytest.fixture
def window(qtbot, tmp_path: Path) -> Window:
    studio = Studio(Settings(tmp_path / "settings.ini"), Document.new(900, 700))
    made = Window(studio, remember=False)
    qtbot.addWidget(made, before_close_func=Window.close_without_asking)
    made.resize(1200, 850)
    made.show()
    return made


def curve(y: float, amplitude: float, turns: float) -> list[tuple[float, float, float]]:
    return [
        (60 + 7.5 * i, y + amplitude * math.sin(i / 100 * math.tau * turns), 0.2 + 0.8 * (i / 99))
        for i in range(100)
    ]


def test_draw_on_three_layers_simplify_undo_all_save_and_reopen(window, qtbot, tmp_path):
    studio, pen = window.studio, Pen(window.view)
    blank = studio.document
    brush = next(p for p in studio.presets if p.tip == "round")
    looks = []

    for number, (colour, size) in enumerate(
        (((30, 30, 34), 9), ((190, 60, 50), 24), ((40, 90, 170), 40))
    ):
        if number:
            studio.add_paint_layer()
        studio.set_brush(replace(brush, size=size))
        studio.set_colour(colour)
        pen.draw(*curve(180 + 150 * number, 60, 1 + number))
        pen.draw(*curve(220 + 150 * number, 30, 2 + number))
        looks.append(flatten(studio.document))
    assert [len(layer.strokes) for layer in studio.document.layers[1:]] == [2, 2, 2]
    assert all((a != b).any() for a, b in pairwise(looks))

    simplify = next(s for s in window.plugins.specs if s.id == "simplify")
    studio.activate_layer(studio.document.layers[1].id)
    steps = len(studio.history.entries)
    window.plugins.trigger(simplify)
    qtbot.waitUntil(
        lambda: any(isinstance(x, VectorLayer) for x in studio.document.walk()), timeout=30_000
    )
    lines = next(x for x in studio.document.walk() if isinstance(x, VectorLayer))
    assert lines.paths
    assert len(studio.history.entries) == steps + 1
    finished = studio.document

    path = tmp_path / "first sketch – été.ora"
    assert studio.save_as(path, wait=True)
    assert not studio.history.modified

    while studio.history.can_undo:
        studio.undo()
    assert np.array_equal(flatten(studio.document), flatten(blank))
    while studio.history.can_redo:
        studio.redo()
    assert np.array_equal(flatten(studio.document), flatten(finished))

    assert studio.open(path)
    reopened = studio.document
    assert np.array_equal(flatten(reopened), flatten(finished))
    assert [x.name for x in reopened.walk()] == [x.name for x in finished.walk()]
    for old, new in zip(finished.walk(), reopened.walk(), strict=True):
        assert type(old) is type(new)
        if isinstance(old, PaintLayer):
            assert old.tiles.same_pixels(new.tiles)
            assert old.strokes == new.strokes


def test_a_real_rough_sketch_becomes_vector_lines_by_one_key(window, qtbot):
    studio = window.studio
    assert studio.open(sample("rough-figures"))
    window.view.setFocus()
    qtbot.waitExposed(window)
    qtbot.keyClick(window.view, Qt.Key.Key_J)
    qtbot.waitUntil(
        lambda: any(isinstance(x, VectorLayer) for x in studio.document.walk()), timeout=60_000
    )
    lines = next(x for x in studio.document.walk() if isinstance(x, VectorLayer))
    ink = flatten(replace(studio.document, layers=(lines,)))[..., 3] > 127
    assert 0.003 < ink.mean() < 0.25  # lines, neither nothing nor blots
    studio.undo()
    assert not any(isinstance(x, VectorLayer) for x in studio.document.walk())


def test_with_ai_switched_off_no_ai_control_is_left(window, qtbot):
    studio = window.studio
    assert any(a.menu == "AI" for a in window.actions_table)
    before = studio.document
    studio.settings.ai_enabled = False
    assert not any(a.menu == "AI" for a in window.actions_table)
    qtbot.keyClick(window.view, Qt.Key.Key_J)
    assert not studio.queue.active
    assert studio.document is before
    studio.settings.ai_enabled = True
    assert any(a.menu == "AI" for a in window.actions_table)
