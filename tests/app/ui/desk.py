# SPDX-License-Identifier: GPL-3.0-or-later
"""A main window with menus and docks around a studio, as the chrome's tests need it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QDockWidget, QMainWindow, QWidget

from app.core.layers import Layer
from app.ui.actions import Actions
from app.ui.canvas.view import CanvasView
from app.ui.studio import Studio

LEFT = Qt.MouseButton.LeftButton


class Desk(QMainWindow):
    """Menus, keys and the canvas; the test puts in the docks."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.studio = studio
        self.canvas = CanvasView(studio)
        self.setCentralWidget(self.canvas)
        self.acts = Actions(self, studio)
        self.acts.build_menus(self.menuBar())
        self.acts.attach_canvas(self.canvas)

    def add(self, widget: QWidget, title: str) -> QDockWidget:
        """Put a widget into a dock at the right."""
        dock = QDockWidget(title, self)
        dock.setObjectName(f"dock.{title}")
        dock.setWidget(widget)
        self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
        dock.show()
        return dock

    def appear(self, qtbot) -> Desk:
        """Show the window and give the canvas the keyboard, as when the artist paints."""
        qtbot.addWidget(self)
        self.resize(900, 700)
        with qtbot.waitExposed(self):
            self.show()
        self.activateWindow()
        self.canvas.setFocus()
        return self

    def press(self, key: Qt.Key, keys=Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key wherever the keyboard is."""
        QTest.keyClick(self.focusWidget() or self, key, keys)


def drag(widget: QWidget, *points: tuple[float, float]) -> None:
    """Press the left button, move through the points, release."""
    places = [QPoint(round(x), round(y)) for x, y in points]
    QTest.mousePress(widget, LEFT, pos=places[0])
    for place in places[1:]:
        QTest.mouseMove(widget, place)
    QTest.mouseRelease(widget, LEFT, pos=places[-1])


def drop(view: QAbstractItemView, data, at: QPoint) -> None:
    """Drag data over a view and let it go at a point of its viewport."""
    move, none = Qt.DropAction.MoveAction, Qt.KeyboardModifier.NoModifier
    viewport = view.viewport()
    enter = QDragEnterEvent(at, move, data, LEFT, none)
    view.dragEnterEvent(enter)
    over = QDragMoveEvent(at, move, data, LEFT, none)
    view.dragMoveEvent(over)
    view.dropEvent(QDropEvent(QPointF(at), move, data, LEFT, none))
    viewport.update()


def names(studio: Studio) -> list[str]:
    """All layers' names from the top down, those in groups indented by dots."""

    def walk(layers: tuple[Layer, ...], depth: int) -> list[str]:
        rows = []
        for layer in reversed(layers):
            rows.append("." * depth + layer.name)
            rows.extend(walk(getattr(layer, "children", ()), depth + 1))
        return rows

    return walk(studio.document.layers, 0)
