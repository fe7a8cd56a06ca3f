# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys that act on suggestions, in force only while some are shown.  Imports Qt only."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QDialog,
    QDockWidget,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QToolBar,
    QWidget,
)

_TEXT = (QLineEdit, QTextEdit, QPlainTextEdit, QAbstractSpinBox)
_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
_PLAIN = Qt.KeyboardModifier.NoModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier


class GhostKeys(QObject):
    """Tab, Shift+Tab, the arrows and Esc, wherever in the window the keyboard is.

    They are menu keys or move the focus otherwise, so that only a filter in front of everything
    gets them, and only while `grab` is in force. What is typed into text fields, dialogs and
    popups stays theirs, and so do the arrows of another panel's controls.

    Args:
        home: the widget that offers the suggestions.
        one, all_of_them, turn, dismiss: what the keys do; `turn` gets +1 or -1.
    """

    def __init__(
        self,
        home: QWidget,
        one: Callable[[], object],
        all_of_them: Callable[[], object],
        turn: Callable[[int], object],
        dismiss: Callable[[], object],
    ) -> None:
        super().__init__(home)
        self._home = home
        self._grabbing = False
        self._does: dict[tuple[Qt.Key, Qt.KeyboardModifier], Callable[[], object]] = {
            (Qt.Key.Key_Tab, _PLAIN): one,
            (Qt.Key.Key_Backtab, _SHIFT): all_of_them,
            (Qt.Key.Key_Tab, _SHIFT): all_of_them,
            (Qt.Key.Key_Escape, _PLAIN): dismiss,
        }
        for key in _ARROWS:
            step = 1 if key in (Qt.Key.Key_Right, Qt.Key.Key_Down) else -1
            self._does[key, _PLAIN] = partial(turn, step)

    def grab(self, on: bool) -> None:
        """Take the keys, or give them back."""
        if on == self._grabbing:
            return
        self._grabbing = on
        application = QApplication.instance()
        if application is not None:
            if on:
                application.installEventFilter(self)
            else:
                application.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802, Qt's name
        """Qt asks a key's receiver whether it wants the key for itself (ShortcutOverride) before
        it looks at menu keys; a yes brings the key here once more, as a key press."""
        if event.type() not in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            return False
        if not self._grabbing or not isinstance(event, QKeyEvent):
            return False
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        does = self._does.get((Qt.Key(event.key()), modifiers))
        if does is None or not self._is_ours(Qt.Key(event.key())):
            return False
        event.accept()
        if event.type() == QEvent.Type.KeyPress:
            does()
        return True

    def _is_ours(self, key: Qt.Key) -> bool:
        if QApplication.activeModalWidget() or QApplication.activePopupWidget():
            return False
        focus = QApplication.focusWidget()
        if focus is None:
            return True
        if isinstance(focus, _TEXT) or isinstance(focus.window(), QDialog):
            return False
        return key not in _ARROWS or not self._is_control(focus)

    def _is_control(self, widget: QWidget) -> bool:
        """Whether a widget is one of a panel or bar, which may use the arrows itself."""
        parent: QWidget | None = widget
        while parent is not None:
            if isinstance(parent, (QDockWidget, QToolBar)) or parent is self._home:
                return True
            parent = parent.parentWidget()
        return False
