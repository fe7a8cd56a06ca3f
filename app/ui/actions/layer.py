# SPDX-License-Identifier: GPL-3.0-or-later
"""The Layer menu."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMainWindow, QWidget

from app.core.layers import GroupLayer, Layer, PaintLayer
from app.ui.actions.model import QT_TRANSLATE_NOOP, Action

if TYPE_CHECKING:
    from app.ui.studio import Studio


def _on_layer(condition: Callable[[Studio, Layer], bool]) -> Callable[[Studio], bool]:
    """A predicate that also asks for an active layer."""

    def check(studio: Studio) -> bool:
        layer = studio.active_layer
        return layer is not None and condition(studio, layer)

    return check


_any_layer = _on_layer(lambda studio, layer: True)
_unlocked = _on_layer(lambda studio, layer: not layer.locked)
_paint_layer = _on_layer(lambda studio, layer: isinstance(layer, PaintLayer))


def _position(studio: Studio, layer: Layer) -> tuple[int, int]:
    """(index among siblings, number of siblings)."""
    document = studio.document
    return document.index_of(layer.id), len(document.siblings_of(layer.id))


def _can_merge(studio: Studio, layer: Layer) -> bool:
    index, _ = _position(studio, layer)
    below = studio.document.siblings_of(layer.id)[index - 1] if index else None
    return below is not None and not layer.locked and not below.locked


def _above_something(studio: Studio, layer: Layer) -> bool:
    return _position(studio, layer)[0] > 0


def _below_something(studio: Studio, layer: Layer) -> bool:
    index, count = _position(studio, layer)
    return index + 1 < count


def _toggle(field: str, label: str) -> Callable[[Studio, QMainWindow], None]:
    """Flip a yes/no field of the active layer."""

    def run(studio: Studio, window: QMainWindow) -> None:
        layer = studio.active_layer
        if layer is not None:
            studio.set_layer(layer.id, label, None, **{field: not getattr(layer, field)})

    return run


def _is(field: str) -> Callable[[Studio], bool]:
    return _on_layer(lambda studio, layer: bool(getattr(layer, field)))


def _order(studio: Studio) -> list[Layer]:
    """Layers from top to bottom as the dock shows them, without what closed groups hide."""

    def walk(layers: tuple[Layer, ...]) -> list[Layer]:
        rows: list[Layer] = []
        for layer in reversed(layers):
            rows.append(layer)
            if isinstance(layer, GroupLayer) and layer.expanded:
                rows.extend(walk(layer.children))
        return rows

    return walk(studio.document.layers)


def _choose(step: int) -> Callable[[Studio, QMainWindow], None]:
    """Make the layer shown `step` rows further down the active one."""

    def run(studio: Studio, window: QMainWindow) -> None:
        ids = [layer.id for layer in _order(studio)]
        if not ids:
            return
        active = studio.document.active
        at = ids.index(active) + step if active in ids else 0
        studio.activate_layer(ids[max(0, min(at, len(ids) - 1))])

    return run


def _rename(studio: Studio, window: QWidget) -> None:
    from app.ui.docks.layers import LayersDock

    panel = window.findChild(LayersDock)
    if panel is not None:
        panel.rename_active()


ACTIONS = (
    Action(
        id="layer.new",
        title=QT_TRANSLATE_NOOP("Action", "New Paint Layer"),
        menu="Layer",
        run=lambda studio, window: studio.add_paint_layer(),
        shortcuts=("Ctrl+Shift+N", "Ins"),
        icon="layer-new",
        section="new",
    ),
    Action(
        id="layer.new_group",
        title=QT_TRANSLATE_NOOP("Action", "New Group"),
        menu="Layer",
        run=lambda studio, window: studio.add_group(),
        shortcuts=("Ctrl+Shift+G",),
        icon="group-new",
        section="new",
    ),
    Action(
        id="layer.duplicate",
        title=QT_TRANSLATE_NOOP("Action", "Duplicate Layer"),
        menu="Layer",
        run=lambda studio, window: studio.duplicate_layer(),
        shortcuts=("Ctrl+J",),
        icon="layer-duplicate",
        enabled=_any_layer,
        section="new",
    ),
    Action(
        id="layer.rename",
        title=QT_TRANSLATE_NOOP("Action", "Rename Layer"),
        menu="Layer",
        run=_rename,
        shortcuts=("F2",),
        icon="layer-rename",
        enabled=_any_layer,
        section="new",
    ),
    Action(
        id="layer.delete",
        title=QT_TRANSLATE_NOOP("Action", "Delete Layer"),
        menu="Layer",
        run=lambda studio, window: studio.delete_layer(),
        shortcuts=("Shift+Del",),
        icon="trash",
        enabled=_unlocked,
        section="new",
    ),
    Action(
        id="layer.merge_down",
        title=QT_TRANSLATE_NOOP("Action", "Merge Down"),
        menu="Layer",
        run=lambda studio, window: studio.merge_down(),
        shortcuts=("Ctrl+E",),
        icon="layer-merge",
        tip=QT_TRANSLATE_NOOP("Action", "Merge the layer into the one below it."),
        enabled=_on_layer(_can_merge),
        section="merge",
    ),
    Action(
        id="layer.flatten",
        title=QT_TRANSLATE_NOOP("Action", "Flatten Image"),
        menu="Layer",
        run=lambda studio, window: studio.flatten_image(),
        icon="layer-flatten",
        tip=QT_TRANSLATE_NOOP("Action", "Merge all visible layers into one; hidden ones go."),
        enabled=lambda studio: bool(studio.document.layers),
        section="merge",
    ),
    Action(
        id="layer.rasterise",
        title=QT_TRANSLATE_NOOP("Action", "Rasterise Layer"),
        menu="Layer",
        run=lambda studio, window: studio.rasterise_layer(),
        icon="layer-rasterise",
        tip=QT_TRANSLATE_NOOP("Action", "Turn a vector layer or a group into pixels."),
        enabled=_on_layer(lambda studio, layer: not isinstance(layer, PaintLayer)),
        section="merge",
    ),
    Action(
        id="layer.visible",
        title=QT_TRANSLATE_NOOP("Action", "Show Layer"),
        menu="Layer",
        run=_toggle("visible", "Layer Visibility"),
        icon="eye",
        enabled=_any_layer,
        checked=_is("visible"),
        section="state",
    ),
    Action(
        id="layer.clip",
        title=QT_TRANSLATE_NOOP("Action", "Clip to Layer Below"),
        menu="Layer",
        run=_toggle("clip", "Clip Layer"),
        shortcuts=("Ctrl+Alt+G",),
        icon="layer-clip",
        tip=QT_TRANSLATE_NOOP("Action", "Show the layer only where the one below has paint."),
        enabled=_any_layer,
        checked=_is("clip"),
        section="state",
    ),
    Action(
        id="layer.alpha_lock",
        title=QT_TRANSLATE_NOOP("Action", "Lock Transparency"),
        menu="Layer",
        run=_toggle("alpha_locked", "Lock Transparency"),
        shortcuts=("/",),
        icon="alpha-lock",
        tip=QT_TRANSLATE_NOOP("Action", "Paint only where the layer already has paint."),
        enabled=_paint_layer,
        checked=_is("alpha_locked"),
        section="state",
    ),
    Action(
        id="layer.lock",
        title=QT_TRANSLATE_NOOP("Action", "Lock Layer"),
        menu="Layer",
        run=_toggle("locked", "Lock Layer"),
        shortcuts=("Ctrl+/",),
        icon="lock",
        tip=QT_TRANSLATE_NOOP("Action", "Keep the layer from any change."),
        enabled=_any_layer,
        checked=_is("locked"),
        section="state",
    ),
    Action(
        id="layer.raise",
        title=QT_TRANSLATE_NOOP("Action", "Raise Layer"),
        menu="Layer",
        run=lambda studio, window: studio.raise_layer(),
        shortcuts=("Ctrl+]",),
        icon="layer-raise",
        enabled=_on_layer(_below_something),
        section="order",
    ),
    Action(
        id="layer.lower",
        title=QT_TRANSLATE_NOOP("Action", "Lower Layer"),
        menu="Layer",
        run=lambda studio, window: studio.lower_layer(),
        shortcuts=("Ctrl+[",),
        icon="layer-lower",
        enabled=_on_layer(_above_something),
        section="order",
    ),
    Action(
        id="layer.group",
        title=QT_TRANSLATE_NOOP("Action", "Group Layer"),
        menu="Layer",
        run=lambda studio, window: studio.group_layer(),
        shortcuts=("Ctrl+G",),
        icon="group",
        tip=QT_TRANSLATE_NOOP("Action", "Wrap the layer in a new group."),
        enabled=_any_layer,
        section="order",
    ),
    Action(
        id="layer.ungroup",
        title=QT_TRANSLATE_NOOP("Action", "Ungroup"),
        menu="Layer",
        run=lambda studio, window: studio.ungroup_layer(),
        icon="ungroup",
        enabled=_on_layer(lambda studio, layer: isinstance(layer, GroupLayer)),
        section="order",
    ),
    Action(
        id="layer.choose_above",
        title=QT_TRANSLATE_NOOP("Action", "Choose Layer Above"),
        menu="Layer",
        run=_choose(-1),
        shortcuts=("PgUp",),
        icon="chevron-up",
        enabled=_any_layer,
        section="choose",
        repeats=True,
    ),
    Action(
        id="layer.choose_below",
        title=QT_TRANSLATE_NOOP("Action", "Choose Layer Below"),
        menu="Layer",
        run=_choose(1),
        shortcuts=("PgDown",),
        icon="chevron-down",
        enabled=_any_layer,
        section="choose",
        repeats=True,
    ),
)
