# SPDX-License-Identifier: GPL-3.0-or-later
"""Centre lines of a black-and-white drawing as chains of pixels. numpy, numba and OpenCV only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

# Neighbours p2..p9 of a pixel, clockwise from the one above: bit k of its code is p(k+2).
_AROUND = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))


def _guo_hall_tables() -> NDArray[np.uint8]:
    """(2, 256): for each half-step and neighbourhood code, 0 where the pixel may go."""
    tables = np.ones((2, 256), np.uint8)
    for code in range(256):
        p2, p3, p4, p5, p6, p7, p8, p9 = (bool(code >> k & 1) for k in range(8))
        crossings = (
            (not p2 and (p3 or p4))
            + (not p4 and (p5 or p6))
            + (not p6 and (p7 or p8))
            + (not p8 and (p9 or p2))
        )
        n1 = (p9 or p2) + (p3 or p4) + (p5 or p6) + (p7 or p8)
        n2 = (p2 or p3) + (p4 or p5) + (p6 or p7) + (p8 or p9)
        if crossings != 1 or not 2 <= min(n1, n2) <= 3:
            continue
        if not ((p6 or p7 or not p9) and p8):
            tables[0, code] = 0
        if not ((p2 or p3 or not p5) and p4):
            tables[1, code] = 0
    return tables


def _branch_table() -> NDArray[np.uint8]:
    """For each neighbourhood code: how many separate lines leave the pixel."""
    table = np.zeros(256, np.uint8)
    for code in range(256):
        around = [code >> k & 1 for k in range(8)]
        runs = sum(1 for k in range(8) if around[k] and not around[k - 1])
        table[code] = runs if sum(around) > 2 else sum(around)
    return table


_TABLES = _guo_hall_tables()
_BRANCHES = _branch_table()
_WEIGHTS = np.array([[128, 1, 2], [64, 0, 4], [32, 16, 8]], np.uint8)


def _codes(skeleton: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Neighbourhood code of every pixel; beyond the picture there is nothing."""
    return cv2.filter2D(skeleton, cv2.CV_8U, _WEIGHTS, borderType=cv2.BORDER_CONSTANT)


def thin(mask: NDArray[np.uint8], check: Callable[[], None]) -> NDArray[np.uint8]:
    """Skeleton one pixel wide (Guo & Hall 1989).

    Args:
        mask: uint8 (h, w), non-zero = ink.
        check: called between the steps; may raise to stop.

    Returns:
        uint8 (h, w), 1 on the skeleton.
    """
    from ai_tools.simplify.thinning import thin_once

    height, width = mask.shape
    padded = np.zeros((height + 2, width + 2), np.uint8)
    padded[1:-1, 1:-1] = mask > 0
    check()
    flat = padded.reshape(-1)
    ink = np.flatnonzero(flat)  # where there may still be something to take away
    count = len(ink)
    while True:
        check()
        left = thin_once(flat, width + 2, ink, count, _TABLES)
        if left == count:
            return np.ascontiguousarray(padded[1:-1, 1:-1])
        count = left


@dataclass(frozen=True)
class Branches:
    """A skeleton cut at its junctions.

    Attributes:
        labels: int32 (h, w), 1..count on the branches, 0 elsewhere and at junctions.
        count: number of branches.
        junctions: uint8 (h, w), 2 where three lines or more meet, 1 on the skeleton beside that:
            the arms of a crossing touch each other there.
        ends: uint8 (h, w), 1 where a line ends in the open.
    """

    labels: NDArray[np.int32]
    count: int
    junctions: NDArray[np.uint8]
    ends: NDArray[np.uint8]


def branches(skeleton: NDArray[np.uint8]) -> Branches:
    """Cut a skeleton (uint8, 1 on the lines, as `thin` returns it) at its junctions."""
    lines = cv2.LUT(_codes(skeleton), _BRANCHES)
    meeting = ((lines > 2) & (skeleton > 0)).astype(np.uint8)
    junctions = meeting + (cv2.dilate(meeting, np.ones((3, 3), np.uint8)) & skeleton)
    ends = ((lines < 2) & (skeleton > 0)).astype(np.uint8)
    count, labels = cv2.connectedComponents(skeleton & (junctions == 0), connectivity=8)
    return Branches(labels, count - 1, junctions, ends)


@dataclass(frozen=True)
class Chain:
    """One stretch of centre line between ends or junctions.

    Attributes:
        points: int32 (n, 2) x, y, each a neighbour of the one before.
        free: (first, last): True where the chain ends in the open, not at a junction.
        closed: the last point is a neighbour of the first: a ring.
    """

    points: NDArray[np.int32]
    free: tuple[bool, bool]
    closed: bool


def trace(
    skeleton: NDArray[np.uint8],
    cut: Branches,
    wanted: NDArray[np.bool_],
    check: Callable[[], None],
) -> list[Chain]:
    """Walk along branches of a skeleton.

    Args:
        skeleton: uint8 (h, w), 1 on the lines.
        cut: its branches.
        wanted: bool (count + 1,), which labels to walk along; the first is not used.
        check: called now and then; may raise to stop.

    Returns:
        A chain (seldom more) for each wanted branch: all its pixels, and those that lead to the
        middle of the junctions at its ends.
    """
    check()
    padded = np.pad(skeleton + cut.junctions, 1)
    stride = padded.shape[1]
    flat = padded.tobytes()  # 0 paper, 1 line, 2 beside a junction, 3 junction; fast to read
    # Straight neighbours first, so that a corner is walked along its two sides.
    straight = (-stride, 1, stride, -1)
    steps = (*straight, -stride + 1, stride + 1, stride - 1, -stride - 1)
    used: set[int] = set()
    chains: list[Chain] = []

    def into_junction(path: list[int]) -> bool:
        """Lengthen a path to the middle of the junction at its last pixel, if there is one."""
        near = [path[-1] + s for s in steps if flat[path[-1] + s] > 1 and path[-1] + s not in path]
        if not near:
            return False
        path.append(max(near, key=lambda p: flat[p]))
        if flat[path[-1]] < 3:
            path += [p for p in (path[-1] + s for s in steps) if flat[p] == 3][:1]
        return True

    def add(start: int) -> None:
        path: list[int] = []
        onward: int | None = start
        while onward is not None:
            here, onward = onward, None
            used.add(here)
            path.append(here)
            for step in steps:  # a plain loop: this runs once for every pixel of the lines
                if flat[here + step] == 1 and here + step not in used:
                    onward = here + step
                    break
        ring = len(path) > 3 and path[0] - path[-1] in steps
        met_last = into_junction(path)
        path.reverse()
        met_first = into_junction(path)
        places = np.array(path[::-1])
        points = np.stack([places % stride - 1, places // stride - 1], axis=1).astype(np.int32)
        free = (not met_first, not met_last)
        chains.append(Chain(points, free, ring and all(free)))

    check()
    inner = (wanted[cut.labels] & (cut.labels > 0)).astype(np.uint8)
    check()
    tips = (cv2.LUT(_codes(inner), _BRANCHES) < 2).astype(np.uint8) & inner
    starts = [*np.flatnonzero(np.pad(tips, 1)).tolist(), *np.flatnonzero(np.pad(inner, 1)).tolist()]
    for start in starts:
        if start not in used:
            check()
            add(start)
    return chains
