# SPDX-License-Identifier: GPL-3.0-or-later
"""Worker threads that run jobs, one thread a lane. Imports the job room only.

Every submitted job ends in exactly one of `on_done`, `on_error` and `on_cancelled`, always its
last callback. Callbacks run wherever `deliver` puts them: the UI hands in a function that posts
to its event loop, so that they run in the UI thread. Whether a result is still wanted is decided
at that moment, so a cancel that comes after the work but before its delivery still wins.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.jobs.errors import Cancelled, JobError, as_job_error
from app.jobs.job import Job, T
from app.jobs.progress import Progress
from app.jobs.token import CancelToken

log = logging.getLogger(__name__)

Deliver = Callable[[Callable[[], None]], None]


class JobState(StrEnum):
    """Where a job stands; the last three are final."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class _Callbacks:
    done: Callable[[Any], object] | None
    progress: Callable[[float, str], object] | None
    preview: Callable[[Any], object] | None
    error: Callable[[JobError], object] | None
    cancelled: Callable[[], object] | None


class JobHandle:
    """The submitter's view of a job. Made by `JobQueue.submit`."""

    def __init__(self, job: Job[Any], callbacks: _Callbacks, queue: JobQueue) -> None:
        self.label, self.lane, self.key = job.label, job.lane, job.key
        self._token = CancelToken()
        self._job: Job[Any] | None = job  # dropped with the callbacks at the end: they hold arrays
        self._callbacks: _Callbacks | None = callbacks
        self._queue = queue
        self._state = JobState.WAITING
        self._settled = threading.Event()

    @property
    def state(self) -> JobState:
        """The state as last delivered: a job that was asked to stop is running until it has."""
        return self._state

    @property
    def active(self) -> bool:
        """True until the job's last callback was delivered."""
        return not self._settled.is_set()

    def cancel(self) -> None:
        """Ask the job to stop, from any thread. Its result will be dropped even if it is ready.

        A waiting job is taken out at once; a running one stops at its next `token.check()`.
        """
        self._token.cancel()
        self._queue._withdraw(self)

    def wait(self, timeout: float | None = None) -> bool:
        """Block until the last callback was delivered, for scripts and tests; False on timeout.

        Never call it in the thread that `deliver` posts to: it would wait for itself.
        """
        return self._settled.wait(timeout)

    # -- run where `deliver` puts them -----------------------------------------------------------

    def _report(self, which: str, *values: Any) -> None:
        callbacks = self._callbacks
        if callbacks is None or self._token.cancelled:
            return
        callback = getattr(callbacks, which)
        if callback is not None:
            callback(*values)

    def _settle(self, state: JobState, value: Any) -> None:
        callbacks, self._callbacks, self._job = self._callbacks, None, None
        if self._token.cancelled:
            state = JobState.CANCELLED
        self._state = state
        try:
            if callbacks is None:
                return
            if state is JobState.DONE and callbacks.done is not None:
                callbacks.done(value)
            elif state is JobState.FAILED and callbacks.error is not None:
                callbacks.error(value)
            elif state is JobState.CANCELLED and callbacks.cancelled is not None:
                callbacks.cancelled()
        finally:
            self._settled.set()


@dataclass
class _Lane:
    waiting: deque[JobHandle] = field(default_factory=deque)
    running: JobHandle | None = None
    thread: threading.Thread | None = None


def _directly(call: Callable[[], None]) -> None:
    call()


