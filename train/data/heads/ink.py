# SPDX-License-Identifier: GPL-3.0-or-later
"""Line and pen drawings: ink 0 white .. 1 black, (w, w).  Imports numpy."""

from __future__ import annotations

import numpy as np

from train.data.heads.convention import Floats, Kind, Label
from train.data.heads.flow import constant_flow, smooth_along
from train.data.heads.materials import noise
from train.data.heads.study import Study


def line_drawing(study: Study, weight: float = 1.0, hair_lines: float = 1.0) -> Floats:
    """Contours, thinner towards the light, features, eyes, and some of the hair's lines."""
    maps, hair = study.maps, study.hair
    lit = study.blur(np.clip(maps.lambert, 0, 1), 3)
    pressure = np.clip(1.15 - 0.5 * lit, 0.55, 1.2) * (1 + 0.18 * study.grain(6.0, 12))
    ink = np.clip(study.soft(study.outline, 0.8) * 1.75 * weight * pressure, 0, 1)
    features = study.features * 0.95
    features[study.part(Kind.HAIR, Kind.EYE, Kind.LASH, Kind.BROW)] = 0
    features = features * (1 - 0.8 * study.soft(study.part(Kind.EYE, Kind.LASH), 1.5))
    ink = np.maximum(np.maximum(ink, np.clip(features, 0, 1)), study.eyes)
    brows = study.soft(study.part(Kind.BROW), 0.5)
    ink = np.maximum(ink, brows * np.clip(0.65 + 0.35 * study.grain(1.0, 3), 0, 1))
    if hair.any() and hair_lines > 0:
        threshold = 1.15 + 1.1 * study.hair_tone - 0.25 * (maps.occlusion < 0.8)
        strokes = np.clip((study.hair_strokes(44, 1.0) - threshold) / 0.35, 0, 1)
        ink[hair] = np.maximum(np.maximum(ink, strokes * hair_lines), study.locks)[hair]
    return np.clip(np.maximum(ink, beard_ink(study, 0.8, 0.75)), 0, 1)


def beard_ink(study: Study, amount: float = 1.0, threshold: float = 0.0) -> Floats:
    """Short strokes downwards where a beard is."""
    maps = study.maps
    mask = maps.beard > 0.02
    if not mask.any():
        return np.zeros(study.shape, np.float32)
    stubble, grain = maps.beard_style == "stubble", study.grain(0.8, 91)
    length = (2.0 if stubble else 5.0) * study.unit
    strokes = smooth_along(grain, constant_flow(study.shape, -1.45), length, mask)
    strokes = strokes / (strokes[mask].std() + 1e-6)
    dark = float(np.clip(1.15 - maps.hair_colour.mean() * 1.6, 0.35, 1))
    level = (1.35 if stubble else 0.15) + (1 - dark) * 0.8 + threshold
    covered = maps.beard > 0.25 + 0.2 * grain
    out: Floats = np.clip((strokes - level) / 0.4 + 0.2, 0, 1) * covered * amount
    return out


def hatching(study: Study, angle: float, spacing: float, tone: Floats, seed: int) -> Floats:
    """Unsteady parallel strokes.

    Args:
        spacing: pixels between strokes at unit 1; tone: share of covered paper, 0..1.
    """
    y, x = np.mgrid[0 : study.shape[0], 0 : study.shape[1]].astype(np.float32)
    wobble = 1.6 * study.grain(9.0, seed) + 0.5 * study.grain(2.5, seed + 1)
    phase = x * np.cos(angle) + y * np.sin(angle) + wobble * study.unit
    from_centre = np.abs((phase / (spacing * study.unit)) % 1.0 - 0.5) * 2
    pressure = np.clip(1 + 0.35 * study.grain(5.0, seed + 2), 0.3, 1.7)
    out: Floats = np.clip((tone * pressure - from_centre) / 0.18 + 0.5, 0, 1) * (tone > 0.02)
    return out


def pen_drawing(study: Study, rng: np.random.Generator) -> Floats:
    """A line drawing with two directions of hatching in the shadows and black, streaky hair."""
    maps, hair = study.maps, study.hair
    ink = line_drawing(study, 1.1, 0)
    light = 0.30 * maps.shadow * np.clip(maps.lambert + 0.25, 0, 1.25)
    light = study.blur(light + 0.42 * maps.occlusion + 0.22 * np.clip(maps.facing, 0, 1), 1.5)
    dark = np.clip((0.74 - light) / 0.5, 0, 1)
    angle = np.pi / 4 + rng.normal(0, 0.08)
    first = hatching(study, angle, 6.5, np.clip((dark - 0.14) * 1.1, 0, 0.55), 20)
    second = hatching(study, angle + 1.15, 6.5, np.clip((dark - 0.42) * 1.2, 0, 0.6), 30)
    hatched = study.part(Kind.SKIN, Kind.CLOTH) * 0.95
    ink = np.maximum(ink, np.maximum(first, second) * hatched)
    for label, tilt, spacing, tone, seed in (
        (Label.UPPER_LIP, 0.15, 4.5, 0.42, 40),
        (Label.LOWER_LIP, 1.4, 5.5, 0.18, 41),
    ):
        covered = np.where(maps.labels == label, tone, 0.0)
        ink = np.maximum(ink, hatching(study, tilt, spacing, covered, seed) * 0.9)
    ink = np.maximum(ink, beard_ink(study))
    if hair.any():
        strokes = study.hair_strokes(60, 1.2)
        lightness = float(np.clip(maps.hair_colour.mean() / 0.5, 0, 1)) ** 0.6
        if lightness < 0.45:
            threshold = 2.3 - 3.6 * study.hair_tone
        else:
            threshold = 0.75 - 2.2 * study.hair_tone - 0.9 * (lightness - 0.45)
        black = np.clip((threshold - strokes) / 0.4 + 0.5, 0, 1)
        ink[hair] = np.maximum(ink, black)[hair]
    if maps.buzz:
        dots = study.grain(0.8, 77) > (0.3 if maps.hair_colour.mean() < 0.3 else 1.2)
        ink = np.maximum(ink, (maps.scalp > 0.4) * study.part(Kind.SKIN) * dots)
    return np.clip(ink, 0, 1)


def paper_grain(study: Study) -> Floats:
    """The tooth of drawing paper; it does not scale with lines."""
    return 0.6 * noise(study.shape, 1.0, 52) + 0.4 * noise(study.shape, 0.6, 53)
