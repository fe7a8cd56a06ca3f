# SPDX-License-Identifier: GPL-3.0-or-later
"""What every test gets: no screen, home folders of its own, and the reference material if present.

May import the standard library, pytest and hypothesis only: it is loaded before any part of
Limner.
"""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

# A slow machine is no failure: how long an example takes is never judged.
settings.register_profile("limner", deadline=None)
settings.load_profile("limner")

SHARED = Path(__file__).resolve().parents[2] / "shared"

# Set while this file loads, because Qt and platformdirs read them at their first use.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
_home = tempfile.TemporaryDirectory(prefix="limner-test-", ignore_cleanup_errors=True)
for _variable, _folder in {
    "XDG_CONFIG_HOME": "config",
    "XDG_DATA_HOME": "data",
    "XDG_CACHE_HOME": "cache",
    "XDG_STATE_HOME": "state",
    "XDG_RUNTIME_DIR": "runtime",
}.items():
    _path = Path(_home.name) / _folder
    _path.mkdir(mode=0o700)
    os.environ[_variable] = str(_path)


def pytest_unconfigure() -> None:
    """Removes the test run's home folders."""
    _home.cleanup()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips tests marked `needs_shared` where there is no ../shared."""
    if SHARED.is_dir():
        return
    skip = pytest.mark.skip(reason=f"no reference material at {SHARED}")
    for item in items:
        if item.get_closest_marker("needs_shared"):
            item.add_marker(skip)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference material beside the checkout; skips the test where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"no reference material at {SHARED}")
    return SHARED
