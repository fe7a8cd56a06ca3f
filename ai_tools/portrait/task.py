# SPDX-License-Identifier: GPL-3.0-or-later
"""What the dock's jobs work on: who is looked at, how, and where the views go on the canvas.

Imports the plugin room, jobs, core values and QtCore for translated texts.  `portrait.infer` is
imported in the jobs, so that neither the start of the program nor the dock waits for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication

from app.core.geometry import Rect
from app.core.layers import GroupLayer, Layer, PaintLayer
from app.core.tiles import TileGrid
from app.jobs import BadInput, CancelToken, Progress
from app.plugins import PaintContext, Snapshot

if TYPE_CHECKING:
    from ai_tools.portrait.finish import Frame
    from ai_tools.portrait.infer import Portrait, PortraitNet, View

LANE = "cpu"
KEPT = 8
"""Heads that a sitting remembers."""

OVERLAP = 0.7
"""Distance of two heads in a row, in sides of their views: the sides are mostly empty."""


@dataclass(frozen=True)
class Drawing:
    """A drawing that a head is read from.  Equal only to itself."""

    snapshot: Snapshot

    def __hash__(self) -> int:
        return id(self.snapshot)

    @property
    def name(self) -> str:
        """What the artist calls it."""
        layer = self.snapshot.layer
        if layer is None:
            return QCoreApplication.translate("PortraitDock", "everything visible")
        return layer.name

    @property
    def source_ids(self) -> list[str]:
        """Ids of the layers that are looked at."""
        layer = self.snapshot.layer
        return [x.id for x in self.snapshot.document.layers] if layer is None else [layer.id]


@dataclass(frozen=True)
class Person:
    """Whose head it is.

    Attributes:
        origin: a numbered person or a drawing.
        other, share: 0..1 of the way to another numbered person.
        drawn: (yaw, pitch) in degrees that the artist says it was drawn from; None: as it looks.
    """

    origin: int | Drawing
    other: int = 0
    share: float = 0.0
    drawn: tuple[int, int] | None = None


@dataclass(frozen=True)
class Look:
    """From where and in which style a head is seen.

    Attributes:
        yaw, pitch: degrees.
        style: "" for the network's first.
        preview: small and quick.
        as_drawn: from where it was drawn, instead of yaw and pitch.
    """

    yaw: float
    pitch: float
    style: str
    preview: bool = False
    as_drawn: bool = False


@dataclass(frozen=True)
class Spot:
    """Where views go.

    Attributes:
        x, y: centre on the canvas.
        side: of a view, pixels.
        row: views lie side by side within this many pixels; None: all on one spot.
        as_drawn: where the head was drawn instead, if it was.
    """

    x: float
    y: float
    side: int
    row: int | None = None
    as_drawn: bool = False


@dataclass(frozen=True, eq=False)
class Shown:
    """A finished frame for the dock.

    Attributes:
        frame: where the head lies on the canvas; None for invented people.
        drawn_from: (yaw, pitch) in degrees that it was drawn from.
        styles, classes, people: of the network.
    """

    view: View
    frame: Frame | None
    drawn_from: tuple[float, float]
    styles: tuple[str, ...]
    classes: int
    people: int


class Sitting:
    """The network and the heads that were made; belongs to the thread of the jobs' lane."""

    def __init__(self) -> None:
        self._net: PortraitNet | None = None
        self._heads: dict[Person | int | Drawing, Portrait] = {}

    @property
    def net(self) -> PortraitNet:
        """Opened on first use.

        Raises:
            WeightsError, EngineMissing: see `infer.PortraitNet`.
        """
        if self._net is None:
            from ai_tools.portrait.infer import PortraitNet

            self._net = PortraitNet()
        return self._net

    def head(self, person: Person, token: CancelToken) -> Portrait:
        """A head, made once.

        Raises:
            BadInput: nothing is drawn, or there is no such person.
            Cancelled: the token was cancelled.
        """
        found = self._heads.get(person)
        if found is None:
            found = self._origin(person.origin, token)
            if person.drawn is not None:
                found = self.net.drawn_from(found, *person.drawn)
            if person.share > 0:
                token.check()
                other = self._origin(person.other, token)
                found = self.net.interpolate(found, other, person.share)
            self._keep(person, found)
        return found

    def _origin(self, origin: int | Drawing, token: CancelToken) -> Portrait:
        found = self._heads.get(origin)
        if found is None:
            if isinstance(origin, int):
                found = self.net.from_seed(origin)
            else:
                shot = replace(origin.snapshot)  # a copy: its pixels go when the job ends
                found = self.net.from_drawing(shot.pixels, shot.mask, shot.origin, token)
        self._keep(origin, found)
        return found

    def _keep(self, key: Person | int | Drawing, head: Portrait) -> None:
        self._heads.pop(key, None)
        self._heads[key] = head
        while len(self._heads) > KEPT:
            del self._heads[next(iter(self._heads))]

    def show(
        self, person: Person, look: Look, painted: NDArray[np.uint8] | None, token: CancelToken
    ) -> Shown:
        """A frame for the dock; raises what `head` and `infer.PortraitNet.view` raise."""
        net = self.net
        token.check()
        head = self.head(person, token)
        token.check()
        yaw, pitch = (head.yaw, head.pitch) if look.as_drawn else (look.yaw, look.pitch)
        view = net.view(
            head,
            yaw,
            pitch,
            look.style or net.styles[0],
            preview=look.preview,
            painted=painted,
            token=token,
        )
        drawn_from = (head.yaw, head.pitch)
        return Shown(view, head.frame, drawn_from, net.styles, net.classes, net.people)

    def layers(
        self,
        person: Person,
        looks: Sequence[Look],
        painted: NDArray[np.uint8] | None,
        spot: Spot,
        name: str,
        token: CancelToken,
        progress: Progress,
    ) -> list[Layer]:
        """Views as layers: one paint layer, or a group with one for each look.

        Args:
            painted: labels painted over the first look.
        """
        from ai_tools.portrait import finish

        head = self.head(person, token)
        frames = _frames(spot, head.frame, len(looks))
        made: list[PaintLayer] = []
        for number, (look, frame) in enumerate(zip(looks, frames, strict=True)):
            token.check()
            text = QCoreApplication.translate("PortraitDock", "Drawing view {n} of {count}")
            progress(number / len(looks), text.format(n=number + 1, count=len(looks)))
            view = self.net.view(
                head,
                look.yaw,
                look.pitch,
                look.style or self.net.styles[0],
                side=_side(frame.side),
                painted=painted if number == 0 else None,
                token=token,
            )
            assert view.rgba is not None
            pixels, x, y = finish.place(view.rgba, frame)
            title = f"{name} {degrees(look.yaw)}" if len(looks) > 1 else name
            visible = spot.row is not None or look.yaw == 0 or len(looks) == 1
            tiles = TileGrid.from_array(pixels, x, y)
            made.append(PaintLayer(name=title, tiles=tiles, visible=visible))
        if len(made) == 1:
            return [made[0]]
        return [GroupLayer(name=name, children=tuple(made), expanded=False)]


