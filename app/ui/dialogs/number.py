# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks for one whole number, such as the width of a feather."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QWidget

from app.ui import theme
from app.ui.dialogs.base import Form, button_row, spin_box
from app.ui.widgets.buttons import column


class NumberDialog(QDialog):
    """One number with OK and Cancel."""

    def __init__(
        self,
        parent: QWidget | None,
        title: str,
        label: str,
        value: int,
        low: int,
        high: int,
        suffix: str,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.field = spin_box(low, high, value, suffix)
        self.field.selectAll()
        layout = column(self, margin=theme.L, spacing=theme.L)
        form = Form(label_width=48)
        form.add(label, self.field)
        layout.addLayout(form)
        layout.addLayout(button_row(self, self.tr("OK"), self.tr("Cancel")))


def ask_number(
    parent: QWidget | None, title: str, label: str, value: int, low: int, high: int, suffix: str
) -> int | None:
    """The number that the artist entered, low..high, or None when they cancelled."""
    dialog = NumberDialog(parent, title, label, value, low, high, suffix)
    return dialog.field.value() if dialog.exec() else None
