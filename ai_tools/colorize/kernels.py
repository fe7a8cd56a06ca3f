# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiled loops over pixels: basins, floods and distances. Imports numpy and numba.

Import it in jobs only: compiling, or loading what was compiled, takes a moment. `compile_all`
does it ahead of use.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

FAR = np.float32(1e9)
"""A distance that no path has."""


@njit(cache=True, nogil=True)
def _root(parent: Ints, p: int) -> int:
    """The top of a pixel's tree; shortens the way there."""
    while parent[p] != p:
        parent[p] = parent[parent[p]]
        p = parent[p]
    return p


@njit(cache=True, nogil=True)
def basins(order: Ints, distance: Floats, width: int, half_gap: float, ratio: float) -> Ints:
    """Split open ground at its narrow places.

    Pixels come in by falling distance to the nearest line, so that every area grows from its
    middle. Where two areas meet, the distance is half the width of the opening between them.
    They are one if that opening is wider than the gaps to close, or hardly narrower than the
    slimmer of the two.

    Args:
        order: indices of the open pixels, farthest from the lines first.
        distance: pixels to the nearest line, flat.
        width: of the picture.
        half_gap: half the widest opening that counts as closed, pixels.
        ratio: an area is its own if it is this many times as wide as the opening, and a pixel.

    Returns:
        Flat; the index of one pixel of the same area for each open pixel, -1 elsewhere.
    """
    count = distance.size
    parent = np.full(count, -1, np.int32)
    widest = np.zeros(count, np.float32)
    around = np.empty(4, np.int64)
    for i in range(order.size):
        p = order[i]
        x = p % width
        around[0] = p - width
        around[1] = p + width
        around[2] = p - 1 if x > 0 else -1
        around[3] = p + 1 if x + 1 < width else -1
        mine = -1
        for k in range(4):
            q = around[k]
            if q < 0 or q >= count or parent[q] < 0:
                continue
            other = _root(parent, q)
            if mine < 0:
                mine = other
            elif other != mine:
                slim = min(widest[mine], widest[other])
                if distance[p] > half_gap or slim < ratio * distance[p] + 1:
                    if widest[other] > widest[mine]:
                        mine, other = other, mine
                    parent[other] = mine
        if mine < 0:
            parent[p] = p
            widest[p] = distance[p]
        else:
            parent[p] = mine
    for p in range(count):
        if parent[p] >= 0:
            parent[p] = _root(parent, p)
    return parent


@njit(cache=True, nogil=True)
def extend(labels: Ints, cost: Bytes) -> None:
    """Give every pixel labelled 0 the label that reaches it first, cheapest pixels first.

    Labels grow from all sides into the lines and meet on their darkest ridge, or halfway where a
    line is evenly dark. Pixels stay 0 only where there is no label at all. (F. Meyer's flooding,
    "Topographic distance and watershed lines", 1994.)

    Args:
        labels: (h, w), changed in place.
        cost: (h, w), the coverage by ink.
    """
    height, width = labels.shape
    count = height * width
    flat = labels.reshape(-1)
    price = cost.reshape(-1)
    follower = np.full(count, -1, np.int32)
    head = np.full(256, -1, np.int32)
    tail = np.full(256, -1, np.int32)
    for p in range(count):
        if flat[p] != 0:
            continue
        x = p % width
        if (
            (p >= width and flat[p - width] > 0)
            or (p + width < count and flat[p + width] > 0)
            or (x > 0 and flat[p - 1] > 0)
            or (x + 1 < width and flat[p + 1] > 0)
        ):
            level = price[p]
            if head[level] < 0:
                head[level] = p
            else:
                follower[tail[level]] = p
            tail[level] = p
            flat[p] = -1  # in line, label not known yet
    around = np.empty(4, np.int64)
    level = 0
    while level < 256:
        p = head[level]
        if p < 0:
            level += 1
            continue
        head[level] = follower[p]
        follower[p] = -1
        x = p % width
        around[0] = p - width
        around[1] = p + width
        around[2] = p - 1 if x > 0 else -1
        around[3] = p + 1 if x + 1 < width else -1
        lowest = 256
        for k in range(4):
            q = around[k]
            if 0 <= q < count and flat[q] > 0 and price[q] < lowest:
                lowest = price[q]
                flat[p] = flat[q]
        for k in range(4):
            q = around[k]
            if 0 <= q < count and flat[q] == 0:
                flat[q] = -1
                at = max(level, int(price[q]))
                if head[at] < 0:
                    head[at] = q
                else:
                    follower[tail[at]] = q
                tail[at] = q


