# SPDX-License-Identifier: GPL-3.0-or-later
"""Training samples: crops of records, or drawings by program.  Imports numpy, cv2, its siblings.

A sample is a function of the seed and its number: it can be made in any process, in any order, and
again after a resume.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from train.data.colour.augment import View, draw_jitter, draw_view, jittered, whole_view
from train.data.colour.flat_art import make_drawing
from train.data.colour.kernels import connected
from train.data.colour.plates import list_plates, plate_record
from train.data.colour.records import Record, RecordError, read_record
from train.data.colour.regions import HeightNet
from train.data.colour.vectors import list_records
from train.data.colour.xdog import LineStyle, random_style, xdog

Split = Literal["train", "valid"]

DRAWN_VALID = 64
"""Drawings by program that are judged on where there are no records."""

_TRIES = 8
_SALT = {"train": 0, "valid": 1}


@dataclass(frozen=True, eq=False)
class ColourSample:
    """One square picture of side S with all that is known of it."""

    colour: NDArray[np.uint8]
    """(S, S, 3) RGB."""
    line: NDArray[np.float32]
    """(S, S) coverage 0..1, 1 = ink."""
    flat: NDArray[np.uint8]
    """(S, S, 3) RGB, quantised flat colours."""
    regions: NDArray[np.int32]
    """(S, S) number of the connected region, 0..n-1."""
    clusters: NDArray[np.uint8]
    """(S, S) number of the flat colour, 0..k-1, all of them in use."""


class ColourData:
    """The pictures of a split, held in memory, from which samples are cut."""

    def __init__(
        self,
        roots: Sequence[Path],
        split: Split,
        size: int,
        cache: Path | None,
        art: float = 0.3,
        seed: int = 0,
        limit: int | None = None,
        disnet: HeightNet | None = None,
    ) -> None:
        """Reads all records; those that the cache lacks are made, about 0.2 s each.

        Args:
            roots: folders: of plates (manifest.csv), a folder whose `illustrations` is one, or
                records made by `python -m train.data.colour.vectors`.  Each root is drawn from
                equally often, within it clear line drawings more often than paintings.
            size: side S of the samples.
            cache: where the costly parts of plates are kept; None makes them anew.
            art: share 0..1 of drawings by program in training; 1 needs no roots.  The valid part
                has none of them, unless there are no records.
            limit: at most so many records of each root, evenly chosen: for quick trials.
            disnet: finds the regions of plates, see `plate_record`.

        Raises:
            RecordError: a root cannot be used, or there is nothing to draw from.
            ValueError: art is not a share.
        """
        if not 0 <= art <= 1:
            raise ValueError(f"art is a share, not {art}")
        self.split = split
        self.size = size
        self.seed = seed
        self.short = max(320, size)
        self.records: list[Record] = []
        weights: list[float] = []
        with ThreadPoolExecutor(2) as pool:  # inflating and OpenCV leave the interpreter free
            for root in roots:
                load = _loaders(root, split, self.short, cache, disnet)
                if limit is not None and len(load) > limit:
                    load = [load[i] for i in np.linspace(0, len(load) - 1, limit).astype(int)]
                found = list(pool.map(lambda read: read(), load))
                total = sum(record.weight for record in found)
                weights += [record.weight / total for record in found]
                self.records += found
        if not self.records and art < 1:
            raise RecordError(f"no record of the {split} part in {[str(root) for root in roots]}")
        self.art = art if self.records else 1.0
        self._cumulative = np.cumsum(weights) / max(sum(weights), 1e-9)

    def __len__(self) -> int:
        """Records; those of the valid part are its samples."""
        return len(self.records) or DRAWN_VALID

    def sample(self, index: int | np.random.Generator) -> ColourSample:
        """Sample number `index`, or one drawn from a generator.

        In training every number gives another augmented crop; in the valid part number i is the
        centre of record i, as it is.
        """
        if isinstance(index, np.random.Generator):
            rng, number = index, int(index.integers(len(self)))
        else:
            rng, number = np.random.default_rng((self.seed, _SALT[self.split], index)), index
        if self.split == "valid":
            if not self.records:
                return _of_drawing(make_drawing(self.size, rng), None)
            record = self.records[number % len(self.records)]
            return cut(record, whole_view(record.source.shape, self.size), LineStyle(), None)
        if rng.random() < self.art:
            return _of_drawing(make_drawing(self.size, rng), rng)
        for _ in range(_TRIES):
            chosen = int(np.searchsorted(self._cumulative, rng.random(), side="right"))
            record = self.records[min(chosen, len(self.records) - 1)]
            view = draw_view(record.source.shape, self.size, rng)
            sample = cut(record, view, random_style(rng), rng)
            if not _is_empty(sample):
                break
        return sample


def _loaders(
    root: Path, split: str, short: int, cache: Path | None, disnet: HeightNet | None
) -> list[Callable[[], Record]]:
    """What reads each of a root's records."""
    folder = root if (root / "manifest.csv").exists() else root / "illustrations"
    if (folder / "manifest.csv").exists():
        plates = list_plates(folder, split)
        return [partial(plate_record, plate, short, cache, disnet) for plate in plates]
    return [partial(read_record, path) for path in list_records(root, split)]


