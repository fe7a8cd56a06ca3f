# SPDX-License-Identifier: GPL-3.0-or-later
"""What the picture so far says about each area: left alone, gone on with, or painted anew. numpy.

An area that the artist has coloured in full stays as it is; one that is coloured in part is filled
up with the colour that most of that part has. Hints come before both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ai_tools.colorize.hints import Hints, Lab, Rgb, to_lab
from ai_tools.colorize.regions import Regions

FULL, SOME = 0.95, 0.25
"""Shares of an area from which on it counts as coloured in full, and in part."""

WHITE, COLOURLESS = 97.0, 3.0
"""A colour lighter than this and with less CIELAB chroma is bare paper."""

SAME = 6.0
"""A hint whose colour is within this CIELAB distance of the picture asks for no change."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is to happen to the areas.

    Attributes:
        kept: bool (count + 1,), areas that stay as the artist coloured them.
        overruled: bool (count + 1,), areas where a hint wants another colour than is there.
        hints: the artist's hints, and the colours that fill up half-coloured areas.
    """

    kept: NDArray[np.bool_]
    overruled: NDArray[np.bool_]
    hints: Hints


def nothing_yet(regions: Regions, hints: Hints) -> Evidence:
    """For a picture without any colour so far."""
    none = np.zeros(regions.count + 1, bool)
    return Evidence(none, none, hints)


def weigh(regions: Regions, hints: Hints, rgb: Rgb, own: NDArray[np.bool_]) -> Evidence:
    """Compare the picture so far with the areas and the hints.

    Args:
        rgb: the picture, (h, w, 3).
        own: (h, w), where it shows the artist's own colour.
    """
    lab = to_lab(rgb)
    paper = (lab[..., 0] > WHITE) & (np.linalg.norm(lab[..., 1:], axis=-1) < COLOURLESS)
    coloured = own & ~paper
    share = _per_area(regions, coloured & regions.open) / np.maximum(regions.area, 1)
    hinted = hints.at >= 0
    on_areas = np.bincount(regions.labels[hinted], minlength=regions.count + 1)
    away = _distance(lab, hints)
    against = hinted & coloured & (away > SAME)
    agreed = hinted & coloured & (away <= SAME)
    overruled = _per_area(regions, against) > 0.3 * on_areas
    missed = _per_area(regions, hinted & ~coloured) > 0.3 * on_areas
    wants = (on_areas > 0) & (overruled | missed | (_per_area(regions, agreed) == 0))
    kept = (share >= FULL) & ~wants
    kept[0] = False
    some = (share >= SOME) & ~kept & (on_areas == 0)
    return Evidence(
        kept, overruled & (on_areas > 0), _filled_up(regions, hints, rgb, coloured, some)
    )


def _distance(lab: Lab, hints: Hints) -> NDArray[np.float32]:
    """CIELAB distance of the picture to the hints, (h, w); 0 where there is none."""
    result = np.zeros(hints.at.shape, np.float32)
    hinted = hints.at >= 0
    if hinted.any():
        result[hinted] = np.linalg.norm(lab[hinted] - hints.lab[hints.at[hinted]], axis=-1)
    return result


def _per_area(regions: Regions, where: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.bincount(regions.labels[where], minlength=regions.count + 1)


def _filled_up(
    regions: Regions,
    hints: Hints,
    rgb: Rgb,
    coloured: NDArray[np.bool_],
    some: NDArray[np.bool_],
) -> Hints:
    """The hints, and in the areas `some` the most frequent colour as a hint where it lies."""
    where = coloured & some[regions.labels]
    if not where.any():
        return hints
    shades = rgb[where]
    coarse = (shades >> 4).astype(np.int64)
    shade = (coarse[:, 0] << 8) | (coarse[:, 1] << 4) | coarse[:, 2]
    keys, which, sizes = np.unique(
        regions.labels[where].astype(np.int64) << 12 | shade,
        return_inverse=True,
        return_counts=True,
    )
    area = keys >> 12
    order = np.lexsort((-sizes, area))
    best = order[np.unique(area[order], return_index=True)[1]]  # the largest of each area
    index = np.full(len(keys), -1, np.int32)
    index[best] = np.arange(len(best)) + len(hints.rgb)
    at = hints.at.copy()
    at[where] = index[which]
    colours = [np.median(shades[which == k], axis=0) for k in best]
    palette = np.concatenate([hints.rgb, np.rint(np.array(colours)).astype(np.uint8)])
    return replace(hints, at=at, rgb=palette, lab=to_lab(palette[None])[0])
