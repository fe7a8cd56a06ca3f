# SPDX-License-Identifier: GPL-3.0-or-later
"""Clean scenes: strokes of drawings by people, and of made-up curves, put together on a canvas.

Imports numpy, train.data.lines.kernels and train.data.sketches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from train.data.lines.kernels import smooth_curve
from train.data.sketches import SketchSet, Source, Split

Stroke = NDArray[np.float64]
"""Points (n, 2) = x, y."""

STEP = 3.0
"""Distance of a scene's points in pixels."""

_CORNER = np.radians(50)


@dataclass(frozen=True, eq=False)
class Scene:
    """The clean drawing on a canvas, in pixels."""

    strokes: tuple[Stroke, ...]
    widths: NDArray[np.float64]
    """Half width of each stroke (M,)."""
    strengths: NDArray[np.float64]
    """How firmly each stroke is drawn (M,), about 0.6..1."""
    fills: tuple[int, ...]
    """Numbers of closed strokes that are filled with black."""
    size: int

    @property
    def points(self) -> Stroke:
        """All points (N, 2)."""
        return np.concatenate(self.strokes) if self.strokes else np.zeros((0, 2))

    @property
    def offsets(self) -> NDArray[np.int64]:
        """Where each stroke begins in `points`, and the end (M + 1)."""
        return np.cumsum([0, *(len(stroke) for stroke in self.strokes)])

    def choose(self, keep: NDArray[np.bool_]) -> Scene:
        """The strokes where `keep` (M,) holds."""
        index = np.flatnonzero(keep)
        new = {int(old): i for i, old in enumerate(index)}
        return Scene(
            tuple(self.strokes[i] for i in index),
            self.widths[index],
            self.strengths[index],
            tuple(new[i] for i in self.fills if i in new),
            self.size,
        )


class Bank:
    """Drawings that scenes are made of; without any, all strokes are made up."""

    def __init__(self, drawings: Sequence[list[Stroke]], sources: tuple[Source, ...] = ()) -> None:
        """Args: strokes of each drawing in units of the drawing's longer side, about 0..1."""
        self.drawings = drawings
        self.sources = sources

    @classmethod
    def of(cls, data: SketchSet | None, split: Split) -> Bank:
        """The drawings of one split; those labelled Brand, trademarks, are left out."""
        if data is None:
            return cls([])
        part = data.part(split)
        brand = data.label_names.index("Brand") if "Brand" in data.label_names else -2
        chosen = [s for s, label in zip(part.sketches, part.label, strict=True) if label != brand]
        return cls([_absolute(sketch) for sketch in chosen], data.sources)


def _absolute(sketch: NDArray[np.int16]) -> list[Stroke]:
    path = sketch[:, :2].astype(np.float64).cumsum(0) / 255
    ends = np.flatnonzero(sketch[:, 2]) + 1
    return [stroke for stroke in np.split(path, ends) if len(stroke) > 1]


def make_scene(bank: Bank, size: int, rng: np.random.Generator, whole: bool = False) -> Scene:
    """A scene on a canvas of `size` pixels: one large drawing, a crowd of small ones, made-up
    curves, or a mixture.

    Args:
        whole: one small drawing in the middle instead, with blank paper around it, as whole sheets
            have it where nobody cut patches out of them.
    """
    strokes: list[Stroke] = []
    kind = rng.random() if len(bank.drawings) else 1.0
    if whole and len(bank.drawings):
        strokes += _placed(bank, size, rng.uniform(0.3, 0.6), np.array([0.5, 0.5]), rng)
    elif kind < 0.4:
        strokes += _placed(bank, size, rng.uniform(0.6, 1.9), rng.uniform(0.1, 0.9, 2), rng)
        for _ in range(rng.integers(0, 3)):
            strokes += _placed(bank, size, rng.uniform(0.2, 0.5), rng.random(2), rng)
    elif kind < 0.7:
        cells = int(rng.integers(2, 5))
        for cell in range(cells * cells):
            if rng.random() < 0.85:
                at = (np.array(divmod(cell, cells)) + rng.uniform(0.3, 0.7, 2)) / cells
                strokes += _placed(bank, size, rng.uniform(0.6, 1.1) / cells, at, rng)
    if not (whole and strokes) and (kind >= 0.7 or rng.random() < 0.35):
        for _ in range(rng.integers(2, 9) if kind >= 0.7 else rng.integers(1, 4)):
            strokes += _made_up(size, rng)
    curves = [smooth_curve(np.ascontiguousarray(s), STEP, _CORNER) for s in strokes]
    seen = tuple(c for c in curves if _visible(c, size))
    pen = rng.choice([0.55, 0.75, 0.75, 1.0, 1.0, 1.3, 1.6]) * rng.uniform(0.9, 1.1)
    count = len(seen)
    closed = [
        i for i, c in enumerate(seen) if len(c) > 5 and np.hypot(*(c[0] - c[-1])) < 0.12 * _run(c)
    ]
    fills = [i for i in closed if _run(seen[i]) < 1.2 * size and rng.random() < 0.5]
    return Scene(
        seen,
        np.full(count, pen) * rng.uniform(0.85, 1.15, count),
        rng.uniform(0.65, 1.0, count),
        tuple(fills) if rng.random() < 0.25 else (),
        size,
    )


def _run(curve: Stroke) -> float:
    return STEP * (len(curve) - 1)


def _visible(curve: Stroke, size: int) -> bool:
    low, high = curve.min(0), curve.max(0)
    return bool((low < size + 4).all() and (high > -4).all() and (high - low).max() > 2)


