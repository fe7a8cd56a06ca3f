# SPDX-License-Identifier: GPL-3.0-or-later
"""The learned engine: a network says where clean lines are.  numpy, OpenCV and ai_tools.engine.

The picture goes to the network with its paper evened out and at the line width it was trained on,
tile by tile; what the network is not asked for (dropping faint lines, making doubled ones one,
closing gaps) is the same as in the classic engine.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ai_tools.engine import Engine, open_engine
from ai_tools.simplify import binarise
from ai_tools.simplify.binarise import Binary, Ink, Mask, Plan, Report
from app.jobs import CancelToken

WEIGHTS_NAME = "simplifier"

LINE_WIDTH = 4.0
"""Width in pixels that lines should have in what the network sees: as in its training pictures."""

TILE = 512
"""Side of a tile in pixels of what the network sees, without its margin."""

MARGIN = 96
"""Pixels around a tile that the network sees with it, more than a line's meaning reaches."""

OVERLAP = 32
"""Width of the strip in which one tile's answer fades into the next one's."""

THRESHOLD = 0.3
"""Line probability from which a pixel is a line, where the weights do not say."""


def find_lines(
    pixels: NDArray[np.uint8],
    selection: Mask | None,
    strength: float,
    speckle: float,
    token: CancelToken,
    report: Report,
) -> Binary:
    """Find the lines of a rough drawing; arguments as of `binarise.binarise`.

    Raises:
        Cancelled: the token was cancelled.
        WeightsError, EngineMissing: the network is not there.
    """
    engine = open_engine(WEIGHTS_NAME)
    ink, grain = binarise.ink_of(pixels, selection, token, lambda done: report(0.2 * done))
    found = binarise.measure(ink, grain, token)
    height, width = ink.shape
    if found is None:
        return Binary(np.zeros((height, width), np.uint8), 1.0, 0.0)
    chance = line_chance(
        engine, _sketch(ink, found), strength, token, lambda done: report(0.2 + 0.5 * done)
    )
    scale = binarise.working_scale(found.width, height * width)
    size = (int(np.ceil(width * scale)), int(np.ceil(height * scale)))
    threshold = float(engine.entry.task.get("threshold", THRESHOLD))
    sharp = cv2.resize(chance, size, interpolation=cv2.INTER_CUBIC)
    mask = (sharp >= 255 * threshold).astype(np.uint8)
    del sharp
    darkness = _darkness(ink, found, size)
    small = speckle * scale * scale
    line = found.width * scale
    clean = binarise.tidy(
        mask, darkness, Plan.of(strength), line, small, token, lambda d: report(0.7 + 0.3 * d)
    )
    return Binary(clean, scale, found.width)


def line_chance(
    engine: Engine,
    sketch: NDArray[np.uint8],
    degree: float,
    token: CancelToken,
    report: Report,
) -> NDArray[np.uint8]:
    """Probability that clean ink covers a pixel, of a picture of any size, without seams.

    Args:
        engine: with the part "clean".
        sketch: uint8 (h, w), 255 = paper.
        degree: wanted simplification, 0..1.

    Returns:
        uint8 (h, w), 255 = certain.

    Raises:
        Cancelled: the token was cancelled between two tiles.
    """
    height, width = sketch.shape
    total = np.zeros((height, width), np.float32)
    weight = np.zeros((height, width), np.float32)
    rows, columns = _starts(height), _starts(width)
    for number, (y, x) in enumerate((y, x) for y in rows for x in columns):
        token.check()
        bottom, right = min(y + TILE, height), min(x + TILE, width)
        top, left = max(0, y - MARGIN), max(0, x - MARGIN)
        part = sketch[top : bottom + MARGIN, left : right + MARGIN]
        values = {"sketch": part[None, None].astype(np.float32) / 255}
        if engine.entry.config.get("degree", True):
            values["degree"] = np.array([degree], np.float32)
        seen = engine("clean", **values)["line"][0, 0]
        answer = seen[y - top : bottom - top, x - left : right - left]
        share = _fade(y, bottom, height)[:, None] * _fade(x, right, width)[None]
        total[y:bottom, x:right] += share * answer
        weight[y:bottom, x:right] += share
        report((number + 1) / (len(rows) * len(columns)))
    return np.rint(255 * total / weight).astype(np.uint8)


def _starts(length: int) -> list[int]:
    """Where tiles begin, so that neighbours overlap by `OVERLAP`."""
    return list(range(0, max(1, length - OVERLAP), TILE - OVERLAP))


def _fade(start: int, end: int, length: int) -> NDArray[np.float32]:
    """Weights along one side of a tile: down to nearly nothing at edges that others share."""
    weights = np.ones(end - start, np.float32)
    ramp = (np.arange(min(OVERLAP, end - start), dtype=np.float32) + 1) / (OVERLAP + 1)
    if start > 0:
        weights[: len(ramp)] = ramp
    if end < length:
        weights[-len(ramp) :] *= ramp[::-1]
    return weights


def _sketch(ink: Mask, found: Ink) -> NDArray[np.uint8]:
    """What the network sees: paper at 255, full ink near 40, lines about `LINE_WIDTH` wide."""
    factor = min(1.0, LINE_WIDTH / found.width)
    if factor < 0.9:
        size = (round(ink.shape[1] * factor) or 1, round(ink.shape[0] * factor) or 1)
        ink = cv2.resize(ink, size, interpolation=cv2.INTER_AREA)
    range_ = 255 * max(found.full - found.paper, 0.05)
    share = (ink.astype(np.float32) - 255 * found.paper) / range_
    return (255 - 215 * np.clip(share, 0, 1.15)).astype(np.uint8)


def _darkness(ink: Mask, found: Ink, size: tuple[int, int]) -> Mask:
    """How dark the drawing is, uint8 at the working size, 255 = its full ink."""
    range_ = max(found.full - found.paper, 1e-3)
    table = np.clip((np.arange(256) / 255 - found.paper) / range_ * 255, 0, 255).astype(np.uint8)
    # The darkest nearby: a centre line that the network drew may lie beside the pencil's.
    wide = cv2.dilate(cv2.LUT(ink, table), np.ones((3, 3), np.uint8))
    return cv2.resize(wide, size, interpolation=cv2.INTER_LINEAR)
