# SPDX-License-Identifier: GPL-3.0-or-later
"""Hints are obeyed: what is flat is filled from them, what a network painted is moved to them.

Within each area that the lines close, every pixel has a target colour: that of the nearest hint
by the way around lines, mixed with the next nearest where both are about as far. At a hint the
target is the hint's colour itself.

A network's picture is corrected towards the targets in CIELAB. Of its own colour there stays only
the difference to its own mean around the same hint: lightness as shading, bounded; of the colour
a third, bounded too, so that no hue drifts. At the hints themselves even that difference fades to
nothing. An area without a hint keeps the network's colour. numpy, OpenCV, kernels.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ai_tools.colorize import kernels
from ai_tools.colorize.hints import Hints, Lab
from ai_tools.colorize.regions import Regions
from app.jobs import CancelToken

SHARP, SOFT = 24.0, 3.0
"""How abruptly one hint's colour turns into the next one's: flat fills, and painted pictures."""

FADE = 6.0
"""Pixels from a hint at which most of the shading is back."""

DARKER, LIGHTER = -32.0, 18.0
"""Bounds of the shading, in units of CIELAB lightness."""

OWN_HUE, MOST_HUE = 0.35, 7.0
"""Share of the network's own differences in colour that stays, and its bound in CIELAB."""

INK_COST = 60.0
"""How many pixels of way one pixel of full ink is worth."""

EDGE_COST = 0.4
"""And each unit of CIELAB by which the network's colour changes from pixel to pixel."""


