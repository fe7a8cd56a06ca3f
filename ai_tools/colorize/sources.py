# SPDX-License-Identifier: GPL-3.0-or-later
"""Which layers Colorize Selection reads, when the artist leaves the choice to it. Core values."""

from __future__ import annotations

from ai_tools.colorize.task import is_paper, is_result, translated
from app.core.document import Document
from app.core.layers import GroupLayer, Layer, PaintLayer


def hint_layer_name() -> str:
    """Name of a new layer for hints."""
    return translated("Colour hints")


def is_hints(layer: Layer) -> bool:
    """Whether a layer is, by its name, one for hints."""
    return layer.name.startswith(hint_layer_name())


def find_hints(document: Document) -> str | None:
    """The topmost layer for hints, or None."""
    found = [layer.id for layer in document.walk() if is_hints(layer)]
    return found[-1] if found else None


def find_lines(document: Document, last: str | None, hints: str | None) -> str | None:
    """The layer with the line art, or None.

    The active layer, unless that is the one for hints or a result. Then the one that was it
    last, or the topmost that can be it.
    """
    active = document.active_layer
    if active is not None and _can_be_lines(active, document, hints):
        return active.id
    if last is not None and document.has(last):
        return last
    able = [x.id for x in document.walk() if x.visible and _can_be_lines(x, document, hints)]
    return able[-1] if able else None


def find_former(document: Document, lines: str) -> str | None:
    """The topmost visible result for these lines, which the next one is a version of, or None."""
    name = document.find(lines).name
    start = translated("Colour – {layer}").format(layer=name)
    for layer in reversed(list(document.walk())):
        number = layer.name.removeprefix(f"{start} ")
        mine = layer.name == start or (number != layer.name and number.isdigit())
        if mine and layer.visible and isinstance(layer, PaintLayer) and not layer.locked:
            return layer.id
    return None


def _can_be_lines(layer: Layer, document: Document, hints: str | None) -> bool:
    if layer.id == hints or is_hints(layer) or is_result(layer) or isinstance(layer, GroupLayer):
        return False
    return not (isinstance(layer, PaintLayer) and is_paper(layer, document.bounds))
