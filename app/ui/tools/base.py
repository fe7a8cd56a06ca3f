# SPDX-License-Identifier: GPL-3.0-or-later
"""What every on-canvas tool can do. Imports the studio and the pointer sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QCursor, QPainter

from app.ui.canvas.pointer import PointerSample
from app.ui.studio import Studio

if TYPE_CHECKING:
    from app.ui.canvas.viewport import Viewport


class Tool:
    """A tool receives one gesture at a time: a press, drags, a release (or a cancel).

    The view hands drags over in batches, once a frame.
    """

    def __init__(self, view: Viewport) -> None:
        self.view = view

    @property
    def studio(self) -> Studio:
        """The studio that the view shows."""
        return self.view.studio

    def cursor(self) -> QCursor:
        """The cursor while this tool is in hand."""
        return QCursor(Qt.CursorShape.CrossCursor)

    def press(self, sample: PointerSample) -> None:
        """The pen went down."""

    def drag(self, samples: Sequence[PointerSample]) -> None:
        """The pen moved while down; at least one sample, oldest first."""

    def release(self, sample: PointerSample) -> None:
        """The pen went up."""

    def cancel(self) -> None:
        """Drop the gesture: the document stays as it was before the press."""

    def settle(self) -> None:
        """Another command is about to run: bring the gesture to an end, keeping its work."""
        self.cancel()

    def paint(self, painter: QPainter) -> None:
        """Draw guides over the canvas, in screen coordinates."""
