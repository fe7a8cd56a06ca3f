# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for the tests of the Suggest Strokes dock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from ai_tools.suggest import dock as dock_module
from ai_tools.suggest import infer
from ai_tools.suggest.dock import SPEC, SuggestDock
from app.core.brush import BrushSettings
from app.core.document import Document
from app.core.geometry import Rect
from app.core.history import History
from app.jobs import JobQueue
from app.plugins import LocalContext
from tests.ai_tools.suggest.desk import (
    Desk,
    FakeRun,
    Post,
)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRun]:
    fake = FakeRun()
    monkeypatch.setattr(infer, "run", fake)
    yield fake
    fake.go.set()


@pytest.fixture
def history() -> History:
    document = Document.new(300, 200)
    return History(document.with_layer(replace(document.layers[-1], name="Ink")))


@pytest.fixture
def context(history: History, qapp: object) -> Iterator[LocalContext]:
    post = Post()
    with JobQueue(deliver=post.posted.emit) as queue:
        yield LocalContext(
            history,
            queue,
            colour=lambda: (200, 30, 30),
            brush=lambda: BrushSettings(size=5),
            view=lambda: Rect(100, 40, 100, 80),
        )


@pytest.fixture
def dock(
    qtbot: QtBot, context: LocalContext, fake: FakeRun, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SuggestDock]:
    monkeypatch.setattr(dock_module, "IDLE_MS", 1)
    dock = SPEC.make(context)
    assert isinstance(dock, SuggestDock)
    yield dock
    dock.release()


@pytest.fixture
def desk(qtbot: QtBot, dock: SuggestDock) -> Desk:
    desk = Desk(dock)
    qtbot.addWidget(desk)
    desk.resize(500, 600)
    with qtbot.waitExposed(desk):
        desk.show()
    desk.activateWindow()
    desk.canvas.setFocus()
    qtbot.waitUntil(desk.canvas.hasFocus)
    return desk
