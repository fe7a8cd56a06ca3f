# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the ink of a line drawing is, however the drawing was made. Imports numpy and OpenCV.

A transparent layer, black on white paper, and a scan on grey or unevenly lit paper all come out
the same: 0 where colour shows in full, 255 in the middle of a line.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ai_tools.simplify import tone

Grey = NDArray[np.uint8]

STRIP = 512
"""Rows that are worked on at a time, so that memory stays small."""

PAPER = 235
"""Paper of at least this grey in every channel needs no cleaning."""

MARK = 40
"""Least darkness, 0..255, of anything that can pass for a line."""

_THUMB = 512


def ink_of(pixels: NDArray[np.uint8], check: Callable[[], object] = lambda: None) -> Grey:
    """Coverage by ink, uint8 (h, w), 255 = the drawing's full line.

    The darkest lines of the drawing count as full, so that pencil and coloured lines close areas
    as black ink does. Paper, its tint and uneven light count as nothing.

    Args:
        pixels: premultiplied BGRA (h, w, 4), h and w at least 1.
        check: called between strips; may raise to stop.
    """
    height, width = pixels.shape[:2]
    measured = tone.measure(pixels)
    clean = _is_clean(pixels, measured)
    radius = max(6, max(height, width) // 150)
    margin = 0 if clean else 2 * radius + 2
    ink = np.empty((height, width), np.uint8)
    for top in range(0, height, STRIP):
        check()
        first, last = max(0, top - margin), min(height, top + STRIP + margin)
        part = pixels[first:last]
        if clean:
            found = _darkness(part)
        else:
            found = (tone.ink_map(part, measured, 0, first, radius) * 255).astype(np.uint8)
        ink[top : top + STRIP] = found[top - first : top - first + STRIP]
    strongest = _full_line(ink)
    if strongest < 250:
        steps = np.arange(256, dtype=np.float32) * (255 / strongest)
        ink = np.asarray(cv2.LUT(ink, np.minimum(steps, 255).astype(np.uint8)), np.uint8)
    return ink


def covers_paper(pixels: NDArray[np.uint8], ink: Grey) -> bool:
    """Whether a line layer also holds its paper, so that colour below it would not be seen.

    True when more than half of what is no line is nearly opaque.
    """
    step = max(1, max(ink.shape) // _THUMB)
    bare = ink[::step, ::step] < MARK
    return bool(bare.any() and (pixels[::step, ::step, 3][bare] > 200).mean() > 0.5)


def _is_clean(pixels: NDArray[np.uint8], measured: tone.Tone) -> bool:
    """Whether darkness alone is ink: dark lines on a clear layer or on white, even paper."""
    if measured.inverted or measured.by_alpha:
        return False
    small = cv2.resize(pixels, _thumb_size(pixels.shape), interpolation=cv2.INTER_AREA)
    return bool(np.percentile(_darkness(np.ascontiguousarray(small)), 30) <= 255 - PAPER)


def _thumb_size(shape: tuple[int, ...]) -> tuple[int, int]:
    scale = min(1.0, _THUMB / max(shape[:2]))
    return max(1, round(shape[1] * scale)), max(1, round(shape[0] * scale))


def _darkness(pixels: NDArray[np.uint8]) -> Grey:
    """How much darker than white paper a layer makes it; coloured lines count by what they take.

    Half the mean and half the strongest channel, as `tone.ink_map` weighs them.
    """
    blue, green, red, alpha = cv2.split(pixels)
    lost: list[Any] = [cv2.subtract(alpha, channel) for channel in (blue, green, red)]
    most = cv2.max(cv2.max(lost[0], lost[1]), lost[2])
    total = cv2.addWeighted(lost[0], 1 / 3, lost[1], 1 / 3, 0)
    mean = cv2.addWeighted(total, 1.0, lost[2], 1 / 3, 0)
    dark = cv2.addWeighted(most, 0.5, mean, 0.5, 0)
    faint = cv2.LUT(dark, _FAINT)  # paper that is not quite white
    return np.asarray(faint, np.uint8)


_FAINT = np.concatenate([np.zeros(12), np.linspace(0, 255, 244)]).astype(np.uint8)
"""Darkness up to 11 is paper; above, the scale runs from 0 to 255."""


def _full_line(ink: Grey) -> float:
    """The ink value of a full line of this drawing: what the darkest tenth of its marks reach."""
    step = max(1, max(ink.shape) // 2048)
    marks = ink[::step, ::step]
    marks = marks[marks >= MARK]
    return float(np.percentile(marks, 90)) if marks.size else 255.0
