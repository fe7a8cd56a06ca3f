# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m ai_tools.warm` compiles the tools' kernels into numba's cache, once, ahead of use.

The installer and the build run it beside `app.core.warm`.
"""

from __future__ import annotations

import sys
import time

import numpy as np


def main() -> int:
    """Compile the kernels, or load what was compiled; prints one line."""
    from ai_tools.colorize import kernels
    from ai_tools.simplify.centrelines import thin

    start = time.perf_counter()
    kernels.compile_all()
    thin(np.ones((8, 8), np.uint8), lambda: None)
    # The window hands out read-only pixels, files give writable ones: numba compiles for each.
    for writable in (True, False):
        _colour_a_box(writable)
    print(f"Kernels of the AI tools ready after {time.perf_counter() - start:.1f} s.")
    return 0


def _colour_a_box(writable: bool) -> None:
    """A whole run of Colorize on a small drawing with two dabs in its one area."""
    from ai_tools.colorize.infer import ColorizeRequest, run
    from app.jobs import CancelToken

    lines, hints = np.zeros((96, 96, 4), np.uint8), np.zeros((96, 96, 4), np.uint8)
    lines[20:76, 20:76, 3] = 255
    lines[23:73, 23:73, 3] = 0
    hints[40:46, 30:36] = (40, 90, 200, 255)
    hints[40:46, 60:66] = (200, 90, 40, 255)
    for pixels in (lines, hints):
        pixels.setflags(write=writable)
    for engine in ("flat", "network"):
        request = ColorizeRequest(lines=lines, hints=hints, engine=engine)
        run(request, CancelToken(), lambda fraction, text: None)


if __name__ == "__main__":
    sys.exit(main())