def cut(
    record: Record, view: View, style: LineStyle, rng: np.random.Generator | None
) -> ColourSample:
    """A view of a record.

    Args:
        style: of lines that have to be found in the picture.
        rng: for changing the colours and thinning the lines; None leaves them.
    """
    colour = view.picture(record.colour)
    palette = record.palette
    if rng is not None:
        change = draw_jitter(colour, rng)
        colour, palette = jittered(colour, change), jittered(palette[None], change)[0]
    used, clusters = _compact(view.labels(record.clusters))
    regions = connected(view.labels(record.regions).astype(np.int32))
    line = _line(record, view, style, rng)
    return ColourSample(colour, line, palette[used][clusters], regions, clusters)


def _line(
    record: Record, view: View, style: LineStyle, rng: np.random.Generator | None
) -> NDArray[np.float32]:
    if record.drawn:
        return view.picture(record.source).astype(np.float32) / np.float32(255)
    if rng is None or view.fine == 1 or rng.random() < 0.5:
        return xdog(view.picture(record.source), style)
    # Found larger, then reduced: thinner lines than this size can show, a little darker for it.
    large = xdog(view.picture(record.source, reduce=False), style)
    small = cv2.resize(large, (view.size, view.size), interpolation=cv2.INTER_AREA)
    return np.minimum(small * np.float32(1.3), 1).astype(np.float32)


def _compact(clusters: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.uint8]]:
    """Clusters in use, and the map numbered by them."""
    used = np.flatnonzero(np.bincount(clusters.ravel(), minlength=256))
    table = np.zeros(256, np.uint8)
    table[used] = np.arange(len(used))
    return used, table[clusters]


def _of_drawing(record: Record, rng: np.random.Generator | None) -> ColourSample:
    """A drawing as it is, mirrored half of the time."""
    used, clusters = _compact(record.clusters)
    planes: list[NDArray[Any]] = [
        record.colour,
        record.source.astype(np.float32) / np.float32(255),
        record.palette[used][clusters],
        record.regions.astype(np.int32),
        clusters,
    ]
    if rng is not None and rng.random() < 0.5:
        planes = [np.ascontiguousarray(plane[:, ::-1]) for plane in planes]
    return ColourSample(*planes)


def _is_empty(sample: ColourSample) -> bool:
    """Whether there is next to nothing to colour: one colour nearly everywhere, or no lines."""
    largest = np.bincount(sample.clusters.ravel()).max() / sample.clusters.size
    return bool(largest > 0.95 or sample.line.mean() < 0.006)


def report(data: ColourData) -> None:
    """Says on standard error what was read."""
    size = sum(r.colour.nbytes + r.regions.nbytes + 2 * r.source.nbytes for r in data.records)
    print(
        f"{len(data.records)} records of the {data.split} part, {size >> 20} MiB", file=sys.stderr
    )
