# SPDX-License-Identifier: GPL-3.0-or-later
"""The bridge from worker threads to the Qt event loop. Imports QtCore and app.jobs."""

from __future__ import annotations

import logging
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal

from app.jobs import JobQueue

log = logging.getLogger(__name__)


class Poster(QObject):
    """Runs callables in the thread that made it, in the order they were posted."""

    _posted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._posted.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def post(self, call: Callable[[], None]) -> None:
        """Have `call` run in the UI thread; safe from any thread."""
        self._posted.emit(call)

    def _run(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception:
            # PySide would print it and go on; keep it where other problems are looked for.
            log.exception("a job's callback failed")


def make_queue() -> tuple[JobQueue, Poster]:
    """A job queue whose callbacks run in the calling thread's event loop.

    Keep the poster as long as the queue.
    """
    poster = Poster()
    return JobQueue(deliver=poster.post), poster
