# SPDX-License-Identifier: GPL-3.0-or-later
"""Hair grown from the scalp as ribbons.  Imports numpy.

The skull is an ellipsoid; all strands march together from their roots, combed, pulled down, and
kept out of skull, neck, shoulders and face.  Uses no hair asset.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from train.data.heads.convention import Floats, Ints, unit
from train.data.heads.hair_styles import HairStyle, hair_style

POINTS = 13
"""Points of a strand."""


@dataclass(frozen=True, eq=False)
class Hair:
    """Ribbons: n vertices, m triangles."""

    vertices: Floats  # (n, 3)
    normals: Floats  # (n, 3)
    faces: Ints  # (m, 3)
    tangents: Floats  # (n, 3) from root to tip
    brightness: Floats  # (n,) factor on the hair's colour


@dataclass(frozen=True, eq=False)
class _Skull:
    """The ellipsoid that stands for the skull."""

    centre: Floats
    radii: Floats
    eye: Floats

    def local(self, points: Floats) -> Floats:
        """Coordinates in which the skull is the unit sphere."""
        return (points - self.centre) / self.radii


def grow_hair(
    vertices: Floats,
    faces: Ints,
    scalp: Floats,
    name: str,
    eye: Floats,
    length_factor: float,
    rng: np.random.Generator,
) -> Hair:
    """Hair of a style on a head.

    Args:
        vertices: (n, 3) deformed base mesh; scalp: (n,) 0..1; eye: between the eyes, (3,).
        name: one of `hair_styles.HAIR_STYLES`.
    """
    style = hair_style(name, rng)
    roots, normals, skull = _scatter_roots(vertices, faces, scalp, style.count, eye, rng)
    count, on_skull = style.count, skull.local(roots)
    regions = _region_weights(on_skull)
    spread = rng.normal(0, 1, count).clip(-2, 2) * min(style.jitter, 0.2) * 0.6
    length = (regions * np.array(style.lengths)).sum(1) * length_factor * (1 + spread)
    length = length.clip(0.08, 4)
    clumps = max(40, count // 14)
    guides = rng.choice(count, clumps, replace=False)
    clump = _nearest(roots, roots[guides])
    guide = guides[clump]

    points = _comb(style, roots, normals, length, regions, guide, skull, rng)
    if style.bun:
        points, knot = _gather(roots, skull, rng)
    else:
        points = _cut_kinks(points, 0.25 if style.lift < 1 else -0.2)
        t = style.clump * np.linspace(0, 1, POINTS)[None, :, None] ** 1.3
        away = points[:, :1] - points[guide][:, :1]
        points = points * (1 - t) + (points[guide] + away * 0.35) * t
    if style.curl > 0:
        phase = rng.random(count) * 0.5 + (rng.random(clumps) * 6.28)[clump]
        points = _curl(points, style, length, phase, skull)
        points = _clear_face(points, skull)
    if style.bun:
        coils = _coils(skull.centre + skull.radii * knot * 1.14, 420, rng)
        points = np.concatenate([points, coils])
        clump = np.concatenate([clump, rng.integers(0, clumps, len(coils))])
    shade = 1 + 0.096 * rng.normal(0, 1, len(points)) + 0.22 * rng.normal(0, 1, clumps)[clump]
    return _ribbons(points, style.width, shade.clip(0.55, 1.6), skull, rng)


def _scatter_roots(
    vertices: Floats,
    faces: Ints,
    scalp: Floats,
    count: int,
    eye: Floats,
    rng: np.random.Generator,
) -> tuple[Floats, Floats, _Skull]:
    """Roots spread evenly over the scalp, their normals, and the skull below them."""
    scalp_faces = faces[scalp[faces].min(1) > 0.35]
    a, b, c = (vertices[scalp_faces[:, corner]] for corner in range(3))
    normals = np.cross(b - a, c - a)
    area = np.linalg.norm(normals, axis=1)
    normals = normals / (area[:, None] + 1e-12)
    chosen = rng.choice(len(scalp_faces), count, p=area / area.sum())
    r1, r2 = rng.random((2, count))
    beyond = r1 + r2 > 1
    r1[beyond], r2[beyond] = 1 - r1[beyond], 1 - r2[beyond]
    roots = a[chosen] + (b - a)[chosen] * r1[:, None] + (c - a)[chosen] * r2[:, None]
    used = vertices[np.unique(scalp_faces)]
    low, high = used.min(0), used.max(0)
    centre, depth = (low + high) / 2, (high[2] - low[2]) / 2
    centre[1] = high[1] - depth * 0.98
    radii = np.array([(high[0] - low[0]) / 2, high[1] - centre[1], depth])
    return roots, normals[chosen], _Skull(centre, radii, eye)


def _region_weights(on_skull: Floats) -> Floats:
    """Shares of top, side, back and front for roots in skull coordinates, (n, 4), sum 1."""
    x, y, z = on_skull.T
    front = np.clip((z - 0.45) / 0.3, 0, 1) * np.clip((y - 0.25) / 0.25, 0, 1)
    back = np.clip((-z - 0.15) / 0.4, 0, 1) * np.clip((0.75 - y) / 0.3, 0, 1)
    side = np.clip((np.abs(x) - 0.55) / 0.25, 0, 1) * (1 - front) * (1 - back)
    weights = np.stack([np.clip(1 - front - back - side, 0, 1), side, back, front], 1)
    return weights / weights.sum(1, keepdims=True)


def _nearest(points: Floats, guides: Floats) -> np.ndarray:
    """Number of the nearest guide of each point."""
    lengths = (guides * guides).sum(1)
    return np.asarray((lengths - 2 * points @ guides.T).argmin(1))


def _comb(
    style: HairStyle,
    roots: Floats,
    normals: Floats,
    length: Floats,
    regions: Floats,
    guide: np.ndarray,
    skull: _Skull,
    rng: np.random.Generator,
) -> Floats:
    """Marches all strands from their roots: (count, POINTS, 3)."""
    count, on_skull = len(roots), skull.local(roots)
    layer = (1 + style.volume * rng.random(count) ** 1.5 + 0.015)[:, None]
    jitter = rng.normal(0, 1, (count, 3)) * style.jitter
    jitter = 0.35 * jitter + 0.65 * jitter[guide]
    margin = 0.62 + 0.06 * rng.random(count)
    step = (length / (POINTS - 1))[:, None]
    points = np.empty((count, POINTS, 3))
    points[:, 0] = roots - normals * 0.01
    place, direction = roots.copy(), np.zeros_like(roots)
    for number in range(1, POINTS):
        local = skull.local(place)
        normal = unit(local / skull.radii)
        above = np.clip((place[:, 1:2] - skull.centre[1]) / skull.radii[1] + 0.35, 0, 1)
        wish = _combing(style, roots, local, on_skull, regions, above, skull)
        along = unit(wish - normal * (wish * normal).sum(1, keepdims=True) * above)
        if number == 1:
            direction = normal * style.lift + along
        else:
            direction = direction * 0.55 + along * (0.55 if style.lift < 2 else 0.05)
        direction = unit(direction + jitter * 0.35)
        place = _keep_out(style, place + direction * step, layer, margin, skull)
        points[:, number] = place
    return points


def _combing(
    style: HairStyle,
    roots: Floats,
    local: Floats,
    on_skull: Floats,
    regions: Floats,
    above: Floats,
    skull: _Skull,
) -> Floats:
    """The direction in which a strand would go on, (count, 3); `above`: 1 on the skull, 0 below."""
    top, front = regions[:, 0], regions[:, 3]
    if style.parting is None:
        sideways = np.sign(roots[:, 0] - skull.centre[0]) * 0.075
    else:
        sideways = np.sign(roots[:, 0] - skull.centre[0] - style.parting * skull.radii[0])
    wish = np.zeros_like(roots)
    wish[:, 0] = sideways * np.clip(1.15 - np.abs(local[:, 0]), 0, 1)
    behind = 1.0 if style.bun else 0.35 + 0.65 * (local[:, 2] > -0.6)
    wish[:, 2] -= style.backward * np.clip(0.4 + above[:, 0], 0, 1) * behind
    wish[:, 2] += style.forward * (top + front)
    if style.bangs:
        fringe = front * (np.abs(on_skull[:, 0]) < 0.75)
        wish[:, 2] += 1.6 * fringe * (local[:, 1] > 0.2)
        wish[:, 0] *= 1 - 0.9 * front
    wish[:, 1] -= style.gravity * (1.1 - 0.45 * above[:, 0])
    return wish


def _keep_out(
    style: HairStyle, place: Floats, layer: Floats, margin: Floats, skull: _Skull
) -> Floats:
    """Moves points (count, 3) out of skull, neck, shoulders and face."""
    centre, eye = skull.centre, skull.eye
    r = np.linalg.norm(skull.local(place), axis=1, keepdims=True)
    high = place[:, 1:2] > centre[1] - skull.radii[1] * 0.9
    place = np.where((r < layer) & high, centre + (place - centre) * (layer / r), place)
    if style.hugging:
        behind = skull.local(place)[:, 2:] <= -1.02
        far = (r > layer + 0.03) & high & ~behind
        place = np.where(far, centre + (place - centre) * ((layer + 0.03) / r), place)
    neck = np.array([centre[0], centre[2] * 0.8])
    need = 0.55 + np.clip(eye[1] - 1.45 - place[:, 1], 0, 2) * 0.85  # widening to the shoulders
    flat = place[:, [0, 2]] - neck
    distance = np.maximum(np.linalg.norm(flat, axis=1), 1e-3)
    inside = (place[:, 1] < eye[1] - 0.75) & (distance < need)
    pushed = neck + flat * (need / distance)[:, None]
    place[:, [0, 2]] = np.where(inside[:, None], pushed, place[:, [0, 2]])
    x, y, z = place.T
    top = eye[1] + (0.22 if style.bangs else 0.42)
    on_face = (z > eye[2] - 0.35) & (np.abs(x) < 0.62) & (y < top) & (y > eye[1] - 1.4)
    if style.bangs:
        on_face &= np.abs(x) > 0.35
    place[:, 0] = np.where(on_face, np.sign(x + 1e-3) * margin, x)
    return place


def _gather(roots: Floats, skull: _Skull, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Strands over the skull to a knot; returns the points and the knot's direction."""
    knot = unit(np.array([0, 0.2 + 0.5 * rng.random(), -1.0]))
    start = skull.local(roots)
    radius = np.linalg.norm(start, axis=1, keepdims=True)
    t = np.linspace(0, 1, POINTS)[None, :, None]
    rise = np.array([0, 0.25, 0]) * (t * (1 - t))
    towards = unit((start / radius)[:, None] * (1 - t) + knot * t * 1.15 + rise)
    lift = 1 + 0.02 * rng.random((len(roots), 1, 1)) + 0.03 * t * (1 - t)
    distance = radius[:, None] * (1 - t) + t * 1.03
    return skull.centre + skull.radii * towards * distance * lift, knot


