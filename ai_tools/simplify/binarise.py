# SPDX-License-Identifier: GPL-3.0-or-later
"""The classic engine: a rough drawing becomes clean black lines. numpy and OpenCV only.

Float work runs tile by tile with a margin, so a large picture needs little more memory than its
8-bit copies; what must be seen as a whole (marks, lines, junctions) runs on 8-bit masks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ai_tools.simplify import flow, redraw, tone
from app.core.geometry import Rect
from app.jobs import CancelToken

Mask = NDArray[np.uint8]
Report = Callable[[float], None]

TILE = 768
"""Side of a tile in pixels of the working size, without its margin."""

FAINTEST = 0.03
"""Ink paler than this share of the paper's tone is never taken for a line."""

FEWEST = 8
"""With fewer ink pixels than this a picture counts as blank."""


@dataclass(frozen=True)
class Binary:
    """A drawing in black and white.

    Attributes:
        mask: uint8 (h * scale, w * scale), rounded up, 1 = ink; all 0 when no line was found.
        scale: mask pixels to one picture pixel: 0.5, 1 or 2.
        line_width: typical line width in picture pixels; 0 when no line was found.
    """

    mask: Mask
    scale: float
    line_width: float


@dataclass(frozen=True)
class Plan:
    """What one strength means. Lengths are in line widths, darkness in shares of full ink.

    Attributes:
        along: how far to average along the lines, to either side.
        low: darkness below which nothing is ink.
        half: and below this share of the darkest place around, nothing is: a line's soft edge.
        least: darkness that a stretch of line must have to stay.
        gap: white between two lines that are made one.
        thinned: share of the lines, the thickest, that are drawn as thin as the others.
        reach: gap between line ends that is closed.
        smallest: area of a mark that stays, in squared line widths.
        even: standard deviation of the last smoothing.
    """

    along: float
    low: float
    half: float
    least: float
    gap: float
    thinned: float
    reach: float
    smallest: float
    even: float

    @staticmethod
    def of(strength: float) -> Plan:
        """The plan for a strength of 0 (keep everything) .. 1 (only the strongest lines)."""

        def mix(none: float, half: float, full: float) -> float:
            return float(np.interp(strength, (0, 0.5, 1), (none, half, full)))

        return Plan(
            along=mix(0.8, 1.5, 3.0),
            low=mix(0.12, 0.33, 0.45),
            half=mix(0.36, 0.48, 0.5),
            least=mix(0, 0.5, 0.7),
            gap=mix(0, 1.0, 2.0),
            thinned=mix(0, 0.08, 0.4),
            reach=mix(0, 3, 7),
            smallest=mix(0, 1.5, 5),
            even=mix(0.1, 0.25, 0.35),
        )


@dataclass(frozen=True)
class Ink:
    """Numbers of a whole ink map, as shares of 1: paper's level, grain, full ink; line width."""

    paper: float
    grain: float
    full: float
    width: float


def binarise(
    pixels: NDArray[np.uint8],
    selection: Mask | None,
    strength: float,
    speckle: float,
    token: CancelToken,
    report: Report,
) -> Binary:
    """Find the lines of a rough drawing.

    Args:
        pixels: uint8 (h, w, 4) premultiplied BGRA or (h, w) grey; h, w >= 1.
        selection: uint8 (h, w), 128 and more = look here; None = everywhere.
        strength: 0 = keep everything .. 1 = only the strongest lines, close ones made one.
        speckle: marks of at most this many picture pixels are dropped.
        token: looked at between tiles and steps.
        report: called with 0..1.

    Raises:
        Cancelled: the token was cancelled.
    """
    plan = Plan.of(strength)
    ink, grain = ink_of(pixels, selection, token, lambda done: report(0.3 * done))
    found = measure(ink, grain, token)
    height, width = ink.shape
    if found is None:
        return Binary(np.zeros((height, width), np.uint8), 1.0, 0.0)
    scale = working_scale(found.width, height * width)
    line = found.width * scale
    mask, evidence = _threshold(ink, found, plan, scale, token, lambda d: report(0.3 + 0.4 * d))
    del ink
    small = speckle * scale * scale
    clean = tidy(mask, evidence, plan, line, small, token, lambda d: report(0.7 + 0.3 * d))
    return Binary(clean, scale, found.width)


