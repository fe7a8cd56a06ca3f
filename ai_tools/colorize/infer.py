# SPDX-License-Identifier: GPL-3.0-or-later
"""Colorize Selection, arrays in, a layer of colour out. No widgets, no files.

Lines close areas (`lines`, `regions`); hints and the picture so far say what is to happen in them
(`hints`, `evidence`); an engine colours them; hints are obeyed (`obey`); and the small picture
that all this ran on becomes one of full size along the lines (`scale`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ai_tools import engine as engines
from ai_tools.colorize import evidence, lines, obey, painted, regions, scale
from ai_tools.colorize import hints as hint_room
from ai_tools.colorize.evidence import Evidence
from ai_tools.colorize.hints import Hints, Rgb
from ai_tools.colorize.regions import Regions
from app.jobs import BadInput, CancelToken, WeightsMissing

Progress = Callable[[float, str], object]
"""Called with a fraction 0..1 and what is being done."""

Pixels = NDArray[np.uint8]

WEIGHTS = "colorizer"
"""Name of the network's weights."""

MAX_PIXELS = 100_000_000
MAX_GAP = 200.0

CONTEXT = 96
"""Pixels around a selection, at least, that are looked at to know its areas."""

BARE_L, BARE_AB = 93.0, 8.0
"""Where no hint is and the network paints an outer area about as white as this, paper stays."""

BACKGROUND = 0.15
"""An area with this share of the picture's border is background: where the artist gave hints, but
none for it, paper stays."""

NO_LINES = "There are no lines on that layer. Choose the layer with the line art."
NOTHING_SELECTED = "Nothing is selected inside the picture."
GUESSED = "There is no hint, so the colours are the network's guess."
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


@dataclass(frozen=True, eq=False)
class _Work:
    """Everything at the size that areas are found on."""

    factor: int
    ink: Pixels
    areas: Regions
    hints: Hints
    base: Rgb  # on white
    mask: NDArray[np.float32]
    known: Evidence
    preserved: NDArray[np.bool_]

    @property
    def free(self) -> NDArray[np.bool_]:
        """(count + 1,): areas that no hint nor colour says anything about."""
        said = self.known.kept.copy()
        said[self.areas.labels[self.known.hints.at >= 0]] = True
        said[0] = True
        return ~said


Engine = Callable[[_Work, ColorizeRequest], tuple[Rgb, NDArray[np.bool_]]]
"""(work, request) -> colours (h', w', 3), and which areas are painted, (count + 1,)."""


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
    colours, paint, engine, notices = _coloured(work, inner)
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


# -- engines -------------------------------------------------------------------------------------


def _flat(work: _Work, request: ColorizeRequest) -> tuple[Rgb, NDArray[np.bool_]]:
    """Areas filled from the hints alone."""
    hints = work.known.hints
    colours = np.zeros((*work.ink.shape, 3), np.uint8)
    paint = np.zeros(work.areas.count + 1, bool)
    if hints.any:
        aim = obey.targets(work.areas, work.ink, hints, obey.SHARP)
        colours = hint_room.to_rgb(aim.mixed(hints.lab))
        nearest = hints.rgb[np.maximum(aim.first, 0)]
        alone = (aim.weight > 0.999)[..., None]  # to the bit, without the way through CIELAB
        colours = np.where(alone, nearest, colours)
        paint[np.unique(work.areas.labels[hints.at >= 0])] = True
        paint |= _slivers(work.areas, paint, work.free, colours)
    if request.seed is not None:
        free = work.free & ~paint
        table = _pale_colours(request.seed, work.areas.count + 1)
        colours = np.where(free[work.areas.labels][..., None], table[work.areas.labels], colours)
        paint |= free
    return colours, paint & ~work.known.kept


