# SPDX-License-Identifier: GPL-3.0-or-later
"""Randomness as a function of (seed, step, rank).  Imports numpy and torch.

No generator lives on between steps: what is random in a step is drawn from a seed made of the
run's seed and the step's number.  A resumed run therefore draws what the uninterrupted one would
have drawn, with nothing to save, and whatever the number of data loading processes.
"""

from __future__ import annotations

import numpy as np
import torch


def numpy_generator(*key: int) -> np.random.Generator:
    """A generator for non-negative integers such as (seed, step, rank)."""
    return np.random.default_rng(key)


def seed_torch(*key: int) -> None:
    """Seeds torch's generators on all devices from non-negative integers."""
    state = np.random.SeedSequence(key).generate_state(2, np.uint32)
    torch.manual_seed(int(state[0]) << 31 | int(state[1]) >> 1)


def batch_indices(
    count: int, batch: int, step: int, seed: int, lengths: np.ndarray | None = None
) -> np.ndarray:
    """Which `batch` of `count` items step `step` uses: every item once an epoch, in random order.

    The items left over at an epoch's end are left out of it.  With `lengths` (count,), a batch
    holds items of like length, which saves padding: stretches of twenty batches are sorted, and
    the batches shuffled again.

    Raises:
        ValueError: fewer items than a batch.
    """
    per_epoch = count // batch
    if per_epoch == 0:
        raise ValueError(f"{count} items do not fill a batch of {batch}")
    epoch, index = divmod(step, per_epoch)
    generator = numpy_generator(seed, epoch)
    order = generator.permutation(count)[: per_epoch * batch]
    if lengths is not None:
        stretch = 20 * batch
        parts = [order[i : i + stretch] for i in range(0, len(order), stretch)]
        order = np.concatenate([part[np.argsort(lengths[part], kind="stable")] for part in parts])
        index = int(generator.permutation(per_epoch)[index])
    return order[index * batch : (index + 1) * batch]
