# SPDX-License-Identifier: GPL-3.0-or-later
"""A sentence that appears over the canvas and leaves by itself. Imports QtWidgets and the theme."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from app.ui import icons

SECONDS = {"info": 3.0, "warning": 5.0, "error": 0.0}
MARGIN = 16


class Toast(QWidget):
    """Shows one message at the bottom of its parent; errors stay until they are closed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("toast")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Message"))
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)  # file and layer names may hold < and &
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._close = QToolButton()
        self._close.setIcon(icons.icon("close"))
        self._close.setAutoRaise(True)
        self._close.setToolTip(self.tr("Close"))
        self._close.setAccessibleName(self.tr("Close message"))
        self._close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 8, 8)
        row.setSpacing(8)
        row.addWidget(self._text, 1)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        parent.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        """The message that is shown, or was shown last."""
        return self._text.text()

    def tell(self, text: str, kind: str) -> None:
        """Show a message; kind is "info", "warning" or "error"."""
        self._text.setText(text)
        self.setProperty("kind", kind)
        self.style().unpolish(self)
        self.style().polish(self)
        self._close.setVisible(kind == "error")
        self._place()
        self.show()
        self.raise_()
        self._timer.stop()
        if SECONDS[kind]:
            self._timer.start(int(SECONDS[kind] * 1000))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the parent's size."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        parent = self.parentWidget()
        assert parent is not None
        room = max(160, min(560, parent.width() - 2 * MARGIN))
        metrics = self._text.fontMetrics()
        wanted = metrics.horizontalAdvance(self._text.text()) + 64
        width = min(room, wanted)
        self.setFixedSize(width, self.heightForWidth(width))
        self.move((parent.width() - self.width()) // 2, parent.height() - self.height() - MARGIN)