def _placed(
    bank: Bank, size: int, scale: float, at: NDArray[np.float64], rng: np.random.Generator
) -> list[Stroke]:
    """A drawing, turned, perhaps mirrored, its middle at `at` (fractions of the canvas)."""
    strokes = bank.drawings[int(rng.integers(len(bank.drawings)))]
    angle = rng.normal() * 0.25
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    turn[0] *= rng.choice([-1.0, 1.0])
    turn[rng.integers(2)] *= rng.uniform(0.8, 1.0)
    return [(stroke - 0.5) @ turn * (scale * size) + at * size for stroke in strokes]


def _made_up(size: int, rng: np.random.Generator) -> list[Stroke]:
    """Curves of one kind: what drawings of figures, hair, houses and things are full of."""
    maker = _MAKERS[rng.integers(len(_MAKERS))]
    return maker(rng.uniform(-0.1, 1.1, 2) * size, size, rng)


def _arcs(at: Stroke, size: int, rng: np.random.Generator) -> list[Stroke]:
    """Long swinging curves."""
    strokes = []
    for _ in range(rng.integers(1, 5)):
        t = np.linspace(0, 1, 9)[:, None]
        a = at + rng.normal(size=2) * 0.1 * size
        b = a + rng.normal(size=2) * 0.6 * size
        c = (a + b) / 2 + rng.normal(size=2) * 0.3 * size
        d = c + rng.normal(size=2) * 0.15 * size
        strokes.append(
            a * (1 - t) ** 3 + 3 * c * t * (1 - t) ** 2 + 3 * d * t * t * (1 - t) + b * t**3
        )
    return strokes


def _ellipses(at: Stroke, size: int, rng: np.random.Generator) -> list[Stroke]:
    """Rings, some within each other: eyes, wheels, buttons."""
    radius = np.exp(rng.uniform(np.log(3), np.log(0.4 * size)))
    strokes = []
    for k in range(rng.integers(1, 4)):
        start, sweep = rng.uniform(0, 6.3), rng.choice([2 * np.pi, 2 * np.pi, rng.uniform(2, 6)])
        t = np.linspace(start, start + sweep, 21)
        r = radius * 0.6**k
        strokes.append(at + np.c_[np.cos(t) * r, np.sin(t) * r * rng.uniform(0.5, 1)])
    return strokes


def _hair(at: Stroke, size: int, rng: np.random.Generator) -> list[Stroke]:
    """Bundles of neighbouring curves that run together: hair, folds, grass."""
    t = np.linspace(0, 1, 8)[:, None]
    reach = rng.normal(size=2) * 0.35 * size
    bend = rng.normal(size=2) * 0.2 * size
    strokes = []
    gap = rng.uniform(5, 14)
    side = np.array([-reach[1], reach[0]]) / max(np.hypot(*reach), 1e-6)
    for k in range(rng.integers(3, 9)):
        root = at + side * k * gap + rng.normal(size=2) * 2
        tip = at + reach + side * k * gap * rng.uniform(0.1, 0.9)
        middle = (root + tip) / 2 + bend
        strokes.append(root * (1 - t) ** 2 + 2 * middle * t * (1 - t) + tip * t * t)
    return strokes


def _zigzag(at: Stroke, size: int, rng: np.random.Generator) -> list[Stroke]:
    """Sharp turns: fringes, leaves, rocks."""
    count = rng.integers(4, 12)
    steps = rng.uniform(6, 40) * np.c_[rng.uniform(0.3, 1, count), np.tile([1, -1], count)[:count]]
    steps[:, 1] *= rng.uniform(0.5, 2, count)
    angle = rng.uniform(0, 6.3)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return [at + steps.cumsum(0) @ turn]


def _house(at: Stroke, size: int, rng: np.random.Generator) -> list[Stroke]:
    """A box with rows of windows, sheared a little: straight lines that meet."""
    w, h = rng.uniform(0.15, 0.8, 2) * size
    shear = np.array([[1, rng.normal() * 0.15], [rng.normal() * 0.1, 1]])
    box = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]])
    strokes = [box * [w, h]]
    columns, rows = rng.integers(0, 5), rng.integers(1, 5)
    for c in range(columns):
        for r in range(rows):
            low = np.array([(c + 0.25) * w / columns, (r + 0.25) * h / rows])
            strokes.append(low + box * [0.5 * w / columns, 0.5 * h / rows])
    if rng.random() < 0.5:
        strokes.append(np.array([[-0.05 * w, 0], [0.5 * w, -0.4 * h], [1.05 * w, 0]]))
    return [at + stroke @ shear for stroke in strokes]


def _rails(at: Stroke, size: int, rng: np.random.Generator) -> list[Stroke]:
    """Two or three long neighbours: limbs, pipes, hems."""
    (spine,) = _arcs(at, size, rng)[:1]
    along = np.gradient(spine, axis=0)
    side = np.c_[-along[:, 1], along[:, 0]] / np.hypot(*along.T).clip(1e-6)[:, None]
    gap = rng.uniform(5, 30)
    return [spine + side * gap * k for k in range(rng.integers(2, 4))]


def _marks(at: Stroke, size: int, rng: np.random.Generator) -> list[Stroke]:
    """Small signs in a row, like writing."""
    strokes, pen = [], at.copy()
    height = rng.uniform(6, 18)
    for _ in range(rng.integers(3, 12)):
        for _ in range(rng.integers(1, 4)):
            corners = rng.integers(2, 5)
            strokes.append(pen + rng.uniform(0, 1, (corners, 2)) * height)
        pen = pen + np.array([height * 1.3, rng.normal()])
    return strokes


_MAKERS = (_arcs, _arcs, _ellipses, _hair, _zigzag, _house, _rails, _marks)
