# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole action table, menu by menu."""

from app.ui.actions import edit, file, help, layer, select, tools, view
from app.ui.actions.model import Action

ACTIONS: tuple[Action, ...] = (
    *file.ACTIONS,
    *edit.ACTIONS,
    *layer.ACTIONS,
    *select.ACTIONS,
    *view.ACTIONS,
    *tools.ACTIONS,
    *help.ACTIONS,
)
