# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m train.data.colour --data DIR --out X.png`: a contact sheet of training samples."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from train.common.run import grid, write_png
from train.data.colour.curriculum import CURRICULA
from train.data.colour.hints import HINT_KINDS
from train.data.colour.records import RecordError
from train.data.colour.samples import ColourData, ColourSample, report
from train.data.colour.tasks import MASKS, ColourTask, TaskConfig, composition, task

Picture = NDArray[np.uint8]


def row(sample: ColourSample, asked: ColourTask) -> Picture:
    """Colour, line, flat colours, regions, mask, hints and composition, side by side."""
    count = int(sample.regions.max()) + 1
    any_colour = np.random.default_rng(1).integers(40, 255, (count, 3)).astype(np.uint8)
    shown = np.where(asked.hint_alpha[..., None] > 0, asked.hint_rgb, 200).astype(np.uint8)
    pictures = [
        sample.colour,
        _grey(255 * (1 - sample.line)),
        sample.flat,
        any_colour[sample.regions],
        _grey(255 * asked.mask),
        shown,
        composition(sample, asked.mask),
    ]
    return np.hstack(pictures)


def _grey(plane: NDArray[np.float32]) -> Picture:
    return np.repeat(np.rint(plane).astype(np.uint8)[..., None], 3, 2)


def main(arguments: Sequence[str] | None = None) -> None:
    """Draws samples, one a row: colour, line, flat colours, regions, mask, hints, composition."""
    parser = argparse.ArgumentParser(prog="python -m train.data.colour", description=main.__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="roots of pictures")
    parser.add_argument("--cache", type=Path, help="folder where the costly parts are kept")
    parser.add_argument("--split", choices=("train", "valid"), default="train")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--columns", type=int, default=1)
    parser.add_argument("--art", type=float, default=0.3, help="share of drawings by program")
    parser.add_argument("--hints", choices=HINT_KINDS, default="disks_quantised")
    parser.add_argument("--curriculum", choices=CURRICULA, default="none")
    parser.add_argument("--masks", choices=MASKS, default="mixed")
    parser.add_argument("--progress", type=float, default=1.0, help="share of training done")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--all", action="store_true", help="read all records, not just enough")
    options = parser.parse_args(arguments)
    try:
        data = ColourData(
            options.data,
            options.split,
            options.size,
            options.cache,
            options.art if options.data else 1.0,
            options.seed,
            None if options.all else 4 * options.count,
        )
    except RecordError as error:
        parser.error(str(error))
    report(data)
    config = TaskConfig(hints=options.hints, curriculum=options.curriculum, masks=options.masks)
    step = max(1, len(data) // options.count) if options.split == "valid" else 1
    data.sample(0)  # compiles
    start = time.perf_counter()
    samples = [data.sample(i * step) for i in range(options.count)]
    spent = time.perf_counter() - start
    rows = []
    for number, sample in enumerate(samples):
        rng = np.random.default_rng((options.seed, 2, number))
        rows.append(row(sample, task(sample, rng, config, options.progress)))
    write_png(options.out, grid(np.stack(rows), options.columns))
    print(f"{options.count} samples, {1000 * spent / options.count:.1f} ms each")


if __name__ == "__main__":
    main()