def degrees(angle: float) -> str:
    """An angle for people: "+20°", "0°", "−20°"."""
    whole = round(angle)
    return f"{'−' if whole < 0 else '+' if whole > 0 else ''}{abs(whole)}°"


def look_at(context: PaintContext, source: str) -> Drawing:
    """The part of the picture where a face may be drawn.

    Args:
        source: "layer" for the active layer, "merged" for everything visible.  With a selection
            only what is inside of it.

    Raises:
        BadInput: there is nothing to look at.
    """
    document = context.document()
    region = document.bounds
    layer = document.active_layer if source == "layer" else None
    if isinstance(layer, PaintLayer):
        drawn = layer.tiles.tile_bounds()
        if drawn is None or region.intersect(drawn).empty:
            text = QCoreApplication.translate(
                "PortraitDock", "The layer “{layer}” has nothing drawn on it."
            )
            raise BadInput(text.format(layer=layer.name))
        region = region.intersect(drawn)
    chosen = document.selection.bounds() if document.selection is not None else None
    if chosen is not None:
        region = region.intersect(chosen)
        if region.empty:
            text = QCoreApplication.translate(
                "PortraitDock", "There is nothing drawn inside the selection."
            )
            raise BadInput(text)
    return Drawing(context.snapshot(region, source))


def middle(context: PaintContext) -> Rect:
    """Where views go that were not drawn: the selection, or the canvas."""
    document = context.document()
    chosen = document.selection.bounds() if document.selection is not None else None
    return document.bounds if chosen is None else chosen


def _frames(spot: Spot, drawn: Frame | None, count: int) -> list[Frame]:
    """The squares of `count` views."""
    from ai_tools.portrait.finish import Frame

    if spot.as_drawn and drawn is not None:
        return [drawn] * count
    if spot.row is None or count == 1:
        return [Frame(spot.x, spot.y, spot.side)] * count
    side = max(16, min(spot.side, int(spot.row / (1 + OVERLAP * (count - 1)))))
    middle = (count - 1) / 2
    return [
        Frame(spot.x + (number - middle) * OVERLAP * side, spot.y, side) for number in range(count)
    ]


def _side(side: float) -> int:
    """A size that the network's pictures are enlarged to."""
    from ai_tools.portrait.infer import MAX_SIDE

    return min(MAX_SIDE, max(16, round(side)))
