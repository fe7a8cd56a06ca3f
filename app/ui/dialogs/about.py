# SPDX-License-Identifier: GPL-3.0-or-later
"""What the program is, and whose work is in it."""

from __future__ import annotations

from importlib import metadata

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QDialog, QLabel, QWidget

from app.ui import icons, theme
from app.ui.dialogs.base import button_row
from app.ui.widgets.buttons import column, label, line, row


def version() -> str:
    """The installed version, "" when the program runs without being installed."""
    try:
        return metadata.version("limner")
    except metadata.PackageNotFoundError:
        return ""


class AboutDialog(QDialog):
    """Name, version, licence and credits."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About Limner"))
        mark = QLabel()
        mark.setPixmap(icons.app_icon().pixmap(72, 72))
        name = QLabel("Limner")
        name.setObjectName("about-name")
        number = version()
        words = column(spacing=theme.XS)
        words.addWidget(name)
        words.addWidget(label(self.tr("A painting program in which the artist stays the author.")))
        if number:
            words.addWidget(label(self.tr("Version {v}").format(v=number), "small"))
        words.addStretch()
        head = row(spacing=theme.L)
        head.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(words, 1)
        terms = label(
            self.tr(
                "Free software under the GNU General Public Licence, version 3 or later. "
                "It comes without any warranty. Everything runs on this computer; "
                "no picture and no stroke leaves it."
            ),
            "dim",
        )
        credits_ = label(
            self.tr(
                "Icons: Tabler Icons by Paweł Kuna, MIT licence, and our own. "
                "Type: Inter by Rasmus Andersson, SIL Open Font Licence. "
                "Window toolkit: Qt {qt}, LGPL."
            ).format(qt=qVersion()),
            "dim",
        )
        layout = column(self, margin=theme.L + theme.XS, spacing=theme.L)
        layout.addLayout(head)
        layout.addWidget(line())
        for text in (terms, credits_):
            text.setWordWrap(True)
            layout.addWidget(text)
        layout.addLayout(button_row(self, self.tr("Close"), None))
        self.setFixedWidth(440)
