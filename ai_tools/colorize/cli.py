# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m ai_tools colorize`: line art and hints in, a picture out. Imports app.files."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai_tools.colorize import infer, lines
from ai_tools.command import (
    Parser,
    end_progress,
    expect_writable,
    number,
    run_command,
    show_progress,
)
from app.files.raster import WRITABLE, over_background, read_image, write_image
from app.jobs import BadInput, CancelToken

Pixels = NDArray[np.uint8]

_DESCRIPTION = """\
Colour line art (PNG, JPEG or WebP; on paper or on a transparent layer) from a picture of the same
size that is transparent but for some dabs of colour: one in each area is enough. What lies outside
the mask comes out as it went in, to the bit."""

_EPILOG = """\
examples:
  python -m ai_tools colorize line.png --hints dabs.png -o coloured.png
  python -m ai_tools colorize line.png --hints dabs.png --engine flat --layer flats.png -o out.png
  python -m ai_tools colorize line.png --hints more.png --base out.png --mask hair.png -o out2.png
  python -m ai_tools colorize line.png --engine flat --seed 7 -o areas.png

exit status: 0 done, 1 a file or the drawing cannot be used, 2 wrongly called, 130 stopped"""


def main(argv: Sequence[str]) -> int:
    """Run the command with its arguments; returns the exit code."""
    parser = _parser()
    return run_command(parser, lambda: parser.parse_args(list(argv)), _run, "line")


def _parser() -> Parser:
    parser = Parser("colorize", _DESCRIPTION, _EPILOG)
    add = parser.add_argument
    add("line", metavar="LINE.png", type=Path, help="the line art")
    add("-o", "--output", metavar="OUT.png", type=Path, required=True, help="the picture to write")
    add("--hints", metavar="HINTS.png", type=Path, help="dabs of colour, else transparent")
    add("--mask", metavar="MASK.png", type=Path, help="colour only where this picture is white")
    add("--base", metavar="PICTURE.png", type=Path, help="the picture so far, to be gone on with")
    add("--layer", metavar="LAYER.png", type=Path, help="also write the colour alone, to lie below")
    add("--engine", choices=tuple(infer.ENGINES), default="network", help="default: network")
    add(
        "--shading",
        metavar="0..1",
        type=number(float, 0, 1),
        default=1.0,
        help="how much of the network's light and shade stays (default 1)",
    )
    add("--no-guess", action="store_true", help="leave areas without a hint clear")
    add(
        "--gap",
        metavar="PX",
        type=number(float, 0, infer.MAX_GAP),
        default=10.0,
        help="openings in the lines up to this wide let no colour through (default 10)",
    )
    add(
        "--seed",
        metavar="S",
        type=number(int, 0, 2**32 - 1),
        help="engine flat: give each area without a hint a pale colour drawn from this number",
    )
    return parser


def _run(options: argparse.Namespace) -> None:
    """Read, colour, write.

    Raises:
        FileError, JobError: a file or the drawing cannot be used.
    """
    started = time.perf_counter()
    for path in filter(None, (options.output, options.layer)):
        expect_writable(path, WRITABLE)
    line = read_image(options.line)
    shape = line.shape[:2]
    base = _read(options.base, "picture", shape)
    mask = _read(options.mask, "mask", shape)
    request = infer.ColorizeRequest(
        lines=line,
        hints=_read(options.hints, "hints", shape),
        mask=None if mask is None else mask[..., :3].max(axis=2),
        base=base,
        gap=options.gap,
        shading=options.shading,
        engine=options.engine,
        guess=not options.no_guess,
        seed=options.seed,
    )
    try:
        result = infer.run(request, CancelToken(), show_progress)
    except BadInput as error:
        raise BadInput(f"“{options.line.name}”: {error}") from error
    finally:
        end_progress()
    if options.layer:
        write_image(options.layer, result.pixels)
    write_image(options.output, with_lines(line, base, result.pixels, result.on_paper))
    for notice in result.notices:
        print(f"note: {notice}", file=sys.stderr)
    share = float((result.pixels[..., 3] > 0).mean())
    seconds = time.perf_counter() - started
    print(f"{options.output}: {share:.0%} coloured ({result.engine}), {seconds:.1f} s")


def with_lines(line: Pixels, base: Pixels | None, colour: Pixels, on_paper: bool) -> Pixels:
    """The finished picture: the colour below the lines; elsewhere the picture so far, untouched.

    Args:
        line: the line art, premultiplied BGRA (h, w, 4), as the other pictures.
        base: the picture so far, lines and all; None = the line art on white.
        colour: the colour layer.
        on_paper: the line art holds its paper, which is left out where there is colour.
    """
    so_far = over_background(line, (255, 255, 255)) if base is None else base
    over = _ink_alone(line) if on_paper else line
    rest = 255 - over[..., 3:].astype(np.uint16)
    alpha = colour[..., 3:].astype(np.uint16)
    inked = colour * rest + over * alpha  # the lines as far as there is colour below them
    return ((inked + so_far * (255 - alpha) + 127) // 255).astype(np.uint8)


def _ink_alone(line: Pixels) -> Pixels:
    """The lines of a drawing on paper, in the colour of its darkest tenth, on a clear layer."""
    ink = lines.ink_of(line)
    dark = ink >= np.percentile(ink[ink > 0], 90) if ink.any() else ink > 0
    tone = np.median(line[dark], axis=0) if dark.any() else np.zeros(4)
    opaque = np.rint(tone).astype(np.uint16)
    opaque[3] = 255
    return ((ink[..., None] * opaque + 127) // 255).astype(np.uint8)


def _read(path: Path | None, what: str, shape: tuple[int, ...]) -> Pixels | None:
    """A picture of the size of the line art."""
    if path is None:
        return None
    pixels = read_image(path)
    if pixels.shape[:2] != shape:
        (h, w), (height, width) = pixels.shape[:2], shape
        raise BadInput(
            f"The {what} “{path.name}” has {w} × {h} pixels, the line art {width} × {height}."
        )
    return pixels
