# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches of drawings in stroke-5 form.  Imports numpy, torch, train.common.

A batch is a function of (data, settings, step, rank): it can be made in any process, in any order,
and again after a resume.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from train.common.seeds import batch_indices, numpy_generator
from train.data.sketch_raster import draw_sketch
from train.data.sketches import SketchSet, offsets_of

LIMIT = 1000
"""Offsets are clamped to this many box units."""


@dataclass(frozen=True)
class SketchBatch:
    """B drawings, padded to N points; offsets divided by the scale factor."""

    strokes: Tensor  # (B, N + 1, 5) stroke-5, the start token first
    lengths: Tensor  # (B,) int64, points of each drawing
    seen: Tensor  # (B,) int64, how many of them latent and raster may see
    condition: Tensor  # (B, k) one-hots side by side, zeros = not told
    raster: Tensor | None  # (B, 1, size, size) of the points seen, 1 = paper

    def to(self, device: torch.device) -> SketchBatch:
        """The batch on a device."""
        raster = None if self.raster is None else self.raster.to(device)
        return SketchBatch(
            self.strokes.to(device),
            self.lengths.to(device),
            self.seen.to(device),
            self.condition.to(device),
            raster,
        )


@dataclass(frozen=True, kw_only=True)
class BatchSettings:
    """How batches are made."""

    batch: int
    """Drawings a batch and process."""
    seed: int
    scale_factor: float
    longest: int
    """N of a padded batch; 0 pads each batch to its own longest drawing."""
    condition: tuple[str, ...]
    """Attributes told to the model: "label" or names of attributes."""
    sizes: tuple[int, ...]
    """Number of values of each attribute in `condition`."""
    condition_dropout: float
    """Share of drawings for which nothing is told."""
    see_part: float
    """Share of drawings of which latent and raster see only a beginning, of random length."""
    raster_size: int
    """0: no rasters."""
    scale_jitter: float
    point_dropping: float


class SketchBatches(Dataset[SketchBatch]):
    """The training batches by step, augmented."""

    def __init__(
        self, data: SketchSet, settings: BatchSettings, rank: int = 0, world: int = 1
    ) -> None:
        self.settings = settings
        self.rank = rank
        self.world = world
        self.offsets = [offsets_of(sketch) for sketch in data.sketches]
        self.labels = condition_values(data, settings.condition)
        self.lengths = data.lengths()

    @property
    def per_epoch(self) -> int:
        """Steps in which every drawing is seen once."""
        return len(self.offsets) // (self.settings.batch * self.world)

    def __getitem__(self, step: int) -> SketchBatch:
        settings = self.settings
        total = settings.batch * self.world
        by_length = None if settings.longest else self.lengths
        chosen = batch_indices(len(self.offsets), total, step, settings.seed, by_length)
        generator = numpy_generator(settings.seed, step, self.rank)
        chosen = chosen[self.rank :: self.world]
        jitter, dropping = settings.scale_jitter, settings.point_dropping
        points = [augment(self.offsets[i], generator, jitter, dropping) for i in chosen]
        labels = self.labels[chosen]
        labels[generator.random(len(labels)) < settings.condition_dropout] = -1
        seen = np.array([len(p) for p in points])
        part = generator.integers(0, seen, endpoint=True)
        seen = np.where(generator.random(len(seen)) < settings.see_part, part, seen)
        return make_batch(points, labels, seen, settings)


def condition_values(data: SketchSet, names: Sequence[str]) -> NDArray[np.int64]:
    """Values of the named attributes, -1 = unknown: (M, len(names)).

    Raises:
        ValueError: the drawings have no such attribute.
    """
    columns = []
    for name in names:
        if name != "label" and name not in data.attributes:
            known = ", ".join(["label", *data.attributes])
            raise ValueError(f"the drawings have no attribute {name!r}, only {known}")
        columns.append(data.label if name == "label" else data.attributes[name])
    return np.stack(columns, 1) if columns else np.zeros((len(data), 0), np.int64)


def make_batch(
    points: Sequence[NDArray[np.float32]],
    labels: NDArray[np.int64],
    seen: NDArray[np.int64],
    settings: BatchSettings,
) -> SketchBatch:
    """Stroke-3 drawings in box units (n, 3), attribute values (B, a) and points seen (B,)."""
    lengths = np.array([len(p) for p in points])
    strokes = np.zeros((len(points), max(settings.longest, lengths.max(initial=1)) + 1, 5))
    strokes[:, 0, 2] = 1
    for row, p in zip(strokes, points, strict=True):
        body = row[1 : len(p) + 1]
        body[:, :2] = p[:, :2].clip(-LIMIT, LIMIT) / settings.scale_factor
        body[:, 2] = p[:, 2] == 0
        body[:, 3] = p[:, 2] != 0
        row[len(p) + 1 :, 4] = 1
    condition = np.zeros((len(points), sum(settings.sizes)), np.float32)
    first = 0
    for column, size in zip(labels.T, settings.sizes, strict=True):
        told = np.flatnonzero(column >= 0)
        condition[told, first + column[told]] = 1
        first += size
    raster = None
    if settings.raster_size:
        drawn = [
            draw_sketch(p[:n], settings.raster_size) for p, n in zip(points, seen, strict=True)
        ]
        raster = torch.from_numpy(np.stack(drawn)[:, None].astype(np.float32) / 255)
    return SketchBatch(
        torch.from_numpy(strokes.astype(np.float32)),
        torch.from_numpy(lengths.astype(np.int64)),
        torch.from_numpy(np.asarray(seen, np.int64)),
        torch.from_numpy(condition),
        raster,
    )


def augment(
    points: NDArray[np.float32], generator: np.random.Generator, jitter: float, dropping: float
) -> NDArray[np.float32]:
    """Sketch-RNN's augmentation of a stroke-3 drawing: scales in x and y, each within 1 ± jitter,
    and points dropped with probability `dropping`.

    A point may go if it is at least the third in a row that was reached and left with the pen
    down; the kept point before it takes over its offset, so later points stay where they are.
    """
    scale = generator.uniform(1 - jitter, 1 + jitter, 2)
    points = points * np.array([*scale, 1], np.float32)
    down = points[:, 2] == 0
    inside = down & np.concatenate([[False], down[:-1]])
    index = np.arange(len(points))
    outside = np.maximum.accumulate(np.where(inside, -1, index))
    drop = inside & (index - outside > 2) & (generator.random(len(points)) < dropping)
    kept = np.flatnonzero(~drop)
    merged = points[kept]
    merged[:, :2] = np.add.reduceat(points[:, :2], kept, axis=0)
    return merged
