# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m ai_tools portrait`: views of a head as PNG files.  Imports app.files."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai_tools.command import Parser, run_command
from ai_tools.portrait import finish, infer, labels
from app.files.errors import WriteFailedError
from app.files.raster import over_background, read_image, write_image
from app.jobs import BadInput

_DESCRIPTION = """\
Draw a head from several sides: an invented person's, by number, or one read from a drawing of a
face.  Views are PNG files with a transparent background; sheet.png shows them all on white."""

_EPILOG = """\
examples:
  python -m ai_tools portrait --seed 7 -o seven
  python -m ai_tools portrait --from face.png --style pen,oil --yaw -40,0,40 --labels -o face
  python -m ai_tools portrait --seed 7 --interpolate 12 --steps 5 --yaw 20 -o between

exit status: 0 done, 1 a file, the drawing or the network cannot be used, 2 wrongly called,
130 stopped"""

WHITE = (255, 255, 255)


def main(argv: Sequence[str]) -> int:
    """Run the command with its arguments; returns the exit code."""
    parser = _parser()

    def parse() -> argparse.Namespace:
        options = parser.parse_args(_joined(argv))
        if options.steps is not None and options.interpolate is None:
            parser.error("--steps needs --interpolate")
        return options

    return run_command(parser, parse, _run)


def _joined(argv: Sequence[str]) -> list[str]:
    """`--yaw -20,0` as `--yaw=-20,0`: argparse would take the angles for an option."""
    joined: list[str] = []
    for argument in argv:
        if joined and joined[-1] in ("--yaw", "--pitch") and argument[:1] == "-":
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined


def _parser() -> Parser:
    parser = Parser("portrait", _DESCRIPTION, _EPILOG)
    add = parser.add_argument
    who = parser.add_mutually_exclusive_group()
    who.add_argument(
        "--seed", metavar="N", type=_whole(0), help="the invented person N (default 1)"
    )
    who.add_argument(
        "--from", dest="drawing", metavar="DRAWING.png", type=Path, help="a drawing of a face"
    )
    add("-o", "--output", metavar="OUTDIR", type=Path, required=True, help="folder to write into")
    add(
        "--style",
        metavar="S",
        default="",
        help="one of line, pen, pencil, soft, charcoal, oil, cel; several with commas; or all "
        "(default: the first)",
    )
    add(
        "--yaw",
        metavar="A,B,C",
        type=_angles,
        help="degrees, -60 to 60 (default: seven views, or 0 with --interpolate)",
    )
    add("--pitch", metavar="P", type=float, default=0.0, help="degrees, -20 to 20 (default 0)")
    add("--size", metavar="PX", type=_whole(16), default=512, help="side of a view (default 512)")
    add("--labels", action="store_true", help="also write the label maps, in colours")
    add("--interpolate", metavar="SEED2", type=_whole(0), help="go over to this invented person")
    add("--steps", metavar="K", type=_whole(2), help="people on the way, both ends in (default 5)")
    return parser


def _whole(least: int) -> type[int]:
    """A converter for argparse: whole numbers from `least`."""

    def convert(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"“{text}” is not a whole number") from None
        if value < least:
            raise argparse.ArgumentTypeError(f"{text} is less than {least}")
        return value

    return convert  # type: ignore[return-value]


def _angles(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is not a list of angles") from None


def _run(options: argparse.Namespace) -> None:
    """Make the views and write them.

    Raises:
        FileError, JobError: a file, the drawing or the network cannot be used.
    """
    started = time.perf_counter()
    pixels = None if options.drawing is None else read_image(options.drawing)
    net = infer.PortraitNet()
    wanted = [part.strip() for part in options.style.split(",") if part.strip()]
    styles = list(net.styles) if wanted == ["all"] else wanted or [net.styles[0]]
    between = options.interpolate is not None
    yaws = options.yaw or ([0.0] if between else list(infer.ALL_YAWS))
    people = _people(net, options, pixels)
    folder = _folder(options.output)
    rows: list[list[NDArray[np.uint8]]] = []
    for step, person in enumerate(people):
        start = f"step{step + 1:02d}-" if between else ""
        for style in styles:
            drawn, maps = [], []
            for yaw in yaws:
                view = net.view(person, yaw, options.pitch, style, side=options.size)
                assert view.rgba is not None and view.labels is not None
                drawn.append(finish.premultiplied_bgra(view.rgba))
                maps.append(_opaque(labels.colourise(view.labels)))
                write_image(folder / f"{start}{style}-yaw{yaw:+g}.png", drawn[-1])
            rows.append([over_background(picture, WHITE) for picture in drawn])
        if options.labels:  # the same in every style
            rows.append(maps)
            for yaw, picture in zip(yaws, maps, strict=True):
                write_image(folder / f"{start}labels-yaw{yaw:+g}.png", picture)
    write_image(folder / "sheet.png", np.vstack([np.hstack(row) for row in rows]))
    seconds = time.perf_counter() - started
    count = len(people) * len(styles) * len(yaws)
    print(f"{folder}: {count} views and sheet.png, {seconds:.1f} s")


def _people(
    net: infer.PortraitNet, options: argparse.Namespace, pixels: NDArray[np.uint8] | None
) -> list[infer.Portrait]:
    """The heads to draw, one for each step."""
    if pixels is None:
        first = net.from_seed(1 if options.seed is None else options.seed)
    else:
        try:
            first = net.from_drawing(pixels)
        except BadInput as error:
            raise BadInput(f"“{options.drawing.name}”: {error}") from error
        print(f"{options.drawing}: drawn turned {first.yaw:+.0f}°, tilted {first.pitch:+.0f}°")
    if options.interpolate is None:
        return [first]
    last = net.from_seed(options.interpolate)
    steps = options.steps or 5
    return [net.interpolate(first, last, step / (steps - 1)) for step in range(steps)]


def _folder(path: Path) -> Path:
    """The folder, made if need be.

    Raises:
        WriteFailedError: it cannot be.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteFailedError(path, error.strerror or "the folder cannot be made") from error
    return path


def _opaque(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGB as BGRA without transparency."""
    alpha = np.full(rgb.shape[:2], 255, np.uint8)
    return np.dstack([rgb[..., ::-1], alpha])
