# SPDX-License-Identifier: GPL-3.0-or-later
"""Submitting, replacing, cancelling, failing and shutting down. May import app.jobs only."""

from __future__ import annotations

import gc
import logging
import threading
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from app.jobs import (
    BadInput,
    Cancelled,
    CancelToken,
    Job,
    JobError,
    JobQueue,
    JobState,
    OutOfMemory,
    Progress,
)

WAIT = 30  # seconds until a test gives up; no test needs them


class Ends:
    """Collects what a job says, in order."""

    def __init__(self) -> None:
        self.said: list[tuple[str, Any]] = []

    def callbacks(self) -> dict[str, Callable[..., None]]:
        return {
            "on_done": lambda result: self.said.append(("done", result)),
            "on_progress": lambda fraction, text: self.said.append(("progress", (fraction, text))),
            "on_preview": lambda value: self.said.append(("preview", value)),
            "on_error": lambda error: self.said.append(("error", error)),
            "on_cancelled": lambda: self.said.append(("cancelled", None)),
        }

    @property
    def last(self) -> str:
        return self.said[-1][0]


class Gate:
    """A job that says when it has begun and goes on when it is let."""

    def __init__(self, result: Any = None, heed: bool = True) -> None:
        self.begun, self.go = threading.Event(), threading.Event()
        self.result, self.heed = result, heed

    def __call__(self, token: CancelToken, progress: Progress) -> Any:
        self.begun.set()
        if self.heed:
            while not self.go.wait(0.005):
                token.check()
        else:
            assert self.go.wait(WAIT)
        return self.result


def test_a_job_reports_shows_and_ends_with_its_result(queue: JobQueue) -> None:
    def run(token: CancelToken, progress: Progress) -> int:
        progress(0.5, "half")
        progress.preview("rough")
        return 42

    ends = Ends()
    handle = queue.submit(Job("Answer", run), **ends.callbacks())
    assert handle.wait(WAIT)
    assert ends.said == [("progress", (0.5, "half")), ("preview", "rough"), ("done", 42)]
    assert handle.state is JobState.DONE
    assert not handle.active


def test_jobs_of_a_lane_keep_their_order_in_one_thread(queue: JobQueue) -> None:
    ran: list[tuple[int, str]] = []

    def run(number: int, token: CancelToken, progress: Progress) -> None:
        ran.append((number, threading.current_thread().name))

    handles = [queue.submit(Job(str(i), partial(run, i))) for i in range(50)]
    assert all(h.wait(WAIT) for h in handles)
    assert ran == [(i, "limner-lane-cpu") for i in range(50)]


def test_lanes_run_side_by_side(queue: JobQueue) -> None:
    meeting = threading.Barrier(2, timeout=WAIT)
    handles = [
        queue.submit(Job(lane, lambda t, p: meeting.wait(), lane=lane)) for lane in ("cpu", "io")
    ]
    assert all(h.wait(WAIT) for h in handles)
    assert [h.state for h in handles] == [JobState.DONE, JobState.DONE]


def test_no_thread_is_started_before_the_first_job(queue: JobQueue) -> None:
    assert not [t for t in threading.enumerate() if t.name.startswith("limner-")]
    assert queue.active == ()


# -- replacing -----------------------------------------------------------------------------------


def test_a_newer_job_with_the_same_key_takes_the_place_of_a_waiting_one(queue: JobQueue) -> None:
    gate, order, old, new = Gate(), [], Ends(), Ends()
    first = queue.submit(Job("first", gate))
    assert gate.begun.wait(WAIT)
    a = queue.submit(Job("old", lambda t, p: order.append("old"), key="live"), **old.callbacks())
    b = queue.submit(Job("other", lambda t, p: order.append("other")))
    c = queue.submit(Job("new", lambda t, p: order.append("new"), key="live"), **new.callbacks())
    assert a.state is JobState.CANCELLED
    assert queue.active == (first, c, b)
    gate.go.set()
    assert b.wait(WAIT) and c.wait(WAIT)
    assert order == ["new", "other"]
    assert old.said == [("cancelled", None)]
    assert new.last == "done"