FINE = 16
"""Distances are counted in this part of a pixel."""

DEAREST = 120.0
"""No step costs more than this many pixels."""

_RING = 4096  # more than the dearest diagonal step: FINE * DEAREST * sqrt(2)


@njit(cache=True, nogil=True)
def _offer(d: int, source: int, p: int, away: Ints, nearest: Ints) -> bool:
    """Keep the two nearest different sources of a pixel; True when that changed something."""
    if d >= away[p, 1]:
        return False
    if source == nearest[p, 0]:
        if d >= away[p, 0]:
            return False
        away[p, 0] = d
    elif d < away[p, 0]:
        away[p, 1], nearest[p, 1] = away[p, 0], nearest[p, 0]
        away[p, 0], nearest[p, 0] = d, source
    else:
        away[p, 1], nearest[p, 1] = d, source
    return True


@njit(cache=True, nogil=True)
def spread(
    labels: Ints, sources: Ints, step: Floats, contested: NDArray[np.bool_], stop: Bytes
) -> tuple[Floats, Ints]:
    """Each pixel's two nearest sources within its own area, and how far they are.

    Dijkstra's shortest paths from all sources at once, with a ring of buckets for a queue
    (R. Dial, 1969); a diagonal step is a square root of two long.

    Args:
        labels: (h, w) areas, which no path leaves.
        sources: (h, w) index of the source that lies at a pixel, -1 for none.
        step: (h, w) what a step onto a pixel costs, 1..`DEAREST`.
        contested: (h, w), where to look; elsewhere only what `sources` says is known.
        stop: one byte that another thread may set, to have this return early with half results.

    Returns:
        Distances and sources, (h, w, 2) each: of the nearest and of the next one; `FAR` and -1
        where the area has no such source.
    """
    height, width = labels.shape
    count = height * width
    never = np.int32(2**31 - 1)
    away = np.full((count, 2), never, np.int32)
    nearest = np.full((count, 2), -1, np.int32)
    area, at = labels.reshape(-1), sources.reshape(-1)
    price, look = step.reshape(-1), contested.reshape(-1)
    room = 1024  # entries of the queue: (pixel, source), those of a bucket in a chain
    pixel, source = np.empty(room, np.int32), np.empty(room, np.int32)
    follower = np.arange(1, room + 1).astype(np.int32)
    follower[room - 1] = -1
    free = 0
    head = np.full(_RING, -1, np.int32)
    waiting = 0
    start = 0  # sources still to be put in
    root = np.sqrt(2.0)
    for p in range(count):
        if at[p] >= 0:
            away[p, 0], nearest[p, 0] = 0, at[p]
    d = 0
    round_ = 0
    while True:
        round_ += 1
        if round_ % 4096 == 0 and stop[0]:
            break
        if d == 0 and start < count:  # the sources come in one by one: they need no room at once
            p = start
            start += 1
            if at[p] < 0 or not look[p]:
                continue
            kind = at[p]
        else:
            if waiting == 0:
                break
            while head[d % _RING] < 0:
                d += 1
            entry = head[d % _RING]
            head[d % _RING] = follower[entry]
            follower[entry] = free
            free = entry
            waiting -= 1
            p, kind = pixel[entry], source[entry]
            if not (
                (away[p, 0] == d and nearest[p, 0] == kind)
                or (away[p, 1] == d and nearest[p, 1] == kind)
            ):
                continue  # a shorter way was found since
        y, x = p // width, p % width
        for k in range(9):
            qy, qx = y + k // 3 - 1, x + k % 3 - 1
            if k == 4 or qy < 0 or qy >= height or qx < 0 or qx >= width:
                continue
            q = qy * width + qx
            if area[q] != area[p] or not look[q] or at[q] == kind:
                continue
            length = FINE * min(price[q], DEAREST)
            if k % 2 == 0:
                length *= root
            there = d + int(length + 0.5)
            if not _offer(there, kind, q, away, nearest):
                continue
            if free < 0:
                more = np.empty(room, np.int32)
                pixel, source = np.concatenate((pixel, more)), np.concatenate((source, more))
                added = np.arange(room + 1, 2 * room + 1).astype(np.int32)
                added[room - 1] = -1
                follower = np.concatenate((follower, added))
                free = room
                room *= 2
            entry = free
            free = follower[entry]
            pixel[entry], source[entry] = q, kind
            follower[entry] = head[there % _RING]
            head[there % _RING] = entry
            waiting += 1
    far = np.full((count, 2), FAR, np.float32)
    for p in range(count):
        for k in range(2):
            if nearest[p, k] >= 0:
                far[p, k] = np.float32(away[p, k]) / np.float32(FINE)
    return far.reshape((height, width, 2)), nearest.reshape((height, width, 2))


