# SPDX-License-Identifier: GPL-3.0-or-later
"""The cancel switch. May import app.jobs only."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from app.jobs import Cancelled, CancelToken


def test_check_passes_until_somebody_cancels() -> None:
    token = CancelToken()
    token.check()
    assert not token.cancelled
    token.cancel()
    token.cancel()
    assert token.cancelled
    with pytest.raises(Cancelled):
        token.check()


def test_wait_ends_with_a_cancel_from_another_thread() -> None:
    token = CancelToken()
    assert token.wait(timeout=0) is False
    thread = threading.Thread(target=token.cancel)
    thread.start()
    assert token.wait(timeout=30) is True
    thread.join()


def test_the_flag_is_what_compiled_loops_look_at() -> None:
    token = CancelToken()
    seen = np.frombuffer(token.flag, np.uint8)
    assert seen[0] == 0
    token.cancel()
    assert seen[0] == 1
