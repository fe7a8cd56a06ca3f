# SPDX-License-Identifier: GPL-3.0-or-later
"""Averaged weights, and the check that keeps a broken update out of them.  Imports torch only."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn


class TrainingDivergedError(Exception):
    """The loss or a gradient stopped being a number; the last checkpoint is from before that."""


NetT = TypeVar("NetT", bound=nn.Module)


class Ema(Generic[NetT]):
    """Exponential moving average of a network's weights, usually better than the last weights.

    The average warms up: after t updates the decay is min(decay, (1 + t) / (10 + t)), so that the
    first, random weights are forgotten quickly.
    """

    def __init__(self, net: NetT, decay: float) -> None:
        """Args: decay in 0..1, such as 0.999; 0 always equals the last weights."""
        self.net: NetT = copy.deepcopy(net).eval().requires_grad_(False)
        self.decay = decay
        self.updates = 0

    @torch.no_grad()
    def update(self, net: nn.Module) -> None:
        """Takes in the weights after an optimiser's step; buffers are copied."""
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        self.updates += 1
        for average, new in zip(self.net.parameters(), net.parameters(), strict=True):
            average.lerp_(new, 1 - decay)
        for average, new in zip(self.net.buffers(), net.buffers(), strict=True):
            average.copy_(new)

    def state_dict(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {"net": self.net.state_dict(), "updates": self.updates}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """The inverse of `state_dict`."""
        self.net.load_state_dict(state["net"])
        self.updates = int(state["updates"])


def check_gradients(
    loss: Tensor, parameters: Iterable[tuple[str, nn.Parameter]], step: int
) -> float:
    """The norm of all gradients after a backward pass, which must be finite.

    Args:
        parameters: `named_parameters()` of all that this step trains.

    Raises:
        TrainingDivergedError: the loss or a gradient is infinite or no number; nothing has been
            changed yet.
        RuntimeError: a parameter that shall be trained got no gradient: it is not connected.
    """
    named = [(name, p) for name, p in parameters if p.requires_grad]
    if loose := [name for name, p in named if p.grad is None]:
        raise RuntimeError(f"no gradient reaches {', '.join(loose)}")
    norm = torch.stack([p.grad.norm() for _, p in named]).norm()
    if not torch.isfinite(norm) or not torch.isfinite(loss):
        broken = [name for name, p in named if not torch.isfinite(p.grad).all()]
        raise TrainingDivergedError(
            f"step {step}: loss {loss.item()}, gradient norm {norm.item()}"
            + (f", first broken in {broken[0]}" if broken else "")
            + "; resume from the last checkpoint with a lower learning rate"
        )
    return float(norm)
