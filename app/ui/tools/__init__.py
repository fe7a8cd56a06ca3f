# SPDX-License-Identifier: GPL-3.0-or-later
"""On-canvas tools: what a press, a drag and a release do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.ui.canvas.viewport import Viewport
    from app.ui.tools.base import Tool


def make_tools(view: Viewport) -> dict[str, Tool]:
    """One object of each tool for a view, by the ids of `app.ui.studio.TOOLS`."""
    from app.ui.tools import painting, selecting, viewing

    return {
        "brush": painting.BrushTool(view),
        "picker": painting.PickerTool(view),
        "fill": painting.FillTool(view),
        "select_rect": selecting.RectTool(view),
        "select_ellipse": selecting.EllipseTool(view),
        "select_lasso": selecting.LassoTool(view),
        "select_wand": selecting.WandTool(view),
        "move": selecting.MoveTool(view),
        "pan": viewing.PanTool(view),
        "rotate": viewing.RotateTool(view),
        "zoom": viewing.ZoomTool(view),
    }
