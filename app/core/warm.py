# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m app.core.warm` compiles the painting kernels into numba's cache, once, ahead of use.

The installer runs it, so that the first stroke on a fresh machine is already quick. Imports
core.dabs, and core.blend_kernels where numba is there.
"""

from __future__ import annotations

import importlib
import sys
import time

from app.core import dabs


def load_all() -> None:
    """Compile or load the kernels for dabs and for blending; returns when both are in use.

    Dabs come first: they are what a first stroke waits for. Any thread may call this.
    """
    dabs.warm_up().join()
    if dabs.backend().__name__ == "app.core.dab_kernels":
        blend_kernels = importlib.import_module("app.core.blend_kernels")
        blend_kernels.compile_kernels()


def main() -> int:
    """Compile or load the kernels; prints one line. Returns 0, or 1 where they are missing."""
    start = time.perf_counter()
    load_all()
    if dabs.backend().__name__ != "app.core.dab_kernels":
        print("Painting kernels cannot be compiled here; the slower NumPy ones will paint.")
        return 1
    print(f"Painting kernels ready after {time.perf_counter() - start:.1f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
