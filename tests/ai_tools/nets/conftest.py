# SPDX-License-Identifier: GPL-3.0-or-later
"""What every test of a network gets: a seed and one thread.  Nothing is collected without torch."""

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

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


@pytest.fixture
def settle() -> Callable[[Any, Callable[[], Any]], Any]:
    """Brings a network into evaluation mode after a few passes that set its normalisation.

    With the initial statistics, signals fade over the layers and tests would compare constants.
    """
    import torch
    from torch import nn

    def apply(net: Any, run: Callable[[], Any]) -> Any:
        for module in net.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = 0.5  # takes few passes
        net.train()
        with torch.no_grad():
            for _ in range(6):
                run()
        return net.eval()

    return apply
