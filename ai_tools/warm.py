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
    from ai_tools.colorize import inputs, kernels
    from ai_tools.simplify.centrelines import thin

    start = time.perf_counter()
    kernels.compile_all()
    inputs.hint_field(
        np.zeros((8, 8), np.float32), np.zeros((8, 8, 3), np.uint8), np.eye(8, dtype=bool)
    )
    thin(np.ones((8, 8), np.uint8), lambda: None)
    print(f"Kernels of the AI tools ready after {time.perf_counter() - start:.1f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
