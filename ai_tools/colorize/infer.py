# SPDX-License-Identifier: GPL-3.0-or-later
"""Colorize Selection, arrays in, a layer of colour out. No widgets, no files.

Lines close areas (`lines`, `regions`); hints and the picture so far say what is to happen in them
(`hints`, `evidence`); an engine colours them as the hints want (`colouring`); the small picture
that all this ran on becomes one of full size along the lines (`scale`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ai_tools.colorize import evidence, lines, regions, scale
from ai_tools.colorize import hints as hint_room
from ai_tools.colorize.colouring import ENGINES, GUESSED, Wish, Work, coloured
from ai_tools.colorize.hints import Rgb
from app.jobs import BadInput, CancelToken

Progress = Callable[[float, str], object]
"""Called with a fraction 0..1 and what is being done."""

Pixels = NDArray[np.uint8]

__all__ = ["ENGINES", "GUESSED", "ColorizeRequest", "ColorizeResult", "run"]

MAX_PIXELS = 100_000_000
MAX_GAP = 200.0

CONTEXT = 96
"""Pixels around a selection, at least, that are looked at to know its areas."""

NO_LINES = "There are no lines on that layer. Choose the layer with the line art."
NOTHING_SELECTED = "Nothing is selected inside the picture."
NOTHING_TO_FILL = (
    "There is nothing to fill: paint a dab of colour into each area on the layer of hints."
)
ALL_DONE = "Every area has its colour already. Add a hint, or do not work on from the picture."


@dataclass(frozen=True, eq=False)
class ColorizeRequest:
    """What to colour, and how. All arrays have the same height and width.

    Attributes:
        lines: the line art, premultiplied BGRA (h, w, 4), on paper or on a clear layer.
        hints: strokes of colour, premultiplied BGRA (h, w, 4); None = no hints.
        mask: uint8 (h, w), selection, 255 = paint; between = a soft edge; None = everything.
        base: the picture so far without the lines, premultiplied BGRA (h, w, 4); None = start
            afresh.
        own: bool (h, w), where the colour of `base` is the artist's, to be gone on with; None =
            wherever there is any.
        former: a colour layer that the result is to replace, premultiplied BGRA (h, w, 4).
        touched: bool (h, w), what the artist painted on `former` since it was made: it stays
            unless a hint that lies on it wants another colour.
        gap: openings in the lines up to this many pixels count as closed, 0..200.
        shading: 0 = flat colours .. 1 = all of the network's light and shadow.
        engine: a key of `ENGINES`.
        guess: the engine "network" also colours areas that neither a hint nor the picture so far
            says anything about; without any hint it always does.
        seed: for the engine "flat": each area without a hint gets a pale colour of its own, drawn
            from this seed; None leaves it clear.
    """

    lines: Pixels
    hints: Pixels | None = None
    mask: Pixels | None = None
    base: Pixels | None = None
    own: NDArray[np.bool_] | None = None
    former: Pixels | None = None
    touched: NDArray[np.bool_] | None = None
    gap: float = 10.0
    shading: float = 1.0
    engine: str = "network"
    guess: bool = True
    seed: int | None = None


@dataclass(frozen=True, eq=False)
class ColorizeResult:
    """The colour.

    Attributes:
        pixels: the colour layer, premultiplied BGRA (h, w, 4). Outside the mask it is clear, or
            `former` to the bit.
        painted: whether anything new was painted.
        on_paper: the line layer holds its paper, so colour below it would not be seen.
        engine: what coloured it, a key of `ENGINES`.
        notices: sentences for the artist.
    """

    pixels: Pixels
    painted: bool
    on_paper: bool
    engine: str
    notices: tuple[str, ...]


def run(request: ColorizeRequest, token: CancelToken, progress: Progress) -> ColorizeResult:
    """Colour line art.

    Without the network's files, or the library that runs them, areas are filled flat from the
    hints instead, and a notice says so.

    Raises:
        BadInput: wrongly shaped arrays, settings out of range, no lines, nothing selected, or
            nothing to fill.
        WeightsMissing, EngineMissing: the network cannot run and there is no hint to fill from.
        OutOfMemory: the picture is too large for this computer.
        Cancelled: the token was cancelled.
    """
    _validate(request)
    part = _part(request)
    inner = _cut(request, part)
    progress(0.0, "Reading the lines")
    ink = lines.ink_of(inner.lines, token.check)
    if not (ink >= regions.OPEN).any():
        raise BadInput(NO_LINES)
    progress(0.15, "Finding the areas")
    work = _work(inner, ink, token)
    token.check()
    progress(0.35, "Colouring")
    wish = Wish(inner.engine, inner.shading, inner.guess, inner.seed)
    colours, paint, engine, notices = coloured(work, wish)
    token.check()
    pixels = _at_full_size(inner, work, ink, colours, paint, token, progress)
    reached = bool((paint[work.areas.labels] & (work.mask > 0)).any())
    if not reached:
        notices = (*notices, ALL_DONE if work.known.kept.any() else NOTHING_TO_FILL)
    progress(1.0, "Done")
    return ColorizeResult(
        _within(request, part, pixels),
        reached,
        lines.covers_paper(inner.lines, ink),
        engine,
        notices,
    )


# -- sizes and parts -----------------------------------------------------------------------------


def _validate(request: ColorizeRequest) -> None:
    """Raises BadInput where the request cannot be carried out."""
    shape = request.lines.shape
    if request.lines.dtype != np.uint8 or len(shape) != 3 or shape[2] != 4:
        raise BadInput("The line art must be an 8-bit BGRA picture.")
    height, width = shape[:2]
    if height == 0 or width == 0:
        raise BadInput("The picture is empty.")
    if height * width > MAX_PIXELS:
        raise BadInput(f"{width} × {height} pixels are too many to colour; select a smaller part.")
    for name, array, kind in (
        ("hints", request.hints, (np.uint8, 3)),
        ("picture so far", request.base, (np.uint8, 3)),
        ("former colours", request.former, (np.uint8, 3)),
        ("selection", request.mask, (np.uint8, 2)),
        ("artist's colours", request.own, (np.bool_, 2)),
        ("painted places", request.touched, (np.bool_, 2)),
    ):
        if array is None:
            continue
        fits = array.shape[:2] == (height, width) and array.ndim == kind[1]
        if not fits or array.dtype != kind[0] or (array.ndim == 3 and array.shape[2] != 4):
            raise BadInput(f"The {name} must have the size of the line art, {width} × {height}.")
    if not 0 <= request.gap <= MAX_GAP:
        raise BadInput(f"Gaps to close must be from 0 to {MAX_GAP:g} pixels, not {request.gap}.")
    if not 0 <= request.shading <= 1:
        raise BadInput(f"Shading must be from 0 to 1, not {request.shading}.")
    if request.engine not in ENGINES:
        raise BadInput(f"There is no engine “{request.engine}”; choose from {', '.join(ENGINES)}.")


def _part(request: ColorizeRequest) -> tuple[slice, slice]:
    """The rows and columns that matter: the selection and its surroundings."""
    if request.mask is None:
        return slice(None), slice(None)
    x, y, w, h = cv2.boundingRect((request.mask > 0).astype(np.uint8))
    if w == 0 or h == 0:
        raise BadInput(NOTHING_SELECTED)
    around = max(CONTEXT, max(w, h) // 2)
    return (
        slice(max(0, y - around), y + h + around),
        slice(max(0, x - around), x + w + around),
    )


def _cut(request: ColorizeRequest, part: tuple[slice, slice]) -> ColorizeRequest:
    """The request for that part of the picture alone."""
    arrays = ("lines", "hints", "mask", "base", "own", "former", "touched")
    cut: dict[str, Any] = {
        name: np.ascontiguousarray(array[part])
        for name in arrays
        if (array := getattr(request, name)) is not None
    }
    return replace(request, **cut)


def _within(request: ColorizeRequest, part: tuple[slice, slice], pixels: Pixels) -> Pixels:
    """A part's pixels in a layer of full size."""
    if request.mask is None:
        return pixels
    whole = (
        np.zeros(request.lines.shape, np.uint8) if request.former is None else request.former.copy()
    )
    whole[part] = pixels
    return whole


