# SPDX-License-Identifier: GPL-3.0-or-later
"""Likelihoods and draws without torch are those of the networks' own mixture."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ai_tools.nets import mixture
from ai_tools.suggest.sampling import DOWN, END, LIFT, log_likelihood, sample, unpack


def outputs(*shape: int, components: int = 4, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.normal(0, 1.5, (*shape, 3 + 6 * components)).astype(np.float32)


def points(*shape: int, seed: int = 1) -> np.ndarray:
    random = np.random.default_rng(seed)
    pen = np.eye(3)[random.integers(0, 3, shape)]
    return np.concatenate([random.normal(0, 2, (*shape, 2)), pen], -1).astype(np.float32)


def test_unpacking_is_that_of_the_networks() -> None:
    raw = outputs(5, 7)
    ours, theirs = unpack(raw), mixture.unpack(torch.from_numpy(raw))
    for name in ("pen_logits", "log_weights", "mean", "log_sigma", "rho"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), atol=1e-5)


def test_likelihood_is_what_training_counts() -> None:
    raw, drawn = outputs(6, 9), points(6, 9)
    offset, pen = mixture.reconstruction_loss(
        torch.from_numpy(raw), torch.from_numpy(drawn), mask_pen=False
    )
    ours = log_likelihood(raw, drawn)
    assert ours.shape == (6, 9)
    assert ours.mean() == pytest.approx(-float(offset + pen), rel=1e-4)


def test_a_stray_point_costs_at_most_the_floor() -> None:
    raw = outputs(1)
    far = np.array([[1e4, -1e4, 1, 0, 0]], np.float32)
    assert log_likelihood(raw, far)[0] > np.log(1e-6) - 8


def test_the_same_seed_draws_the_same() -> None:
    raw = outputs(20)
    first, again = (sample(raw, 0.5, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert first.dtype == np.float32 and first.shape == (20, 5)
    assert (first[:, 2:].sum(1) == 1).all()


def test_draws_have_the_mixture_s_mean_spread_and_pen() -> None:
    one = np.zeros(3 + 6, np.float32)
    one[:3] = np.log([0.6, 0.3, 0.1])
    one[3:] = [0, 2.0, -1.0, np.log(0.5), np.log(2.0), np.arctanh(0.6)]
    drawn = sample(np.repeat(one[None], 40_000, 0), 1.0, np.random.default_rng(0))
    shares = drawn[:, 2:].mean(0)
    np.testing.assert_allclose(shares, [0.6, 0.3, 0.1], atol=0.02)
    moving = drawn[drawn[:, 2 + END] == 0, :2]
    np.testing.assert_allclose(moving.mean(0), [2, -1], atol=0.05)
    np.testing.assert_allclose(moving.std(0), [0.5, 2], rtol=0.03)
    assert np.corrcoef(*moving.T).min() == pytest.approx(0.6, abs=0.03)
    assert not drawn[drawn[:, 2 + END] == 1, :2].any()


def test_a_cool_hand_is_steady_but_still_lifts_the_pen() -> None:
    one = np.zeros((5000, 3 + 6), np.float32)
    one[:, :3] = np.log([0.8, 0.15, 0.05])
    warm = sample(one, 1.0, np.random.default_rng(1))
    cool = sample(one, 0.0, np.random.default_rng(1))
    assert cool[:, :2].std() == 0 and warm[:, :2].std() > 0.9
    assert cool[:, 2 + LIFT].mean() == pytest.approx(0.034, abs=0.02)
    assert cool[:, 2 + DOWN].mean() > warm[:, 2 + DOWN].mean()
