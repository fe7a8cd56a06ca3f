# SPDX-License-Identifier: GPL-3.0-or-later
"""The View menu: how the canvas is looked at, and what surrounds it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QWidget

from app.ui import theme
from app.ui.actions.model import QT_TRANSLATE_NOOP, Action

if TYPE_CHECKING:
    from app.ui.canvas.view import CanvasView
    from app.ui.studio import Studio

TURN_DEGREES = 15.0
_HIDDEN, _IN_FRONT = "limner_hidden_docks", "limner_docks_in_front"


def _has_view(studio: Studio) -> bool:
    return studio.view is not None


def _on_view(act: Callable[[CanvasView], object]) -> Callable[[Studio, QMainWindow], None]:
    def run(studio: Studio, window: QMainWindow) -> None:
        if studio.view is not None:
            act(studio.view)

    return run


def toggle_full_screen(window: QWidget) -> None:
    """Fill the screen, or come back to what the window was before."""
    if window.isFullScreen():
        maximised = bool(window.property("limner_was_maximised"))
        window.showMaximized() if maximised else window.showNormal()
    else:
        window.setProperty("limner_was_maximised", window.isMaximized())
        window.showFullScreen()


def toggle_docks(window: QMainWindow) -> None:
    """Hide all docks, or bring back those hidden last."""
    docks = window.findChildren(QDockWidget)
    shown = [d for d in docks if not d.isHidden()]
    if shown:
        window.setProperty(_HIDDEN, [d.objectName() for d in shown])
        front = [d.objectName() for d in shown if not d.visibleRegion().isEmpty()]
        window.setProperty(_IN_FRONT, front)
        for dock in shown:
            dock.hide()
        return
    names = window.property(_HIDDEN) or [d.objectName() for d in docks]
    for dock in docks:
        dock.setVisible(dock.objectName() in names)
    for dock in docks:
        if dock.objectName() in (window.property(_IN_FRONT) or []):
            dock.raise_()  # the same tab in front as before


def next_panel(studio: Studio, window: QMainWindow) -> None:
    """Give the keyboard to the next dock, and after the last one to the canvas."""
    stops: list[QWidget] = [
        d for d in window.findChildren(QDockWidget) if d.isVisible() and d.widget() is not None
    ]
    stops.sort(key=lambda d: (d.x(), d.y()))
    if studio.view is not None:
        stops.insert(0, studio.view)
    focus = QApplication.focusWidget()
    holds = [focus is not None and (s is focus or s.isAncestorOf(focus)) for s in stops]
    at = holds.index(True) if True in holds else -1
    for stop in (*stops[at + 1 :], *stops[: max(at, 0)]):
        target = stop if not isinstance(stop, QDockWidget) else _first_focus(stop)
        if target is not None:
            if isinstance(stop, QDockWidget):
                stop.raise_()
            target.setFocus(Qt.FocusReason.TabFocusReason)
            return


def _first_focus(dock: QDockWidget) -> QWidget | None:
    """The first control in the dock, in its own Tab order."""
    start = dock.widget()
    widget: QWidget | None = start
    while widget is not None and dock.isAncestorOf(widget):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisibleTo(dock):
            return widget
        widget = widget.nextInFocusChain()
        if widget is start:
            break
    return None


def _use_theme(name: theme.ThemeName) -> Callable[[Studio, QMainWindow], None]:
    def run(studio: Studio, window: QMainWindow) -> None:
        studio.settings.theme = name
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme.apply(app, name)

    return run


def _theme_action(name: theme.ThemeName, title: str) -> Action:
    return Action(
        id=f"view.theme_{name}",
        title=title,
        menu="View",
        run=_use_theme(name),
        icon=f"theme-{name}",
        checked=lambda studio: studio.settings.theme == name,
        section="window",
        submenu=THEME,
    )


THEME = QT_TRANSLATE_NOOP("Action", "Theme")

ACTIONS = (
    Action(
        id="view.zoom_in",
        title=QT_TRANSLATE_NOOP("Action", "Zoom In"),
        menu="View",
        run=_on_view(lambda view: view.zoom_in()),
        shortcuts=("Ctrl++", "Ctrl+="),
        icon="zoom-in",
        enabled=_has_view,
        section="zoom",
        repeats=True,
    ),
    Action(
        id="view.zoom_out",
        title=QT_TRANSLATE_NOOP("Action", "Zoom Out"),
        menu="View",
        run=_on_view(lambda view: view.zoom_out()),
        shortcuts=("Ctrl+-",),
        icon="zoom-out",
        enabled=_has_view,
        section="zoom",
        repeats=True,
    ),
    Action(
        id="view.zoom_100",
        title=QT_TRANSLATE_NOOP("Action", "Actual Pixels"),
        menu="View",
        run=_on_view(lambda view: view.zoom_to(1.0)),
        shortcuts=("Ctrl+1",),
        icon="zoom-100",
        tip=QT_TRANSLATE_NOOP("Action", "Show the picture at 100 %."),
        enabled=_has_view,
        section="zoom",
    ),
    Action(
        id="view.fit",
        title=QT_TRANSLATE_NOOP("Action", "Fit to Window"),
        menu="View",
        run=_on_view(lambda view: view.fit()),
        shortcuts=("Ctrl+0",),
        icon="zoom-fit",
        enabled=_has_view,
        section="zoom",
    ),
    Action(
        id="view.rotate_left",
        title=QT_TRANSLATE_NOOP("Action", "Rotate View Left"),
        menu="View",
        run=_on_view(lambda view: view.rotate_by(-TURN_DEGREES)),
        shortcuts=(",",),
        icon="rotate-left",
        enabled=_has_view,
        section="turn",
        repeats=True,
    ),
    Action(
        id="view.rotate_right",
        title=QT_TRANSLATE_NOOP("Action", "Rotate View Right"),
        menu="View",
        run=_on_view(lambda view: view.rotate_by(TURN_DEGREES)),
        shortcuts=(".",),
        icon="rotate-right",
        enabled=_has_view,
        section="turn",
        repeats=True,
    ),
    Action(
        id="view.rotate_reset",
        title=QT_TRANSLATE_NOOP("Action", "Reset Rotation"),
        menu="View",
        run=_on_view(lambda view: view.reset_rotation()),
        shortcuts=("Shift+R",),
        icon="rotate-reset",
        enabled=lambda studio: studio.view is not None and studio.view.angle != 0,
        section="turn",
    ),
    Action(
        id="view.flip",
        title=QT_TRANSLATE_NOOP("Action", "Flip View"),
        menu="View",
        run=_on_view(lambda view: view.mirror()),
        shortcuts=("Shift+F",),
        icon="flip",
        tip=QT_TRANSLATE_NOOP("Action", "Mirror the view to see the drawing afresh."),
        enabled=_has_view,
        checked=lambda studio: studio.view is not None and studio.view.mirrored,
        section="turn",
    ),
    Action(
        id="view.full_screen",
        title=QT_TRANSLATE_NOOP("Action", "Full Screen"),
        menu="View",
        run=lambda studio, window: toggle_full_screen(window),
        shortcuts=("F11",),
        icon="full-screen",
        section="window",
    ),
    Action(
        id="view.docks",
        title=QT_TRANSLATE_NOOP("Action", "Show or Hide Panels"),
        menu="View",
        run=lambda studio, window: toggle_docks(window),
        shortcuts=("Tab",),
        icon="panels",
        tip=QT_TRANSLATE_NOOP("Action", "Leave only the canvas, or bring the panels back."),
        section="window",
        canvas_only=True,
    ),
    Action(
        id="view.next_panel",
        title=QT_TRANSLATE_NOOP("Action", "Go to Next Panel"),
        menu="View",
        run=next_panel,
        shortcuts=("F6",),
        icon="panel-next",
        tip=QT_TRANSLATE_NOOP("Action", "Move the keyboard from panel to panel."),
        section="window",
    ),
    _theme_action("dark", QT_TRANSLATE_NOOP("Action", "Dark")),
    _theme_action("light", QT_TRANSLATE_NOOP("Action", "Light")),
    _theme_action("system", QT_TRANSLATE_NOOP("Action", "Like the Desktop")),
)
