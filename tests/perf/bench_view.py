# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast the view redraws while it is panned, zoomed and turned."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtWidgets import QApplication

from app.core.warm import load_all
from app.ui.canvas.view import CanvasView
from app.ui.settings import Settings
from app.ui.studio import Studio
from tests.perf.bench_stroke import painting
from tests.perf.figure import Figure, figure


def run() -> list[Figure]:
    """Frames per second of whole-view repaints, 1920 x 1080, canvas 4096², 10 layers.

    Each motion repaints the whole view 60 times; the median time counts.
    """
    QApplication.instance() or QApplication([])
    load_all()
    studio = Studio(Settings(), painting())
    view = CanvasView(studio)
    view.resize(1920, 1080)
    view.show()
    QApplication.processEvents()  # until it is exposed, a widget paints nothing
    view.zoom_to(1.0)
    view.repaint()
    figures = []
    for name, prepare, move in (
        ("pan at 100 %", lambda: view.zoom_to(1.0), lambda i: view.pan_by(7 - i % 14, 3)),
        ("zoom between 20 % and 40 %", lambda: view.zoom_to(0.3), lambda i: view.zoom_by(1.01)),
        ("turn at 30 %", lambda: view.zoom_to(0.3), lambda i: view.rotate_by(1.5)),
    ):
        prepare()
        view.repaint()
        times = []
        for i in range(60):
            move(i)
            start = time.perf_counter()
            view.repaint()
            times.append(time.perf_counter() - start)
        figures.append(figure(name, 1 / float(np.median(times)), "frames/s", ">= 60", ">= 120"))
        view.reset_rotation()
    view.close()
    studio.close()
    return figures
