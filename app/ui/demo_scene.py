# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demo works on: one picture with a corner for each AI tool. Imports core, files, QtGui.

The corners hold the shipped samples (see resources/samples/CREDITS.md) and a cup that the demo
draws itself, stroke by stroke, with a brush: Suggest Strokes goes on from strokes, not pixels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from app.core.brush import BrushSettings
from app.core.document import Document
from app.core.geometry import Rect
from app.core.layers import PaintLayer
from app.core.stroke_engine import StrokeEngine
from app.core.tiles import Pixels, TileGrid
from app.files.raster import read_image

SAMPLES = Path(__file__).resolve().parents[2] / "resources" / "samples"
SIDE = 720
GAP = 24
INK = (24, 24, 28)


@dataclass(frozen=True)
class Corner:
    """Where one tool works.

    Attributes:
        tool: id of the tool's dock.
        title: of the two pictures on the contact sheet.
        area: canvas pixels; what is selected while the tool runs.
        layer: id of the layer that is active while the tool runs; None for any.
        settings: before the tool is triggered, what is set in its dock: the object name of a
            button, to click, or of a slider or a list, and its value.
        hide: whether the layer is hidden afterwards, because the result takes its place.
    """

    tool: str
    title: str
    area: Rect
    layer: str | None
    settings: tuple[tuple[str, int], ...] = ()
    hide: bool = False


def make_scene(brush: BrushSettings) -> tuple[Document, list[Corner]]:
    """The picture and its corners.

    Args:
        brush: draws the cup.

    Raises:
        FileNotFoundError: a sample is missing from this installation.
        FileError: a sample cannot be read.
    """
    # No gap at the bottom: the line art is cut off there, and the picture's edge closes its areas.
    document = Document.new(2 * SIDE + 3 * GAP, 2 * SIDE + 2 * GAP)
    empty = document.active_layer
    if empty is not None and document.layers[0].id != empty.id:
        document = document.remove(empty.id)
    at = [Rect(x, y, SIDE, SIDE) for y in (GAP, 2 * GAP + SIDE) for x in (GAP, 2 * GAP + SIDE)]
    rough = _picture("Rough sketch", sample("rough-portrait"), at[0])
    lines = _picture("Line art", sample("lineart", without="hints"), at[2])
    hints = _picture("Colour hints", sample("lineart", having="hints"), at[2])
    cup = _cup(brush, at[1], document.bounds)
    head = _picture("Drawn head", sample("portrait-pen"), at[3])
    for layer in (rough, lines, hints, cup, head):
        document = document.insert(layer)
    return document, [
        Corner("simplify", "Simplify Lines", at[0], rough.id),
        Corner("colorize", "Colorize Selection", at[2], lines.id),
        Corner("suggest", "Suggest Strokes", at[1], cup.id),
        Corner(
            "portrait",
            "Portrait Views",
            at[3],
            head.id,
            settings=(("from_drawing", 1), ("style", 2), ("turn", 35)),
            hide=True,
        ),
    ]


def sample(start: str, having: str = "", without: str = "\0") -> Path:
    """The first shipped sample whose name begins so, with `having` and not `without` in it.

    Raises:
        FileNotFoundError: there is none in this installation.
    """
    for path in sorted(SAMPLES.glob(f"{start}*")):
        name = path.stem
        if path.suffix in (".png", ".webp", ".jpg") and having in name and without not in name:
            return path
    raise FileNotFoundError(f"no sample {start}* in {SAMPLES}")


def _picture(name: str, path: Path, area: Rect) -> PaintLayer:
    """A sample as a layer, as large as its corner takes, in the middle of it."""
    pixels = _fitted(read_image(path), area.w, area.h)
    height, width = pixels.shape[:2]
    x, y = area.x + (area.w - width) // 2, area.y + (area.h - height) // 2
    return PaintLayer(name=name, tiles=TileGrid.from_array(pixels, x, y))


def _fitted(pixels: Pixels, width: int, height: int) -> Pixels:
    """Premultiplied BGRA, scaled to fit."""
    h, w = pixels.shape[:2]
    form = QImage.Format.Format_ARGB32_Premultiplied
    image = QImage(np.ascontiguousarray(pixels).data, w, h, 4 * w, form)
    keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    image = image.scaled(width, height, keep, smooth).convertToFormat(form)
    size = (image.height(), image.bytesPerLine() // 4, 4)
    found = np.frombuffer(image.constBits(), np.uint8).reshape(size)
    return np.array(found[:, : image.width()])


def _cup(brush: BrushSettings, area: Rect, canvas: Rect) -> PaintLayer:
    """A coffee cup as far as somebody has drawn it: its rim, and its sides and bottom."""
    layer = PaintLayer(name="Pen strokes")
    for number, points in enumerate(_cup_strokes(area)):
        engine = StrokeEngine(brush, INK, layer, None, canvas, seed=number)
        engine.add([(*point, 0.6, 0.008 * i) for i, point in enumerate(points)])
        layer = engine.finish()
    return layer


def _cup_strokes(area: Rect) -> Iterator[list[tuple[float, float]]]:
    turn = np.linspace(0, 2 * np.pi, 80)
    sway = 1 + 0.02 * np.sin(3 * turn + 1)  # no hand draws an even oval
    rim = np.stack([0.44 + 0.25 * sway * np.cos(turn), 0.24 + 0.07 * np.sin(turn)], 1)
    side = [(0.19, 0.25), (0.2, 0.5), (0.25, 0.7), (0.3, 0.78), (0.44, 0.81)]
    half = np.array(side)
    other = np.stack([0.88 - half[::-1, 0], half[::-1, 1] + 0.005], 1)
    corners = np.concatenate([half, other[1:]])
    steps = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))])
    places = np.linspace(0, steps[-1], 90)
    body = np.stack([np.interp(places, steps, corners[:, k]) for k in (0, 1)], 1)
    for line in (rim, body):
        yield [(area.x + area.w * float(x), area.y + area.h * float(y)) for x, y in line]
