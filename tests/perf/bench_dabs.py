# SPDX-License-Identifier: GPL-3.0-or-later
"""How many dabs a second one thread paints, beside libmypaint's own in the same run."""

from __future__ import annotations

import ctypes
import ctypes.util
import itertools
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core import dab_reference as table
from app.core.brush import BrushSettings
from app.core.dabs import DabMaker, WetBuffer, warm_up
from app.core.geometry import Rect
from app.core.layers import PaintLayer
from app.core.stabiliser import Sample
from app.core.stroke_engine import StrokeEngine
from app.core.stroke_path import PLACE_COLUMNS, WEIGHT
from app.core.tiles import TileGrid
from tests.perf.figure import Figure, figure

SURFACE = 2048
BATCH = 64  # dabs between two looks at the surface
HARDNESS, FLOW = 0.5, 0.2
ROUNDS, SECONDS = 5, 0.4
Batch = NDArray[np.float64]


def run() -> list[Figure]:
    """All figures of this module."""
    warm_up().join()
    figures = []
    for size in (100, 500):
        batches = random_batches(size)
        painters = {"ours": our_painter(size), "libmypaint": libmypaint_painter()}
        rates = measure({k: p for k, p in painters.items() if p is not None}, batches)
        figures.append(
            figure(
                f"dabs/s, {size} px soft, tiled, 1 thread",
                rates["ours"],
                "dabs/s",
                ">= 1.5x",
                "4x",
                rates.get("libmypaint"),
                "libmypaint",
                more_is_better=True,
            )
        )
    figures += [
        figure(f"stroke with previews, {size} px, p95 frame", frame_p95(size), "ms", "<= 16 ms", "")
        for size in (100, 500)
    ]
    return figures


def random_batches(size: int, count: int = 32) -> list[Batch]:
    """Batches of (x, y, radius): random places on the surface, radius within +-20 %."""
    rng = np.random.default_rng(size)
    batch = rng.random((count, BATCH, 3))
    batch[..., :2] *= SURFACE
    batch[..., 2] = size / 2 * (0.8 + 0.4 * batch[..., 2])
    return list(batch)


def our_painter(size: int) -> Callable[[Batch], None]:
    """The painter's own path: the dab table from the brush, tile look-up, clipping, kernel."""
    maker = DabMaker(BrushSettings(size=size, hardness=HARDNESS, flow=FLOW), seed=0)
    wet = WetBuffer(Rect(0, 0, SURFACE, SURFACE))

    def paint(batch: Batch) -> None:
        places = np.ones((len(batch), PLACE_COLUMNS))
        places[:, :2], places[:, WEIGHT] = batch[:, :2], 1.0
        dabs = maker.make(places)
        dabs[:, table.RADIUS] = batch[:, 2]
        dabs[:, table.STEEPNESS] = 1.0 / ((1.0 - HARDNESS) * batch[:, 2])
        wet.paint(dabs)

    return paint


def libmypaint_painter() -> Callable[[Batch], None] | None:
    """The same dabs through libmypaint's fixed tiled surface, or None where it is not installed.

    One begin_atomic/end_atomic pair for each batch. Its dabs mix RGBA in 15 bits at once; ours
    gather coverage and take colour on when the stroke is merged (see `frame_p95`).
    """
    name = ctypes.util.find_library("mypaint-1.5") or "libmypaint-1.5.so.1"
    try:
        library: Any = ctypes.CDLL(name)
    except OSError:
        return None
    library.mypaint_fixed_tiled_surface_new.restype = ctypes.c_void_p
    surface = ctypes.c_void_p(library.mypaint_fixed_tiled_surface_new(SURFACE, SURFACE))
    draw = library.mypaint_surface_draw_dab
    draw.argtypes = [ctypes.c_void_p, *[ctypes.c_float] * 13]
    area = (ctypes.c_int * 4)()

    def paint(batch: Batch) -> None:
        library.mypaint_surface_begin_atomic(surface)
        for x, y, radius in batch.tolist():
            #                       colour         opaque hardness eraser aspect angle locks
            draw(surface, x, y, radius, 0.9, 0.1, 0.1, FLOW, HARDNESS, 1.0, 1.0, 0.0, 0.0, 0.0)
        library.mypaint_surface_end_atomic(surface, ctypes.byref(area))

    paint(random_batches(100, 1)[0])
    alpha = ctypes.c_float()
    rest = [ctypes.byref(ctypes.c_float()) for _ in range(3)]
    x, y, _ = random_batches(100, 1)[0][0]
    spot = (ctypes.c_float(x), ctypes.c_float(y), ctypes.c_float(3.0))
    library.mypaint_surface_get_color(surface, *spot, *rest, ctypes.byref(alpha))
    if not alpha.value > 0.05:
        raise RuntimeError(f"libmypaint painted nothing (alpha {alpha.value})")
    return paint


def measure(painters: dict[str, Callable[[Batch], None]], batches: list[Batch]) -> dict[str, float]:
    """Median dabs per second of each painter over rounds that take turns, after one warm pass.

    Seconds of this thread on the processor, so that other programs disturb little. Both paint
    in the calling thread (the fixed surface keeps libmypaint from using OpenMP).
    """
    rates: dict[str, list[float]] = {name: [] for name in painters}
    for paint in painters.values():
        for batch in batches:
            paint(batch)
    for _ in range(ROUNDS):
        for name, paint in painters.items():
            done, start = 0, time.thread_time()
            for batch in itertools.cycle(batches):
                paint(batch)
                done += len(batch)
                spent = time.thread_time() - start
                if spent > SECONDS:
                    break
            rates[name].append(done / spent)
    return {name: float(np.median(r)) for name, r in rates.items()}


def frame_p95(size: int, seconds: float = 10.0, rate: float = 200.0) -> float:
    """p95 of one 60 Hz frame's brush work in ms, the merge into 8-bit previews included.

    A wandering 200 Hz pen with swelling pressure on an opaque 4096² layer: stabiliser, curve,
    dabs, and a fresh preview of every tile that changed.
    """
    canvas = Rect(0, 0, 4096, 4096)
    layer = PaintLayer(tiles=TileGrid.filled(canvas, (210, 220, 230, 255)))
    brush = BrushSettings(size=size, hardness=HARDNESS, flow=FLOW, stabiliser=0.3)
    engine = StrokeEngine(brush, (40, 60, 90), layer, None, canvas, seed=0)
    t = np.arange(int(seconds * rate)) / rate
    x = 2048 + 1200 * np.sin(1.9 * t) * np.cos(0.7 * t)
    y = 2048 + 1200 * np.sin(1.3 * t + 0.3)
    pen = [Sample(*s) for s in zip(x, y, 0.5 + 0.4 * np.sin(3 * t), t, strict=True)]
    frames = []
    per_frame = round(rate / 60)
    for first in range(0, len(pen), per_frame):
        start = time.perf_counter()
        for key in engine.add(pen[first : first + per_frame]):
            engine.preview_tile(key)
        frames.append((time.perf_counter() - start) * 1000)
    return float(np.percentile(frames, 95))
