# SPDX-License-Identifier: GPL-3.0-or-later
"""Drawings in files: Quick, Draw!'s ndjson in its simplified form, SVG and PNG.

Imports numpy, app.core.vector, app.files.  ndjson (see
https://github.com/googlecreativelab/quickdraw-dataset) is a JSON object a line; `drawing` is a list
of strokes [[x...], [y...]], in the simplified form whole numbers in a box 0..255.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ai_tools.suggest.prefix import BOX, EPSILON, Line, douglas_peucker
from app.core.geometry import Rect
from app.core.vector import Subpath, VectorPath, draw_paths
from app.files.errors import MalformedError, TooLargeError, UnsupportedFormatError, read_error
from app.files.raster import over_background, write_image
from app.files.svg import read_svg, write_svg

READABLE = (".ndjson", ".svg")
WRITABLE = (".ndjson", ".svg", ".png")

_LONGEST_LINE = 1 << 24  # bytes of JSON for one drawing
_MOST_POINTS = 200_000
_FAR = 1e6
_FLAT = 24  # points a Bézier curve is flattened to
_MARGIN = 12
_PANEL = 400  # longer side of a PNG's panel in pixels
_INK = (32, 32, 36, 255)
_ADDED = (30, 90, 220, 255)


@dataclass(frozen=True)
class Sheet:
    """A drawing from a file.

    Attributes:
        lines: its strokes (n, 2), in the file's own units, oldest first.
        word: what it shows, "" where the file does not say.
        size: width and height of the page in the same units; None: as large as the drawing.
    """

    lines: tuple[Line, ...]
    word: str = ""
    size: tuple[float, float] | None = None


@dataclass(frozen=True)
class Outcome:
    """One way to go on: the strokes that it adds, and as what."""

    lines: tuple[Line, ...]
    word: str


# -- reading -------------------------------------------------------------------------------------


def read_sheet(path: Path, index: int = 0) -> Sheet:
    """A drawing from an ndjson file (its `index`-th, from 0), or the lines of an SVG.

    Raises:
        FileError: it cannot be read, is of another kind or damaged, or holds no such drawing.
    """
    kind = path.suffix.lower()
    if kind == ".ndjson":
        return _read_ndjson(path, index)
    if kind == ".svg":
        return _read_svg(path)
    raise UnsupportedFormatError(path, f"drawings are read from {' and '.join(READABLE)}")


def _read_ndjson(path: Path, index: int) -> Sheet:
    found = 0
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(_LONGEST_LINE):
                number += 1
                if len(line) == _LONGEST_LINE:
                    raise TooLargeError(path, f"line {number} is longer than any drawing")
                if not line.strip():
                    continue
                if found == index:
                    return _drawing(path, number, line)
                found += 1
    except OSError as error:
        raise read_error(path, error) from error
    raise MalformedError(path, f"it has {found} drawings, so there is none with index {index}")


def _drawing(path: Path, number: int, line: bytes) -> Sheet:
    try:
        entry = json.loads(line)
        lines = tuple(_line(stroke) for stroke in entry["drawing"])
        word = str(entry.get("word", ""))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        reason = f"line {number} is no drawing in Quick, Draw! form ({error!r})"
        raise MalformedError(path, reason) from error
    return _checked(path, Sheet(lines, word))


def _line(stroke: Any) -> Line:
    x, y = (np.asarray(values, np.float64) for values in stroke[:2])
    if x.shape != y.shape or x.ndim != 1 or not len(x):
        raise ValueError("a stroke has not as many x as y")
    return np.column_stack([x, y])


def _read_svg(path: Path) -> Sheet:
    paths, width, height = read_svg(path)
    lines = [_flat(subpath) for shape in paths for subpath in shape.subpaths]
    return _checked(path, Sheet(tuple(lines), size=(width, height)))


def _flat(subpath: Subpath) -> Line:
    """A chain of cubic curves as a polyline; straight pieces stay two points."""
    points = subpath.points
    pieces = [points[:1]]
    for i in range(0, len(points) - 1, 3):
        a, b, c, d = points[i : i + 4]
        bend = abs(_cross(d - a, b - a)) + abs(_cross(d - a, c - a))
        u = np.linspace(0, 1, _FLAT + 1)[1:, None] if bend > 1e-9 else np.ones((1, 1))
        v = 1 - u
        pieces.append(v**3 * a + 3 * v * v * u * b + 3 * v * u * u * c + u**3 * d)
    if subpath.closed and not np.array_equal(points[0], points[-1]):
        pieces.append(points[:1])
    return np.concatenate(pieces)


def _cross(a: Line, b: Line) -> float:
    return float(a[0] * b[1] - a[1] * b[0])


def _checked(path: Path, sheet: Sheet) -> Sheet:
    if not sheet.lines:
        raise MalformedError(path, "it holds no line")
    every = np.concatenate(sheet.lines)
    if len(every) > _MOST_POINTS:
        raise TooLargeError(path, f"a drawing of {len(every)} points, of {_MOST_POINTS} allowed")
    if not np.isfinite(every).all() or np.abs(every).max() > _FAR:
        raise MalformedError(path, "it has coordinates that are no places on a page")
    return sheet


# -- writing -------------------------------------------------------------------------------------


def write_outcomes(path: Path, sheet: Sheet, outcomes: Sequence[Outcome]) -> None:
    """Writes the drawing with each of its continuations, at least one.

    ndjson: a line each, the whole drawing in the simplified form; `added` says how many of its last
    strokes are new.  SVG and PNG: the added strokes in blue, continuations side by side.

    Raises:
        FileError: it cannot be written, or its name says no known kind.
    """
    from app.files.atomic import atomic_write

    kind = path.suffix.lower()
    if kind == ".ndjson":
        atomic_write(path, b"".join(_json_line(sheet, outcome) for outcome in outcomes))
    elif kind == ".svg":
        size, shapes = _panels(sheet, outcomes, None)
        atomic_write(path, write_svg(shapes, *size))
    elif kind == ".png":
        (width, height), shapes = _panels(sheet, outcomes, _PANEL)
        area = Rect(0, 0, math.ceil(width), math.ceil(height))
        write_image(path, over_background(draw_paths(shapes, area), (255, 255, 255)))
    else:
        raise UnsupportedFormatError(path, f"drawings are written as {', '.join(WRITABLE)}")


def _json_line(sheet: Sheet, outcome: Outcome) -> bytes:
    lines = (*sheet.lines, *outcome.lines)
    every = np.concatenate(lines)
    low, extent = every.min(0), np.ptp(every, axis=0)
    scale = BOX / max(float(extent.max()), 1e-9)
    drawing = []
    for line in lines:
        points = np.rint(douglas_peucker((line - low) * scale, EPSILON)).astype(int)
        drawing.append([points[:, 0].tolist(), points[:, 1].tolist()])
    entry = {"word": outcome.word, "drawing": drawing, "added": len(outcome.lines)}
    return (json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _panels(
    sheet: Sheet, outcomes: Sequence[Outcome], side: float | None
) -> tuple[tuple[float, float], list[VectorPath]]:
    """Size of the picture and its shapes, a panel for each outcome.

    Args:
        side: longer side of a panel; None keeps the drawing's own units.
    """
    every = np.concatenate([*sheet.lines, *(line for o in outcomes for line in o.lines)])
    low, high = every.min(0), every.max(0)
    if side is None and sheet.size is not None:
        low, high = np.minimum(low, 0), np.maximum(high, sheet.size)
    extent = np.maximum(high - low, 1e-9)
    scale = 1.0 if side is None else (side - 2 * _MARGIN) / float(extent.max())
    has_page = side is None and sheet.size is not None
    margin = 0.0 if has_page else _MARGIN * (float(extent.max()) / BOX if side is None else 1.0)
    width, height = (extent * scale + 2 * margin).tolist()
    pen = max(width, height) / 160
    shapes = []
    for number, outcome in enumerate(outcomes):
        shift = np.array([number * width + margin, margin]) - low * scale
        for lines, colour in ((sheet.lines, _INK), (outcome.lines, _ADDED)):
            subpaths = [Subpath.polyline(_drawable(line * scale + shift)) for line in lines]
            if subpaths:
                shapes.append(VectorPath(tuple(subpaths), None, colour, pen))
    return (len(outcomes) * width, height), shapes


def _drawable(line: Line) -> list[list[float]]:
    """A polyline's points; a dot becomes a line too short to see, which draws a dot."""
    points: list[list[float]] = line.tolist()
    if len(points) > 1:
        return points
    return [points[0], [points[0][0] + 0.01, points[0][1]]]
