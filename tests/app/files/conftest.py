# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for the tests of app.files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.files.cache import EncodedCache


@pytest.fixture
def cache() -> EncodedCache:
    """A cache of the test's own, so that no test reads what another one encoded."""
    return EncodedCache()


@pytest.fixture
def no_leftovers(tmp_path: Path) -> Iterator[Path]:
    """A folder that must hold no temporary file when the test is over."""
    yield tmp_path
    assert not list(tmp_path.rglob(".*.tmp"))
