# SPDX-License-Identifier: GPL-3.0-or-later
"""Small pictures of the alternatives, to choose by clicking.  Imports numpy and QtWidgets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

Lines = Sequence[NDArray[np.floating]]
"""Points (n, 2 or more) on the canvas; only x and y are looked at."""

_HEIGHT = 68
_MARGIN = 7.0


class Thumb(QAbstractButton):
    """One alternative: what is drawn already, faint, and what it adds."""

    def __init__(self, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._before: Lines = ()
        self._added: Lines = ()
        self.setCheckable(True)
        self.setEnabled(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click must leave the keys to the canvas
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_HEIGHT)
        self.setAccessibleName(self.tr("Alternative {number}").format(number=number))
        self.setToolTip(self.tr("Show this alternative on the canvas"))

    def show_lines(self, before: Lines, added: Lines) -> None:
        """Show an alternative; without `added` lines the button is off."""
        self._before, self._added = before, added
        self.setEnabled(bool(len(added)))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, Qt's name
        """The drawing, as large as fits; a frame around the chosen one."""
        painter = QPainter(self)
        try:
            self._paint(painter)
        finally:
            painter.end()

    def _paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        marked = self.isEnabled() and (self.isChecked() or self.hasFocus())
        edge = palette.color(QPalette.ColorRole.Highlight if marked else QPalette.ColorRole.Mid)
        painter.setPen(QPen(edge, 2 if marked else 1))
        painter.setBrush(palette.color(QPalette.ColorRole.Base))
        painter.drawRoundedRect(frame, 4, 4)
        if not self.isEnabled():
            return
        every = [np.asarray(line)[:, :2] for line in (*self._before, *self._added)]
        points = np.concatenate(every)
        low, extent = points.min(0), np.ptp(points, axis=0)
        room = frame.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        scale = min(room.width() / max(extent[0], 1.0), room.height() / max(extent[1], 1.0))
        middle = room.center()
        shift = np.array([middle.x(), middle.y()]) - (low + extent / 2) * scale
        text = palette.color(QPalette.ColorRole.Text)
        faint = text.toRgb()
        faint.setAlphaF(0.45)
        accent = palette.color(QPalette.ColorRole.Highlight)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for number, line in enumerate(every):
            new = number >= len(self._before)
            pen = QPen(accent if new else faint, 2.0 if new else 1.3)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.setPen(pen)
            painter.drawPath(_path(line * scale + shift))


def _path(line: NDArray[np.floating]) -> QPainterPath:
    places = [QPointF(float(x), float(y)) for x, y in line]
    path = QPainterPath(places[0])
    for place in places[1:]:
        path.lineTo(place)
    if len(places) == 1:
        path.lineTo(places[0] + QPointF(0.01, 0))
    return path
