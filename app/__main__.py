# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m app [FILE]`: starts Limner. Imports the UI only when it is needed."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def program_version() -> str:
    """The installed version, or "development" when run from a bare checkout."""
    try:
        return version("limner")
    except PackageNotFoundError:
        return "development"


def parser() -> argparse.ArgumentParser:
    """The command line of the app."""
    p = argparse.ArgumentParser(
        prog="limner", description="Limner, a painting program whose AI works for the artist."
    )
    p.add_argument("file", nargs="?", type=Path, help="picture to open (ORA, PNG, JPEG, WebP, SVG)")
    p.add_argument("--no-ai", action="store_true", help="start without any AI tool")
    p.add_argument("--theme", choices=("dark", "light", "system"), help="theme for this run")
    p.add_argument(
        "--demo",
        metavar="OUT",
        type=Path,
        help="run every AI tool on a sample sketch without a window and write the results to OUT",
    )
    p.add_argument(
        "--screenshot",
        metavar="OUT.png",
        type=Path,
        help="write a picture of the window to OUT.png and quit",
    )
    p.add_argument(
        "--size", default="1440x900", help="window size for --screenshot, such as 1440x900"
    )
    p.add_argument("--verbose", action="store_true", help="log what happens to the terminal")
    p.add_argument("--version", action="version", version=f"Limner {program_version()}")
    return p


def main(argv: Sequence[str] | None = None) -> int:
    """Start Limner; returns the exit status."""
    args = parser().parse_args(argv)
    logging.basicConfig(
        level=logging.DEBUG if args.verbose else logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
    )
    headless = args.demo is not None or args.screenshot is not None
    if headless and not any(os.environ.get(v) for v in ("DISPLAY", "WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if args.demo is not None:
        from app.ui.demo import run_demo

        return run_demo(args.demo, ai=not args.no_ai)

    from app.ui.start import start

    return start(args)


if __name__ == "__main__":
    sys.exit(main())
