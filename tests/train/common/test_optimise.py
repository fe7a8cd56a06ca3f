# SPDX-License-Identifier: GPL-3.0-or-later
"""Averaged weights, and gradients that must be there and be numbers."""

import pytest
import torch
from torch import nn

from train.common.optimise import Ema, TrainingDivergedError, check_gradients


def test_the_average_converges_to_weights_that_stand_still() -> None:
    net = nn.Linear(2, 2)
    ema = Ema(net, 0.9)
    with torch.no_grad():
        net.weight.fill_(3.0)
    for _ in range(200):
        ema.update(net)
    assert torch.allclose(ema.net.weight, net.weight, atol=1e-4)


def test_a_decay_of_nought_is_the_last_weights_and_buffers_follow() -> None:
    net = nn.BatchNorm1d(2)
    ema = Ema(net, 0.0)
    net(torch.randn(8, 2))
    with torch.no_grad():
        net.weight.fill_(5.0)
    ema.update(net)
    assert torch.equal(ema.net.weight, net.weight)
    assert torch.equal(ema.net.running_mean, net.running_mean)


def test_an_average_goes_on_from_its_state() -> None:
    net = nn.Linear(2, 2)
    first, second = Ema(net, 0.99), Ema(nn.Linear(2, 2), 0.99)
    first.update(net)
    second.load_state_dict(first.state_dict())
    with torch.no_grad():
        net.weight.add_(1.0)
    first.update(net)
    second.update(net)
    assert torch.equal(first.net.weight, second.net.weight)


def test_the_norm_is_that_of_all_gradients() -> None:
    net = nn.Linear(1, 1)
    loss = 3 * net.weight.sum() + 4 * net.bias.sum()
    loss.backward()
    assert check_gradients(loss, net.named_parameters(), 1) == pytest.approx(5.0)


def test_a_gradient_that_is_no_number_names_step_and_parameter() -> None:
    net = nn.Linear(1, 1)
    loss = net(torch.tensor([[float("nan")]])).sum()
    loss.backward()
    with pytest.raises(TrainingDivergedError, match=r"step 41.*weight"):
        check_gradients(loss, net.named_parameters(), 41)


def test_a_parameter_without_gradient_is_named_unless_it_is_frozen() -> None:
    net = nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1))
    loss = net[0](torch.ones(1, 1)).sum()
    loss.backward()
    with pytest.raises(RuntimeError, match=r"1\.weight, 1\.bias"):
        check_gradients(loss, net.named_parameters(), 1)
    net[1].requires_grad_(False)
    assert check_gradients(loss, net.named_parameters(), 1) > 0
