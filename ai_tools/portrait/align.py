# SPDX-License-Identifier: GPL-3.0-or-later
"""A drawing as it lies on the canvas -> the frame and the tones that the encoder was trained on.

Finds out what is paper and what is drawn, and from the outline of the drawn where the head is and
how large.  The encoder tells afterwards what is left to correct (see `infer`); this must only come
near enough.  Imports app.jobs, `portrait.finish`, numpy and OpenCV.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ai_tools.portrait.finish import Frame
from app.jobs import BadInput

# Where things lie in the training frame, in shares of its side; measured on the synthetic heads.
CROWN, CHIN, NECK, BOTTOM = 0.13, 0.73, 0.79, 1.0
HAIR_WIDTH = 0.56

GRID = 160
"""The outline is looked at on a grid of so many cells along the longer side."""

PAPER_SHARE = 0.3
"""A colour that covers this share of the picture is its paper."""

FAINTEST = 0.06
"""Darkness below which a mark is paper grain."""

DARK_INK = 0.85
"""Ink of a fainter drawing is darkened to this."""

NOTHING_DRAWN = "There is nothing drawn there. Draw a face first, or choose another source."


@dataclass(frozen=True, eq=False)
class Sheet:
    """A drawing on white paper.

    Attributes:
        picture: float32 (h, w, 3) RGB, 0..1.
        ink: bool (h, w), what is drawn; everything in a painting without paper.
        painted: there is no paper: the picture fills its rectangle.
    """

    picture: NDArray[np.float32]
    ink: NDArray[np.bool_]
    painted: bool


def on_white_paper(pixels: NDArray[np.uint8], mask: NDArray[np.uint8] | None = None) -> Sheet:
    """Removes the paper's tone; light on dark becomes dark on light, faint ink darker.

    Args:
        pixels: premultiplied BGRA uint8 (h, w, 4).
        mask: uint8 (h, w), 0 = not looked at; None = everything is.

    Raises:
        BadInput: nothing is drawn.
    """
    alpha = pixels[..., 3].astype(np.float32) / np.float32(255)
    colour = pixels[..., 2::-1].astype(np.float32) / np.float32(255) + (1 - alpha)[..., None]
    drawn_on = alpha > 0.15
    clear = drawn_on.mean() < 0.8
    if clear and drawn_on.any() and _is_light(colour, alpha):
        colour = np.repeat((1 - alpha)[..., None], 3, axis=2)  # white chalk on an empty layer
    paper, share = (np.ones(3, np.float32), 1.0) if clear else _paper(colour)
    if mask is not None:
        looked_at = (mask.astype(np.float32) / np.float32(255))[..., None]
        colour = colour * looked_at + paper * (1 - looked_at)
        drawn_on &= mask > 127
    if share < PAPER_SHARE:
        return Sheet(colour, np.ones(alpha.shape, bool), True)
    if paper.mean() < 0.45:
        colour, paper = 1 - colour, 1 - paper
    picture = np.clip(colour / np.maximum(paper, 0.05), 0, 1)
    darkness = 1 - picture.min(axis=2)
    if clear:
        ink = drawn_on
        strongest = float(darkness[ink].max(initial=0))
    else:
        marks = darkness[darkness > FAINTEST]
        strongest = float(np.percentile(marks, 98)) if marks.size else 0.0
        ink = darkness > max(FAINTEST, 0.3 * strongest)
    if ink.sum() < 12 or strongest < FAINTEST:
        raise BadInput(NOTHING_DRAWN)
    gain = max(1.0, DARK_INK / strongest) if not clear or strongest < 0.5 else 1.0
    return Sheet(np.clip(1 - (1 - picture) * np.float32(gain), 0, 1), ink, False)


def head_frame(ink: NDArray[np.bool_], origin: tuple[int, int] = (0, 0)) -> Frame:
    """The square in which the drawn head lies as heads lay in training.

    Args:
        ink: bool (h, w), at least one True.
        origin: canvas place (x, y) of the first pixel.
    """
    cell = max(1.0, max(ink.shape) / GRID)
    grid = _main_part(_occupied(ink, cell))
    left, right, top = _outline(grid)
    width = right - left
    rows = len(width)
    neck = _neck(width)
    if neck is not None:
        side, head = neck / (NECK - CROWN), neck
    elif width[-max(1, rows // 12) :].mean() < 0.6 * width.max():  # narrows to a chin
        side, head = rows / (CHIN - CROWN), rows
    else:  # hair hides the neck, or the body goes on
        widest = float(width[: max(1, round(0.4 * rows))].max())
        side = min(rows / (BOTTOM - CROWN), widest / HAIR_WIDTH)
        head = max(1, min(rows, round((CHIN - CROWN) * side)))
    middle = float(np.median((left + right)[:head] / 2))
    x, y = middle * cell, (top + (0.5 - CROWN) * side) * cell
    return Frame(origin[0] + x, origin[1] + y, max(8.0, side * cell))


def whole_frame(width: int, height: int, origin: tuple[int, int] = (0, 0)) -> Frame:
    """The frame of a painting: the square that holds all of it."""
    return Frame(origin[0] + width / 2, origin[1] + height / 2, float(max(width, height)))


def _is_light(colour: NDArray[np.float32], alpha: NDArray[np.float32]) -> bool:
    """Whether nearly all that is drawn on a clear layer would be lost on white paper."""
    marks = alpha > 0.5
    if not marks.any():
        marks = alpha > 0
    return float(np.percentile(colour[marks].min(axis=1), 5)) > 0.7


def _paper(colour: NDArray[np.float32]) -> tuple[NDArray[np.float32], float]:
    """The colour that covers most, and the share of the picture that it covers."""
    step = max(1, max(colour.shape) // 256)
    small = colour[::step, ::step].reshape(-1, 3)
    bins = (small * 15.999).astype(np.int64)
    codes = (bins[:, 0] * 16 + bins[:, 1]) * 16 + bins[:, 2]
    most = np.bincount(codes, minlength=4096).argmax()
    start = np.median(small[codes == most], axis=0)
    near = (np.abs(small - start) < 0.1).all(axis=1)
    return np.median(small[near], axis=0).astype(np.float32), float(near.mean())


def _occupied(ink: NDArray[np.bool_], cell: float) -> NDArray[np.uint8]:
    """Which cells hold ink, uint8 0 or 1."""
    height, width = ink.shape
    rows, columns = np.nonzero(ink)
    grid = np.zeros((int(np.ceil(height / cell)), int(np.ceil(width / cell))), np.uint8)
    grid[(rows / cell).astype(int), (columns / cell).astype(int)] = 1
    return grid


def _main_part(grid: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The largest connected drawing and what lies within its bounds, without loose scribbles."""
    total = int(grid.sum())
    for reach in (0, 1, 2, 4, 8):
        kernel = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
        count, names = cv2.connectedComponents(cv2.dilate(grid, kernel), connectivity=8)
        names = np.where(grid > 0, names, 0)
        inked = np.bincount(names.ravel(), minlength=count)[1:]
        x, y, w, h = cv2.boundingRect((names == inked.argmax() + 1).astype(np.uint8))
        within = np.bincount(names[y : y + h, x : x + w].ravel(), minlength=count)[1:]
        belongs = np.flatnonzero(within > 0.5 * inked) + 1
        kept = np.isin(names, belongs).astype(np.uint8)
        if kept.sum() >= 0.6 * total:
            return kept
    return grid


