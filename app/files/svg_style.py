# SPDX-License-Identifier: GPL-3.0-or-later
"""Colours, lengths, transforms and inherited paint of SVG. Imports app.core.vector and QtGui.

SVG 2, chapters 8 (coordinates) and 13 (painting); CSS Color 4 for the notations of sRGB.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from app.core.vector import Rgba
from app.files.svg_path import numbers

Matrix = NDArray[np.float64]  # (2, 3)
Warn = Callable[[str], None]

IDENTITY: Matrix = np.array([[1.0, 0, 0], [0, 1, 0]])

_PIXELS = {"": 1, "px": 1, "pt": 4 / 3, "pc": 16, "in": 96, "cm": 96 / 2.54, "mm": 96 / 25.4}
_LENGTH = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([a-zA-Z]*|%)\s*")
_FUNCTION = re.compile(r"[\s,]*(matrix|translate|scale|rotate|skewX|skewY)\s*\(([^()]*)\)")
_RGB = re.compile(r"rgba?\(([^()]*)\)", re.IGNORECASE)
_LARGEST = 1e9  # beyond it, a coordinate says nothing and products overflow


@dataclass(frozen=True)
class Paint:
    """What a shape inherits. Colours are straight RGB; opacities 0..1; width in user units."""

    fill: tuple[int, int, int] | None = (0, 0, 0)
    fill_alpha: float = 1.0
    fill_opacity: float = 1.0
    stroke: tuple[int, int, int] | None = None
    stroke_alpha: float = 1.0
    stroke_opacity: float = 1.0
    width: float = 1.0
    even_odd: bool = False
    colour: Rgba = (0, 0, 0, 255)
    opacity: float = 1.0  # product of all groups' opacities
    hidden: bool = False

    def with_attributes(self, own: Mapping[str, str], warn: Warn) -> Paint:
        """The paint of an element below this one, which sets the attributes `own`."""
        paint = self
        if "color" in own:
            colour = parse_colour(own["color"], self.colour, warn)
            paint = replace(paint, colour=colour or (0, 0, 0, 255))
        if "fill" in own and own["fill"] != "inherit":
            c = parse_colour(own["fill"], paint.colour, warn)
            paint = replace(paint, fill=c and c[:3], fill_alpha=c[3] / 255 if c else 1.0)
        if "stroke" in own and own["stroke"] != "inherit":
            c = parse_colour(own["stroke"], paint.colour, warn)
            paint = replace(paint, stroke=c and c[:3], stroke_alpha=c[3] / 255 if c else 1.0)
        if "fill-opacity" in own:
            share = _share(own["fill-opacity"], self.fill_opacity, warn)
            paint = replace(paint, fill_opacity=share)
        if "stroke-opacity" in own:
            share = _share(own["stroke-opacity"], self.stroke_opacity, warn)
            paint = replace(paint, stroke_opacity=share)
        if "opacity" in own:
            paint = replace(paint, opacity=self.opacity * _share(own["opacity"], 1.0, warn))
        if "stroke-width" in own:
            width = length(own["stroke-width"], None)
            if width is None or width < 0:
                warn(f"stroke width {own['stroke-width'][:30]!r} was not understood")
            else:
                paint = replace(paint, width=width)
        if "fill-rule" in own:
            paint = replace(paint, even_odd=own["fill-rule"].strip() == "evenodd")
        if "visibility" in own:
            paint = replace(paint, hidden=own["visibility"].strip() in ("hidden", "collapse"))
        return paint

    def fill_rgba(self) -> Rgba | None:
        """The fill with all opacities applied, or None."""
        if self.fill is None:
            return None
        return (*self.fill, _byte(self.fill_alpha * self.fill_opacity * self.opacity))

    def stroke_rgba(self) -> Rgba | None:
        """The outline's colour with all opacities applied, or None."""
        if self.stroke is None:
            return None
        return (*self.stroke, _byte(self.stroke_alpha * self.stroke_opacity * self.opacity))


def declarations(style: str) -> dict[str, str]:
    """The properties of a `style` attribute."""
    pairs = (part.partition(":") for part in style.split(";"))
    return {
        key.strip().lower(): value.replace("!important", "").strip()
        for key, colon, value in pairs
        if colon
    }


