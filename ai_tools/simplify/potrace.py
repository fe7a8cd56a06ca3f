# SPDX-License-Identifier: GPL-3.0-or-later
"""A black-and-white picture in, filled Bézier shapes out: Potrace (P. Selinger 2003).

Uses the C library where it is installed. Otherwise the pure-Python package `potracer` traces
pictures of moderate size, some hundred times slower.
"""

from __future__ import annotations

import ctypes
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ai_tools.simplify import libpotrace
from ai_tools.simplify.libpotrace import Curve
from app.core.vector import Rgba, Subpath, VectorPath
from app.jobs import CancelToken, JobError, OutOfMemory

log = logging.getLogger(__name__)

POLL = 0.02
"""Seconds between two looks at the cancel token while the C library works."""

PYTHON_EDGE_LIMIT = 600_000
"""Outline length in pixel edges that pure Python traces in about twenty seconds."""

SLOW_NOTICE = (
    "The Potrace library is not installed, so the slow built-in tracing was used. "
    "Installing it (Debian and Ubuntu: libpotrace0; macOS: brew install potrace) makes this "
    "about a hundred times faster."
)


class PotraceMissing(JobError):  # noqa: N818, says what happened
    """The drawing is too large for pure Python, and the C library is not installed."""


@dataclass(frozen=True)
class Tracing:
    """What tracing gave.

    Attributes:
        paths: one filled shape each: an outer curve and its holes.
        notices: sentences for the artist, empty when all is well.
    """

    paths: tuple[VectorPath, ...]
    notices: tuple[str, ...] = ()


def trace(
    mask: NDArray[np.uint8],
    *,
    origin: tuple[float, float] = (0.0, 0.0),
    scale: float = 1.0,
    fill: Rgba = (0, 0, 0, 255),
    speckle: int = 2,
    smoothness: float = 1.0,
    tolerance: float = 0.2,
    token: CancelToken,
    progress: Callable[[float], None],
    library: ctypes.CDLL | None = None,
    pure_python: bool = False,
) -> Tracing:
    """Outline the ink of a mask.

    Args:
        mask: uint8 (h, w), non-zero = ink.
        origin: canvas place (x, y) of the mask's top left corner, canvas pixels.
        scale: mask pixels to one canvas pixel.
        fill: colour of the shapes, straight alpha.
        speckle: marks and holes of at most this many mask pixels are left out.
        smoothness: 0 = polygon .. 1.3 = hardly a corner (Potrace's alphamax).
        tolerance: how far pieces may bend to be joined into one curve, mask pixels.
        token: looked at every 20 ms; a cancelled C call ends by itself in the background.
        progress: called with 0..1, possibly from another thread.
        library: the C library; loaded when None.
        pure_python: use `potracer` even where the C library is installed.

    Raises:
        Cancelled: the token was cancelled.
        PotraceMissing: there is no C library and the drawing is too large for Python.
        OutOfMemory: the C library ran out of memory.
    """
    token.check()
    if not mask.any():
        return Tracing(())
    if library is None and not pure_python:
        library = libpotrace.load()
    if library is None or pure_python:
        shapes = _python_shapes(mask, speckle, smoothness, tolerance, token, progress)
        notices: tuple[str, ...] = (SLOW_NOTICE,)
    else:
        shapes = _c_shapes(library, mask, speckle, smoothness, tolerance, token, progress)
        notices = ()

    def place(points: Curve) -> Subpath:
        x = points[:, 0] / scale + origin[0]
        y = points[:, 1] / scale + origin[1]
        return Subpath(np.stack([x, y], axis=1), closed=True)

    paths = tuple(VectorPath(tuple(place(curve) for curve in shape), fill) for shape in shapes)
    return Tracing(paths, notices)


def _c_shapes(
    library: ctypes.CDLL,
    mask: NDArray[np.uint8],
    speckle: int,
    smoothness: float,
    tolerance: float,
    token: CancelToken,
    progress: Callable[[float], None],
) -> list[list[Curve]]:
    """Trace in a thread of its own: the library has no way to be stopped, only to be left."""
    shapes: list[list[list[Curve]]] = []
    errors: list[MemoryError] = []
    fraction = 0.0

    def note(value: float) -> None:
        nonlocal fraction
        fraction = value

    def work() -> None:
        try:
            shapes.append(libpotrace.trace(library, mask, speckle, smoothness, tolerance, note))
        except MemoryError as error:
            errors.append(error)

    thread = threading.Thread(target=work, name="limner-potrace", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(POLL)
        token.check()
        progress(fraction)
    token.check()
    if errors:
        raise OutOfMemory() from errors[0]
    return shapes[0]


def _python_shapes(
    mask: NDArray[np.uint8],
    speckle: int,
    smoothness: float,
    tolerance: float,
    token: CancelToken,
    progress: Callable[[float], None],
) -> list[list[Curve]]:
    """Trace mark by mask mark: `potracer` searches its whole picture anew for every path."""
    import potrace as potracer

    ink = (mask != 0).astype(np.uint8)
    edges = np.count_nonzero(np.diff(ink, axis=0)) + np.count_nonzero(np.diff(ink, axis=1))
    if edges > PYTHON_EDGE_LIMIT:
        raise PotraceMissing(
            "This drawing has too many lines for the built-in tracing. Install the Potrace "
            "library (Debian and Ubuntu: libpotrace0; macOS: brew install potrace), or select "
            "a smaller part."
        )
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    shapes: list[list[Curve]] = []
    for label in range(1, count):
        token.check()
        progress(label / count)
        x, y, w, h, area = (int(v) for v in stats[label])
        if area <= speckle:
            continue
        bitmap = potracer.Bitmap(labels[y : y + h, x : x + w] != label)  # True is white there
        curves = bitmap.trace(
            turdsize=speckle,
            alphamax=smoothness,
            opticurve=tolerance > 0,
            opttolerance=tolerance,
        )
        shapes += _nested([_points(curve) + np.array([x, y], float) for curve in curves])
    return shapes


def _points(curve: Any) -> Curve:
    """A curve of `potracer` as one closed Bézier chain."""
    c = np.empty((len(curve), 3, 2))
    corner = np.array([bool(segment.is_corner) for segment in curve])
    for k, segment in enumerate(curve):
        handles = (segment.c, segment.c) if segment.is_corner else (segment.c1, segment.c2)
        for j, point in enumerate((*handles, segment.end_point)):
            c[k, j] = point.x, point.y
    return libpotrace.chain(c, corner)


def _nested(curves: list[Curve]) -> list[list[Curve]]:
    """Outer curves, each with its holes; holes turn the other way round."""
    polygons = [np.ascontiguousarray(curve[::3], np.float32) for curve in curves]
    areas = [cv2.contourArea(polygon, oriented=True) for polygon in polygons]
    if not curves:
        return []
    way = areas[0] > 0  # the first path found is an outer one
    outers = [k for k, area in enumerate(areas) if (area > 0) == way]
    shapes = {k: [curves[k]] for k in outers}
    for k, polygon in enumerate(polygons):
        if k in shapes:
            continue
        spot = (float(polygon[0, 0]), float(polygon[0, 1]))
        around = [o for o in outers if cv2.pointPolygonTest(polygons[o], spot, False) >= 0]
        shapes[min(around or outers, key=lambda o: abs(areas[o]))].append(curves[k])
    return list(shapes.values())
