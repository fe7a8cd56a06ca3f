# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything the artist can do, as one table; and its binding to a window's menus and keys."""

from app.ui.actions.bindings import Actions, actions_of
from app.ui.actions.file import confirm_discard
from app.ui.actions.menus import Menus
from app.ui.actions.model import MENUS, RESERVED, Action
from app.ui.actions.table import ACTIONS

__all__ = [
    "ACTIONS",
    "MENUS",
    "RESERVED",
    "Action",
    "Actions",
    "Menus",
    "actions_of",
    "confirm_discard",
]