def tidy(
    mask: Mask,
    evidence: Mask,
    plan: Plan,
    line: float,
    small: float,
    token: CancelToken,
    report: Report,
) -> Mask:
    """What every engine does with its ink: faint and doubled lines and crumbs go, gaps close.

    Args:
        mask: uint8 (h, w), 1 = ink.
        evidence: uint8 (h, w), how dark the drawing is there, 255 = its full ink.
        line: typical line width in pixels of the mask.
        small: marks of at most this many pixels of the mask are dropped.

    Returns:
        uint8 (h, w), 1 = ink, with even outlines.

    Raises:
        Cancelled: the token was cancelled.
    """
    check = token.check
    check()
    mask = redraw.drop_small(mask, small + 1)
    report(0.15)
    if plan.least > 0:
        mask = redraw.drop_faint(mask, evidence, plan.least, line, check)
        report(0.35)
        mask = redraw.merge_doubled(mask, plan.gap * line, plan.thinned, line, check)
        report(0.65)
        mask = redraw.close_gaps(mask, plan.reach * line, line, check)
        report(0.85)
        check()
        mask = redraw.drop_small(mask, max(small + 1, plan.smallest * line * line))
    check()
    soft = cv2.GaussianBlur(mask * np.uint8(255), (0, 0), max(0.5, plan.even * line))
    check()
    report(1.0)
    return (soft > 127).astype(np.uint8)


def ink_of(
    pixels: NDArray[np.uint8], selection: Mask | None, token: CancelToken, report: Report
) -> tuple[Mask, float]:
    """Ink of the whole picture, uint8 0..255, and the standard deviation of the paper's grain."""
    height, width = pixels.shape[:2]
    paper = tone.measure(pixels)
    radius = int(np.clip(max(height, width) / 90, 12, 40))
    ink = np.empty((height, width), np.uint8)
    counts = np.zeros(257, np.int64)
    for inner, outer, done in tiles(height, width, 2 * radius + 2):
        token.check()
        part = pixels[outer.y : outer.bottom, outer.x : outer.right]
        values = tone.ink_map(part, paper, outer.x, outer.y, radius)
        rough = np.abs(values - cv2.blur(values, (3, 3)))[values < 0.25]
        counts += np.histogram(np.minimum(rough * 1024, 256), bins=257, range=(0, 257))[0]
        ink[inner.y : inner.bottom, inner.x : inner.right] = cut(values * 255 + 0.5, inner, outer)
        report(done)
    if selection is not None:
        ink[selection < 128] = 0
    total = np.cumsum(counts)
    median = float(np.searchsorted(total, total[-1] / 2)) / 1024 if total[-1] else 0.0
    # 1.48 makes a standard deviation of a median; 3x3 blurring took a ninth of the variance.
    return ink, 1.48 * median * 1.06