def _work(request: ColorizeRequest, ink: Pixels, token: CancelToken) -> Work:
    """The picture at working size, its areas, and what is known about them."""
    factor = scale.factor_for(*ink.shape)
    small_ink = scale.most(ink, factor)
    areas = regions.find(small_ink, request.gap / factor)
    token.check()
    clear = np.zeros(small_ink.shape, np.uint8)
    hints = hint_room.read(np.zeros((*clear.shape, 3), np.uint8), clear)
    if request.hints is not None:
        strokes = scale.strongest(request.hints, factor)
        hints = hint_room.without_slips(hint_room.read(*hint_room.straight(strokes)), areas)
    mask = np.ones(small_ink.shape, np.float32)
    if request.mask is not None:
        mask = scale.mean(request.mask, factor).astype(np.float32) / np.float32(255)
    white = np.full((*clear.shape, 3), 255, np.uint8)
    if request.base is None:
        known = evidence.nothing_yet(areas, hints)
        return Work(factor, small_ink, areas, white, mask, known, clear > 0, token)
    so_far = scale.mean(request.base, factor)
    rgb, alpha = hint_room.straight(so_far)
    own = alpha >= 128
    preserved = clear > 0
    if request.own is not None:
        own &= scale.mean(request.own.astype(np.uint8) * np.uint8(255), factor) >= 128
    known = evidence.weigh(areas, hints, rgb, own)
    if request.touched is not None:
        preserved = scale.most(request.touched.astype(np.uint8), factor) > 0
        preserved &= ~known.overruled[areas.labels]
    on_white = so_far[..., 2::-1] + (np.uint8(255) - alpha)[..., None]
    return Work(factor, small_ink, areas, on_white, mask, known, preserved, token)


