# SPDX-License-Identifier: GPL-3.0-or-later
"""The brush dock: presets above, the settings of the brush in hand below."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QToolButton, QWidget

from app.core.brush import BrushSettings, PressureCurve
from app.ui import icons, theme
from app.ui.docks.brush_presets import BRUSH_ROLE, PresetModel, PresetView
from app.ui.studio import Studio
from app.ui.widgets.buttons import column, icon_button, label, line, row
from app.ui.widgets.curve import CurvePopup
from app.ui.widgets.slider import Slider


@dataclass
class _PressureButtons:
    """Switch and curve of one setting that pressure may scale."""

    switch: QToolButton
    curve: QToolButton
    last: PressureCurve  # comes back when the switch is turned on again


class BrushDock(QWidget):
    """Chooses and shapes the brush of a studio."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.studio = studio
        self.setProperty("kind", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.model = PresetModel(studio.presets)
        self.presets = PresetView(self.model)
        self.search = QLineEdit()
        self.tags = QComboBox()
        self.name = label("", "heading")
        self.eraser = icon_button("tool-eraser", self.tr("Eraser"), checkable=True, side=24)
        self.revert = icon_button("reset", self.tr("Back to the preset's settings"), side=24)
        self.sliders = self._make_sliders()
        self.pressure: dict[str, _PressureButtons] = {}
        layout = column(self, spacing=0)
        top = column(margin=theme.S, spacing=theme.XS)
        top.addLayout(self._finder())
        top.addSpacing(theme.XS)
        top.addWidget(self.presets, 1)
        layout.addLayout(top, 1)
        layout.addWidget(line())
        layout.addLayout(self._settings())
        self._connect()
        self._show(studio.brush)

    # -- building ------------------------------------------------------------------------------

    def _make_sliders(self) -> dict[str, Slider]:
        return {
            "size": Slider(self.tr("Size"), 0.5, 1000.0, logarithmic=True, decimals=1, suffix="px"),
            "opacity": Slider(self.tr("Opacity"), 0.0, 1.0, percent=True),
            "flow": Slider(self.tr("Flow"), 0.0, 1.0, percent=True),
            "hardness": Slider(self.tr("Hardness"), 0.0, 1.0, percent=True),
            "spacing": Slider(self.tr("Spacing"), 0.01, 5.0, logarithmic=True, percent=True),
            "stabiliser": Slider(self.tr("Stabiliser"), 0.0, 1.0, percent=True),
        }

    def _finder(self) -> QHBoxLayout:
        finder = row()
        self.search.setPlaceholderText(self.tr("Search"))
        self.search.setAccessibleName(self.tr("Search brushes"))
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icons.icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self.tags.setAccessibleName(self.tr("Kind of brush"))
        self.tags.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.tags.addItem(self.tr("All"), "")
        for tag in self.model.tags:
            self.tags.addItem(tag.capitalize(), tag)
        self.tags.setFixedWidth(84)
        finder.addWidget(self.search, 1)
        finder.addWidget(self.tags)
        return finder

    def _settings(self) -> QHBoxLayout:
        settings = column(margin=theme.S, spacing=theme.XS)
        head = row()
        head.addWidget(self.name, 1)
        head.addWidget(self.revert)
        head.addWidget(self.eraser)
        settings.addLayout(head)
        for field_, slider in self.sliders.items():
            if field_ in ("size", "opacity", "flow"):
                settings.addLayout(self._with_pressure(field_, slider))
            else:
                settings.addWidget(slider)
        outer = row()
        outer.addLayout(settings)
        return outer

    def _with_pressure(self, field_: str, slider: Slider) -> QHBoxLayout:
        name = slider.accessibleName()
        switch = icon_button(
            "pressure",
            self.tr("Pressure changes {setting}").format(setting=name.lower()),
            checkable=True,
            side=24,
        )
        curve = icon_button(
            "curve", self.tr("Pressure curve for {setting}").format(setting=name.lower()), side=24
        )
        buttons = _PressureButtons(switch, curve, PressureCurve())
        self.pressure[field_] = buttons
        switch.clicked.connect(lambda on: self._switch_pressure(field_, on))
        curve.clicked.connect(lambda: self.open_curve(field_))
        line_ = row()
        line_.addWidget(slider, 1)
        line_.addWidget(switch)
        line_.addWidget(curve)
        return line_

    def _connect(self) -> None:
        self.search.textChanged.connect(lambda _: self._filter())
        self.tags.currentIndexChanged.connect(lambda _: self._filter())
        self.presets.clicked.connect(self._take)
        self.presets.activated.connect(self._take)
        self.eraser.clicked.connect(lambda _: self.studio.toggle_erase())
        self.revert.clicked.connect(lambda: self.studio.select_preset(self.studio.brush.id))
        for field_, slider in self.sliders.items():
            slider.edited.connect(lambda number, f=field_: self._set(**{f: number}))
        self.studio.brushChanged.connect(self._show)

    # -- showing -------------------------------------------------------------------------------

    def _show(self, brush: BrushSettings) -> None:
        preset = next((p for p in self.studio.presets if p.id == brush.id), None)
        self.name.setText(brush.name)
        self.revert.setVisible(preset is not None and preset != brush)
        self.eraser.setChecked(self.studio.erase_mode)
        for field_, slider in self.sliders.items():
            slider.set_number(getattr(brush, field_))
        for field_, buttons in self.pressure.items():
            curve = getattr(brush, f"{field_}_pressure")
            if curve is not None:
                buttons.last = curve
            buttons.switch.setChecked(curve is not None)
            buttons.curve.setEnabled(curve is not None)
        self._mark(brush.id)

    def _mark(self, preset_id: str) -> None:
        at = self.model.row_of(preset_id)
        if at != self.presets.currentIndex().row():
            index = self.model.index(at) if at >= 0 else QModelIndex()
            self.presets.setCurrentIndex(index)
            if index.isValid():
                self.presets.scrollTo(index)

    def _filter(self) -> None:
        self.model.set_filter(self.search.text(), self.tags.currentData())
        self._mark(self.studio.brush.id)

    # -- changing ------------------------------------------------------------------------------

    def _take(self, index: QModelIndex) -> None:
        brush = index.data(BRUSH_ROLE)
        if brush is not None:
            self.studio.select_preset(brush.id)

    def _set(self, **changes: object) -> None:
        self.studio.set_brush(replace(self.studio.brush, **changes))  # type: ignore[arg-type]

    def _switch_pressure(self, field_: str, on: bool) -> None:
        self._set(**{f"{field_}_pressure": self.pressure[field_].last if on else None})

    def open_curve(self, field_: str) -> CurvePopup:
        """Show the pressure curve of "size", "opacity" or "flow" for editing."""
        buttons = self.pressure[field_]
        curve = getattr(self.studio.brush, f"{field_}_pressure") or buttons.last
        popup = CurvePopup(buttons.curve.accessibleName(), curve, self)
        popup.edited.connect(lambda new: self._set(**{f"{field_}_pressure": new}))
        popup.open_beside(buttons.curve)
        return popup
