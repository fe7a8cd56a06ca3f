# SPDX-License-Identifier: GPL-3.0-or-later
"""What the network paints: its input from the picture, its answer without the lines.

Imports numpy, OpenCV, numba; the network is an engine that is handed in.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ai_tools.colorize import kernels
from ai_tools.colorize.hints import Hints, Lab, Rgb, to_lab
from ai_tools.colorize.inputs import CHANNELS, FAR, NEAR, network_inputs
from ai_tools.colorize.obey import Targets
from ai_tools.colorize.regions import Regions
from ai_tools.engine import Engine

SIDE = 768
"""Longest side, in pixels, of what the network sees."""

_MULTIPLE = 16
_LEAST = 64
_NO_INK = 24
_FIELD = slice(CHANNELS.index("field_r"), CHANNELS.index("far") + 1)


def paint(
    engine: Engine,
    ink: NDArray[np.uint8],
    hints: Hints,
    aim: Targets | None,
    base: Rgb,
    mask: NDArray[np.float32],
) -> Lab:
    """The network's picture, lines and all.

    The network was trained to see where the hints' colours flow along the drawn lines. Here more
    is known: the areas, with their gaps closed. So in an area with a hint it sees that area's
    target colours, and in one without it sees no colour that has leaked in.

    Args:
        engine: with the part "paint".
        ink: (h, w).
        hints: what it is to follow.
        aim: the targets of the hints, None where there is no hint.
        base: the picture so far, without lines, on white, (h, w, 3).
        mask: 1 = to be painted, 0 = to be kept as in `base`, (h, w).

    Returns:
        CIELAB (h, w, 3).
    """
    height, width = ink.shape
    scale = min(1.0, SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    line = _resized(ink, size).astype(np.float32) / np.float32(255)
    kept = _resized(base, size).astype(np.float32) * (1 - line[..., None])
    at = _fewer(hints.at, size)
    colours = np.zeros((*at.shape, 3), np.uint8)
    colours[at >= 0] = hints.rgb[at[at >= 0]]
    planes = network_inputs(
        line, np.rint(kept).astype(np.uint8), _resized(mask, size), colours, at >= 0
    )
    if aim is not None:
        planes[_FIELD] = _field(aim, hints, scale, size)
    rows, columns = (max(_LEAST, -(-n // _MULTIPLE) * _MULTIPLE) for n in at.shape)
    around = ((0, 0), (0, rows - at.shape[0]), (0, columns - at.shape[1]))
    x = np.ascontiguousarray(np.pad(planes, around, mode="edge")[None], np.float32)
    rgb = engine("paint", x=x)["rgb"][0, :, : at.shape[0], : at.shape[1]]
    picture = np.ascontiguousarray(np.clip(np.nan_to_num(rgb), 0, 1).transpose(1, 2, 0))
    full = cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR)
    return to_lab(np.asarray(full, np.float32).reshape(height, width, 3))


def _field(aim: Targets, hints: Hints, scale: float, size: tuple[int, int]) -> NDArray[np.float32]:
    """The planes field, near and far from the areas' targets, (5, h, w)."""
    colours = aim.mixed(hints.rgb.astype(np.float32) / np.float32(255))
    near = [np.exp(aim.near * np.float32(scale / -reach)) for reach in (NEAR, FAR)]
    planes = np.dstack([colours, *near]) * aim.wanted[..., None]
    if (planes.shape[1], planes.shape[0]) != size:
        planes = cv2.resize(planes, size, interpolation=cv2.INTER_NEAREST)
    return np.asarray(planes, np.float32).transpose(2, 0, 1)


def clean_pixels(ink: NDArray[np.uint8], regions: Regions) -> NDArray[np.bool_]:
    """Where the network's colour is not darkened by a line, (h, w).

    In an area too narrow to have such a pixel, all that is no line.
    """
    beside = np.asarray(cv2.dilate(ink, np.ones((3, 3), np.uint8)), np.uint8)
    clean = beside < _NO_INK
    has = np.bincount(regions.labels[clean], minlength=regions.count + 1) > 0
    return np.asarray(clean | (regions.open & ~has[regions.labels]))


def without_lines(picture: Lab, ink: NDArray[np.uint8], clean: NDArray[np.bool_]) -> Lab:
    """A picture whose colours go on under its lines, from either side to the ridge."""
    if clean.all() or not clean.any():
        return picture
    index = np.arange(1, ink.size + 1, dtype=np.int32).reshape(ink.shape)
    source = np.where(clean, index, 0)
    kernels.extend(source, ink)
    return picture.reshape(-1, 3)[source - 1]


def _resized(plane: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    if (plane.shape[1], plane.shape[0]) == size:
        return plane
    made: NDArray[Any] = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    return made


def _fewer(at: NDArray[np.int32], size: tuple[int, int]) -> NDArray[np.int32]:
    """Hints on fewer pixels; not even the smallest dab is lost."""
    if (at.shape[1], at.shape[0]) == size:
        return at
    rows, columns = np.nonzero(at >= 0)
    result = np.full((size[1], size[0]), -1, np.int32)
    result[rows * size[1] // at.shape[0], columns * size[0] // at.shape[1]] = at[rows, columns]
    return result
