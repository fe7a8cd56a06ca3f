# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of a simplifier's evaluation.  Imports numpy, cv2 and train."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from train.common.run import grid
from train.metrics.lines import centre_lines, line_scores
from train.simplifier_peers import Peer

Grey = NDArray[np.uint8]

_TILE = 300
_CAPTION = 18
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_INKS = (0, 110)
"""Greys of the program's own ways and of the others in plots."""


@dataclass(frozen=True, eq=False)
class Row:
    """A rough drawing, and of a made-up one the wanted lines and the filled areas, masks (h, w)."""

    rough: Grey
    wanted: NDArray[np.bool_] | None = None
    filled: NDArray[np.bool_] | None = None


def sheet(ways: Mapping[str, Peer], rows: Sequence[Row]) -> Grey:
    """Rows of a rough, what was wanted, and what each way makes of it, grey.

    Captions name the way, its strokes and coordinate pairs, and, where it is known what was wanted,
    the Chamfer distance of centre lines outside filled areas in thousandths of the longer side.
    """
    tiles = []
    for row in rows:
        rough, wanted = row.rough, row.wanted
        tiles += [_tile(rough, "rough"), _tile(_picture(wanted, rough.shape), "wanted")]
        for name, way in ways.items():
            drawn = way(rough)
            caption = name
            if drawn.economy is not None:
                caption += f": {drawn.economy.strokes} / {drawn.economy.points}"
            if wanted is not None and row.filled is not None:
                middle, wanted_middle = centre_lines(drawn.mask), centre_lines(wanted)
                off = line_scores(middle & ~row.filled, wanted_middle & ~row.filled).chamfer
                caption += f", {1000 * off:.1f}"
            tiles.append(_tile(_picture(drawn.mask, rough.shape), caption))
    return grid(np.stack(tiles), 2 + len(ways))


def economy_plots(tables: Mapping[str, Mapping[str, Mapping[str, float]]], width: int) -> Grey:
    """Strokes, to the right, against the distance of centre lines, upwards, both logarithmic:
    a plot for each table, side by side, grey (400, width).  Lower left is best.

    Args:
        tables: by title; of a table's ways, those with strokes are drawn.
    """
    edges = [round(width * i / len(tables)) for i in range(len(tables) + 1)]
    plots = [
        _plot(table, title, right - left)
        for (title, table), left, right in zip(tables.items(), edges, edges[1:], strict=False)
    ]
    return np.concatenate(plots, axis=1)


def _plot(table: Mapping[str, Mapping[str, float]], title: str, width: int) -> Grey:
    plot = np.full((400, width), 255, np.uint8)
    left, right, top, bottom = 60, width - 60, 30, 360
    cv2.rectangle(plot, (left, top), (right, bottom), 200)
    text = f"{title}: strokes (to the right), centre_chamfer x 1000 (upwards)"
    cv2.putText(plot, text, (left, 20), _FONT, 0.45, 0, 1, cv2.LINE_AA)
    rows = {name: row for name, row in table.items() if row.get("strokes", 0) > 0}
    if not rows:
        return plot
    across = _scale([row["strokes"] for row in rows.values()], left, right)
    up = _scale([1000 * row["centre_chamfer"] for row in rows.values()], bottom, top)
    for tick in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000):
        x, y = across(tick), up(tick)
        if left <= x <= right:
            cv2.putText(plot, str(tick), (x - 8, bottom + 18), _FONT, 0.4, 90, 1, cv2.LINE_AA)
        if top <= y <= bottom:
            cv2.putText(plot, str(tick), (left - 40, y + 4), _FONT, 0.4, 90, 1, cv2.LINE_AA)
    labels: list[tuple[int, int]] = []
    for name, row in rows.items():
        ink = _INKS[not name.startswith(("learned", "classic"))]
        spot = (across(row["strokes"]), up(1000 * row["centre_chamfer"]))
        cv2.circle(plot, spot, 4, ink, -1, cv2.LINE_AA)
        y = spot[1] + 4
        while any(abs(y - other) < 11 and abs(spot[0] - x) < 190 for x, other in labels):
            y -= 3
        labels.append((spot[0], y))
        cv2.putText(plot, name, (spot[0] + 8, y), _FONT, 0.4, ink, 1, cv2.LINE_AA)
    return plot


def _scale(values: Sequence[float], first: int, last: int) -> Callable[[float], int]:
    """A logarithmic scale on which `values` lie between two pixels, with a tenth to spare."""
    logs = [math.log(max(value, 1e-3)) for value in values]
    low, high = min(logs), max(logs)
    spare = max(0.1 * (high - low), 0.1)

    def pixel(value: float) -> int:
        share = (math.log(max(value, 1e-3)) - low + spare) / (high - low + 2 * spare)
        return round(first + share * (last - first))

    return pixel


def _picture(mask: NDArray[np.bool_] | None, shape: tuple[int, ...]) -> Grey:
    """Lines in black; grey where there is no mask."""
    if mask is None:
        return np.full(shape, 160, np.uint8)
    return np.where(mask, 0, 255).astype(np.uint8)


def _tile(picture: Grey, caption: str) -> Grey:
    """Scaled to fit a square on grey, with a caption below."""
    factor = _TILE / max(picture.shape)
    shape = (max(1, round(picture.shape[1] * factor)), max(1, round(picture.shape[0] * factor)))
    tile = np.full((_TILE + _CAPTION, _TILE), 160, np.uint8)
    tile[: shape[1], : shape[0]] = cv2.resize(picture, shape, interpolation=cv2.INTER_AREA)
    tile[_TILE:] = 255
    cv2.putText(tile, caption, (3, _TILE + 13), _FONT, 0.38, 0, 1, cv2.LINE_AA)
    return tile
