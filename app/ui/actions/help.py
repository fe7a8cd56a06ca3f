# SPDX-License-Identifier: GPL-3.0-or-later
"""The Help menu: find any command, see all keys, know the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMainWindow

from app.ui.actions.model import QT_TRANSLATE_NOOP, Action

if TYPE_CHECKING:
    from app.ui.studio import Studio


def _palette(studio: Studio, window: QMainWindow) -> None:
    from app.ui.palette import open_palette

    open_palette(studio, window)


def _shortcuts(studio: Studio, window: QMainWindow) -> None:
    from app.ui.dialogs.shortcuts import ShortcutsDialog

    ShortcutsDialog(studio, window).exec()


def _about(studio: Studio, window: QMainWindow) -> None:
    from app.ui.dialogs.about import AboutDialog

    AboutDialog(window).exec()


ACTIONS = (
    Action(
        id="help.palette",
        title=QT_TRANSLATE_NOOP("Action", "Find a Command…"),
        menu="Help",
        run=_palette,
        shortcuts=("Ctrl+Shift+P", "F1"),
        icon="command",
        tip=QT_TRANSLATE_NOOP("Action", "Type what you want: commands, layers and brushes."),
    ),
    Action(
        id="help.shortcuts",
        title=QT_TRANSLATE_NOOP("Action", "Keyboard Shortcuts…"),
        menu="Help",
        run=_shortcuts,
        shortcuts=("Ctrl+F1",),
        icon="keyboard",
    ),
    Action(
        id="help.about",
        title=QT_TRANSLATE_NOOP("Action", "About Limner…"),
        menu="Help",
        run=_about,
        icon="about",
        section="about",
    ),
)