def _network(work: _Work, request: ColorizeRequest) -> tuple[Rgb, NDArray[np.bool_]]:
    """The network's picture, corrected towards the hints."""
    engine = engines.open_engine(WEIGHTS)
    hints, areas = work.known.hints, work.areas
    stays = work.known.kept[areas.labels] | work.preserved
    flows = obey.targets(areas, work.ink, hints, obey.SOFT) if hints.any else None
    mask = np.where(stays, np.float32(0), work.mask)
    raw = painted.paint(engine, work.ink, hints, flows, work.base, mask)
    clean = painted.clean_pixels(work.ink, areas)
    picture = painted.without_lines(raw, work.ink, clean)
    if hints.any:
        aim = obey.targets(areas, work.ink, hints, obey.SOFT, picture)
        picture = obey.corrected(picture, areas, clean, aim, hints, request.shading)
    else:
        picture = obey.flattened(picture, areas, clean, request.shading)
    border = _border_share(areas)
    bare = (border > 0) & work.free
    if hints.any:
        bare &= (border >= BACKGROUND) | _near_white(picture, areas)
    else:
        bare &= _near_white(picture, areas)
    return hint_room.to_rgb(picture), ~(work.known.kept | bare)


def _near_white(picture: NDArray[np.float32], areas: Regions) -> NDArray[np.bool_]:
    """Areas whose mean colour is about that of paper, (count + 1,)."""
    labels = areas.labels.ravel()
    sizes = np.maximum(np.bincount(labels, minlength=areas.count + 1), 1)
    light, a, b = (
        np.bincount(labels, picture[..., c].ravel(), areas.count + 1) / sizes for c in range(3)
    )
    return np.asarray((light > BARE_L) & (np.hypot(a, b) < BARE_AB))


ENGINES: dict[str, Engine] = {"network": _network, "flat": _flat}
"""Ways to colour, by the name in a request; the first is the default."""


def _coloured(
    work: _Work, request: ColorizeRequest
) -> tuple[Rgb, NDArray[np.bool_], str, tuple[str, ...]]:
    """Colours, painted areas, the engine that was used in the end, and notices."""
    notices: tuple[str, ...] = ()
    name = request.engine
    try:
        if name == "network" and not work.hints.any:
            notices = (GUESSED,)
        colours, paint = ENGINES[name](work, request)
    except (WeightsMissing, engines.EngineMissing) as error:
        if not work.known.hints.any:
            raise
        notices = (f"{error} Areas are filled flat from the hints instead.",)
        name = "flat"
        colours, paint = ENGINES[name](work, request)
    return colours, paint, name, notices


def _slivers(
    areas: Regions,
    paint: NDArray[np.bool_],
    free: NDArray[np.bool_],
    colours: Rgb,
) -> NDArray[np.bool_]:
    """Narrow leftovers that only a closed gap keeps from a painted area; they get its colour.

    Changes `colours` there. An area is a sliver if it is narrower than a tenth of its neighbour
    is wide, and much smaller.
    """
    result = np.zeros_like(paint)
    pairs = regions.touching(areas)
    for a, b, length in pairs[np.argsort(-pairs[:, 2], kind="stable")]:
        for sliver, whole in ((a, b), (b, a)):
            if (
                free[sliver]
                and not result[sliver]
                and paint[whole]
                and areas.width[sliver] < 0.1 * areas.width[whole]
                and areas.area[sliver] < 0.02 * areas.area[whole]
                and length > 0
            ):
                beside = cv2.dilate((areas.labels == sliver).astype(np.uint8), np.ones((3, 3)))
                rim = (np.asarray(beside) > 0) & (areas.labels == whole)
                colours[areas.labels == sliver] = np.median(colours[rim], axis=0)
                result[sliver] = True
    return result


def _border_share(areas: Regions) -> NDArray[np.float64]:
    """Which share of the picture's border each area has, (count + 1,)."""
    labels = areas.labels
    around = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    return np.bincount(around, minlength=areas.count + 1) / around.size


def _pale_colours(seed: int, count: int) -> Rgb:
    """Well told apart: hues step by the golden angle, (count, 3)."""
    rng = np.random.default_rng(seed)
    hue = np.radians(rng.uniform(0, 360) + np.arange(count) * 137.508)
    light = 70 + 18 * rng.random(count)
    lab = np.stack([light, 32 * np.cos(hue), 32 * np.sin(hue)], axis=1)
    return hint_room.to_rgb(lab[None].astype(np.float32))[0]


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


def _work(request: ColorizeRequest, ink: Pixels, token: CancelToken) -> _Work:
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
        return _Work(factor, small_ink, areas, hints, white, mask, known, clear > 0)
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
    return _Work(factor, small_ink, areas, hints, on_white, mask, known, preserved)


def _at_full_size(
    request: ColorizeRequest,
    work: _Work,
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
