# SPDX-License-Identifier: GPL-3.0-or-later
"""Compositing, memory and undo on large documents, beside MyPaint's library where it is installed.

MyPaint's figures come from its own compositing code in a subprocess (`mypaint_compose.py`), on a
document of the same size, number of layers and modes. Published figures on such a machine:
MyPaint 2.33 s and GIMP 2.10 1.67 s for the full composite, MyPaint 5.9 ms for the dab and
107 MiB for the layer, Krita 77 MiB.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from app.core.blend_kernels import compile_kernels
from app.core.blend_modes import BlendMode
from app.core.brush import BrushSettings
from app.core.compositor import Compositor
from app.core.dabs import warm_up
from app.core.document import Document
from app.core.geometry import Rect
from app.core.history import History
from app.core.layers import Layer, PaintLayer
from app.core.stroke_engine import StrokeEngine
from app.core.tiles import TILE, TileGrid, keys_in
from tests.perf.figure import Figure, figure

SIZE, LAYERS, DAB = 4096, 20, 100
MODES = (BlendMode.NORMAL, BlendMode.MULTIPLY, BlendMode.SCREEN, BlendMode.OVERLAY)
MYPAINT = (Path("/usr/lib/mypaint"), Path("/usr/share/mypaint"))
SYSTEM_PYTHON = Path("/usr/bin/python3")


def run() -> list[Figure]:
    """All figures of this module."""
    compile_kernels()
    warm_up().join()
    peer = mypaint()
    memory = memory_of_a_layer()
    document = noisy_document()
    full = full_composite(document)
    middle, lowest = dirty_dab(document, LAYERS // 2), dirty_dab(document, 0)
    undo = undo_of_a_stroke(document)

    def beside(name: str, ours: float, unit: str, budget: str, moonshot: str, key: str) -> Figure:
        return figure(name, ours, unit, budget, moonshot, peer.get(key), "MyPaint" if peer else "")

    return [
        beside("full composite 4096² x 20 layers, 4 modes", full, "s", "<= 0.6", "<= 0.3", "full"),
        beside("one dirty 100 px dab x 20 layers", middle, "ms", "<= 3", "<= 1", "dab"),
        beside("the same on the lowest layer", lowest, "ms", "<= 3", "<= 1", "dab"),
        beside("memory of a full 4096² layer", memory, "MiB", "<= 68", "<= 64", "layer"),
        figure("undo of one stroke x 20 layers", undo, "ms", "<= 5", "<= 2"),
    ]


def noise(seed: int) -> TileGrid:
    """Full-canvas noise of every alpha; each tile has memory of its own."""
    rng = np.random.default_rng(seed)
    alpha = rng.integers(0, 256, (4, TILE, TILE, 1), dtype=np.uint16)
    colour = rng.integers(0, 256, (4, TILE, TILE, 3), dtype=np.uint16)
    blocks = np.concatenate([colour * alpha // 255, alpha], axis=3).astype(np.uint8)
    keys = keys_in(Rect(0, 0, SIZE, SIZE))
    return TileGrid(4, {key: blocks[i % len(blocks)].copy() for i, key in enumerate(keys)})


def noisy_document() -> Document:
    """20 full layers at the four modes in turn, the middle one active."""
    layers: tuple[Layer, ...] = tuple(
        PaintLayer(name=str(i), tiles=noise(i), mode=MODES[i % len(MODES)]) for i in range(LAYERS)
    )
    return Document(SIZE, SIZE, layers, layers[LAYERS // 2].id)


def fastest(work: Callable[[], object], rounds: int) -> float:
    """Seconds of the quickest of several runs: what the work takes when nothing disturbs it."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def full_composite(document: Document) -> float:
    """Seconds from "everything is dirty" to a complete canvas; no cache helps. Best of 5."""
    compositor = Compositor(document)

    def work() -> None:
        compositor.mark_dirty(document.bounds)
        compositor.refresh()

    work()
    return fastest(work, 5)


