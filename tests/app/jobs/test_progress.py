# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress at a readable rate, on a clock that the test turns. May import app.jobs only."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import pairwise
from math import inf, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.jobs import CancelToken
from app.jobs.progress import INTERVAL, Paced, Progress, silent


class Clock:
    """Time and timers that move only when told to."""

    def __init__(self) -> None:
        self.now = 100.0
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        return self.now

    def later(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        timer = (self.now + seconds, call)
        self.timers.append(timer)
        return lambda: self.timers.remove(timer) if timer in self.timers else None

    def advance(self, seconds: float) -> None:
        end = self.now + seconds
        while due := [t for t in self.timers if t[0] <= end]:
            timer = min(due, key=lambda t: t[0])
            self.timers.remove(timer)
            self.now = max(self.now, timer[0])
            timer[1]()
        self.now = end


def make(clock: Clock) -> tuple[Progress, list[tuple[float, str]], list[object]]:
    reports: list[tuple[float, str]] = []
    previews: list[object] = []
    progress = Progress(
        lambda fraction, text: reports.append((fraction, text)),
        previews.append,
        clock=clock.time,
        later=clock.later,
    )
    return progress, reports, previews


def test_a_storm_of_reports_arrives_at_thirty_a_second() -> None:
    clock = Clock()
    progress, reports, _ = make(clock)
    for i in range(1000):
        progress(i / 1000)
        clock.advance(0.001)
    assert 29 <= len(reports) <= 31
    assert reports == sorted(reports)


def test_a_report_just_before_a_long_silence_is_still_shown() -> None:
    clock = Clock()
    progress, reports, _ = make(clock)
    progress(0.1, "Reading")
    progress(0.2, "Running the network")
    assert reports == [(0.1, "Reading")]
    clock.advance(10)
    assert reports == [(0.1, "Reading"), (0.2, "Running the network")]


def test_closing_delivers_the_last_report_and_preview_and_nothing_after_them() -> None:
    clock = Clock()
    progress, reports, previews = make(clock)
    for i in range(5):
        progress(i / 4, str(i))
        progress.preview(i)
    progress.close()
    progress(0.5, "late")
    progress.preview("late")
    progress.close()
    clock.advance(1)
    assert reports == [(0.0, "0"), (1.0, "4")]
    assert previews == [0, 4]
    assert not clock.timers


@pytest.mark.parametrize(
    ("given_", "shown"), [(-1, 0.0), (7, 1.0), (0.25, 0.25), (nan, 0.0), (inf, 1.0), (-inf, 0.0)]
)
def test_fractions_are_brought_into_range(given_: float, shown: float) -> None:
    progress, reports, _ = make(Clock())
    progress(given_)
    assert reports == [(shown, "")]


def test_a_receiver_may_report_on() -> None:
    clock, seen = Clock(), []

    def receive(value: int) -> None:
        seen.append(value)
        if value < 3:
            paced.put(value + 1)

    paced: Paced[int] = Paced(receive, 1.0, clock.time, clock.later)
    paced.put(0)
    clock.advance(10)
    assert seen == [0, 1, 2, 3]


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.floats(0, 0.1), min_size=1, max_size=60))
def test_values_keep_their_order_their_distance_and_their_last(pauses: list[float]) -> None:
    clock = Clock()
    seen: list[tuple[float, int]] = []
    paced: Paced[int] = Paced(
        lambda value: seen.append((clock.now, value)), INTERVAL, clock.time, clock.later
    )
    for number, pause in enumerate(pauses):
        clock.advance(pause)
        paced.put(number)
    clock.advance(1)
    values = [value for _, value in seen]
    assert values == sorted(set(values))
    assert values[0] == 0
    assert values[-1] == len(pauses) - 1
    times = [at for at, _ in seen]
    assert all(b - a >= INTERVAL - 1e-9 for a, b in pairwise(times))


def test_with_real_threads_the_held_report_comes_by_itself_and_no_thread_stays() -> None:
    arrived = threading.Event()
    progress = Progress(lambda f, t: arrived.set() if t == "held" else None, lambda value: None)
    progress(0.1, "first")
    progress(0.2, "held")
    assert arrived.wait(30)
    progress(0.3, "held again")
    progress.close()
    assert not [t for t in threading.enumerate() if t.name == "limner-progress" and t.is_alive()]


def test_a_job_s_function_can_be_run_without_a_queue() -> None:
    def run(token: CancelToken, progress: Progress) -> str:
        progress(0.5, "half")
        progress.preview(object())
        return "done"

    assert run(CancelToken(), silent()) == "done"
