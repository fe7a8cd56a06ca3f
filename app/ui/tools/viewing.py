# SPDX-License-Identifier: GPL-3.0-or-later
"""Pan, rotate and zoom by dragging. These change the view, never the picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QCursor

from app.ui.canvas.pointer import PointerSample
from app.ui.tools.base import Tool

if TYPE_CHECKING:
    from app.ui.canvas.viewport import Viewport


class ViewTool(Tool):
    """Common part: remembers where the last sample was."""

    def __init__(self, view: Viewport) -> None:
        super().__init__(view)
        self._last: QPointF | None = None

    def press(self, sample: PointerSample) -> None:
        """Take hold of the view."""
        self._last = sample.screen

    def release(self, sample: PointerSample) -> None:
        """Let go."""
        self._last = None

    def cancel(self) -> None:
        """Let go."""
        self._last = None


class PanTool(ViewTool):
    """Drags the canvas about."""

    def cursor(self) -> QCursor:
        """A hand, closed while it holds."""
        held = self._last is not None
        return QCursor(Qt.CursorShape.ClosedHandCursor if held else Qt.CursorShape.OpenHandCursor)

    def drag(self, samples: Sequence[PointerSample]) -> None:
        """Follow the pen."""
        at = samples[-1].screen
        if self._last is not None:
            self.view.pan_by(at.x() - self._last.x(), at.y() - self._last.y())
        self._last = at


class RotateTool(ViewTool):
    """Turns the canvas around the middle of the view; Shift turns in steps of 15 degrees."""

    def __init__(self, view: Viewport) -> None:
        super().__init__(view)
        self._angle = 0.0

    def press(self, sample: PointerSample) -> None:
        """Take hold of the view."""
        super().press(sample)
        self._angle = self.view.angle

    def drag(self, samples: Sequence[PointerSample]) -> None:
        """Turn by the angle that the pen swept around the middle."""
        at = samples[-1].screen
        if self._last is not None:
            middle = self.view.middle
            before = math.atan2(self._last.y() - middle.y(), self._last.x() - middle.x())
            after = math.atan2(at.y() - middle.y(), at.x() - middle.x())
            self._angle += math.degrees(math.remainder(after - before, math.tau))
            target = round(self._angle / 15) * 15 if samples[-1].shift else self._angle
            self.view.rotate_by(target - self.view.angle)
        self._last = at


class ZoomTool(ViewTool):
    """Drag right or up to zoom in, left or down to zoom out; a click zooms in a step, Alt out."""

    def __init__(self, view: Viewport) -> None:
        super().__init__(view)
        self._anchor = QPointF()
        self._moved = False

    def press(self, sample: PointerSample) -> None:
        """Take hold at a point that will stay put."""
        super().press(sample)
        self._anchor, self._moved = sample.screen, False

    def drag(self, samples: Sequence[PointerSample]) -> None:
        """Zoom by the way travelled: 200 screen pixels double."""
        at = samples[-1].screen
        if self._last is not None:
            travel = (at.x() - self._last.x()) - (at.y() - self._last.y())
            self._moved = self._moved or abs(travel) > 2
            self.view.zoom_by(2 ** (travel / 200), self._anchor)
        self._last = at

    def release(self, sample: PointerSample) -> None:
        """A click is a zoom step."""
        if not self._moved and self._last is not None:
            self.view.zoom_by(0.5 if sample.alt else 2.0, self._anchor)
        super().release(sample)
