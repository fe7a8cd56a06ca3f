# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for the job tests. May import app.jobs only."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from app.jobs import JobQueue


def limner_threads() -> list[threading.Thread]:
    """Threads that the job room started and that are still there."""
    return [t for t in threading.enumerate() if t.name.startswith("limner-")]


@pytest.fixture
def queue() -> Iterator[JobQueue]:
    """A queue that delivers in its own threads; the test fails when a thread outlives it."""
    queue = JobQueue()
    yield queue
    assert queue.shutdown(timeout=10), "a job did not stop"
    for thread in limner_threads():
        thread.join(10)  # a progress timer that has just rung may be on its last step
    assert not limner_threads()
