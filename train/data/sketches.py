# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of drawings as sequences of pen movements: reading, choosing, joining, writing.

Imports numpy and `train.data.sketch_import`.  `python -m train.data.sketches FILES --sheet S.png`
draws a contact sheet, `--out SET.npz` writes what was read as one set.

A set is NAME.npz with `points` int16 (N, 3) = dx, dy, pen lift after this point; `offsets` int32
(M + 1), sketch i being points[offsets[i]:offsets[i + 1]]; `label` int16 (M); `split` uint8 (M),
0 train, 1 valid, 2 test; further int8 (M) arrays are attributes, -1 = unknown.  Row 0 of a sketch
is its start point in a box whose longer side is 255, y down.  NAME.json has `label_names`,
`licence`, `credit`.

The public files are read as they are, one file a category, for example for cats
https://storage.googleapis.com/quickdraw_dataset/full/simplified/cat.ndjson and
https://storage.googleapis.com/quickdraw_dataset/sketchrnn/cat.npz (CC BY 4.0, Google).
"""

from __future__ import annotations

import argparse
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.files.atomic import atomic_write
from train.data.sketch_import import Imported, SketchDataError, read_ndjson, read_sketch_rnn

Split = Literal["train", "valid", "test"]
SPLITS: tuple[Split, ...] = ("train", "valid", "test")

QUICKDRAW_CREDIT = '"Quick, Draw! The Data", made available by Google, Inc.'

_OWN_ARRAYS = ("points", "offsets", "label", "split")


@dataclass(frozen=True)
class Source:
    """Where drawings come from, for model cards."""

    name: str
    licence: str
    credit: str
    sketches: int


@dataclass(frozen=True, eq=False)
class SketchSet:
    """M drawings.  `sketches[i]` int16 (n_i, 3), row 0 the start point; see the module's head."""

    sketches: tuple[NDArray[np.int16], ...]
    label: NDArray[np.int64]  # (M,) index into label_names, -1 = none
    split: NDArray[np.uint8]  # (M,) index into SPLITS
    label_names: tuple[str, ...]
    attributes: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)  # (M,) each
    sources: tuple[Source, ...] = ()

    def __len__(self) -> int:
        return len(self.sketches)

    def choose(self, keep: NDArray[np.bool_]) -> SketchSet:
        """The drawings where `keep` (M,) holds; names of labels that are left without any go."""
        index = np.flatnonzero(keep)
        label = self.label[index]
        used = np.unique(label[label >= 0])
        renumber = np.full(len(self.label_names) + 1, -1)  # the last entry serves label -1
        renumber[used] = np.arange(len(used))
        return SketchSet(
            tuple(self.sketches[i] for i in index),
            renumber[label],
            self.split[index],
            tuple(self.label_names[i] for i in used),
            {name: values[index] for name, values in self.attributes.items()},
            self.sources,
        )

    def part(self, split: Split) -> SketchSet:
        """The drawings of one split, with the label names of the whole set."""
        index = np.flatnonzero(self.split == SPLITS.index(split))
        return SketchSet(
            tuple(self.sketches[i] for i in index),
            self.label[index],
            self.split[index],
            self.label_names,
            {name: values[index] for name, values in self.attributes.items()},
            self.sources,
        )

    def lengths(self) -> NDArray[np.int64]:
        """Points that a model sees of each drawing (M,); see `offsets_of`."""
        dots = np.array([int(sketch[0, 2]) for sketch in self.sketches], np.int64)
        return np.array([len(sketch) for sketch in self.sketches], np.int64) - 1 + dots


def offsets_of(sketch: NDArray[np.int16]) -> NDArray[np.float32]:
    """The drawing from its first point on, stroke-3: float32 (n, 3) = dx, dy, pen lift.

    A model starts at the first point, so that the start row carries nothing, except where the pen
    lifts after it: a dot, kept as a movement of 0.
    """
    rows = sketch.astype(np.float32)
    rows[0, :2] = 0
    return rows if rows[0, 2] else rows[1:]


def read_sketches(paths: Sequence[Path]) -> SketchSet:
    """All drawings in the files, joined; labels of the same name are one label.

    Raises:
        SketchDataError: a file is missing, damaged or of no known format.
    """
    sets = [_read_one(path) for path in paths]
    if not sets:
        raise SketchDataError("--data", "no file of drawings was given")
    return sets[0] if len(sets) == 1 else _join(sets)


def scale_factor(training: SketchSet) -> float:
    """Standard deviation of all dx and dy of the training drawings pooled, in box units.

    The one number that offsets are divided by, for validation and at drawing time too.
    """
    rows = np.concatenate([offsets_of(sketch)[:, :2] for sketch in training.sketches])
    return float(rows.clip(-1000, 1000).std())


