# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m ai_tools suggest`: an unfinished drawing in, its continuations out.

Imports app.files and the modules beside it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ai_tools.command import Parser, expect_writable, number, run_command
from ai_tools.suggest import infer
from ai_tools.suggest.formats import WRITABLE, Outcome, Sheet, read_sheet, write_outcomes
from ai_tools.suggest.prefix import BOX, Line
from app.core.geometry import Rect
from app.core.strokes import Stroke
from app.files.errors import UnsupportedFormatError
from app.jobs import BadInput, CancelToken

_DESCRIPTION = """\
Go on with an unfinished drawing, stroke by stroke, as a small network imagines it. Without IN it
begins a new one."""

_EPILOG = """\
IN is Quick, Draw! ndjson (simplified or raw form) or an SVG, whose paths are taken as pen strokes.
OUT is ndjson in the simplified form, one line for each alternative, with the number of added
strokes as "added"; or SVG or PNG with the added strokes in blue.

examples:
  python -m ai_tools suggest cat.ndjson --index 3 --strokes 4 -o more.ndjson
  python -m ai_tools suggest begun.svg --category "coffee cup" --alternatives 3 -o ideas.png
  python -m ai_tools suggest --category pineapple --seed 7 -o pineapple.svg

exit status: 0 done, 1 a file or the drawing cannot be used, 2 wrongly called, 130 stopped"""


def main(argv: Sequence[str]) -> int:
    """Run the command with its arguments; returns the exit code."""
    parser = _parser()
    return run_command(parser, lambda: parser.parse_args(list(argv)), _run)


def _parser() -> Parser:
    parser = Parser("suggest", _DESCRIPTION, _EPILOG)
    add = parser.add_argument
    add("drawing", metavar="IN", type=Path, nargs="?", help="the drawing to go on with")
    add("-o", "--output", metavar="OUT", type=Path, required=True, help="the file to write")
    add("--index", metavar="N", type=number(int, 0, 10**9), default=0)
    add("--category", metavar="C", help="what is drawn (default: guessed)")
    add(
        "--strokes",
        metavar="N",
        type=number(int, 1, infer.MOST_STROKES),
        help="strokes to add (default 1; for a new drawing as many as it takes)",
    )
    add(
        "--alternatives",
        metavar="K",
        type=number(int, 1, infer.MOST_ALTERNATIVES),
        default=1,
        help="how many different ways to go on (default 1)",
    )
    add(
        "--temperature",
        metavar="T",
        type=number(float, 0, 1),
        default=0.4,
        help="0 draws what is likeliest, 1 is bold (default 0.4)",
    )
    add(
        "--seed",
        metavar="S",
        type=number(int, 0, 2**31),
        default=0,
        help="the same seed gives the same drawing again (default 0)",
    )
    return parser


def _run(options: argparse.Namespace) -> None:
    """Read, draw on, write.

    Raises:
        FileError, JobError: a file or the drawing cannot be used.
    """
    started = time.perf_counter()
    _expect_writable(options.output)
    if options.drawing is None:
        sheet = None
        strokes: tuple[Stroke, ...] = ()
    else:
        sheet = read_sheet(options.drawing, options.index)
        strokes = tuple(_stroke(line, sheet) for line in sheet.lines)
    request = infer.SuggestRequest(
        strokes=strokes,
        category=options.category,
        count=options.strokes or (infer.MOST_STROKES if sheet is None else 1),
        alternatives=options.alternatives,
        temperature=options.temperature,
        seed=options.seed,
        place=Rect(0, 0, BOX, BOX),
    )
    try:
        result = infer.run(request, CancelToken(), _quiet)
    except BadInput as error:
        if options.drawing is None:
            raise
        raise BadInput(f"“{options.drawing.name}”: {error}") from error
    outcomes = [
        Outcome(tuple(points[:, :2].astype(np.float64) for points in a.strokes), a.category)
        for a in result.alternatives
    ]
    if not outcomes:
        raise BadInput("Nothing came to mind. Try another seed or a higher temperature.")
    write_outcomes(options.output, sheet or Sheet(()), outcomes)
    seconds = time.perf_counter() - started
    added = ", ".join(f"{_counted(len(o.lines))} as {o.word}" for o in outcomes)
    print(f"{options.output}: {added}, {seconds:.1f} s")


def _counted(strokes: int) -> str:
    return f"{strokes} stroke" if strokes == 1 else f"{strokes} strokes"


def _quiet(fraction: float, text: str) -> None:
    """It is over before a progress line could be read."""


def _expect_writable(path: Path) -> None:
    """Fail before the work rather than after it."""
    if path.suffix.lower() not in WRITABLE:
        raise UnsupportedFormatError(path, f"drawings are written as {', '.join(WRITABLE)}")
    expect_writable(path)


def _stroke(line: Line, sheet: Sheet) -> Stroke:
    """A line of a file as a pen stroke; no file tells how hard and fast it was drawn."""
    every = np.concatenate(sheet.lines)
    size = max(float(np.ptp(every, axis=0).max()) / 120, 1e-3)
    points = np.column_stack([line, np.ones(len(line)), np.zeros(len(line))])
    return Stroke(points.astype(np.float32), size, (0, 0, 0))
