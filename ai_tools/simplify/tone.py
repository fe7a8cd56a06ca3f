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
    kernel = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    # Closing paints over everything dark and narrow: what is left is the ground around a line.
    closed = cv2.morphologyEx(cv2.blur(colour, (3, 3)), cv2.MORPH_CLOSE, kernel)
    paper = _paper_part(tone, x, y, width, height) * np.float32(255)
    ground = np.clip(closed.astype(np.float32), paper * SOLID, paper * LIGHTER)
    left = cv2.divide(colour.astype(np.float32), np.maximum(ground, np.float32(0.25)))
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
    """Smooth large-scale tone of the paper: high percentiles of blocks, then blurred."""
    height, width = colour.shape[:2]
    block = max(4, max(height, width) // 8)
    rows, columns = -(-height // block), -(-width // block)
    grid = np.empty((rows, columns, 3), np.float32)
    for i in range(rows):
        for j in range(columns):
            part = colour[i * block : (i + 1) * block, j * block : (j + 1) * block]
            grid[i, j] = np.percentile(part.reshape(-1, 3), 80, axis=0)
    # A block full of solid black must not pass for paper: light falls off, but not to that.
    grid = np.maximum(grid, np.percentile(grid.reshape(-1, 3), 75, axis=0) * 0.5)
    grid = cv2.blur(grid, (3, 3), borderType=cv2.BORDER_REPLICATE)
    return cv2.resize(grid, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32)


def _paper_part(tone: Tone, x: int, y: int, width: int, height: int) -> NDArray[np.float32]:
    """The paper's tone at the pixels of one part, float32 (h, w, 3)."""
    down, right = tone.paper.shape[:2]
    top, bottom, v = _between(np.arange(y, y + height), down / tone.size[0], down)
    left, far, u = _between(np.arange(x, x + width), right / tone.size[1], right)
    rows = tone.paper[top] * (1 - v)[:, None, None] + tone.paper[bottom] * v[:, None, None]
    part = rows[:, left] * (1 - u)[None, :, None] + rows[:, far] * u[None, :, None]
    return part.astype(np.float32, copy=False)


def _between(
    places: NDArray[np.int_], scale: float, count: int
) -> tuple[NDArray[np.int_], NDArray[np.int_], NDArray[np.float32]]:
    """The two neighbours of each pixel on the small copy, and how far it is to the second."""
    spot = np.clip((places + 0.5) * scale - 0.5, 0, count - 1)
    first = np.floor(spot).astype(int)
    return first, np.minimum(first + 1, count - 1), (spot - first).astype(np.float32)
