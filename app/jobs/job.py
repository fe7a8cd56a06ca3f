# SPDX-License-Identifier: GPL-3.0-or-later
"""What a job is. Imports job room types only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.jobs.progress import Progress
from app.jobs.token import CancelToken

T = TypeVar("T")


@dataclass(frozen=True)
class Job(Generic[T]):
    """A piece of work for a worker thread.

    Attributes:
        label: what it does, as the artist would say it ("Simplify Lines").
        run: the work; called once, in the lane's thread, with the token to check between steps
            and the progress to report to. Returns the result, or raises `JobError`.
        lane: jobs of one lane run one after another; lanes run side by side. One lane a device
            keeps networks from fighting over it.
        key: a newer job with the same key replaces this one (live previews); None never does.
    """

    label: str
    run: Callable[[CancelToken, Progress], T]
    lane: str = "cpu"
    key: str | None = None
