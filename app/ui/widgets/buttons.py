# SPDX-License-Identifier: GPL-3.0-or-later
"""Buttons and small layout helpers, so that all docks keep one rhythm."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.ui import icons, theme


def icon_button(icon: str, text: str, *, checkable: bool = False, side: int = 28) -> QToolButton:
    """A square button that shows an icon; `text` is its tooltip and accessible name."""
    button = QToolButton()
    button.setIcon(icons.icon(icon))
    _shape(button, side)
    button.setToolTip(text)
    button.setAccessibleName(text)
    button.setCheckable(checkable)
    return button


def action_button(action: QAction, side: int = 28) -> QToolButton:
    """A square button for an action; it follows the action's state, text and keys."""
    button = QToolButton()
    button.setDefaultAction(action)
    _shape(button, side)
    button.setAccessibleName(action.text())
    return button


def _shape(button: QToolButton, side: int) -> None:
    button.setAutoRaise(True)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    button.setIconSize(QSize(theme.ICON, theme.ICON))
    button.setFixedSize(side, side)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click must leave the keys to the canvas


def segment(text: str, group_first: bool = False) -> QToolButton:
    """One of several buttons side by side of which one is on."""
    button = QToolButton()
    button.setText(text)
    button.setCheckable(True)
    button.setAutoExclusive(True)
    button.setChecked(group_first)
    button.setProperty("kind", "segment")
    button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def label(text: str, kind: str = "") -> QLabel:
    """A label; `kind` is a class of the stylesheet: "dim", "small", "heading" or "error"."""
    result = QLabel(text)
    if kind:
        result.setProperty("kind", kind)
    return result


def line() -> QFrame:
    """A hairline."""
    result = QFrame()
    result.setProperty("kind", "line")
    result.setFixedHeight(1)
    return result


def column(parent: QWidget | None = None, margin: int = 0, spacing: int = theme.XS) -> QVBoxLayout:
    """A vertical layout on the grid."""
    layout = QVBoxLayout(parent) if parent is not None else QVBoxLayout()
    layout.setContentsMargins(margin, margin, margin, margin)
    layout.setSpacing(spacing)
    return layout


def row(parent: QWidget | None = None, margin: int = 0, spacing: int = theme.XS) -> QHBoxLayout:
    """A horizontal layout on the grid."""
    layout = QHBoxLayout(parent) if parent is not None else QHBoxLayout()
    layout.setContentsMargins(margin, margin, margin, margin)
    layout.setSpacing(spacing)
    return layout
