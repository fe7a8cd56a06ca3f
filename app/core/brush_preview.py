# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of a brush that a list of presets shows. Imports core modules only."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from app.core.brush import BrushSettings
from app.core.geometry import Rect
from app.core.layers import PaintLayer
from app.core.stabiliser import Sample
from app.core.stroke_engine import StrokeEngine
from app.core.strokes import Rgb
from app.core.tiles import Pixels, TileGrid

_SAMPLES = 64


def render_preview(settings: BrushSettings, w: int, h: int, colour: Rgb = (40, 40, 44)) -> Pixels:
    """An S-shaped stroke whose pressure swells from nothing and dies away again.

    The brush is scaled down where it would fill the picture. An eraser takes its stroke out of
    an even layer of the colour.

    Args:
        settings: the brush.
        w, h: pixels, at least 1.
        colour: of the stroke.

    Returns:
        uint8 (h, w, 4), premultiplied BGRA on transparency.

    Raises:
        ValueError: w or h is below 1.
    """
    if w < 1 or h < 1:
        raise ValueError(f"a preview of {w}x{h} pixels cannot be drawn")
    canvas = Rect(0, 0, w, h)
    red, green, blue = colour
    ground = TileGrid.filled(canvas, (blue, green, red, 255)) if settings.erase else TileGrid()
    # A wide scatter needs room as well as a wide tip.
    room = max(0.5, 0.4 * h / (1.0 + settings.scatter))
    brush = replace(settings, size=min(settings.size, room), stabiliser=0.0)
    margin = min(0.5 * brush.size + 0.06 * w, 0.4 * w)
    swing = max(0.0, 0.5 * h - 0.55 * brush.size)
    samples = []
    for i in range(_SAMPLES + 1):
        u = i / _SAMPLES
        x = margin + (w - 2 * margin) * u
        y = 0.5 * h + 0.6 * swing * math.sin(2 * math.pi * u)
        samples.append(Sample(x, y, math.sin(math.pi * u) ** 0.8 if 0 < i < _SAMPLES else 0.0, u))
    engine = StrokeEngine(brush, colour, PaintLayer(tiles=ground), None, canvas, seed=1)
    engine.add(samples)
    return np.ascontiguousarray(engine.finish().tiles.region(canvas))
