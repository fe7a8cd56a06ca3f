# SPDX-License-Identifier: GPL-3.0-or-later
"""A long short-term memory layer with one bias and recurrent dropout.  Imports torch only.

torch's own LSTM has two biases that only ever act as their sum, and no dropout inside the
recurrence.  This one has the parameters of the Sketch-RNN papers, calls torch's fused kernel
whenever no mask is needed inside the loop, and otherwise runs the loop itself.
"""

from typing import Literal

import torch
from torch import Tensor, nn

LstmState = tuple[Tensor, Tensor]
"""Hidden and cell state, both (B, hidden)."""

RecurrentDropout = Literal["candidate", "output", "none"]
"""Where `Lstm` drops units while training.

candidate: the candidate g of each step gets a fresh mask (Semeniuta et al. 2016), as in Sketch-RNN.
output: one mask per sequence on the outputs (Gal and Ghahramani's variational mask, but outside the
    recurrence): a deviation from Sketch-RNN that keeps the fused kernel.
"""


class Lstm(nn.Module):
    """One LSTM layer, batch first.  Gates in torch's order: input, forget, candidate, output."""

    def __init__(
        self, inputs: int, hidden: int, keep: float = 1.0, dropout: RecurrentDropout = "none"
    ) -> None:
        """Args: `keep` is the probability that `dropout` keeps a unit, 0 < keep <= 1."""
        super().__init__()
        self.hidden = hidden
        self.keep = keep
        self.dropout = dropout
        self.weight_input = nn.Parameter(torch.empty(4 * hidden, inputs))
        self.weight_hidden = nn.Parameter(torch.empty(4 * hidden, hidden))
        self.bias = nn.Parameter(torch.zeros(4 * hidden))
        self.register_buffer("_no_bias", torch.zeros(4 * hidden), persistent=False)
        nn.init.xavier_uniform_(self.weight_input)
        for gate in self.weight_hidden.data.chunk(4):
            nn.init.orthogonal_(gate)
        # A forget gate that starts open lets gradients reach early points of a sketch.
        self.bias.data[hidden : 2 * hidden] = 1.0

    def zero_state(self, batch: int) -> LstmState:
        """The state before the first step, two zero tensors (batch, hidden)."""
        zero = self.bias.new_zeros(batch, self.hidden)
        return zero, zero

    def forward(self, x: Tensor, state: LstmState | None = None) -> tuple[Tensor, LstmState]:
        """x (B, T, inputs), T >= 1 -> outputs (B, T, hidden), state after the last step."""
        if state is None:
            state = self.zero_state(len(x))
        dropping = self.training and self.keep < 1
        if dropping and self.dropout == "candidate":
            return self._scan(x, state, self._mask(len(x), x.shape[1], x))
        if x.shape[1] == 1:
            # On a CPU the fused kernel rearranges its weights at every call, which takes far
            # longer than a single step.
            out, state = self._scan(x, state, None)
            return self._dropped(out), state
        weights = [self.weight_input, self.weight_hidden, self.bias, self._no_bias]
        initial = (state[0][None], state[1][None])
        out, hidden, cell = torch.lstm(
            x, initial, weights, True, 1, 0.0, self.training, False, True
        )
        return self._dropped(out), (hidden[0], cell[0])

    def _scan(self, x: Tensor, state: LstmState, mask: Tensor | None) -> tuple[Tensor, LstmState]:
        """The loop, with a mask (B, T, hidden) on the candidate if any; what does not need the
        loop is done before it."""
        hidden, cell = state
        from_input = x @ self.weight_input.t() + self.bias
        weight = self.weight_hidden.t()
        outputs = []
        for t in range(x.shape[1]):
            i, f, g, o = torch.addmm(from_input[:, t], hidden, weight).chunk(4, 1)
            candidate = g.tanh() if mask is None else g.tanh() * mask[:, t]
            cell = f.sigmoid() * cell + i.sigmoid() * candidate
            hidden = o.sigmoid() * cell.tanh()
            outputs.append(hidden)
        return torch.stack(outputs, 1), (hidden, cell)

    def _dropped(self, out: Tensor) -> Tensor:
        """The outputs (B, T, hidden), masked while training if dropout acts on them."""
        if self.training and self.keep < 1 and self.dropout == "output":
            return out * self._mask(len(out), 1, out)
        return out

    def _mask(self, batch: int, steps: int, like: Tensor) -> Tensor:
        """(batch, steps, hidden) of 0 and 1/keep."""
        return like.new_empty(batch, steps, self.hidden).bernoulli_(self.keep) / self.keep


def reverse_padded(x: Tensor, lengths: Tensor) -> Tensor:
    """Reverses the first `lengths[b]` rows of each x[b]; the padding behind them stays in place.

    x (B, T, C), lengths (B,) int64 with 0 <= length <= T.  Its own inverse.
    """
    t = torch.arange(x.shape[1], device=x.device)
    index = lengths[:, None] - 1 - t
    index = torch.where(index >= 0, index, t)
    return x.gather(1, index[..., None].expand_as(x))


def last_valid(outputs: Tensor, lengths: Tensor) -> Tensor:
    """The row before the padding: outputs (B, T, C) -> (B, C); zero, the state before any step,
    where the length is 0."""
    index = (lengths - 1).clamp_min(0)[:, None, None].expand(-1, 1, outputs.shape[2])
    return outputs.gather(1, index)[:, 0] * (lengths > 0)[:, None]