def test_a_newer_job_with_the_same_key_stops_a_running_one(queue: JobQueue) -> None:
    gate, old, new = Gate(), Ends(), Ends()
    a = queue.submit(Job("old", gate, key="live"), **old.callbacks())
    assert gate.begun.wait(WAIT)
    b = queue.submit(Job("new", lambda t, p: "fresh", key="live"), **new.callbacks())
    assert a.wait(WAIT) and b.wait(WAIT)
    assert old.said == [("cancelled", None)]
    assert new.said == [("done", "fresh")]


def test_a_key_replaces_across_lanes(queue: JobQueue) -> None:
    gate = Gate()
    a = queue.submit(Job("old", gate, lane="cpu", key="live"))
    assert gate.begun.wait(WAIT)
    b = queue.submit(Job("new", lambda t, p: None, lane="gpu", key="live"))
    assert a.wait(WAIT) and b.wait(WAIT)
    assert (a.state, b.state) == (JobState.CANCELLED, JobState.DONE)


def test_jobs_without_a_key_or_with_another_stay(queue: JobQueue) -> None:
    gate = Gate()
    queue.submit(Job("first", gate, key="a"))
    handles = [queue.submit(Job("x", lambda t, p: 1, key=key)) for key in (None, "b", None, "c")]
    gate.go.set()
    assert all(h.wait(WAIT) and h.state is JobState.DONE for h in handles)


# -- cancelling ----------------------------------------------------------------------------------


def test_cancel_before_the_start_takes_the_job_out_at_once(queue: JobQueue) -> None:
    gate, ends, ran = Gate(), Ends(), []
    queue.submit(Job("first", gate))
    handle = queue.submit(Job("second", lambda t, p: ran.append(1)), **ends.callbacks())
    handle.cancel()
    assert handle.state is JobState.CANCELLED
    gate.go.set()
    assert queue.submit(Job("third", lambda t, p: None)).wait(WAIT)
    assert ends.said == [("cancelled", None)]
    assert not ran


def test_cancel_in_the_middle_stops_the_job_at_its_next_check(queue: JobQueue) -> None:
    gate, ends = Gate(), Ends()
    handle = queue.submit(Job("x", gate), **ends.callbacks())
    assert gate.begun.wait(WAIT)
    handle.cancel()
    assert handle.wait(WAIT)
    assert handle.state is JobState.CANCELLED
    assert ends.said == [("cancelled", None)]


def test_a_job_that_finishes_in_spite_of_a_cancel_is_dropped(queue: JobQueue) -> None:
    gate, ends = Gate(result="late", heed=False), Ends()
    handle = queue.submit(Job("x", gate), **ends.callbacks())
    assert gate.begun.wait(WAIT)
    handle.cancel()
    assert handle.state is JobState.RUNNING  # it has not stopped yet
    gate.go.set()
    assert handle.wait(WAIT)
    assert ends.said == [("cancelled", None)]


def test_a_cancel_between_the_end_and_its_delivery_still_wins() -> None:
    posted: list[Callable[[], None]] = []
    came = threading.Event()

    def post(call: Callable[[], None]) -> None:
        posted.append(call)
        came.set()

    ends = Ends()
    with JobQueue(post) as queue:
        handle = queue.submit(Job("x", lambda t, p: "ready"), **ends.callbacks())
        assert came.wait(WAIT)
        handle.cancel()
        for call in posted:
            call()
    assert ends.said == [("cancelled", None)]
    assert handle.state is JobState.CANCELLED


def test_progress_that_waits_for_delivery_is_dropped_after_a_cancel() -> None:
    posted: list[Callable[[], None]] = []
    gate, ends = Gate(), Ends()

    def run(token: CancelToken, progress: Progress) -> None:
        progress(0.5, "half")
        gate(token, progress)

    with JobQueue(posted.append) as queue:
        handle = queue.submit(Job("x", run), **ends.callbacks())
        assert gate.begun.wait(WAIT)
        handle.cancel()
    for call in posted:
        call()
    assert ends.said == [("cancelled", None)]


