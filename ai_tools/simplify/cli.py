# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m ai_tools simplify`: a picture file in, an SVG file out. Imports app.files."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai_tools.command import (
    Parser,
    end_progress,
    expect_writable,
    number,
    run_command,
    show_progress,
)
from ai_tools.simplify import infer
from app.core.geometry import Rect
from app.core.vector import draw_paths
from app.files.atomic import atomic_write
from app.files.errors import WriteFailedError
from app.files.raster import WRITABLE, over_background, read_image, write_image
from app.files.svg import write_svg
from app.jobs import BadInput, CancelToken

_DESCRIPTION = """\
Turn a rough drawing (PNG, JPEG or WebP; scanned, photographed or drawn) into clean lines and
write them as filled SVG shapes or as strokes. Paper tone, shading and faint searching lines go;
lines drawn over and over become one."""

_EPILOG = """\
examples:
  python -m ai_tools simplify rough.png -o clean.svg
  python -m ai_tools simplify scan.jpg -o clean.svg --strength 0.8 --speckle 30
  python -m ai_tools simplify rough.png -o face.svg --mask face-area.png --png face.png

exit status: 0 done, 1 a file or the drawing cannot be used, 2 wrongly called, 130 stopped"""


def main(argv: Sequence[str]) -> int:
    """Run the command with its arguments; returns the exit code."""
    parser = _parser()
    return run_command(parser, lambda: parser.parse_args(list(argv)), _run, "picture")


def _parser() -> Parser:
    parser = Parser("simplify", _DESCRIPTION, _EPILOG)
    add = parser.add_argument
    add("picture", metavar="PICTURE", type=Path, help="the rough drawing")
    add("-o", "--output", metavar="OUT.svg", type=Path, required=True, help="the SVG to write")
    add("--png", metavar="CLEAN.png", type=Path, help="also draw the lines on white, as a picture")
    add(
        "--strength",
        metavar="0..1",
        type=number(float, 0, 1),
        default=0.5,
        help="0 keeps every faint line, 1 only the strongest, close ones made one (default 0.5)",
    )
    add(
        "--speckle",
        metavar="N",
        type=number(int, 0, infer.MAX_SPECKLE),
        default=8,
        help="drop marks of up to N pixels (default 8)",
    )
    add(
        "--smoothness",
        metavar="0..1.3",
        type=number(float, 0, infer.MAX_SMOOTHNESS),
        default=1.0,
        help="0 draws polygons, 1.3 rounds nearly every corner (default 1)",
    )
    add(
        "--engine",
        choices=tuple(infer.ENGINES),
        default="classic",
        help="find the lines by image processing (classic) or by a trained network (learned)",
    )
    add(
        "--form",
        choices=infer.FORMS,
        default="outlines",
        help="filled outlines, or strokes along the middle of each line (default outlines)",
    )
    add(
        "--mask",
        metavar="MASK.png",
        type=Path,
        help="look only where this picture, of the same size, is white",
    )
    return parser


def _run(options: argparse.Namespace) -> None:
    """Read, simplify, write.

    Raises:
        FileError, JobError: a file or the drawing cannot be used.
    """
    started = time.perf_counter()
    for path in filter(None, (options.output, options.png)):
        expect_writable(path)
    if options.png and options.png.suffix.lower() not in WRITABLE:
        raise WriteFailedError(options.png, f"its name must end in {', '.join(WRITABLE)}")
    pixels = read_image(options.picture)
    mask = None if options.mask is None else _mask(options.mask, pixels.shape[:2])
    request = infer.SimplifyRequest(
        pixels=pixels,
        mask=mask,
        strength=options.strength,
        speckle=options.speckle,
        smoothness=options.smoothness,
        engine=options.engine,
        form=options.form,
    )
    try:
        result = infer.run(request, CancelToken(), show_progress)
    except BadInput as error:
        raise BadInput(f"“{options.picture.name}”: {error}") from error
    finally:
        end_progress()
    height, width = pixels.shape[:2]
    atomic_write(options.output, write_svg(result.paths, width, height))
    if options.png:
        drawn = draw_paths(result.paths, Rect(0, 0, width, height))
        write_image(options.png, over_background(drawn, (255, 255, 255)))
    for notice in result.notices:
        print(f"note: {notice}", file=sys.stderr)
    count = sum(len(path.subpaths) for path in result.paths)
    seconds = time.perf_counter() - started
    print(f"{options.output}: {len(result.paths)} shapes, {count} outlines, {seconds:.1f} s")


def _mask(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """A selection from a picture: white is selected; black and transparent are not."""
    pixels = read_image(path)
    if pixels.shape[:2] != shape:
        (h, w), (height, width) = pixels.shape[:2], shape
        raise BadInput(
            f"The mask “{path.name}” has {w} × {h} pixels, the picture {width} × {height}."
        )
    return pixels[..., :3].max(axis=2)
