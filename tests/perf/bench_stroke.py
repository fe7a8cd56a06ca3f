# SPDX-License-Identifier: GPL-3.0-or-later
"""From pen sample to screen: the whole path that a painter feels, frame by frame."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from app.core.document import Document
from app.core.layers import PaintLayer
from app.core.tiles import TileGrid
from app.jobs import CancelToken, Job
from app.ui.canvas.pointer import Phase, PointerSample
from app.ui.canvas.view import CanvasView
from app.ui.settings import Settings
from app.ui.studio import Studio
from tests.perf.figure import Figure, figure

FRAME = 1 / 60
SECONDS = 30.0
RATE = 200.0


def run() -> list[Figure]:
    """All figures of this module."""
    application = QApplication.instance() or QApplication([])
    from app.core.warm import load_all

    load_all()
    calm = replay()
    busy = replay(job=_burn)
    dropped, behind = storm()
    application.processEvents()
    return [
        figure("stroke to screen, p95 frame", calm["p95"], "ms", "<= 16 ms", "p99 <= 8 ms"),
        figure("stroke to screen, p99 frame", calm["p99"], "ms", "-", "<= 8 ms"),
        figure("stroke to screen, worst frame", calm["max"], "ms", "<= 100 ms", "-"),
        figure(
            "the same, a job running, p95 frame",
            busy["p95"],
            "ms",
            "within 20 %",
            "within 5 %",
            calm["p95"],
            "no job",
        ),
        figure("tablet storm, samples dropped", dropped, "of 30 000", "0", "0"),
        figure("tablet storm, frames behind", behind, "frames", "-", "<= 1"),
    ]


def painting(size: int = 4096, layers: int = 10) -> Document:
    """A document of soft blobs and noise on several layers, the middle one active and empty."""
    rng = np.random.default_rng(7)
    document = Document.new(size, size)
    for index in range(layers - 2):
        grid = TileGrid()
        for _ in range(6):
            w, h = (int(v) for v in rng.integers(300, 1200, 2))
            block = rng.integers(0, 256, (h, w, 4), dtype=np.uint8)
            block[..., :3] = (block[..., :3].astype(np.uint16) * block[..., 3:] // 255).astype(
                np.uint8
            )
            x, y = (int(v) for v in rng.integers(0, size - 1200, 2))
            grid = grid.paste(block, x, y)
        document = document.insert(PaintLayer(name=f"paint {index}", tiles=grid))
    middle = document.layers[len(document.layers) // 2 - 1]
    target = PaintLayer(name="target")
    return document.insert_above(target, middle.id).activate(target.id)


def pen(seconds: float, rate: float = RATE) -> Iterator[list[PointerSample]]:
    """A pen recording: wandering strokes of about two seconds with swelling pressure."""
    per_stroke = round(2.0 * rate)
    for i in range(int(seconds * rate)):
        t, k = i / rate, i % per_stroke
        x = 960 + 700 * math.sin(t * 1.3) + 90 * math.sin(t * 11)
        y = 540 + 380 * math.sin(t * 0.9 + 1) + 70 * math.cos(t * 9)
        at, pressure = QPointF(x, y), 0.3 + 0.7 * math.sin(math.pi * k / per_stroke) ** 2
        kind = Phase.PRESS if k == 0 else Phase.RELEASE if k == per_stroke - 1 else Phase.MOVE
        yield [PointerSample(kind, at, at, pressure, t)]


def replay(
    seconds: float = SECONDS, job: Callable[[CancelToken, object], None] | None = None
) -> dict[str, float]:
    """Replay a 30 s, 200 Hz pen recording with a 100 px soft brush; time each frame's work.

    Canvas 4096², 10 layers, view 1920 x 1080 at 100 %. A frame hands over the samples of 1/60 s,
    lets the tools paint and repaints what is dirty into the widget's backing store; pen-up
    frames (merge and undo step) count. `job` runs in a worker all the while, until cancelled.
    """
    from dataclasses import replace

    studio = Studio(Settings(), painting())
    studio.set_brush(replace(next(p for p in studio.presets if p.tip == "soft"), size=100.0))
    view = CanvasView(studio)
    view.resize(1920, 1080)
    view.show()
    view.zoom_to(1.0)
    view.pan_by(view.screen_transform().dx() * -1 - 300, view.screen_transform().dy() * -1 - 300)
    view.grab()
    QApplication.processEvents()
    handle = studio.queue.submit(Job("load", job)) if job is not None else None
    frames: list[float] = []
    batch: list[PointerSample] = []
    for index, samples in enumerate(pen(seconds)):
        batch += [replace(s, canvas=view.to_canvas(s.screen)) for s in samples]
        if index % round(RATE * FRAME) == 0:
            start = time.perf_counter()
            for sample in batch:
                view.enqueue(sample)
            view.drain()
            QApplication.processEvents()
            frames.append((time.perf_counter() - start) * 1000)
            batch = []
    if handle is not None:
        handle.cancel()
    view.close()
    studio.close()
    return {
        "p95": float(np.percentile(frames, 95)),
        "p99": float(np.percentile(frames, 99)),
        "max": max(frames),
    }


def storm(seconds: float = SECONDS) -> tuple[float, float]:
    """Deliver 1 000 pen samples a second for 30 s of recording, in real frame batches.

    Returns (samples that never reached the stroke, most frames of work waiting at a time).
    """
    from dataclasses import replace

    studio = Studio(Settings(), Document.new(1920, 1080))
    view = CanvasView(studio)
    view.resize(1920, 1080)
    view.show()
    QApplication.processEvents()
    rate, sent, behind, clock = 1000.0, 0, 0.0, 0.0
    per_frame = round(rate * FRAME)
    batch: list[PointerSample] = []
    for index, samples in enumerate(pen(seconds, rate)):
        batch += [replace(s, canvas=view.to_canvas(s.screen)) for s in samples]
        if index % per_frame == 0:
            start = time.perf_counter()
            for sample in batch:
                view.enqueue(sample)
            sent += sum(s.phase is not Phase.RELEASE for s in batch)  # a release adds no point
            batch = []
            view.drain()
            QApplication.processEvents()
            # Work beyond a frame's time delays the next frame: that is how far we are behind.
            clock = max(0.0, clock + (time.perf_counter() - start) - FRAME)
            behind = max(behind, clock / FRAME)
    view.settle()
    layer = studio.document.active_layer
    assert isinstance(layer, PaintLayer)
    kept = sum(len(s.points) for s in layer.strokes)
    view.close()
    studio.close()
    return float(sent - kept), behind


def _burn(token: CancelToken, progress: object) -> None:
    """A stand-in for inference: memory-bound filters on one worker until cancelled."""
    import cv2

    cv2.setNumThreads(1)
    picture = np.random.default_rng(0).random((1024, 1024), dtype=np.float32)
    while not token.cancelled:
        picture = cv2.GaussianBlur(picture, (0, 0), 3.0)
