# SPDX-License-Identifier: GPL-3.0-or-later
"""Title of a dock: its name, and buttons to float and close it. Gone where a tab says the same."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QMainWindow, QToolButton, QWidget

from app.ui import theme
from app.ui.widgets.buttons import icon_button, label, row

HEIGHT = 28


class DockTitle(QWidget):
    """The title bar of a dock; pass it to `dock.setTitleBarWidget`.

    Docks that share a place have tabs with their names: a title below them would only repeat
    that. Set QMainWindow.DockOption.GroupedDragging, so that tabs can be dragged out.
    """

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        self._dock = dock
        self._tabbed = False
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("kind", "dock-title")
        self._name = label(dock.windowTitle(), "heading")
        self._float = self._button("float", self.tr("Float or dock the panel"))
        self._float.clicked.connect(lambda: dock.setFloating(not dock.isFloating()))
        self._close = self._button("close", self.tr("Close the panel"))
        self._close.clicked.connect(dock.close)
        layout = row(self, spacing=0)
        layout.setContentsMargins(theme.S, 0, theme.XS, 0)
        layout.addWidget(self._name, 1)
        layout.addWidget(self._float)
        layout.addWidget(self._close)
        dock.installEventFilter(self)
        dock.windowTitleChanged.connect(self._name.setText)
        dock.topLevelChanged.connect(lambda _: self._look_later())
        dock.visibilityChanged.connect(lambda _: self._look_later())
        dock.dockLocationChanged.connect(lambda _: self._look_later())

    def _button(self, icon: str, text: str) -> QToolButton:
        button = icon_button(icon, text, side=20)
        button.setIconSize(QSize(14, 14))
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the View menu does the same by key
        return button

    def _look_later(self) -> None:
        QTimer.singleShot(0, self, self._look)

    def _look(self) -> None:
        """Show the title only where no tab does."""
        window = self._dock.parentWidget()
        floating = self._dock.isFloating()
        partners = window.tabifiedDockWidgets(self._dock) if isinstance(window, QMainWindow) else []
        tabbed = not floating and any(not partner.isHidden() for partner in partners)
        if tabbed != self._tabbed:
            self._tabbed = tabbed
            for part in (self._name, self._float, self._close):
                part.setVisible(not tabbed)
            self.updateGeometry()
            self._dock.updateGeometry()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A dock that is shown may have been put behind a tab."""
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            self._look_later()
        return False

    def sizeHint(self) -> QSize:
        """One line, or nothing."""
        return QSize(80, 0 if self._tabbed else HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """The same: the height is fixed."""
        return self.sizeHint()
