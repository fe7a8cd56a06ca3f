# SPDX-License-Identifier: GPL-3.0-or-later
"""How much a vector drawing is made of, and what it looks like.  Imports app.core, app.files.

The same lines can be a few strokes of few points, which an artist can take hold of, or hundreds of
scraps.  Counts are of what a way writes into its SVG file, so that all ways are counted alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.core.geometry import Rect
from app.core.vector import draw_paths
from app.files.svg import read_svg
from train.metrics.lines import Mask, line_mask

_DATA = re.compile(r'<path\b[^>]*?\sd="([^"]*)"', re.DOTALL)
_COMMAND = re.compile(r"([MmLlHhVvCcSsQqTtAaZz])([^MmLlHhVvCcSsQqTtAaZz]*)")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_NUMBERS_A_PAIR = {"h": 1, "v": 1, "a": 7}
"""Of an SVG path command's numbers, how many say one place; 2 of all others."""


@dataclass(frozen=True)
class Economy:
    """What the paths of an SVG file are made of."""

    strokes: int
    """Curves that run on without a break: open strokes, or outlines and their holes."""
    points: int
    """Coordinate pairs, control points included."""


def economy(svg: bytes) -> Economy:
    """Counts strokes and coordinate pairs of an SVG file's <path> elements."""
    strokes = points = 0
    for command, count in _commands(svg):
        strokes += command == "m"
        points += count // _NUMBERS_A_PAIR.get(command, 2)
    return Economy(strokes, points)


def _commands(svg: bytes) -> Iterator[tuple[str, int]]:
    """Every path command in lower case, and how many numbers follow it."""
    for data in _DATA.findall(svg.decode("utf-8", "replace")):
        for command, numbers in _COMMAND.findall(data):
            yield command.lower(), len(_NUMBER.findall(numbers))


def svg_mask(svg: bytes, shape: tuple[int, ...], shift: tuple[float, float] = (0.0, 0.0)) -> Mask:
    """The lines that an SVG file shows, as `line_mask` sees them: its shapes in black, antialiased.

    Args:
        shape: (height, width) of the picture that the canvas is scaled to.
        shift: (x, y) in pixels of the picture by which everything is moved.

    Raises:
        app.files.errors.FileError: it is no SVG file.
    """
    height, width = shape[:2]
    paths, canvas_width, canvas_height = read_svg(svg)
    fit = [[width / canvas_width, 0, shift[0]], [0, height / canvas_height, shift[1]]]
    black = [
        replace(
            path.transformed(fit),
            fill=None if path.fill is None else (0, 0, 0, 255),
            stroke=None if path.stroke is None else (0, 0, 0, 255),
        )
        for path in paths
    ]
    ink: NDArray[np.uint8] = draw_paths(black, Rect(0, 0, width, height))[..., 3]
    return line_mask(255 - ink)


@dataclass(frozen=True, eq=False)
class Drawing:
    """What a way makes of a rough drawing.

    Attributes:
        mask: bool (h, w), True on lines.
        economy: of its vector form; None where there is none.
    """

    mask: Mask
    economy: Economy | None = None

    @staticmethod
    def of_svg(
        svg: bytes, shape: tuple[int, ...], shift: tuple[float, float] = (0.0, 0.0)
    ) -> Drawing:
        """See `svg_mask` and `economy`."""
        return Drawing(svg_mask(svg, shape, shift), economy(svg))
