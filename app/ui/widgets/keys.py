# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys that a control needs for itself while it has the keyboard. Imports QtCore and QtGui only."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent


def keeps(event: QEvent, keys: Collection[Qt.Key], characters: str = "") -> bool:
    """True for a key press that would trigger a shortcut of the window but is meant for a control.

    Call it first in a widget's `event`; when it is True, return True there: the event is accepted
    and the key press itself follows. Else Delete in a list of colours would empty the layer.

    Args:
        event: any event.
        keys: keys to keep, when pressed without Ctrl, Alt or Meta.
        characters: typed characters to keep likewise.
    """
    if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
        return False
    modifiers = Qt.KeyboardModifier
    if event.modifiers() & ~(modifiers.ShiftModifier | modifiers.KeypadModifier):
        return False
    typed = bool(event.text()) and event.text() in characters
    if event.key() in keys or typed:
        event.accept()
        return True
    return False
