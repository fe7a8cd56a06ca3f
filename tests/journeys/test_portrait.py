# SPDX-License-Identifier: GPL-3.0-or-later
"""An artist turns a head: a made-up person's, and then the one she drew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from ai_tools.engine import open_engine
from ai_tools.portrait import infer
from ai_tools.portrait.dock import PortraitDock
from ai_tools.weights import WEIGHTS, read_manifest
from app.core.compose import flatten
from app.core.document import Document
from app.core.layers import GroupLayer, PaintLayer
from app.ui.settings import Settings
from app.ui.studio import Studio
from app.ui.window import Window
from tests.ai_tools.portrait.fakes import tiny_weights
from tests.hands import Pen

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(scope="module", autouse=True)
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The weights that ship, or those of a tiny untrained network where there are none."""
    with pytest.MonkeyPatch.context() as patch:
        if infer.NAME not in read_manifest(WEIGHTS):
            folder = tmp_path_factory.mktemp("weights")
            tiny_weights(folder)
            engine = open_engine(infer.NAME, folder=folder, backend="torch")
            patch.setattr(infer, "open_engine", lambda name: engine)
        yield


@pytest.fixture
def window(qtbot, tmp_path: Path) -> Window:
    studio = Studio(Settings(tmp_path / "settings.ini"), Document.new(1000, 600))
    made = Window(studio, remember=False)
    qtbot.addWidget(made, before_close_func=Window.close_without_asking)
    made.resize(1300, 900)
    made.show()
    return made


def open_dock(window: Window, qtbot) -> PortraitDock:
    spec = next(s for s in window.plugins.specs if s.id == "portrait")
    window.plugins.show(spec)
    dock = window.plugins.widget(spec)
    assert isinstance(dock, PortraitDock)
    qtbot.waitUntil(dock.insert_button.isEnabled, timeout=60_000)
    return dock


def groups(document: Document) -> list[GroupLayer]:
    return [layer for layer in document.walk() if isinstance(layer, GroupLayer)]


def turn(qtbot, dock: PortraitDock, right: int, down: int = 0) -> None:
    middle = dock.head.rect().center()
    qtbot.mousePress(dock.head, LEFT, pos=middle)
    for share in (0.3, 0.6, 1.0):
        at = middle + QPoint(round(right * share), round(down * share))
        qtbot.mouseMove(dock.head, at)
    qtbot.mouseRelease(dock.head, LEFT, pos=middle + QPoint(right, down))


def test_pick_a_person_turn_the_head_insert_all_seven_and_undo(window, qtbot):
    studio = window.studio
    before, look = studio.document, flatten(studio.document)
    dock = open_dock(window, qtbot)
    dock.person.seed.setFocus()
    dock.person.seed.selectAll()
    qtbot.keyClicks(dock.person.seed, "27")
    qtbot.keyClick(dock.person.seed, Qt.Key.Key_Return)
    turn(qtbot, dock, 60, 10)
    assert dock.head.pose[0] < 0 < dock.head.pose[1]  # the face turned to the right, and down
    dock.style_box.setCurrentText("Pen")
    qtbot.mouseClick(dock.seven_button, LEFT)
    qtbot.waitUntil(lambda: bool(groups(studio.document)), timeout=90_000)

    (group,) = groups(studio.document)
    assert group.name == "Portrait 27"
    assert [child.name.rpartition(" ")[2] for child in group.children] == [
        *("−60°", "−40°", "−20°", "0°", "+20°", "+40°", "+60°")
    ]
    for child in group.children:
        assert isinstance(child, PaintLayer) and child.visible
    assert len(studio.history.entries) == 2
    assert studio.document.active == before.active  # the brush stays where it was

    studio.undo()
    assert studio.document is before
    assert np.array_equal(flatten(studio.document), look)


def test_draw_a_face_and_see_it_from_the_side(window, qtbot):
    studio, pen = window.studio, Pen(window.view)
    turns = np.linspace(0, 2 * np.pi, 60)
    pen.draw(*((500 + 110 * np.cos(t), 260 + 150 * np.sin(t), 0.7) for t in turns))
    for eye in (455, 545):
        pen.draw(*((eye + 20 * np.cos(t), 245 + 9 * np.sin(t), 0.5) for t in turns))
    pen.draw((500, 260, 0.5), (488, 310, 0.5), (510, 312, 0.5))
    pen.draw((465, 350, 0.6), (500, 358, 0.8), (535, 350, 0.6))
    pen.draw((455, 395, 0.6), (450, 440, 0.7), (330, 490, 0.8))
    pen.draw((545, 395, 0.6), (550, 440, 0.7), (670, 490, 0.8))
    drawn = studio.document.active_layer
    assert isinstance(drawn, PaintLayer)

    dock = open_dock(window, qtbot)
    qtbot.mouseClick(dock.person.from_drawing, LEFT)
    qtbot.waitUntil(lambda: "Read “Layer 1”" in dock.status.text(), timeout=60_000)
    turn(qtbot, dock, -50)
    steps = len(studio.history.entries)
    window.view.setFocus()
    qtbot.keyClick(window.view, Qt.Key.Key_P)
    qtbot.waitUntil(lambda: len(studio.history.entries) > steps, timeout=60_000)
    layer = studio.document.layers[-1]
    assert isinstance(layer, PaintLayer) and layer.name == "Portrait Layer 1"
    assert drawn in studio.document.layers
    studio.undo()
    assert not studio.document.has(layer.id)
