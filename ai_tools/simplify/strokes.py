# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines as strokes: one Bézier path along the middle of each line, with the line's width.

Unlike outlines, such strokes can be restyled, and a line that crosses others stays one stroke.
What is too thick to be a line (a pupil, black hair) is left to outlines.  numpy and OpenCV only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ai_tools.simplify import bezier, masks
from ai_tools.simplify.centrelines import Branches, Chain, branches, thin, trace
from app.core.vector import Rgba, Subpath, VectorPath

Check = Callable[[], None]
Mask = NDArray[np.uint8]

SOLID = 3.5
"""What is thicker than this many line widths is an area, not a line."""

STRAIGHT = 0.75
"""Cosine of the turn up to which a line goes on across a junction."""


@dataclass(frozen=True)
class Lines:
    """What was found.

    Attributes:
        strokes: open or closed centre lines, with stroke colour and width, without fill.
        areas: uint8 like the mask, 1 = ink that is no line.
    """

    strokes: tuple[VectorPath, ...]
    areas: Mask


def centre_strokes(
    mask: Mask,
    width: float,
    *,
    origin: tuple[int, int],
    scale: float,
    colour: Rgba,
    tolerance: float,
    check: Check,
) -> Lines:
    """The lines of a black-and-white drawing as strokes.

    Args:
        mask: uint8 (h, w), 1 = ink.
        width: typical line width in pixels of the mask.
        origin: canvas place (x, y) of the mask's top left corner.
        scale: mask pixels to one canvas pixel.
        colour: of the strokes, straight-alpha RGBA.
        tolerance: canvas pixels by which a curve may miss the middle of its line.
        check: called now and then; may raise to stop.
    """
    core = masks.opened(mask, SOLID * width)
    check()
    areas = masks.at_least(cv2.dilate(core, masks.disc(0.5 * width)) & mask, SOLID * width**2)
    check()
    lines = mask & (1 - masks.opened(areas, 0.5 * width))
    distance = cv2.distanceTransform(lines, cv2.DIST_L2, 5)
    skeleton = thin(lines, check)
    cut = branches(skeleton)
    chains = trace(skeleton, cut, np.ones(cut.count + 1, bool), check)
    chains = [chain for chain in chains if not _is_spur(chain, distance, width)]
    paths = []
    for points, closed in joined(chains, cut, width, check):
        check()
        x, y = points.T
        thick = float(np.median(distance[y, x])) * 2 - 1  # of an odd number of pixels, exact
        smooth = _smoothed(points.astype(np.float64), max(1.0, 0.6 * width), closed)
        if closed:
            smooth = np.concatenate([smooth, smooth[:1]])
        curve = bezier.fit(_spaced(smooth), max(tolerance * scale, 0.2))
        place = (curve + 0.5) / scale + np.array(origin, np.float64)
        paths.append(
            VectorPath(
                subpaths=(Subpath(place, closed),),
                fill=None,
                stroke=colour,
                width=max(thick, 1.0) / scale,
            )
        )
    return Lines(tuple(paths), areas)


