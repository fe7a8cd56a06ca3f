# SPDX-License-Identifier: GPL-3.0-or-later
"""Vector shapes: cubic Bézier paths with fill and outline. Uses QtGui as a rasteriser only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from app.core.geometry import EMPTY, Rect

Rgba = tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Subpath:
    """A chain of cubic Bézier segments.

    Attributes:
        points: float64 (3n+1, 2), n >= 0, read-only: p0 c c p1 c c p2 …, canvas pixels, y down.
        closed: joins the last point to the first with a straight edge.

    Raises:
        ValueError: the points are not (3n+1, 2) or not finite.
    """

    points: NDArray[np.float64]
    closed: bool = False

    def __post_init__(self) -> None:
        points = np.array(self.points, dtype=np.float64, order="C")
        if points.ndim != 2 or points.shape[1] != 2 or len(points) % 3 != 1:
            raise ValueError(f"subpath points have shape {points.shape}, expected (3n+1, 2)")
        if not np.isfinite(points).all():
            raise ValueError("subpath points hold values that are not finite")
        points.flags.writeable = False
        object.__setattr__(self, "points", points)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Subpath)
            and self.closed == other.closed
            and np.array_equal(self.points, other.points)
        )

    def __hash__(self) -> int:
        return hash((self.closed, self.points.tobytes()))

    @classmethod
    def polyline(cls, points: Sequence[Sequence[float]], closed: bool = False) -> Subpath:
        """Straight segments through `points` (N, 2), as Béziers with handles at the thirds."""
        p = np.asarray(points, dtype=np.float64)
        if len(p) < 2:
            return cls(p.reshape(-1, 2), closed)
        a, b = p[:-1], p[1:]
        body = np.stack([a, a + (b - a) / 3, a + (b - a) * 2 / 3], axis=1).reshape(-1, 2)
        return cls(np.vstack([body, p[-1:]]), closed)


@dataclass(frozen=True)
class VectorPath:
    """A shape of one or more subpaths.

    Attributes:
        subpaths: outlines and holes together make one shape.
        fill, stroke: straight-alpha RGBA, each 0..255, or None for none.
        width: outline width in canvas pixels.
        even_odd: fill rule; False is non-zero winding.
    """

    subpaths: tuple[Subpath, ...]
    fill: Rgba | None = (0, 0, 0, 255)
    stroke: Rgba | None = None
    width: float = 1.0
    even_odd: bool = False
    _cache: dict[str, object] = field(default_factory=dict, compare=False, repr=False, hash=False)

    @cached_property
    def _bounds(self) -> Rect:
        parts = [s.points for s in self.subpaths if len(s.points)]
        if not parts or (self.fill is None and self.stroke is None):
            return EMPTY
        points = np.vstack(parts)  # a Bézier lies in the hull of its control points
        # Mitres reach past half the width; Qt's default mitre limit is 2 widths.
        pad = self.width * 2 if self.stroke is not None else 0.0
        (x0, y0), (x1, y1) = points.min(axis=0) - pad, points.max(axis=0) + pad
        return Rect.around(x0 - 1, y0 - 1, x1 + 1, y1 + 1)

    def bounds(self) -> Rect:
        """A pixel rectangle that holds every pixel the path may touch."""
        return self._bounds

    def painter_path(self) -> QPainterPath:
        """The geometry for QPainter; built once and kept."""
        path = self._cache.get("path")
        if not isinstance(path, QPainterPath):
            path = QPainterPath()
            path.setFillRule(Qt.FillRule.OddEvenFill if self.even_odd else Qt.FillRule.WindingFill)
            for subpath in self.subpaths:
                p = [QPointF(x, y) for x, y in subpath.points]
                path.moveTo(p[0])
                for i in range(1, len(p), 3):
                    path.cubicTo(p[i], p[i + 1], p[i + 2])
                if subpath.closed:
                    path.closeSubpath()
            self._cache["path"] = path
        return path

    def svg_d(self) -> str:
        """The `d` attribute of an SVG path: absolute M, C and Z."""
        parts: list[str] = []
        for subpath in self.subpaths:
            text = [f"{_short(x)} {_short(y)}" for x, y in subpath.points]
            parts.append("M" + text[0])
            for i in range(1, len(text), 3):
                parts.append("C" + " ".join(text[i : i + 3]))
            if subpath.closed:
                parts.append("Z")
        return "".join(parts)

    def transformed(self, matrix: Sequence[Sequence[float]] | NDArray[np.float64]) -> VectorPath:
        """The path under a 2x3 affine matrix; the outline width follows the mean scale."""
        m = np.asarray(matrix, dtype=np.float64)
        scale = float(np.sqrt(abs(np.linalg.det(m[:, :2]))))
        moved = tuple(Subpath(s.points @ m[:, :2].T + m[:, 2], s.closed) for s in self.subpaths)
        return replace(self, subpaths=moved, width=self.width * scale, _cache={})


def draw_paths(paths: Iterable[VectorPath], rect: Rect) -> NDArray[np.uint8]:
    """Rasterise paths, antialiased, first path lowest.

    Args:
        paths: shapes in canvas pixels; only those that touch `rect` are drawn.
        rect: the canvas rectangle to draw.

    Returns:
        Premultiplied BGRA uint8 (h, w, 4).
    """
    out = np.zeros((max(rect.h, 0), max(rect.w, 0), 4), np.uint8)
    visible = [p for p in paths if not p.bounds().intersect(rect).empty]
    if not visible or not out.size:
        return out
    image = QImage(out.data, rect.w, rect.h, rect.w * 4, QImage.Format.Format_ARGB32_Premultiplied)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(-rect.x, -rect.y)
    for path in visible:
        shape = path.painter_path()
        if path.fill is not None:
            painter.fillPath(shape, QColor(*path.fill))
        if path.stroke is not None and path.width > 0:
            pen = QPen(QColor(*path.stroke), path.width)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.strokePath(shape, pen)
    painter.end()
    return out


def _short(value: float) -> str:
    """A coordinate with at most three decimals: a thousandth of a pixel."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
