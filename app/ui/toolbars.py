# SPDX-License-Identifier: GPL-3.0-or-later
"""The tool bar at the left and the options of the brush in hand above the canvas."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolBar, QWidget

from app.ui import theme
from app.ui.actions import Actions
from app.ui.studio import Studio
from app.ui.widgets.slider import Slider

TOOL_GROUPS = (
    ("tools.brush", "tools.erase", "tools.fill", "tools.picker"),
    ("tools.select_rect", "tools.select_ellipse", "tools.select_lasso", "tools.select_wand"),
    ("tools.move",),
    ("tools.pan", "tools.rotate", "tools.zoom"),
)


class ToolBar(QToolBar):
    """All tools, in groups."""

    def __init__(self, studio: Studio, actions: Actions) -> None:
        super().__init__()
        self.setObjectName("toolbar.tools")
        self.setWindowTitle(self.tr("Tools"))
        self.setIconSize(QSize(20, 20))
        self.setMovable(False)
        self.setOrientation(Qt.Orientation.Vertical)
        self._plugin_line: QAction | None = None
        for number, group in enumerate(TOOL_GROUPS):
            if number:
                self.addSeparator()
            for action_id in group:
                self.addAction(actions.qaction(action_id))
                button = self.widgetForAction(actions.qaction(action_id))
                button.setAccessibleName(actions.action(action_id).plain_text)

    def add_plugin(self, action: QAction) -> None:
        """Put a plugin's action at the end, after a line of its own."""
        if self._plugin_line is None:
            self._plugin_line = self.addSeparator()
        self.addAction(action)
        self.widgetForAction(action).setAccessibleName(action.text())

    def remove_plugin(self, action: QAction) -> None:
        """Take a plugin's action away; the line goes with the last one."""
        self.removeAction(action)
        if self._plugin_line is not None and self.actions()[-1] is self._plugin_line:
            self.removeAction(self._plugin_line)
            self._plugin_line = None


class OptionsBar(QToolBar):
    """The brush in hand and the sliders that are wanted while painting."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.studio = studio
        self.setObjectName("toolbar.options")
        self.setWindowTitle(self.tr("Brush Options"))
        self.setMovable(False)
        self._name = QLabel()
        self._name.setFixedWidth(148)
        self._name.setAccessibleName(self.tr("Brush in hand"))
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(theme.S, theme.XS, theme.S, theme.XS)
        layout.setSpacing(theme.S)
        layout.addWidget(self._name)
        self._sliders: dict[str, Slider] = {}
        for field, label, options in (
            (
                "size",
                self.tr("Size"),
                {"low": 0.5, "high": 1000.0, "logarithmic": True, "decimals": 1, "suffix": "px"},
            ),
            ("opacity", self.tr("Opacity"), {"low": 0.0, "high": 1.0, "percent": True}),
            ("flow", self.tr("Flow"), {"low": 0.0, "high": 1.0, "percent": True}),
            ("stabiliser", self.tr("Stabiliser"), {"low": 0.0, "high": 1.0, "percent": True}),
        ):
            slider = Slider(label, **options)
            slider.setFixedWidth(176 if field == "size" else 132)
            slider.edited.connect(lambda value, f=field: self._set(f, value))
            layout.addWidget(slider)
            self._sliders[field] = slider
        layout.addStretch(1)
        self.addWidget(row)
        studio.brushChanged.connect(lambda _: self._show())
        self._show()

    def _set(self, field: str, value: float) -> None:
        changes: dict[str, Any] = {field: value}
        self.studio.set_brush(replace(self.studio.brush, **changes))

    def _show(self) -> None:
        brush = self.studio.brush
        erasing = self.studio.erase_mode and not brush.erase
        name = self.tr("{name} (erasing)").format(name=brush.name) if erasing else brush.name
        self._name.setText(name)
        for field, slider in self._sliders.items():
            slider.set_number(getattr(brush, field))