def write_sketches(path: Path, data: SketchSet) -> None:
    """Writes `data` as a set: PATH (.npz) and the .json beside it."""
    import io

    buffer = io.BytesIO()
    lengths = [len(sketch) for sketch in data.sketches]
    np.savez_compressed(
        buffer,
        points=np.concatenate(data.sketches),
        offsets=np.cumsum([0, *lengths]).astype(np.int32),
        label=data.label.astype(np.int16),
        split=data.split,
        **{name: values.astype(np.int8) for name, values in data.attributes.items()},  # type: ignore[arg-type]
    )
    words = {
        "group": path.stem,
        "label_names": list(data.label_names),
        "licence": "; ".join(source.licence for source in data.sources),
        "credit": "; ".join(source.credit for source in data.sources),
    }
    atomic_write(path.with_suffix(".json"), json.dumps(words, indent=1).encode())
    atomic_write(path, buffer.getvalue())


def _read_one(path: Path) -> SketchSet:
    if path.suffix == ".ndjson":
        return _from_import(path, read_ndjson(path), "CC BY 4.0", QUICKDRAW_CREDIT)
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.removesuffix(".npy") for name in archive.namelist()}
        if not names >= set(_OWN_ARRAYS):
            if "train" in names:
                return _from_import(path, read_sketch_rnn(path), "not stated", "")
            raise SketchDataError(str(path), f"no set of drawings, it has only {sorted(names)}")
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in names}
    except SketchDataError:
        raise
    except (OSError, ValueError, zipfile.BadZipFile, EOFError) as error:
        raise SketchDataError(str(path), str(error)) from error
    return _from_arrays(path, arrays)


def _from_arrays(path: Path, arrays: Mapping[str, NDArray]) -> SketchSet:
    points, offsets, label, split = (arrays[name] for name in _OWN_ARRAYS)
    count = len(label)
    sound = (
        points.ndim == 2
        and points.shape[1] == 3
        and offsets.shape == (count + 1,)
        and len(split) == count
        and offsets[0] == 0
        and offsets[-1] == len(points)
        and (np.diff(offsets) > 1).all()
        and split.max(initial=0) < len(SPLITS)
    )
    if not sound:
        raise SketchDataError(str(path), "its arrays do not fit together")
    words_path = path.with_suffix(".json")
    try:
        words = json.loads(words_path.read_text("utf-8"))
        names = tuple(str(name) for name in words["label_names"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SketchDataError(str(words_path), f"no label names: {error!r}") from error
    if label.max(initial=-1) >= len(names) or label.min(initial=-1) < -1:
        raise SketchDataError(str(path), "a label has no name")
    attributes = {
        name: values.astype(np.int64)
        for name, values in arrays.items()
        if name not in _OWN_ARRAYS and values.shape == (count,) and values.dtype == np.int8
    }
    licence, credit = str(words.get("licence", "not stated")), str(words.get("credit", ""))
    return SketchSet(
        tuple(points[a:b] for a, b in pairwise(offsets)),
        label.astype(np.int64),
        split.astype(np.uint8),
        names,
        attributes,
        (Source(path.stem, licence, credit, count),),
    )


def _from_import(path: Path, imported: Imported, licence: str, credit: str) -> SketchSet:
    sketches, words, split = imported
    names = tuple(sorted(set(words)))
    number = {name: i for i, name in enumerate(names)}
    return SketchSet(
        tuple(sketches),
        np.array([number[word] for word in words], np.int64),
        np.array(split, np.uint8),
        names,
        {},
        (Source(path.stem, licence, credit, len(sketches)),),
    )


def _join(sets: Sequence[SketchSet]) -> SketchSet:
    names = tuple(sorted({name for part in sets for name in part.label_names}))
    number = {name: i for i, name in enumerate(names)}
    labels = []
    for part in sets:
        renumber = np.array([*(number[name] for name in part.label_names), -1])
        labels.append(renumber[part.label])
    keys = sorted({key for part in sets for key in part.attributes})
    return SketchSet(
        tuple(sketch for part in sets for sketch in part.sketches),
        np.concatenate(labels),
        np.concatenate([part.split for part in sets]),
        names,
        {
            key: np.concatenate([p.attributes.get(key, np.full(len(p), -1)) for p in sets])
            for key in keys
        },
        tuple(source for part in sets for source in part.sources),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """The command described at the module's head."""
    parser = argparse.ArgumentParser(prog="python -m train.data.sketches", description=main.__doc__)
    parser.add_argument("data", nargs="+", type=Path, help="sets, ndjson or Sketch-RNN npz files")
    parser.add_argument("--out", type=Path, help="write everything as one set, a .npz file")
    parser.add_argument("--sheet", type=Path, help="write a PNG with 96 drawings, any labels")
    options = parser.parse_args(arguments)
    data = read_sketches(options.data)
    print(f"{len(data)} drawings, {len(data.label_names)} labels, longest {data.lengths().max()}")
    if options.out is not None:
        write_sketches(options.out, data)
    if options.sheet is not None:
        from train.common.run import grid, write_png
        from train.data.sketch_raster import draw_sketch

        chosen = np.random.default_rng(0).permutation(len(data))[:96]
        drawn = [draw_sketch(offsets_of(data.sketches[i]), 96) for i in chosen]
        write_png(options.sheet, grid(np.stack(drawn), 12))


if __name__ == "__main__":
    main()
