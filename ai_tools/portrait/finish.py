# SPDX-License-Identifier: GPL-3.0-or-later
"""From what the network gives to what the artist gets: larger, cut out, placed on the canvas.

Imports numpy and OpenCV only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

INK_REACH = 0.03
"""Outlines lie half outside of the head: ink up to this share of the side away belongs to it."""

PAPER = 0.8
"""A background lighter than this in every channel is paper, and what is darker on it is ink."""


@dataclass(frozen=True)
class Frame:
    """A square on the canvas, which may be turned.

    Attributes:
        x, y: its centre in canvas pixels (pixel (0, 0) covers 0..1).
        side: in pixels.
        roll: radians, clockwise on the screen.
    """

    x: float
    y: float
    side: float
    roll: float = 0.0

    def moved(self, right: float, down: float, scale: float, roll: float) -> Frame:
        """The frame after a move along its own axes (in half sides), a scaling and a turn."""
        cos, sin = math.cos(self.roll), math.sin(self.roll)
        half = self.side / 2
        return Frame(
            self.x + (cos * right - sin * down) * half,
            self.y + (sin * right + cos * down) * half,
            self.side * scale,
            self.roll + roll,
        )


def enlarge(picture: NDArray[np.float32], side: int, crispness: float) -> NDArray[np.float32]:
    """A square picture (s, s, 3), 0..1, at another size.

    Args:
        crispness: 0 = plain Lanczos; 1 = even lines with steep edges, without halos.
    """
    small = picture.shape[0]
    if side == small:
        return picture
    if side < small:
        shrunk: NDArray[np.float32] = cv2.resize(
            picture, (side, side), interpolation=cv2.INTER_AREA
        )
        return shrunk
    large = cv2.resize(picture, (side, side), interpolation=cv2.INTER_LANCZOS4)
    if crispness > 0:
        scale = side / small
        # Evened out first: sharpened as it is, a thin line becomes a row of beads.
        even = cv2.GaussianBlur(large, (0, 0), 0.5 * scale)
        wide = cv2.GaussianBlur(large, (0, 0), 1.2 * scale)
        reach = 2 * round(0.75 * scale) + 1
        kernel = np.ones((reach, reach), np.uint8)
        sharp = even + 2.5 * (even - wide)
        sharp = np.clip(sharp, cv2.erode(large, kernel), cv2.dilate(large, kernel))  # no halo
        large = large + np.float32(crispness) * (sharp - large)
    clipped: NDArray[np.float32] = np.clip(large, 0, 1)
    return clipped


def enlarge_mask(mask: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """A soft mask (s, s), 0..1, at another size, its edge about two pixels wide again."""
    small = mask.shape[0]
    if side > small:  # rounded first: a network's edges have steps of a pixel or two
        soft = cv2.GaussianBlur(mask, (0, 0), 0.8)
        large = cv2.resize(soft, (side, side), interpolation=cv2.INTER_CUBIC)
    else:
        large = cv2.resize(mask, (side, side), interpolation=cv2.INTER_AREA)
    steep = max(1.0, side / small)
    edge: NDArray[np.float32] = np.clip((large - 0.5) * steep + 0.5, 0, 1)
    return edge


def resized_channels(maps: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """Maps (C, s, s) as (C, side, side), linearly."""
    small = maps.shape[1]
    if side == small:
        return maps
    if side > small:  # see `enlarge_mask`
        maps = np.stack([cv2.GaussianBlur(m, (0, 0), 0.8) for m in maps])
    sized = [cv2.resize(m, (side, side), interpolation=cv2.INTER_LINEAR) for m in maps]
    stacked: NDArray[np.float32] = np.stack(sized)
    return stacked


def cut_out(picture: NDArray[np.float32], head: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The head without its background.

    Laid over the background that the picture had, the result looks as the picture did, as far as
    the head reaches; so no seam of paper or backdrop is left around it.

    Args:
        picture: float32 (S, S, 3) RGB, 0..1.
        head: float32 (S, S), 0..1, how much of a pixel is head.

    Returns:
        uint8 (S, S, 4) RGBA, straight alpha.
    """
    side = picture.shape[0]
    near = _near(head)
    rim = (near > 0) & (head < 1)
    seen, part, behind = picture[rim], head[rim], _background(picture, near)[rim]
    paper = behind.min(axis=1)
    darkness = 1 - (seen / np.maximum(behind, 1e-3)).min(axis=1)
    darkness = np.clip((darkness - 0.06) / 0.94, 0, 1)  # the paper's grain is no ink
    alpha = np.maximum(part, np.where(paper > PAPER, darkness * near[rim], 0))
    colour = np.clip(behind + (seen - behind) / np.maximum(alpha, 1 / 255)[:, None], 0, 1)
    result = np.zeros((side, side, 4), np.uint8)
    whole = head >= 1
    result[whole, :3] = picture[whole] * np.float32(255) + np.float32(0.5)
    result[whole, 3] = 255
    rgba = np.column_stack([colour, alpha]) * np.float32(255) + np.float32(0.5)
    rgba[rgba[:, 3] < 1] = 0
    result[rim] = rgba
    return result


