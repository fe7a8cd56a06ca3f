# SPDX-License-Identifier: GPL-3.0-or-later
"""What the artist reads when a job fails. May import app.jobs only."""

from __future__ import annotations

import pytest

from app.jobs.errors import (
    BadInput,
    Cancelled,
    JobError,
    OutOfMemory,
    WeightsMissing,
    as_job_error,
)


@pytest.mark.parametrize("error", [BadInput("The layer is empty."), WeightsMissing("No file.")])
def test_a_job_s_own_error_is_shown_as_it_is(error: JobError) -> None:
    assert as_job_error(error, "Simplify Lines") is error


def test_running_out_of_memory_is_recognised_in_every_library_s_dialect() -> None:
    torch_like = type("OutOfMemoryError", (RuntimeError,), {})("CUDA out of memory")
    opencv_like = type("error", (Exception,), {"__module__": "cv2", "code": -4})("Insufficient")
    for error in (MemoryError(), torch_like, opencv_like):
        assert isinstance(as_job_error(error, "x"), OutOfMemory)


def test_opencv_really_reports_memory_with_that_code() -> None:
    cv2 = pytest.importorskip("cv2")
    assert cv2.Error.StsNoMem == -4
    assert cv2.error.__module__ == "cv2"


def test_an_unexpected_error_becomes_one_plain_sentence_with_the_job_s_name() -> None:
    shown = as_job_error(ZeroDivisionError("division by zero"), "Simplify Lines")
    assert type(shown) is JobError
    assert str(shown).startswith("Simplify Lines stopped")
    assert "division" not in str(shown)


def test_a_cancel_is_never_caught_as_an_error() -> None:
    assert not issubclass(Cancelled, JobError)
