# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of brush presets: rendered strokes with names, in as many columns as fit."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.core.brush import BrushSettings
from app.ui import theme
from app.ui.widgets.stroke_previews import StrokePreviews

Index = QModelIndex | QPersistentModelIndex
BRUSH_ROLE = Qt.ItemDataRole.UserRole
CELL_WIDTH, CELL_HEIGHT = 104, 52
STROKE_HEIGHT = 26


class PresetModel(QAbstractListModel):
    """Presets that match a search and a tag."""

    def __init__(self, presets: Sequence[BrushSettings]) -> None:
        super().__init__()
        self._all = list(presets)
        self._shown = list(presets)

    @property
    def tags(self) -> list[str]:
        """Every tag that some preset has, sorted."""
        return sorted({tag for brush in self._all for tag in brush.tags})

    def set_filter(self, words: str, tag: str) -> None:
        """Show presets with this tag ("" for any) in whose name or tags every word occurs."""
        wanted = words.lower().split()
        self.beginResetModel()
        self._shown = [
            brush
            for brush in self._all
            if (not tag or tag in brush.tags)
            and all(w in " ".join((brush.name, *brush.tags)).lower() for w in wanted)
        ]
        self.endResetModel()

    def row_of(self, preset_id: str) -> int:
        """Row of a preset, -1 when it is not shown."""
        return next((i for i, b in enumerate(self._shown) if b.id == preset_id), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 (Qt's signature)
        """Number of presets shown."""
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Name and preset; tags as tooltip."""
        brush = self._shown[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return brush.name
        if role == BRUSH_ROLE:
            return brush
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(filter(None, (brush.name, ", ".join(brush.tags))))
        return None


class PresetDelegate(QStyledItemDelegate):
    """Paints a preset: its stroke above its name."""

    def __init__(self, view: PresetView) -> None:
        super().__init__(view)
        self._view = view
        self.previews = StrokePreviews(self)
        self.previews.ready.connect(view.viewport().update)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """One cell."""
        return self._view.cell_size()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Ground, stroke, name."""
        tokens, state = theme.current(), QStyle.StateFlag
        chosen = bool(option.state & state.State_Selected)
        cell = option.rect.adjusted(0, 0, -theme.XS, -theme.XS)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        hot = bool(option.state & state.State_MouseOver)
        ground = "accent_soft" if chosen else "line" if hot else "sunken"
        painter.setBrush(tokens.colour(ground))
        painter.drawRoundedRect(QRectF(cell), theme.RADIUS, theme.RADIUS)
        room = QRect(cell.left() + 6, cell.top() + 3, cell.width() - 12, STROKE_HEIGHT)
        tint = tokens.colour("icon_on" if chosen else "icon")
        ratio = self._view.devicePixelRatioF()
        stroke = self.previews.get(index.data(BRUSH_ROLE), room.size(), ratio, tint)
        if stroke is not None:
            painter.drawPixmap(room.topLeft(), stroke)
        painter.setFont(theme.font(theme.SMALL_PX))
        painter.setPen(tokens.colour("icon_on" if chosen else "text_dim"))
        name_box = QRect(cell.left() + 8, cell.bottom() - 19, cell.width() - 16, 16)
        name = painter.fontMetrics().elidedText(
            index.data(), Qt.TextElideMode.ElideRight, name_box.width()
        )
        painter.drawText(name_box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        if option.state & state.State_HasFocus:
            painter.setPen(QPen(tokens.colour("accent"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(cell).adjusted(1, 1, -1, -1), 3.5, 3.5)
        painter.restore()


class PresetView(QListView):
    """Presets in a grid whose cells share the width evenly."""

    def __init__(self, model: PresetModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setAccessibleName(self.tr("Brush presets"))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click must leave the keys to the canvas
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setItemDelegate(PresetDelegate(self))

    def cell_size(self) -> QSize:
        """Cells as wide as whole columns allow."""
        # A pixel is spared because Qt wraps a row that fills the viewport exactly.
        width = max(CELL_WIDTH, self.viewport().width() - 1)
        columns = max(1, width // CELL_WIDTH)
        return QSize(width // columns, CELL_HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the new width."""
        self.setGridSize(self.cell_size())
        super().resizeEvent(event)
