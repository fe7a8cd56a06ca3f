# SPDX-License-Identifier: GPL-3.0-or-later
"""The Edit menu: undo, clipboard, fill, preferences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMainWindow

from app.ui.actions.model import QT_TRANSLATE_NOOP, Action

if TYPE_CHECKING:
    from app.ui.studio import Studio


def preferences(studio: Studio, window: QMainWindow) -> None:
    """Open the preferences."""
    from app.ui.dialogs.preferences import PreferencesDialog

    PreferencesDialog(studio, window).exec()


def _has_layer(studio: Studio) -> bool:
    return studio.active_layer is not None


def _can_paint(studio: Studio) -> bool:
    return studio.can_paint


ACTIONS = (
    Action(
        id="edit.undo",
        title=QT_TRANSLATE_NOOP("Action", "Undo"),
        menu="Edit",
        run=lambda studio, window: studio.undo(),
        shortcuts=("Ctrl+Z",),
        icon="undo",
        enabled=lambda studio: studio.history.can_undo,
        section="undo",
        repeats=True,
    ),
    Action(
        id="edit.redo",
        title=QT_TRANSLATE_NOOP("Action", "Redo"),
        menu="Edit",
        run=lambda studio, window: studio.redo(),
        shortcuts=("Ctrl+Shift+Z", "Ctrl+Y"),
        icon="redo",
        enabled=lambda studio: studio.history.can_redo,
        section="undo",
        repeats=True,
    ),
    Action(
        id="edit.cut",
        title=QT_TRANSLATE_NOOP("Action", "Cut"),
        menu="Edit",
        run=lambda studio, window: studio.cut(),
        shortcuts=("Ctrl+X",),
        icon="cut",
        enabled=_can_paint,
        section="clipboard",
    ),
    Action(
        id="edit.copy",
        title=QT_TRANSLATE_NOOP("Action", "Copy"),
        menu="Edit",
        run=lambda studio, window: studio.copy(),
        shortcuts=("Ctrl+C",),
        icon="copy",
        enabled=_has_layer,
        section="clipboard",
    ),
    Action(
        id="edit.paste",
        title=QT_TRANSLATE_NOOP("Action", "Paste"),
        menu="Edit",
        run=lambda studio, window: studio.paste(),
        shortcuts=("Ctrl+V",),
        icon="paste",
        tip=QT_TRANSLATE_NOOP("Action", "Put the clipboard's picture on a new layer."),
        section="clipboard",
    ),
    Action(
        id="edit.clear",
        title=QT_TRANSLATE_NOOP("Action", "Clear"),
        menu="Edit",
        run=lambda studio, window: studio.clear_layer(),
        shortcuts=("Del",),
        icon="clear",
        tip=QT_TRANSLATE_NOOP("Action", "Empty the selected part of the layer, or all of it."),
        enabled=_has_layer,
        section="clipboard",
    ),
    Action(
        id="edit.fill",
        title=QT_TRANSLATE_NOOP("Action", "Fill with Colour"),
        menu="Edit",
        run=lambda studio, window: studio.fill_selection(),
        shortcuts=("Shift+Backspace",),
        icon="fill",
        tip=QT_TRANSLATE_NOOP("Action", "Fill the selection, or the whole layer."),
        enabled=_can_paint,
        section="fill",
    ),
    Action(
        id="edit.preferences",
        title=QT_TRANSLATE_NOOP("Action", "Preferences…"),
        menu="Edit",
        run=preferences,
        shortcuts=("Ctrl+,",),
        icon="preferences",
        section="preferences",
    ),
)
