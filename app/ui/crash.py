# SPDX-License-Identifier: GPL-3.0-or-later
"""Unexpected errors: written to a log file, told in one sentence, never a lost picture."""

from __future__ import annotations

import logging
import sys
import threading
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from platformdirs import user_log_path

if TYPE_CHECKING:
    from app.ui.studio import Studio

log = logging.getLogger("limner")


def log_file() -> Path:
    """Where problems are written down."""
    return user_log_path("limner", appauthor=False) / "limner.log"


def install(studio: Studio) -> None:
    """Send uncaught exceptions of all threads to the log file and a sentence to the artist."""
    try:
        log_file().parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(log_file(), maxBytes=1 << 20, backupCount=2, delay=True)
    except OSError as error:
        log.warning("no log file: %s", error)
    else:
        handler.setLevel(logging.WARNING)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        logging.getLogger().addHandler(handler)

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        log.error("unexpected error", exc_info=(kind, error, trace))
        studio.messaged.emit(
            f"Something went wrong ({kind.__name__}). Your picture is untouched; "
            f"details are in {log_file()}.",
            "error",
        )

    sys.excepthook = hook
    threading.excepthook = lambda args: (
        hook(args.exc_type, args.exc_value, args.exc_traceback)
        if args.exc_value is not None
        else None
    )
