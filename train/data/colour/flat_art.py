# SPDX-License-Identifier: GPL-3.0-or-later
"""Coloured drawings by program, with lines, flat colours and regions that are exactly known.

Training on these needs nothing from outside.  Imports numpy, cv2 and its siblings.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from train.data.colour.kernels import connected
from train.data.colour.records import Record
from train.data.colour.sheet import FINE, Sheet
from train.data.colour.things import THINGS, backdrop

Picture = NDArray[np.uint8]


def make_drawing(size: int, rng: np.random.Generator) -> Record:
    """A drawing of (size, size): one thing large, or several on a backdrop."""
    sheet = Sheet(size, size / 128 * rng.uniform(0.5, 1.0) + rng.uniform(0, 0.6), rng)
    backdrop(sheet, rng)
    if rng.random() < 0.45:
        thing = THINGS[rng.integers(len(THINGS))]
        x, y = size * (0.5 + 0.08 * rng.normal(size=2))
        thing(sheet, float(x), float(y), size * rng.uniform(0.42, 0.8), rng)
    else:
        count = int(rng.integers(2, 7))
        # What stands lower stands nearer.
        ys = np.sort(size * rng.uniform(0.3, 0.85, count))
        for y in ys:
            thing = THINGS[rng.integers(len(THINGS))]
            near = 0.5 + y / size
            thing(
                sheet, size * rng.uniform(0.05, 0.95), y, size * near * rng.uniform(0.15, 0.35), rng
            )
    return finish(sheet, rng)


def finish(sheet: Sheet, rng: np.random.Generator) -> Record:
    """Shades and inks a sheet; its record."""
    size = (sheet.size, sheet.size)
    parts = np.ascontiguousarray(sheet.parts[::FINE, ::FINE])
    palette = np.array(sheet.palette, np.uint8)
    colour_of = np.array(sheet.colour_of, np.uint8)
    ink = cv2.resize(sheet.ink, size, interpolation=cv2.INTER_AREA)
    # Edges of the colour are as soft as those of the ink.
    fine = palette[colour_of].take(sheet.parts, axis=0)
    flat = cv2.resize(fine, size, interpolation=cv2.INTER_AREA)
    colour = shaded(flat, parts, rng)
    if rng.random() < 0.85:
        tone = rng.uniform(0, 70, 3) if rng.random() < 0.3 else rng.uniform(0, 40) * np.ones(3)
        strength = 1.0 if rng.random() < 0.7 else rng.uniform(0.4, 1)
        cover = ink[..., None].astype(np.float32) * np.float32(strength / 255)
        colour = colour + (tone.astype(np.float32) - colour) * cover
    if rng.random() < 0.3:
        ink = with_gaps(ink, rng)
    return Record(
        np.clip(colour, 0, 255).astype(np.uint8),
        ink,
        True,
        colour_of[parts],
        palette,
        connected(parts).astype(np.uint16),
    )


def shaded(
    flat: Picture, parts: NDArray[np.int32], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Light on flat colours (h, w, 3): a shadow at one side of each part, a gradient, grain.

    One in five stays flat.
    """
    colour = flat.astype(np.float32)
    if rng.random() < 0.2:
        return colour
    size = parts.shape[0]
    angle = rng.uniform(0, 2 * np.pi)
    way = np.array([np.cos(angle), np.sin(angle)])
    shift = np.hstack([np.eye(2), (way * size * rng.uniform(0.015, 0.07))[:, None]])
    moved = cv2.warpAffine(
        parts.astype(np.float32),
        shift,
        (size, size),
        flags=cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_REPLICATE,
    )
    shadow = ((moved != parts) & (parts > 0)).astype(np.float32)
    soft = size * rng.uniform(0.01, 0.04) if rng.random() < 0.5 else 0.5
    shadow = cv2.GaussianBlur(shadow, (0, 0), soft) * (parts > 0)
    tint = rng.uniform((0.75, 0.65, 0.65), (1.0, 0.9, 1.0)) * rng.uniform(0.7, 1.0)
    colour *= 1 - shadow[..., None] * (1 - tint).astype(np.float32)
    if rng.random() < 0.5:
        at = np.arange(size, dtype=np.float32) / size - 0.5
        slope = at[:, None] * np.float32(way[1]) + at * np.float32(way[0])
        colour *= 1 + (slope * np.float32(rng.uniform(-0.25, 0.25)))[..., None]
    if rng.random() < 0.35:
        grain = cv2.GaussianBlur(rng.standard_normal(parts.shape, np.float32), (0, 0), 1.2)
        colour += grain[..., None] * np.float32(rng.uniform(4, 16))
    return colour


def with_gaps(ink: Picture, rng: np.random.Generator) -> Picture:
    """Lines with holes of a few pixels, as hurried hands leave them."""
    places = np.argwhere(ink > 128)
    out = ink.copy()
    if len(places):
        for y, x in places[rng.integers(len(places), size=rng.integers(1, 12))]:
            cv2.circle(out, (int(x), int(y)), int(rng.integers(1, 3)), 0, -1)
    return out
