# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m ai_tools COMMAND …`: the tools without the window.

Imports a command's module only when that command runs.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

COMMANDS = {
    "suggest": ("ai_tools.suggest.cli", "goes on with a drawing, stroke by stroke"),
    "colorize": ("ai_tools.colorize.cli", "line art and colour hints to colour"),
    "simplify": ("ai_tools.simplify.cli", "rough pencil drawing to clean vector lines"),
    "portrait": ("ai_tools.portrait.cli", "portraits from any side, in seven styles"),
}
"""Command -> (module with `main(argv) -> exit code`, what it does)."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code: 0 done, 1 failed, 2 wrongly called, 130 stopped."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    name = arguments[0] if arguments else ""
    if name in COMMANDS:
        return int(importlib.import_module(COMMANDS[name][0]).main(arguments[1:]))
    text = "usage: python -m ai_tools COMMAND …\n\n" + "\n".join(
        f"  {command:<10} {about}" for command, (_, about) in COMMANDS.items()
    )
    if name in ("-h", "--help"):
        print(text + "\n\n`python -m ai_tools COMMAND --help` tells more.")
        return 0
    wrong = f"there is no command “{name}”" if name else "which command?"
    print(f"ai_tools: {wrong}\n{text}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
