# SPDX-License-Identifier: GPL-3.0-or-later
"""From the artist's strokes to the network's small integer drawings, and back.

Imports numpy and core values.

A drawing is int16 (n, 3) = dx, dy, pen lift after this point: offsets from point to point in units
of a box whose longer side is 255 for a whole drawing, beginning at the first point of the first
stroke.  A dot that comes first is a movement of 0 with the pen lifted behind it.  Simplification is
that of the Quick, Draw! data: points nearer than 2 units to the last one kept go, then those that
Ramer-Douglas-Peucker with epsilon 2 finds needless.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.selection import Selection
from app.core.strokes import Stroke

Drawing = NDArray[Any]
"""(n, 3), int16 from strokes, float32 from the network."""
Line = NDArray[np.float64]
"""Points (k, 2), k >= 1."""

BOX = 255
EPSILON = 2.0
MOST_POINTS = 100
"""The network reads this many points at most; the oldest go first."""
MOST_STROKES = 200
"""No more than this many of the latest strokes are looked at."""
NEIGHBOURHOOD = 0.6
"""Strokes that lie farther apart than this share of what is known of the drawing are not part of
it."""


@dataclass(frozen=True)
class Frame:
    """Where a drawing lies on the canvas.

    Attributes:
        x, y: canvas position of its first point.
        unit: canvas pixels per box unit, > 0.
    """

    x: float
    y: float
    unit: float

    def to_canvas(self, line: Line) -> Line:
        """Box units from the first point on -> canvas pixels."""
        return line * self.unit + (self.x, self.y)


def related(strokes: Sequence[Stroke], selection: Selection | None = None) -> tuple[Stroke, ...]:
    """The strokes that make up the drawing under way, oldest first.

    Of the latest strokes that paint, inside the selection if there is one, these are the last and
    those near it, and those near these: a canvas often has several drawings on it.
    """
    looked_at = [s for s in strokes[-MOST_STROKES:] if not s.erase and _inside(s, selection)]
    if not looked_at:
        return ()
    xy = [stroke.points[:, :2] for stroke in looked_at]
    low, high = np.array([p.min(0) for p in xy]), np.array([p.max(0) for p in xy])
    reach = np.maximum((high - low).max(1), [4 * stroke.size for stroke in looked_at])
    member = np.zeros(len(looked_at), np.bool_)
    member[-1] = True
    count = 0
    while count < member.sum():  # each round may bring in what only the last one's came near to
        count = int(member.sum())
        inner, outer = low[member].min(0), high[member].max(0)
        gap = np.maximum(np.maximum(low - outer, inner - high), 0).max(1)
        member |= gap <= NEIGHBOURHOOD * np.maximum(reach, (outer - inner).max())
    return tuple(stroke for stroke, is_one in zip(looked_at, member, strict=True) if is_one)


def _inside(stroke: Stroke, selection: Selection | None) -> bool:
    return selection is None or selected(stroke.points[:, :2], selection).mean() >= 0.5


def selected(points: NDArray[np.floating[Any]], selection: Selection) -> NDArray[np.bool_]:
    """Which canvas points (n, 2) lie on pixels that are at least half selected: (n,)."""
    from app.core.tiles import TILE

    pixels = np.floor(points).astype(np.int64)
    result = np.zeros(len(points), np.bool_)
    keys = pixels // TILE
    for key in np.unique(keys, axis=0):
        tile = selection.grid.get((int(key[0]), int(key[1])))
        if tile is not None:
            here = np.flatnonzero((keys == key).all(1))
            x, y = (pixels[here] - key * TILE).T
            result[here] = tile[y, x] >= 128
    return result


def side_of(strokes: Sequence[Stroke]) -> float:
    """Longer side of the box around the strokes in canvas pixels; never less than a few pixels or
    a few brush widths, so that a dot has a size to go on from."""
    if not strokes:
        return 1.0
    points = np.concatenate([stroke.points[:, :2] for stroke in strokes]).astype(np.float64)
    return max(float(np.ptp(points, axis=0).max()), 3 * strokes[-1].size, 8.0)


def simplified(lines: Sequence[Line], unit: float) -> tuple[Drawing, Frame]:
    """Strokes on the canvas as a drawing.

    Of too many points the oldest go, stroke by stroke, and then the oldest of the last stroke.

    Args:
        lines: canvas pixels, oldest first, at least one.
        unit: canvas pixels per box unit.
    """
    kept: list[NDArray[np.int64]] = []
    total = 0
    corner = np.concatenate(list(lines)).min(0)
    for line in reversed(lines):
        scaled = _thinned((np.asarray(line, np.float64) - corner) / unit)
        points = np.rint(douglas_peucker(scaled, EPSILON)).astype(np.int64)
        if kept and total + len(points) > MOST_POINTS:
            break
        kept.append(points[-MOST_POINTS:])
        total += len(points)
    kept.reverse()
    every = np.concatenate(kept)
    lifts = np.zeros(len(every), np.int64)
    lifts[np.cumsum([len(points) for points in kept]) - 1] = 1
    rows = np.column_stack([np.diff(every, axis=0, prepend=every[:1]), lifts])
    # The first point is where the network's pen stands already; only a dot there is worth a row.
    drawing = rows if rows[0, 2] else rows[1:]
    x, y = (corner + every[0] * unit).tolist()
    limits = np.iinfo(np.int16)
    return drawing.clip(limits.min, limits.max).astype(np.int16), Frame(x, y, unit)


def _thinned(line: Line) -> Line:
    """Without points nearer than EPSILON to the last one kept; both ends stay."""
    kept = [0]
    for i in range(1, len(line) - 1):
        if np.hypot(*(line[i] - line[kept[-1]])) >= EPSILON:
            kept.append(i)
    if len(line) > 1:
        kept.append(len(line) - 1)
    return line[kept]


def douglas_peucker(line: Line, epsilon: float) -> Line:
    """A polyline with fewer points, nowhere farther than epsilon from the given one; both ends
    stay, also where they are the same place (OpenCV's approxPolyDP drops the last one there)."""
    keep = np.zeros(len(line), np.bool_)
    keep[[0, -1]] = True
    spans = [(0, len(line) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        inner, along = line[first + 1 : last] - line[first], line[last] - line[first]
        # To the segment, not to the endless line: a stroke may double back on itself.
        share = (inner @ along / max(float(along @ along), 1e-12)).clip(0, 1)
        away = np.hypot(*(inner - share[:, None] * along).T)
        farthest = int(away.argmax())
        if away[farthest] > epsilon:
            middle = first + 1 + farthest
            keep[middle] = True
            spans += [(first, middle), (middle, last)]
    return line[keep]


def polylines(drawing: Drawing, going_on_from: Drawing | None = None) -> list[Line]:
    """The strokes of a drawing in box units from its first point on.

    Args:
        going_on_from: what was drawn before; the strokes are then those that `drawing` adds.  A
            stroke that was begun there and not ended starts at its last point.
    """
    if not len(drawing):
        return []
    start, down = np.zeros(2), True
    if going_on_from is not None and len(going_on_from):
        start = going_on_from[:, :2].astype(np.float64).sum(0)
        down = not going_on_from[-1, 2]
    path = np.concatenate([start[None], start + drawing[:, :2].astype(np.float64).cumsum(0)])
    cuts = np.flatnonzero(drawing[:, 2] > 0) + 2
    strokes = np.split(path if down else path[1:], cuts if down else cuts - 1)
    return [stroke for stroke in strokes if len(stroke)]