@njit(cache=True, nogil=True)
def enlarge(
    labels: Ints, small_labels: Ints, colours: Bytes, factor: int, top: int, left: int
) -> Bytes:
    """Colours of a picture from those of a smaller one, never mixed across areas.

    Bilinear among the small picture's pixels that have the pixel's own label.

    Args:
        labels: (h, w) areas of this part of the large picture.
        small_labels: (h', w') areas of the small picture.
        colours: (h', w', 3) of the small picture.
        factor: large pixels to a small one.
        top, left: where the part lies in the large picture.

    Returns:
        (h, w, 3).
    """
    height, width = labels.shape
    rows, columns = small_labels.shape
    result = np.zeros((height, width, 3), np.uint8)
    scale = 1.0 / factor
    for y in range(height):
        v = (y + top + 0.5) * scale - 0.5
        y0 = int(np.floor(v))
        fy = v - y0
        for x in range(width):
            u = (x + left + 0.5) * scale - 0.5
            x0 = int(np.floor(u))
            fx = u - x0
            label = labels[y, x]
            total = 0.0
            r = g = b = 0.0
            for k in range(4):
                dy, dx = k // 2, k % 2
                sy = min(max(y0 + dy, 0), rows - 1)
                sx = min(max(x0 + dx, 0), columns - 1)
                if small_labels[sy, sx] != label:
                    continue
                w = (fy if dy else 1 - fy) * (fx if dx else 1 - fx) + 1e-6
                total += w
                r += w * colours[sy, sx, 0]
                g += w * colours[sy, sx, 1]
                b += w * colours[sy, sx, 2]
            if total == 0.0:  # a label that came from farther: the nearest pixel that has it
                best = 1 << 30
                for dy in range(-4, 6):
                    for dx in range(-4, 6):
                        sy, sx = y0 + dy, x0 + dx
                        if not (0 <= sy < rows and 0 <= sx < columns):
                            continue
                        away = dy * dy + dx * dx
                        if small_labels[sy, sx] == label and away < best:
                            best = away
                            total = 1.0
                            r = float(colours[sy, sx, 0])
                            g = float(colours[sy, sx, 1])
                            b = float(colours[sy, sx, 2])
                if total == 0.0:
                    total = 1.0
            result[y, x, 0] = int(r / total + 0.5)
            result[y, x, 1] = int(g / total + 0.5)
            result[y, x, 2] = int(b / total + 0.5)
    return result


def compile_all() -> None:
    """Compile the kernels for the types they are called with, or load them from numba's cache."""
    labels = np.zeros((2, 2), np.int32)
    labels[0, 0] = 1
    flat = np.ones(4, np.float32)
    basins(np.arange(4, dtype=np.int32), flat, 2, 1.0, 1.0)
    extend(labels, np.zeros((2, 2), np.uint8))
    away = np.ones((2, 2), np.float32)
    spread(labels, labels - 1, away, np.ones((2, 2), bool), np.zeros(1, np.uint8))
    enlarge(labels, labels, np.zeros((2, 2, 3), np.uint8), 1, 0, 0)
