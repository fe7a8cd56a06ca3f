# SPDX-License-Identifier: GPL-3.0-or-later
"""From the command to a window that takes paint, in a fresh process."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time

from tests.perf.figure import Figure, figure

_PROGRAM = """
import sys, time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
application = QApplication(sys.argv[:1])
from app.ui import theme
from app.ui.settings import Settings
from app.ui.studio import Studio
from app.ui.window import Window
settings = Settings()
theme.apply(application, settings.theme)
window = Window(Studio(settings), remember=False)
window.resize(1440, 900)
window.show()
application.processEvents()
window.repaint()
assert window.studio.can_paint
print("ready", time.time(), flush=True)
window.close_without_asking()
"""


def run() -> list[Figure]:
    """Median of five starts, warm disk, from process creation to the first painted frame.

    The window takes strokes from that frame on (with the plain dab kernels until the compiled
    ones have loaded in the background).
    """
    times = []
    for _ in range(6):
        begin = time.time()
        out = subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        )
        times.append(float(out.stdout.split()[1]) - begin)
    return [
        figure(
            "start to first paintable frame", statistics.median(times[1:]), "s", "<= 1.0", "<= 0.5"
        )
    ]
