# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches made ahead of time.  Imports torch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch.utils.data import DataLoader, Dataset


def batches_from(batches: Dataset[Any], first: int, total: int, workers: int) -> Iterator[Any]:
    """Batches first..total-1 of a data set of whole batches, in order.

    Args:
        workers: processes that make them ahead of time; 0: each is made when it is asked for.
    """
    loader: DataLoader[Any] = DataLoader(
        batches,
        batch_size=None,
        sampler=range(first, total),
        num_workers=workers,
    )
    return iter(loader)
