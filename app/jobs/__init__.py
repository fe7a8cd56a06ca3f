# SPDX-License-Identifier: GPL-3.0-or-later
"""Work that takes longer than a frame: jobs, their progress, their cancelling, their errors.

Plain threads and plain callbacks: no Qt, and nothing else of this program is imported.
"""

from app.jobs.errors import BadInput, Cancelled, JobError, OutOfMemory, WeightsMissing
from app.jobs.job import Job
from app.jobs.progress import Progress
from app.jobs.queue import JobHandle, JobQueue, JobState
from app.jobs.token import CancelToken

__all__ = [
    "BadInput",
    "CancelToken",
    "Cancelled",
    "Job",
    "JobError",
    "JobHandle",
    "JobQueue",
    "JobState",
    "OutOfMemory",
    "Progress",
    "WeightsMissing",
]
