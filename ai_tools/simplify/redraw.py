# SPDX-License-Identifier: GPL-3.0-or-later
"""Fewer lines, drawn anew: drop the faint, make doubled ones one, close gaps.

Imports numpy and OpenCV only. Works on the black-and-white drawing and its centre lines. Marks
that need no change keep every pixel; only what is merged or bridged is drawn again, as discs
along a smoothed centre line.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ai_tools.simplify import masks
from ai_tools.simplify.centrelines import Branches, Chain, branches, thin, trace
from ai_tools.simplify.masks import Check, Mask

End = tuple[NDArray[np.float64], NDArray[np.float64], float]
"""Tip x, y of a line; unit direction out of it; its radius there."""

CRUMB = 0.08
"""How much darker than the least a mark that stands alone must be to stay, share of full ink."""


def drop_faint(
    mask: Mask, evidence: NDArray[np.uint8], least: float, width: float, check: Check
) -> Mask:
    """Remove each stretch of line whose darkness stays below `least`.

    Judged from junction to junction, so that a faint line goes even where it touches dark ones.

    Args:
        mask: uint8 (h, w), 1 = ink.
        evidence: uint8 (h, w), 0 = paper .. 255 = the drawing's full ink.
        least: 0..1, share of full ink that a stretch must have on average.
        width: typical line width, pixels.

    Returns:
        uint8 (h, w), 1 = ink.
    """
    skeleton = thin(mask, check)
    cut = branches(skeleton)
    check()
    on = skeleton > 0
    weak = _means(cut.labels[on], evidence[on], cut.count + 1) < least * 255
    # A short link between two junctions belongs to the lines that it joins.
    length = np.bincount(cut.labels[on], minlength=cut.count + 1)
    weak &= (length >= 1.5 * width) | _open_ended(cut)
    weak[0] = False
    check()
    faint = weak[cut.labels].astype(np.uint8)
    if not faint.any():
        return mask
    kept = skeleton & (1 - faint)
    gone = masks.cells_of(faint, skeleton, mask, _reach(width), check)
    result = mask & ((1 - gone) | masks.around(kept, mask, check))
    check()
    # What is left of a faint drawing is crumbs, a little darker than the rest of it was.
    count, marks = cv2.connectedComponents(result, connectivity=8)
    check()
    on = (kept & result) > 0
    stays = _means(marks[on], evidence[on], count) >= (least + CRUMB) * 255
    stays[0] = False
    return stays.astype(np.uint8)[marks]


def merge_doubled(mask: Mask, gap: float, thinned: float, width: float, check: Check) -> Mask:
    """Draw lines that run side by side closer than `gap` as one line, and bundles thinner.

    Where more than about three run side by side (hatching), they stay as they are.

    Args:
        mask: uint8 (h, w), 1 = ink.
        gap: widest white to close, pixels.
        thinned: 0..1, share of the drawing's lines, the thickest ones, that are strokes over
            strokes and become as thick as the thickest of the others; solid areas stay.
        width: typical line width, pixels.

    Returns:
        uint8 (h, w), 1 = ink.
    """
    if gap < 1:
        return mask
    solid = masks.opened(mask, 3 * width)
    check()
    doubled = _between_lines(mask, gap, width, check)
    merged = mask | doubled
    skeleton = thin(merged, check)
    if not skeleton.any():
        return merged
    distance = cv2.distanceTransform(merged, cv2.DIST_L2, 5)
    check()
    beside = cv2.dilate(doubled, masks.disc(gap))
    single = distance[(skeleton & (1 - solid) & (1 - beside)) > 0]
    most = max(0.6 * width, float(np.quantile(single, 1 - thinned)) if len(single) else 0.0)
    check()
    # Next to a doubled line, a thick spot is where the two touch; elsewhere it may be a pupil.
    line = skeleton & (1 - masks.at_least(solid, 30 * width * width))
    check()
    zone = masks.reached(beside & line, (distance > 1.1 * most).astype(np.uint8) & line)
    bundled = ((distance > 1.3 * most) & (solid == 0)).astype(np.uint8) & skeleton
    check()
    cut = branches(skeleton)
    check()
    on = skeleton > 0
    # Whole stretches, for corners and crossings are somewhat thicker than their lines, too.
    bundle = _means(cut.labels[on], bundled[on], cut.count + 1) > 0.3
    bundle[0] = False
    wanted = bundle.copy()
    wanted[cut.labels[zone > 0]] = True
    check()
    zone |= bundle[cut.labels].astype(np.uint8)
    redrawn = []
    for chain in trace(skeleton, cut, wanted, check):
        x, y = chain.points.T
        inside = zone[y, x] > 0
        if inside.any() and not _is_spur(chain, distance, width):
            redrawn.append((chain, inside, np.minimum(distance[y, x], most)))
    if not redrawn:
        return merged
    zone[:] = 0
    for chain, inside, _ in redrawn:
        x, y = chain.points[inside].T
        zone[y, x] = 1
    result = merged & (1 - masks.cells_of(zone, skeleton, merged, _reach(width), check))
    for chain, inside, radius in redrawn:
        check()
        # A few pixels more at either end, so that the new line grows out of the old one.
        wide = cv2.dilate(inside.astype(np.uint8)[:, None], np.ones((5, 1), np.uint8))[:, 0] > 0
        smooth = _smoothed(chain.points.astype(np.float64), width, chain.closed)
        thick = _smoothed(radius[:, None].astype(np.float64), 2 * width, chain.closed)[:, 0]
        masks.draw_discs(result, smooth[wide], thick[wide])
    return result


def _between_lines(mask: Mask, gap: float, width: float, check: Check) -> Mask:
    """The white strips between lines that run side by side, uint8 (h, w), 1 = such a strip."""
    strips = []
    for reach in (gap, 1.7 * gap):
        closed = masks.closed(mask, reach)
        check()
        # Wider than two lines and the gap between them, and not so before: hatching.
        too_wide = masks.opened(closed, 2.2 * width + reach)
        check()
        check()
        hatched = cv2.dilate(too_wide & (1 - masks.opened(mask, 2.2 * width)), masks.disc(width))
        check()
        strips.append(masks.slivers(closed & (1 - mask) & (1 - hatched), width))
        check()
    # Two lines that sway about the gap would be merged here and there, like beads on a string:
    # a strip that is for the most part narrow enough counts as a whole.
    narrow, wide = strips
    _, labels = cv2.connectedComponents(wide, connectivity=8)
    all_of = np.bincount(labels.ravel())
    part_of = np.bincount(labels[narrow > 0], minlength=len(all_of))
    keep = (part_of > 0.4 * all_of).astype(np.uint8)
    keep[0] = 0
    return narrow | keep[labels]


def close_gaps(mask: Mask, reach: float, width: float, check: Check) -> Mask:
    """Join line ends that point at each other, and ends that stop just short of a line.

    Args:
        mask: uint8 (h, w), 1 = ink.
        reach: longest gap to close, pixels.
        width: typical line width, pixels.

    Returns:
        uint8 (h, w), 1 = ink.
    """
    if reach < 1:
        return mask
    skeleton = thin(mask, check)
    check()
    distance = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
    check()
    cut = branches(skeleton)
    check()
    ends = _free_ends(trace(skeleton, cut, _open_ended(cut), check), distance, width)
    if len(ends) < 2:
        return mask
    result = mask.copy()
    for (p, u, r), (q, v, s) in _pairs(ends, reach):
        length = float(np.hypot(*(q - p)))
        t = np.linspace(0, 1, max(3, int(2 * length)))[:, None]
        a, b = p + u * length / 3, q + v * length / 3
        curve = (1 - t) ** 3 * p + 3 * (1 - t) ** 2 * t * a + 3 * (1 - t) * t**2 * b + t**3 * q
        masks.draw_discs(result, curve, r + (s - r) * t[:, 0])
    return result


def drop_small(mask: Mask, area: float) -> Mask:
    """Remove every connected mark of fewer than `area` pixels."""
    return mask if area <= 1 else masks.at_least(mask, area)


def _means(labels: NDArray[np.int32], values: NDArray[np.uint8], count: int) -> NDArray[np.float64]:
    """Mean value of each label 0..count-1; 0 where there is none."""
    total = np.bincount(labels, weights=values, minlength=count)
    return total / np.maximum(np.bincount(labels, minlength=count), 1)


def _reach(width: float) -> int:
    """How far from a centre line its own ink can be, unless it is a solid area."""
    return int(8 * width) + 16


def _free_ends(chains: list[Chain], distance: NDArray[np.float32], width: float) -> list[End]:
    """The open ends of all lines that are long enough to aim."""
    ends: list[End] = []
    look = max(4, round(2.5 * width))
    for chain in chains:
        if chain.closed or len(chain.points) < max(4, width) or _is_spur(chain, distance, width):
            continue
        for free, points in zip(chain.free, (chain.points, chain.points[::-1]), strict=True):
            if not free:
                continue
            tip = points[0].astype(np.float64)
            back = points[min(look, len(points) - 1)]
            way = tip - back
            x, y = points[min(3, len(points) - 1)]
            ends.append((tip, way / np.hypot(*way), float(min(distance[y, x], 0.6 * width))))
    return ends


def _pairs(ends: list[End], reach: float) -> list[tuple[End, End]]:
    """The best matching pairs of ends: near, and each pointing at the other; each end once."""
    tips = np.array([end[0] for end in ends])
    ways = np.array([end[1] for end in ends])
    order = np.argsort(tips[:, 0], kind="stable")
    sorted_x = tips[order, 0]
    scored = []
    for rank, i in enumerate(order):
        stop = np.searchsorted(sorted_x, tips[i, 0] + reach, side="right")
        near = order[rank + 1 : stop]
        link = tips[near] - tips[i]
        length = np.hypot(link[:, 0], link[:, 1])
        near, link, length = (v[(length <= reach) & (length > 0)] for v in (near, link, length))
        ahead = (link @ ways[i]) / length
        back = -(link * ways[near]).sum(axis=1) / length
        straight = np.minimum(ahead, back)
        scored += [
            (n * (2 - s), int(i), int(j))
            for n, s, j in zip(length, straight, near, strict=True)
            if s > 0.75
        ]
    taken: set[int] = set()
    pairs = []
    for _, i, j in sorted(scored):
        if i not in taken and j not in taken:
            taken |= {i, j}
            pairs.append((ends[i], ends[j]))
    return pairs


def _open_ended(cut: Branches) -> NDArray[np.bool_]:
    """Bool (count + 1,): which branches have an end in the open."""
    found = np.zeros(cut.count + 1, bool)
    found[cut.labels[cut.ends > 0]] = True
    found[0] = False
    return found


def _is_spur(chain: Chain, distance: NDArray[np.float32], width: float) -> bool:
    """True for a short side branch that thinning grows out of a bump on a thick line."""
    if chain.closed or chain.free[0] == chain.free[1]:
        return False
    x, y = chain.points[0] if chain.free[1] else chain.points[-1]
    return len(chain.points) < 1.2 * float(distance[y, x]) + 0.5 * width


def _smoothed(values: NDArray[np.float64], sigma: float, closed: bool) -> NDArray[np.float64]:
    """Gaussian average along a chain (n, k); ends stay where they are, rings stay closed."""
    n = len(values)
    pad = min(n - 1, int(np.ceil(3 * sigma)))
    if pad < 1:
        return values
    if closed:
        wide = np.concatenate([values[-pad:], values, values[:pad]])
    else:
        head = 2 * values[0] - values[pad:0:-1]
        tail = 2 * values[-1] - values[-2 : -pad - 2 : -1]
        wide = np.concatenate([head, values, tail])
    kernel = cv2.getGaussianKernel(2 * pad + 1, sigma)[:, 0]
    columns = [np.convolve(wide[:, k], kernel, mode="valid") for k in range(values.shape[1])]
    return np.stack(columns, axis=1)
