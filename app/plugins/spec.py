# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plugin offers: one dock. Imports nothing at run time but the standard library."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.plugins.context import PaintContext

_ID = re.compile(r"[a-z][a-z0-9_.-]*")


@dataclass(frozen=True)
class DockSpec:
    """A dock, described before anything of it is built.

    The widget that `make` returns may have these methods; the window calls those it finds:

    * `trigger()`: the artist pressed the dock's shortcut or chose its action. The window has
      already raised the dock; do the tool's main work with the current settings.
    * `release()`: the dock is about to be destroyed (its plugin is switched off, or the program
      quits). Cancel jobs, clear the preview, unsubscribe, and ignore callbacks that still come.

    Attributes:
        id: unique among all docks, lower case; the window's layout remembers it.
        title: shown on the dock and in menus.
        make: builds the widget; called in the UI thread, at most once for each window.
        icon: name of an icon in resources/icons, or path of an SVG or PNG file; "" for none.
        shortcut: default key in Qt's notation ("J", "Ctrl+Alt+M"), which the artist can change.
        tooltip: one sentence that says what the dock is for.
        is_ai: hidden by the one switch that removes every AI control.
        describe: a few plain sentences for the plugin list: how it works, which model, which
            data, which licence.

    Raises:
        ValueError: the id or title is not usable.
        TypeError: `make` cannot be called.
    """

    id: str
    title: str
    make: Callable[[PaintContext], QWidget]
    icon: str = ""
    shortcut: str = ""
    tooltip: str = ""
    is_ai: bool = False
    describe: str = ""

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError(f"dock id {self.id!r} is not of the form a-z, 0-9, '_', '.', '-'")
        if not self.title.strip():
            raise ValueError(f"dock {self.id!r} has no title")
        if not callable(self.make):
            raise TypeError(f"dock {self.id!r}: make is a {type(self.make).__name__}")
