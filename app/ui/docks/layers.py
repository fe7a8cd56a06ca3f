# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers dock: mode, opacity and locks of the active layer over the tree of all layers."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, QSignalBlocker, Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QMenu, QToolButton, QWidget

from app.core.blend_modes import MENU_GROUPS, BlendMode
from app.core.document import Document
from app.core.layers import GroupLayer, Layer
from app.ui import theme
from app.ui.actions.model import Action
from app.ui.actions.table import ACTIONS
from app.ui.docks.layer_model import NAME, LayerModel
from app.ui.docks.layer_view import LayerView
from app.ui.studio import Studio
from app.ui.widgets.buttons import column, icon_button, line, row
from app.ui.widgets.slider import Slider

ROWS = {action.id: action for action in ACTIONS if action.menu == "Layer"}
FOOT = ("layer.new", "layer.new_group", "layer.duplicate", "layer.merge_down", "", "layer.delete")
TOGGLES = ("layer.clip", "layer.alpha_lock", "layer.lock")
CONTEXT = (
    *("layer.new", "layer.new_group", "layer.duplicate", "layer.rename", "layer.delete", ""),
    *("layer.merge_down", "layer.rasterise", "layer.group", "layer.ungroup", ""),
    *("layer.clip", "layer.alpha_lock", "layer.lock"),
)
PASS_THROUGH = "pass-through"