def test_cancel_after_the_end_changes_nothing(queue: JobQueue) -> None:
    ends = Ends()
    handle = queue.submit(Job("x", lambda t, p: 1), **ends.callbacks())
    assert handle.wait(WAIT)
    handle.cancel()
    assert ends.said == [("done", 1)]
    assert handle.state is JobState.DONE


def test_a_job_may_give_up_by_itself(queue: JobQueue) -> None:
    def run(token: CancelToken, progress: Progress) -> None:
        raise Cancelled

    ends = Ends()
    assert queue.submit(Job("x", run), **ends.callbacks()).wait(WAIT)
    assert ends.said == [("cancelled", None)]


# -- failing -------------------------------------------------------------------------------------


def raising(error: BaseException) -> Job[None]:
    def run(token: CancelToken, progress: Progress) -> None:
        raise error

    return Job("Simplify Lines", run)


def test_a_typed_error_reaches_the_artist_as_it_is(queue: JobQueue) -> None:
    ends, error = Ends(), BadInput("The layer is empty.")
    handle = queue.submit(raising(error), **ends.callbacks())
    assert handle.wait(WAIT)
    assert ends.said == [("error", error)]
    assert handle.state is JobState.FAILED


def test_too_little_memory_is_said_in_words(queue: JobQueue) -> None:
    ends = Ends()
    assert queue.submit(raising(MemoryError()), **ends.callbacks()).wait(WAIT)
    assert isinstance(ends.said[0][1], OutOfMemory)


@pytest.mark.parametrize("error", [ValueError("secret detail"), SystemExit(3), KeyError("x")])
def test_an_unexpected_error_is_logged_in_full_and_the_lane_lives_on(
    queue: JobQueue, caplog: pytest.LogCaptureFixture, error: BaseException
) -> None:
    ends = Ends()
    assert queue.submit(raising(error), **ends.callbacks()).wait(WAIT)
    kind, shown = ends.said[0]
    assert kind == "error" and type(shown) is JobError
    assert "Simplify Lines" in str(shown) and "secret" not in str(shown)
    logged = [r for r in caplog.records if r.exc_info and r.exc_info[1] is error]
    assert len(logged) == 1 and logged[0].levelno == logging.ERROR
    after = Ends()
    assert queue.submit(Job("next", lambda t, p: "fine"), **after.callbacks()).wait(WAIT)
    assert after.said == [("done", "fine")]


def test_a_failure_keeps_no_frame_and_so_no_array_alive(queue: JobQueue) -> None:
    class Big:
        pass

    seen: list[weakref.ref[Big]] = []

    def run(token: CancelToken, progress: Progress) -> None:
        big = Big()
        seen.append(weakref.ref(big))
        try:
            raise ValueError(big)
        except ValueError as cause:
            raise BadInput("no") from cause

    ends = Ends()
    assert queue.submit(Job("x", run), **ends.callbacks()).wait(WAIT)
    assert isinstance(ends.said[0][1], BadInput)
    assert queue.submit(Job("next", lambda t, p: None)).wait(WAIT)
    gc.collect()
    assert seen[0]() is None


def test_a_finished_job_holds_neither_its_input_nor_its_result(queue: JobQueue) -> None:
    class Big:
        pass

    def run(big: Big, token: CancelToken, progress: Progress) -> tuple[Big, Big]:
        return big, Big()

    big: Big = Big()
    results: list[tuple[Big, Big]] = []
    handle = queue.submit(Job("x", partial(run, big)), on_done=results.append)
    assert handle.wait(WAIT)
    assert queue.submit(Job("next", lambda t, p: None)).wait(WAIT)
    held = [weakref.ref(big), weakref.ref(results.pop()[1])]
    del big
    gc.collect()
    assert [ref() for ref in held] == [None, None]
    assert handle.label == "x"


def test_a_callback_s_own_mistake_is_logged_and_ends_nothing(
    queue: JobQueue, caplog: pytest.LogCaptureFixture
) -> None:
    def clumsy(result: object) -> None:
        raise RuntimeError("widget is gone")

    handle = queue.submit(Job("x", lambda t, p: 1), on_done=clumsy)
    assert handle.wait(WAIT)
    assert handle.state is JobState.DONE
    assert queue.submit(Job("y", lambda t, p: 1)).wait(WAIT)
    assert "widget is gone" in caplog.text


