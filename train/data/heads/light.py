# SPDX-License-Identifier: GPL-3.0-or-later
"""Light on the visible points: shadows, occlusion, skin, hair and wet eyes.  Imports numpy, cv2."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from train.data.heads.convention import Floats, Kind, unit
from train.data.heads.materials import blur
from train.data.heads.person import Person
from train.data.heads.raster import ambient_occlusion, look_up_shadow
from train.data.heads.surface import Points, hair_colour

SHADOW_BIAS = 0.05
OCCLUSION_RADIUS = 0.07
"""Of the picture's side."""
OCCLUSION_FALLOFF = 0.35


@dataclass(frozen=True, eq=False)
class Lit:
    """Light at the visible points, and the picture it gives."""

    lambert: Floats  # (p,) cosine to the key light, negative in its back
    shadow: Floats  # (p,) 0 in shadow .. 1 lit
    occlusion: Floats  # (p,) 0 closed .. 1 open
    colour: Floats  # (w, w, 3) sRGB 0..1, the background with it


def shade(points: Points, person: Person, samples: int) -> Lit:
    """Lights a view.

    Args:
        samples: points per pixel and axis; occlusion is found once a pixel.
    """
    traits, light = person.traits, person.light.direction.astype(np.float32)
    width = points.hit.shape[0]
    lambert = points.normal @ light
    places = person.light.places(points.position + points.normal * 0.03)
    shadow = look_up_shadow(places, person.light.shadow_map, SHADOW_BIAS)
    occlusion = _occlusion(points, samples)

    side = np.clip(points.normal @ unit(np.array([-light[0], 0.1, 0.6], np.float32)), 0, 1)
    above = 0.5 + 0.5 * points.normal[:, 1]
    ambient = traits.ambient_light * (0.55 + 0.45 * above + 0.25 * side) * occlusion
    half = np.clip((points.normal * unit(light + points.view)).sum(1), 0, 1)
    fresnel = 0.04 + 0.96 * (1 - points.facing) ** 5

    skin, hair, eye = (points.kind == kind for kind in (Kind.SKIN, Kind.HAIR, Kind.EYE))
    wrap = np.array([0.35, 0.18, 0.12], np.float32)  # red light goes further round skin
    wrapped = np.clip((lambert[:, None] + wrap) / (1 + wrap), 0, 1)
    diffuse = np.where(skin[:, None], wrapped, np.clip(lambert, 0, 1)[:, None])
    tinted_shadow = shadow[:, None] ** np.array([0.75, 1, 1.1], np.float32)
    sky = ambient[:, None] * np.array([0.95, 0.98, 1.05], np.float32)
    colour = points.albedo * (diffuse * tinted_shadow * traits.key_light * 1.25 + sky)
    gloss = (0.16 * half**22 + 0.12 * fresnel * occlusion) * (shadow * 0.8 + 0.2)
    colour[skin] += gloss[skin][:, None] * 0.35
    if hair.any():
        colour[hair] = _hair(points, person, hair, lambert, shadow, ambient)
    wet = (half**180 * 1.5 + 0.05 * fresnel) * 0.8
    lit = np.clip(lambert, 0, 1) * shadow * 0.6 + 0.55 * occlusion + 0.12
    colour[eye] = (points.albedo * 1.1 * lit[:, None] + wet[:, None])[eye]
    colour[points.kind == Kind.TEETH] *= 0.8

    colour = np.clip(colour, 0, None)
    colour = np.clip(colour * (1 + colour * 0.12) / (1 + colour * 0.35), 0, 1) ** (1 / 2.2)
    fall = np.linspace(1.05, 0.9, width, dtype=np.float32)[:, None, None]
    backdrop = np.clip(np.array(traits.background, np.float32) * fall, 0, 1)
    picture = np.repeat(backdrop, width, 1)
    picture[points.hit] = colour
    return Lit(lambert, shadow, occlusion, picture)


def _occlusion(points: Points, samples: int) -> Floats:
    """Found on one point a pixel, smoothed, and enlarged to all points."""
    width = points.hit.shape[0]
    position, normal = np.zeros((2, width, width, 3), np.float32)
    position[points.hit], normal[points.hit] = points.position, points.normal
    sparse = slice(None, None, samples)
    open_sky = ambient_occlusion(
        points.hit[sparse, sparse],
        np.ascontiguousarray(position[sparse, sparse]),
        np.ascontiguousarray(normal[sparse, sparse]),
        width / samples * OCCLUSION_RADIUS,
        OCCLUSION_FALLOFF,
    )
    smooth = blur(open_sky, 1.0)
    large: Floats = cv2.resize(smooth, (width, width), interpolation=cv2.INTER_LINEAR)
    return large[points.hit]


def _hair(
    points: Points,
    person: Person,
    hair: np.ndarray,
    lambert: Floats,
    shadow: Floats,
    ambient: Floats,
) -> Floats:
    """Light on strands after Kajiya and Kay 1989."""
    tangent, view = points.tangent[hair], points.view[hair]
    albedo, shadow = points.albedo[hair], shadow[hair]
    along_light = tangent @ person.light.direction.astype(np.float32)
    along_view = (tangent * view).sum(1)
    sin_light = np.sqrt(np.clip(1 - along_light**2, 0, 1))
    sin_view = np.sqrt(np.clip(1 - along_view**2, 0, 1))
    specular = np.clip(sin_light * sin_view - along_light * along_view, 0, 1) ** 28 * shadow
    soft = 0.55 * sin_light + 0.45 * np.clip((lambert[hair] + 0.4) / 1.4, 0, 1)
    lit = soft * shadow * person.traits.key_light * 1.15 + ambient[hair]
    own = hair_colour(person)
    shine = (0.02 + 0.45 * own) * 0.4 * np.clip(albedo / (own + 0.02), 0.3, 2)
    colour: Floats = albedo * lit[:, None] + specular[:, None] * shine
    return colour