def _outline(
    grid: NDArray[np.uint8],
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Left and right end of each row from the first to the last with ink, and the first row."""
    filled = np.nonzero(grid.any(axis=1))[0]
    first, last = int(filled[0]), int(filled[-1])
    left = grid[filled].argmax(axis=1).astype(np.float64)
    right = grid.shape[1] - grid[filled, ::-1].argmax(axis=1).astype(np.float64)
    rows = np.arange(first, last + 1)
    ends = [_smoothed(np.interp(rows, filled, end)) for end in (left, right)]
    return ends[0], ends[1], first


def _smoothed(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """A running median over five rows: single strokes that stick out do not count."""
    padded = np.pad(values, 2, mode="edge")
    medians: NDArray[np.float64] = np.median(np.lib.stride_tricks.sliding_window_view(padded, 5), 1)
    return medians


def _neck(width: NDArray[np.float64]) -> int | None:
    """The row, from the crown, at which a head narrows before the shoulders; None without one."""
    rows = len(width)
    if rows < 12:
        return None
    above = np.maximum.accumulate(width)
    below = np.maximum.accumulate(width[::-1])[::-1]
    pinch = np.minimum(above, below) / np.maximum(width, 1)
    head_shaped = (np.arange(rows) > 0.75 * above) & (np.arange(rows) < 2.4 * above)
    pinch[~head_shaped] = 0
    row = int(pinch.argmax())
    return row if pinch[row] >= 1.2 else None
