# SPDX-License-Identifier: GPL-3.0-or-later
"""A studio and a canvas view on screen, and a hand that draws on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from app.core.document import Document
from app.ui.canvas.view import CanvasView
from app.ui.settings import Settings
from app.ui.studio import Studio
from tests.hands import Hand, Pen


@pytest.fixture
def studio(qtbot, tmp_path: Path) -> Iterator[Studio]:
    made = Studio(Settings(tmp_path / "settings.ini"), Document.new(400, 300))
    yield made
    made.close()


@pytest.fixture
def view(studio: Studio, qtbot) -> CanvasView:
    widget = CanvasView(studio)
    qtbot.addWidget(widget)
    widget.resize(600, 500)
    widget.show()
    widget.zoom_to(1.0)
    return widget


@pytest.fixture
def hand(view: CanvasView) -> Hand:
    """A mouse that can stop half-way."""
    return Hand(view)


@pytest.fixture
def mouse(hand: Hand) -> Callable[..., None]:
    """Drag the mouse through canvas points, with a button and modifier keys."""

    def drag(
        *points: tuple[float, float],
        button: Qt.MouseButton = Qt.MouseButton.LeftButton,
        keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        hand.button, hand.keys = button, keys
        hand.press(*points[0])
        for point in points[1:]:
            hand.move(*point)
        hand.release(*points[-1])

    return drag


@pytest.fixture
def pen(view: CanvasView) -> Callable[..., None]:
    """Draw with a tablet pen through (x, y, pressure) canvas points."""
    return Pen(view).draw