def _coils(centre: Floats, count: int, rng: np.random.Generator) -> Floats:
    """The knot of a bun itself: (count, POINTS, 3)."""
    start, tilt = rng.random((2, count, 1)) * 2 * np.pi
    turn = np.linspace(0, 1, POINTS) * (2.2 + rng.random((count, 1)) * 2.5) + start
    radius = (0.30 + 0.08 * rng.random()) * (0.62 + 0.38 * np.cos(tilt))
    depth = np.broadcast_to(np.sin(tilt) * 0.22 - 0.05, turn.shape)
    return centre + np.stack([radius * np.cos(turn), radius * np.sin(turn), depth], -1)


def _cut_kinks(points: Floats, limit: float) -> Floats:
    """Ends strands where they fold back on themselves (cosine of the turn below `limit`)."""
    segment = unit(np.diff(points, axis=1))
    kink = (segment[:, 1:] * segment[:, :-1]).sum(2) < limit
    kink[:, :2] = False
    ends = np.zeros(points.shape[:2], bool)
    ends[:, 2:] = kink
    return _end_at(points, ends)


def _curl(points: Floats, style: HairStyle, length: Floats, phase: Floats, skull: _Skull) -> Floats:
    t = np.linspace(0, 1, POINTS)[None]
    amount = style.curl * np.clip(t * 3, 0, 1)
    outward = unit(points - skull.centre)
    across = unit(np.cross(unit(np.gradient(points, axis=1)), outward))
    angle = style.frequency * t * length[:, None] + phase[:, None]
    turned = (np.cos(angle) * amount)[..., None] * across
    points = points + turned + (np.sin(angle) * amount * 0.7)[..., None] * outward
    r = np.linalg.norm(skull.local(points), axis=2, keepdims=True)
    inside = (r < 1.015) & (points[..., 1:2] > skull.centre[1] - skull.radii[1] * 0.8)
    return np.where(inside, skull.centre + (points - skull.centre) * 1.015 / r, points)


