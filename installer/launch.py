# SPDX-License-Identifier: GPL-3.0-or-later
"""Entry of the frozen programs: `limner` opens the window, `limner-ai` runs a tool without one.

PyInstaller starts this file; which program it is, the name of the executable tells.
"""

import multiprocessing
import sys
from pathlib import Path


def main() -> int:
    """Runs the program that was asked for; returns its exit status."""
    multiprocessing.freeze_support()
    if Path(sys.executable).stem == "limner-ai":
        from ai_tools.__main__ import main as run_tool

        return run_tool()
    if sys.argv[1:] == ["--compile-kernels"]:  # once, when the program is built
        from ai_tools.warm import main as compile_for_tools
        from app.core.warm import main as compile_for_brushes

        return compile_for_brushes() or compile_for_tools()
    from app.__main__ import main as run_app

    return run_app()


if __name__ == "__main__":
    sys.exit(main())
