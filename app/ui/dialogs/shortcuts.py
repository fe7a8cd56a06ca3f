# SPDX-License-Identifier: GPL-3.0-or-later
"""Every command with its keys, to be searched and changed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QKeySequenceEdit,
    QLineEdit,
    QMainWindow,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from app.ui import fuzzy, icons, theme
from app.ui.actions import Action, Actions, actions_of
from app.ui.actions.model import translated
from app.ui.dialogs.base import button_row
from app.ui.studio import Studio
from app.ui.widgets.buttons import column, label, row

ID_ROLE = Qt.ItemDataRole.UserRole


class ShortcutEditor(QWidget):
    """The list of commands, and below it the keys of the chosen one."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search commands or keys"))
        self.search.setAccessibleName(self.tr("Search commands or keys"))
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icons.icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self.tree = QTreeWidget()
        self.tree.setAccessibleName(self.tr("Commands"))
        self.tree.setProperty("kind", "sunken")
        self.tree.setHeaderLabels([self.tr("Command"), self.tr("Keys")])
        self.tree.setUniformRowHeights(True)
        self.tree.setIndentation(16)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.tree.header().setStretchLastSection(False)
        self.keys = QKeySequenceEdit()
        self.keys.setMaximumSequenceLength(1)
        self.keys.setClearButtonEnabled(True)
        self.keys.setAccessibleName(self.tr("New key"))
        self.set_button = QPushButton(self.tr("Set"))
        self.remove_button = QPushButton(self.tr("Remove"))
        self.reset_button = QPushButton(self.tr("Default"))
        self.reset_all = QPushButton(self.tr("Reset All"))
        for button in (self.set_button, self.remove_button, self.reset_button, self.reset_all):
            button.setAutoDefault(False)
        self.note = label("", "small")
        layout = column(self, spacing=theme.S)
        layout.addWidget(self.search)
        layout.addWidget(self.tree, 1)
        below = row(spacing=theme.S)
        below.addWidget(self.keys, 1)
        for button in (self.set_button, self.remove_button, self.reset_button):
            below.addWidget(button)
        layout.addLayout(below)
        foot = row(spacing=theme.S)
        foot.addWidget(self.note, 1)
        foot.addWidget(self.reset_all)
        layout.addLayout(foot)
        self._menus: dict[str, QTreeWidgetItem] = {}
        self._items: dict[str, QTreeWidgetItem] = {}
        self._fill()
        self.search.textChanged.connect(self._filter)
        self.tree.currentItemChanged.connect(lambda item, _: self._show_chosen())
        self.tree.itemActivated.connect(lambda item, _: self.keys.setFocus())
        self.keys.keySequenceChanged.connect(lambda _: self._show_note())
        self.set_button.clicked.connect(self.assign)
        self.remove_button.clicked.connect(lambda: self._rebind(()))
        self.reset_button.clicked.connect(self._reset)
        self.reset_all.clicked.connect(lambda: self._actions.reset())
        actions.changed.connect(self._show_keys)
        self._show_chosen()

    # -- the list ------------------------------------------------------------------------------

    def _fill(self) -> None:
        menus = self._menus
        for action in self._actions:
            if action.menu not in menus:
                menu = QTreeWidgetItem(self.tree, [translated(action.menu)])
                menu.setFirstColumnSpanned(True)
                menu.setFont(0, theme.font(strong=True))
                menu.setFlags(Qt.ItemFlag.ItemIsEnabled)
                menu.setExpanded(True)
                menus[action.menu] = menu
            item = QTreeWidgetItem(menus[action.menu], [_title(action), ""])
            item.setData(0, ID_ROLE, action.id)
            item.setToolTip(0, translated(action.tip) if action.tip else "")
            self._items[action.id] = item
        self._show_keys()

    def _show_keys(self) -> None:
        for action_id, item in self._items.items():
            if action_id not in self._actions:
                continue
            changed = self._actions.keys(action_id) != self._actions.action(action_id).shortcuts
            item.setText(1, self._key_text(action_id))
            item.setFont(1, theme.font(strong=changed))
        self._show_chosen()

    def _key_text(self, action_id: str) -> str:
        native = QKeySequence.SequenceFormat.NativeText
        keys = self._actions.keys(action_id)
        return ", ".join(QKeySequence(key).toString(native) for key in keys)

    def _filter(self, text: str) -> None:
        for action_id, item in self._items.items():
            by_key = text.casefold() in item.text(1).casefold().split(", ")
            fits = fuzzy.match(text, item.text(0)) is not None
            item.setHidden(not (fits or by_key) or action_id not in self._actions)
        for menu in self._menus.values():
            menu.setHidden(all(i.isHidden() for i in self._items.values() if i.parent() is menu))

    def choose(self, action_id: str) -> None:
        """Mark a command in the list."""
        self.tree.setCurrentItem(self._items[action_id])

    @property
    def chosen(self) -> str | None:
        """Id of the marked command."""
        item = self.tree.currentItem()
        return item.data(0, ID_ROLE) if item is not None else None

    # -- the keys ------------------------------------------------------------------------------

    def _show_chosen(self) -> None:
        chosen = self.chosen
        for control in (self.keys, self.set_button, self.remove_button, self.reset_button):
            control.setEnabled(chosen is not None)
        if chosen is None:
            self.note.setText(self.tr("Choose a command to change its keys."))
            return
        keys = self._actions.keys(chosen)
        self.keys.setKeySequence(QKeySequence(keys[0]) if keys else QKeySequence())
        self.remove_button.setEnabled(bool(keys))
        self.reset_button.setEnabled(keys != self._actions.action(chosen).shortcuts)
        self._show_note()

    def _wanted(self) -> str:
        return self.keys.keySequence().toString(QKeySequence.SequenceFormat.PortableText)

    def _show_note(self) -> None:
        chosen, wanted = self.chosen, self._wanted()
        self.note.setProperty("kind", "small")
        self.note.setText("")
        if chosen is not None and wanted:
            owner = self._actions.owner(wanted, beside=chosen)
            if owner is not None:
                self.note.setProperty("kind", "error")
                self.note.setText(
                    self.tr("“{command}” has this key; setting it takes it away there.").format(
                        command=_title(owner)
                    )
                )
        self.note.style().polish(self.note)
        self.set_button.setEnabled(chosen is not None and bool(wanted))

    def assign(self) -> None:
        """Give the chosen command the typed key in place of its first one."""
        chosen, wanted = self.chosen, self._wanted()
        if chosen is not None and wanted:
            others = [k for k in self._actions.keys(chosen)[1:] if k != wanted]
            self._rebind((wanted, *others))

    def _rebind(self, keys: tuple[str, ...]) -> None:
        if self.chosen is not None:
            self._actions.rebind(self.chosen, keys)

    def _reset(self) -> None:
        if self.chosen is not None:
            self._actions.reset(self.chosen)


def _title(action: Action) -> str:
    """The title, with its submenu where it needs one to be understood."""
    return f"{translated(action.submenu)}: {action.text}" if action.submenu else action.plain_text


class ShortcutsDialog(QDialog):
    """The shortcut editor in a window of its own."""

    def __init__(self, studio: Studio, window: QMainWindow) -> None:
        super().__init__(window)
        self.setWindowTitle(self.tr("Keyboard Shortcuts"))
        self.editor = ShortcutEditor(actions_of(window))
        layout = column(self, margin=theme.L, spacing=theme.L)
        layout.addWidget(self.editor, 1)
        layout.addLayout(button_row(self, self.tr("Close"), None))
        self.resize(560, 600)
        self.editor.search.setFocus()
