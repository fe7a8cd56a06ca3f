# SPDX-License-Identifier: GPL-3.0-or-later
"""What every pixel of a view shows: place, normal, label and colour of the surface.  Imports numpy.

Only pixels that show the person are worked on: p points, in the order of the picture's rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from train.data.heads.convention import CAMERA_DISTANCE, Floats, Kind, Label, Picture, unit
from train.data.heads.materials import IRIS_CENTRES, IRIS_RADIUS, noise
from train.data.heads.person import Person
from train.data.heads.raster import Fragments, interpolate, interpolate_uv, sample_texture
from train.data.heads.shape import scalp_weight
from train.data.heads.traits import HAIR_COLOURS, PALE_HAIR

NECK_EDGE = 0.12
"""Decimetres over which a beard fades out on the neck."""


@dataclass(eq=False)
class Points:
    """The visible points of a view; colours are linear RGB."""

    hit: np.ndarray  # (w, w) bool: which pixels the points are
    kind: np.ndarray  # (p,) int8
    labels: Picture  # (p,)
    position: Floats  # (p, 3)
    normal: Floats  # (p, 3) towards the camera's side
    view: Floats  # (p, 3) unit, towards the camera
    facing: Floats  # (p,) cosine between the two
    uv: Floats  # (p, 2)
    neutral: Floats  # (p, 3)
    weight: Floats  # (p,)
    jaw: Floats  # (p,)
    tangent: Floats  # (p, 3)
    albedo: Floats  # (p, 3)
    lips: Floats  # (p,) 0..1
    scalp: Floats  # (p,) 0..1, skin only
    beard: Floats  # (p,) 0..1
    iris: Floats  # (p,) distance from the iris' centre in its radii, 9 outside of the eyes


def hair_colour(person: Person) -> Floats:
    """Linear RGB, (3,) float32."""
    return np.array(HAIR_COLOURS[person.traits.hair_colour], np.float32)


def find_points(person: Person, fragments: Fragments, back: Floats) -> Points:
    """Points of a view from its fragments, with their labels and colours.

    Args:
        back: unit vector from the origin towards the camera, (3,).
    """
    mesh = person.mesh
    hit = fragments.triangle >= 0
    triangle, barycentric = fragments.triangle[hit], fragments.barycentric[hit]
    values = np.concatenate(
        [
            *(mesh.vertices, mesh.normals, mesh.neutral),
            *(mesh.weight[:, None], mesh.jaw[:, None], mesh.tangents),
        ],
        1,
    ).astype(np.float32)
    out = interpolate(triangle, barycentric, mesh.triangles.faces, values)
    position, normal = out[:, :3], unit(out[:, 3:6])
    view = unit((CAMERA_DISTANCE * back).astype(np.float32) - position)
    facing = (normal * view).sum(1)
    count = len(triangle)
    zeros = np.zeros(count, np.float32)
    points = Points(
        hit=hit,
        kind=mesh.kind[triangle],
        labels=np.zeros(count, np.uint8),
        position=position,
        normal=np.where(facing[:, None] < 0, -normal, normal),
        view=view,
        facing=np.abs(facing),
        uv=interpolate_uv(triangle, barycentric, mesh.triangles.uv),
        neutral=out[:, 6:9],
        weight=out[:, 9],
        jaw=out[:, 10],
        tangent=unit(out[:, 11:14]),
        albedo=np.zeros((count, 3), np.float32),
        lips=zeros.copy(),
        scalp=zeros.copy(),
        beard=zeros.copy(),
        iris=np.full(count, 9, np.float32),
    )
    _paint_skin(points, person)
    _paint_parts(points, person)
    return points


def _mask(person: Person, name: str, uv: Floats) -> Floats:
    values: Floats = sample_texture(person.pack.textures["mask/" + name][..., None], uv)[:, 0]
    return values


def _paint_skin(points: Points, person: Person) -> None:
    traits, regions = person.traits, person.regions
    skin = np.flatnonzero(points.kind == Kind.SKIN)
    if not len(skin):
        return
    uv, (x, y, z) = points.uv[skin], points.neutral[skin].T
    _, eye_y, eye_z = regions.eye_centre
    albedo = sample_texture(person.skin, uv) ** 2.2 * np.array(traits.skin_tint, np.float32)
    lips, ears, inside = (_mask(person, name, uv) for name in ("lips", "ears", "inside-mouth"))

    # The lower border of jaw and chin, rising backwards to the ears.
    below_jaw = y - (eye_y - 1.02 + 0.42 * np.clip((eye_z - z) / 1.2, -0.3, 1.2))
    neck = below_jaw < 0
    is_ear = ears > 0.5
    labels = np.full(len(skin), Label.SKIN, np.uint8)
    labels[neck] = Label.NECK
    labels[(points.weight[skin] > 0.42) & ~neck & (np.abs(x) < 0.42)] = Label.NOSE
    lower = points.jaw[skin] >= 0.4
    labels[lips > 0.5] = np.where(lower, Label.LOWER_LIP, Label.UPPER_LIP)[lips > 0.5]
    labels[is_ear] = np.where(x > 0, Label.LEFT_EAR, Label.RIGHT_EAR)[is_ear]
    mouth = inside > 0.5
    labels[mouth] = Label.MOUTH
    albedo[mouth] = albedo[mouth] * 0.25 + np.array([0.03, 0.005, 0.005])

    stick = (lips * traits.lipstick)[:, None]
    red = np.array([0.42, 0.09, 0.10]) * (albedo.mean(1, keepdims=True) * 1.6 + 0.25)
    albedo = albedo * (1 - stick) + stick * red
    scalp = scalp_weight(points.neutral[skin], regions.eye_centre, traits.receding) * (ears < 0.4)
    if traits.hair != "bald":
        cover = (scalp * (0.92 if traits.hair == "buzz" else 0.95))[:, None]
        albedo = albedo * (1 - cover) + cover * hair_colour(person) * 0.8
        labels[(scalp > 0.5) & ~is_ear] = Label.HAIR
    if traits.beard != "none":
        soft_neck = np.clip(1 + below_jaw / NECK_EDGE, 0, 1)
        beard = _beard(points.neutral[skin], person) * soft_neck * np.clip(1 - lips * 2, 0, 1)
        # Below the nose its weight reaches on to the upper lip, where a moustache grows.
        on_nose = (points.weight[skin] > 0.45) & (y > regions.mouth_height + 0.26)
        beard = beard * ~on_nose * (1 - scalp) * (1 - np.clip(ears * 2, 0, 1))
        points.beard[skin] = beard
        grain = noise(points.hit.shape, 0.8, 5)[points.hit][skin]
        full = 0.45 if traits.beard == "stubble" else 0.93
        cover = np.clip(beard * full * (1 + 0.15 * grain), 0, 1)[:, None]
        hairs = hair_colour(person) * (1 + 0.15 * grain[:, None])
        albedo = albedo * (1 - cover) + cover * hairs
    points.albedo[skin], points.labels[skin] = albedo, labels
    points.lips[skin], points.scalp[skin] = lips, scalp


def _beard(neutral: Floats, person: Person) -> Floats:
    """Where a beard grows, 0..1, by its style."""
    x, y, z = neutral.T
    _, eye_y, eye_z = person.regions.eye_centre
    mouth, style = person.regions.mouth_height, person.traits.beard
    cheek_line = np.clip((eye_y - 1.0 + 0.92 * np.abs(x) - y) / 0.2, 0, 1)
    beard = cheek_line * np.clip((z - (eye_z - 1.05)) / 0.25, 0, 1)
    upper_lip = np.exp(-(((y - (mouth + 0.17)) / 0.075) ** 2)) * (np.abs(x) < 0.42)
    if style == "moustache":
        return upper_lip
    if style == "goatee":
        chin = np.clip((0.42 - np.abs(x)) / 0.1, 0, 1) * (y < mouth + 0.1)
        return np.maximum(upper_lip, beard * chin)
    beside = (np.abs(x) - 0.32 + 1.6 * np.clip(mouth + 0.12 - y, 0, 1)) / 0.15
    return np.maximum(beard * np.clip(beside, 0, 1), upper_lip)


def _paint_parts(points: Points, person: Person) -> None:
    traits, kind, hairs = person.traits, points.kind, hair_colour(person)
    left = points.position[:, 0] > person.mesh.eye_x
    eye, brow, lash = kind == Kind.EYE, kind == Kind.BROW, kind == Kind.LASH
    uv = points.uv[eye]
    points.albedo[eye] = sample_texture(person.eyes[..., :3], uv) ** 2.2
    distance = [np.hypot(uv[:, 0] - u, uv[:, 1] - v) / IRIS_RADIUS for u, v in IRIS_CENTRES]
    points.iris[eye] = np.minimum(*distance)
    eyes, brows = (Label.LEFT_EYE, Label.RIGHT_EYE), (Label.LEFT_BROW, Label.RIGHT_BROW)
    points.labels[eye | lash] = np.where(left, *eyes)[eye | lash]
    points.labels[brow] = np.where(left, *brows)[brow]
    pale = traits.hair_colour in PALE_HAIR
    points.albedo[brow] = hairs * (0.45 if pale else 0.6) + (0.0 if pale else 0.003)
    points.albedo[lash] = 0.012
    hair = kind == Kind.HAIR
    points.albedo[hair] = hairs * points.weight[hair][:, None]
    for part, label, colour in (
        (Kind.HAIR, Label.HAIR, None),
        (Kind.CLOTH, Label.CLOTH, np.array(traits.cloth_colour) ** 2.2),
        (Kind.TEETH, Label.MOUTH, (np.array([222, 214, 200]) / 255) ** 2.2),
    ):
        points.labels[kind == part] = label
        if colour is not None:
            points.albedo[kind == part] = colour
