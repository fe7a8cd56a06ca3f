# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the plugins' docks into the window. Imports the plugin room and QtWidgets."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QScrollArea, QWidget

from app.core.geometry import Rect
from app.plugins import BrokenPlugin, DockSpec, LocalContext, discover, make_dock
from app.ui.studio import Studio
from app.ui.tools.painting import BrushTool


class PluginHost:
    """Finds plugins, builds a dock on its first use, and keeps the paint context they share.

    Args:
        studio: what the plugins see and change.
        window: gets the docks; None for headless runs.
    """

    def __init__(self, studio: Studio, window: QMainWindow | None = None) -> None:
        self.studio, self.window = studio, window
        self.context = LocalContext(
            studio.history,
            studio.queue,
            colour=lambda: studio.colour,
            on_message=lambda text, kind: studio.messaged.emit(text, kind),
            brush=lambda: studio.brush,
            view=self._seen,
        )
        # The first mark of a stroke, and its end, always repaint something.
        studio.canvasDirty.connect(self._tell_painting)
        studio.documentChanged.connect(self._tell_painting)
        studio.preview_document = lambda: self.context.preview_document
        self.context.on_preview_changed(studio.refresh_display)
        self.specs: list[DockSpec] = []
        self.broken: list[BrokenPlugin] = []
        self._widgets: dict[str, QWidget] = {}
        self._docks: dict[str, QDockWidget] = {}
        self.on_dock_made: Callable[[DockSpec, QDockWidget], None] | None = None

    def _seen(self) -> Rect:
        """The part of the canvas in the view, and what lies around it where the view is turned."""
        view = self.studio.view
        if view is None:
            return self.studio.document.bounds
        inverse, _ = view.screen_transform().inverted()
        box = inverse.mapRect(QRectF(view.rect()))
        return Rect.around(box.left(), box.top(), box.right(), box.bottom())

    def _tell_painting(self, *_: object) -> None:
        view = self.studio.view
        brush = None if view is None else view.tool("brush")
        self.context.set_painting(isinstance(brush, BrushTool) and brush.stroking)

    def load(self) -> None:
        """Look for plugins; AI tools only when they are switched on."""
        self.specs, self.broken = [], []
        for item in discover(enabled_ai=self.studio.ai_enabled):
            if isinstance(item, BrokenPlugin):
                self.broken.append(item)
            else:
                self.specs.append(item)

    def widget(self, spec: DockSpec) -> QWidget | None:
        """The plugin's widget, built on first use; None (and a message) when it cannot be."""
        if spec.id not in self._widgets:
            made = make_dock(spec, self.context)
            if isinstance(made, BrokenPlugin):
                self.studio.messaged.emit(f"{spec.title} cannot be opened: {made.reason}", "error")
                return None
            self._widgets[spec.id] = made
        return self._widgets[spec.id]

    def dock(self, spec: DockSpec) -> QDockWidget | None:
        """The dock in the window, built on first use."""
        if spec.id not in self._docks and self.window is not None:
            widget = self.widget(spec)
            if widget is None:
                return None
            area = QScrollArea()
            area.setWidgetResizable(True)
            area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            area.setWidget(widget)
            # There is no scrolling sideways, so nothing may be cut off there.
            bar = area.verticalScrollBar().sizeHint().width()
            area.setMinimumWidth(widget.minimumSizeHint().width() + bar)
            dock = QDockWidget(spec.title, self.window)
            dock.setObjectName(f"plugin.{spec.id}")
            dock.setWidget(area)
            self._docks[spec.id] = dock
            if self.on_dock_made is not None:
                self.on_dock_made(spec, dock)
        return self._docks.get(spec.id)

    def trigger(self, spec: DockSpec) -> None:
        """Raise the dock and let it do its main work."""
        self.studio.settle()
        dock = self.dock(spec)
        if dock is not None:
            dock.show()
            dock.raise_()
        widget = self.widget(spec)
        act = getattr(widget, "trigger", None)
        if act is not None:
            act()

    def show(self, spec: DockSpec) -> None:
        """Raise the dock without starting anything."""
        dock = self.dock(spec)
        if dock is not None:
            dock.show()
            dock.raise_()

    def remove(self, keep: Callable[[DockSpec], bool]) -> None:
        """Take down the docks of all plugins but those that `keep` wants."""
        for spec in self.specs:
            if keep(spec):
                continue
            widget, dock = self._widgets.pop(spec.id, None), self._docks.pop(spec.id, None)
            _release(widget)
            if dock is not None and self.window is not None:
                self.window.removeDockWidget(dock)
                dock.deleteLater()
        self.specs = [spec for spec in self.specs if keep(spec)]

    def close(self) -> None:
        """Release all docks and cancel their jobs."""
        for widget in self._widgets.values():
            _release(widget)
        self.context.close()


def _release(widget: QWidget | None) -> None:
    release = getattr(widget, "release", None)
    if release is not None:
        release()
