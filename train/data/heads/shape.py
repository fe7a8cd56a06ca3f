# SPDX-License-Identifier: GPL-3.0-or-later
"""The base mesh of a person: macro shape, face, expression, and where the parts of a face are.

Imports numpy.  The regions are found on the neutral mesh and follow every deformation, because
surface points carry their neutral position with them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from train.data.heads.convention import Floats, Ints, unit
from train.data.heads.pack import HeadPack
from train.data.heads.traits import Traits

NOSE_TARGETS = ("scale-horiz", "volume", "width2", "width3", "flaring", "scale-depth")
# The hairline's profile on the neutral head: height above the eyes by depth behind them.
HAIRLINE_DEPTH = (-3, -1.4, -1.15, -1.0, -0.97, -0.62, -0.58, -0.52, -0.45, -0.3, -0.1, 1.0)
HAIRLINE_HEIGHT = (-0.80, -0.78, -0.62, -0.30, 0.02, 0.06, -0.12, 0.08, 0.33, 0.58, 0.66, 0.70)


@dataclass(frozen=True, eq=False)
class Regions:
    """Parts of the face on the neutral mesh; per-vertex arrays have n entries."""

    eye_centre: Floats  # (3,)
    mouth_height: float
    nose: Floats  # (n,) 0..1
    jaw: Floats  # (n,) 0..1, share in opening the jaw: tells the lower lip from the upper one
    ear: np.ndarray  # (n,) bool


def face_regions(pack: HeadPack) -> Regions:
    """Regions from the nose's targets, the jaw's expression unit and the masks; kept in memory."""
    if "regions" not in pack.memory:
        pack.memory["regions"] = _find_regions(pack)
    regions = pack.memory["regions"]
    assert isinstance(regions, Regions)
    return regions


def _find_regions(pack: HeadPack) -> Regions:
    nose = np.zeros(len(pack.vertices))
    for part in NOSE_TARGETS:
        index, move = pack.targets[f"nose/nose-{part}-incr"]
        length = np.linalg.norm(move, axis=1)
        nose[index] = np.maximum(nose[index], length / length.max())
    jaw = np.zeros(len(pack.vertices))
    index, move = pack.targets["expression/jawOpen"]
    jaw[index] = np.linalg.norm(move, axis=1)
    u, v = pack.face_uv.mean(1).T

    def inside(part: str) -> np.ndarray:
        mask = pack.textures["mask/" + part]
        side = mask.shape[0]
        rows = ((1 - v) * side).astype(int).clip(0, side - 1)
        return np.asarray(mask[rows, (u * side).astype(int).clip(0, side - 1)] > 128)

    ear = np.zeros(len(pack.vertices), bool)
    ear[pack.faces[inside("ears")]] = True
    lips = pack.vertices[pack.faces[inside("lips")]].mean(1)
    middle = lips[np.abs(lips[:, 0]) < 0.1, 1]
    eye_centre = pack.meshes["eye"].fit(pack.vertices).mean(0)
    return Regions(eye_centre, float(np.median(middle)), nose, jaw / jaw.max(), ear)


def scalp_weight(neutral: Floats, eye: Floats, receding: float = 0.0) -> Floats:
    """0 on the face .. 1 above the hairline, for neutral positions (..., 3) -> (...)."""
    depth = neutral[..., 2] - eye[2]
    line = np.interp(depth, HAIRLINE_DEPTH, HAIRLINE_HEIGHT)
    temples = np.clip(0.25 + np.abs(neutral[..., 0]) * 0.8, 0, 0.6)
    line = line + receding * np.clip((depth + 0.8) / 0.5, 0, 1) * temples
    above = neutral[..., 1] - eye[1]
    weight: Floats = np.clip((above - line) / 0.08 + 0.5, 0, 1) * (above > -1.2)
    return weight


def shape_head(pack: HeadPack, traits: Traits) -> Floats:
    """Base mesh (n, 3) with a person's macro shape and face, without an expression."""
    vertices: Floats = pack.vertices.copy()
    ages = _between(traits.age, {"baby": 0, "child": 0.1875, "young": 0.5, "old": 1})
    muscles = _between(traits.muscle, {"minmuscle": 0, "averagemuscle": 0.5, "maxmuscle": 1})
    weights = _between(traits.weight, {"minweight": 0, "averageweight": 0.5, "maxweight": 1})
    for gender, g in (("female", 1 - traits.gender), ("male", traits.gender)):
        for age, a in ages.items():
            if g * a < 1e-3:
                continue
            for ancestry, share in traits.ancestry.items():
                pack.move(vertices, f"macro/{ancestry}-{gender}-{age}", g * a * share)
            for muscle, m in muscles.items():
                for weight, w in weights.items():
                    name = f"macro/universal-{gender}-{age}-{muscle}-{weight}"
                    if name in pack.targets:  # the average build is no displacement
                        pack.move(vertices, name, g * a * m * w)
    for target, amount in traits.face:
        pack.move(vertices, target, amount)
    return vertices


