# SPDX-License-Identifier: GPL-3.0-or-later
"""SVG pictures rewritten as colour, as lines and as codes of regions.  Imports lxml and resvg_py.

Any SVG of plain shapes works: clip art, avatars, emoji.  Text and embedded pictures are hidden.
"""

from __future__ import annotations

import colorsys
import re
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Rgb = tuple[int, int, int]
Paint = Rgb | str
"""A colour; "none"; or "other" for gradients, patterns and words not known here."""

_SHAPES = {"path", "rect", "circle", "ellipse", "polygon", "polyline", "line"}
_SKIPPED = {"mask", "clipPath", "defs", "linearGradient", "radialGradient", "filter", "metadata"}
_SKIPPED |= {"pattern", "symbol", "marker", "style", "title", "desc"}
_PROPERTIES = ("fill", "stroke", "fill-opacity", "stroke-opacity", "opacity", "stroke-width")
_WORDS = {"black": "#000", "white": "#fff", "red": "#f00", "gray": "#808080", "grey": "#808080"}

DARK = 75
"""A colour none of whose channels reaches this is ink."""


class SvgError(Exception):
    """A picture cannot be used; the message gives the reason."""


@dataclass(eq=False)
class _Shape:
    element: Any
    paint: dict[str, str]
    own_opacity: str | None
    fill: Paint
    stroke: Paint
    stroked: bool
    faint: bool


def parse_paint(text: str | None) -> Paint:
    """What a fill or stroke attribute says."""
    text = _WORDS.get((text or "none").strip().lower(), (text or "none").strip())
    if text in ("none", "transparent"):
        return "none"
    if found := re.match(r"#([0-9a-fA-F]{6}|[0-9a-fA-F]{3})", text):
        digits = found.group(1)
        digits = digits if len(digits) == 6 else "".join(2 * d for d in digits)
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    if found := re.match(r"rgb\(\s*([\d.]+%?)\s*,\s*([\d.]+%?)\s*,\s*([\d.]+%?)", text):
        parts = [float(x[:-1]) * 2.55 if x.endswith("%") else float(x) for x in found.groups()]
        return round(parts[0]), round(parts[1]), round(parts[2])
    return "other"


def is_dark(paint: Paint) -> bool:
    """Whether a paint counts as ink."""
    return not isinstance(paint, str) and max(paint) < DARK


def _number(text: str | None, default: float) -> float:
    try:
        return float((text or "").rstrip("%")) * (0.01 if (text or "").endswith("%") else 1)
    except ValueError:
        return default


def _declarations(element: Any) -> dict[str, str]:
    parts = (d.partition(":") for d in (element.get("style") or "").split(";"))
    return {key.strip(): value.strip() for key, _, value in parts if value}


