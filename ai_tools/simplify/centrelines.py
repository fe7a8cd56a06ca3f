# SPDX-License-Identifier: GPL-3.0-or-later
"""Centre lines of a black-and-white drawing as chains of pixels. numpy and OpenCV only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

# Neighbours p2..p9 of a pixel, clockwise from the one above: bit k of its code is p(k+2).
_AROUND = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))


def _guo_hall_tables() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """For each neighbourhood code and half-step: 0 where the pixel may go, 1 where it stays."""
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
    return tables[0], tables[1]


_TABLES = _guo_hall_tables()
_WEIGHTS = np.array([[128, 1, 2], [64, 0, 4], [32, 16, 8]], np.uint8)


def thin(mask: NDArray[np.uint8], check: Callable[[], None]) -> NDArray[np.uint8]:
    """Skeleton one pixel wide (Guo & Hall 1989).

    Args:
        mask: uint8 (h, w), non-zero = ink.
        check: called between the steps; may raise to stop.

    Returns:
        uint8 (h, w), 1 on the skeleton.
    """
    skeleton = (mask > 0).astype(np.uint8)
    while True:
        before = cv2.countNonZero(skeleton)
        for table in _TABLES:
            check()
            code = cv2.filter2D(skeleton, cv2.CV_8U, _WEIGHTS, borderType=cv2.BORDER_CONSTANT)
            skeleton &= cv2.LUT(code, table)
        if cv2.countNonZero(skeleton) == before:
            return skeleton


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


def trace(skeleton: NDArray[np.uint8], check: Callable[[], None]) -> list[Chain]:
    """Split a skeleton at its junctions into chains; every skeleton pixel is in at least one.

    Args:
        skeleton: uint8 (h, w), 1 on the lines, as `thin` returns it.
        check: called now and then; may raise to stop.
    """
    padded = np.pad(skeleton, 1)
    stride = padded.shape[1]
    flat = padded.ravel()
    # Straight neighbours first, so that a corner is walked along its two sides.
    straight = (-stride, 1, stride, -1)
    steps = (*straight, -stride + 1, stride + 1, stride - 1, -stride - 1)
    around: dict[int, list[int]] = {}
    for k, p in enumerate(np.flatnonzero(flat).tolist()):
        if k % 20_000 == 0:
            check()
        around[p] = [p + s for s in steps if flat[p + s]]
    junctions = {p for p, near in around.items() if _branches(p, near, steps, flat) > 2}
    used: set[int] = set()
    chains: list[Chain] = []

    def follow(start: int, first: int) -> list[int]:
        path = [start, first]
        while path[-1] not in junctions:
            used.add(path[-1])
            onward = [q for q in around[path[-1]] if q not in used and q != path[-2]]
            meeting = [q for q in onward if q in junctions]
            if not onward or (len(path) > 2 and path[0] in around[path[-1]] and not meeting):
                if path[0] in around[path[-1]] and path[0] not in junctions:
                    path.append(path[0])
                break
            path.append(meeting[0] if meeting else onward[0])
        return path

    def add(path: list[int]) -> None:
        places = np.array(path)
        closed = len(path) > 3 and path[0] == path[-1]
        points = np.stack([places % stride - 1, places // stride - 1], axis=1).astype(np.int32)
        free = (path[0] not in junctions, path[-1] not in junctions)
        chains.append(Chain(points[:-1] if closed else points, free, closed))
        if len(chains) % 256 == 0:
            check()

    for junction in junctions:
        for near in around[junction]:
            if near in junctions:
                if junction < near:
                    add([junction, near])
            elif near not in used:
                add(follow(junction, near))
    for start, near in around.items():
        if start not in used and start not in junctions and len(near) <= 1:
            used.add(start)
            add(follow(start, near[0]) if near else [start])
    for start, near in around.items():
        if start not in used and start not in junctions:
            used.add(start)
            add(follow(start, near[0]))
    return chains


def _branches(p: int, near: list[int], steps: tuple[int, ...], flat: NDArray[np.uint8]) -> int:
    """How many separate lines leave a skeleton pixel: runs of ink around it."""
    if len(near) < 3:
        return len(near)
    ring = [flat[p + steps[k]] for k in (0, 4, 1, 5, 2, 6, 3, 7)]
    return sum(1 for k in range(8) if ring[k] and not ring[k - 1])
