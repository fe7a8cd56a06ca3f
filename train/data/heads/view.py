# SPDX-License-Identifier: GPL-3.0-or-later
"""A person seen from one side: photo, labels, depth, and the maps that drawings are made from.

Imports numpy, and `raster_torch` where a GPU shall draw.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from train.data.heads.convention import (
    FIELD_OF_VIEW,
    Floats,
    Kind,
    Label,
    Picture,
    camera_axes,
    project,
)
from train.data.heads.light import shade
from train.data.heads.person import Person
from train.data.heads.raster import Fragments, rasterise
from train.data.heads.surface import find_points, hair_colour

LIFT = 1.0025
"""Brows and lashes lie on the skin: this factor on their nearness lets them show."""


@dataclass(frozen=True, eq=False)
class Maps:
    """What a view shows at w = size * samples pixels: the material of drawings, (w, w) each."""

    kind: np.ndarray  # int8, a Kind; NONE is the background
    labels: Picture
    colour: Floats  # (w, w, 3) sRGB 0..1, as in the photo
    albedo: Floats  # (w, w, 3) linear RGB
    depth: Floats  # along the camera's axis in decimetres, BEHIND on the background
    facing: Floats  # cosine between normal and view
    lambert: Floats  # cosine between normal and key light
    shadow: Floats  # 0 in shadow .. 1 lit
    occlusion: Floats  # 0 closed .. 1 open
    flow: Floats  # (w, w, 2) direction of hair on the screen, right and down, not normalised
    lips: Floats  # 0..1
    scalp: Floats  # 0..1
    beard: Floats  # 0..1
    iris: Floats  # distance from the iris' centre in its radii, 9 outside of the eyes
    hair_colour: Floats  # (3,) linear RGB
    beard_style: str
    buzz: bool


BEHIND = 30.0
"""Depth of the background in `Maps`."""


@dataclass(frozen=True, eq=False)
class HeadView:
    """One view of a person."""

    photo: Picture  # (s, s, 3) RGB
    labels: Picture  # (s, s), a Label
    depth: Floats  # (s, s) float32, distance from the camera along the ray in dm; inf outside
    normal: Floats  # (s, s, 3) float32, world axes, mean of the pixel's points; 0 outside
    yaw: float  # radians
    pitch: float
    person: int  # its seed
    maps: Maps


def render(
    person: Person,
    yaw: float,
    pitch: float,
    size: int = 256,
    samples: int = 2,
    device: str = "cpu",
) -> HeadView:
    """One view; see `render_views`."""
    return render_views(person, [(yaw, pitch)], size, samples, device)[0]


def render_views(
    person: Person,
    cameras: Sequence[tuple[float, float]],
    size: int = 256,
    samples: int = 2,
    device: str = "cpu",
) -> list[HeadView]:
    """Views of a person.

    Args:
        cameras: (yaw, pitch) in radians, as in `ai_tools.nets.volume.Camera`.
        size: pixels of a side.
        samples: points per pixel and axis.
        device: a torch device; triangles are drawn by numba on "cpu" and by torch on any other,
            "cpu:0" among them.
    """
    width = size * samples
    places = [_screen_points(person, camera, width) for camera in cameras]
    if device == "cpu":
        drawn = [rasterise(points, person.mesh.triangles, width) for points in places]
    else:
        from train.data.heads.raster_torch import rasterise_views

        drawn = rasterise_views(np.stack(places), person.mesh.triangles, width, device)
    return [
        _finish(person, fragments, camera, size, samples)
        for fragments, camera in zip(drawn, cameras, strict=True)
    ]


def _screen_points(person: Person, camera: tuple[float, float], width: int) -> Floats:
    """A person's vertices (n, 3) as `raster.rasterise` takes them."""
    points = project(person.mesh.vertices, *camera, width)
    points[person.mesh.lifted, 2] *= LIFT
    return points


def _finish(
    person: Person,
    fragments: Fragments,
    camera: tuple[float, float],
    size: int,
    samples: int,
) -> HeadView:
    """The view whose triangles have been drawn, at size * samples pixels."""
    axes = camera_axes(*camera)
    points = find_points(person, fragments, axes[2])
    lit = shade(points, person, samples)
    if person.traits.hair not in ("bald", "buzz"):
        # Skin that shows between strands counts as hair.
        points.kind[(points.kind == Kind.SKIN) & (points.labels == Label.HAIR)] = Kind.HAIR
    hit, width = points.hit, size * samples

    def picture(values: np.ndarray, outside: float = 0) -> np.ndarray:
        out = np.full((width, width, *values.shape[1:]), outside, values.dtype)
        out[hit] = values
        return out

    axial = picture((1 / fragments.nearness[hit]).astype(np.float32), BEHIND)
    right, up = axes[0].astype(np.float32), axes[1].astype(np.float32)
    flow = np.stack([points.tangent @ right, -(points.tangent @ up)], 1)
    maps = Maps(
        kind=picture(points.kind, Kind.NONE),
        labels=picture(points.labels),
        colour=lit.colour.astype(np.float32),
        albedo=picture(points.albedo),
        depth=axial,
        facing=picture(points.facing),
        lambert=picture(lit.lambert),
        shadow=picture(lit.shadow),
        occlusion=picture(lit.occlusion),
        flow=picture(flow),
        lips=picture(points.lips),
        scalp=picture(points.scalp),
        beard=picture(points.beard),
        iris=picture(points.iris, 9.0),
        hair_colour=hair_colour(person),
        beard_style=person.traits.beard,
        buzz=person.traits.hair == "buzz",
    )
    labels = _vote(maps.labels, samples)
    winners = maps.labels == np.repeat(np.repeat(labels, samples, 0), samples, 1)
    shown = winners & hit
    count = _blocks(shown.astype(np.float32), samples)
    ray = axial * _ray_lengths(width)
    depth = _blocks(np.where(shown, ray, 0), samples) / np.maximum(count, 1)
    normal = _blocks(picture(points.normal) * shown[..., None], samples)
    photo = _blocks(maps.colour, samples) / samples**2
    return HeadView(
        photo=np.rint(photo.clip(0, 1) * 255).astype(np.uint8),
        labels=labels,
        depth=np.where(count > 0, depth, np.inf).astype(np.float32),
        normal=(normal / np.maximum(count, 1)[..., None]).astype(np.float32),
        yaw=camera[0],
        pitch=camera[1],
        person=person.seed,
        maps=maps,
    )


def _blocks(values: Floats, samples: int) -> Floats:
    """Sums over the points of each pixel: (w, w[, c]) -> (s, s[, c])."""
    size = values.shape[0] // samples
    split = values.reshape(size, samples, size, samples, *values.shape[2:])
    total: Floats = split.sum((1, 3))
    return total


def _vote(labels: Picture, samples: int) -> Picture:
    """The label that most points of a pixel have; of equals the lowest."""
    votes = np.stack([_blocks((labels == label).astype(np.int32), samples) for label in Label], -1)
    return votes.argmax(-1).astype(np.uint8)


def _ray_lengths(width: int) -> Floats:
    """Distance along the ray over distance along the axis, (w, w)."""
    slope = math.tan(math.radians(FIELD_OF_VIEW) / 2)
    grid = ((np.arange(width) + 0.5) * 2 / width - 1) * slope
    lengths: Floats = np.sqrt(1 + grid[:, None] ** 2 + grid**2).astype(np.float32)
    return lengths
