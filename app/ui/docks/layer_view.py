# SPDX-License-Identifier: GPL-3.0-or-later
"""How the layers dock shows its rows: eye, picture, name and mode, lock."""

from __future__ import annotations

from PySide6.QtCore import (
    QLineF,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import (
    QColor,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QHeaderView,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from app.core.blend_modes import BlendMode
from app.core.layers import GroupLayer, Layer, VectorLayer
from app.ui import icons, theme
from app.ui.docks.layer_model import EYE, LAYER_ROLE, LOCK, NAME, THUMBNAIL, LayerModel
from app.ui.studio import Studio
from app.ui.widgets.thumbnails import fitted_size, paint_checked

Index = QModelIndex | QPersistentModelIndex
ROW = 40
SIDE_COLUMN = 32
CLIP_INDENT = 12


class LayerDelegate(QStyledItemDelegate):
    """Paints one cell of the layers dock."""

    def __init__(self, view: QTreeView, studio: Studio) -> None:
        super().__init__(view)
        self._view, self._studio = view, studio

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All rows are equally high."""
        return QSize(SIDE_COLUMN if index.column() != NAME else 120, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint a cell; the whole row shares the colour of chosen and hovered rows."""
        layer: Layer = index.data(LAYER_ROLE)
        state = QStyle.StateFlag
        chosen = bool(option.state & state.State_Selected)
        tokens = theme.current()
        if chosen:
            painter.fillRect(option.rect, tokens.colour("accent_soft"))
        elif option.state & state.State_MouseOver:
            painter.fillRect(option.rect, tokens.colour("line"))
        painter.save()
        if index.column() == EYE:
            # Chosen rows are darker or lighter than the panel: the plain icon reads on both.
            _paint_state(painter, option.rect, "eye", "eye-off", layer.visible, chosen)
        elif index.column() == LOCK:
            if layer.locked or option.state & state.State_MouseOver:
                _paint_state(painter, option.rect, "lock", "lock-open", layer.locked, chosen)
        else:
            self._paint_layer(painter, option.rect, index, layer, chosen)
        painter.restore()
        if option.state & state.State_HasFocus:
            painter.setPen(QPen(tokens.colour("accent"), 1))
            painter.drawRect(QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5))

    def _paint_layer(
        self, painter: QPainter, rect: QRect, index: Index, layer: Layer, chosen: bool
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = theme.current()
        left = rect.left() + theme.XS
        if layer.clip:
            bar = QRectF(left + 3, rect.top() + 4, 3, ROW - 8)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.colour("accent"))
            painter.drawRoundedRect(bar, 1.5, 1.5)
            left += CLIP_INDENT
        if not layer.visible:
            painter.setOpacity(0.5)
        self._paint_picture(
            painter, QRect(left, rect.top() + 4, *THUMBNAIL.toTuple()), index, layer
        )
        painter.setOpacity(1.0)
        text = self._text_rect(rect, layer)
        if layer.alpha_locked:
            mark = QRect(text.right() - 16, text.top() + (ROW - 16) // 2, 16, 16)
            icons.paint(painter, mark, "alpha-lock", "icon_dim")
            text.setRight(mark.left() - theme.XS)
        self._paint_text(painter, text, layer, chosen)

    def _paint_picture(self, painter: QPainter, box: QRect, index: Index, layer: Layer) -> None:
        tokens = theme.current()
        if isinstance(layer, GroupLayer):
            icons.paint(painter, box.adjusted(10, 6, -10, -6), "folder", "icon_dim")
            return
        document = self._studio.document
        fitted = fitted_size((document.width, document.height), box.size())
        inner = QRect(QPoint(0, 0), fitted)
        inner.moveCenter(box.center())
        image = index.data(Qt.ItemDataRole.DecorationRole)
        paint_checked(painter, QRectF(inner), image if image is not None else QImage())
        painter.setPen(QPen(QColor(0, 0, 0, 70), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(inner).adjusted(-0.5, -0.5, 0.5, 0.5))
        if isinstance(layer, VectorLayer):
            corner = QRectF(inner.right() - 12, inner.bottom() - 12, 14, 14)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.colour("panel"))
            painter.drawRoundedRect(corner, 3, 3)
            icons.paint(painter, corner.adjusted(1, 1, -1, -1).toRect(), "layer-vector", "icon")

    def _text_rect(self, rect: QRect, layer: Layer) -> QRect:
        left = rect.left() + theme.XS + THUMBNAIL.width() + theme.S
        if layer.clip:
            left += CLIP_INDENT
        return QRect(left, rect.top(), max(0, rect.right() - left - theme.XS), ROW)

    def _paint_text(self, painter: QPainter, rect: QRect, layer: Layer, chosen: bool) -> None:
        tokens = theme.current()
        plain = layer.mode is BlendMode.NORMAL and layer.opacity >= 1.0
        passes = isinstance(layer, GroupLayer) and layer.passthrough
        painter.setFont(theme.font())
        painter.setPen(tokens.colour("text" if layer.visible or chosen else "text_dim"))
        elide = Qt.TextElideMode.ElideRight
        align = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        name = painter.fontMetrics().elidedText(layer.name, elide, rect.width())
        if plain and not passes:
            painter.drawText(rect, align, name)
            return
        upper, lower = QRect(rect), QRect(rect)
        upper.setBottom(rect.top() + ROW // 2 + 1)
        upper.setTop(rect.top() + 4)
        lower.setTop(rect.top() + ROW // 2)
        lower.setBottom(rect.bottom() - 4)
        painter.drawText(upper, align, name)
        painter.setFont(theme.font(theme.SMALL_PX))
        # Dim text would be too faint on the colour of a chosen row.
        painter.setPen(tokens.colour("text" if chosen else "text_dim"))
        model = self._view.model()
        assert isinstance(model, LayerModel)
        details = model.details(layer)
        painter.drawText(
            lower, align, painter.fontMetrics().elidedText(details, elide, rect.width())
        )

    # -- renaming ------------------------------------------------------------------------------

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        """A field over the name."""
        editor = QLineEdit(parent)
        editor.setAccessibleName(self.tr("Layer name"))
        return editor

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """Where the name stands, up to the edge of the list: names are long, docks narrow."""
        rect = self._text_rect(option.rect, index.data(LAYER_ROLE))
        rect.setRight(self._view.viewport().width() - theme.XS)
        editor.setGeometry(rect.adjusted(-7, (ROW - 24) // 2, 0, -(ROW - 24) // 2))


def _paint_state(
    painter: QPainter, rect: QRect, on: str, off: str, is_on: bool, chosen: bool
) -> None:
    """A centred icon, faint where the state is the less usual or nothing is set."""
    box = QRect(0, 0, 16, 16)
    box.moveCenter(rect.center())
    token = ("icon_on" if chosen else "icon_dim") if is_on else "icon_off"
    icons.paint(painter, box, on if is_on else off, token)


class LayerView(QTreeView):
    """The tree of layers. Clicks on eye and lock act at once and choose nothing."""

    def __init__(self, studio: Studio, model: LayerModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._drop_at: QPoint | None = None
        self.setAccessibleName(self.tr("Layers"))
        self.setModel(model)
        self.setItemDelegate(LayerDelegate(self, studio))
        self.setHeaderHidden(True)
        self.setTreePosition(NAME)
        self.setIndentation(14)
        self.setUniformRowHeights(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click must leave the keys to the canvas
        self.setMouseTracking(True)
        self.setDragDropMode(QTreeView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setDropIndicatorShown(True)
        self.setVerticalScrollMode(QTreeView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        triggers = QTreeView.EditTrigger
        self.setEditTriggers(triggers.DoubleClicked | triggers.EditKeyPressed)
        header = self.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(16)
        for column in (EYE, LOCK):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, SIDE_COLUMN)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Switch eye or lock; everything else is the tree's."""
        index = self.indexAt(event.position().toPoint())
        if index.column() in (EYE, LOCK) and event.button() == Qt.MouseButton.LeftButton:
            self._flip(index)
            return
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The second click of a quick pair on eye or lock switches back; elsewhere it renames."""
        index = self.indexAt(event.position().toPoint())
        if index.column() in (EYE, LOCK):
            if event.button() == Qt.MouseButton.LeftButton:
                self._flip(index)
            return
        super().mouseDoubleClickEvent(event)

    def _flip(self, index: QModelIndex) -> None:
        role = Qt.ItemDataRole.CheckStateRole
        on = Qt.CheckState(index.data(role)) == Qt.CheckState.Checked
        state = Qt.CheckState.Unchecked if on else Qt.CheckState.Checked
        self.model().setData(index, state, role)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space shows or hides the layer, or locks it in the last column."""
        index = self.currentIndex()
        if event.key() == Qt.Key.Key_Space and index.isValid():
            self._flip(index if index.column() == LOCK else index.siblingAtColumn(EYE))
            return
        super().keyPressEvent(event)

    def closeEditor(self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        """After renaming the keys belong to the canvas again."""
        super().closeEditor(editor, hint)
        if self._studio.view is not None and self._studio.view.isVisible():
            self._studio.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Remember where the drag is, for the mark."""
        super().dragMoveEvent(event)
        self._drop_at = event.position().toPoint()
        self.viewport().update()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """No mark any more."""
        super().dragLeaveEvent(event)
        self._drop_at = None
        self.viewport().update()

    def dropEvent(self, event: QDropEvent) -> None:
        """Land the layer; no mark any more."""
        super().dropEvent(event)
        self._drop_at = None
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The rows, and a clear mark where a dragged layer would land."""
        self.setDropIndicatorShown(False)  # the style's own mark is a faint hairline
        super().paintEvent(event)
        self.setDropIndicatorShown(True)
        index = QModelIndex() if self._drop_at is None else self.indexAt(self._drop_at)
        where, positions = self.dropIndicatorPosition(), QTreeView.DropIndicatorPosition
        if not index.isValid() or where == positions.OnViewport:
            return
        rect = self.visualRect(index.siblingAtColumn(NAME))
        full = QRectF(rect.left(), rect.top(), self.viewport().width() - rect.left(), rect.height())
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.current().colour("accent"), 2))
        if where == positions.OnItem:
            painter.drawRoundedRect(full.adjusted(1, 1, -1, -1), theme.RADIUS, theme.RADIUS)
        else:
            y = full.top() if where == positions.AboveItem else full.bottom()
            painter.drawLine(QLineF(full.left(), y, full.right(), y))
