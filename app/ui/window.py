# SPDX-License-Identifier: GPL-3.0-or-later
"""The main window: canvas in the middle, tools left, docks right, state below."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabWidget, QWidget

from app.plugins import BrokenPlugin, DockSpec
from app.ui import file_commands
from app.ui.actions import Action, Actions, confirm_discard
from app.ui.actions.file import open_path
from app.ui.canvas.toast import Toast
from app.ui.canvas.view import CanvasView
from app.ui.docks.brush import BrushDock
from app.ui.docks.colour import ColourDock
from app.ui.docks.history import HistoryDock
from app.ui.docks.layers import LayersDock
from app.ui.plugin_host import PluginHost
from app.ui.statusbar import StatusBar
from app.ui.studio import Studio
from app.ui.toolbars import OptionsBar, ToolBar
from app.ui.widgets.dock_title import DockTitle

STATE_VERSION = 1
LEFT, RIGHT = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
_ACROSS = Qt.Orientation.Horizontal


class Window(QMainWindow):
    """Limner's window.

    Args:
        studio: what it shows.
        remember: restore and store the layout of docks.
    """

    def __init__(self, studio: Studio, remember: bool = True) -> None:
        super().__init__()
        self.studio, self._remember, self._asking = studio, remember, True
        self.setObjectName("window")
        self.setDockOptions(
            QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.AllowNestedDocks
            | QMainWindow.DockOption.GroupedDragging
        )
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        # The brush and every tool's panel share one place: their names have room side by side
        # only when they stand on end.
        self.setTabPosition(Qt.DockWidgetArea.LeftDockWidgetArea, QTabWidget.TabPosition.West)
        self.setAcceptDrops(True)
        self.resize(QSize(1440, 900))
        self.view = CanvasView(studio)
        self.setCentralWidget(self.view)
        self.toast = Toast(self.view)
        studio.messaged.connect(self.toast.tell)
        self.actions_table = Actions(self, studio)
        self.actions_table.attach_canvas(self.view)
        self.docks: dict[str, QDockWidget] = {}
        self._add_dock("brush", self.tr("Brush"), BrushDock(studio), LEFT)
        self._add_dock("colour", self.tr("Colour"), ColourDock(studio), RIGHT)
        self._add_dock("layers", self.tr("Layers"), LayersDock(studio), RIGHT)
        self._add_dock("history", self.tr("History"), HistoryDock(studio), RIGHT)
        self.tabifyDockWidget(self.docks["layers"], self.docks["history"])
        self.docks["layers"].raise_()
        self.resizeDocks([self.docks["brush"], self.docks["colour"]], [248, 272], _ACROSS)
        self.tool_bar = ToolBar(studio, self.actions_table)
        self.addToolBar(Qt.ToolBarArea.LeftToolBarArea, self.tool_bar)
        self.options_bar = OptionsBar(studio)
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, self.options_bar)
        self.plugins = PluginHost(studio, self)
        self.plugins.on_dock_made = self._place_plugin_dock
        self._load_plugins()
        self.actions_table.build_menus(self.menuBar())
        self.setStatusBar(StatusBar(studio))
        studio.fileChanged.connect(self._retitle)
        studio.settings.changed.connect(self._on_setting)
        self._retitle()
        if remember:
            self.restoreGeometry(studio.settings.window_geometry)
            self.restoreState(studio.settings.window_state, STATE_VERSION)
        self.view.setFocus()

    # -- docks and plugins ---------------------------------------------------------------------

    def _add_dock(self, name: str, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> None:
        dock = QDockWidget(title, self)
        dock.setObjectName(f"dock.{name}")
        dock.setTitleBarWidget(DockTitle(dock))
        dock.setWidget(widget)
        self.addDockWidget(area, dock)
        self.docks[name] = dock

    def _load_plugins(self) -> None:
        self.plugins.load()
        for spec in self.plugins.specs:
            menu = "AI" if spec.is_ai else "Tools"
            self.actions_table.add(
                Action(
                    id=f"plugin.{spec.id}",
                    title=spec.title,
                    menu=menu,
                    run=self._triggering(spec),
                    shortcuts=(spec.shortcut,) if spec.shortcut else (),
                    icon=spec.icon,
                    tip=spec.tooltip,
                    section="plugins",
                )
            )
            self.tool_bar.add_plugin(self.actions_table.qaction(f"plugin.{spec.id}"))
        for broken in self.plugins.broken:
            self._add_broken(broken)

    def _triggering(self, spec: DockSpec) -> Callable[[Studio, QMainWindow], None]:
        return lambda studio, window: self.plugins.trigger(spec)

    def _add_broken(self, broken: BrokenPlugin) -> None:
        self.actions_table.add(
            Action(
                id=f"plugin.broken.{broken.name}",
                title=f"{broken.name} (not available)",
                menu="Tools",
                run=lambda studio, window: None,
                tip=broken.reason,
                enabled=lambda studio: False,
                section="broken",
            )
        )

    def _place_plugin_dock(self, spec: DockSpec, dock: QDockWidget) -> None:
        dock.setTitleBarWidget(DockTitle(dock))
        if self._remember and self.restoreDockWidget(dock):
            return  # where it was when the window was closed last
        self.addDockWidget(LEFT, dock)
        self.tabifyDockWidget(self.docks["brush"], dock)

    def _on_setting(self, name: str) -> None:
        """The AI switch works at once: all AI controls go, or come back."""
        if name != "ai_enabled" or self.studio.ai_enabled == self.studio.settings.ai_enabled:
            return
        self.studio.ai_enabled = self.studio.settings.ai_enabled
        for action in [a for a in self.actions_table if a.id.startswith("plugin.")]:
            self.tool_bar.remove_plugin(self.actions_table.qaction(action.id))
            self.actions_table.remove(action.id)
        self.plugins.remove(keep=lambda spec: self.studio.ai_enabled or not spec.is_ai)
        self._load_plugins()

    # -- files ---------------------------------------------------------------------------------

    def _retitle(self) -> None:
        name = file_commands.document_name(self.studio.path, self.studio.document)
        self.setWindowTitle(f"{name}[*] – Limner")
        self.setWindowModified(self.studio.history.modified)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files that lie on this computer."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the first dropped file."""
        files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            event.acceptProposedAction()
            # Later: a question to the artist must not hold up the program that the file comes from.
            path = Path(files[0])
            QTimer.singleShot(0, self, lambda: open_path(self.studio, self, path))

    # -- closing -------------------------------------------------------------------------------

    def close_without_asking(self) -> bool:
        """Close and leave unsaved changes behind; for scripts and tests."""
        self._asking = False
        return self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about unsaved work, remember the layout, end all workers."""
        self.studio.settle()
        if self._asking and not confirm_discard(self.studio, self):
            event.ignore()
            return
        if self._remember:
            self.studio.settings.window_geometry = self.saveGeometry()
            self.studio.settings.window_state = self.saveState(STATE_VERSION)
            self.studio.settings.sync()
        self.plugins.close()
        self.studio.close()
        event.accept()
