# SPDX-License-Identifier: GPL-3.0-or-later
"""The document's layers as a Qt model: top layer first, groups as branches.

The document is an immutable value, so the model never edits: it shows the newest value, and
asks the studio for the next one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import (
    QAbstractItemModel,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    Qt,
)

from app.core.document import Document
from app.core.layers import GroupLayer, Layer
from app.ui.studio import Studio
from app.ui.widgets.thumbnails import Thumbnails

Index = QModelIndex | QPersistentModelIndex
EYE, NAME, LOCK = range(3)
MIME = "application/x-limner-layer"
LAYER_ROLE = Qt.ItemDataRole.UserRole
THUMBNAIL = QSize(40, 32)
MOST_PIXELS = 2  # device pixels per pixel that thumbnails are made for


@dataclass
class _Node:
    layer: Layer
    parent: _Node | None
    row: int
    number: int  # what Qt's indexes carry
    children: list[_Node] = field(default_factory=list)


class LayerModel(QAbstractItemModel):
    """Three columns: the eye, the layer (with picture and name), the lock."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._numbers: dict[str, int] = {}
        self._nodes: dict[int, _Node] = {}
        self._top: list[_Node] = []
        self._document = studio.document
        self.thumbnails = Thumbnails(THUMBNAIL * MOST_PIXELS, self)
        self.thumbnails.set_canvas(self._document.width, self._document.height)
        self.thumbnails.ready.connect(self._on_thumbnail)
        self._build()
        studio.documentChanged.connect(lambda old, new: self._follow(new))

    # -- following the document ----------------------------------------------------------------

    def _build(self) -> None:
        self._nodes.clear()
        self._top = self._branch(self._document.layers, None)
        self.thumbnails.forget(self._document_has)

    def _branch(self, layers: tuple[Layer, ...], parent: _Node | None) -> list[_Node]:
        nodes = []
        for row, layer in enumerate(reversed(layers)):
            number = self._numbers.setdefault(layer.id, len(self._numbers) + 1)
            node = _Node(layer, parent, row, number)
            if isinstance(layer, GroupLayer):
                node.children = self._branch(layer.children, node)
            self._nodes[number] = node
            nodes.append(node)
        return nodes

    def _document_has(self, layer_id: str) -> bool:
        return self._numbers.get(layer_id) in self._nodes

    def _follow(self, document: Document) -> None:
        old, self._document = self._document, document
        self.thumbnails.set_canvas(document.width, document.height)
        if _shape(old.layers) != _shape(document.layers):
            self.beginResetModel()
            self._build()
            self.endResetModel()
            return
        for layer in document.walk():
            node = self._nodes[self._numbers[layer.id]]
            if node.layer is not layer:
                node.layer = layer
                first, last = self._index(node, EYE), self._index(node, LOCK)
                self.dataChanged.emit(first, last)

    def _on_thumbnail(self, layer_id: str) -> None:
        index = self.index_of(layer_id)
        if index.isValid():
            self.dataChanged.emit(index, index, [Qt.ItemDataRole.DecorationRole])

    # -- places --------------------------------------------------------------------------------

    def _index(self, node: _Node, column: int = NAME) -> QModelIndex:
        return self.createIndex(node.row, column, node.number)

    def _node(self, index: Index) -> _Node | None:
        return self._nodes.get(index.internalId()) if index.isValid() else None

    def index_of(self, layer_id: str | None, column: int = NAME) -> QModelIndex:
        """Where a layer stands; an invalid index when it is not there."""
        node = self._nodes.get(self._numbers.get(layer_id or "", 0))
        return self._index(node, column) if node is not None else QModelIndex()

    def layer(self, index: Index) -> Layer | None:
        """The layer at an index."""
        node = self._node(index)
        return node.layer if node is not None else None

    def groups(self) -> list[tuple[QModelIndex, GroupLayer]]:
        """All groups with their places."""
        return [
            (self._index(node, 0), node.layer)
            for node in self._nodes.values()
            if isinstance(node.layer, GroupLayer)
        ]

    def _children(self, parent: Index) -> list[_Node]:
        node = self._node(parent)
        if node is None:
            return [] if parent.isValid() else self._top
        return node.children

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        """The index of a child."""
        children = self._children(parent)
        if 0 <= row < len(children) and 0 <= column <= LOCK:
            return self._index(children[row], column)
        return QModelIndex()

    def parent(self, index: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override] # noqa: B008
        """The group around a layer."""
        node = self._node(index)
        if node is None or node.parent is None:
            return QModelIndex()
        return self._index(node.parent, 0)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Layers in a group, or at the top level."""
        return 0 if parent.column() > 0 else len(self._children(parent))

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Eye, layer, lock."""
        return LOCK + 1

    # -- what is shown -------------------------------------------------------------------------

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Everything can be chosen and dragged; only groups take drops onto themselves."""
        flag = Qt.ItemFlag
        layer = self.layer(index)
        if layer is None:
            return flag.ItemIsDropEnabled
        flags = flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemIsDragEnabled
        if isinstance(layer, GroupLayer):
            flags |= flag.ItemIsDropEnabled
        if index.column() == NAME:
            return flags | flag.ItemIsEditable
        return flags | flag.ItemIsUserCheckable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Name, picture, check states and texts for tooltip and screen reader."""
        layer = self.layer(index)
        roles = Qt.ItemDataRole
        if layer is None:
            return None
        if role == LAYER_ROLE:
            return layer
        column = index.column()
        if column == NAME:
            if role in (roles.DisplayRole, roles.EditRole):
                return layer.name
            if role == roles.DecorationRole:
                return self.thumbnails.get(layer)
            if role in (roles.AccessibleTextRole, roles.ToolTipRole):
                return f"{layer.name}, {self.details(layer)}"
            return None
        on = layer.visible if column == EYE else layer.locked
        if role == roles.CheckStateRole:
            return Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
        if role in (roles.AccessibleTextRole, roles.ToolTipRole):
            if column == EYE:
                return self.tr("Visible") if on else self.tr("Hidden")
            return self.tr("Locked") if on else self.tr("Not locked")
        return None

    def details(self, layer: Layer) -> str:
        """Mode and opacity, as shown below the name."""
        mode = layer.mode.label
        if isinstance(layer, GroupLayer) and layer.passthrough:
            mode = self.tr("Pass Through")
        return f"{mode} · {round(layer.opacity * 100)} %"

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Rename, show or hide, lock or unlock: one undo step each."""
        layer = self.layer(index)
        if layer is None:
            return False
        if index.column() == NAME and role == Qt.ItemDataRole.EditRole:
            name = str(value).strip()
            if not name or name == layer.name:
                return False
            self._studio.set_layer(layer.id, self.tr("Rename Layer"), name=name)
            return True
        if role == Qt.ItemDataRole.CheckStateRole and index.column() != NAME:
            on = Qt.CheckState(value) == Qt.CheckState.Checked
            if index.column() == EYE:
                self._studio.set_layer(layer.id, self.tr("Layer Visibility"), visible=on)
            else:
                self._studio.set_layer(layer.id, self.tr("Lock Layer"), locked=on)
            return True
        return False

    # -- drag and drop -------------------------------------------------------------------------

    def supportedDropActions(self) -> Qt.DropAction:
        """Layers move; copies are made with Duplicate."""
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        """Layers travel as their ids."""
        return [MIME]

    def mimeData(self, indexes: list[QModelIndex]) -> QMimeData:  # type: ignore[override]
        """The dragged layer's id."""
        data = QMimeData()
        layer = self.layer(indexes[0]) if indexes else None
        if layer is not None:
            data.setData(MIME, layer.id.encode())
        return data

    def canDropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        """A layer of this document, and not into itself."""
        number = self._numbers.get(bytes(data.data(MIME).data()).decode(), 0)
        if number not in self._nodes:
            return False
        node = self._node(parent)
        while node is not None:
            if node.number == number:
                return False
            node = node.parent
        return True

    def dropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        """Move the dragged layer; False, because the view must not remove rows itself."""
        if self.canDropMimeData(data, action, row, column, parent):
            layer_id = bytes(data.data(MIME).data()).decode()
            group = self._node(parent)
            siblings = [n.layer.id for n in self._children(parent)]
            if row < 0:  # onto a group: on top in it; onto the empty space: below everything
                row = 0 if group is not None else len(siblings)
            row = min(row, len(siblings))
            if layer_id in siblings:
                was = siblings.index(layer_id)
                siblings.remove(layer_id)
                if row in (was, was + 1):
                    return False  # dropped where it was
                row -= row > was
            # Rows count from the top, documents from the bottom.
            target = group.layer.id if group is not None else None
            self._studio.move_layer(layer_id, target, len(siblings) - row)
        return False


def _shape(layers: tuple[Layer, ...]) -> tuple[object, ...]:
    """Ids and nesting of a tree of layers."""
    return tuple(
        (layer.id, _shape(layer.children) if isinstance(layer, GroupLayer) else None)
        for layer in layers
    )
