# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m train.data.heads sheet | make`: a contact sheet of heads, or a data set of them."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from app.files.errors import FileError
from app.jobs import BadInput
from train.common.run import write_png
from train.data.heads.convention import PALETTE, STYLES
from train.data.heads.drawing import draw_styles
from train.data.heads.headset import HeadSetError, HeadSettings
from train.data.heads.making import make_heads
from train.data.heads.pack import HeadPack, HeadPackError
from train.data.heads.person import draw_person
from train.data.heads.view import render_views

SHEET_YAWS = (-60, -30, 0, 30, 60)


def main(arguments: Sequence[str] | None = None) -> int:
    """Synthetic heads: look at some, or make a data set.  Returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        pack = HeadPack.load(options.pack, strict=not options.all_textures)
        if options.device != "cpu":
            from ai_tools.runtime import pick_device

            options.device = str(pick_device(options.device))
        return _sheet(pack, options) if options.command == "sheet" else _make(pack, options)
    except (HeadPackError, HeadSetError, FileError, BadInput, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m train.data.heads", description=main.__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    sheet = commands.add_parser(
        "sheet", help="write a PNG: people, sides, all that is made of them"
    )
    make = commands.add_parser("make", help="make a data set, or go on with one")
    for command in (sheet, make):
        command.add_argument("--pack", type=Path, required=True, help="heads_pack.npz")
        command.add_argument("--out", type=Path, required=True)
        command.add_argument("--seed", type=int, default=0, help="of the first person")
        command.add_argument("--people", type=int, default=4)
        command.add_argument("--size", type=int, default=128)
        command.add_argument("--samples", type=int, default=2, help="points per pixel and axis")
        command.add_argument("--styles", nargs="+", default=STYLES, choices=STYLES)
        command.add_argument("--device", default="cpu", help="cpu, or a GPU that torch knows")
        command.add_argument(
            "--all-textures", action="store_true", help="also textures of uncertain origin"
        )
    make.add_argument("--views", type=int, default=6)
    make.add_argument("--workers", type=int, default=1, help="processes side by side")
    make.add_argument("--minutes", type=float, help="begin no further person after this time")
    return parser


def _sheet(pack: HeadPack, options: argparse.Namespace) -> int:
    cameras = [(float(np.radians(yaw)), 0.0) for yaw in SHEET_YAWS]
    rows = []
    for seed in range(options.seed, options.seed + options.people):
        person = draw_person(pack, seed)
        views = render_views(person, cameras, options.size, options.samples, options.device)
        for view in views:
            drawings = draw_styles(view, options.styles, seed)
            rows.append(np.hstack([view.photo, PALETTE[view.labels], *drawings.values()]))
    write_png(options.out, np.vstack(rows))
    return 0


def _make(pack: HeadPack, options: argparse.Namespace) -> int:
    settings = HeadSettings(
        views=options.views,
        size=options.size,
        samples=options.samples,
        styles=tuple(options.styles),
        strict=pack.strict,
    )
    seeds = range(options.seed, options.seed + options.people)
    start = time.monotonic()

    def report(done: int, wanted: int) -> None:
        print(f"{done} of {wanted} people, {time.monotonic() - start:.0f} s", flush=True)

    made = make_heads(
        *(pack, options.out, settings, seeds),
        minutes=options.minutes,
        device=options.device,
        workers=options.workers,
        report=report,
    )
    return 0 if made == len(seeds) else 2


if __name__ == "__main__":
    sys.exit(main())
