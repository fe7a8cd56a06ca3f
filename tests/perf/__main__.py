# SPDX-License-Identifier: GPL-3.0-or-later
"""Run all benchmarks and print one table.

Each bench module has a `run()` that returns figures and states its method in docstrings. A
baseline is measured in the same run where its program is installed, else left empty.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
from pathlib import Path

MODULES = (
    "bench_dabs",
    "bench_compose",
    "bench_stroke",
    "bench_view",
    "bench_files",
    "bench_start",
    "bench_ai",
)


def main() -> int:
    """Parse the command line, run, print; returns the exit status."""
    p = argparse.ArgumentParser(prog="python -m tests.perf", description=__doc__)
    p.add_argument("--json", type=Path, help="also write the figures to this file")
    p.add_argument("--only", help="run only modules whose name holds this word")
    args = p.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

    from tests.perf.figure import table

    figures = []
    for name in MODULES:
        if args.only and args.only not in name:
            continue
        print(f"measuring {name.removeprefix('bench_')} …", file=sys.stderr, flush=True)
        figures += importlib.import_module(f"tests.perf.{name}").run()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(table(figures))
    if args.json:
        args.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