def premultiplied_bgra(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGBA with straight alpha as the canvas keeps it."""
    alpha = rgba[..., 3:].astype(np.uint16)
    colour = (rgba[..., 2::-1] * alpha + 127) // 255
    result: NDArray[np.uint8] = np.dstack([colour.astype(np.uint8), rgba[..., 3]])
    return result


def place(rgba: NDArray[np.uint8], frame: Frame) -> tuple[NDArray[np.uint8], int, int]:
    """A view in its place on the canvas.

    Args:
        rgba: uint8 (S, S, 4), straight alpha; S = the frame's side, rounded, for the best result.

    Returns:
        Premultiplied BGRA uint8 (h, w, 4) and the canvas place (x, y) of its first pixel.
    """
    pixels = premultiplied_bgra(rgba)
    side = pixels.shape[0]
    if frame.roll == 0 and side == round(frame.side):
        return pixels, round(frame.x - side / 2), round(frame.y - side / 2)
    reach = frame.side / 2 * (abs(math.cos(frame.roll)) + abs(math.sin(frame.roll)))
    left, top = math.floor(frame.x - reach), math.floor(frame.y - reach)
    width, height = math.ceil(frame.x + reach) - left, math.ceil(frame.y + reach) - top
    matrix = to_canvas(frame, side)
    matrix[:, 2] -= (left, top)
    matrix = _between_centres(matrix)
    turned = cv2.warpAffine(
        pixels, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT
    )
    return turned, left, top


def cut(
    picture: NDArray[np.float32], origin: tuple[float, float], frame: Frame, side: int
) -> NDArray[np.float32]:
    """What a frame shows of a picture (h, w, 3) whose first pixel lies at `origin`: float32
    (side, side, 3), white (1) where there is no picture."""
    shrink = min(1.0, 2 * side / frame.side)  # fine lines must not fall between the samples
    if shrink < 1:
        height, width = picture.shape[:2]
        size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
        scale_x, scale_y = size[0] / width, size[1] / height
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    else:
        scale_x = scale_y = 1.0
    matrix = to_canvas(frame, side)
    matrix[:, 2] -= origin
    matrix = np.diag([scale_x, scale_y]) @ matrix
    matrix = _between_centres(matrix)
    shown: NDArray[np.float32] = cv2.warpAffine(
        picture,
        matrix,
        (side, side),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(1, 1, 1),
    )
    return shown


def to_canvas(frame: Frame, side: int) -> NDArray[np.float64]:
    """2 x 3 matrix from the pixels of a picture of `side` to canvas positions."""
    scale = frame.side / side
    cos, sin = math.cos(frame.roll) * scale, math.sin(frame.roll) * scale
    half = side / 2
    return np.array(
        [
            [cos, -sin, frame.x - cos * half + sin * half],
            [sin, cos, frame.y - sin * half - cos * half],
        ]
    )


def _between_centres(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """OpenCV counts from the centre of the first pixel, we from its corner."""
    moved = matrix.copy()
    moved[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
    return moved


def _near(head: NDArray[np.float32]) -> NDArray[np.float32]:
    """1 on the head, falling to 0 within `INK_REACH` around it."""
    side = head.shape[0]
    small = min(side, 256)  # a soft mask needs no more
    mask = cv2.resize(head, (small, small), interpolation=cv2.INTER_AREA)
    reach = 2 * max(1, round(INK_REACH * small)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    soft = cv2.GaussianBlur(cv2.dilate(mask, kernel), (0, 0), reach / 6)
    near: NDArray[np.float32] = cv2.resize(soft, (side, side), interpolation=cv2.INTER_LINEAR)
    return near


def _background(picture: NDArray[np.float32], near: NDArray[np.float32]) -> NDArray[np.float32]:
    """What lies behind the head: the surroundings blurred inwards; white if there are none.

    Args:
        near: see `_near`; an outline's outer half is no surroundings.
    """
    size = picture.shape[0]
    small = max(8, size // 8)
    clear = (near < 0.02).astype(np.float32)
    weight = cv2.resize(clear, (small, small), interpolation=cv2.INTER_AREA)
    seen = picture * clear[..., None]
    colour = cv2.resize(seen, (small, small), interpolation=cv2.INTER_AREA)
    if weight.sum() < 1e-3 * weight.size:
        return np.ones_like(picture)
    total, found = np.zeros_like(colour), np.zeros_like(weight)
    for sigma, trust in ((small / 24, 1.0), (small / 6, 1e-2), (small, 1e-4)):
        total += trust * cv2.GaussianBlur(colour, (0, 0), sigma)
        found += trust * cv2.GaussianBlur(weight, (0, 0), sigma)
    filled = total / np.maximum(found, 1e-12)[..., None]
    large: NDArray[np.float32] = cv2.resize(filled, (size, size), interpolation=cv2.INTER_LINEAR)
    return large
