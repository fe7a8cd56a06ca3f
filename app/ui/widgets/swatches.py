# SPDX-License-Identifier: GPL-3.0-or-later
"""Small fields of colour: a grid of swatches, and the painting colour over the background one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolTip, QWidget

from app.core.colour import Rgb, to_hex
from app.ui import theme
from app.ui.widgets.keys import keeps

CELL, GAP = 18, 2


class SwatchGrid(QWidget):
    """Rows of colours that flow with the width.

    Args:
        name: what screen readers call it.
        removable: a menu offers to remove colours.
        rows: show at most so many rows; 0 for all.

    Signals:
        chosen(rgb): the artist took a colour.
        removed(index): the artist wants it gone.
    """

    chosen = Signal(object)
    removed = Signal(int)

    def __init__(self, name: str, removable: bool = False, rows: int = 0) -> None:
        super().__init__()
        self._colours: list[Rgb] = []
        self._removable, self._rows = removable, rows
        self._hover, self._cursor = -1, 0
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def colours(self) -> list[Rgb]:
        """The colours shown."""
        return list(self._colours)

    def set_colours(self, colours: Sequence[Rgb]) -> None:
        """Show other colours."""
        self._colours = list(colours)
        self._cursor = min(self._cursor, max(0, len(self._colours) - 1))
        self.updateGeometry()
        self.update()

    # -- geometry ------------------------------------------------------------------------------

    def _columns(self, width: int) -> int:
        return max(1, (width + GAP) // (CELL + GAP))

    def cell(self, index: int) -> QRect:
        """Where a colour stands, in widget pixels."""
        columns = self._columns(self.width())
        row, column = divmod(index, columns)
        # Columns share the whole width, so that the grid ends where other controls end.
        left, right = (round(c * (self.width() + GAP) / columns) for c in (column, column + 1))
        return QRect(left, row * (CELL + GAP), right - left - GAP, CELL)

    def _index_at(self, point: QPoint) -> int:
        for index in range(self._shown()):
            if self.cell(index).adjusted(0, 0, GAP, GAP).contains(point):
                return index
        return -1

    def _shown(self) -> int:
        limit = self._rows * self._columns(self.width())
        return min(len(self._colours), limit) if limit else len(self._colours)

    def hasHeightForWidth(self) -> bool:
        """More width needs fewer rows."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Room for all rows; one even when empty, so that nothing jumps at the first colour."""
        rows = max(1, -(-len(self._colours) // self._columns(width)))
        rows = min(rows, self._rows) if self._rows else rows
        return rows * (CELL + GAP) - GAP

    def sizeHint(self) -> QSize:
        """A row of ten."""
        width = 10 * (CELL + GAP) - GAP
        return QSize(width, self.heightForWidth(width))

    # -- pointer and keys ----------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Tell the colour under the pointer in hex; keep Delete from the canvas."""
        if keeps(event, (Qt.Key.Key_Delete,)):
            return True
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self._index_at(event.pos())
            if index >= 0:
                QToolTip.showText(event.globalPos(), to_hex(self._colours[index]), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the colour."""
        index = self._index_at(event.position().toPoint())
        if index >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._cursor = index
            self.chosen.emit(self._colours[index])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Outline the colour under the pointer."""
        self._set_hover(self._index_at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        """No outline any more."""
        self._set_hover(-1)

    def _set_hover(self, index: int) -> None:
        if index != self._hover:
            self._hover = index
            self.update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer to remove the colour."""
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self._cursor if by_key else self._index_at(event.pos())
        if not self._removable or not 0 <= index < len(self._colours):
            return
        menu = QMenu(self)
        remove = menu.addAction(self.tr("Remove Colour"))
        where = self.mapToGlobal(self.cell(index).bottomLeft()) if by_key else event.globalPos()
        if menu.exec(where) is remove:
            self.removed.emit(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk, Enter and Space take, Delete removes."""
        keys, key = Qt.Key, event.key()
        columns = self._columns(self.width())
        steps = {
            keys.Key_Left: -1,
            keys.Key_Right: 1,
            keys.Key_Up: -columns,
            keys.Key_Down: columns,
        }
        if not self._colours:
            event.ignore()
        elif key in steps:
            self._cursor = min(self._shown() - 1, max(0, self._cursor + steps[keys(key)]))
            self.setAccessibleDescription(to_hex(self._colours[self._cursor]))
            self.update()
        elif key in (keys.Key_Return, keys.Key_Enter, keys.Key_Space):
            self.chosen.emit(self._colours[self._cursor])
        elif key == keys.Key_Delete and self._removable:
            self.removed.emit(self._cursor)
        else:
            event.ignore()

    # -- looks ---------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """The colours; the first row as empty places where there is none."""
        tokens = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for index in range(max(self._shown(), self._columns(self.width()) if self._rows else 0)):
            filled = index < len(self._colours)
            painter.setBrush(QColor(*self._colours[index]) if filled else tokens.colour("sunken"))
            painter.drawRoundedRect(QRectF(self.cell(index)), 3, 3)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        marks = [(self._hover, "text")]
        if self.hasFocus():
            marks.append((self._cursor, "accent"))
        for index, token in marks:
            if 0 <= index < self._shown():
                painter.setPen(QPen(tokens.colour(token), 2))
                painter.drawRoundedRect(QRectF(self.cell(index)).adjusted(1, 1, -1, -1), 3, 3)


class ColourPair(QWidget):
    """The painting colour over the background colour; a click swaps them.

    Signals:
        swapped(): the artist clicked.
    """

    swapped = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._front: Rgb = (0, 0, 0)
        self._back: Rgb = (255, 255, 255)
        self.setFixedSize(48, 40)
        self.setAccessibleName(self.tr("Painting and background colour"))
        self.setToolTip(self.tr("Painting and background colour; click to swap"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def set_colours(self, front: Rgb, back: Rgb) -> None:
        """Show another pair."""
        self._front, self._back = front, back
        self.setAccessibleDescription(f"{to_hex(front)}, {to_hex(back)}")
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Swap."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.swapped.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space and Enter swap."""
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.swapped.emit()
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Two rounded squares, the painting colour in front."""
        tokens = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = tokens.colour("accent" if self.hasFocus() else "line")
        for rgb, box in (
            (self._back, QRectF(18.5, 14.5, 29, 25)),
            (self._front, QRectF(0.5, 0.5, 33, 29)),
        ):
            painter.setPen(QPen(tokens.colour("panel"), 3))
            painter.drawRoundedRect(box, theme.RADIUS, theme.RADIUS)
            painter.setPen(QPen(frame, 1))
            painter.setBrush(QColor(*rgb))
            painter.drawRoundedRect(box, theme.RADIUS, theme.RADIUS)
