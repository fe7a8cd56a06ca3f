# SPDX-License-Identifier: GPL-3.0-or-later
"""The colour dock: wheel or OKLCH sliders, hex, recent colours and a palette."""

from __future__ import annotations

import contextlib

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLineEdit, QWidget

from app.core import colour
from app.core.colour import Rgb
from app.ui import theme
from app.ui.studio import Studio
from app.ui.widgets.buttons import column, icon_button, label, row, segment
from app.ui.widgets.colour_bars import OklchSliders
from app.ui.widgets.colour_wheel import ColourWheel
from app.ui.widgets.swatches import ColourPair, SwatchGrid

PALETTE_ROWS = (
    # earths and skins; then a way around the hues, warm and cold; then greys
    "#2b1d17 #5a3a2a #8a5a3c #b98058 #d9a679 #efcfae #f7e6d4 #fff8ee",
    "#8c1c1c #c8372d #e2683a #eda33b #f3d35a #a8b84a #4f8a48 #2c6e62",
    "#2f8fa3 #3a6ea8 #34458c #54397f #8a4a8f #b8578a #d98aa0 #f0c4c8",
    "#000000 #242424 #484848 #6d6d6d #919191 #b6b6b6 #dadada #ffffff",
)
PALETTE: tuple[Rgb, ...] = tuple(
    colour.from_hex(text) for each in PALETTE_ROWS for text in each.split()
)
"""The swatches until the artist changes them."""


class ColourDock(QWidget):
    """Chooses the painting colour of a studio."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.studio = studio
        self.setProperty("kind", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.wheel = ColourWheel()
        self.sliders = OklchSliders()
        self.pair = ColourPair()
        self.hex = QLineEdit()
        self.recent = SwatchGrid(self.tr("Recent colours"), rows=1)
        self.palette_grid = SwatchGrid(self.tr("Palette"), removable=True)
        layout = column(self, margin=theme.S, spacing=theme.S)
        layout.addLayout(self._page_buttons())
        layout.addWidget(self.wheel)
        layout.addWidget(self.sliders)
        layout.addLayout(self._numbers())
        layout.addWidget(label(self.tr("Recent"), "small"))
        layout.addWidget(self.recent)
        layout.addLayout(self._palette_head())
        layout.addWidget(self.palette_grid)
        layout.addStretch()
        self._connect()
        self._show_page(studio.settings.colour_page)
        self._show_colour()
        self._show_recent()
        self._show_palette()

    # -- building ------------------------------------------------------------------------------

    def _page_buttons(self) -> QHBoxLayout:
        buttons = row()
        self._pages = QButtonGroup(self)
        for index, text in enumerate((self.tr("Wheel"), self.tr("OKLCH"))):
            button = segment(text)
            self._pages.addButton(button, index)
            buttons.addWidget(button, 1)
        self._pages.idClicked.connect(self._show_page)
        return buttons

    def _numbers(self) -> QHBoxLayout:
        numbers = row(spacing=theme.S)
        self.hex.setMaxLength(9)
        self.hex.setAccessibleName(self.tr("Colour in hex"))
        self.hex.setToolTip(self.tr("Colour in hex, such as #d04a2b"))
        self.hex.setPlaceholderText("#rrggbb")
        numbers.addWidget(self.pair)
        numbers.addWidget(self.hex, 1, Qt.AlignmentFlag.AlignVCenter)
        return numbers

    def _palette_head(self) -> QHBoxLayout:
        head = row()
        self.add_button = icon_button("plus", self.tr("Add the colour to the palette"), side=20)
        head.addWidget(label(self.tr("Palette"), "small"))
        head.addStretch()
        head.addWidget(self.add_button)
        return head

    def _connect(self) -> None:
        studio = self.studio
        for chooser in (self.wheel, self.sliders):
            chooser.edited.connect(lambda rgb: studio.set_colour(rgb))
            chooser.ended.connect(lambda rgb: studio.set_colour(rgb))
        self.pair.swapped.connect(studio.swap_colours)
        self.hex.editingFinished.connect(self._take_hex)
        for grid in (self.recent, self.palette_grid):
            grid.chosen.connect(lambda rgb: studio.set_colour(rgb))
        self.add_button.clicked.connect(self._add_to_palette)
        self.palette_grid.removed.connect(self._remove_from_palette)
        studio.colourChanged.connect(lambda _: self._show_colour())
        studio.recentColoursChanged.connect(self._show_recent)

    # -- showing -------------------------------------------------------------------------------

    def _show_page(self, page: int) -> None:
        page = 1 if page == 1 else 0
        self._pages.button(page).setChecked(True)
        self.wheel.setVisible(page == 0)
        self.sliders.setVisible(page == 1)
        self.studio.settings.colour_page = page

    def _show_colour(self) -> None:
        rgb = self.studio.colour
        self.wheel.set_rgb(rgb)
        self.sliders.set_rgb(rgb)
        self.pair.set_colours(rgb, self.studio.background_colour)
        if not self.hex.hasFocus() or not self.hex.isModified():
            self.hex.setText(colour.to_hex(rgb))

    def _show_recent(self) -> None:
        self.recent.set_colours(self.studio.recent_colours)

    def _show_palette(self) -> None:
        stored = self.studio.settings.swatches
        self.palette_grid.set_colours(PALETTE if stored is None else stored)

    # -- taking --------------------------------------------------------------------------------

    def _take_hex(self) -> None:
        """Take a typed colour; what is none gives way to the colour in use."""
        self.hex.setModified(False)
        with contextlib.suppress(ValueError):
            self.studio.set_colour(colour.from_hex(self.hex.text()))
        self.hex.setText(colour.to_hex(self.studio.colour))

    def _add_to_palette(self) -> None:
        colours = self.palette_grid.colours
        if self.studio.colour not in colours:
            self.studio.settings.swatches = [*colours, self.studio.colour]
            self._show_palette()

    def _remove_from_palette(self, index: int) -> None:
        colours = self.palette_grid.colours
        del colours[index]
        self.studio.settings.swatches = colours
        self._show_palette()