def _clear_face(points: Floats, skull: _Skull) -> Floats:
    """Keeps curls off the face: they end where they would cross it, and else go round it."""
    x, y, z = np.moveaxis(points, -1, 0)
    eye = skull.eye
    side = np.where(x[:, :1] < skull.centre[0], -1, 1)
    border = 0.6 * np.clip((eye[1] + 0.42 - y) / 0.3, 0, 1) * (y > eye[1] - 1.4)
    near = (z > eye[2] - 0.4) & (border > 0)
    out = points.copy()
    out[..., 0] = np.where(near & (x * side < border) & (x * side >= 0), side * border, x)
    return _end_at(out, near & (x * side < 0))


def _end_at(points: Floats, ends: np.ndarray) -> Floats:
    """Strands end one point before the first where `ends` (count, POINTS) holds."""
    last = np.where(ends.any(1), np.maximum(ends.argmax(1) - 1, 0), POINTS - 1)
    kept = np.minimum(np.arange(POINTS)[None], last[:, None])
    return points[np.arange(len(points))[:, None], kept]


def _ribbons(
    points: Floats, width: float, shade: Floats, skull: _Skull, rng: np.random.Generator
) -> Hair:
    """Strands as ribbons that taper to their tips and face outwards."""
    count, t = len(points), np.linspace(0, 1, POINTS)
    tangent = unit(np.gradient(points, axis=1))
    outward = skull.local(points)
    outward[..., 1] *= 0.6
    outward = unit(outward)
    across = unit(np.cross(tangent, outward))
    half = width / 2 * (1 - 0.75 * t**3)[None, :, None] * (0.7 + 0.6 * rng.random((count, 1, 1)))
    normal = unit(outward - tangent * (outward * tangent).sum(2, keepdims=True) * 0.6)
    normals = unit(normal[:, :, None] + np.stack([-across, across], 2) * 0.25)
    index = np.arange(count * POINTS * 2).reshape(count, POINTS, 2)
    a0, a1, b0, b1 = index[:, :-1, 0], index[:, :-1, 1], index[:, 1:, 0], index[:, 1:, 1]
    quads = (np.stack([a0, a1, b0], -1), np.stack([a1, b1, b0], -1))
    brightness = shade[:, None] * (0.72 + 0.40 * t)[None]
    sides = np.stack([points - across * half, points + across * half], 2)
    return Hair(
        sides.reshape(-1, 3),
        normals.reshape(-1, 3),
        np.concatenate([quad.reshape(-1, 3) for quad in quads]).astype(np.int32),
        np.repeat(tangent[:, :, None], 2, 2).reshape(-1, 3),
        np.repeat(brightness[:, :, None], 2, 2).reshape(-1),
    )