def dirty_dab(document: Document, index: int) -> float:
    """Milliseconds until the canvas shows a 100 px dab on layer `index`; median of 200.

    The dabs wander like a stroke, 10 px apart, over tile borders as they come. The painting of
    the dab itself is not counted: the layer's pixels are given.
    """
    layer = document.layers[index]
    assert isinstance(layer, PaintLayer)
    compositor = Compositor(document)
    compositor.refresh()
    compositor.set_overlay(layer.id, layer.tiles.get)
    times = []
    for i in range(200):
        rect = Rect(500 + 10 * i, 700 + 6 * i, DAB, DAB)
        start = time.perf_counter()
        compositor.mark_dirty(rect)
        compositor.refresh(rect)
        times.append(time.perf_counter() - start)
    return float(np.median(times)) * 1e3


def memory_of_a_layer() -> float:
    """MiB of resident memory by which the process grows for one layer full of noise."""
    layers = [PaintLayer(tiles=noise(0))]  # buffers that the making needs are there now
    gc.collect()
    before = resident()
    layers += [PaintLayer(tiles=noise(i)) for i in range(1, 4)]
    gc.collect()
    return (resident() - before) / 3 / 2**20


def undo_of_a_stroke(document: Document) -> float:
    """Milliseconds from asking to undo until the canvas shows it; median of 15 undos.

    A pen stroke of 100 px width and 1 200 px length on the active of 20 full layers, painted and
    shown in steps as on the screen before.
    """
    layer = document.active_layer
    assert isinstance(layer, PaintLayer)
    history, compositor = History(document), Compositor(document)
    compositor.refresh()

    def show(old: Document, new: Document) -> None:
        compositor.set_document(new)

    history.subscribe(show)
    times = []
    for i in range(15):
        layer = history.document.active_layer
        assert isinstance(layer, PaintLayer)
        brush = BrushSettings(size=DAB)
        engine = StrokeEngine(brush, (200, 40, 30), layer, None, document.bounds, seed=i)
        compositor.set_overlay(layer.id, engine.preview_tile)
        x, y = 300 + 97 * i, 400 + 131 * i
        for step in range(60):
            place = (x + 20 * step, y + 40 * np.sin(step / 9), 0.8, step / 60)
            for rect in engine.add([place]).values():
                compositor.mark_dirty(rect)
            compositor.refresh()
        finished = engine.finish()
        compositor.set_overlay(None)
        history.commit("stroke", history.document.with_layer(finished))
        compositor.refresh()
        start = time.perf_counter()
        history.undo()
        compositor.refresh()
        times.append(time.perf_counter() - start)
    return float(np.median(times)) * 1e3


def resident() -> int:
    """Resident memory of this process in bytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def mypaint() -> dict[str, float]:
    """MyPaint's figures in our units, empty where it is not installed or does not run.

    Measured with one OpenMP thread and with as many as there are cores, and the better figure
    taken: on a machine that is not idle its spinning threads slow each other down.
    """
    folder = next((f for f in MYPAINT if (f / "lib" / "mypaintlib.py").is_file()), None)
    if folder is None or not SYSTEM_PYTHON.is_file():
        return {}
    script = Path(__file__).with_name("mypaint_compose.py")
    command = [str(SYSTEM_PYTHON), str(script), str(folder)]
    runs = []
    for threads in {1, os.cpu_count() or 1}:
        settings = {**os.environ, "OMP_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "PASSIVE"}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=settings)
        if done.returncode:
            print(f"MyPaint's library does not run here: {done.stderr.strip()[-300:]}")
            return {}
        runs.append(json.loads(done.stdout.splitlines()[-1]))
    best = {name: min(run[name] for run in runs) for name in runs[0]}
    return {"full": best["full"], "dab": best["dab"] * 1e3, "layer": best["layer"] / 2**20}