def parse_colour(text: str, current: Rgba, warn: Warn) -> Rgba | None:
    """An SVG paint as straight RGBA; None for "none" and for what is no plain colour."""
    value = text.strip()
    if value.startswith("url("):
        warn("gradients and patterns are not read")
        value = value.partition(")")[2].strip() or "none"
    lowered = value.lower()
    if lowered in ("none", "transparent"):
        return None
    if lowered in ("currentcolor", "context-fill", "context-stroke"):
        return current
    if re.fullmatch(r"#[0-9a-f]{3,4}|#[0-9a-f]{6}|#[0-9a-f]{8}", lowered):
        digits = lowered[1:] if len(lowered) > 5 else "".join(2 * d for d in lowered[1:])
        r, g, b, a = bytes.fromhex(digits.ljust(8, "f"))
        return r, g, b, a
    if match := _RGB.fullmatch(value):
        if (rgba := _functional(match[1])) is not None:
            return rgba
    elif not lowered.startswith("#") and QColor.isValidColorName(lowered):
        named = QColor(lowered)
        return named.red(), named.green(), named.blue(), 255
    warn(f"colour {text.strip()[:30]!r} was not understood")
    return None


def _functional(text: str) -> Rgba | None:
    parts = [p for p in re.split(r"[\s,/]+", text.strip()) if p]
    if len(parts) not in (3, 4):
        return None
    values = []
    for i, part in enumerate(parts):
        match = _LENGTH.fullmatch(part)
        if match is None or match[2] not in ("", "%"):
            return None
        full = 100.0 if match[2] == "%" else 1.0 if i == 3 else 255.0
        values.append(_byte(float(match[1]) / full))
    r, g, b, a = (*values, 255)[:4]
    return r, g, b, a


def length(text: str | None, whole: float | None) -> float | None:
    """A length in user units (96 an inch); `whole` is what 100 % means. None when unclear."""
    match = _LENGTH.fullmatch(text or "")
    if match is None:
        return None
    unit = match[2].lower()
    scale = (whole / 100 if whole is not None else None) if unit == "%" else _PIXELS.get(unit)
    value = None if scale is None else float(match[1]) * scale
    return value if value is not None and abs(value) <= _LARGEST else None


def transform(text: str, warn: Warn) -> Matrix:
    """A `transform` attribute as a 2 × 3 matrix; what is not understood counts as nothing."""
    result, at = IDENTITY, 0
    while match := _FUNCTION.match(text, at):
        at = match.end()
        try:
            part = _elementary(match[1], numbers(match[2]))
        except ValueError:
            break
        result = multiply(result, part)
    if text[at:].strip(" \t\r\n,") or not np.isfinite(result).all():
        warn(f"transform {text[:40]!r} was not understood")
        return IDENTITY
    return result


def multiply(a: Matrix, b: Matrix) -> Matrix:
    """The transform that applies b, then a."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.hstack([a[:, :2] @ b[:, :2], a[:, :2] @ b[:, 2:] + a[:, 2:]])


def _elementary(name: str, v: list[float]) -> Matrix:
    wanted = {"matrix": (6,), "translate": (1, 2), "scale": (1, 2), "rotate": (1, 3)}
    if len(v) not in wanted.get(name, (1,)) or any(abs(x) > _LARGEST for x in v):
        raise ValueError(name)
    if name == "matrix":
        return np.array([[v[0], v[2], v[4]], [v[1], v[3], v[5]]])
    if name == "translate":
        return np.array([[1, 0, v[0]], [0, 1, v[1] if len(v) > 1 else 0.0]])
    if name == "scale":
        return np.array([[v[0], 0, 0.0], [0, v[-1], 0]])
    angle = math.radians(v[0] % 360)
    if name == "skewX":
        return np.array([[1, math.tan(angle), 0], [0, 1, 0.0]])
    if name == "skewY":
        return np.array([[1, 0.0, 0], [math.tan(angle), 1, 0]])
    cos, sin = math.cos(angle), math.sin(angle)
    turn = np.array([[cos, -sin, 0], [sin, cos, 0]])
    if len(v) == 1:
        return turn
    there = np.array([[1, 0, v[1]], [0, 1, v[2]]])
    back = np.array([[1, 0, -v[1]], [0, 1, -v[2]]])
    return multiply(multiply(there, turn), back)


def _share(text: str, otherwise: float, warn: Warn) -> float:
    """An opacity: a number or a percentage, held within 0..1."""
    match = _LENGTH.fullmatch(text)
    if match is None or match[2] not in ("", "%"):
        warn(f"opacity {text[:30]!r} was not understood")
        return otherwise
    return min(max(float(match[1]) / (100 if match[2] else 1), 0.0), 1.0)


def _byte(share: float) -> int:
    return round(min(max(share, 0.0), 1.0) * 255)
