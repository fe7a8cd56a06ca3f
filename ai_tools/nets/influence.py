# SPDX-License-Identifier: GPL-3.0-or-later
"""The influence layer of AI-Sketcher in two wirings.  Imports torch and `ai_tools.nets`.

Source: Cao et al., AI-Sketcher (AAAI 2019).  The slides say that the layer takes all hidden values
of the encoder up to the latest drawing step and gives mean and deviation of a_d; they do not say
how a growing set becomes a vector.  `PrefixInfluence` is the plain reading of the slide;
`VariationalAttention` is the layer that the authors' code contains but never calls.

The memory of both is a sequence whose row 0 is zero, the encoder's state before the first point.
"""

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ai_tools.nets.sketchrnn import Gaussian


class PrefixInfluence(nn.Module):
    """Running mean and latest of the states h_1..h_i -> Linear -> Gaussian over a_d."""

    def __init__(self, hidden: int, size: int) -> None:
        super().__init__()
        self.size = size
        self.linear = nn.Linear(2 * hidden, 2 * size)

    def forward(self, memory: Tensor, first: int) -> Gaussian:
        """memory (B, M, hidden), states h_0 = 0, h_1, ... -> Gaussian over (B, M - first, size)
        for the steps first..M-1.  Step i depends on h_0..h_i only."""
        fresh = memory[:, first:]
        total = memory[:, :first].sum(1, keepdim=True) + fresh.cumsum(1)
        # Step 0 has seen no point; dividing its zero sum by 1 keeps it zero.
        seen = torch.arange(first, memory.shape[1], device=memory.device).clamp_min(1)
        features = torch.cat([total / seen[:, None], fresh], 2)
        return Gaussian(*self.linear(features).chunk(2, 2))


class VariationalAttention(nn.Module):
    """Attention whose context is the mean of a Gaussian (Bahuleyan et al. 2018).

    The score, which the source leaves open, is Luong's bilinear product of decoder and memory.
    Row 0 of the memory always scores 0: attending to it means attending to nothing.
    """

    def __init__(
        self, memory: int, query: int, temperature: float, prior: Literal["zero", "mean"]
    ) -> None:
        super().__init__()
        self.size = memory
        self.temperature = temperature
        self.prior = prior
        self.query = nn.Linear(query, memory, bias=False)
        self.log_sigma = nn.Sequential(
            nn.Linear(memory, memory), nn.Tanh(), nn.Linear(memory, memory)
        )

    def forward(self, query: Tensor, memory: Tensor, mask: Tensor) -> tuple[Gaussian, Tensor]:
        """query (B, query), memory (B, M, memory), mask (B, M) True where memory counts.

        Returns the Gaussian over (B, memory) and the mean of its prior, same shape.
        """
        scores = torch.bmm(memory, self.query(query)[:, :, None])[..., 0]
        weights = F.softmax(scores.masked_fill(~mask, -torch.inf), 1)
        context = torch.bmm(weights[:, None], memory)[:, 0]
        prior = torch.zeros_like(context)
        if self.prior == "mean":
            # Row 0 adds nothing to the sum and is not counted either.
            total = (memory * mask[..., None]).sum(1)
            prior = total / (mask.sum(1, keepdim=True) - 1).clamp_min(1)
        return Gaussian(context, 2 * self.log_sigma(context)), prior

    def sample(self, influence: Gaussian, noise: Tensor | None) -> Tensor:
        """mean + temperature * sigma * noise; noise (B, memory), drawn where None."""
        if noise is None:
            noise = torch.randn_like(influence.mean)
        return influence.sample(self.temperature * noise)
