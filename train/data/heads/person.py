# SPDX-License-Identifier: GPL-3.0-or-later
"""A person: traits, the joined mesh, and the light that falls on it.  Imports numpy, cv2.

The light is fixed to the person, so that all views of one person agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from train.data.heads.convention import Floats, Ints, Kind, Picture, unit
from train.data.heads.hair import grow_hair
from train.data.heads.materials import TEXTURE_SIZE, card_texture, eye_texture, skin_texture
from train.data.heads.pack import HeadPack
from train.data.heads.raster import Triangles, rasterise
from train.data.heads.shape import (
    Regions,
    add_expression,
    face_regions,
    scalp_weight,
    shape_head,
    subdivide,
    vertex_normals,
)
from train.data.heads.traits import Traits, draw_traits

SHADOW_SIZE = 512
SHADOW_SPAN = 5.0
"""Side of the shadow map in decimetres."""
CLOTH_DEPTH = 4.2
"""Clothes further below the eyes than this are never in the picture."""
ORIGIN_FROM_EYES = np.array([0, -0.06, -0.75])


@dataclass(frozen=True, eq=False)
class Mesh:
    """All parts of a person joined: n vertices, m triangles, around the origin."""

    vertices: Floats  # (n, 3)
    normals: Floats  # (n, 3)
    neutral: Floats  # (n, 3) position on the neutral base mesh; other parts: position
    weight: Floats  # (n,) skin: share in the nose; hair: brightness
    jaw: Floats  # (n,) skin: share in opening the jaw
    tangents: Floats  # (n, 3) hair: from root to tip
    lifted: np.ndarray  # (n,) bool: brows and lashes, which lie in the skin and must show
    triangles: Triangles
    kind: np.ndarray  # (m,) int8, a Kind
    eye_x: float  # between the eyes: what is left and right


@dataclass(frozen=True, eq=False)
class Light:
    """The key light, from far away."""

    direction: Floats  # (3,) towards the light
    axes: Floats  # (3, 3) rows: right and down in the shadow map, towards the light
    shadow_map: Floats  # (SHADOW_SIZE, SHADOW_SIZE) nearness to the light

    def places(self, points: Floats) -> Floats:
        """Points (n, 3) -> pixel x, y and nearness in the shadow map."""
        out: Floats = points @ self.axes.T * np.array([*(SHADOW_SIZE / SHADOW_SPAN,) * 2, 1.0])
        return out + np.array([SHADOW_SIZE / 2, SHADOW_SIZE / 2, 50.0])


@dataclass(frozen=True, eq=False)
class Person:
    """One synthetic person, ready to be rendered."""

    seed: int
    pack: HeadPack
    traits: Traits
    mesh: Mesh
    light: Light
    skin: Picture  # (s, s, 3) in texture space
    eyes: Picture  # (s, s, 4)
    regions: Regions


@dataclass(frozen=True, eq=False)
class _Part:
    vertices: Floats
    normals: Floats
    faces: Ints
    face_uv: Floats
    kind: Kind
    alpha: Picture | None = None
    carried: Floats | None = None  # (n, 5) neutral position, weight, jaw
    tangents: Floats | None = None


def draw_person(pack: HeadPack, seed: int) -> Person:
    """The person of a seed: the same pack and seed give the same person."""
    traits = draw_traits(pack, seed)
    regions = face_regions(pack)
    neutral = shape_head(pack, traits)
    posed = add_expression(pack, traits, neutral)
    eyes = eye_texture(pack, traits.eye)
    eye_centre = pack.meshes["eye"].fit(posed).mean(0)
    parts = [_skin_part(pack, traits, regions, posed)]
    for kind, name, alpha in (
        (Kind.EYE, "eye", eyes[..., 3]),
        (Kind.BROW, traits.brow, _strengthened(card_texture(pack, traits.brow)[..., 3])),
        (Kind.LASH, traits.lash, card_texture(pack, traits.lash)[..., 3]),
        (Kind.TEETH, "teeth", None),
        (Kind.CLOTH, traits.cloth, None),
    ):
        parts.append(_fitted_part(pack, posed, kind, name, alpha))
    if traits.hair not in ("bald", "buzz"):
        parts.append(_hair_part(pack, traits, regions, neutral, eye_centre))
    mesh = _join(parts, eye_centre)
    skin = skin_texture(pack, traits.skin, traits.skin_tone, traits.age)
    return Person(seed, pack, traits, mesh, _cast_light(mesh, traits), skin, eyes, regions)


def _strengthened(alpha: Picture) -> Picture:
    return np.minimum(alpha * 1.7, 255).astype(np.uint8)


def _skin_part(pack: HeadPack, traits: Traits, regions: Regions, posed: Floats) -> _Part:
    hidden = np.zeros(len(posed), bool)
    hidden[pack.meshes[traits.cloth].hidden] = True
    shown = ~hidden[pack.faces].all(1)
    carried = np.concatenate([pack.vertices, regions.nose[:, None], regions.jaw[:, None]], 1)
    normals = vertex_normals(posed, pack.faces)
    vertices, faces, uv, carried = subdivide(
        posed, normals, pack.faces[shown], pack.face_uv[shown], carried
    )
    return _Part(vertices, vertex_normals(vertices, faces), faces, uv, Kind.SKIN, carried=carried)


def _fitted_part(
    pack: HeadPack, posed: Floats, kind: Kind, name: str, alpha: Picture | None
) -> _Part:
    mesh = pack.meshes[name]
    vertices = mesh.fit(posed)
    faces, uv = mesh.faces, mesh.face_uv
    normals = vertex_normals(vertices, faces)
    if kind == Kind.CLOTH:
        floor = pack.meshes["eye"].fit(posed)[:, 1].mean() - CLOTH_DEPTH
        visible = vertices[faces][:, :, 1].min(1) > floor
        faces, uv = faces[visible], uv[visible]
    return _Part(vertices, normals, faces, uv, kind, alpha)


def _hair_part(
    pack: HeadPack, traits: Traits, regions: Regions, neutral: Floats, eye: Floats
) -> _Part:
    scalp = scalp_weight(pack.vertices, regions.eye_centre, traits.receding) * ~regions.ear
    rng = np.random.default_rng(traits.hair_seed)
    hair = grow_hair(neutral, pack.faces, scalp, traits.hair, eye, traits.hair_length**0.5, rng)
    zero = np.zeros((len(hair.vertices), 1))
    carried = np.concatenate([hair.vertices, hair.brightness[:, None], zero], 1)
    uv = np.zeros((len(hair.faces), 3, 2))
    return _Part(
        *(hair.vertices, hair.normals, hair.faces, uv, Kind.HAIR),
        carried=carried,
        tangents=hair.tangents,
    )


def _join(parts: list[_Part], eye_centre: Floats) -> Mesh:
    origin = eye_centre + ORIGIN_FROM_EYES
    faces, kinds, numbers, carried, tangents = [], [], [], [], []
    alphas: list[Picture] = []
    offset = 0
    for part in parts:
        faces.append(part.faces + offset)
        offset += len(part.vertices)
        kinds.append(np.full(len(part.faces), part.kind, np.int8))
        number = -1 if part.alpha is None else len(alphas)
        numbers.append(np.full(len(part.faces), number, np.int32))
        if part.alpha is not None:
            size = (TEXTURE_SIZE, TEXTURE_SIZE)
            alphas.append(cv2.resize(part.alpha, size) if part.alpha.shape != size else part.alpha)
        zeros = np.zeros((len(part.vertices), 2))
        other = np.concatenate([part.vertices, zeros], 1)
        carried.append(other if part.carried is None else part.carried)
        no_tangents = np.zeros_like(part.vertices)
        tangents.append(no_tangents if part.tangents is None else part.tangents)
    all_faces, all_carried = np.concatenate(faces).astype(np.int32), np.concatenate(carried)
    triangles = Triangles(
        all_faces,
        np.concatenate([part.face_uv for part in parts]).astype(np.float32),
        np.stack(alphas),
        np.concatenate(numbers),
        np.random.default_rng(1).integers(1, 1 << 20, len(all_faces)),
    )
    lifted = [np.full(len(part.vertices), part.kind in (Kind.BROW, Kind.LASH)) for part in parts]
    return Mesh(
        vertices=np.concatenate([part.vertices for part in parts]) - origin,
        normals=np.concatenate([part.normals for part in parts]),
        neutral=all_carried[:, :3],
        weight=all_carried[:, 3],
        jaw=all_carried[:, 4],
        tangents=np.concatenate(tangents),
        lifted=np.concatenate(lifted),
        triangles=triangles,
        kind=np.concatenate(kinds),
        eye_x=float(eye_centre[0] - origin[0]),
    )


def _cast_light(mesh: Mesh, traits: Traits) -> Light:
    direction = unit(np.array(traits.light))
    right = unit(np.cross([0.0, 1.0, 0.0], direction))
    axes = np.stack([right, -np.cross(direction, right), direction])
    light = Light(direction, axes, np.zeros((0, 0), np.float32))
    casts = ~np.isin(mesh.kind, (Kind.LASH, Kind.BROW))
    shown = mesh.triangles
    triangles = Triangles(
        *(shown.faces[casts], shown.uv[casts], shown.alpha),
        *(shown.alpha_number[casts], shown.layer[casts]),
    )
    shadow = rasterise(light.places(mesh.vertices), triangles, SHADOW_SIZE).nearness
    return Light(direction, axes, shadow)