class JobQueue:
    """Runs jobs in daemon threads, one a lane, each started on first use.

    Args:
        deliver: runs a callback where it belongs; must return at once and keep the order of the
            calls. The default runs it directly in the worker thread, for scripts and tests.
    """

    def __init__(self, deliver: Deliver = _directly) -> None:
        self._deliver = deliver
        self._changed = threading.Condition()
        self._lanes: dict[str, _Lane] = {}
        self._closed = False

    def __enter__(self) -> JobQueue:
        return self

    def __exit__(self, *exc: object) -> None:
        self.shutdown()

    @property
    def active(self) -> tuple[JobHandle, ...]:
        """Jobs that are running or waiting, lane by lane."""
        with self._changed:
            return tuple(
                handle
                for lane in self._lanes.values()
                for handle in (lane.running, *lane.waiting)
                if handle is not None
            )

    def submit(
        self,
        job: Job[T],
        *,
        on_done: Callable[[T], object] | None = None,
        on_progress: Callable[[float, str], object] | None = None,
        on_preview: Callable[[Any], object] | None = None,
        on_error: Callable[[JobError], object] | None = None,
        on_cancelled: Callable[[], object] | None = None,
    ) -> JobHandle:
        """Queue a job, from any thread.

        A waiting job with the same key gives up its place to this one, a running one is
        cancelled; both end in their `on_cancelled`. After `shutdown` a job is cancelled at once.
        """
        callbacks = _Callbacks(on_done, on_progress, on_preview, on_error, on_cancelled)
        handle = JobHandle(job, callbacks, self)
        with self._changed:
            replaced = [handle] if self._closed else self._enqueue(handle)
        for old in replaced:
            old._token.cancel()
            self._finish(old, JobState.CANCELLED, None)
        return handle

    def shutdown(self, timeout: float = 2.0) -> bool:
        """Cancel everything and wait up to `timeout` seconds in all for the threads to end.

        Returns:
            False when a job did not stop in time; its thread dies with the process.
        """
        with self._changed:
            self._closed = True
            waiting = [handle for lane in self._lanes.values() for handle in lane.waiting]
            threads = [lane.thread for lane in self._lanes.values() if lane.thread is not None]
            for lane in self._lanes.values():
                lane.waiting.clear()
                if lane.running is not None:
                    lane.running._token.cancel()
            self._changed.notify_all()
        for handle in waiting:
            handle._token.cancel()
            self._finish(handle, JobState.CANCELLED, None)
        deadline = time.monotonic() + timeout
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, deadline - time.monotonic()))
        return not any(t.is_alive() for t in threads if t is not threading.current_thread())

    # -- with the lock held ----------------------------------------------------------------------

    def _enqueue(self, handle: JobHandle) -> list[JobHandle]:
        """Put the job in line; returns the waiting jobs that it replaced."""
        lane = self._lanes.setdefault(handle.lane, _Lane())
        replaced: list[JobHandle] = []
        place = len(lane.waiting)
        if handle.key is not None:
            for other in self._lanes.values():
                if other.running is not None and other.running.key == handle.key:
                    other.running._token.cancel()
                for old in [h for h in other.waiting if h.key == handle.key]:
                    if other is lane:
                        place = min(place, lane.waiting.index(old))
                    other.waiting.remove(old)
                    replaced.append(old)
        lane.waiting.insert(min(place, len(lane.waiting)), handle)
        if lane.thread is None:
            name = f"limner-lane-{handle.lane}"
            lane.thread = threading.Thread(target=self._work, args=(lane,), name=name, daemon=True)
            lane.thread.start()
        self._changed.notify_all()
        return replaced

    # -- in the lane's thread --------------------------------------------------------------------

    def _work(self, lane: _Lane) -> None:
        while True:
            with self._changed:
                lane.running = None
                self._changed.wait_for(lambda: self._closed or lane.waiting)
                if self._closed:
                    return
                lane.running = lane.waiting.popleft()
                lane.running._state = JobState.RUNNING
            self._run(lane.running)

    def _run(self, handle: JobHandle) -> None:
        job = handle._job
        assert job is not None  # only `_settle` drops it, and it has not been called yet
        progress = Progress(
            lambda *report: self._post(lambda: handle._report("progress", *report)),
            lambda value: self._post(lambda: handle._report("preview", value)),
        )
        state, value = JobState.DONE, None
        try:
            handle._token.check()
            value = job.run(handle._token, progress)
        except Cancelled:
            state = JobState.CANCELLED
        except BaseException as error:  # SystemExit too: a library's exit must not end the lane
            state, value = JobState.FAILED, self._failure(handle, error)
        progress.close()
        self._finish(handle, state, value)

    def _failure(self, handle: JobHandle, error: BaseException) -> JobError:
        """The error to show; the traceback goes to the log, and with it what its frames hold."""
        shown = as_job_error(error, handle.label)
        if handle._token.cancelled:
            log.info("%s failed after it was cancelled", handle.label, exc_info=error)
        elif shown is error:
            log.info("%s: %s", handle.label, error, exc_info=error.__cause__)
        else:
            log.error("%s failed", handle.label, exc_info=error)
        shown.__cause__ = shown.__context__ = shown.__traceback__ = None
        return shown

    # -- anywhere --------------------------------------------------------------------------------

    def _withdraw(self, handle: JobHandle) -> None:
        """Take a cancelled job out of the line if it is still waiting."""
        with self._changed:
            lane = self._lanes.get(handle.lane)
            if lane is None or handle not in lane.waiting:
                return
            lane.waiting.remove(handle)
        self._finish(handle, JobState.CANCELLED, None)

    def _finish(self, handle: JobHandle, state: JobState, value: Any) -> None:
        if not self._post(lambda: handle._settle(state, value)) and handle.active:
            handle._state = state
            handle._settled.set()  # nobody is left to deliver to, but `wait` must not hang

    def _post(self, call: Callable[[], None]) -> bool:
        """Deliver; a callback or delivery that fails is logged and does not end the lane."""
        try:
            self._deliver(call)
        except Exception:
            log.exception("a job's callback failed")
            return False
        return True
