# SPDX-License-Identifier: GPL-3.0-or-later
"""From a picture to ink: paper tone, uneven light and shading out. numpy and OpenCV only.

`measure` looks at a small copy of the whole picture once; `ink_map` then works on any part of it,
so that parts computed one by one agree with the whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

THUMB = 384
"""Long side in pixels of the small copy on which the paper is measured."""

SOLID = 0.55
"""A place darker than this share of the paper's tone is ink however wide it is; a lighter wide
place is a wash or a shadow, and counts as paper."""

LIGHTER = 1.1
"""How much lighter than the paper a white fill may count: with more, the paper that shows in a
gap of the fill would look like ink."""


@dataclass(frozen=True)
class Tone:
    """How paper and ink look in one picture.

    Attributes:
        inverted: the drawing is light on dark.
        by_alpha: light ink on a transparent layer: the opacity alone is the ink.
        paper: float32 (h', w', 3), 0..1: paper tone on the small copy, light falling off included.
        size: (height, width) of the whole picture in pixels.
    """

    inverted: bool
    by_alpha: bool
    paper: NDArray[np.float32]
    size: tuple[int, int]


def measure(pixels: NDArray[np.uint8]) -> Tone:
    """Find the paper in a whole picture.

    Args:
        pixels: uint8 (h, w, 4) premultiplied BGRA, or (h, w) grey; h, w >= 1.
    """
    height, width = pixels.shape[:2]
    scale = min(1.0, THUMB / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    by_alpha = _is_light_ink(small)
    colour = _channels(small, by_alpha).astype(np.float32) / np.float32(255)
    luma = colour.mean(axis=2)
    middle = float(np.median(luma))
    darker = float((np.maximum(middle - luma, 0) ** 2).mean())
    lighter = float((np.maximum(luma - middle, 0) ** 2).mean())
    inverted = not by_alpha and middle < 0.5 and lighter > darker
    if inverted:
        colour = 1 - colour
    return Tone(inverted, by_alpha, _paper(colour), (height, width))


def ink_map(
    pixels: NDArray[np.uint8], tone: Tone, x: int, y: int, radius: int
) -> NDArray[np.float32]:
    """Ink of one part of the picture.

    Args:
        pixels: the part, uint8 (h, w, 4) premultiplied BGRA or (h, w) grey.
        tone: of the whole picture.
        x, y: where the part lies in the whole, pixels.
        radius: half the widest dark mark that is still a line, pixels. The result is exact where
            a margin of `2 * radius + 2` pixels, or the picture's edge, surrounds it.

    Returns:
        float32 (h, w), 0 = paper .. 1 = black.
    """
    colour = _channels(pixels, tone.by_alpha)
    if tone.inverted:
        colour = cv2.bitwise_not(colour)
    height, width = colour.shape[:2]
    paper = _paper_part(tone, x, y, width, height)
    even = cv2.divide(colour.astype(np.float32), paper * np.float32(255))
    # Closing paints over everything dark and narrow: what is left is the ground around a line.
    kernel = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    soft = cv2.blur(np.minimum(even * np.float32(220), 255).astype(np.uint8), (3, 3))
    ground = cv2.morphologyEx(soft, cv2.MORPH_CLOSE, kernel).astype(np.float32) / np.float32(220)
    left = cv2.divide(even, np.clip(ground, SOLID, LIGHTER))
    # Half the mean and half the strongest channel: pale blue or red pencil loses little in one
    # channel and much in another, and grey pencil is the same either way.
    b, g, r = cv2.split(left)
    kept = (b + g + r) * np.float32(1 / 6) + cv2.min(cv2.min(b, g), r) * np.float32(0.5)
    return np.clip(np.float32(1) - kept, 0, 1)


def _channels(pixels: NDArray[np.uint8], by_alpha: bool) -> NDArray[np.uint8]:
    """Uint8 (h, w, 3), on a white ground where the picture is transparent."""
    if pixels.ndim == 2:
        return cv2.merge([pixels] * 3)
    clear = cv2.bitwise_not(pixels[..., 3])
    if by_alpha:
        return cv2.merge([clear] * 3)
    return cv2.add(cv2.cvtColor(pixels, cv2.COLOR_BGRA2BGR), cv2.merge([clear] * 3))


def _is_light_ink(small: NDArray[np.uint8]) -> bool:
    """True for a mostly clear layer whose marks are nearly all light, such as white chalk."""
    if small.ndim == 2:
        return False
    alpha = small[..., 3].astype(np.float32)
    if (alpha > 32).mean() > 0.5 or not (alpha > 0).any():
        return False
    luma = small[..., :3].mean(axis=2) / np.maximum(alpha, 1)
    darkest_tenth = float(np.percentile(luma[alpha > 0.1 * alpha.max()], 10))
    return darkest_tenth > 0.6


def _paper(colour: NDArray[np.float32]) -> NDArray[np.float32]:
    """Smooth large-scale tone of the paper, (h, w, 3), above 0: high percentiles of blocks."""
    height, width = colour.shape[:2]
    block = max(4, max(height, width) // 8)
    down = np.linspace(0, height, max(1, round(height / block)) + 1).round().astype(int)
    right = np.linspace(0, width, max(1, round(width / block)) + 1).round().astype(int)
    grid = np.empty((len(down) - 1, len(right) - 1, 3), np.float32)
    for i, j in np.ndindex(grid.shape[:2]):
        part = colour[down[i] : down[i + 1], right[j] : right[j + 1]]
        grid[i, j] = np.percentile(part.reshape(-1, 3), 80, axis=0)
    # A block full of solid black must not pass for paper: light falls off, but not to that.
    least = np.percentile(grid.reshape(-1, 3), 75, axis=0).astype(np.float32) * np.float32(0.5)
    for axis in (0, 1):
        # Two rows more on each side that go on as the light does: it falls off to the very edge.
        around = [(2, 2) if k == axis else (0, 0) for k in range(3)]
        if grid.shape[axis] > 2:
            grid = np.pad(grid, around, mode="reflect", reflect_type="odd")
        else:
            grid = np.pad(grid, around, mode="edge")
    grid = cv2.blur(np.maximum(grid, least), (3, 3))
    rows, columns = (_spots(n, len(cells) - 1) for n, cells in ((height, down), (width, right)))
    return _sampled(np.maximum(grid, 1 / 255), rows, columns)


def _paper_part(tone: Tone, x: int, y: int, width: int, height: int) -> NDArray[np.float32]:
    """The paper's tone at the pixels of one part, float32 (h, w, 3)."""
    down, right = tone.paper.shape[:2]
    rows = (np.arange(y, y + height) + 0.5) * down / tone.size[0] - 0.5
    columns = (np.arange(x, x + width) + 0.5) * right / tone.size[1] - 0.5
    return _sampled(tone.paper, rows, columns)


def _spots(count: int, cells: int) -> NDArray[np.float64]:
    """Where `count` pixels lie in a row of cells that has two more at either end."""
    return (np.arange(count) + 0.5) * cells / count + 1.5


def _sampled(
    grid: NDArray[np.float32], rows: NDArray[np.float64], columns: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Values between the places of a grid (r, c, 3), linearly; places beyond it give its edge."""
    top, bottom, v = _between(rows, grid.shape[0])
    left, right, u = _between(columns, grid.shape[1])
    lines = grid[top] * (1 - v)[:, None, None] + grid[bottom] * v[:, None, None]
    part = lines[:, left] * (1 - u)[None, :, None] + lines[:, right] * u[None, :, None]
    return part.astype(np.float32, copy=False)


def _between(
    places: NDArray[np.float64], count: int
) -> tuple[NDArray[np.int_], NDArray[np.int_], NDArray[np.float32]]:
    """The two neighbours of each place, and how far it is to the second."""
    spot = np.clip(places, 0, count - 1)
    first = np.floor(spot).astype(int)
    return first, np.minimum(first + 1, count - 1), (spot - first).astype(np.float32)
