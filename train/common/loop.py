# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a run: progress bar, time limit, a clean end on Ctrl-C or a kill.  Imports tqdm."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import Any

from tqdm import tqdm

from train.common.device import Place


class Steps:
    """Iterates over step numbers start..total-1 and stops early when asked.

    The body finishes the step it is in; afterwards the script saves a checkpoint.  `step` is then
    the number of steps done.  A second Ctrl-C ends the program at once.
    """

    def __init__(
        self,
        start: int,
        total: int,
        place: Place,
        minutes: float | None = None,
        *,
        bar: bool = True,
    ) -> None:
        """Args: minutes of wall-clock time from now after which to stop; None: no limit."""
        self.step = start
        self.total = total
        self.place = place
        self.interrupted = False
        self._deadline = None if minutes is None else time.monotonic() + 60 * minutes
        self._bar = tqdm(
            total=total,
            initial=start,
            unit="step",
            dynamic_ncols=True,
            mininterval=1.0,
            disable=not (bar and place.is_main),
        )

    def __iter__(self) -> Iterator[int]:
        previous = self._catch_signals()
        try:
            while self.step < self.total and not self._must_stop():
                yield self.step
                self.step += 1
                self._bar.update()
        finally:
            self._bar.close()
            for number, handler in previous.items():
                signal.signal(number, handler)

    def show(self, **values: float) -> None:
        """Puts figures behind the progress bar."""
        self._bar.set_postfix({name: f"{value:.4g}" for name, value in values.items()})

    def note(self, text: str) -> None:
        """Prints a line above the progress bar, in the main process only."""
        if self.place.is_main:
            self._bar.write(text)

    def _must_stop(self) -> bool:
        late = self._deadline is not None and time.monotonic() >= self._deadline
        # All processes stop after the same step, or the others would wait for ever.
        return self.place.any_process(self.interrupted or late)

    def _catch_signals(self) -> dict[int, Any]:
        """Makes Ctrl-C and a polite kill a wish; returns the old handlers by signal."""

        def wish(number: int, frame: FrameType | None) -> None:
            if self.interrupted:
                raise KeyboardInterrupt
            self.interrupted = True

        if threading.current_thread() is not threading.main_thread():
            return {}  # signals come to the main thread only
        return {number: signal.signal(number, wish) for number in (signal.SIGINT, signal.SIGTERM)}
