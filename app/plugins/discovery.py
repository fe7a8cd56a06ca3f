# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding installed plugins by their entry points. Imports the plugin room only.

A package offers a dock with one line in its metadata: an entry point of the group `limner.docks`
that names a `DockSpec`. Tools built on neural networks use the group `limner.docks.ai` instead;
that way they are told apart before a line of them has run, and with AI switched off none of them
is imported at all.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from app.plugins.context import PaintContext
from app.plugins.spec import DockSpec

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

log = logging.getLogger(__name__)

GROUP = "limner.docks"
AI_SUFFIX = ".ai"


@dataclass(frozen=True)
class BrokenPlugin:
    """A plugin that cannot be used, for a disabled menu line.

    Attributes:
        name: the entry point's name.
        reason: one line; the traceback is in the log.
    """

    name: str
    reason: str


def discover(group: str = GROUP, enabled_ai: bool = True) -> list[DockSpec | BrokenPlugin]:
    """Load the docks of all installed plugins.

    Args:
        group: entry point group of plain plugins; the AI tools' group is this plus ".ai".
        enabled_ai: False leaves out every AI tool, without importing those of the AI group.

    Returns:
        AI tools first, each kind sorted by entry point name, so that menus keep their order.
    """
    found: list[DockSpec | BrokenPlugin] = []
    owners: dict[str, str] = {}
    for ai in (True, False):
        if ai and not enabled_ai:
            continue
        points = set(entry_points(group=group + AI_SUFFIX if ai else group))
        for point in sorted(points, key=lambda p: (p.name, p.value)):
            item = _load(point, ai)
            if isinstance(item, DockSpec):
                if item.is_ai and not enabled_ai:
                    continue
                if item.id in owners:
                    reason = f"the plugin {owners[item.id]!r} already uses the id {item.id!r}"
                    item = BrokenPlugin(point.name, reason)
                else:
                    owners[item.id] = point.name
            found.append(item)
    return found


def make_dock(spec: DockSpec, context: PaintContext) -> QWidget | BrokenPlugin:
    """Build a dock's widget; what its maker raises becomes a `BrokenPlugin`."""
    try:
        return spec.make(context)
    except (Exception, SystemExit) as error:
        log.exception("the dock %s could not be built", spec.id)
        return BrokenPlugin(spec.id, _one_line(error))


def _load(point: EntryPoint, ai: bool) -> DockSpec | BrokenPlugin:
    try:
        spec = point.load()
    except (Exception, SystemExit) as error:
        log.exception("the plugin %s (%s) could not be loaded", point.name, point.value)
        return BrokenPlugin(point.name, _one_line(error))
    if not isinstance(spec, DockSpec):
        return BrokenPlugin(point.name, f"{point.value} is a {type(spec).__name__}, no DockSpec")
    return replace(spec, is_ai=True) if ai else spec


def _one_line(error: BaseException) -> str:
    text = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
