# SPDX-License-Identifier: GPL-3.0-or-later
"""Loops over pixels of label maps, compiled by numba.  Imports numba and numpy."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Labels = NDArray[np.int32]
Plane = NDArray[np.float32]


@njit(cache=True)
def _root(parent: Labels, i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@njit(cache=True)
def connected(labels: Labels) -> Labels:
    """Parts of equal label that touch by an edge, numbered 0..n-1 in reading order.

    Args:
        labels: (h, w); negative labels stay -1 and belong to no part.
    """
    height, width = labels.shape
    parent = np.empty(height * width, np.int32)
    for y in range(height):
        for x in range(width):
            i = y * width + x
            parent[i] = i
            if x and labels[y, x] == labels[y, x - 1]:
                parent[i] = _root(parent, i - 1)
            if y and labels[y, x] == labels[y - 1, x]:
                a, b = _root(parent, i), _root(parent, i - width)
                if a != b:
                    parent[max(a, b)] = min(a, b)
    out = np.empty((height, width), np.int32)
    number = np.full(height * width, -1, np.int32)
    count = 0
    for y in range(height):
        for x in range(width):
            if labels[y, x] < 0:
                out[y, x] = -1
                continue
            root = _root(parent, y * width + x)
            if number[root] < 0:
                number[root] = count
                count += 1
            out[y, x] = number[root]
    return out


@njit(cache=True)
def neighbour_differences(picture: Plane, blocked: NDArray[np.bool_]) -> NDArray[np.uint16]:
    """How much each pixel differs from the one to its right and the one below, (2, h, w).

    Ten times the Euclidean distance of picture (h, w, 3); 65535 at the border and where one of the
    two is blocked (h, w).
    """
    height, width = blocked.shape
    out = np.full((2, height, width), 65535, np.uint16)
    for y in range(height):
        for x in range(width):
            if blocked[y, x]:
                continue
            for direction in range(2):
                b, a = y + direction, x + 1 - direction
                if b >= height or a >= width or blocked[b, a]:
                    continue
                total = 0.0
                for c in range(3):
                    d = picture[y, x, c] - picture[b, a, c]
                    total += d * d
                out[direction, y, x] = min(65000.0, 10 * np.sqrt(total))
    return out


@njit(cache=True)
def merge_alike(
    differences: NDArray[np.uint16], order: NDArray[np.int64], scale: float, smallest: int
) -> Labels:
    """Merges neighbours, most alike first: Felzenszwalb and Huttenlocher, Efficient Graph-Based
    Image Segmentation (2004).

    Args:
        differences: of `neighbour_differences`.
        order: the flat indices of differences below 65535, from small to large.
        scale: their k: the larger, the larger the regions.
        smallest: regions below this many pixels join their most alike neighbour.

    Returns:
        (h, w) index of a pixel of the region that each pixel belongs to.
    """
    _, height, width = differences.shape
    flat = differences.ravel()
    count = height * width
    parent = np.arange(count).astype(np.int32)
    size = np.ones(count, np.int32)
    inner = np.zeros(count, np.float32)
    for sweep in range(2):
        for k in range(len(order)):
            edge = order[k]
            first = edge % count
            second = first + (1 if edge < count else width)
            a, b = _root(parent, first), _root(parent, second)
            if a == b:
                continue
            weight = flat[edge] / 10
            if sweep == 0:
                joins = weight <= min(inner[a] + scale / size[a], inner[b] + scale / size[b])
            else:
                joins = size[a] < smallest or size[b] < smallest
            if joins:
                if size[a] < size[b]:
                    a, b = b, a
                parent[b] = a
                size[a] += size[b]
                inner[a] = max(weight, inner[a], inner[b])
    out = np.empty((height, width), np.int32)
    for i in range(count):
        out[i // width, i % width] = _root(parent, i)
    return out


@njit(cache=True)
def grow_labels(labels: Labels) -> Labels:
    """Gives each pixel of label -1 that of the nearest labelled ones, layer by layer.

    Without any label all become 0.
    """
    height, width = labels.shape
    out = labels.copy()
    queue = np.empty(height * width, np.int64)
    head, tail = 0, 0
    for i in range(height * width):
        if out[i // width, i % width] >= 0:
            queue[tail] = i
            tail += 1
    if tail == 0:
        return np.zeros_like(out)
    while head < tail:
        y, x = queue[head] // width, queue[head] % width
        head += 1
        for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0)):
            b, a = y + dy, x + dx
            if 0 <= b < height and 0 <= a < width and out[b, a] < 0:
                out[b, a] = out[y, x]
                queue[tail] = b * width + a
                tail += 1
    return out


@njit(cache=True)
def diffuse(
    start: Plane, skeleton: NDArray[np.bool_], edge: NDArray[np.bool_], iterations: int
) -> Plane:
    """Repeats the mean of a pixel and its four neighbours, with 255 kept on the skeleton and 0 on
    edges.  Pixels outside count as edges.  All arrays (h, w)."""
    height, width = start.shape
    now = np.zeros((height + 2, width + 2), np.float32)
    now[1:-1, 1:-1] = start
    after = np.zeros_like(now)
    for _ in range(iterations):
        for y in range(1, height + 1):
            for x in range(1, width + 1):
                if edge[y - 1, x - 1]:
                    after[y, x] = 0
                elif skeleton[y - 1, x - 1]:
                    after[y, x] = 255
                else:
                    total = now[y, x] + now[y - 1, x] + now[y + 1, x] + now[y, x - 1]
                    after[y, x] = (total + now[y, x + 1]) / 5
        now, after = after, now
    return now[1:-1, 1:-1].copy()
