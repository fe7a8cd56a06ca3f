# SPDX-License-Identifier: GPL-3.0-or-later
"""Moving, turning and scaling what is on a layer. Imports OpenCV lazily."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from app.core.geometry import Rect
from app.core.layers import GroupLayer, Layer, PaintLayer, VectorLayer
from app.core.tiles import TileGrid

Matrix = Sequence[Sequence[float]] | NDArray[np.float64]
MAX_SIDE = 32_766  # OpenCV addresses pixels with 16-bit coordinates


class TransformError(ValueError):
    """The transform cannot be done; the text says why."""


def transform_layer(layer: Layer, matrix: Matrix) -> Layer:
    """A layer under an affine map, with its pen strokes, its paths and all that it holds.

    Args:
        matrix: 2x3, maps old canvas coordinates (pixel edges) to new ones. Moves by whole pixels
            are exact; anything else resamples paint with a cubic filter.

    Raises:
        TransformError: the matrix is singular or not finite, or the result would be too large.
    """
    m = _checked(matrix)
    if isinstance(layer, GroupLayer):
        return replace(layer, children=tuple(transform_layer(c, m) for c in layer.children))
    if isinstance(layer, VectorLayer):
        return replace(layer, paths=tuple(path.transformed(m) for path in layer.paths))
    assert isinstance(layer, PaintLayer)
    strokes = tuple(stroke.transformed(m) for stroke in layer.strokes)
    return replace(layer, tiles=transform_tiles(layer.tiles, m), strokes=strokes)


def transform_tiles(tiles: TileGrid, matrix: Matrix) -> TileGrid:
    """Pixels under an affine map (see `transform_layer`).

    Raises:
        TransformError: as for `transform_layer`.
    """
    m = _checked(matrix)
    dx, dy = round(m[0, 2]), round(m[1, 2])
    if np.array_equal(m, [[1, 0, dx], [0, 1, dy]]):
        return tiles.translated(dx, dy)
    bounds = tiles.bounds()
    if bounds is None:
        return tiles
    import cv2

    target = _image_of(bounds, m).expanded(2)
    linear, shift = m[:, :2], m[:, 2]
    # A cubic filter looks at 4 x 4 pixels: what shrinks by more than half is averaged down first.
    shrink = 2 ** np.maximum(0, np.floor(-np.log2(np.hypot(*linear)))).astype(int)
    step_x, step_y = (int(n) for n in np.minimum(shrink, 1024))
    edge = bounds.expanded(2 * max(step_x, step_y))  # the filter reaches into the empty surround
    width, height = -(-edge.w // step_x), -(-edge.h // step_y)
    source = Rect(edge.x, edge.y, width * step_x, height * step_y)
    if max(source.w, source.h, target.w, target.h) > MAX_SIDE:
        raise TransformError(f"the result would be {target.w} x {target.h} pixels large")
    pixels = tiles.region(source)
    if step_x > 1 or step_y > 1:
        pixels = np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA))
    # Pixel i covers steps i..i+1 with its centre at i + 1/2; OpenCV maps centres.
    centre, steps = np.array([0.5, 0.5]), np.array([step_x, step_y])
    offset = linear @ (np.array([source.x, source.y]) + centre * steps) + shift
    offset -= np.array([target.x, target.y]) + centre
    pixels = cv2.warpAffine(
        pixels,
        np.hstack([linear * steps, offset[:, None]]),
        (target.w, target.h),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT,
    )
    # A cubic filter overshoots: premultiplied colour must not exceed alpha.
    colour = np.minimum(pixels[..., :3], pixels[..., 3:])
    result = np.dstack([colour, pixels[..., 3]])
    return TileGrid.from_array(np.asarray(result, np.uint8), target.x, target.y)


def mirrored(axis_x: float) -> NDArray[np.float64]:
    """The matrix that flips left to right around a vertical line."""
    return np.array([[-1.0, 0.0, 2 * axis_x], [0.0, 1.0, 0.0]])


def rotated(degrees: float, centre: tuple[float, float]) -> NDArray[np.float64]:
    """The matrix that turns clockwise on screen around a point."""
    angle = np.deg2rad(degrees)
    c, s = np.cos(angle), np.sin(angle)
    linear = np.array([[c, -s], [s, c]])
    middle = np.array(centre)
    return np.hstack([linear, (middle - linear @ middle)[:, None]])


def scaled(x: float, y: float, centre: tuple[float, float]) -> NDArray[np.float64]:
    """The matrix that stretches by factors around a point."""
    return np.array([[x, 0.0, centre[0] * (1 - x)], [0.0, y, centre[1] * (1 - y)]])


def _checked(matrix: Matrix) -> NDArray[np.float64]:
    m = np.asarray(matrix, dtype=np.float64)
    if m.shape != (2, 3) or not np.isfinite(m).all():
        raise TransformError(f"not a finite 2 x 3 matrix: {m.tolist()}")
    if abs(np.linalg.det(m[:, :2])) < 1e-9:
        raise TransformError("the transform would flatten the layer to nothing")
    return m


def _image_of(rect: Rect, m: NDArray[np.float64]) -> Rect:
    corners = np.array(
        [[rect.x, rect.y], [rect.right, rect.y], [rect.x, rect.bottom], [rect.right, rect.bottom]]
    )
    moved = corners @ m[:, :2].T + m[:, 2]
    (x0, y0), (x1, y1) = moved.min(axis=0), moved.max(axis=0)
    return Rect.around(x0, y0, x1, y1)