def joined(
    chains: list[Chain], cut: Branches, width: float, check: Check
) -> list[tuple[NDArray[np.int32], bool]]:
    """Chains linked across junctions where one goes straight on in another.

    Args:
        chains: of one skeleton.
        cut: the skeleton's branches.
        width: typical line width, pixels.

    Returns:
        (points int32 (n, 2), whether they close) of each line.
    """
    count, spots = cv2.connectedComponents(cut.junctions, connectivity=8)
    # Where two lines cross, thinning leaves two junctions with a short bridge: one meeting.
    meeting_of = list(range(count))

    def root(spot: int) -> int:
        while meeting_of[spot] != spot:
            spot = meeting_of[spot]
        return spot

    def spot_at(chain: Chain, side: int) -> int:
        x, y = chain.points[-side]
        return 0 if chain.free[side] or chain.closed else int(spots[y, x])

    bridges = set()
    for number, chain in enumerate(chains):
        first, last = spot_at(chain, 0), spot_at(chain, 1)
        if first and last and first != last and len(chain.points) < 1.5 * width + 2:
            bridges.add(number)
            meeting_of[root(first)] = root(last)
    meeting: dict[int, list[tuple[int, int]]] = {}
    for number, chain in enumerate(chains):
        for side in (0, 1):
            spot = 0 if number in bridges else spot_at(chain, side)
            if spot:
                meeting.setdefault(root(spot), []).append((number, side))
    check()
    link: dict[tuple[int, int], tuple[int, int]] = {}
    for ends in meeting.values():
        ways = [_way_in(chains[number].points, side, round(2.5 * width)) for number, side in ends]
        pairs = sorted((float(ways[i] @ ways[j]), i, j) for i in range(len(ends)) for j in range(i))
        for turn, i, j in pairs:  # straight on: the two ways in are opposite
            if turn <= -STRAIGHT and ends[i] not in link and ends[j] not in link:
                link[ends[i]], link[ends[j]] = ends[j], ends[i]
    used = bridges  # the lines that meet there lie over them
    lines = []
    starts = [(n, s) for n in range(len(chains)) for s in (0, 1) if (n, s) not in link]
    for start in [*starts, *((n, 0) for n in range(len(chains)))]:  # rings of links last
        if start[0] not in used:
            lines.append(_walk(chains, link, start, used))
    return lines


def _walk(
    chains: list[Chain],
    link: dict[tuple[int, int], tuple[int, int]],
    start: tuple[int, int],
    used: set[int],
) -> tuple[NDArray[np.int32], bool]:
    """From one end on and on, until nothing is linked or the line bites its tail."""
    pieces = []
    number, side = start
    while True:
        used.add(number)
        points = chains[number].points
        pieces.append(points if side == 0 else points[::-1])
        onward = link.get((number, 1 - side))
        if onward is None:
            return np.concatenate(pieces), chains[start[0]].closed and len(pieces) == 1
        if onward[0] in used:
            return np.concatenate(pieces), onward == start
        number, side = onward


def _way_in(points: NDArray[np.int32], side: int, look: int) -> NDArray[np.float64]:
    """Unit direction in which a chain runs away from one of its ends."""
    way = points if side == 0 else points[::-1]
    skip = min(look // 3, len(way) - 1)
    step = (way[min(skip + look, len(way) - 1)] - way[skip]).astype(np.float64)
    if not step.any():
        step = (way[-1] - way[0]).astype(np.float64)
    return step / max(float(np.hypot(*step)), 1e-9)


def _is_spur(chain: Chain, distance: NDArray[np.float32], width: float) -> bool:
    """True for a side branch that thinning grows out of a bump, and for a lone dot's remains."""
    if len(chain.points) < 2:
        return True
    if chain.closed or chain.free[0] == chain.free[1]:
        return False
    x, y = chain.points[0] if chain.free[1] else chain.points[-1]
    return len(chain.points) < 1.2 * float(distance[y, x]) + 0.5 * width


def _smoothed(points: NDArray[np.float64], sigma: float, closed: bool) -> NDArray[np.float64]:
    """Gaussian average along a line (n, 2); open ends stay where they are."""
    reach = min(len(points) - 1, int(np.ceil(3 * sigma)))
    if reach < 1:
        return points
    if closed:
        wide = np.concatenate([points[-reach:], points, points[:reach]])
    else:
        head = 2 * points[0] - points[reach:0:-1]
        tail = 2 * points[-1] - points[-2 : -reach - 2 : -1]
        wide = np.concatenate([head, points, tail])
    kernel = cv2.getGaussianKernel(2 * reach + 1, sigma)[:, 0]
    return np.stack([np.convolve(wide[:, k], kernel, mode="valid") for k in (0, 1)], axis=1)


def _spaced(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Every second point or so: neighbours a pixel or more apart, both ends kept."""
    steps = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    count = max(2, round(steps[-1] / 2) + 1)
    places = np.linspace(0, steps[-1], count)
    return np.stack([np.interp(places, steps, points[:, k]) for k in (0, 1)], axis=1)
