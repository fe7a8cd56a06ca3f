# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk for the tests of the Suggest Strokes dock: a window around it, a stand-in network."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDockWidget,
    QLineEdit,
    QMainWindow,
    QWidget,
)
from pytestqt.qtbot import QtBot

from ai_tools.suggest.dock import SuggestDock
from ai_tools.suggest.infer import Alternative, SuggestRequest, SuggestResult
from ai_tools.suggest.task import Hand
from app.core.history import History
from app.core.layers import GroupLayer, PaintLayer
from app.jobs import CancelToken
from app.plugins import LocalContext

LEFT = Qt.MouseButton.LeftButton
WAIT = 30_000
ROOT = Path(__file__).parents[3]


class Post(QObject):
    """Runs functions in the thread that made it, as the window does for jobs."""

    posted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.posted.connect(lambda call: call(), Qt.ConnectionType.QueuedConnection)


def line(y: float) -> np.ndarray:
    return np.array([[x, y, 0.8, x / 100] for x in range(20, 120, 4)], np.float32)


class FakeRun:
    """Stands in for `infer.run`: three alternatives of as many lines as asked for."""

    def __init__(self) -> None:
        self.requests: list[SuggestRequest] = []
        self.go = threading.Event()
        self.go.set()
        self.error: Exception | None = None
        self.guess = ("cat", 0.62)
        self.complete = 0.1
        self.empty = False

    def __call__(
        self, request: SuggestRequest, token: CancelToken, progress: Callable[[float, str], object]
    ) -> SuggestResult:
        self.requests.append(request)
        while not self.go.wait(0.005):
            token.check()
        if self.error is not None:
            raise self.error
        count = min(request.count, 3)
        found = tuple(
            Alternative(tuple(line(20 + 50 * k + 12 * i) for i in range(count)), "cat")
            for k in range(0 if self.empty else request.alternatives)
        )
        return SuggestResult(found, request.strokes, self.guess, self.complete)


class Desk(QMainWindow):
    """A window with a canvas, the dock, and Tab and Esc as its menu keys."""

    def __init__(self, dock: SuggestDock) -> None:
        super().__init__()
        self.canvas = QWidget()
        self.canvas.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.field = QLineEdit()
        self.setCentralWidget(self.canvas)
        self.setMenuWidget(self.field)
        panel = QDockWidget()
        panel.setWidget(dock)
        self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, panel)
        self.pressed: list[str] = []
        for key in ("Tab", "Esc", "Shift+Tab"):
            QShortcut(QKeySequence(key), self).activated.connect(partial(self.pressed.append, key))
        self.dock = dock


def draw(context: LocalContext, history: History, y: float = 150) -> None:
    """The artist draws a line on the active layer, from pen-down to pen-up."""
    context.set_painting(True)
    layer = context.active_layer
    assert isinstance(layer, PaintLayer)
    painted = Hand.of(context).paint(layer, line(y))
    context.set_painting(False)
    history.commit("Brush Stroke", history.document.with_layer(painted))


def ghosts(context: LocalContext) -> list[PaintLayer]:
    """The ghost strokes on the canvas."""
    shown = context.preview_document
    groups = [] if shown is None else [x for x in shown.layers if isinstance(x, GroupLayer)]
    assert len(groups) <= 1
    return [x for group in groups for x in group.children if isinstance(x, PaintLayer)]


def names(history: History) -> list[str]:
    return [layer.name for layer in history.document.layers]


def taken(history: History) -> tuple[float, ...]:
    """Heights of the strokes on the layer of suggestions."""
    layer = next(x for x in history.document.layers if x.name.startswith("Sugg"))
    assert isinstance(layer, PaintLayer)
    return tuple(float(stroke.points[0, 1]) for stroke in layer.strokes)


def ask(qtbot: QtBot, desk: Desk, context: LocalContext) -> None:
    desk.dock.trigger()
    qtbot.waitUntil(lambda: bool(ghosts(context)), timeout=WAIT)
