# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m train.data.lines sheet --out X.png`: a contact sheet of roughs and clean lines."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from train.common.run import grid, write_png
from train.data.lines.pairs import PairSettings, make_pair
from train.data.lines.scenes import Bank
from train.data.lines.targets import draw_clean
from train.data.sketches import SPLITS, read_sketches


def main(arguments: Sequence[str] | None = None) -> None:
    """Draws pairs side by side: a rough drawing, then its clean lines."""
    parser = argparse.ArgumentParser(prog="python -m train.data.lines", description=main.__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    sheet = commands.add_parser("sheet", help="write a PNG with pairs")
    sheet.add_argument("--out", type=Path, required=True)
    sheet.add_argument("--data", type=Path, nargs="*", default=[], help="sets of drawings (.npz)")
    sheet.add_argument("--split", choices=SPLITS, default="train")
    sheet.add_argument("--count", type=int, default=24)
    sheet.add_argument("--size", type=int, default=256)
    sheet.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    bank = Bank.of(read_sketches(options.data) if options.data else None, options.split)
    settings = PairSettings(size=options.size)
    make_pair(bank, settings, options.seed, 0)  # compiles
    start = time.perf_counter()
    pictures = []
    for i in range(options.count):
        pair = make_pair(bank, settings, options.seed, i)
        clean = np.rint(255 * (1 - draw_clean(pair.scene))).astype(np.uint8)
        pictures.append(np.hstack([pair.rough, clean]))
    spent = time.perf_counter() - start
    write_png(options.out, grid(np.stack(pictures), 4))
    print(f"{options.count} pairs, {1000 * spent / options.count:.1f} ms each")


if __name__ == "__main__":
    main()
