# SPDX-License-Identifier: GPL-3.0-or-later
"""The order of data and all randomness follow from the seed and the step alone."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from train.common.seeds import batch_indices, seed_torch


@given(st.integers(1, 60), st.integers(1, 12), st.integers(0, 3), st.booleans())
def test_an_epoch_uses_every_item_at_most_once(
    count: int, batch: int, epoch: int, by_length: bool
) -> None:
    if count < batch:
        with pytest.raises(ValueError, match="do not fill"):
            batch_indices(count, batch, 0, 1)
        return
    lengths = np.arange(count) % 7 if by_length else None
    steps = range(epoch * (count // batch), (epoch + 1) * (count // batch))
    used = np.concatenate([batch_indices(count, batch, step, 5, lengths) for step in steps])
    assert len(used) == len(set(used.tolist())) == count // batch * batch
    assert used.min() >= 0 and used.max() < count


def test_epochs_and_seeds_differ_and_repeat() -> None:
    first = batch_indices(1000, 100, 0, 1)
    assert (batch_indices(1000, 100, 0, 1) == first).all()
    assert (batch_indices(1000, 100, 10, 1) != first).any()
    assert (batch_indices(1000, 100, 0, 2) != first).any()


def test_batches_by_length_hold_like_lengths() -> None:
    lengths = np.random.default_rng(0).integers(1, 250, 2000)

    def spread(by: np.ndarray | None) -> float:
        batches = [batch_indices(2000, 50, step, 1, by) for step in range(40)]
        return float(np.mean([np.ptp(lengths[batch]) for batch in batches]))

    assert spread(lengths) < 0.2 * spread(None)


def test_torch_draws_the_same_after_the_same_key() -> None:
    seed_torch(1, 2, 3)
    first = torch.randn(5)
    seed_torch(1, 2, 4)
    assert not torch.equal(torch.randn(5), first)
    seed_torch(1, 2, 3)
    assert torch.equal(torch.randn(5), first)
