# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for the tests of the Colorize dock: line art on a canvas, a dock on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from pytestqt.qtbot import QtBot

from ai_tools.colorize import dock as dock_module
from ai_tools.colorize.dock import SPEC, ColorizeDock
from app.core.document import Document
from app.core.history import History
from app.core.layers import PaintLayer
from app.core.tiles import TileGrid
from app.jobs import JobQueue
from app.plugins import LocalContext
from tests.ai_tools.colorize.drawings import rooms


class Post(QObject):
    """Runs functions in the thread that made it, as the window does for jobs."""

    posted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.posted.connect(lambda call: call(), Qt.ConnectionType.QueuedConnection)


@pytest.fixture
def history() -> History:
    """White paper, and on the active layer, called Lines, the rooms."""
    document = Document.new(120, 120)
    paper = document.layers[0]
    lines = PaintLayer(name="Lines", tiles=TileGrid.from_array(rooms(), 0, 0))
    return History(Document(120, 120, (paper, lines), lines.id))


@pytest.fixture
def context(history: History, qapp: object) -> Iterator[LocalContext]:
    post = Post()
    with JobQueue(deliver=post.posted.emit) as queue:
        yield LocalContext(history, queue, colour=lambda: (200, 40, 40))


@pytest.fixture
def dock(
    qtbot: QtBot, context: LocalContext, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ColorizeDock]:
    """The dock, shown, set to flat colours."""
    monkeypatch.setattr(dock_module, "DEBOUNCE_MS", 1)
    made = SPEC.make(context)
    assert isinstance(made, ColorizeDock)
    qtbot.addWidget(made)
    made.resize(300, 560)
    made.engine.setCurrentIndex(made.engine.findData("flat"))
    made.show()
    yield made
    made.release()
