# SPDX-License-Identifier: GPL-3.0-or-later
"""Oil and cel paintings: RGB 0..1, (w, w, 3).  Imports numpy and cv2."""

from __future__ import annotations

import cv2
import numpy as np

from train.data.heads.convention import Floats, Kind, Label
from train.data.heads.flow import edge_flow
from train.data.heads.ink import line_drawing
from train.data.heads.materials import blur, noise
from train.data.heads.study import Study, stretch

BRUSHES = ((22, 13), (11, 7), (5, 4), (3, 3))
"""Size of a brush and distance of its strokes in pixels of a 512 px picture."""
LINE_COLOUR = np.array([0.13, 0.07, 0.06], np.float32)
MOUTH_COLOUR = (0.25, 0.06, 0.07)


def oil_painting(study: Study, rng: np.random.Generator) -> Floats:
    """Four sizes of strokes along the flow of the structure, the finer the later.

    Hertzmann 1998; strokes are straight, and turn with edges and hair.
    """
    image = study.maps.colour * 255
    canvas = np.ascontiguousarray(blur(image, 9 * study.share).clip(0, 255).astype(np.uint8))
    for number, (size, step) in enumerate(BRUSHES):
        brush = max(1.6, size * study.share)
        grid = max(2, round(step * study.share))
        _lay_strokes(study, canvas, blur(image, brush * 0.3), brush, grid, number, rng)
    painted = canvas / np.float32(255)
    relief = np.gradient(blur(painted.mean(-1), 0.8), axis=1)
    weave = 1 + 0.02 * noise(study.shape, 0.8, 5)
    return np.clip(painted * weave[..., None] + 0.5 * relief[..., None], 0, 1)


def _lay_strokes(
    study: Study,
    canvas: np.ndarray,
    reference: Floats,
    brush: float,
    grid: int,
    number: int,
    rng: np.random.Generator,
) -> None:
    """Strokes of one brush where the canvas (w, w, 3) uint8 differs from what it shall show."""
    height, width = study.shape
    flow = edge_flow(study.luma, max(2.0 * study.unit, brush * 0.35))
    flow = np.where(study.hair[..., None], study.hair_flow, flow)
    error = blur(np.abs(reference - canvas).sum(-1), brush * 0.5)
    rows, columns = np.mgrid[grid // 2 : height : grid, grid // 2 : width : grid]
    shift = rng.integers(-(grid // 2), grid // 2 + 1, (2, *rows.shape))
    y = (rows + shift[0]).clip(0, height - 1).ravel()
    x = (columns + shift[1]).clip(0, width - 1).ravel()
    wanted = error[y, x] >= (0, 24, 24, 34)[number]
    y, x = y[wanted], x[wanted]
    order = rng.permutation(len(y))
    y, x = y[order], x[order]
    colour = reference[y, x] + rng.normal(0, 5, (len(y), 1)) + rng.normal(0, 3, (len(y), 3))
    turn = rng.normal(0, 0.12, len(y))
    half = brush * (0.8 if number < 2 else 0.95)
    along = flow[y, x]
    dx = half * (along[:, 0] * np.cos(turn) - along[:, 1] * np.sin(turn))
    dy = half * (along[:, 0] * np.sin(turn) + along[:, 1] * np.cos(turn))
    fine = 16  # cv2 takes coordinates in sixteenths of a pixel
    ends = np.stack([x - dx, y - dy, x + dx, y + dy], 1)
    thickness = max(1, round(brush * 0.75))
    for (x0, y0, x1, y1), paint in zip(
        np.rint(ends * fine).astype(int).tolist(), colour.tolist(), strict=True
    ):
        cv2.line(canvas, (x0, y0), (x1, y1), paint, thickness, cv2.LINE_AA, 4)


def cel_painting(study: Study, rng: np.random.Generator) -> Floats:
    """Flat colours in two or three tones, with coloured lines."""
    maps, unit, three_tones = study.maps, study.unit, bool(rng.random() < 0.5)
    out = np.empty((*study.shape, 3), np.float32)
    out[...] = np.clip(maps.colour[0].mean(0), 0, 1) if rng.random() < 0.5 else 1.0
    albedo = blur(np.clip(maps.albedo, 0, 1), 2.5 * unit)
    shading = maps.shadow * np.clip(maps.lambert + 0.3, 0, 1) * (0.5 + 0.5 * maps.occlusion)
    shading = study.blur(shading, 2.0)
    for mask, colour, tone in (
        _cel_skin(study, albedo, shading, three_tones),
        _cel_part(study.part(Kind.CLOTH), albedo, shading, three_tones),
        _cel_hair(study),
    ):
        if mask.any():
            soft = study.blur(tone, 0.8)[..., None]
            cool = np.where(soft < 0.9, np.array([1.0, 0.92, 0.95]), 1.0)
            out[mask] = (np.clip(colour * soft * cool, 0, 1) ** (1 / 2.2))[mask]
    eye, teeth = study.part(Kind.EYE), study.part(Kind.TEETH)
    out[eye] = np.clip(maps.colour * 1.15 + 0.03, 0, 1)[eye]
    out[teeth] = 0.93
    out[(maps.labels == Label.MOUTH) & ~teeth] = MOUTH_COLOUR
    line = line_drawing(study, 0.9, 0.25)[..., None]
    return np.clip(out * (1 - line) + LINE_COLOUR * line, 0, 1)


def _cel_part(
    mask: np.ndarray, albedo: Floats, shading: Floats, three_tones: bool
) -> tuple[np.ndarray, Floats, Floats]:
    """Mask, colour (linear RGB) and tone of a part."""
    t = stretch(shading, mask, 5, 95)
    if three_tones:
        tone = np.where(t > 0.8, 1.3, np.where(t > 0.4, 1.1, 0.66))
    else:
        tone = np.where(t > 0.42, 1.15, 0.68)
    return mask, albedo, tone.astype(np.float32)


def _cel_skin(
    study: Study, albedo: Floats, shading: Floats, three_tones: bool
) -> tuple[np.ndarray, Floats, Floats]:
    mask = study.part(Kind.SKIN, Kind.BROW, Kind.LASH)
    lips = study.blur(study.maps.lips, 0.8)[..., None]
    flat = np.median(study.maps.albedo[mask], 0) if mask.any() else np.zeros(3)
    colour = 0.75 * (flat * (1 - lips) + lips * albedo) + 0.25 * albedo
    return _cel_part(mask, colour, shading, three_tones)


def _cel_hair(study: Study) -> tuple[np.ndarray, Floats, Floats]:
    colour = np.broadcast_to(np.maximum(study.maps.hair_colour, 0.012), (*study.shape, 3))
    t = stretch(study.blur(study.luma, 3.0), study.hair, 5, 95)
    t = t + 0.12 * study.hair_strokes(50, 1.6)
    tone = np.where(t > 0.78, 1.7, np.where(t > 0.38, 1.05, 0.6))
    return study.hair, colour, tone.astype(np.float32)
