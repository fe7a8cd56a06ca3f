# SPDX-License-Identifier: GPL-3.0-or-later
"""An artist colours line art: two dabs with the pen, one key, and one undo."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.core.compose import flatten
from app.core.document import Document
from app.core.layers import PaintLayer
from app.files.raster import write_image
from app.ui.settings import Settings
from app.ui.studio import Studio
from app.ui.window import Window
from tests.hands import Pen

RED, BLUE = (200, 40, 40), (40, 60, 190)
FACE, BALL = (260, 300), (620, 300)


@pytest.fixture
def window(qtbot, tmp_path: Path) -> Window:
    studio = Studio(Settings(tmp_path / "settings.ini"), Document.new(200, 200))
    made = Window(studio, remember=False)
    qtbot.addWidget(made, before_close_func=Window.close_without_asking)
    made.resize(1200, 850)
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def line_art(tmp_path: Path) -> Path:
    """Two circles, one of them with a small gap, in ink on a clear page of 900 x 600."""
    ink = np.zeros((600, 900, 4), np.uint8)
    cover = np.zeros((600, 900), np.uint8)
    cv2.ellipse(cover, FACE, (140, 170), 0, 2, 358, 255, 5, cv2.LINE_AA)
    cv2.circle(cover, BALL, 110, 255, 5, cv2.LINE_AA)
    ink[..., 3] = cover
    path = tmp_path / "line art.png"
    write_image(path, ink)
    return path


def dab(window: Window, colour: tuple[int, int, int], place: tuple[int, int]) -> None:
    window.studio.set_colour(colour)
    x, y = place
    Pen(window.view).draw(*((x + 3 * i, y + 10, 0.9) for i in range(8)))


def test_two_dabs_and_one_key_colour_line_art_below_the_lines(window, qtbot, line_art):
    studio = window.studio
    assert studio.open(line_art)
    lines = studio.document.active_layer
    assert isinstance(lines, PaintLayer)
    paper = studio.document.insert(Document.new(900, 600).layers[0], index=0)
    studio.commit("Paper", paper)
    brush = next(p for p in studio.presets if p.tip == "round")
    studio.set_brush(replace(brush, size=18, opacity=1.0))

    spec = next(s for s in window.plugins.specs if s.id == "colorize")
    window.plugins.show(spec)
    dock = window.plugins.widget(spec)
    assert dock is not None
    dock.engine.setCurrentIndex(dock.engine.findData("flat"))
    qtbot.mouseClick(dock.new_hints, Qt.MouseButton.LeftButton)
    hints = studio.document.layers[-1]
    assert hints.name == "Colour hints"
    studio.activate_layer(hints.id)
    dab(window, RED, FACE)
    dab(window, BLUE, BALL)
    # While the artist looks, the preview comes by itself; the picture has not changed by it.
    qtbot.waitUntil(lambda: window.plugins.context.preview_document is not None, timeout=60_000)
    before = studio.document

    window.view.setFocus()
    qtbot.keyClick(window.view, Qt.Key.Key_K)
    qtbot.waitUntil(lambda: studio.document is not before, timeout=60_000)
    names = [layer.name for layer in studio.document.layers]
    assert names.index(f"Colour – {lines.name}") == names.index(lines.name) - 1
    assert studio.document.active == hints.id  # the pen can go on
    seen = flatten(studio.document)
    for (x, y), colour in ((FACE, RED), (BALL, BLUE)):
        assert np.abs(seen[y - 60, x, 2::-1].astype(int) - colour).max() <= 2
    assert seen[20, 450, :3].tolist() == [255, 255, 255]  # not through the gap
    studio.undo()
    assert studio.document is before
