# SPDX-License-Identifier: GPL-3.0-or-later
"""The history dock: every step, the present one marked; a click goes there."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, QTimer
from PySide6.QtWidgets import QListView, QWidget

from app.ui import theme
from app.ui.studio import Studio
from app.ui.widgets.buttons import column, label, row

Index = QModelIndex | QPersistentModelIndex


class HistoryModel(QAbstractListModel):
    """The steps of a studio's history, oldest first."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._labels = list(studio.history.entries)
        self._position = studio.history.position

    @property
    def position(self) -> int:
        """Row of the present step."""
        return self._position

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 (Qt's signature)
        """Number of steps."""
        return 0 if parent.isValid() else len(self._labels)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Label; undone steps are dimmed, the present one is strong."""
        row = index.row()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._labels[row]
        if role == Qt.ItemDataRole.ForegroundRole and row > self._position:
            return theme.current().colour("text_off")
        if role == Qt.ItemDataRole.FontRole and row == self._position:
            return theme.font(strong=True)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(row)
        return None

    def _spoken(self, row: int) -> str:
        text = self._labels[row]
        if row == self._position:
            return self.tr("{step}, present").format(step=text)
        return self.tr("{step}, undone").format(step=text) if row > self._position else text

    def follow(self) -> None:
        """Take over the history as it is now, changing as few rows as possible."""
        labels, position = list(self._studio.history.entries), self._studio.history.position
        same = 0
        while same < min(len(labels), len(self._labels)) and labels[same] == self._labels[same]:
            same += 1
        if len(self._labels) > same:
            self.beginRemoveRows(QModelIndex(), same, len(self._labels) - 1)
            del self._labels[same:]
            self.endRemoveRows()
        if len(labels) > same:
            self.beginInsertRows(QModelIndex(), same, len(labels) - 1)
            self._labels = labels
            self.endInsertRows()
        self._position = position
        if labels:
            self.dataChanged.emit(self.index(0), self.index(len(labels) - 1))


class HistoryDock(QWidget):
    """Shows a studio's history and jumps in it."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.studio = studio
        self.setProperty("kind", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.model = HistoryModel(studio)
        self.view = QListView()
        self.view.setAccessibleName(self.tr("History"))
        self.view.setProperty("kind", "rows")
        self.view.setUniformItemSizes(True)
        self.view.setModel(self.model)
        self.view.clicked.connect(lambda index: self._go(index.row()))
        self.view.activated.connect(lambda index: self._go(index.row()))
        self.memory = label("", "small")
        layout = column(self)
        layout.addWidget(self.view, 1)
        foot = row(margin=theme.S)
        foot.addWidget(self.memory)
        layout.addLayout(foot)
        # A stroke must not wait for a list to be redrawn: follow when the event loop is idle.
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._follow)
        studio.historyChanged.connect(lambda: self._timer.start(0))
        self._follow()

    def _go(self, step: int) -> None:
        self.studio.settle()
        if step != self.studio.history.position and step < len(self.studio.history.entries):
            self.studio.history.jump(step)

    def _follow(self) -> None:
        self.model.follow()
        present = self.model.index(self.model.position)
        self.view.setCurrentIndex(present)
        self.view.scrollTo(present)
        history = self.studio.history
        self.memory.setText(
            self.tr("{used} of {budget} for undo").format(
                used=memory_text(history.nbytes), budget=memory_text(history.byte_budget)
            )
        )


def memory_text(nbytes: int) -> str:
    """Bytes as people read them: "0 MB", "312 MB", "1.5 GB" (binary multiples)."""
    mib = nbytes / 2**20
    return f"{mib / 1024:.1f} GB" if mib >= 1000 else f"{mib:.0f} MB"