class LayersDock(QWidget):
    """Shows and changes the layers of a studio's document."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.studio = studio
        self.setProperty("kind", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.buttons: dict[str, QToolButton] = {}
        self._drag = 0  # numbers the drags of the slider, so that each is one undo step
        self.mode = QComboBox()
        self.mode.setAccessibleName(self.tr("Blend mode"))
        self.mode.setToolTip(self.tr("How the layer mixes with those below"))
        self.mode.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.mode.setMaxVisibleItems(40)
        self.opacity = Slider(self.tr("Opacity"), 0.0, 1.0, percent=True)
        self.model = LayerModel(studio)
        self.view = LayerView(studio, self.model)
        layout = column(self, spacing=0)
        head = column(margin=theme.S, spacing=theme.XS)
        head.addLayout(self._first_line())
        head.addWidget(self.opacity)
        layout.addLayout(head)
        layout.addWidget(line())
        layout.addWidget(self.view, 1)
        layout.addWidget(line())
        layout.addLayout(self._foot())
        self._connect()
        self._expand()
        self._show_active()

    # -- building ------------------------------------------------------------------------------

    def _first_line(self) -> QHBoxLayout:
        first = row()
        first.addWidget(self.mode, 1)
        first.addSpacing(theme.XS)
        for action_id in TOGGLES:
            first.addWidget(self._button(ROWS[action_id], 24))
        return first

    def _foot(self) -> QHBoxLayout:
        foot = row(margin=theme.XS, spacing=2)
        for action_id in FOOT:
            if action_id:
                foot.addWidget(self._button(ROWS[action_id], 28))
            else:
                foot.addStretch()
        return foot

    def _button(self, action: Action, side: int) -> QToolButton:
        icon = "plus" if action.id == "layer.new" else action.icon
        button = icon_button(
            icon, action.plain_text, checkable=action.checked is not None, side=side
        )
        button.clicked.connect(lambda _=False: self._run(action))
        self.buttons[action.id] = button
        return button

    def _connect(self) -> None:
        self.model.modelReset.connect(self._expand)
        self.view.expanded.connect(lambda index: self._set_expanded(index, True))
        self.view.collapsed.connect(lambda index: self._set_expanded(index, False))
        self.view.selectionModel().currentChanged.connect(self._choose)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._open_menu)
        self.mode.activated.connect(self._set_mode)
        self.opacity.begun.connect(self._begin_drag)
        self.opacity.edited.connect(self._set_opacity)
        self.studio.documentChanged.connect(self._follow)

    # -- following the studio ------------------------------------------------------------------

    def _follow(self, old: Document, new: Document) -> None:
        for index, group in self.model.groups():
            if self.view.isExpanded(index) != group.expanded:
                with QSignalBlocker(self.view):
                    self.view.setExpanded(index, group.expanded)
        self._show_active()

    def _expand(self) -> None:
        """After a reset the tree starts closed: open what the document has open."""
        with QSignalBlocker(self.view):
            for index, group in self.model.groups():
                self.view.setExpanded(index, group.expanded)

    def _show_active(self) -> None:
        layer = self.studio.active_layer
        index = self.model.index_of(layer.id if layer is not None else None)
        if index != self.view.currentIndex().siblingAtColumn(NAME):
            with QSignalBlocker(self.view.selectionModel()):
                self.view.setCurrentIndex(index)
            self.view.viewport().update()
            if index.isValid():
                self.view.scrollTo(index)
        self.mode.setEnabled(layer is not None and not layer.locked)
        self.opacity.setEnabled(layer is not None and not layer.locked)
        if layer is not None:
            self.opacity.set_number(layer.opacity)
            self._show_mode(layer)
        for action_id, button in self.buttons.items():
            action = ROWS[action_id]
            button.setEnabled(action.enabled(self.studio))
            if action.checked is not None:
                button.setChecked(action.checked(self.studio))

    def _show_mode(self, layer: Layer) -> None:
        group = isinstance(layer, GroupLayer)
        if self.mode.count() == 0 or (self.mode.itemData(0) == PASS_THROUGH) != group:
            self._fill_modes(group)
        passes = isinstance(layer, GroupLayer) and layer.passthrough
        self.mode.setCurrentIndex(self.mode.findData(PASS_THROUGH if passes else layer.mode.value))

    def _fill_modes(self, group: bool) -> None:
        self.mode.clear()
        if group:
            self.mode.addItem(self.tr("Pass Through"), PASS_THROUGH)
        for modes in MENU_GROUPS:
            if self.mode.count():
                self.mode.insertSeparator(self.mode.count())
            for mode in modes:
                self.mode.addItem(mode.label, mode.value)

    # -- commands ------------------------------------------------------------------------------

    def _run(self, action: Action) -> None:
        action.run(self.studio, self.window())  # type: ignore[arg-type]
        self._show_active()

    def _choose(self, index: QModelIndex, _: QModelIndex) -> None:
        layer = self.model.layer(index)
        if layer is not None and layer.id != self.studio.document.active:
            self.studio.activate_layer(layer.id)

    def _set_expanded(self, index: QModelIndex, expanded: bool) -> None:
        layer = self.model.layer(index)
        if layer is not None:
            self.studio.set_layer(layer.id, self.tr("Fold Group"), expanded=expanded)

    def _set_mode(self, row_: int) -> None:
        layer, data = self.studio.active_layer, self.mode.itemData(row_)
        if layer is None or data is None:
            return
        if data == PASS_THROUGH:
            self.studio.set_layer(layer.id, self.tr("Blend Mode"), passthrough=True)
            return
        changes: dict[str, object] = {"mode": BlendMode(data)}
        if isinstance(layer, GroupLayer):
            changes["passthrough"] = False
        self.studio.set_layer(layer.id, self.tr("Blend Mode"), None, **changes)

    def _begin_drag(self) -> None:
        self._drag += 1

    def _set_opacity(self, opacity: float) -> None:
        layer = self.studio.active_layer
        if layer is not None:
            key = f"opacity:{layer.id}:{self._drag}"
            self.studio.set_layer(layer.id, self.tr("Layer Opacity"), key, opacity=opacity)

    def rename_active(self) -> None:
        """Let the artist type a name for the active layer, in place."""
        index = self.model.index_of(self.studio.document.active)
        if index.isValid():
            self.view.scrollTo(index)
            self.view.setCurrentIndex(index)
            self.view.edit(index)

    def _open_menu(self, point: QPoint) -> None:
        index = self.view.indexAt(point)
        if index.isValid():
            self.view.setCurrentIndex(index.siblingAtColumn(NAME))
        self.context_menu().exec(self.view.viewport().mapToGlobal(point))

    def context_menu(self) -> QMenu:
        """What can be done with the active layer."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for action_id in CONTEXT:
            if not action_id:
                menu.addSeparator()
                continue
            action = ROWS[action_id]
            entry = menu.addAction(action.text)
            entry.setEnabled(action.enabled(self.studio))
            if action.checked is not None:
                entry.setCheckable(True)
                entry.setChecked(action.checked(self.studio))
            entry.triggered.connect(lambda _=False, a=action: self._run(a))
        return menu
