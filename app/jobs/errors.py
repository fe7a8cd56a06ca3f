# SPDX-License-Identifier: GPL-3.0-or-later
"""How a job can fail. Imports nothing of ours.

The text of every `JobError` is one plain sentence for the artist; the details belong in the log.
"""

from __future__ import annotations


class Cancelled(Exception):  # noqa: N818, says what happened
    """Raised inside a job whose token was cancelled.

    No `JobError`, so that `except JobError` in a job never swallows a cancel.
    """


class JobError(Exception):
    """A job could not do its work; `str(error)` is the sentence to show."""


class BadInput(JobError):  # noqa: N818, says what happened
    """What the job was given cannot be used: an empty layer, a broken file, a wrong size."""


class OutOfMemory(JobError):  # noqa: N818, says what happened
    """The machine, or its graphics card, had too little memory for the job."""

    def __init__(
        self,
        message: str = "There was not enough memory. Try a smaller area or close other programs.",
    ) -> None:
        super().__init__(message)


class WeightsMissing(JobError):  # noqa: N818, says what happened
    """The network file that the job needs is absent or damaged."""


def as_job_error(error: BaseException, label: str) -> JobError:
    """The error to show for anything that a job raised.

    A `JobError` is returned as it is. Running out of memory is recognised without importing the
    libraries that report it in their own way: torch's `OutOfMemoryError`, and OpenCV's `error`
    with code -4 (`StsNoMem`).
    """
    if isinstance(error, JobError):
        return error
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return OutOfMemory()
    if type(error).__module__ == "cv2" and getattr(error, "code", None) == -4:
        return OutOfMemory()
    return JobError(f"{label} stopped because of an internal error. The log has the details.")
