# SPDX-License-Identifier: GPL-3.0-or-later
"""Vector shapes as SVG files. Imports app.core.vector and its neighbours in app.files.

What is written here reads back equal. Of other programs' SVG the shapes are read: paths, basic
shapes, groups with transforms, plain colours and opacities. Text, pictures, gradients, clipping
and style sheets are left out and reported.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from xml.etree.ElementTree import Element
from xml.sax.saxutils import quoteattr

import numpy as np

from app.core.vector import Rgba, Subpath, VectorPath
from app.files import svg_path
from app.files.errors import MalformedError, Source, TooLargeError
from app.files.limits import DEFAULT, Limits
from app.files.raster import read_bytes
from app.files.svg_style import (
    IDENTITY,
    Matrix,
    Paint,
    declarations,
    length,
    multiply,
    transform,
)
from app.files.xml_safe import local_name, parse_xml

_LARGEST = 1e9  # a coordinate beyond this is an attack or a slip, not a drawing
_SILENT = frozenset({"title", "desc", "metadata", "defs", "namedview", "linearGradient"})
_GROUPS = frozenset({"g", "svg", "a", "switch"})
_SHAPES = frozenset({"path", "rect", "circle", "ellipse", "line", "polyline", "polygon"})


# -- writing -----------------------------------------------------------------------------------


def write_svg(
    paths: Sequence[VectorPath], width: float, height: float, *, exact: bool = False
) -> bytes:
    """An SVG 1.1 file of shapes, first path lowest.

    Args:
        paths: shapes in canvas pixels.
        width, height: canvas size in pixels.
        exact: coordinates with all their digits, so that they read back equal; otherwise to a
            thousandth of a pixel.
    """
    size = f'width="{_number(width)}" height="{_number(height)}"'
    box = f'viewBox="0 0 {_number(width)} {_number(height)}"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" version="1.1" {size} {box}>',
        *(_element(path, exact) for path in paths),
        "</svg>",
        "",
    ]
    return "\n".join(lines).encode()


def _element(path: VectorPath, exact: bool) -> str:
    data = "".join(_exact_d(s) for s in path.subpaths) if exact else path.svg_d()
    attributes = {"d": data, **_colour("fill", path.fill)}
    if path.even_odd:
        attributes["fill-rule"] = "evenodd"
    attributes |= _colour("stroke", path.stroke)
    # Written without an outline too: the width is the path's, shown or not.
    attributes["stroke-width"] = _number(path.width)
    if path.stroke is not None:
        attributes |= {"stroke-linecap": "round", "stroke-linejoin": "round"}
    return "<path " + " ".join(f"{k}={quoteattr(v)}" for k, v in attributes.items()) + "/>"


def _colour(name: str, rgba: Rgba | None) -> dict[str, str]:
    if rgba is None:
        return {name: "none"}
    r, g, b, a = rgba
    result = {name: f"#{r:02x}{g:02x}{b:02x}"}
    if a != 255:
        result[f"{name}-opacity"] = f"{a / 255:.4f}"  # finer than 1/510, so 0..255 come back
    return result


def _exact_d(subpath: Subpath) -> str:
    text = [f"{x!r} {y!r}" for x, y in subpath.points.tolist()]
    curves = " ".join(text[1:])
    return f"M{text[0]}" + (f"C{curves}" if curves else "") + ("Z" if subpath.closed else "")


def _number(value: float) -> str:
    value = float(value)
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


# -- reading -----------------------------------------------------------------------------------


def read_svg(
    data: bytes | Path,
    *,
    source: Source | None = None,
    limits: Limits = DEFAULT,
    warnings: list[str] | None = None,
) -> tuple[list[VectorPath], float, float]:
    """Read the shapes of an SVG file.

    Args:
        data: the file's content, or its path.
        source: what errors call it; the path by default.
        limits: what it may ask of the machine.
        warnings: receives one sentence for each kind of thing that was left out.

    Returns:
        (paths in pixels, lowest first; width; height in pixels, each > 0).

    Raises:
        NotFoundError, UnreadableError: the system does not give us the file.
        MalformedError: not well-formed XML, or no SVG.
        TooLargeError: more, deeper or larger than `limits` allow.
    """
    path: Source = source if source is not None else data if isinstance(data, Path) else "SVG"
    content = read_bytes(data, limits.text_bytes + 1) if isinstance(data, Path) else data
    root = parse_xml(content, path, limits)
    if local_name(root) != "svg":
        raise MalformedError(path, "it is not an SVG picture")
    reader = _Reader(path, limits)
    width, height, view = reader.canvas(root)
    reader.group(root, view, Paint())
    if warnings is not None:
        warnings += [f"{note[:1].upper()}{note[1:]}." for note in reader.notes]
    return reader.paths, width, height


class _Reader:
    """Walks an SVG tree and collects its shapes."""

    def __init__(self, path: Source, limits: Limits) -> None:
        self.paths: list[VectorPath] = []
        self.notes: dict[str, None] = {}  # a set that keeps its order
        self._path, self._limits = path, limits
        self._points_left = limits.points
        self._size = (0.0, 0.0)

    def _warn(self, note: str) -> None:
        if len(self.notes) < 20:
            self.notes[note] = None

    def canvas(self, root: Element) -> tuple[float, float, Matrix]:
        """Width and height in pixels, and the transform from the view box to them."""
        box = self._view_box(root.get("viewBox", ""))
        natural = (box[2], box[3]) if box else (300.0, 150.0)  # CSS's size of replaced elements
        width = length(root.get("width", "100%"), natural[0])
        height = length(root.get("height", "100%"), natural[1])
        width = natural[0] if width is None or width <= 0 else width
        height = natural[1] if height is None or height <= 0 else height
        self._limits.check_size(self._path, math.ceil(width), math.ceil(height))
        if box is None:
            self._size = (width, height)
            return width, height, IDENTITY
        x, y, w, h = box
        self._size = (w, h)
        sx, sy = width / w, height / h
        if root.get("preserveAspectRatio", "").strip() != "none":
            sx = sy = min(sx, sy)
        dx, dy = (width - w * sx) / 2 - x * sx, (height - h * sy) / 2 - y * sy
        return width, height, np.array([[sx, 0, dx], [0, sy, dy]])

    def _view_box(self, text: str) -> tuple[float, float, float, float] | None:
        try:
            x, y, w, h = svg_path.numbers(text)
        except ValueError:
            return None
        fits = w > 0 and h > 0 and all(abs(v) <= _LARGEST for v in (x, y, w, h))
        return (x, y, w, h) if fits and min(w, h) > 1 / _LARGEST else None

    def group(self, element: Element, matrix: Matrix, paint: Paint) -> None:
        """All shapes below an element, in drawing order."""
        own = _attributes(element)
        if own.get("display", "").strip() == "none":
            return
        paint = paint.with_attributes(own, self._warn)
        self._cut_away(own)
        if "transform" in own:
            matrix = multiply(matrix, transform(own["transform"], self._warn))
        for child in element:
            name = local_name(child)
            if name in _GROUPS:
                self.group(child, matrix, paint)
            elif name in _SHAPES:
                self._shape(child, name, matrix, paint)
            elif name == "style":
                self._warn("style sheets are not read, so colours may be missing")
            elif name not in _SILENT and not child.tag.startswith("{http://www.inkscape.org"):
                self._warn(f"elements “{name[:30]}” are not read")

    def _shape(self, element: Element, name: str, matrix: Matrix, paint: Paint) -> None:
        own = _attributes(element)
        paint = paint.with_attributes(own, self._warn)
        self._cut_away(own)
        if paint.hidden or own.get("display", "").strip() == "none":
            return
        if "transform" in own:
            matrix = multiply(matrix, transform(own["transform"], self._warn))
        subpaths = self._outline(element, name)
        if not subpaths:
            return
        self._points_left -= sum(len(s.points) for s in subpaths)
        if self._points_left < 0:
            raise TooLargeError(self._path, f"it has more than {self._limits.points} points")
        path = VectorPath(
            tuple(subpaths), paint.fill_rgba(), paint.stroke_rgba(), paint.width, paint.even_odd
        )
        if matrix is not IDENTITY and not np.array_equal(matrix, IDENTITY):
            with np.errstate(over="ignore", invalid="ignore"):
                try:
                    path = path.transformed(matrix.tolist())
                except ValueError:  # a coordinate is no longer finite
                    self._warn("a shape with coordinates beyond all measure was left out")
                    return
        extreme = max(float(np.abs(s.points).max()) for s in path.subpaths)
        if extreme > _LARGEST or not path.width <= _LARGEST:
            self._warn("a shape with coordinates beyond all measure was left out")
            return
        self.paths.append(path)

    def _cut_away(self, own: dict[str, str]) -> None:
        for key in ("clip-path", "mask", "filter"):
            if own.get(key, "none").strip() != "none":
                self._warn(f"“{key}” is not read")

    def _outline(self, element: Element, name: str) -> list[Subpath]:
        width, height = self._size
        diagonal = math.hypot(width, height) / math.sqrt(2)
        try:
            if name == "path":
                return svg_path.parse_path(element.get("d", ""))
            if name in ("polyline", "polygon"):
                return svg_path.polyline(element.get("points", ""), name == "polygon")
        except svg_path.PathError as error:
            self._warn(f"a shape is cut short: {error}")
            return error.subpaths

        def get(key: str, whole: float) -> float:
            return length(element.get(key), whole) or 0.0

        if name == "rect":
            rx, ry = length(element.get("rx"), width), length(element.get("ry"), height)
            rx, ry = (ry or 0.0) if rx is None else rx, (rx or 0.0) if ry is None else ry
            corner = get("x", width), get("y", height)
            return svg_path.rectangle(*corner, get("width", width), get("height", height), rx, ry)
        if name == "line":
            ends = [(get("x1", width), get("y1", height)), (get("x2", width), get("y2", height))]
            return [Subpath.polyline(ends)]
        centre = get("cx", width), get("cy", height)
        if name == "circle":
            return svg_path.ellipse(*centre, get("r", diagonal), get("r", diagonal))
        return svg_path.ellipse(*centre, get("rx", width), get("ry", height))


def _attributes(element: Element) -> dict[str, str]:
    """Presentation attributes, with those of `style` laid over them."""
    return {**element.attrib, **declarations(element.get("style", ""))}
