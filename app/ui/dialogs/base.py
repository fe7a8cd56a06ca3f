# SPDX-License-Identifier: GPL-3.0-or-later
"""What all dialogs share: margins, a row of buttons, a form with aligned labels."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QWidget,
)

from app.ui import theme
from app.ui.widgets.buttons import row


def button_row(dialog: QDialog, accept: str, cancel: str | None) -> QHBoxLayout:
    """Buttons at the lower right: `accept` (the default) last, `cancel` before it if given."""
    buttons = row(spacing=theme.S)
    buttons.addStretch()
    if cancel is not None:
        no = QPushButton(cancel)
        no.setAutoDefault(False)
        no.clicked.connect(dialog.reject)
        buttons.addWidget(no)
    yes = QPushButton(accept)
    yes.setDefault(True)
    yes.clicked.connect(dialog.accept)
    buttons.addWidget(yes)
    return buttons


def spin_box(low: int, high: int, value: int, suffix: str) -> QSpinBox:
    """A field for a whole number with its unit."""
    field = QSpinBox()
    field.setRange(low, high)
    field.setSuffix(f" {suffix}" if suffix else "")
    field.setValue(value)
    field.lineEdit().setTextMargins(4, 0, 0, 0)  # the stylesheet's padding does not reach it
    return field


class Form(QGridLayout):
    """Labels to the left, controls to the right, in even lines."""

    def __init__(self, label_width: int = 96) -> None:
        super().__init__()
        self.setHorizontalSpacing(theme.M)
        self.setVerticalSpacing(theme.S)
        self.setColumnMinimumWidth(0, label_width)
        self.setColumnStretch(1, 1)

    def add(self, text: str, control: QWidget | QHBoxLayout, buddy: QWidget | None = None) -> None:
        """Add a line; the label becomes the control's accessible name."""
        line = self.rowCount()
        label = QLabel(text)
        self.addWidget(label, line, 0, Qt.AlignmentFlag.AlignVCenter)
        if isinstance(control, QWidget):
            self.addWidget(control, line, 1)
            buddy = buddy or control
        else:
            self.addLayout(control, line, 1)
        if buddy is not None:
            label.setBuddy(buddy)
            if not buddy.accessibleName():
                buddy.setAccessibleName(text)
