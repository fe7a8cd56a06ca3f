# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames for the head that is being turned: one at a time, always the newest.

Moving a pen asks for more frames than a network makes.  A queue would lag behind the hand, and
cancelling for every move would show nothing while the hand moves; so the frame under way is
finished, and then the one wanted last is begun.  Imports jobs and the plugin room.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai_tools.portrait.task import LANE, Look, Person, Shown, Sitting
from app.jobs import Job, JobError, JobHandle
from app.plugins import PaintContext


@dataclass(frozen=True, eq=False)
class Request:
    """One frame: whose head, from where, over which painted labels."""

    person: Person
    look: Look
    painted: NDArray[np.uint8] | None = None


class FramePump:
    """Makes frames in jobs.

    Args:
        on_frame: gets each finished frame and what it shows.
        on_error: gets what went wrong, and what was wanted.
        on_change: called when work begins or ends.
    """

    def __init__(
        self,
        context: PaintContext,
        sitting: Sitting,
        label: str,
        on_frame: Callable[[Request, Shown], object],
        on_error: Callable[[Request, JobError], object],
        on_change: Callable[[], object],
    ) -> None:
        self._context, self._sitting, self._label = context, sitting, label
        self._on_frame, self._on_error, self._on_change = on_frame, on_error, on_change
        self._running: Request | None = None
        self._handle: JobHandle | None = None
        self._next: Request | None = None
        self._again: Request | None = None
        self._closed = False

    @property
    def busy(self) -> bool:
        """Whether a frame is being made."""
        return self._running is not None

    def want(self, request: Request) -> None:
        """Ask for a frame; one that waits is forgotten."""
        if self._closed:
            return
        self._next = request
        if self._running is None:
            self._begin()
        elif self._handle is not None and not self._running.look.preview:
            self._handle.cancel()  # a full frame is slow: let it stop at its next step

    def close(self) -> None:
        """Stop; nothing is reported any more."""
        self._closed, self._next = True, None
        if self._handle is not None:
            self._handle.cancel()

    def _begin(self) -> None:
        request, self._next = self._next, None
        if request is None or self._closed:
            return
        self._running = request

        def done(shown: Shown) -> None:
            self._end()
            if not self._closed:
                self._on_frame(request, shown)
            self._begin()

        def failed(error: JobError) -> None:
            self._end()
            if not self._closed:
                self._on_error(request, error)
            self._begin()

        def cancelled() -> None:
            self._end()
            if self._next is None and request is not self._again:
                self._next = self._again = request  # another picture was opened: once more
            self._begin()

        self._handle = self._context.submit(
            Job(
                self._label,
                lambda token, progress: self._sitting.show(
                    request.person, request.look, request.painted, token
                ),
                lane=LANE,
            ),
            on_done=done,
            on_error=failed,
            on_cancelled=cancelled,
        )
        self._on_change()

    def _end(self) -> None:
        self._running, self._handle = None, None
        if not self._closed:
            self._on_change()
