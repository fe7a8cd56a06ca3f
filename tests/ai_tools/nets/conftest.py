# SPDX-License-Identifier: GPL-3.0-or-later
"""What every test of a network gets: a seed and one thread.  Nothing is collected without torch."""

from collections.abc import Iterator
from importlib.util import find_spec

import pytest

if find_spec("torch") is None:
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(autouse=True)
def _repeatable() -> Iterator[None]:
    """Small tensors only lose time to threads; the seed makes a failure come back."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(threads)