def add_expression(pack: HeadPack, traits: Traits, neutral: Floats) -> Floats:
    """A copy of `neutral` (n, 3) with the person's expression."""
    posed: Floats = neutral.copy()
    for name, amount in traits.units.items():
        pack.move(posed, "expression/" + name, amount)
    return posed


def _between(x: float, knots: dict[str, float]) -> dict[str, float]:
    """Weights of the two knots around x, by name."""
    names, places = list(knots), np.array(list(knots.values()))
    right = int(np.clip(np.searchsorted(places, x), 1, len(places) - 1))
    share = float(np.clip((x - places[right - 1]) / (places[right] - places[right - 1]), 0, 1))
    return {names[right - 1]: 1 - share, names[right]: share}


def vertex_normals(vertices: Floats, faces: Ints) -> Floats:
    """Unit normals (n, 3), the faces' mean by area."""
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    normal = np.cross(b - a, c - a)
    out = np.empty_like(vertices)
    for axis in range(3):
        weights = np.repeat(normal[:, axis], 3)
        out[:, axis] = np.bincount(faces.ravel(), weights, len(vertices))
    return unit(out)


def subdivide(
    vertices: Floats, normals: Floats, faces: Ints, face_uv: Floats, carried: Floats
) -> tuple[Floats, Ints, Floats, Floats]:
    """Every triangle in four, new vertices drawn to the tangent planes (Phong tessellation).

    Boubekeur and Alexa 2008.  `carried` (n, k) are values per vertex.  Returns vertices, faces,
    face_uv and carried values.
    """
    a, b, middles = _edges(faces, len(vertices))
    middle = (vertices[a] + vertices[b]) / 2
    on_a = middle - ((middle - vertices[a]) * normals[a]).sum(1, keepdims=True) * normals[a]
    on_b = middle - ((middle - vertices[b]) * normals[b]).sum(1, keepdims=True) * normals[b]
    between = 0.4 * middle + 0.3 * (on_a + on_b)
    i01, i12, i20 = middles
    f0, f1, f2 = faces.T
    corners = ((f0, i01, i20), (i01, f1, i12), (i20, i12, f2), (i01, i12, i20))
    uv0, uv1, uv2 = face_uv[:, 0], face_uv[:, 1], face_uv[:, 2]
    u01, u12, u20 = (uv0 + uv1) / 2, (uv1 + uv2) / 2, (uv2 + uv0) / 2
    uv_corners = ((uv0, u01, u20), (u01, uv1, u12), (u20, u12, uv2), (u01, u12, u20))
    return (
        np.concatenate([vertices, between]),
        np.concatenate([np.stack(c, 1) for c in corners]).astype(np.int32),
        np.concatenate([np.stack(c, 1) for c in uv_corners]),
        np.concatenate([carried, (carried[a] + carried[b]) / 2]),
    )


def _edges(faces: Ints, count: int) -> tuple[Ints, Ints, np.ndarray]:
    """Ends of all edges, and the numbers of the vertices to be made on each face's edges (3, m)."""
    pairs = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]).astype(np.int64)
    low, high = pairs.min(1), pairs.max(1)
    keys, inverse = np.unique(low * count + high, return_inverse=True)
    a, b = (keys // count).astype(np.int32), (keys % count).astype(np.int32)
    return a, b, (count + inverse.reshape(3, -1)).astype(np.int32)
