# SPDX-License-Identifier: GPL-3.0-or-later
"""Simplify Lines, arrays in, vector paths out. No widgets, no files.

An engine turns a rough picture into black lines; tracing them is the same for every engine. A
further engine is one more entry in `ENGINES`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ai_tools.simplify import learned, potrace
from ai_tools.simplify.binarise import Binary, binarise
from ai_tools.simplify.strokes import centre_strokes
from app.core.vector import Rgba, VectorPath
from app.jobs import BadInput, CancelToken

Progress = Callable[[float, str], object]
"""Called with a fraction 0..1 and what is being done."""

Engine = Callable[
    [
        NDArray[np.uint8],
        NDArray[np.uint8] | None,
        float,
        float,
        CancelToken,
        Callable[[float], None],
    ],
    Binary,
]
"""(pixels, selection, strength, speckle, token, report) -> black lines; see `binarise`."""

ENGINES: dict[str, Engine] = {"classic": binarise, "learned": learned.find_lines}
"""Ways to find the lines, by the name in a request: by image processing, or by a network."""

FORMS = ("outlines", "strokes")
"""What lines can become."""

MAX_PIXELS = 100_000_000
MAX_SMOOTHNESS = 1.3
MAX_SPECKLE = 10_000

CONTEXT = 48
"""Pixels around a selection that are looked at to know the paper."""

NOTHING_FOUND = "No lines were found. Lower the strength, or choose a layer with a drawing on it."


@dataclass(frozen=True, eq=False)
class SimplifyRequest:
    """What to simplify, and how.

    Attributes:
        pixels: uint8 (h, w, 4) premultiplied BGRA, or (h, w) grey.
        mask: uint8 (h, w) selection, 128 and more = selected; None = everything.
        origin: canvas place (x, y) of the pixels' top left corner.
        strength: 0 = keep everything .. 1 = only the strongest lines, close ones made one.
        speckle: marks of at most this many canvas pixels are dropped, 0..10000.
        smoothness: 0 = polygons .. 1.3 = hardly a corner.
        colour: fill of the lines, straight-alpha RGBA.
        engine: a key of `ENGINES`.
        form: one of `FORMS`: filled outlines, which keep every swelling of a line, or strokes along
            the middle of each line, to be restyled; areas thicker than a line stay outlines.
    """

    pixels: NDArray[np.uint8]
    mask: NDArray[np.uint8] | None = None
    origin: tuple[int, int] = (0, 0)
    strength: float = 0.5
    speckle: int = 8
    smoothness: float = 1.0
    colour: Rgba = (0, 0, 0, 255)
    engine: str = "classic"
    form: str = "outlines"


@dataclass(frozen=True, eq=False)
class SimplifyResult:
    """The clean drawing.

    Attributes:
        paths: in canvas pixels: filled shapes, each an outline and its holes, and, where strokes
            were asked for, before them strokes with a width and no fill.
        binary: uint8 (h, w) like the pixels of the request, 255 = line.
        notices: sentences for the artist; empty when there is nothing to say.
    """

    paths: tuple[VectorPath, ...]
    binary: NDArray[np.uint8]
    notices: tuple[str, ...]


def run(request: SimplifyRequest, token: CancelToken, progress: Progress) -> SimplifyResult:
    """Simplify a rough drawing.

    Args:
        request: picture and settings.
        token: looked at between tiles and steps, and all along the tracing.
        progress: called with a fraction 0..1 and a text.

    Raises:
        BadInput: empty, too large or wrongly shaped arrays, or settings out of range.
        Cancelled: the token was cancelled.
        PotraceMissing: too many lines for the tracing that is installed.
        OutOfMemory: the tracing ran out of memory.
        WeightsError, EngineMissing: the learned engine's network is not there.
    """
    _validate(request)
    token.check()
    progress(0.0, "Reading the drawing")
    height, width = request.pixels.shape[:2]
    blank = np.zeros((height, width), np.uint8)
    area = _area(request)
    if area is None:
        return SimplifyResult((), blank, (NOTHING_FOUND,))
    x, y, pixels, mask = area
    engine = ENGINES[request.engine]
    found = engine(
        pixels,
        mask,
        request.strength,
        float(request.speckle),
        token,
        lambda done: _tell(progress, 0.85 * done, "Finding the lines"),
    )
    lines = found.mask if mask is None else _within(found, mask)
    place = (request.origin[0] + x, request.origin[1] + y)
    strokes: tuple[VectorPath, ...] = ()
    areas = lines
    if request.form == "strokes":
        progress(0.85, "Following the lines")
        drawn = centre_strokes(
            lines,
            max(1.0, found.line_width * found.scale),
            origin=place,
            scale=found.scale,
            colour=request.colour,
            tolerance=0.3 + 0.5 * request.smoothness,
            check=token.check,
        )
        strokes, areas = drawn.strokes, drawn.areas
    tracing = potrace.trace(
        areas,
        origin=place,
        scale=found.scale,
        fill=request.colour,
        speckle=round(request.speckle * found.scale**2),
        smoothness=request.smoothness,
        tolerance=0.2 + 0.4 * request.strength,
        token=token,
        progress=lambda done: _tell(progress, 0.85 + 0.15 * done, "Tracing the lines"),
    )
    blank[y : y + pixels.shape[0], x : x + pixels.shape[1]] = _at_picture_size(
        lines, found.scale, pixels.shape[:2]
    )
    progress(1.0, "Done")
    paths = strokes + tracing.paths
    notices = tracing.notices if paths else (NOTHING_FOUND,)
    return SimplifyResult(paths, blank, notices)


def _tell(progress: Progress, fraction: float, text: str) -> None:
    progress(fraction, text)


def _validate(request: SimplifyRequest) -> None:
    """Raises BadInput where the request cannot be carried out."""
    pixels, mask = request.pixels, request.mask
    good_shape = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] == 4)
    if pixels.dtype != np.uint8 or not good_shape:
        raise BadInput(
            f"The picture has shape {pixels.shape} and type {pixels.dtype}; "
            "it must be 8-bit grey or BGRA."
        )
    height, width = pixels.shape[:2]
    if height == 0 or width == 0:
        raise BadInput("The picture is empty.")
    if height * width > MAX_PIXELS:
        raise BadInput(
            f"{width} × {height} pixels are too many for Simplify Lines; select a smaller part."
        )
    if mask is not None and (mask.shape != (height, width) or mask.dtype != np.uint8):
        raise BadInput("The selection does not have the size of the picture.")
    if not 0 <= request.strength <= 1:
        raise BadInput(f"The strength must be from 0 to 1, not {request.strength}.")
    if not 0 <= request.speckle <= MAX_SPECKLE:
        raise BadInput(f"Speckle must be from 0 to {MAX_SPECKLE}, not {request.speckle}.")
    if not 0 <= request.smoothness <= MAX_SMOOTHNESS:
        raise BadInput(f"Smoothness must be from 0 to {MAX_SMOOTHNESS}, not {request.smoothness}.")
    if request.engine not in ENGINES:
        raise BadInput(f"There is no engine “{request.engine}”; choose from {', '.join(ENGINES)}.")
    if request.form not in FORMS:
        raise BadInput(f"Lines cannot become “{request.form}”; choose from {', '.join(FORMS)}.")


def _area(
    request: SimplifyRequest,
) -> tuple[int, int, NDArray[np.uint8], NDArray[np.uint8] | None] | None:
    """(x, y, pixels, mask) of the selected part and a little around it; None if nothing is."""
    pixels, mask = request.pixels, request.mask
    if mask is None:
        return 0, 0, pixels, None
    x, y, w, h = cv2.boundingRect((mask >= 128).astype(np.uint8))
    if w == 0 or h == 0:
        return None
    left, top = max(0, x - CONTEXT), max(0, y - CONTEXT)
    part = (slice(top, y + h + CONTEXT), slice(left, x + w + CONTEXT))
    return left, top, pixels[part], mask[part]


def _within(found: Binary, mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The lines that lie inside the selection."""
    size = (found.mask.shape[1], found.mask.shape[0])
    selected = cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR) >= 128
    return found.mask & selected.astype(np.uint8)


def _at_picture_size(
    lines: NDArray[np.uint8], scale: float, shape: tuple[int, ...]
) -> NDArray[np.uint8]:
    """The lines at the size of the picture, uint8 0 or 255."""
    height, width = shape
    full = (int(lines.shape[1] / scale), int(lines.shape[0] / scale))
    method = cv2.INTER_AREA if scale > 1 else cv2.INTER_LINEAR
    soft = cv2.resize(lines * np.uint8(255), full, interpolation=method)[:height, :width]
    return ((soft > 127) * np.uint8(255)).astype(np.uint8)
