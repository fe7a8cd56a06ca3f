# SPDX-License-Identifier: GPL-3.0-or-later
"""Opening and saving a heavy painting: 20 layers of 4096 × 4096, about 240 MB as OpenRaster.

The baseline is MyPaint's own document model, driven without a window by Debian's python3 where
the package is installed; it opens and saves the very same file.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.core.blend_modes import BlendMode
from app.core.document import Document
from app.core.layers import PaintLayer
from app.core.tiles import TileGrid
from app.files.cache import EncodedCache
from app.files.documents import open_document, save_document
from tests.perf.figure import Figure, figure

SIDE, LAYERS = 4096, 20
_MYPAINT_TIMEOUT = 300.0  # seconds
_MYPAINT = """
import json, sys, time
sys.path.insert(0, "/usr/lib/mypaint")
from lib.document import Document

document, start = Document(), time.perf_counter()
document.load(sys.argv[1])
opened = time.perf_counter()
document.save(sys.argv[1] + ".mypaint.ora")
print(json.dumps({"open": opened - start, "save": time.perf_counter() - opened}))
"""


def run() -> list[Figure]:
    """All figures of this module, with the compositor's kernels compiled as in the running app."""
    from app.core.dabs import warm_up

    warm_up().join()
    with tempfile.TemporaryDirectory(prefix="limner-bench-") as folder:
        path = Path(folder) / "heavy.ora"
        document = painting()
        saved = save_whole(document, path)
        megabytes = path.stat().st_size / 1e6
        opened, cache, document = open_whole(path)
        changed = save_changed(document, path, cache)
        theirs = mypaint(path)
    name = "MyPaint"
    return [
        figure(
            f"open {LAYERS} layers of {SIDE}², {megabytes:.0f} MB",
            *(opened, "s", "<= 8 s", "<= 5 s", theirs.get("open"), name),
        ),
        figure("save it whole", saved, "s", "<= 15 s", "<= 10 s", theirs.get("save"), name),
        figure("save it with one changed layer", changed, "s", "<= 2 s", "<= 1 s"),
    ]


def painting(side: int = SIDE, layers: int = LAYERS, seed: int = 11) -> Document:
    """Layers as painters fill them: thick soft strokes and washes with a grain, over a backdrop.

    The grain (one level of noise, as textured brushes leave) makes them about as hard to
    compress as real paintings: 12 MB a layer of 4096 × 4096.
    """
    import cv2

    rng = np.random.default_rng(seed)
    grain = np.zeros((side, side, 4), np.uint8)
    grain[..., :3] = rng.integers(0, 2, (side, side, 1), dtype=np.uint8)
    modes = (BlendMode.NORMAL, BlendMode.NORMAL, BlendMode.MULTIPLY, BlendMode.SCREEN)
    stack = []
    for number in range(layers):
        pixels = np.zeros((side, side, 4), np.uint8)
        if number == 0:
            ramp = np.linspace(45, 100, side)
            pixels[..., :3] = (ramp[:, None] + ramp)[..., None]
            pixels[..., 3] = 255
        for _ in range(24):
            points = rng.integers(0, side, (4, 2)).astype(np.int32)
            shade = [int(v) for v in rng.integers(30, 250, 3)]
            thickness = int(rng.integers(side // 200, side // 12))
            cv2.polylines(pixels, [points], False, (*shade, 255), thickness, cv2.LINE_AA)
        pixels = cv2.GaussianBlur(pixels, (0, 0), side / 1000)
        pixels = cv2.subtract(pixels, np.roll(grain, (37 * number, 91 * number), axis=(0, 1)))
        alpha = cv2.merge([pixels[..., 3]] * 4)
        tiles = TileGrid.from_array(cv2.min(pixels, alpha))
        layer = PaintLayer(name=f"layer {number}", mode=modes[number % 4], opacity=0.9, tiles=tiles)
        stack.append(layer)
    return Document(side, side, tuple(stack), stack[-1].id)


def save_whole(document: Document, path: Path) -> float:
    """Seconds from the call of `save_document` to its return with nothing compressed before: all
    layers, merged image and thumbnail, written, synchronised to the disk and read back."""
    return _seconds(lambda: save_document(document, path, cache=EncodedCache()))


def open_whole(path: Path) -> tuple[float, EncodedCache, Document]:
    """Seconds from the call of `open_document` to a document with all tiles decoded (the file is
    in the system's cache); with the cache and document that the next step needs."""
    cache = EncodedCache()
    result = []
    seconds = _seconds(lambda: result.append(open_document(path, cache=cache)))
    if result[0].warnings:
        raise RuntimeError(f"the benchmark's own file was not read cleanly: {result[0].warnings}")
    return seconds, cache, result[0].document


def save_changed(document: Document, path: Path, cache: EncodedCache) -> float:
    """Seconds to save over the opened file after a dab on one layer: that layer and the merged
    image are made again; all 240 MB are written, synchronised and read back."""
    layer = document.layers[len(document.layers) // 2]
    if not isinstance(layer, PaintLayer):
        raise TypeError("the painting has paint layers only")
    dab = np.full((200, 200, 4), 255, np.uint8)
    changed = replace(
        layer, tiles=layer.tiles.paste(dab, document.width // 2, document.height // 2)
    )
    after = document.with_layer(changed)
    return _seconds(lambda: save_document(after, path, cache=cache))


def mypaint(path: Path) -> dict[str, float]:
    """Seconds that MyPaint's document model takes to open the same file and to save it whole.

    Empty where Debian's `mypaint` is not installed or its model does not run without a window.
    """
    python = Path("/usr/bin/python3")
    if shutil.which("mypaint") is None or not python.exists():
        return {}
    try:
        done = subprocess.run(
            [python, "-c", _MYPAINT, str(path)],
            capture_output=True,
            text=True,
            timeout=_MYPAINT_TIMEOUT,
            check=True,
        )
        figures = json.loads(done.stdout.strip().splitlines()[-1])
    except (subprocess.SubprocessError, ValueError, IndexError):
        return {}
    return {key: float(figures[key]) for key in ("open", "save")}


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
