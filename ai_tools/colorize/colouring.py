# SPDX-License-Identifier: GPL-3.0-or-later
"""The engines of Colorize Selection: areas filled flat, or painted by the network and corrected.

numpy, kernels; the network through `ai_tools.engine`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai_tools import engine as engines
from ai_tools.colorize import hints as hint_room
from ai_tools.colorize import obey, painted, regions
from ai_tools.colorize.evidence import Evidence
from ai_tools.colorize.hints import Rgb
from ai_tools.colorize.regions import Regions
from app.jobs import CancelToken, WeightsMissing

WEIGHTS = "colorizer"
"""Name of the network's weights."""

BARE_L, BARE_AB = 93.0, 8.0
"""Where no hint is and the network paints an outer area about as white as this, paper stays."""

BACKGROUND = 0.05
"""An area with this share of the picture's border is background: where the artist gave hints, but
none for it, paper stays."""

GUESSED = "There is no hint, so the colours are the network's guess."


@dataclass(frozen=True)
class Wish:
    """How to colour; see `infer.ColorizeRequest`."""

    engine: str
    shading: float
    guess: bool
    seed: int | None


@dataclass(frozen=True, eq=False)
class Work:
    """Everything at the size that areas are found on, (h, w).

    Attributes:
        factor: pixels of the picture to one of these.
        ink: coverage by ink, uint8.
        areas: what the lines close.
        base: the picture so far on white, uint8 (h, w, 3).
        mask: float32, 1 = to be painted.
        known: what hints and the picture so far say.
        preserved: bool, what the artist painted on the former result and is to stay.
        token: stops the work.
    """

    factor: int
    ink: NDArray[np.uint8]
    areas: Regions
    base: Rgb
    mask: NDArray[np.float32]
    known: Evidence
    preserved: NDArray[np.bool_]
    token: CancelToken

    @property
    def free(self) -> NDArray[np.bool_]:
        """(count + 1,): areas that no hint nor colour says anything about."""
        said = self.known.kept.copy()
        said[self.areas.labels[self.known.hints.at >= 0]] = True
        said[0] = True
        return ~said


Engine = Callable[[Work, Wish], tuple[Rgb, NDArray[np.bool_]]]
"""(work, wish) -> colours (h, w, 3), and which areas are painted, (count + 1,)."""


def coloured(work: Work, wish: Wish) -> tuple[Rgb, NDArray[np.bool_], str, tuple[str, ...]]:
    """Colours, painted areas, the engine that was used in the end, and notices.

    Raises:
        WeightsMissing, EngineMissing: the network cannot run and there is no hint to fill from.
        Cancelled: the work's token was cancelled.
    """
    name, hinted = wish.engine, work.known.hints.any
    try:
        colours, paint = ENGINES[name](work, wish)
    except (WeightsMissing, engines.EngineMissing) as error:
        if not hinted:
            raise
        notice = f"{error} Areas are filled flat from the hints instead."
        return *ENGINES["flat"](work, wish), "flat", (notice,)
    return colours, paint, name, (GUESSED,) if name == "network" and not hinted else ()


def _flat(work: Work, wish: Wish) -> tuple[Rgb, NDArray[np.bool_]]:
    """Areas filled from the hints alone."""
    hints = work.known.hints
    colours = np.zeros((*work.ink.shape, 3), np.uint8)
    paint = np.zeros(work.areas.count + 1, bool)
    if hints.any:
        aim = obey.targets(work.areas, work.ink, hints, obey.SHARP, token=work.token)
        colours = hint_room.to_rgb(aim.mixed(hints.lab))
        nearest = hints.rgb[np.maximum(aim.first, 0)]
        alone = (aim.weight > 0.999)[..., None]  # to the bit, without the way through CIELAB
        colours = np.where(alone, nearest, colours)
        paint[np.unique(work.areas.labels[hints.at >= 0])] = True
        paint |= _slivers(work.areas, paint, work.free, colours)
    if wish.seed is not None:
        free = work.free & ~paint
        table = _pale_colours(wish.seed, work.areas.count + 1)
        colours = np.where(free[work.areas.labels][..., None], table[work.areas.labels], colours)
        paint |= free
    return colours, paint & ~work.known.kept


def _network(work: Work, wish: Wish) -> tuple[Rgb, NDArray[np.bool_]]:
    """The network's picture, corrected towards the hints."""
    engine = engines.open_engine(WEIGHTS)
    hints, areas = work.known.hints, work.areas
    stays = work.known.kept[areas.labels] | work.preserved
    token = work.token
    flows = None
    if hints.any:
        flows = obey.targets(areas, work.ink, hints, obey.SOFT, token=token)
    mask = np.where(stays, np.float32(0), work.mask)
    raw = painted.paint(engine, work.ink, hints, flows, work.base, mask)
    token.check()
    clean = painted.clean_pixels(work.ink, areas)
    picture = painted.without_lines(raw, work.ink, clean)
    if hints.any:
        aim = obey.targets(areas, work.ink, hints, obey.SOFT, picture, token)
        picture = obey.corrected(picture, areas, clean, aim, hints, wish.shading)
    else:
        picture = obey.flattened(picture, areas, clean, wish.shading)
    border = _border_share(areas)
    bare = (border > 0) & _near_white(picture, areas)
    if hints.any:
        bare |= (border >= BACKGROUND) | (not wish.guess)
    bare &= work.free
    return hint_room.to_rgb(picture), ~(work.known.kept | bare)


def _near_white(picture: NDArray[np.float32], areas: Regions) -> NDArray[np.bool_]:
    """Areas whose mean colour is about that of paper, (count + 1,)."""
    labels = areas.labels.ravel()
    sizes = np.maximum(np.bincount(labels, minlength=areas.count + 1), 1)
    light, a, b = (
        np.bincount(labels, picture[..., c].ravel(), areas.count + 1) / sizes for c in range(3)
    )
    return np.asarray((light > BARE_L) & (np.hypot(a, b) < BARE_AB))


def _slivers(
    areas: Regions, paint: NDArray[np.bool_], free: NDArray[np.bool_], colours: Rgb
) -> NDArray[np.bool_]:
    """Narrow leftovers that only a closed gap keeps from a painted area; they get its colour.

    Changes `colours` there. An area is a sliver if it is narrower than a tenth of its neighbour
    is wide, and much smaller.

    Returns:
        (count + 1,): the slivers.
    """
    pairs = regions.touching(areas)
    pairs = pairs[np.argsort(pairs[:, 2], kind="stable")]
    sliver = np.concatenate([pairs[:, 0], pairs[:, 1]])
    whole = np.concatenate([pairs[:, 1], pairs[:, 0]])
    fits = free[sliver] & paint[whole]
    fits &= areas.width[sliver] < 0.1 * areas.width[whole]
    fits &= areas.area[sliver] < 0.02 * areas.area[whole]
    if not fits.any():
        return np.zeros_like(paint)
    source = np.zeros(areas.count + 1, np.int64)
    source[sliver[fits]] = whole[fits]  # of several neighbours, the one with the longest border
    labels = areas.labels.ravel()
    sizes = np.maximum(np.bincount(labels, minlength=areas.count + 1), 1)
    sums = [np.bincount(labels, colours[..., c].ravel(), areas.count + 1) for c in range(3)]
    means = np.rint(np.stack(sums, axis=1) / sizes[:, None]).astype(np.uint8)
    inside = source[areas.labels] > 0
    colours[inside] = means[source[areas.labels[inside]]]
    return source > 0


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


ENGINES: dict[str, Engine] = {"network": _network, "flat": _flat}
"""Ways to colour, by the name in a request; the first is the default."""
