# SPDX-License-Identifier: GPL-3.0-or-later
"""The New dialog: canvas size, resolution and background."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QWidget,
)

from app.core.colour import Rgb
from app.core.document import MAX_SIDE
from app.ui import theme
from app.ui.dialogs.base import Form, button_row, spin_box
from app.ui.widgets.buttons import column, icon_button, label, row, segment
from app.ui.widgets.thumbnails import paint_checked

MM_PER_INCH = 25.4


@dataclass(frozen=True)
class Preset:
    """A ready-made size in pixels."""

    title: str
    width: int
    height: int
    dpi: int


def presets() -> list[Preset]:
    """Paper, squares, video and this screen."""
    screen = QGuiApplication.primaryScreen()
    size = screen.size() * screen.devicePixelRatio()
    return [
        Preset("Full HD", 1920, 1080, 72),
        Preset("2048 square", 2048, 2048, 300),
        Preset("4096 square", 4096, 4096, 300),
        Preset("4K UHD", 3840, 2160, 72),
        Preset("A4", 2480, 3508, 300),
        Preset("A5", 1748, 2480, 300),
        Preset("US Letter", 2550, 3300, 300),
        Preset("Screen", size.width(), size.height(), 96),
    ]


class NewDocumentDialog(QDialog):
    """Asks for the size of a new canvas. Read the properties after it was accepted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("New Picture"))
        self._presets = presets()
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Ready-made sizes"))
        self.list.setProperty("kind", "rows")
        self.list.setFixedWidth(176)
        for preset in self._presets:
            item = QListWidgetItem(preset.title)
            item.setToolTip(f"{preset.width} × {preset.height} px")
            self.list.addItem(item)
        self.width_field = spin_box(1, MAX_SIDE, 1920, "px")
        self.height_field = spin_box(1, MAX_SIDE, 1080, "px")
        self.dpi_field = spin_box(1, 2400, 300, "dpi")
        self.turn = icon_button("swap", self.tr("Swap width and height"), side=24)
        self._backgrounds = QButtonGroup(self)
        self._sheet = _Sheet()
        self._facts = label("", "small")
        self._facts.setWordWrap(True)
        layout = column(self, margin=theme.L, spacing=theme.L)
        sides = row(spacing=theme.L)
        sides.addWidget(self.list)
        sides.addLayout(self._right(), 1)
        layout.addLayout(sides, 1)
        layout.addLayout(button_row(self, self.tr("Create"), self.tr("Cancel")))
        self.list.currentRowChanged.connect(self._take_preset)
        self.list.itemDoubleClicked.connect(lambda _: self.accept())
        for field in (self.width_field, self.height_field, self.dpi_field):
            field.valueChanged.connect(lambda _: self._show_facts())
        self.turn.clicked.connect(self._swap)
        self._backgrounds.idClicked.connect(lambda _: self._show_facts())
        self.list.setCurrentRow(0)
        self.width_field.setFocus()
        self.resize(560, 400)

    def _right(self) -> Form:
        form = Form(label_width=80)
        sides = QHBoxLayout()
        sides.setSpacing(theme.XS)
        self.width_field.setAccessibleName(self.tr("Width"))
        self.height_field.setAccessibleName(self.tr("Height"))
        sides.addWidget(self.width_field, 1)
        sides.addWidget(self.turn)
        sides.addWidget(self.height_field, 1)
        form.add(self.tr("Size"), sides, self.width_field)
        form.add(self.tr("Resolution"), self.dpi_field)
        grounds = QHBoxLayout()
        grounds.setSpacing(theme.XS)
        for index, text in enumerate((self.tr("White"), self.tr("Grey"), self.tr("None"))):
            button = segment(text, group_first=index == 0)
            self._backgrounds.addButton(button, index)
            grounds.addWidget(button, 1)
        form.add(self.tr("Background"), grounds, self._backgrounds.button(0))
        self._backgrounds.button(0).setAccessibleName(self.tr("White background"))
        form.addWidget(self._sheet, form.rowCount(), 0, 1, 2)
        form.setRowStretch(form.rowCount() - 1, 1)
        form.addWidget(self._facts, form.rowCount(), 0, 1, 2)
        return form

    # -- what was chosen -----------------------------------------------------------------------

    @property
    def width_px(self) -> int:
        """Canvas width in pixels."""
        return self.width_field.value()

    @property
    def height_px(self) -> int:
        """Canvas height in pixels."""
        return self.height_field.value()

    @property
    def dpi(self) -> float:
        """Pixels an inch."""
        return float(self.dpi_field.value())

    @property
    def background(self) -> Rgb | None:
        """Colour of the sheet, or None for transparency."""
        return ((255, 255, 255), (128, 128, 128), None)[self._backgrounds.checkedId()]

    # -- inside --------------------------------------------------------------------------------

    def _take_preset(self, index: int) -> None:
        if 0 <= index < len(self._presets):
            preset = self._presets[index]
            self.width_field.setValue(preset.width)
            self.height_field.setValue(preset.height)
            self.dpi_field.setValue(preset.dpi)
            self._show_facts()

    def _swap(self) -> None:
        width, height = self.width_px, self.height_px
        self.width_field.setValue(height)
        self.height_field.setValue(width)

    def _show_facts(self) -> None:
        width, height = self.width_px, self.height_px
        self._sheet.show_sheet(width, height, self.background)
        mm = [round(side / self.dpi * MM_PER_INCH) for side in (width, height)]
        mib = width * height * 4 / 2**20
        self._facts.setText(
            self.tr("{w} × {h} mm in print. A full layer takes {m:.0f} MB of memory.").format(
                w=mm[0], h=mm[1], m=max(1.0, mib)
            )
        )


class _Sheet(QWidget):
    """The proportions of the canvas, drawn."""

    def __init__(self) -> None:
        super().__init__()
        self._size, self._background = QSize(1, 1), (255, 255, 255)
        self._clear = False
        self.setMinimumHeight(120)

    def show_sheet(self, width: int, height: int, background: Rgb | None) -> None:
        """Draw another sheet."""
        self._size, self._clear = QSize(width, height), background is None
        self._background = background or (255, 255, 255)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A sheet on the surround of the canvas."""
        tokens = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.colour("surround"))
        painter.drawRoundedRect(QRectF(self.rect()), theme.RADIUS, theme.RADIUS)
        room = self.size() - QSize(2 * theme.L, 2 * theme.L)
        size = self._size.scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
        box = QRectF(0, 0, max(2, size.width()), max(2, size.height()))
        box.moveCenter(QRectF(self.rect()).center())
        if self._clear:
            paint_checked(painter, box, QImage())
        else:
            painter.fillRect(box, QColor(*self._background))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(0, 0, 0, 60), 1))
        painter.drawRect(box)
