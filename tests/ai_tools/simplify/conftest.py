# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for the tests of the Simplify Lines dock: a rough, a dock on it, a stand-in engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from ai_tools.simplify import dock as dock_module
from ai_tools.simplify import infer
from ai_tools.simplify.dock import SPEC, SimplifyDock
from app.core.document import Document
from app.core.history import History
from app.core.layers import PaintLayer
from app.core.tiles import TileGrid
from app.jobs import JobQueue
from app.plugins import LocalContext
from tests.ai_tools.simplify.desk import RED, FakeRun, Post, rough_ink


@pytest.fixture
def history() -> History:
    """A white canvas with a rough drawing on the active layer, called Rough."""
    document = Document.new(300, 200)
    layer = document.active_layer
    assert isinstance(layer, PaintLayer)
    rough = replace(layer, name="Rough", tiles=TileGrid.from_array(rough_ink(), 40, 70))
    return History(document.with_layer(rough))


@pytest.fixture
def context(history: History, qapp: object) -> Iterator[LocalContext]:
    post = Post()
    with JobQueue(deliver=post.posted.emit) as queue:
        yield LocalContext(history, queue, colour=lambda: RED)


@pytest.fixture
def dock(
    qtbot: QtBot, context: LocalContext, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SimplifyDock]:
    monkeypatch.setattr(dock_module, "DEBOUNCE_MS", 1)
    dock = SPEC.make(context)
    assert isinstance(dock, SimplifyDock)
    qtbot.addWidget(dock)
    dock.resize(280, 420)
    dock.show()
    yield dock
    dock.release()


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRun]:
    fake = FakeRun()
    monkeypatch.setattr(infer, "run", fake)
    yield fake
    fake.go.set()
