# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for the plugin tests. May import app.core, app.jobs and app.plugins only."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.jobs import JobQueue


@pytest.fixture
def queue() -> Iterator[JobQueue]:
    """A queue that delivers in its worker threads."""
    with JobQueue() as queue:
        yield queue
