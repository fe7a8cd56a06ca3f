# SPDX-License-Identifier: GPL-3.0-or-later
"""Loops over triangles and pixels, compiled by numba: z-buffer, look-ups, shadows, occlusion.

Imports numba and numpy.  `raster_torch` draws the same z-buffer on a GPU.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from train.data.heads.convention import Floats, Ints, Picture


class Triangles(NamedTuple):
    """What is drawn: m triangles; which parts of them are holes is read from alpha textures."""

    faces: Ints  # (m, 3)
    uv: Floats  # (m, 3, 2) float32
    alpha: Picture  # (k, s, s)
    alpha_number: Ints  # (m,) number of the alpha texture, -1: opaque
    layer: np.ndarray  # (m,) int64, random: decides which pixels of a half-covered texel are drawn


class Fragments(NamedTuple):
    """The nearest triangle in every pixel."""

    nearness: Floats  # (h, w) float32, third number of the points, 0 where nothing is
    triangle: Ints  # (h, w), -1 where nothing is
    barycentric: Floats  # (h, w, 2) float32, shares of the triangle's second and third corner


def rasterise(points: Floats, triangles: Triangles, width: int) -> Fragments:
    """Draws triangles into a square.

    Half-covered texels are drawn in as many pixels as they cover, chosen by a hash of pixel and
    triangle, so that hairs on cards need no sorting (Wyman and McGuire 2017).  Of equally near
    triangles the first is kept.

    Args:
        points: (n, 3) pixel x and y, and a positive number that is linear over the picture plane
            and grows towards the viewer (1 / depth); triangles with one that is not are left out.
    """
    nearness = np.zeros((width, width), np.float32)
    triangle = np.full((width, width), -1, np.int32)
    barycentric = np.zeros((width, width, 2), np.float32)
    _rasterise(np.ascontiguousarray(points), *triangles, nearness, triangle, barycentric)
    return Fragments(nearness, triangle, barycentric)


@njit(cache=True)
def pixel_hash(x, y, layer):  # type: ignore[no-untyped-def]
    """A number in 0..1 that looks random."""
    h = (x * 374761393 + y * 668265263 + layer * 2147483647 + 12345) & 0x7FFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0x7FFFFFFF
    return ((h ^ (h >> 16)) & 0xFFFF) / 65536.0


@njit(cache=True)
def _texel(texture, u, v):  # type: ignore[no-untyped-def]
    """Bilinear look-up in (s, s) with wrap-around, v upwards."""
    size = texture.shape[0]
    fx = (u - np.floor(u)) * size - 0.5
    fy = (1.0 - (v - np.floor(v))) * size - 0.5
    ix = int(np.floor(fx))
    iy = int(np.floor(fy))
    fx -= ix
    fy -= iy
    x0 = ix % size
    x1 = (ix + 1) % size
    y0 = iy % size
    y1 = (iy + 1) % size
    upper = texture[y0, x0] * (1 - fx) + texture[y0, x1] * fx
    lower = texture[y1, x0] * (1 - fx) + texture[y1, x1] * fx
    return upper * (1 - fy) + lower * fy


@njit(cache=True)
def _rasterise(  # type: ignore[no-untyped-def]
    points, faces, face_uv, alpha, alpha_number, layer, nearness, triangle, barycentric
):
    height, width = nearness.shape
    for t in range(faces.shape[0]):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        x0, y0, w0 = points[a, 0], points[a, 1], points[a, 2]
        x1, y1, w1 = points[b, 0], points[b, 1], points[b, 2]
        x2, y2, w2 = points[c, 0], points[c, 1], points[c, 2]
        if w0 <= 0 or w1 <= 0 or w2 <= 0:
            continue
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if abs(area) < 1e-9:
            continue
        left = max(0, int(np.ceil(min(x0, x1, x2) - 0.5)))
        right = min(width - 1, int(np.floor(max(x0, x1, x2) - 0.5)))
        top = max(0, int(np.ceil(min(y0, y1, y2) - 0.5)))
        bottom = min(height - 1, int(np.floor(max(y0, y1, y2) - 0.5)))
        for y in range(top, bottom + 1):
            py = y + 0.5
            for x in range(left, right + 1):
                px = x + 0.5
                e0 = ((x1 - px) * (y2 - py) - (x2 - px) * (y1 - py)) / area
                e1 = ((x2 - px) * (y0 - py) - (x0 - px) * (y2 - py)) / area
                e2 = 1.0 - e0 - e1
                if e0 < 0 or e1 < 0 or e2 < 0:
                    continue
                w = e0 * w0 + e1 * w1 + e2 * w2
                near = np.float32(w)
                if near <= nearness[y, x]:
                    continue
                u = e1 * w1 / w
                v = e2 * w2 / w
                k = alpha_number[t]
                if k >= 0:
                    rest = 1.0 - u - v
                    tu = face_uv[t, 0, 0] * rest + face_uv[t, 1, 0] * u + face_uv[t, 2, 0] * v
                    tv = face_uv[t, 0, 1] * rest + face_uv[t, 1, 1] * u + face_uv[t, 2, 1] * v
                    cover = _texel(alpha[k], tu, tv) / 255.0
                    if cover < 0.04 or cover < 0.1 + 0.8 * pixel_hash(x, y, layer[t]):
                        continue
                nearness[y, x] = near
                triangle[y, x] = t
                barycentric[y, x, 0] = u
                barycentric[y, x, 1] = v


@njit(cache=True, fastmath=True)
def interpolate(triangle, barycentric, faces, values):  # type: ignore[no-untyped-def]
    """Values per vertex (n, k) at p points on triangles (p,), (p, 2) -> (p, k) float32."""
    count = values.shape[1]
    out = np.empty((len(triangle), count), np.float32)
    for i in range(len(triangle)):
        t = triangle[i]
        u, v = barycentric[i, 0], barycentric[i, 1]
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        for k in range(count):
            out[i, k] = values[a, k] * (1 - u - v) + values[b, k] * u + values[c, k] * v
    return out


@njit(cache=True, fastmath=True)
def interpolate_uv(triangle, barycentric, face_uv):  # type: ignore[no-untyped-def]
    """Values per corner (m, 3, 2) at p points on triangles -> (p, 2) float32."""
    out = np.empty((len(triangle), 2), np.float32)
    for i in range(len(triangle)):
        t = triangle[i]
        u, v = barycentric[i, 0], barycentric[i, 1]
        for k in range(2):
            out[i, k] = face_uv[t, 0, k] * (1 - u - v) + face_uv[t, 1, k] * u + face_uv[t, 2, k] * v
    return out


@njit(cache=True, fastmath=True)
def sample_texture(texture, uv):  # type: ignore[no-untyped-def]
    """Bilinear look-up of a texture (s, s, c) uint8 at uv (p, 2) -> (p, c) float32 in 0..1."""
    out = np.empty((len(uv), texture.shape[2]), np.float32)
    for i in range(len(uv)):
        for c in range(texture.shape[2]):
            out[i, c] = _texel(texture[:, :, c], uv[i, 0], uv[i, 1]) / 255.0
    return out


@njit(cache=True, fastmath=True)
def look_up_shadow(places, shadow_map, bias):  # type: ignore[no-untyped-def]
    """Share of light at places (p, 3): pixel x, y and nearness in a shadow map; 5 x 5 samples."""
    size = shadow_map.shape[0]
    out = np.empty(len(places), np.float32)
    for i in range(len(places)):
        blocked = 0
        count = 0
        for down in range(-2, 3):
            for across in range(-2, 3):
                x = int(places[i, 0] + across * 1.5)
                y = int(places[i, 1] + down * 1.5)
                if 0 <= x < size and 0 <= y < size:
                    count += 1
                    if shadow_map[y, x] > places[i, 2] + bias:
                        blocked += 1
        out[i] = 1 - blocked / max(count, 1)
    return out


@njit(cache=True, fastmath=True)
def ambient_occlusion(hit, position, normal, radius, falloff):  # type: ignore[no-untyped-def]
    """Openness 0..1 of every pixel (h, w): the horizon seen in 14 places of a spiral around it.

    hit (h, w) bool; position, normal (h, w, 3); radius in pixels; falloff in decimetres.
    """
    height, width = hit.shape
    out = np.ones((height, width), np.float32)
    for y in range(height):
        for x in range(width):
            if not hit[y, x]:
                continue
            total = 0.0
            for k in range(14):
                angle = k * 2.39996 + pixel_hash(x, y, 7) * 6.283
                r = radius * np.sqrt((k + 0.5) / 14)
                xx = int(x + r * np.cos(angle))
                yy = int(y + r * np.sin(angle))
                if xx < 0 or yy < 0 or xx >= width or yy >= height or not hit[yy, xx]:
                    continue
                d0 = position[yy, xx, 0] - position[y, x, 0]
                d1 = position[yy, xx, 1] - position[y, x, 1]
                d2 = position[yy, xx, 2] - position[y, x, 2]
                length = np.sqrt(d0 * d0 + d1 * d1 + d2 * d2) + 1e-6
                rise = (d0 * normal[y, x, 0] + d1 * normal[y, x, 1] + d2 * normal[y, x, 2]) / length
                if rise > 0.1:
                    total += (rise - 0.1) / (1 + (length / falloff) ** 2)
            out[y, x] = max(0.0, 1 - 1.6 * total / 14)
    return out