def measure(ink: Mask, grain: float, token: CancelToken) -> Ink | None:
    """Level of the paper and of full ink, and the typical line width; None for a blank picture."""
    counts = np.bincount(ink.ravel(), minlength=256)
    paper = int(np.searchsorted(np.cumsum(counts), 0.25 * ink.size))
    # Blurring leaves a third of the grain and far more of a line.
    lines = cv2.blur(ink, (3, 3)) > paper + 255 * max(FAINTEST, 4 * grain)
    token.check()
    counts = np.bincount(ink[lines], minlength=256)
    if counts.sum() < FEWEST:
        return None
    dark = np.repeat(np.arange(256), _few(counts))
    split = cv2.threshold(dark.astype(np.uint8), 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[0]
    full = float(np.percentile(dark[dark > split] if (dark > split).any() else dark, 75))
    token.check()
    mask = (ink > (paper + full) / 2).astype(np.uint8)
    width = _line_width(mask)
    token.check()
    return Ink(paper / 255, grain, full / 255, width)


def _few(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Counts in the same proportion with about a million in all; none becomes zero."""
    total = int(counts.sum())
    return counts if total < 1_000_000 else -(-counts * 1_000_000 // total)


def _line_width(mask: Mask) -> float:
    """Typical width of the lines in pixels: twice their area to their outline.

    The outline's length comes from Crofton's formula: pi/4 of the pixel edges it crosses. Solid
    areas are left out, found as what is wider than 2.5 of a first guess.
    """

    def guess(lines: Mask) -> float:
        wide = cv2.copyMakeBorder(lines, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
        edges = np.count_nonzero(wide[1:] != wide[:-1]) + np.count_nonzero(
            wide[:, 1:] != wide[:, :-1]
        )
        return 2 * float(np.count_nonzero(lines)) / max(edges * np.pi / 4, 1)

    first = guess(mask)
    kernel = np.ones((2 * round(1.25 * first) + 1,) * 2, np.uint8)
    lines = mask & (1 - cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel))
    return max(1.0, guess(lines) if lines.any() else first)


def working_scale(width: float, pixels: int) -> float:
    """The size to work at, so that a line is about 3 to 10 pixels wide."""
    if width < 5 and pixels <= 6_000_000:
        return 2.0
    return 0.5 if width > 10 else 1.0


def _threshold(
    ink: Mask, found: Ink, plan: Plan, scale: float, token: CancelToken, report: Report
) -> tuple[Mask, Mask]:
    """(mask 0/1, evidence 0..255 = full ink), both uint8 at the working size."""
    height, width = (int(np.ceil(side * scale)) for side in ink.shape)
    mask = np.zeros((height, width), np.uint8)
    evidence = np.zeros((height, width), np.uint8)
    line = found.width * scale
    around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(1.2 * line) + 1,) * 2)
    length = plan.along * line
    margin = flow.reach(line, length) + len(around)
    margin += margin % 2
    range_ = max(found.full - found.paper, 1e-3)
    low = max(plan.low, 2.5 * found.grain / range_)
    for inner, outer, done in tiles(height, width, margin):
        token.check()
        values = (resized(ink, outer, scale) / np.float32(255) - found.paper) / range_
        report(done)
        if values.max(initial=0) < low:
            continue
        even = flow.smooth_along(np.clip(values, 0, 1), line, length, 0.5 * low)
        least = np.maximum(low, plan.half * cv2.dilate(even, around))
        place = (slice(inner.y, inner.bottom), slice(inner.x, inner.right))
        mask[place] = cut((even > least).astype(np.uint8), inner, outer)
        evidence[place] = cut(even * 255, inner, outer)
    return mask, evidence


def resized(ink: Mask, part: Rect, scale: float) -> NDArray[np.float32]:
    """A part of the ink at the working size, float32 0..255; `part` in working pixels."""
    if scale == 1:
        return ink[part.y : part.bottom, part.x : part.right].astype(np.float32)
    if scale < 1:
        rows, columns = slice(2 * part.y, 2 * part.bottom), slice(2 * part.x, 2 * part.right)
        source = ink[rows, columns]
        down, right = 2 * part.h - source.shape[0], 2 * part.w - source.shape[1]
        source = cv2.copyMakeBorder(source, 0, down, 0, right, cv2.BORDER_REPLICATE)
        return cv2.resize(source.astype(np.float32), (part.w, part.h), interpolation=cv2.INTER_AREA)
    rows, columns = slice(part.y // 2, part.bottom // 2), slice(part.x // 2, part.right // 2)
    source = ink[rows, columns].astype(np.float32)
    return cv2.resize(source, (part.w, part.h), interpolation=cv2.INTER_CUBIC)


def tiles(height: int, width: int, margin: int) -> Iterator[tuple[Rect, Rect, float]]:
    """(tile, tile with its margin inside the picture, share done); all corners are even."""
    whole = Rect(0, 0, width, height)
    rows, columns = -(-height // TILE), -(-width // TILE)
    for k in range(rows * columns):
        inner = Rect(k % columns * TILE, k // columns * TILE, TILE, TILE).intersect(whole)
        yield inner, inner.expanded(margin).intersect(whole), (k + 1) / (rows * columns)


def cut(values: NDArray[np.generic], inner: Rect, outer: Rect) -> NDArray[np.generic]:
    """The tile itself out of the values of a tile with its margin."""
    y, x = inner.y - outer.y, inner.x - outer.x
    return values[y : y + inner.h, x : x + inner.w]
