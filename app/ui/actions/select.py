# SPDX-License-Identifier: GPL-3.0-or-later
"""The Select menu."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMainWindow

from app.ui.actions.model import QT_TRANSLATE_NOOP, Action, translated

if TYPE_CHECKING:
    from app.ui.studio import Studio

MAX_PX = 500


def _has_selection(studio: Studio) -> bool:
    return studio.document.selection is not None


def _ask_px(title: str, verb: str, default: int) -> Callable[[Studio, QMainWindow], None]:
    """Ask for a number of pixels, then call the studio's method `verb` with it."""

    def run(studio: Studio, window: QMainWindow) -> None:
        from app.ui.dialogs.number import ask_number

        label = translated(QT_TRANSLATE_NOOP("Action", "Width"))
        px = ask_number(
            window, translated(title).removesuffix("…"), label, default, 1, MAX_PX, "px"
        )
        if px is not None:
            getattr(studio, verb)(px)

    return run


FEATHER = QT_TRANSLATE_NOOP("Action", "Feather…")
GROW = QT_TRANSLATE_NOOP("Action", "Grow…")
SHRINK = QT_TRANSLATE_NOOP("Action", "Shrink…")
BORDER = QT_TRANSLATE_NOOP("Action", "Border…")

ACTIONS = (
    Action(
        id="select.all",
        title=QT_TRANSLATE_NOOP("Action", "Select All"),
        menu="Select",
        run=lambda studio, window: studio.select_all(),
        shortcuts=("Ctrl+A",),
        icon="select-all",
        section="whole",
    ),
    Action(
        id="select.none",
        title=QT_TRANSLATE_NOOP("Action", "Deselect"),
        menu="Select",
        run=lambda studio, window: studio.deselect(),
        shortcuts=("Ctrl+D", "Ctrl+Shift+A"),
        icon="select-none",
        enabled=_has_selection,
        section="whole",
    ),
    Action(
        id="select.invert",
        title=QT_TRANSLATE_NOOP("Action", "Invert Selection"),
        menu="Select",
        run=lambda studio, window: studio.invert_selection(),
        shortcuts=("Ctrl+Shift+I",),
        icon="select-invert",
        section="whole",
    ),
    Action(
        id="select.feather",
        title=FEATHER,
        menu="Select",
        run=_ask_px(FEATHER, "feather", 8),
        shortcuts=("Shift+F6",),
        icon="select-feather",
        tip=QT_TRANSLATE_NOOP("Action", "Soften the edge of the selection."),
        enabled=_has_selection,
        section="edge",
    ),
    Action(
        id="select.grow",
        title=GROW,
        menu="Select",
        run=_ask_px(GROW, "grow", 4),
        icon="select-grow",
        tip=QT_TRANSLATE_NOOP("Action", "Move the edge of the selection outwards."),
        enabled=_has_selection,
        section="edge",
    ),
    Action(
        id="select.shrink",
        title=SHRINK,
        menu="Select",
        run=_ask_px(SHRINK, "shrink", 4),
        icon="select-shrink",
        tip=QT_TRANSLATE_NOOP("Action", "Move the edge of the selection inwards."),
        enabled=_has_selection,
        section="edge",
    ),
    Action(
        id="select.border",
        title=BORDER,
        menu="Select",
        run=_ask_px(BORDER, "border", 4),
        icon="select-border",
        tip=QT_TRANSLATE_NOOP("Action", "Select a band along the edge of the selection."),
        enabled=_has_selection,
        section="edge",
    ),
)
