# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting the program with a window. Imports the window last, so that arguments fail fast."""

from __future__ import annotations

import argparse
import re
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from app.ui.window import Window


def start(args: argparse.Namespace) -> int:
    """Show the window and run until it closes; returns the exit status."""
    size = re.fullmatch(r"(\d{3,5})x(\d{3,5})", args.size)
    if size is None:
        print(f"limner: --size {args.size!r} is not of the form 1440x900", file=sys.stderr)
        return 2
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("Limner")
    application.setDesktopFileName("limner")

    from app.ui import crash, icons, theme
    from app.ui.settings import Settings
    from app.ui.studio import Studio
    from app.ui.window import Window

    settings = Settings()
    theme.apply(application, args.theme or settings.theme)
    application.setWindowIcon(icons.app_icon())
    studio = Studio(settings)
    if args.no_ai:
        studio.ai_enabled = False
    crash.install(studio)
    window = Window(studio, remember=args.screenshot is None)
    if args.screenshot is not None:
        window.resize(int(size[1]), int(size[2]))
    window.show()
    # Compiled kernels load while the artist looks for a brush; until then plain ones paint.
    threading.Thread(target=_warm, name="limner-warm", daemon=True).start()
    status = [0]

    def begin() -> None:
        if args.file is not None and not studio.open(args.file):
            status[0] = 1
        if args.screenshot is not None:
            QTimer.singleShot(400, lambda: _shoot_when_calm(window, args.screenshot, status))

    QTimer.singleShot(0, begin)
    result = application.exec()
    return result or status[0]


def _warm() -> None:
    from app.core.warm import load_all

    load_all()


def _shoot_when_calm(window: Window, path: Path, status: list[int], patience: int = 150) -> None:
    """Write the window's picture once no job runs and all small pictures are made, then quit."""
    from app.ui.widgets.stroke_previews import StrokePreviews
    from app.ui.widgets.thumbnails import Thumbnails

    busy = bool(window.studio.queue.active)
    busy |= any(maker.busy for maker in window.findChildren(StrokePreviews))
    busy |= any(maker.busy for maker in window.findChildren(Thumbnails))
    if busy and patience:
        QTimer.singleShot(100, lambda: _shoot_when_calm(window, path, status, patience - 1))
        return
    if not window.grab().save(str(path)):
        print(f"limner: the screenshot could not be written to {path}", file=sys.stderr)
        status[0] = 1
    window.close_without_asking()