def _at_full_size(
    request: ColorizeRequest,
    work: Work,
    ink: Pixels,
    colours: Rgb,
    paint: NDArray[np.bool_],
    token: CancelToken,
    progress: Progress,
) -> Pixels:
    """The colour layer of this part: premultiplied BGRA."""
    height, width = ink.shape
    result = np.zeros((height, width, 4), np.uint8)
    for top in range(0, height, scale.STRIP):
        token.check()
        progress(0.7 + 0.3 * top / height, "Following the lines")
        bottom = min(height, top + scale.STRIP)
        rows = slice(top, bottom)
        labels = scale.labels_of(work.areas, ink, work.factor, top, bottom)
        rgb = scale.colours_of(colours, work.areas, labels, work.factor, top)
        cover = paint[labels]
        stays = None
        if request.touched is not None:
            stays = request.touched[rows] & ~work.known.overruled[labels]
            cover &= ~stays
        layer = np.dstack([rgb[..., ::-1], np.full(labels.shape, 255, np.uint8)])
        layer *= cover[..., None]
        if request.former is not None and stays is not None:
            layer = np.where(stays[..., None], request.former[rows], layer)
        result[rows] = _masked(
            layer,
            None if request.mask is None else request.mask[rows],
            None if request.former is None else request.former[rows],
        )
    return result


def _masked(layer: Pixels, mask: Pixels | None, former: Pixels | None) -> Pixels:
    """The layer where the mask is, else the former one or nothing: exact where it is 0 or 255."""
    if mask is None:
        return layer
    share = mask.astype(np.uint16)[..., None]
    below = np.uint16(0) if former is None else former.astype(np.uint16) * (255 - share)
    return ((layer.astype(np.uint16) * share + below + 127) // 255).astype(np.uint8)
