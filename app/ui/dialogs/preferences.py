# SPDX-License-Identifier: GPL-3.0-or-later
"""Preferences. Every change works at once and is remembered; there is nothing to confirm."""

from __future__ import annotations

from typing import get_args

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QCheckBox,
    QDialog,
    QListWidget,
    QListWidgetItem,
    QMainWindow,
    QStackedWidget,
    QWidget,
)

from app.ui import icons, theme
from app.ui.actions import actions_of
from app.ui.dialogs.base import Form, button_row
from app.ui.dialogs.shortcuts import ShortcutEditor
from app.ui.settings import MAX_UNDO_MIB, MIN_UNDO_MIB
from app.ui.studio import Studio
from app.ui.widgets.buttons import column, label, row, segment
from app.ui.widgets.curve import CurvePanel
from app.ui.widgets.pen_test import PenTest
from app.ui.widgets.slider import Slider

THEMES = get_args(theme.ThemeName)


class PreferencesDialog(QDialog):
    """Pages: General, Tablet, AI, Shortcuts."""

    def __init__(self, studio: Studio, window: QMainWindow) -> None:
        super().__init__(window)
        self.setWindowTitle(self.tr("Preferences"))
        self.studio = studio
        self.pages = QListWidget()
        self.pages.setAccessibleName(self.tr("Pages"))
        self.pages.setProperty("kind", "rows")
        self.pages.setFixedWidth(144)
        self.pages.setIconSize(QSize(theme.ICON, theme.ICON))
        self.stack = QStackedWidget()
        self._add_page("general", self.tr("General"), self._general())
        self._add_page("tablet", self.tr("Tablet"), self._tablet())
        self._add_page("ai", self.tr("AI"), self._ai())
        self.shortcuts = ShortcutEditor(actions_of(window))
        self._add_page("keyboard", self.tr("Shortcuts"), self.shortcuts)
        layout = column(self, margin=theme.L, spacing=theme.L)
        sides = row(spacing=theme.L + theme.S)
        sides.addWidget(self.pages)
        sides.addWidget(self.stack, 1)
        layout.addLayout(sides, 1)
        layout.addLayout(button_row(self, self.tr("Close"), None))
        self.pages.currentRowChanged.connect(self.stack.setCurrentIndex)
        self.pages.setCurrentRow(0)
        self.resize(680, 520)

    def _add_page(self, icon: str, title: str, page: QWidget) -> None:
        self.pages.addItem(QListWidgetItem(icons.icon(icon), title))
        self.stack.addWidget(page)

    # -- General -------------------------------------------------------------------------------

    def _general(self) -> QWidget:
        page = QWidget()
        layout = column(page, spacing=theme.S)
        form = Form()
        self.themes = QButtonGroup(page)
        choices = row()
        for index, (name, text) in enumerate(
            zip(THEMES, (self.tr("Dark"), self.tr("Light"), self.tr("Like desktop")), strict=True)
        ):
            button = segment(text, group_first=name == self.studio.settings.theme)
            self.themes.addButton(button, index)
            choices.addWidget(button, 1)
        form.add(self.tr("Theme"), choices, self.themes.button(0))
        self.themes.button(0).setAccessibleName(self.tr("Dark theme"))
        self.memory = Slider(
            self.tr("At most"), MIN_UNDO_MIB, MAX_UNDO_MIB, logarithmic=True, suffix="MB"
        )
        self.memory.set_number(self.studio.settings.undo_budget_mib)
        form.add(self.tr("Undo memory"), self.memory)
        layout.addLayout(form)
        hint = label(
            self.tr("The oldest steps are forgotten when undo needs more memory than this."),
            "small",
        )
        hint.setWordWrap(True)
        layout.addWidget(hint)
        layout.addStretch()
        self.themes.idClicked.connect(self._set_theme)
        self.memory.edited.connect(self._set_memory)
        return page

    def _set_theme(self, index: int) -> None:
        name = THEMES[index]
        self.studio.settings.theme = name
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme.apply(app, name)

    def _set_memory(self, mib: float) -> None:
        self.studio.settings.undo_budget_mib = round(mib)
        self.studio.history.byte_budget = round(mib) << 20

    # -- Tablet --------------------------------------------------------------------------------

    def _tablet(self) -> QWidget:
        page = QWidget()
        layout = column(page, spacing=theme.S)
        settings = self.studio.settings
        self.pen_pressure = QCheckBox(self.tr("Use the pen's pressure"))
        self.pen_pressure.setChecked(settings.pen_pressure)
        self.curve = CurvePanel(
            self.tr("Pressure curve"), settings.pressure_curve, with_minimum=False
        )
        self.curve.setFixedWidth(208)
        self.test = PenTest(settings.map_pressure)
        layout.addWidget(self.pen_pressure)
        sides = row(spacing=theme.L)
        left = column(spacing=theme.XS)
        left.addWidget(label(self.tr("How your hand's force becomes pressure"), "small"))
        left.addWidget(self.curve)
        left.addStretch()
        sides.addLayout(left)
        right = column(spacing=theme.XS)
        right.addWidget(label(self.tr("Try it here"), "small"))
        right.addWidget(self.test, 1)
        sides.addLayout(right, 1)
        layout.addLayout(sides, 1)
        self.curve.setEnabled(settings.pen_pressure)
        self.pen_pressure.toggled.connect(self._set_pen_pressure)
        self.curve.edited.connect(lambda curve: setattr(settings, "pressure_curve", curve))
        self.test.pressed.connect(self.curve.editor.show_live)
        return page

    def _set_pen_pressure(self, on: bool) -> None:
        self.studio.settings.pen_pressure = on
        self.curve.setEnabled(on)

    # -- AI ------------------------------------------------------------------------------------

    def _ai(self) -> QWidget:
        page = QWidget()
        layout = column(page, spacing=theme.S)
        self.ai_enabled = QCheckBox(self.tr("Use AI tools"))
        self.ai_enabled.setChecked(self.studio.settings.ai_enabled)
        layout.addWidget(self.ai_enabled)
        for text in (
            self.tr("Switched off, every AI tool, panel, menu and shortcut disappears."),
            self.tr(
                "All of it runs on this computer. Nothing is sent anywhere, and nothing you paint "
                "is used for training."
            ),
            self.tr("Results come as layers of their own, so that your strokes stay yours."),
        ):
            hint = label(text, "dim")
            hint.setWordWrap(True)
            hint.setAlignment(Qt.AlignmentFlag.AlignTop)
            layout.addWidget(hint)
        layout.addStretch()
        self.ai_enabled.toggled.connect(lambda on: setattr(self.studio.settings, "ai_enabled", on))
        return page
