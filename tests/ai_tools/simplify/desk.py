# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk for the tests of the Simplify Lines dock: a rough, a dock on it, a stand-in engine."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QWidget
from pytestqt.qtbot import QtBot

from ai_tools.simplify import infer
from app.core.document import Document
from app.core.layers import VectorLayer
from app.core.strokes import Rgb
from app.core.vector import Subpath, VectorPath
from app.jobs import CancelToken, Progress
from app.plugins import LocalContext

LEFT = Qt.MouseButton.LeftButton
WAIT = 30
ROOT = Path(__file__).parents[3]
RED: Rgb = (200, 30, 30)


class Post(QObject):
    """Runs functions in the thread that made it, as the window does for jobs."""

    posted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.posted.connect(lambda call: call(), Qt.ConnectionType.QueuedConnection)


def rough_ink() -> np.ndarray:
    """A wobbly pencil line drawn twice, across 220 x 60 pixels; premultiplied BGRA."""
    ink = np.zeros((60, 220, 4), np.uint8)
    x = np.arange(10, 210)
    for shift, alpha in ((0, 230), (2, 160)):
        y = (30 + 12 * np.sin(x / 35) + shift).astype(int)
        for thick in range(3):
            ink[y + thick, x, 3] = np.maximum(ink[y + thick, x, 3], alpha)
    return ink


class FakeRun:
    """Stands in for `infer.run`: waits at a gate, then answers with one square."""

    def __init__(self, gate_open: bool = True) -> None:
        self.requests: list[infer.SimplifyRequest] = []
        self.begun, self.go = threading.Event(), threading.Event()
        self.error: Exception | None = None
        self.notices: tuple[str, ...] = ()
        self.empty = False
        if gate_open:
            self.go.set()

    def __call__(
        self, request: infer.SimplifyRequest, token: CancelToken, progress: Progress
    ) -> infer.SimplifyResult:
        self.requests.append(request)
        progress(0.45, "Closing gaps")
        self.begun.set()
        while not self.go.wait(0.005):
            token.check()
        token.check()
        if self.error is not None:
            raise self.error
        square = Subpath.polyline([(50, 80), (90, 80), (90, 120), (50, 120)], closed=True)
        paths = () if self.empty else (VectorPath((square,), fill=request.colour),)
        binary = np.zeros(request.pixels.shape[:2], np.uint8)
        return infer.SimplifyResult(paths=paths, binary=binary, notices=self.notices)


def click(qtbot: QtBot, widget: QWidget) -> None:
    at = widget.rect().center()
    if isinstance(widget, QCheckBox):
        at.setX(8)
    qtbot.mouseClick(widget, LEFT, pos=at)


def lines(document: Document) -> list[VectorLayer]:
    return [layer for layer in document.layers if isinstance(layer, VectorLayer)]


def previewed(context: LocalContext) -> list[VectorLayer]:
    return lines(context.preview_document) if context.preview_document is not None else []


def waited(qtbot: QtBot, is_so: Callable[[], object]) -> None:
    qtbot.waitUntil(lambda: bool(is_so()), timeout=WAIT * 1000)
