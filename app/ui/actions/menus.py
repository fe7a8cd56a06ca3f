# SPDX-License-Identifier: GPL-3.0-or-later
"""The menu bar, filled from the action table."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDockWidget, QMenu, QMenuBar

from app.ui.actions import file
from app.ui.actions.bindings import Actions
from app.ui.actions.model import MENUS, QT_TRANSLATE_NOOP, Action, translated

RECENT = QT_TRANSLATE_NOOP("Action", "Open Recent")
PANELS = QT_TRANSLATE_NOOP("Action", "Panels")


class Menus(QObject):
    """Keeps a menu bar in step with a window's actions."""

    def __init__(self, bar: QMenuBar, actions: Actions) -> None:
        super().__init__(bar)
        self._actions = actions
        self._window, self._studio = actions.window, actions.studio
        self._menus = {name: QMenu(translated(name), bar) for name in MENUS}
        for menu in self._menus.values():
            bar.addMenu(menu)
        self._recent = QMenu(translated(RECENT), bar)
        self._recent.aboutToShow.connect(self._fill_recent)
        self._panels = QMenu(translated(PANELS), bar)
        self._panels.aboutToShow.connect(self._fill_panels)
        actions.changed.connect(self._fill)
        self._fill()

    def _fill(self) -> None:
        for name, menu in self._menus.items():
            menu.clear()
            rows = [action for action in self._actions if action.menu == name]
            self._fill_menu(menu, rows)
            menu.menuAction().setVisible(bool(rows))

    def _fill_menu(self, menu: QMenu, rows: list[Action]) -> None:
        submenus: dict[str, QMenu] = {}
        for i, action in enumerate(rows):
            if i and action.section != rows[i - 1].section:
                menu.addSeparator()
            target = menu
            if action.submenu:
                if action.submenu not in submenus:
                    submenus[action.submenu] = menu.addMenu(translated(action.submenu))
                target = submenus[action.submenu]
            target.addAction(self._actions.qaction(action.id))
            if action.id == "file.open":
                menu.addMenu(self._recent)
            elif action.id == "view.docks":
                menu.addMenu(self._panels)

    def _fill_recent(self) -> None:
        self._recent.clear()
        settings = self._studio.settings
        for path in settings.recent_files:
            entry = self._recent.addAction(_short(path))
            entry.setToolTip(str(path))
            entry.triggered.connect(
                lambda _=False, p=path: file.open_path(self._studio, self._window, p)
            )
        if not settings.recent_files:
            self._recent.addAction(self.tr("No recent files")).setEnabled(False)
            return
        self._recent.addSeparator()
        self._recent.addAction(self.tr("Clear List")).triggered.connect(
            lambda _=False: settings.clear_recent_files()
        )

    def _fill_panels(self) -> None:
        self._panels.clear()
        docks = self._window.findChildren(QDockWidget)
        for dock in sorted(docks, key=lambda d: d.windowTitle()):
            self._panels.addAction(dock.toggleViewAction())


def _short(path: Path) -> str:
    """A path as a menu shows it; & would underline the next letter."""
    folder = path.parent.name
    text = f"{path.name}  –  {folder}" if folder else path.name
    return text.replace("&", "&&")
