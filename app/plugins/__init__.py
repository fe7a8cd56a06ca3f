# SPDX-License-Identifier: GPL-3.0-or-later
"""All that a plugin may touch: the dock it offers and the context it is given.

Imports core and jobs; QtWidgets only for type checking, so that tests and scripts run plugins'
logic without a window.
"""

from app.plugins.context import MessageKind, PaintContext, Snapshot
from app.plugins.discovery import AI_SUFFIX, GROUP, BrokenPlugin, discover, make_dock
from app.plugins.local import LocalContext
from app.plugins.spec import DockSpec

__all__ = [
    "AI_SUFFIX",
    "GROUP",
    "BrokenPlugin",
    "DockSpec",
    "LocalContext",
    "MessageKind",
    "PaintContext",
    "Snapshot",
    "discover",
    "make_dock",
]
