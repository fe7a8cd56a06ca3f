# SPDX-License-Identifier: GPL-3.0-or-later
"""MyPaint's compositing figures, measured through its own library, without its window.

Run by the system's Python, which has MyPaint's bindings: `python3 mypaint_compose.py FOLDER`
with the folder that holds MyPaint's `lib` package. Prints one line of JSON. Imports MyPaint.

The document is that of `bench_compose`: 4096 x 4096, 20 layers of noise, four modes in turn.
MyPaint's tiles are 64 x 64 pixels of 16 bits a channel.
"""

from __future__ import annotations

import json
import resource
import sys
import time

import numpy as np

SIZE, LAYERS, DAB = 4096, 20, 100


def main(folder: str) -> None:
    """Build the document, measure, print."""
    sys.path.insert(0, folder)
    from lib import mypaintlib, pixbufsurface
    from lib.document import Document
    from lib.layer import PaintingLayer

    document = Document()
    stack = document.layer_stack
    for _ in range(len(stack)):
        stack.pop()
    stack.background_visible = True
    n = mypaintlib.TILE_SIZE
    rng = np.random.default_rng(1)
    alpha = rng.integers(0, (1 << 15) + 1, (64, n, n, 1))
    colour = rng.integers(0, (1 << 15) + 1, (64, n, n, 3))
    noise = np.concatenate([colour * alpha >> 15, alpha], axis=3).astype(np.uint16)
    modes = [
        mypaintlib.CombineNormal,
        mypaintlib.CombineMultiply,
        mypaintlib.CombineScreen,
        mypaintlib.CombineOverlay,
    ]
    before = resident()
    for index in range(LAYERS):
        layer = PaintingLayer()
        layer.mode = modes[index % len(modes)]
        surface = layer._surface
        for ty in range(SIZE // n):
            for tx in range(SIZE // n):
                with surface.tile_request(tx, ty, readonly=False) as tile:
                    tile[:] = noise[(tx * 7 + ty * 3 + index) % len(noise)]
        stack.append(layer)
    memory = (resident() - before) / LAYERS
    target = pixbufsurface.Surface(0, 0, SIZE, SIZE)
    everything = list(target.get_tiles())

    def render(tiles: list[tuple[int, int]]) -> float:
        stack._render_cache_clear()
        start = time.perf_counter()
        stack.render(target, tiles, 0)
        return time.perf_counter() - start

    render(everything)
    full = min(render(everything) for _ in range(2))
    dabs = []
    for _ in range(100):
        x, y = (int(v) for v in rng.integers(0, SIZE - DAB, 2))
        columns = range(x // n, (x + DAB - 1) // n + 1)
        rows = range(y // n, (y + DAB - 1) // n + 1)
        dabs.append(render([(tx, ty) for ty in rows for tx in columns]))
    result = {"full": full, "dab": float(np.median(dabs)), "layer": memory}
    print(json.dumps(result))


def resident() -> float:
    """Resident memory of this process in bytes."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


if __name__ == "__main__":
    main(sys.argv[1])
