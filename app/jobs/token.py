# SPDX-License-Identifier: GPL-3.0-or-later
"""The switch that asks a running job to stop. Imports job errors only."""

from __future__ import annotations

import threading

from app.jobs.errors import Cancelled


class CancelToken:
    """Set once, by any thread; the job looks at it between its steps."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self.flag = bytearray(1)
        """One byte, 0 until `cancel` was called: compiled loops can look at it as they run, with
        `numpy.frombuffer(token.flag, numpy.uint8)`."""

    def cancel(self) -> None:
        """Ask the job to stop; asking again changes nothing."""
        self.flag[0] = 1
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """True once `cancel` was called."""
        return self._event.is_set()

    def check(self) -> None:
        """Call between steps.

        Raises:
            Cancelled: `cancel` was called.
        """
        if self._event.is_set():
            raise Cancelled

    def wait(self, timeout: float | None = None) -> bool:
        """Block until `cancel` is called or `timeout` seconds passed; True when cancelled."""
        return self._event.wait(timeout)