@dataclass(frozen=True, eq=False)
class Targets:
    """What the hints want at each pixel.

    Attributes:
        first, second: int32 (h, w), the nearest hint colours of the same area, -1 for none.
        near: float32 (h, w), length of the way to the nearest.
        weight: float32 (h, w), 0.5..1, of the first against the second.
    """

    first: NDArray[np.int32]
    second: NDArray[np.int32]
    near: NDArray[np.float32]
    weight: NDArray[np.float32]

    @property
    def wanted(self) -> NDArray[np.bool_]:
        """(h, w): the areas that have a hint."""
        return np.asarray(self.first >= 0)

    def mixed(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """(h, w, …) of one value a hint colour, (n, …); 0 where no hint is."""
        one = values[np.maximum(self.first, 0)]
        two = values[np.where(self.second >= 0, self.second, np.maximum(self.first, 0))]
        share = self.weight[..., None]
        return np.where(self.wanted[..., None], one * share + two * (1 - share), 0)


def targets(
    regions: Regions,
    ink: NDArray[np.uint8],
    hints: Hints,
    sharpness: float,
    painted: Lab | None = None,
    token: CancelToken | None = None,
) -> Targets:
    """Find the nearest hints of every pixel within its area.

    Args:
        ink: (h, w).
        sharpness: power of the distances by which two hints share a pixel (D. Shepard, 1968).
        painted: a network's picture, whose edges count as a longer way; None for none.
        token: stops the search.

    Raises:
        Cancelled: the token was cancelled.
    """
    token = token or CancelToken()
    shape = regions.labels.shape
    hinted = hints.at >= 0
    sole, many = _rivals(regions, hints)
    first = sole[regions.labels]
    second = np.full(shape, -1, np.int32)
    near = np.asarray(
        cv2.distanceTransform((~hinted).astype(np.uint8), cv2.DIST_L2, 3)
        if hinted.any()
        else np.full(shape, kernels.FAR),
        np.float32,
    )
    weight = np.ones(shape, np.float32)
    contested = many[regions.labels]
    if contested.any():
        step = 1 + np.float32(INK_COST / 255) * ink.astype(np.float32)
        if painted is not None:
            step += np.float32(EDGE_COST) * _change(painted[..., 1:])
        stop = np.frombuffer(token.flag, np.uint8)
        away, nearest = kernels.spread(regions.labels, hints.at, step, contested, stop)
        token.check()
        ratio = away[..., 0] / np.maximum(away[..., 1], np.float32(1e-3))
        shared = 1 / (1 + np.power(ratio, np.float32(sharpness)))
        first[contested] = nearest[contested][:, 0]
        second[contested] = nearest[contested][:, 1]
        near[contested] = away[contested][:, 0]
        weight[contested] = np.where(second >= 0, shared, 1)[contested]
    return Targets(first, second, near, weight)


def _rivals(regions: Regions, hints: Hints) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """For each area the colour of its hints, -1 for none; and whether there are several."""
    hinted = hints.at >= 0
    areas, colours = regions.labels[hinted], hints.at[hinted]
    sole = np.full(regions.count + 1, -1, np.int32)
    sole[areas] = colours
    many = np.zeros(regions.count + 1, bool)
    many[areas[colours != sole[areas]]] = True
    return sole, many


def corrected(
    painted: Lab,
    regions: Regions,
    clean: NDArray[np.bool_],
    aim: Targets,
    hints: Hints,
    shading: float,
) -> Lab:
    """A network's picture, moved to the hints in the areas that have one.

    Args:
        painted: the network's picture without the lines, (h, w, 3).
        clean: (h, w), where its colour is not taken from elsewhere: the pixels that count.
        aim: from `targets`.
        shading: how much of the network's shading stays, 0 = flat .. 1 = all.

    Returns:
        (h, w, 3).
    """
    wanted = aim.wanted
    own, mean = _means(painted, regions, clean, aim)
    difference = painted - (own * aim.weight[..., None] + mean * (1 - aim.weight[..., None]))
    kept = np.float32(shading) * (1 - np.exp(aim.near / np.float32(-FADE)))
    result = aim.mixed(hints.lab)
    result[..., 0] += kept * np.clip(difference[..., 0], DARKER, LIGHTER)
    hue = np.float32(OWN_HUE) * difference[..., 1:]
    size = np.linalg.norm(hue, axis=-1, keepdims=True)
    hue *= np.minimum(1, np.float32(MOST_HUE) / np.maximum(size, np.float32(1e-6)))
    result[..., 1:] += kept[..., None] * hue
    free = flattened(painted, regions, clean, shading)
    return np.asarray(np.where(wanted[..., None], result, free), np.float32)


def flattened(painted: Lab, regions: Regions, clean: NDArray[np.bool_], shading: float) -> Lab:
    """A picture whose areas lose all but a share of their differences inside."""
    if shading >= 1:
        return painted
    labels = np.where(clean, regions.labels, 0)
    mean = _group_means(painted, labels, regions.count + 1)[regions.labels]
    return np.asarray(mean + np.float32(shading) * (painted - mean), np.float32)


def _means(
    painted: Lab, regions: Regions, clean: NDArray[np.bool_], aim: Targets
) -> tuple[Lab, Lab]:
    """The network's mean colour around a pixel's nearest hint, and around its second: (h, w, 3).

    "Around" is where that hint is the nearest, inside the same area.
    """
    colours = np.int64(max(int(aim.first.max()), int(aim.second.max())) + 1)
    first = regions.labels * colours + np.maximum(aim.first, 0)
    second = regions.labels * colours + np.where(aim.second >= 0, aim.second, aim.first)
    keys, which = np.unique(first, return_inverse=True)
    which = which.reshape(first.shape)
    table = _group_means(painted, np.where(clean, which + 1, 0), len(keys) + 1)
    place = np.minimum(np.searchsorted(keys, second), len(keys) - 1)
    place = np.where(keys[place] == second, place, which)
    return table[which + 1], table[place + 1]


def _group_means(values: Lab, group: NDArray[np.int64], count: int) -> NDArray[np.float32]:
    """Mean of (h, w, 3) in each group, (count, 3); group 0 gathers what does not count.

    A group without a pixel gets the mean of all that counts.
    """
    flat = group.ravel()
    sizes = np.bincount(flat, minlength=count)
    sums = np.stack(
        [np.bincount(flat, values[..., c].ravel(), minlength=count) for c in range(3)], axis=1
    )
    general = sums[1:].sum(axis=0) / max(1, sizes[1:].sum())
    means = np.where(sizes[:, None] > 0, sums / np.maximum(sizes, 1)[:, None], general)
    return np.asarray(means, np.float32)


def _change(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far each pixel's values lie from those to its left and above, (h, w)."""
    result = np.zeros(values.shape[:2], np.float32)
    result[:, 1:] = np.linalg.norm(values[:, 1:] - values[:, :-1], axis=-1)
    down = np.linalg.norm(values[1:] - values[:-1], axis=-1)
    np.maximum(result[1:], down, out=result[1:])
    return result