def test_a_delivery_that_cannot_be_made_does_not_hang_the_waiter(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def gone(call: Callable[[], None]) -> None:
        raise RuntimeError("the event loop is gone")

    with JobQueue(gone) as queue:
        handle = queue.submit(Job("x", lambda t, p: 1))
        assert handle.wait(WAIT)
    assert "the event loop is gone" in caplog.text


# -- shutting down -------------------------------------------------------------------------------


def test_shutdown_cancels_what_runs_and_what_waits(queue: JobQueue) -> None:
    gate, running, waiting = Gate(), Ends(), Ends()
    a = queue.submit(Job("running", gate), **running.callbacks())
    b = queue.submit(Job("waiting", lambda t, p: 1), **waiting.callbacks())
    assert gate.begun.wait(WAIT)
    assert queue.shutdown(timeout=WAIT) is True
    assert running.said == waiting.said == [("cancelled", None)]
    assert not a.active and not b.active
    assert queue.active == ()


def test_shutdown_says_when_a_job_does_not_listen() -> None:
    gate = Gate(heed=False)
    queue = JobQueue()
    handle = queue.submit(Job("deaf", gate))
    assert gate.begun.wait(WAIT)
    assert queue.shutdown(timeout=0) is False
    gate.go.set()
    assert queue.shutdown(timeout=WAIT) is True
    assert handle.state is JobState.CANCELLED


def test_a_job_submitted_after_shutdown_is_cancelled_at_once(queue: JobQueue) -> None:
    assert queue.shutdown()
    ends = Ends()
    handle = queue.submit(Job("late", lambda t, p: 1), **ends.callbacks())
    assert handle.state is JobState.CANCELLED
    assert ends.said == [("cancelled", None)]
    assert queue.shutdown()


def test_a_callback_may_shut_the_queue_down(queue: JobQueue) -> None:
    handle = queue.submit(Job("x", lambda t, p: 1), on_done=lambda r: queue.shutdown())
    assert handle.wait(WAIT)
    assert handle.state is JobState.DONE


# -- many ----------------------------------------------------------------------------------------


def test_many_submits_from_many_threads_each_end_exactly_once(queue: JobQueue) -> None:
    """Four artists hammer two lanes with keys, cancels and failures."""
    ends: list[Ends] = []
    handles = []
    lock = threading.Lock()

    def run(number: int, token: CancelToken, progress: Progress) -> int:
        progress(0.5)
        token.check()
        if number % 5 == 0:
            raise BadInput("fifth")
        return number

    def hammer(seed: int) -> None:
        for i in range(60):
            number, end = seed * 1000 + i, Ends()
            job = Job(
                str(number),
                partial(run, number),
                lane=("cpu", "io")[i % 2],
                key=None if i % 3 else f"key{i % 4}",
            )
            handle = queue.submit(job, **end.callbacks())
            with lock:
                ends.append(end)
                handles.append(handle)
            if i % 7 == 0:
                handle.cancel()

    threads = [threading.Thread(target=hammer, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(handle.wait(WAIT) for handle in handles)
    finals = ("done", "error", "cancelled")
    for handle, end in zip(handles, ends, strict=True):
        assert [kind for kind, _ in end.said if kind in finals] == [end.last]
        assert handle.state.value == {"error": "failed"}.get(end.last, end.last)
    assert len(handles) == 240
    assert queue.active == ()


def test_live_mode_always_ends_with_the_newest_request(queue: JobQueue) -> None:
    shown: list[int] = []

    def run(number: int, token: CancelToken, progress: Progress) -> int:
        return number

    handles = [
        queue.submit(Job("live", partial(run, i), key="live"), on_done=shown.append)
        for i in range(200)
    ]
    assert all(handle.wait(WAIT) for handle in handles)
    assert shown == sorted(shown)
    assert shown[-1] == 199
