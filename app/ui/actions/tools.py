# SPDX-License-Identifier: GPL-3.0-or-later
"""The Tools menu: what the artist holds in hand, and quick changes to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMainWindow

from app.ui.actions.model import QT_TRANSLATE_NOOP, Action

if TYPE_CHECKING:
    from app.ui.studio import Studio

OPACITY = QT_TRANSLATE_NOOP("Action", "Brush Opacity")


def _tool(
    tool: str, title: str, keys: tuple[str, ...], icon: str, section: str, tip: str
) -> Action:
    return Action(
        id=f"tools.{tool}",
        title=title,
        menu="Tools",
        run=lambda studio, window: studio.set_tool(tool),
        shortcuts=keys,
        icon=icon,
        tip=tip,
        checked=lambda studio: studio.tool == tool,
        section=section,
    )


def _set_opacity(percent: int) -> Callable[[Studio, QMainWindow], None]:
    return lambda studio, window: studio.set_brush(replace(studio.brush, opacity=percent / 100))


def _opacity(percent: int) -> Action:
    return Action(
        id=f"tools.opacity_{percent}",
        title=f"{percent} %",
        menu="Tools",
        run=_set_opacity(percent),
        shortcuts=(str(percent // 10 % 10),),
        icon="opacity",
        section="brush",
        submenu=OPACITY,
    )


ACTIONS = (
    Action(
        id="tools.brush",
        title=QT_TRANSLATE_NOOP("Action", "Brush"),
        menu="Tools",
        run=lambda studio, window: studio.take_brush(),
        shortcuts=("B",),
        icon="tool-brush",
        tip=QT_TRANSLATE_NOOP("Action", "Paint. Shift draws a straight line; hold Alt to pick."),
        checked=lambda studio: studio.tool == "brush" and not studio.erase_mode,
        section="paint",
    ),
    Action(
        id="tools.erase",
        title=QT_TRANSLATE_NOOP("Action", "Eraser"),
        menu="Tools",
        run=lambda studio, window: studio.toggle_erase(),
        shortcuts=("E",),
        icon="tool-eraser",
        tip=QT_TRANSLATE_NOOP("Action", "Make the brush in hand erase, or paint again."),
        checked=lambda studio: studio.tool == "brush" and studio.erase_mode,
        section="paint",
    ),
    _tool(
        "fill",
        QT_TRANSLATE_NOOP("Action", "Fill"),
        ("F",),
        "tool-fill",
        "paint",
        QT_TRANSLATE_NOOP("Action", "Fill an area with the colour."),
    ),
    _tool(
        "picker",
        QT_TRANSLATE_NOOP("Action", "Colour Picker"),
        ("I",),
        "tool-picker",
        "paint",
        QT_TRANSLATE_NOOP("Action", "Take a colour from the picture."),
    ),
    _tool(
        "select_rect",
        QT_TRANSLATE_NOOP("Action", "Rectangle Select"),
        ("M",),
        "tool-rect",
        "select",
        QT_TRANSLATE_NOOP("Action", "Select a rectangle. Shift adds, Alt takes away."),
    ),
    _tool(
        "select_ellipse",
        QT_TRANSLATE_NOOP("Action", "Ellipse Select"),
        ("Shift+M",),
        "tool-ellipse",
        "select",
        QT_TRANSLATE_NOOP("Action", "Select an ellipse. Shift adds, Alt takes away."),
    ),
    _tool(
        "select_lasso",
        QT_TRANSLATE_NOOP("Action", "Lasso"),
        ("L",),
        "tool-lasso",
        "select",
        QT_TRANSLATE_NOOP("Action", "Select by drawing around it. Shift adds, Alt takes away."),
    ),
    _tool(
        "select_wand",
        QT_TRANSLATE_NOOP("Action", "Magic Wand"),
        ("W",),
        "tool-wand",
        "select",
        QT_TRANSLATE_NOOP("Action", "Select an area of one colour. Shift adds, Alt takes away."),
    ),
    _tool(
        "move",
        QT_TRANSLATE_NOOP("Action", "Move"),
        ("V",),
        "tool-move",
        "select",
        QT_TRANSLATE_NOOP("Action", "Move the layer or the selected part of it."),
    ),
    _tool(
        "pan",
        QT_TRANSLATE_NOOP("Action", "Pan"),
        ("H",),
        "tool-pan",
        "look",
        QT_TRANSLATE_NOOP("Action", "Move the view; or hold Space with any tool."),
    ),
    _tool(
        "rotate",
        QT_TRANSLATE_NOOP("Action", "Rotate"),
        ("R",),
        "tool-rotate",
        "look",
        QT_TRANSLATE_NOOP("Action", "Turn the view; or hold Shift and Space with any tool."),
    ),
    _tool(
        "zoom",
        QT_TRANSLATE_NOOP("Action", "Zoom"),
        ("Z",),
        "tool-zoom",
        "look",
        QT_TRANSLATE_NOOP("Action", "Zoom the view; or hold Ctrl and Space with any tool."),
    ),
    Action(
        id="tools.smaller",
        title=QT_TRANSLATE_NOOP("Action", "Smaller Brush"),
        menu="Tools",
        run=lambda studio, window: studio.step_brush_size(up=False),
        shortcuts=("[",),
        icon="brush-smaller",
        section="brush",
        repeats=True,
    ),
    Action(
        id="tools.larger",
        title=QT_TRANSLATE_NOOP("Action", "Larger Brush"),
        menu="Tools",
        run=lambda studio, window: studio.step_brush_size(up=True),
        shortcuts=("]",),
        icon="brush-larger",
        section="brush",
        repeats=True,
    ),
    *(_opacity(percent) for percent in range(10, 101, 10)),
    Action(
        id="tools.swap_colours",
        title=QT_TRANSLATE_NOOP("Action", "Swap Colours"),
        menu="Tools",
        run=lambda studio, window: studio.swap_colours(),
        shortcuts=("X",),
        icon="swap",
        section="colour",
    ),
    Action(
        id="tools.default_colours",
        title=QT_TRANSLATE_NOOP("Action", "Black and White"),
        menu="Tools",
        run=lambda studio, window: studio.default_colours(),
        shortcuts=("D",),
        icon="colours-default",
        tip=QT_TRANSLATE_NOOP("Action", "Paint with black over white again."),
        section="colour",
    ),
)
