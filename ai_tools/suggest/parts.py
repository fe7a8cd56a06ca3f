# SPDX-License-Identifier: GPL-3.0-or-later
"""The pieces of AI-Sketcher that inference calls.  Imports torch and `ai_tools.nets`.

`start` looks at an unfinished drawing as a whole and reads the start token, `read` runs the decoder
over the drawing's points, `step` adds one.  What AiSketcher keeps as a growing memory is a running
sum here, which is all that the influence layer reads of it, so that a state has the same size
however long the drawing is.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

from ai_tools.nets.ai_sketcher import AiSketcher, AiSketcherConfig
from ai_tools.nets.config import ConfigError
from ai_tools.nets.influence import PrefixInfluence
from ai_tools.nets.lstm import last_valid, reverse_padded
from ai_tools.nets.sketchrnn import POINT, initial_state
from ai_tools.parts import Part, Port
from ai_tools.suggest.decoder import state_sizes

_BATCH, _STEPS = 3, 5  # to trace with


def parts(config: AiSketcherConfig) -> tuple[Part, ...]:
    """The parts of an AI-Sketcher; points are in stroke-5 form, offsets divided by the scale.

    start: points (B, T, 5) without start token, T >= 1, of which the first `lengths` (B,) count;
        condition (B, k); latent_noise (B, latent); with an influence layer influence_noise
        (B, n_a), for all points the same.
        Returns raw (B, 3 + 6 M), the output for the first point, and a state in front of it:
        context, hidden and cell; what else it has (see `state_sizes`) is zero there.
    read: points (B, T, 5), T >= 1, and a state -> raw (B, T, 3 + 6 M), each for the point behind,
        and the state behind them, with "next_" before the names (an ONNX graph has no two values
        of one name).
    step: `read` for a single point (B, 5), without the axis of steps.

    Raises:
        ConfigError: the network has an influence layer with a memory that grows with the drawing,
            or a raster encoder, neither of which is used for suggestions.
    """
    if config.influence == "var_attn":
        raise ConfigError("suggestions need influence prefix_fc or none, not var_attn")
    if config.raster:
        raise ConfigError("suggestions need a network without raster encoder")
    looks = [
        Port("points", ("batch", "steps", POINT), (_BATCH, _STEPS, POINT)),
        Port("lengths", ("batch",), (_BATCH,), "int64"),
        _row("condition", config.condition),
        _row("latent_noise", config.latent),
    ]
    if config.influence == "prefix_fc":
        looks.append(_row("influence_noise", config.influence_size))
    constant = [_row("context", config.latent + config.condition)]
    if config.influence == "prefix_fc":
        constant.append(_row("influence_noise", config.influence_size))
    sizes = state_sizes(config.decoder_hidden, config.encoder_hidden, config.influence)
    state = (*constant, *(_row(name, size) for name, size in sizes.items()))
    many = Port("points", ("batch", "steps", POINT), (_BATCH, _STEPS, POINT))
    moved = ("raw", *(f"next_{name}" for name in sizes))
    return (
        Part("start", tuple(looks), ("raw", "context", "hidden", "cell"), _Start),
        Part("read", (many, *state), moved, partial(_Read, single=False)),
        Part("step", (_row("point", POINT), *state), moved, partial(_Read, single=True)),
    )


def _row(name: str, size: int) -> Port:
    return Port(name, ("batch", size), (_BATCH, size))


class _Decoder(nn.Module):
    """What `_Start` and `_Read` share."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        assert isinstance(net, AiSketcher)
        self.net = net

    def _decode(
        self,
        points: Tensor,
        context: Tensor,
        influence: Tensor | None,
        state: tuple[Tensor, Tensor],
    ) -> tuple[Tensor, Tensor, Tensor]:
        """points (B, T, 5), influence (B, T, n_a) -> raw (B, T, .), hidden, cell."""
        net = self.net
        latent = net.config.latent
        spread = context[:, None].expand(-1, points.shape[1], -1)
        parts = [spread[..., :latent], spread[..., latent:], points]
        if influence is not None:
            parts.insert(1, influence)
        out, (hidden, cell) = net.decoder(torch.cat(parts, 2), state)
        return net.output(out), hidden, cell


class _Start(_Decoder):
    """See `parts`."""

    def forward(
        self,
        points: Tensor,
        lengths: Tensor,
        condition: Tensor,
        latent_noise: Tensor,
        influence_noise: Tensor | None = None,
    ) -> tuple[Tensor, ...]:
        net = self.net
        # Made from the points: a tracer would take a batch size that is asked for as a constant.
        zero = 0 * points[:, 0, :1].expand(-1, net.config.encoder_hidden)
        ahead, _ = net.encoder.forward_lstm(points, (zero, zero))
        back, _ = net.encoder.backward_lstm(reverse_padded(points, lengths), (zero, zero))
        summary = torch.cat([last_valid(ahead, lengths), last_valid(back, lengths)], 1)
        latent = net.posterior(torch.cat([summary, condition], 1)).sample(latent_noise)
        state = initial_state(net.initial, torch.cat([latent, condition], 1))
        context = torch.cat([latent, condition], 1)
        token = 0 * points[:, :1] + points.new_tensor([0.0, 0.0, 1.0, 0.0, 0.0])
        influence = None
        if net.influence is not None and influence_noise is not None:
            influence = _influence(net.influence, zero[:, None], zero[:, None], influence_noise)
        raw, hidden, cell = self._decode(token, context, influence, state)
        return raw[:, 0], context, hidden, cell


class _Read(_Decoder):
    """See `parts`."""

    def __init__(self, net: nn.Module, single: bool) -> None:
        super().__init__(net)
        self.single = single

    def forward(self, points: Tensor, context: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        """`state`: the rest of it, in the order of `parts`."""
        if self.single:
            points = points[:, None]
        if self.net.influence is None:
            raw, *moved = self._decode(points, context, None, (state[0], state[1]))
        else:
            noise, hidden, cell, tracker_hidden, tracker_cell, total, count = state
            states, tracker = self.net.encoder.forward_lstm(points, (tracker_hidden, tracker_cell))
            seen = count[:, None] + torch.ones_like(points[..., :1]).cumsum(1)
            sums = total[:, None] + states.cumsum(1)
            influence = _influence(self.net.influence, sums / seen, states, noise)
            raw, hidden, cell = self._decode(points, context, influence, (hidden, cell))
            moved = [hidden, cell, *tracker, sums[:, -1], seen[:, -1]]
        return (raw[:, 0] if self.single else raw), *moved


def _influence(layer: nn.Module, mean: Tensor, latest: Tensor, noise: Tensor) -> Tensor:
    """a_d (B, T, n_a) from mean and latest of the tracker's states (B, T, H), as
    `PrefixInfluence` computes it from the whole of them."""
    assert isinstance(layer, PrefixInfluence)
    centre, log_variance = layer.linear(torch.cat([mean, latest], 2)).chunk(2, 2)
    return centre + (0.5 * log_variance).exp() * noise[:, None]
