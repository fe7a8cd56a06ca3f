# SPDX-License-Identifier: GPL-3.0-or-later
"""Binds the action table to one window: QActions, keys, and what can be chosen right now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenuBar, QWidget

from app.ui import icons
from app.ui.actions.model import Action, translated
from app.ui.actions.table import ACTIONS

if TYPE_CHECKING:
    from app.ui.studio import Studio


class Actions(QObject):
    """The actions of one window, alive.

    Args:
        window: gets the keys; becomes the parent.
        studio: what the actions work on.
        table: the rows.

    Signals:
        changed(): an action came, went, or has other keys.
    """

    changed = Signal()

    def __init__(
        self, window: QMainWindow, studio: Studio, table: Iterable[Action] = ACTIONS
    ) -> None:
        super().__init__(window)
        self.studio, self.window = studio, window
        self._actions: dict[str, Action] = {}
        self._qactions: dict[str, QAction] = {}
        self._canvas: QWidget | None = None
        self._overrides = studio.settings.shortcuts
        for action in table:
            self._insert(action)
        studio.documentChanged.connect(lambda old, new: self.refresh())
        studio.toolChanged.connect(lambda _: self.refresh("Tools"))
        studio.brushChanged.connect(lambda _: self.refresh("Tools"))
        studio.viewChanged.connect(lambda: self.refresh("View"))
        studio.settings.changed.connect(lambda _: self.refresh("View"))
        self.refresh()

    # -- asking --------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Action]:
        return iter(self._actions.values())

    def __contains__(self, action_id: str) -> bool:
        return action_id in self._actions

    def action(self, action_id: str) -> Action:
        """The row with this id.

        Raises:
            KeyError: there is none.
        """
        return self._actions[action_id]

    def qaction(self, action_id: str) -> QAction:
        """The QAction to put on a button or menu.

        Raises:
            KeyError: there is none.
        """
        return self._qactions[action_id]

    def keys(self, action_id: str) -> tuple[str, ...]:
        """The keys in force, in Qt's portable notation."""
        return self._overrides.get(action_id, self._actions[action_id].shortcuts)

    def key_text(self, action_id: str) -> str:
        """The first key as the artist's system writes it, "" without one."""
        return self.qaction(action_id).shortcut().toString(QKeySequence.SequenceFormat.NativeText)

    def owner(self, key: str, beside: str = "") -> Action | None:
        """The action that already has this key, other than the one with the id `beside`."""
        wanted = _portable(key)
        for action in self:
            if action.id != beside and any(_portable(k) == wanted for k in self.keys(action.id)):
                return action
        return None

    # -- changing ------------------------------------------------------------------------------

    def add(self, action: Action) -> QAction:
        """Add an action at run time. Keys that another action has already are left out.

        Raises:
            ValueError: the id is taken.
        """
        if action.id in self._actions:
            raise ValueError(f"there is an action {action.id!r} already")
        result = self._insert(action)
        self.refresh(action.menu)
        self.changed.emit()
        return result

    def remove(self, action_id: str) -> None:
        """Take an action out of menus, keys and palette.

        Raises:
            KeyError: there is none.
        """
        del self._actions[action_id]
        qaction = self._qactions.pop(action_id)
        self.window.removeAction(qaction)
        qaction.deleteLater()
        self.changed.emit()

    def rebind(self, action_id: str, keys: Sequence[str]) -> None:
        """Give an action other keys (none for an empty sequence); others lose them."""
        for key in keys:
            while (other := self.owner(key, beside=action_id)) is not None:
                rest = tuple(k for k in self.keys(other.id) if _portable(k) != _portable(key))
                self._override(other.id, rest)
        self._override(action_id, tuple(keys))
        self._store()

    def reset(self, action_id: str | None = None) -> None:
        """Back to the default keys, of one action or of all."""
        if action_id is not None:
            self.rebind(action_id, self._actions[action_id].shortcuts)
            return
        self._overrides = {}
        for each in self._actions:
            self._apply_keys(each)
        self._store()

    def attach_canvas(self, canvas: QWidget) -> None:
        """Say which widget is the canvas, for the keys that act only there."""
        self._canvas = canvas
        for action in self:
            if action.canvas_only:
                canvas.addAction(self._qactions[action.id])

    def refresh(self, menu: str = "") -> None:
        """Enable and check what applies now; of one menu, or of all."""
        for action_id, action in self._actions.items():
            if menu and action.menu != menu:
                continue
            qaction = self._qactions[action_id]
            qaction.setEnabled(action.enabled(self.studio))
            if action.checked is not None:
                qaction.setChecked(action.checked(self.studio))

    def build_menus(self, bar: QMenuBar) -> None:
        """Fill a menu bar; it follows additions and new keys."""
        from app.ui.actions.menus import Menus

        Menus(bar, self)

    # -- inside --------------------------------------------------------------------------------

    def _insert(self, action: Action) -> QAction:
        qaction = QAction(action.text, self.window)
        qaction.setObjectName(action.id)
        try:
            qaction.setIcon(icons.icon(action.icon))
        except FileNotFoundError:  # a plugin may name an icon that is not there
            qaction.setIcon(icons.icon("ai"))
        # Menus stay calm: a column of icons beside check marks reads as clutter.
        qaction.setIconVisibleInMenu(False)
        qaction.setCheckable(action.checked is not None)
        qaction.setAutoRepeat(action.repeats)
        qaction.setMenuRole(_MAC_ROLES.get(action.id, QAction.MenuRole.NoRole))
        qaction.triggered.connect(lambda _=False: self._run(action))
        self._actions[action.id] = action
        self._qactions[action.id] = qaction
        if not action.canvas_only:
            self.window.addAction(qaction)
        else:
            qaction.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            if self._canvas is not None:
                self._canvas.addAction(qaction)
        free = tuple(k for k in self.keys(action.id) if self.owner(k, beside=action.id) is None)
        if free != self.keys(action.id):
            self._overrides[action.id] = free
        self._apply_keys(action.id)
        return qaction

    def _run(self, action: Action) -> None:
        action.run(self.studio, self.window)
        if action.id in self._actions:
            self.refresh(action.menu)  # a switch's QAction has toggled itself; show the truth

    def _override(self, action_id: str, keys: tuple[str, ...]) -> None:
        if keys == self._actions[action_id].shortcuts:
            self._overrides.pop(action_id, None)
        else:
            self._overrides[action_id] = keys
        self._apply_keys(action_id)

    def _apply_keys(self, action_id: str) -> None:
        action, qaction = self._actions[action_id], self._qactions[action_id]
        qaction.setShortcuts([QKeySequence(key) for key in self.keys(action_id)])
        key = self.key_text(action_id)
        title = f"{action.plain_text} ({key})" if key else action.plain_text
        qaction.setToolTip(f"{title}\n{translated(action.tip)}" if action.tip else title)

    def _store(self) -> None:
        self.studio.settings.shortcuts = self._overrides
        self.changed.emit()


@lru_cache(maxsize=1024)
def _portable(key: str) -> str:
    """One spelling for each key ("ctrl+del" and "Ctrl+Delete" are the same)."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText)


_MAC_ROLES = {
    "edit.preferences": QAction.MenuRole.PreferencesRole,
    "help.about": QAction.MenuRole.AboutRole,
    "file.quit": QAction.MenuRole.QuitRole,
}


def actions_of(window: QWidget) -> Actions:
    """The actions of a main window.

    Raises:
        LookupError: the window has none.
    """
    found = window.findChild(Actions)
    if found is None:
        raise LookupError(f"{window!r} has no actions")
    return found
