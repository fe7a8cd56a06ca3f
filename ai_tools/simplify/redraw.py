# SPDX-License-Identifier: GPL-3.0-or-later
"""Fewer lines, drawn anew: drop the faint, make doubled ones one, close gaps.

Imports numpy and OpenCV only. Works on the black-and-white drawing and its centre lines. Marks
that need no change keep every pixel; only what is merged or bridged is drawn again, as discs
along a smoothed centre line.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from ai_tools.simplify.centrelines import Branches, Chain, branches, thin, trace

Mask = NDArray[np.uint8]
Check = Callable[[], None]
End = tuple[NDArray[np.float64], NDArray[np.float64], float]
"""Tip x, y of a line; unit direction out of it; its radius there."""


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
    labels = cut.labels.ravel()
    length = np.bincount(labels, minlength=cut.count + 1)
    total = np.bincount(labels, weights=evidence.ravel(), minlength=cut.count + 1)
    weak = total < least * 255 * np.maximum(length, 1)
    # A short link between two junctions belongs to the lines that it joins.
    weak &= (length >= 1.5 * width) | _open_ended(cut)
    weak[0] = False
    check()
    faint = weak[cut.labels].astype(np.uint8)
    if not faint.any():
        return mask
    check()
    kept = skeleton & (1 - faint)
    return mask & ((1 - _cells_of(faint, skeleton, mask)) | _around(kept, mask))


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
    solid = _opened(mask, 3 * width)
    check()
    doubled = _between_lines(mask, gap, width, check)
    merged = mask | doubled
    skeleton = thin(merged, check)
    if not skeleton.any():
        return merged
    distance = cv2.distanceTransform(merged, cv2.DIST_L2, 5)
    check()
    beside = cv2.dilate(doubled, _disc(gap))
    single = distance[(skeleton & (1 - solid) & (1 - beside)) > 0]
    most = max(0.6 * width, float(np.quantile(single, 1 - thinned)) if len(single) else 0.0)
    # Beside a doubled line a small thick spot is where the two touch; elsewhere it is a pupil.
    zone = beside & (1 - _at_least(solid, 30 * width * width))
    # Corners and crossings are somewhat thicker than the lines that meet there.
    zone |= ((distance > 1.3 * most) & (solid == 0)).astype(np.uint8)
    zone &= skeleton
    cut = branches(skeleton)
    wanted = np.zeros(cut.count + 1, bool)
    wanted[cut.labels[zone > 0]] = True
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
    result = merged & (1 - _cells_of(zone, skeleton, merged))
    for chain, inside, radius in redrawn:
        # A few pixels more at either end, so that the new line grows out of the old one.
        wide = cv2.dilate(inside.astype(np.uint8)[:, None], np.ones((5, 1), np.uint8))[:, 0] > 0
        smooth = _smoothed(chain.points.astype(np.float64), width, chain.closed)
        thick = _smoothed(radius[:, None].astype(np.float64), 2 * width, chain.closed)[:, 0]
        _discs(result, smooth[wide], thick[wide])
    return result


def _between_lines(mask: Mask, gap: float, width: float, check: Check) -> Mask:
    """The white strips between lines that run side by side, uint8 (h, w), 1 = such a strip."""
    strips = []
    for reach in (gap, 1.7 * gap):
        closed = _closed(mask, reach)
        check()
        # Wider than two lines and the gap between them, and not so before: hatching.
        too_wide = _opened(closed, 2.2 * width + reach)
        check()
        hatched = cv2.dilate(too_wide & (1 - _opened(mask, 2.2 * width)), _disc(width))
        strips.append(_slivers(closed & (1 - mask) & (1 - hatched), width))
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
    distance = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
    cut = branches(skeleton)
    ends = _free_ends(trace(skeleton, cut, _open_ended(cut), check), distance, width)
    if len(ends) < 2:
        return mask
    result = mask.copy()
    for (p, u, r), (q, v, s) in _pairs(ends, reach):
        length = float(np.hypot(*(q - p)))
        t = np.linspace(0, 1, max(3, int(2 * length)))[:, None]
        a, b = p + u * length / 3, q + v * length / 3
        curve = (1 - t) ** 3 * p + 3 * (1 - t) ** 2 * t * a + 3 * (1 - t) * t**2 * b + t**3 * q
        _discs(result, curve, r + (s - r) * t[:, 0])
    return result


def drop_small(mask: Mask, area: float) -> Mask:
    """Remove every connected mark of fewer than `area` pixels."""
    return mask if area <= 1 else _at_least(mask, area)


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


def _cells_of(some: Mask, skeleton: Mask, mask: Mask) -> Mask:
    """The pixels of `mask` whose nearest skeleton pixel is one of `some`."""
    _, labels = cv2.distanceTransformWithLabels(
        1 - skeleton, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    chosen = np.zeros(int(labels.max()) + 1, np.uint8)
    chosen[labels[some > 0]] = 1
    return chosen[labels] & mask


def _around(skeleton: Mask, mask: Mask) -> Mask:
    """What a skeleton stands for: each of its pixels with the ink around it, uint8 (h, w)."""
    if not skeleton.any():
        return np.zeros_like(mask)
    reach, labels = cv2.distanceTransformWithLabels(
        1 - skeleton, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    radius = np.zeros(int(labels.max()) + 1, np.float32)
    on = skeleton > 0
    radius[labels[on]] = cv2.distanceTransform(mask, cv2.DIST_L2, 5)[on]
    return (reach <= radius[labels]).astype(np.uint8)


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


def _discs(mask: Mask, centres: NDArray[np.float64], radii: NDArray[np.float64]) -> None:
    """Draw filled discs at places between pixels, in place.

    Args:
        mask: uint8 (h, w), drawn on.
        centres: (n, 2) x, y.
        radii: (n,) as a distance transform gives them: to the middle of the next paper pixel.
    """
    bits = 4
    # OpenCV fills every pixel that the circle touches: half a pixel more than its radius.
    inner = np.maximum(radii - 0.75, 0.5) * (1 << bits)
    for (x, y), r in zip(centres * (1 << bits), inner, strict=True):
        cv2.circle(mask, (round(x), round(y)), round(r), 1, cv2.FILLED, cv2.LINE_8, bits)


def _disc(diameter: float) -> NDArray[np.uint8]:
    size = max(1, round(diameter)) | 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))


def _closed(mask: Mask, diameter: float) -> Mask:
    """Morphological closing that treats the picture's surroundings as paper."""
    pad = round(diameter) + 1
    wide = cv2.copyMakeBorder(mask, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0)
    wide = cv2.morphologyEx(wide, cv2.MORPH_CLOSE, _disc(diameter))
    return wide[pad:-pad, pad:-pad]


def _opened(mask: Mask, diameter: float) -> Mask:
    return cv2.morphologyEx(mask, cv2.MORPH_OPEN, _disc(diameter))


def _slivers(mask: Mask, width: float) -> Mask:
    """The marks some four times as long as wide, and longer than a line is wide.

    What closing adds between two side-by-side lines is such a strip; what it adds where lines
    meet at an angle is a short wedge, and filling those would turn corners into webs.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    half = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
    widest = np.zeros(count, np.float32)
    np.maximum.at(widest, labels[mask > 0], half[mask > 0])
    area = stats[:, cv2.CC_STAT_AREA]
    across = 2 * widest - 0.5
    keep = ((area >= 3.5 * across**2) & (area >= 2 * width * across)).astype(np.uint8)
    keep[0] = 0
    return keep[labels]


def _at_least(mask: Mask, area: float) -> Mask:
    """The connected marks of `area` pixels or more."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    keep = (stats[:, cv2.CC_STAT_AREA] >= area).astype(np.uint8)
    keep[0] = 0
    return keep[labels]
