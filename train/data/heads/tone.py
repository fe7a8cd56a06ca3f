# SPDX-License-Identifier: GPL-3.0-or-later
"""Pencil, soft pencil and charcoal: tone 0 black .. 1 white, (w, w).  Imports numpy."""

from __future__ import annotations

import numpy as np

from train.data.heads.convention import Floats, Kind
from train.data.heads.ink import line_drawing, paper_grain
from train.data.heads.study import LUMA, Study

STROKE_GAIN = {"pencil": 0.26, "soft": 0.06, "charcoal": 0.16}
PAPER_GAIN = {"pencil": 0.14, "soft": 0.10, "charcoal": 0.38}
LINE_GAIN = {"pencil": 0.82, "soft": 0.6, "charcoal": 0.95}


def tone_drawing(study: Study, medium: str) -> Floats:
    """A shaded drawing.

    Args:
        medium: "pencil" shows its strokes, "soft" is smudged graphite, "charcoal" is dark and
            catches on the paper's tooth.
    """
    maps, hair = study.maps, study.hair
    strokes, paper = study.slanted_strokes, paper_grain(study)
    dark = 1 - _values(study)
    if medium == "charcoal":
        dark = np.clip(dark * 1.45 - 0.05, 0, 1)
    elif medium == "soft":
        dark = 0.8 * study.blur(dark, 1.6) + 0.1 * dark
    # Coarse grain in a small picture would bury the face.
    texture = STROKE_GAIN[medium] * strokes + PAPER_GAIN[medium] * paper
    texture = 1 + texture * min(study.unit, 1)
    out = 1 - np.clip(dark * texture, 0, 1)
    if hair.any():
        out[hair] = _hair(study, medium, paper)[hair]
    if maps.buzz:
        skin = study.part(Kind.SKIN)
        out[skin] = (out * (1 - 0.5 * maps.scalp * (0.7 + 0.4 * study.grain(0.7, 51))))[skin]
    line = line_drawing(study, 0.8, 0.35)
    if medium == "charcoal":
        rough = np.clip(0.7 + 0.35 * paper, 0, 1)
        line = np.clip(study.blur(line, 1.1) * 1.5, 0, 1) * rough
    else:
        line = study.blur(line, 0.7) * np.clip(0.78 + 0.2 * paper, 0, 1)
    out = np.minimum(out, 1 - line * LINE_GAIN[medium])
    return np.clip(out * (0.975 + 0.012 * paper), 0, 1)


def _values(study: Study) -> Floats:
    """Skin brought to the light values of paper; clothes fade out towards the edges."""
    maps, skin, cloth = study.maps, study.part(Kind.SKIN), study.part(Kind.CLOTH)
    luma = study.blur(0.55 * study.luma + 0.45 * study.blur(study.luma, 5), 1.0)
    median = float(np.median(luma[skin])) if skin.any() else 0.6
    albedo = float(np.median((maps.albedo @ LUMA)[skin])) if skin.any() else 0.3
    depth = float(np.clip(1.05 - 0.75 * (albedo / 0.4), 0, 0.45))
    face = 0.92 - depth * 0.45 + 0.42 * (luma / (median + 1e-3) - 1)
    face = face * (0.55 + 0.45 * np.clip(study.blur(maps.occlusion, 1), 0, 1))
    face = np.clip(face * (0.78 + 0.22 * np.clip(maps.facing, 0, 1) ** 0.7), 0.05, 1)
    flesh = study.part(Kind.SKIN, Kind.EYE, Kind.BROW, Kind.LASH, Kind.TEETH)
    tone = np.where(flesh, face, 1).astype(np.float32)
    if cloth.any():
        middle = float(np.median(luma[cloth]))
        own = np.clip(0.55 + 0.6 * (luma - middle) + 0.25 * (middle - 0.4), 0.1, 1)
        tone[cloth] = 1 - (1 - own[cloth]) * _fade(study)[cloth]
    eye = study.part(Kind.EYE)
    tone[eye] = np.clip(study.luma * 1.25 + 0.05, 0, 1)[eye]
    return tone


def _fade(study: Study) -> Floats:
    """1 inside .. 0 at the lower and outer edges, with an uneven border."""
    height, width = study.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    ragged = study.share * study.grain(13.0, 61)
    below = np.clip((height * 0.97 - y + 12 * ragged) / (height * 0.16), 0, 1)
    beside = width * 0.49 - np.abs(x - width / 2) + 10 * ragged
    out: Floats = below * np.clip(beside / (width * 0.08), 0, 1)
    return out


def _hair(study: Study, medium: str, paper: Floats) -> Floats:
    fine, broad = study.hair_strokes(56, 0.9), study.hair_strokes(30, 1.6)
    light = float(np.clip(study.maps.hair_colour.mean() / 0.6, 0, 1)) ** 0.5
    tone = 0.10 + 0.42 * light + (0.30 + 0.25 * light) * (study.hair_tone - 0.35)
    tone = tone + (0.12 + 0.04 * light) * fine + 0.07 * broad
    if medium == "charcoal":
        tone = tone - 0.10 + 0.06 * paper
    elif medium == "soft":
        tone = 0.10 + 0.92 * study.blur(tone, 0.9)
    return np.clip(tone + 0.05 * paper, 0.02, 1)
