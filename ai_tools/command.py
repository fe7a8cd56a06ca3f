# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tools' commands share: one-line errors, exit codes, numbers in range, a progress line.

Imports app.files.errors and jobs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import NoReturn

from app.files.errors import FileError, WriteFailedError
from app.jobs import JobError


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line; keeps the line breaks of description and epilog."""

    def __init__(self, command: str, description: str, epilog: str) -> None:
        super().__init__(
            prog=f"ai_tools {command}",
            description=description,
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message} (try --help)", file=sys.stderr)
        raise SystemExit(2)


def run_command(
    parser: Parser,
    parse: Callable[[], argparse.Namespace],
    work: Callable[[argparse.Namespace], None],
    subject: str = "",
) -> int:
    """Parse, work, and turn what goes wrong into a line and an exit code.

    Args:
        parse: gives the options; may call `parser.error`.
        work: does everything; raises FileError or JobError where it cannot.
        subject: name of the option that holds the file whose size decides on the memory.

    Returns:
        0 done, 1 failed, 2 wrongly called, 130 stopped.
    """
    try:
        options = parse()
    except SystemExit as stop:
        return int(stop.code or 0)
    try:
        work(options)
    except (FileError, JobError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    except MemoryError:
        path = getattr(options, subject, None) if subject else None
        reason = "there is not enough memory"
        if path is not None:
            reason = f"“{path}” needs more memory than there is"
        print(f"{parser.prog}: {reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\n{parser.prog}: stopped", file=sys.stderr)
        return 130
    return 0


def number(kind: Callable[[str], float], low: float, high: float) -> Callable[[str], float]:
    """A converter for argparse that refuses what is out of range."""

    def convert(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"“{text}” is not a number") from None
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text} is not from {low:g} to {high:g}")
        return value

    return convert


def expect_writable(path: Path, suffixes: Collection[str] = ()) -> None:
    """Fail before the work rather than after it.

    Raises:
        WriteFailedError: `path` is a folder, lies in none, or does not end in one of `suffixes`.
    """
    if path.is_dir():
        raise WriteFailedError(path, "it is a folder")
    if not path.parent.is_dir():
        raise WriteFailedError(path, "the folder does not exist")
    if suffixes and path.suffix.lower() not in suffixes:
        raise WriteFailedError(path, f"its name must end in {', '.join(suffixes)}")


def show_progress(fraction: float, text: str) -> None:
    """A progress line, where somebody is looking."""
    if sys.stderr.isatty():
        print(f"\r{text:<24} {fraction:4.0%}", end="", file=sys.stderr, flush=True)


def end_progress() -> None:
    """Take the progress line away."""
    if sys.stderr.isatty():
        print("\r" + " " * 40 + "\r", end="", file=sys.stderr, flush=True)
