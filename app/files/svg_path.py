# SPDX-License-Identifier: GPL-3.0-or-later
"""Path data and basic shapes of SVG as cubic Bézier subpaths. Imports app.core.vector.

SVG 2, chapters 9 (paths) and 10 (basic shapes), and its implementation note on elliptical arcs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

from app.core.vector import Subpath

Point = tuple[float, float]

_COMMAND = re.compile(r"([MmZzLlHhVvCcSsQqTtAa])([^MmZzLlHhVvCcSsQqTtAa]*)")
_NUMBER = re.compile(r"[\s,]*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")
_FLAG = re.compile(r"[\s,]*([01])")
_REST = re.compile(r"[\s,]*\Z")
_ARITY = {"M": 2, "Z": 0, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7}
_LARGEST = 1e30  # sums and squares of such numbers stay finite
_KAPPA = 4 / 3 * (math.sqrt(2) - 1)  # handle length of a quarter circle as one cubic


class PathError(ValueError):
    """Path data broke off; `subpaths` holds what came before the error, as SVG asks."""

    def __init__(self, reason: str, subpaths: list[Subpath]) -> None:
        super().__init__(reason)
        self.subpaths = subpaths


def parse_path(text: str) -> list[Subpath]:
    """The subpaths of a `d` attribute.

    Raises:
        PathError: the text is no path data from some point on.
    """
    builder = _Builder()
    end = 0
    try:
        for match in _COMMAND.finditer(text):
            if text[end : match.start()].strip():
                break
            end = match.end()
            builder.command(match[1], match[2])
        subpaths = builder.finish()
    except ValueError as error:
        raise PathError(str(error), builder.finish()) from error
    if text[end:].strip():
        raise PathError(f"unknown path data {text[end:].strip()[:20]!r}", subpaths)
    return subpaths


def ellipse(cx: float, cy: float, rx: float, ry: float) -> list[Subpath]:
    """An ellipse as four cubics; nothing when a radius is not positive."""
    if not (rx > 0 and ry > 0):
        return []
    k = _KAPPA
    unit = [
        *[(1, 0), (1, k), (k, 1), (0, 1), (-k, 1), (-1, k), (-1, 0)],
        *[(-1, -k), (-k, -1), (0, -1), (k, -1), (1, -k), (1, 0)],
    ]
    return [Subpath(np.array(unit) * (rx, ry) + (cx, cy), closed=True)]


def rectangle(x: float, y: float, w: float, h: float, rx: float, ry: float) -> list[Subpath]:
    """A rectangle, its corners rounded by rx, ry; nothing when a side is not positive."""
    if not (w > 0 and h > 0):
        return []
    rx, ry = min(max(rx, 0.0), w / 2), min(max(ry, 0.0), h / 2)
    if not (rx and ry):
        return [Subpath.polyline([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], closed=True)]
    right, bottom, k = x + w, y + h, 1 - _KAPPA
    builder = _Builder()
    builder.move((x + rx, y))
    builder.line((right - rx, y))
    builder.curve((right - k * rx, y), (right, y + k * ry), (right, y + ry))
    builder.line((right, bottom - ry))
    builder.curve((right, bottom - k * ry), (right - k * rx, bottom), (right - rx, bottom))
    builder.line((x + rx, bottom))
    builder.curve((x + k * rx, bottom), (x, bottom - k * ry), (x, bottom - ry))
    builder.line((x, y + ry))
    builder.curve((x, y + k * ry), (x + k * rx, y), (x + rx, y))
    builder.close()
    return builder.finish()


def polyline(text: str, closed: bool) -> list[Subpath]:
    """The `points` attribute of a polyline or polygon; an odd last number is left out.

    Raises:
        PathError: the text holds something that is no number.
    """
    try:
        values = numbers(text)
    except ValueError as error:
        raise PathError(str(error), []) from error
    points = list(zip(values[::2], values[1::2], strict=False))
    return [Subpath.polyline(points, closed)] if points else []


def numbers(text: str) -> list[float]:
    """All numbers in a list separated by blanks or commas.

    Raises:
        ValueError: something else is in it, or a number beyond all measure.
    """
    values: list[float] = []
    at = 0
    while match := _NUMBER.match(text, at):
        values.append(_moderate(match[1]))
        at = match.end()
    if not _REST.match(text, at):
        raise ValueError(f"{text[at : at + 20].strip()!r} is not a number")
    return values


class _Builder:
    """Collects subpaths; keeps the pen position and what smooth curves reflect."""

    def __init__(self) -> None:
        self._done: list[Subpath] = []
        self._points: list[Point] = []
        self._at: Point = (0.0, 0.0)
        self._start: Point = (0.0, 0.0)
        self._cubic: Point | None = None  # last handle, when the last command was C or S
        self._quadratic: Point | None = None  # and when it was Q or T

    def finish(self) -> list[Subpath]:
        self._end(closed=False)
        return self._done

    def command(self, letter: str, text: str) -> None:
        kind, relative = letter.upper(), letter.islower()
        if kind != "M" and not self._points and not self._done:
            raise ValueError("path data does not start with a move")
        values = _arc_values(text) if kind == "A" else numbers(text)
        arity = _ARITY[kind]
        if kind == "Z":
            if values:
                raise ValueError("numbers follow a close command")
            self.close()
            return
        if not values or len(values) % arity:
            raise ValueError(f"command {letter} has {len(values)} numbers")
        for i in range(0, len(values), arity):
            self._step(kind, values[i : i + arity], relative)
            kind = "L" if kind == "M" else kind  # further pairs after a move are lines

    def _step(self, kind: str, v: Sequence[float], relative: bool) -> None:
        ox, oy = self._at if relative else (0.0, 0.0)
        if kind == "M":
            self.move((v[0] + ox, v[1] + oy))
        elif kind == "L":
            self.line((v[0] + ox, v[1] + oy))
        elif kind == "H":
            self.line((v[0] + ox, self._at[1]))
        elif kind == "V":
            self.line((self._at[0], v[0] + oy))
        elif kind == "C":
            self.curve((v[0] + ox, v[1] + oy), (v[2] + ox, v[3] + oy), (v[4] + ox, v[5] + oy))
        elif kind == "S":
            first = self._reflected(self._cubic)
            self.curve(first, (v[0] + ox, v[1] + oy), (v[2] + ox, v[3] + oy))
        elif kind == "Q":
            self._quadratic_to((v[0] + ox, v[1] + oy), (v[2] + ox, v[3] + oy))
        elif kind == "T":
            self._quadratic_to(self._reflected(self._quadratic), (v[0] + ox, v[1] + oy))
        else:
            self._arc(v[0], v[1], v[2], v[3] != 0, v[4] != 0, (v[5] + ox, v[6] + oy))

    def move(self, to: Point) -> None:
        _check(*to)
        self._end(closed=False)
        self._points = [to]
        self._at = self._start = to
        self._cubic = self._quadratic = None

    def line(self, to: Point) -> None:
        (x0, y0), (x1, y1) = self._at, to
        third, two_thirds = (x1 - x0) / 3, (x1 - x0) * 2 / 3
        self.curve((x0 + third, y0 + (y1 - y0) / 3), (x0 + two_thirds, y0 + (y1 - y0) * 2 / 3), to)
        self._cubic = None

    def curve(self, a: Point, b: Point, to: Point) -> None:
        _check(*a, *b, *to)
        if not self._points:  # drawing goes on after a close, from where that subpath began
            self._points = [self._at]
            self._start = self._at
        self._points += [a, b, to]
        self._at, self._cubic, self._quadratic = to, b, None

    def close(self) -> None:
        self._end(closed=True)
        self._at = self._start
        self._cubic = self._quadratic = None

    def _end(self, closed: bool) -> None:
        if not self._points:
            return
        self._done.append(Subpath(np.array(self._points, np.float64), closed))
        self._points = []

    def _reflected(self, handle: Point | None) -> Point:
        x, y = self._at
        return (x, y) if handle is None else (2 * x - handle[0], 2 * y - handle[1])

    def _quadratic_to(self, handle: Point, to: Point) -> None:
        (x0, y0), (hx, hy), (x1, y1) = self._at, handle, to
        self.curve(
            (x0 + (hx - x0) * 2 / 3, y0 + (hy - y0) * 2 / 3),
            (x1 + (hx - x1) * 2 / 3, y1 + (hy - y1) * 2 / 3),
            to,
        )
        self._cubic, self._quadratic = None, handle

    def _arc(
        self, rx: float, ry: float, degrees: float, large: bool, sweep: bool, to: Point
    ) -> None:
        """SVG 2, appendix B.2: from end points to centre, then cubics of at most 90° each."""
        (x0, y0), (x1, y1) = self._at, to
        rx, ry = abs(rx), abs(ry)
        if (x0, y0) == (x1, y1):
            return
        if not (rx and ry):
            self.line(to)
            return
        angle = math.radians(degrees % 360)
        cos, sin = math.cos(angle), math.sin(angle)
        dx, dy = (x0 - x1) / 2, (y0 - y1) / 2
        px, py = cos * dx + sin * dy, -sin * dx + cos * dy
        ux, uy = px / rx, py / ry
        excess = ux * ux + uy * uy
        if excess > 1:  # radii too small to reach: the smallest that do
            rx, ry = rx * math.sqrt(excess), ry * math.sqrt(excess)
            ux, uy = px / rx, py / ry
            excess = 1.0
        factor = math.sqrt(max(0.0, 1 / excess - 1)) if excess else 0.0
        if large == sweep:
            factor = -factor
        cxu, cyu = factor * uy, -factor * ux  # centre, in the circle's own units
        begin = math.atan2(uy - cyu, ux - cxu)
        turn = math.atan2(-uy - cyu, -ux - cxu) - begin
        if sweep and turn < 0:
            turn += 2 * math.pi
        elif not sweep and turn > 0:
            turn -= 2 * math.pi
        pieces = max(1, math.ceil(abs(turn) / (math.pi / 2) - 1e-9))
        step = turn / pieces
        handle = 4 / 3 * math.tan(step / 4)
        mx, my = (x0 + x1) / 2, (y0 + y1) / 2

        def place(u: float, v: float) -> Point:
            x, y = rx * (u + cxu), ry * (v + cyu)
            return cos * x - sin * y + mx, sin * x + cos * y + my

        for i in range(pieces):
            t0, t1 = begin + i * step, begin + (i + 1) * step
            c0, s0, c1, s1 = math.cos(t0), math.sin(t0), math.cos(t1), math.sin(t1)
            end = to if i == pieces - 1 else place(c1, s1)
            self.curve(
                place(c0 - handle * s0, s0 + handle * c0),
                place(c1 + handle * s1, s1 - handle * c1),
                end,
            )
        self._cubic = None


def _moderate(text: str) -> float:
    value = float(text)
    if abs(value) > _LARGEST:
        raise ValueError("a number is too large")
    return value


def _check(*coordinates: float) -> None:
    if not all(map(math.isfinite, coordinates)):
        raise ValueError("a coordinate is too large")


def _arc_values(text: str) -> list[float]:
    """Numbers of arc commands, whose two flags may stand without separators ("01.5")."""
    values: list[float] = []
    at = 0
    while match := (_FLAG if len(values) % 7 in (3, 4) else _NUMBER).match(text, at):
        values.append(_moderate(match[1]))
        at = match.end()
    if not _REST.match(text, at):
        raise ValueError(f"{text[at : at + 20].strip()!r} is not a number of an arc")
    return values
