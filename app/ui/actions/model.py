# SPDX-License-Identifier: GPL-3.0-or-later
"""What an action is: one row of the table that feeds menus, palette, shortcut editor and tests.

Imports QtCore and the studio's type.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow

    from app.ui.studio import Studio

MENUS = ("File", "Edit", "Layer", "Select", "View", "Tools", "AI", "Help")

RESERVED = {"G": "Suggest Strokes", "K": "Colorize", "J": "Simplify Lines", "P": "Portrait Views"}
"""Keys that no built-in action takes, because the AI docks that ship ask for them."""


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:
    """Marks a text for translation and returns it.

    PySide6's function of this name does the same but is typed to return `object`; translation
    tools go by the name.
    """
    return text


def always(studio: Studio) -> bool:
    """For actions that can always be chosen."""
    return True


@dataclass(frozen=True)
class Action:
    """One thing that the artist can do.

    Attributes:
        id: stable name, `menu.verb`; settings remember it.
        title: English text (marked for translation), Title Case, "…" when a dialog follows.
        menu: one of MENUS.
        run: does it. Gets the studio and the main window (for dialogs and docks).
        shortcuts: default keys in Qt's portable notation; the first is shown in the menu.
        icon: name in resources/icons.
        tip: one sentence for tooltip and palette; empty when the title says it all.
        enabled: whether it applies right now.
        checked: for switches, whether it is on; None for plain commands.
        section: actions of a menu with different sections are parted by a line.
        submenu: title of the submenu that holds it, "" for none.
        canvas_only: the keys act only while the canvas has the keyboard, so that Tab still
            walks through the controls of a dock.
        repeats: holding the keys down does it again and again.
    """

    id: str
    title: str
    menu: str
    run: Callable[[Studio, QMainWindow], object]
    shortcuts: tuple[str, ...] = ()
    icon: str = ""
    tip: str = ""
    enabled: Callable[[Studio], bool] = always
    checked: Callable[[Studio], bool] | None = None
    section: str = ""
    submenu: str = ""
    canvas_only: bool = False
    repeats: bool = False

    def __post_init__(self) -> None:
        if self.menu not in MENUS:
            raise ValueError(f"action {self.id!r}: there is no menu {self.menu!r}")

    @property
    def text(self) -> str:
        """The title in the artist's language."""
        return translated(self.title)

    @property
    def plain_text(self) -> str:
        """The title without the "…" that menus show."""
        return self.text.removesuffix("…")


def translated(text: str) -> str:
    """A text of the action table in the artist's language."""
    return QCoreApplication.translate("Action", text)