class VectorPicture:
    """A parsed SVG.  Each of the three ways to write it leaves it ready for the next."""

    def __init__(self, svg: str) -> None:
        """Reads the shapes of an SVG document.

        Raises:
            SvgError: not XML, of no known size, or without shapes.
        """
        from lxml import etree

        self._etree = etree
        parser = etree.XMLParser(recover=True, huge_tree=False, resolve_entities=False)
        try:
            root = etree.fromstring(svg.encode(), parser)
        except etree.XMLSyntaxError as error:
            raise SvgError(f"not XML: {error}") from error
        if root is None:
            raise SvgError("not XML")
        self._root = root
        try:
            if root.get("viewBox"):
                corner = [float(x) for x in re.split(r"[ ,]+", root.get("viewBox").strip())]
                wide, high = corner[2], corner[3]
            else:
                wide, high = (
                    float(re.sub("[^0-9.]", "", root.get(key) or "100"))
                    for key in ("width", "height")
                )
                root.set("viewBox", f"0 0 {wide} {high}")
        except (ValueError, IndexError) as error:
            raise SvgError(f"its size is not known: {error}") from error
        self._extent = max(wide, high)
        for key in ("width", "height"):
            root.attrib.pop(key, None)
        self._shapes: list[_Shape] = []
        self._collect(root, {"fill": "#000"}, 1.0)
        if not self._shapes:
            raise SvgError("it has no shapes")

    def _collect(self, element: Any, inherited: dict[str, str], opacity: float) -> None:
        if not isinstance(element.tag, str):
            return
        tag = self._etree.QName(element).localname
        if tag in _SKIPPED:
            return
        if tag in ("image", "text", "use"):
            element.set("display", "none")
            return
        own = {key: element.get(key) for key in _PROPERTIES if element.get(key) is not None}
        own |= {k: v for k, v in _declarations(element).items() if k in _PROPERTIES}
        paint = {k: v for k, v in inherited.items() if k != "opacity"} | own
        opacity *= _number(paint.get("opacity"), 1)
        if tag in _SHAPES:
            fill, stroke = parse_paint(paint.get("fill")), parse_paint(paint.get("stroke"))
            faint = opacity * _number(paint.get("fill-opacity"), 1) < 0.6
            inked = opacity * _number(paint.get("stroke-opacity"), 1) > 0.3
            stroked = stroke != "none" and inked
            shape = _Shape(element, paint, own.get("opacity"), fill, stroke, stroked, faint)
            self._shapes.append(shape)
        for child in element:
            self._collect(child, paint, opacity)

    def recolour_dark(self, rng: np.random.Generator, share: float) -> None:
        """Gives dark fills that have no stroke a colour, `share` of them: silhouettes and black
        clothes are then regions to be coloured instead of ink."""
        for shape in self._shapes:
            if is_dark(shape.fill) and not shape.stroked and rng.random() < share:
                shape.fill = _from_hsv(rng.random(), rng.uniform(0.2, 0.8), rng.uniform(0.4, 0.9))
                red, green, blue = shape.fill
                shape.paint["fill"] = f"rgb({red},{green},{blue})"

    def colour(self, rng: np.random.Generator) -> str:
        """The picture in other colours: one turn of hue for all, a small one for each; dark
        colours and gradients stay."""
        turn = rng.random() if rng.random() < 0.4 else 0.0
        table: dict[Rgb, str] = {}
        for shape in self._shapes:
            new = {k: v for k, v in shape.paint.items() if k != "opacity"}
            for key, paint in (("fill", shape.fill), ("stroke", shape.stroke)):
                if isinstance(paint, str) or is_dark(paint):
                    continue
                if paint not in table:
                    h, s, v = colorsys.rgb_to_hsv(*(x / 255 for x in paint))
                    s = float(np.clip(s * rng.uniform(0.6, 1.2), 0, 1))
                    v = float(np.clip(v * rng.uniform(0.8, 1.1), 0.2, 1))
                    red, green, blue = _from_hsv((h + turn + rng.uniform(-0.05, 0.05)) % 1, s, v)
                    table[paint] = f"rgb({red},{green},{blue})"
                new[key] = table[paint]
            if shape.own_opacity:
                new["opacity"] = shape.own_opacity
            self._set(shape, new)
        return self._text()

    def line(self, outlined: bool, width: float) -> str:
        """Black strokes and dark fills, all other fills white.

        Args:
            outlined: whether every fill gets a stroke, as flat art needs.
            width: of those strokes, in parts of the longer side.
        """
        for shape in self._shapes:
            face = "none" if shape.fill == "none" or shape.faint else "#fff"
            face = "#000" if face != "none" and is_dark(shape.fill) else face
            new = {"fill": face, "stroke": "none"}
            if shape.stroked:
                new |= {"stroke": "#000", "stroke-width": shape.paint.get("stroke-width", "1")}
            elif outlined and face != "none":
                new |= {"stroke": "#000", "stroke-width": f"{self._extent * width:.4f}"}
                new["stroke-linejoin"] = "round"
            self._set(shape, new)
        return self._text()

    def regions(self) -> str:
        """One code colour per fill without soft edges, ink black.  To be called last: it drops the
        opacity of groups."""
        for element in self._root.iter():
            if isinstance(element.tag, str) and self._etree.QName(element).localname == "g":
                for key in ("opacity", "filter", "style"):
                    element.attrib.pop(key, None)
        number = 0
        for shape in self._shapes:
            seen = shape.fill != "none" and not shape.faint
            dark = is_dark(shape.fill)
            number += seen and not dark
            code = f"#{number * 67 % 255 + 1:02x}{number * 131 % 255 + 1:02x}"
            code += f"{(number * 29 + number // 255) % 255 + 1:02x}"
            face = "none" if not seen else "#000" if dark else code
            edge = "none"
            if shape.stroked:
                edge = "#000" if is_dark(shape.stroke) or not seen else face
            new = {"fill": face, "stroke": edge}
            self._set(shape, new | {"stroke-width": shape.paint.get("stroke-width", "1")})
            shape.element.set("shape-rendering", "crispEdges")
        return self._text()

    def _set(self, shape: _Shape, paint: dict[str, str]) -> None:
        rest = _declarations(shape.element)
        rest = {k: v for k, v in rest.items() if k not in _PROPERTIES and k != "filter"}
        style = ";".join(f"{k}:{v}" for k, v in {**rest, **paint}.items())
        shape.element.set("style", style)
        for key in _PROPERTIES:
            shape.element.attrib.pop(key, None)

    def _text(self) -> str:
        text: str = self._etree.tostring(self._root).decode()
        return text


def _from_hsv(hue: float, saturation: float, value: float) -> Rgb:
    r, g, b = colorsys.hsv_to_rgb(hue, saturation, value)
    return int(255 * r), int(255 * g), int(255 * b)


def rasterise(svg: str, size: int) -> NDArray[np.uint8]:
    """RGBA (size, size, 4), straight alpha, the picture in the middle.

    Raises:
        SvgError: it cannot be drawn.
    """
    import resvg_py

    try:
        data = bytes(resvg_py.svg_to_bytes(svg_string=svg, width=size, height=size))
    except ValueError as error:
        raise SvgError(f"it cannot be drawn: {error}") from error
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if picture is None or picture.ndim != 3 or picture.shape[2] != 4:
        raise SvgError("it has no transparent parts")
    picture = cv2.cvtColor(picture, cv2.COLOR_BGRA2RGBA)
    factor = size / max(picture.shape[:2])
    wide, high = (max(1, round(factor * side)) for side in picture.shape[1::-1])
    if (wide, high) != picture.shape[1::-1]:
        picture = cv2.resize(picture, (wide, high), interpolation=cv2.INTER_AREA)
    out = np.zeros((size, size, 4), np.uint8)
    y, x = (size - high) // 2, (size - wide) // 2
    out[y : y + high, x : x + wide] = picture
    return out
