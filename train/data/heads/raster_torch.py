# SPDX-License-Identifier: GPL-3.0-or-later
"""`raster.rasterise` for a GPU, many views at once.  Imports torch and numpy.

Every pair of a triangle and a pixel of its bounding box is looked at on its own, in stretches that
fit into memory; what is nearest is found by one atomic maximum over 64-bit keys that hold the
nearness above the triangle's number.  No loop over triangles, and the same rules as on the CPU:
same pixels, same holes in cards, the first of equally near triangles.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from train.data.heads.convention import Floats
from train.data.heads.raster import Fragments, Triangles

PAIRS = 1 << 22
"""Pairs of triangle and pixel that are looked at together; some 150 bytes each."""
_LOW = (1 << 32) - 1


def rasterise_views(
    points: Floats, triangles: Triangles, width: int, device: str | torch.device
) -> list[Fragments]:
    """Draws the same triangles seen from V sides.

    Args:
        points: (V, n, 3), each as for `raster.rasterise`.
        device: a torch device.

    Returns:
        Fragments of every view, on the CPU.

    Raises:
        ValueError: an Apple GPU, which has no 64-bit numbers.
    """
    if torch.device(device).type == "mps":
        raise ValueError("triangles cannot be drawn on mps: it has no 64-bit numbers")
    views = len(points)
    placed = torch.as_tensor(np.ascontiguousarray(points), dtype=torch.float64, device=device)
    faces = torch.as_tensor(triangles.faces, dtype=torch.int64, device=device)
    cards = _Cards(
        *(torch.as_tensor(np.ascontiguousarray(a), device=device) for a in triangles[1:])
    )
    corners = placed[:, faces].flatten(0, 1)  # (V m, 3 corners, 3)
    boxes = _bounding_boxes(corners, width)
    keys = torch.zeros(views * width * width, dtype=torch.int64, device=device)
    for owner, place in _pairs(boxes):
        view = owner // len(faces)
        columns = boxes[owner, 1] - boxes[owner, 0]
        x = boxes[owner, 0] + place % columns
        y = boxes[owner, 2] + place // columns
        hit = _hit(corners[owner], x, y)
        number = owner % len(faces)
        shown = hit.inside & ~_is_hole(cards, number, hit, x, y)
        # Positive floats are in the order of their bits; the first triangle has the largest rest.
        bits = hit.nearness.float().view(torch.int32).long()
        key = (bits << 32) | (_LOW - number)
        pixel = (view * width + y) * width + x
        keys.scatter_reduce_(0, pixel[shown], key[shown], "amax")
    return _fragments(keys.view(views, width, width), corners, len(faces))


class _Cards(NamedTuple):
    uv: Tensor  # (m, 3, 2)
    alpha: Tensor  # (k, s, s)
    number: Tensor  # (m,)
    layer: Tensor  # (m,)


class _Hit(NamedTuple):
    inside: Tensor  # (p,) bool
    nearness: Tensor  # (p,) float64
    u: Tensor  # (p,) perspective-correct shares of the second and third corner
    v: Tensor


def _bounding_boxes(corners: Tensor, width: int) -> Tensor:
    """Left, right, top, bottom of the pixels (right and bottom not included) of (t, 3, 3): (t, 4).

    Boxes of triangles that are not drawn are empty.
    """
    low = (corners[..., :2].amin(1) - 0.5).ceil().clamp(0, width).long()
    high = (corners[..., :2].amax(1) - 0.5).floor().clamp(-1, width - 1).long() + 1
    drawn = (corners[..., 2] > 0).all(1) & (_area(corners).abs() >= 1e-9)
    drawn &= (high > low).all(1)
    high = torch.where(drawn[:, None], high, low)
    return torch.stack([low[:, 0], high[:, 0], low[:, 1], high[:, 1]], 1)


def _area(corners: Tensor) -> Tensor:
    (x0, y0), (x1, y1), (x2, y2) = (corners[:, k, :2].unbind(1) for k in range(3))
    return (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)


def _pairs(boxes: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """All pixels of all boxes as (number of the box, number within it), in stretches."""
    counts = (boxes[:, 1] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 2])
    owners = counts.nonzero()[:, 0]
    counts = counts[owners]
    ends = counts.cumsum(0)
    # On the CPU, where the stretches are laid out; a triangle is never split.
    host_ends = ends.cpu().numpy()
    first = 0
    while first < len(host_ends):
        before = int(host_ends[first - 1]) if first else 0
        last = int(np.searchsorted(host_ends, before + PAIRS, "right"))
        last = max(last, first + 1)
        stretch = slice(first, last)
        total = int(host_ends[last - 1]) - before
        number = torch.repeat_interleave(counts[stretch], output_size=total)
        start = (ends[stretch] - counts[stretch] - before)[number]
        yield owners[stretch][number], torch.arange(total, device=boxes.device) - start
        first = last


def _hit(corners: Tensor, x: Tensor, y: Tensor) -> _Hit:
    """Where the centres of pixels (p,) lie in triangles (p, 3, 3)."""
    (x0, y0, w0), (x1, y1, w1), (x2, y2, w2) = (corners[:, k].unbind(1) for k in range(3))
    px, py, area = x + 0.5, y + 0.5, _area(corners)
    e0 = ((x1 - px) * (y2 - py) - (x2 - px) * (y1 - py)) / area
    e1 = ((x2 - px) * (y0 - py) - (x0 - px) * (y2 - py)) / area
    e2 = 1.0 - e0 - e1
    w = e0 * w0 + e1 * w1 + e2 * w2
    inside = (e0 >= 0) & (e1 >= 0) & (e2 >= 0)
    return _Hit(inside, w, e1 * w1 / w, e2 * w2 / w)


def _is_hole(cards: _Cards, number: Tensor, hit: _Hit, x: Tensor, y: Tensor) -> Tensor:
    """Whether the alpha texture of triangle `number` (p,) leaves a pixel out, (p,) bool."""
    out = torch.zeros_like(hit.inside)
    card = ((cards.number[number] >= 0) & hit.inside).nonzero()[:, 0]
    if not len(card):
        return out
    number, u, v = number[card], hit.u[card, None], hit.v[card, None]
    a, b, c = cards.uv[number].double().unbind(1)
    uv = a * (1.0 - u - v) + b * u + c * v
    alpha, size = cards.alpha, cards.alpha.shape[-1]
    fx = (uv[:, 0] - uv[:, 0].floor()) * size - 0.5
    fy = (1.0 - (uv[:, 1] - uv[:, 1].floor())) * size - 0.5
    ix, iy = fx.floor().long(), fy.floor().long()
    fx, fy = fx - ix, fy - iy
    texture = cards.number[number].long()

    def texel(row: Tensor, column: Tensor) -> Tensor:
        return alpha[texture, row % size, column % size].double()

    upper = texel(iy, ix) * (1 - fx) + texel(iy, ix + 1) * fx
    lower = texel(iy + 1, ix) * (1 - fx) + texel(iy + 1, ix + 1) * fx
    cover = (upper * (1 - fy) + lower * fy) / 255.0
    limit = 0.1 + 0.8 * _pixel_hash(x[card], y[card], cards.layer[number])
    out[card] = (cover < 0.04) | (cover < limit)
    return out


def _pixel_hash(x: Tensor, y: Tensor, layer: Tensor) -> Tensor:
    """`raster.pixel_hash`."""
    h = (x * 374761393 + y * 668265263 + layer * 2147483647 + 12345) & 0x7FFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0x7FFFFFFF
    return ((h ^ (h >> 16)) & 0xFFFF) / 65536.0


def _fragments(keys: Tensor, corners: Tensor, count: int) -> list[Fragments]:
    """Keys (V, w, w) taken apart; shares of the corners are found again for what is seen."""
    view, y, x = keys.nonzero(as_tuple=True)
    key = keys[view, y, x]
    number = _LOW - (key & _LOW)
    hit = _hit(corners[view * count + number], x, y)
    triangle = torch.full(keys.shape, -1, dtype=torch.int32, device=keys.device)
    triangle[view, y, x] = number.int()
    nearness = torch.zeros(keys.shape, device=keys.device)
    nearness[view, y, x] = hit.nearness.float()
    barycentric = torch.zeros((*keys.shape, 2), device=keys.device)
    barycentric[view, y, x] = torch.stack([hit.u, hit.v], 1).float()
    return [
        Fragments(*(plane.cpu().numpy() for plane in planes))
        for planes in zip(nearness, triangle, barycentric, strict=True)
    ]
