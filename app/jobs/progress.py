# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress and previews of a running job, at a rate that a screen can follow. No imports of ours.

A job may report as often as it likes, from any of its threads. Reports pass on at most 30 times a
second; the newest one that was held back always follows, also when the job then stays silent.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

V = TypeVar("V")

INTERVAL = 1 / 30
"""Least time between two reports, in seconds."""


class Later(Protocol):
    """Calls a function once after some seconds; returns a function that calls it off."""

    def __call__(self, seconds: float, call: Callable[[], None], /) -> Callable[[], None]: ...


def timer_thread(seconds: float, call: Callable[[], None]) -> Callable[[], None]:
    """`Later` on a short-lived thread; calling it off also waits until that thread is gone."""
    timer = threading.Timer(seconds, call)
    timer.daemon = True
    timer.name = "limner-progress"
    timer.start()

    def call_off() -> None:
        timer.cancel()
        if timer is not threading.current_thread():
            timer.join()

    return call_off


class Paced(Generic[V]):
    """Passes values on in order, at most one an interval, and never loses the last one."""

    def __init__(
        self,
        send: Callable[[V], object],
        interval: float = INTERVAL,
        clock: Callable[[], float] = time.monotonic,
        later: Later = timer_thread,
    ) -> None:
        self._send, self._interval, self._clock, self._later = send, interval, clock, later
        self._lock = threading.RLock()  # re-entrant: `send` may lead back to `put`
        self._held: list[V] = []  # nothing, or the newest value not yet passed on
        self._ready_at = float("-inf")
        self._call_off: Callable[[], None] | None = None
        self._closed = False

    def put(self, value: V) -> None:
        """Pass `value` on now, or hold it back until the interval is over."""
        with self._lock:
            if self._closed:
                return
            self._held[:] = [value]
            wait = self._ready_at - self._clock()
            if self._call_off is None and wait > 0:
                self._call_off = self._later(wait, self._ring)
            elif self._call_off is None:
                self._pass_on()

    def close(self) -> None:
        """Pass on what was held back, and ignore everything from now on."""
        with self._lock:
            call_off, self._call_off = self._call_off, None
            if not self._closed:
                self._closed = True
                self._pass_on()
        if call_off is not None:  # outside the lock: the timer may be waiting for it
            call_off()

    def _ring(self) -> None:
        with self._lock:
            self._call_off = None
            if not self._closed:
                self._pass_on()

    def _pass_on(self) -> None:
        if self._held:
            self._ready_at = self._clock() + self._interval
            self._send(self._held.pop())


class Progress:
    """What a job calls to say how far it is: `progress(0.4, "Tracing lines")`.

    Args:
        on_progress: receives (fraction 0..1, text).
        on_preview: receives whatever the job shows before it is done.
        clock, later: replaced in tests.
    """

    def __init__(
        self,
        on_progress: Callable[[float, str], object],
        on_preview: Callable[[object], object],
        clock: Callable[[], float] = time.monotonic,
        later: Later = timer_thread,
    ) -> None:
        self._reports = Paced[tuple[float, str]](lambda r: on_progress(*r), INTERVAL, clock, later)
        self._previews = Paced[object](on_preview, INTERVAL, clock, later)

    def __call__(self, fraction: float, text: str = "") -> None:
        """Report that `fraction` (0..1; clamped, NaN counts as 0) is done, and what comes now."""
        known = fraction == fraction
        self._reports.put((min(max(float(fraction), 0.0), 1.0) if known else 0.0, text))

    def preview(self, value: object) -> None:
        """Show an unfinished result; hand over a value that nothing changes afterwards."""
        self._previews.put(value)

    def close(self) -> None:
        """Deliver the last report and preview; later ones are ignored. The queue calls this."""
        self._reports.close()
        self._previews.close()


def silent() -> Progress:
    """A progress that tells nobody, for running a job's function without a queue."""
    return Progress(lambda fraction, text: None, lambda value: None)
