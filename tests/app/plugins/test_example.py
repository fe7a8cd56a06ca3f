# SPDX-License-Identifier: GPL-3.0-or-later
"""The example plugin, found by its entry point and used by an artist. May import app and Qt."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.core.document import Document
from app.core.history import History
from app.core.layers import PaintLayer
from app.core.tiles import TileGrid
from app.jobs import JobQueue
from app.plugins import DockSpec, LocalContext, discover, discovery, make_dock

FOLDER = Path(__file__).parents[3] / "resources" / "examples" / "plugin_example"


class Post(QObject):
    """Runs functions in the thread that made it, as the window does for jobs."""

    posted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.posted.connect(lambda call: call(), Qt.ConnectionType.QueuedConnection)


@pytest.fixture
def spec(monkeypatch: pytest.MonkeyPatch) -> DockSpec:
    """The plugin, found as if it were installed."""
    project = tomllib.loads((FOLDER / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    points = [
        EntryPoint(name, value, group)
        for group, lines in project["entry-points"].items()
        for name, value in lines.items()
    ]
    monkeypatch.setattr(
        discovery, "entry_points", lambda *, group: EntryPoints(points).select(group=group)
    )
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.delitem(sys.modules, "limner_mirror", raising=False)
    (found,) = discover()
    assert isinstance(found, DockSpec)
    return found


@pytest.fixture
def history() -> History:
    """A picture with one red stroke at the left of its active layer."""
    document = Document.new(300, 100)
    layer = document.active_layer
    assert isinstance(layer, PaintLayer)
    red = np.full((10, 40, 4), (0, 0, 255, 255), np.uint8)
    return History(document.with_layer(replace(layer, tiles=TileGrid.from_array(red, 5, 20))))


@pytest.fixture
def context(history: History, qapp: object) -> Iterator[LocalContext]:
    post = Post()
    with JobQueue(deliver=post.posted.emit) as queue:
        yield LocalContext(history, queue)


def test_an_artist_mirrors_a_layer_and_takes_it_back(
    qtbot: QtBot, spec: DockSpec, context: LocalContext, history: History
) -> None:
    before = history.document
    dock = make_dock(spec, context)
    assert not isinstance(dock, discovery.BrokenPlugin)
    qtbot.addWidget(dock)
    qtbot.mouseClick(dock.findChild(QPushButton), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: history.can_undo)
    top = history.document.layers[-1]
    assert isinstance(top, PaintLayer) and top.name == "Mirrored"
    source = context.snapshot(source=before.active or "").pixels
    assert np.array_equal(top.tiles.region(before.bounds), source[:, ::-1])
    assert history.undo() and history.document is before


def test_without_an_active_layer_it_says_so(
    qtbot: QtBot,
    spec: DockSpec,
    context: LocalContext,
    history: History,
    caplog: pytest.LogCaptureFixture,
) -> None:
    history.replace_current(history.document.activate(None))
    dock = spec.make(context)
    qtbot.addWidget(dock)
    dock.trigger()  # type: ignore[attr-defined]
    assert "No layer is active" in caplog.text
    assert not history.can_undo


def test_it_stays_small_and_shows_a_plugin_s_whole_reach() -> None:
    source = (FOLDER / "limner_mirror.py").read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 45
    modules = {n.module for n in ast.walk(ast.parse(source)) if isinstance(n, ast.ImportFrom)}
    assert all(
        m and m.startswith(("PySide6", "app.core", "app.jobs", "app.plugins")) for m in modules
    )
