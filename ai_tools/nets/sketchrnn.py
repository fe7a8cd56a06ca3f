# SPDX-License-Identifier: GPL-3.0-or-later
"""Sketch-RNN: a variational sequence model of drawings.  Imports torch and `ai_tools.nets`.

Source: Ha and Eck, "A Neural Representation of Sketch Drawings" (ICLR 2018), with the sizes of
the AI-Sketcher code: LSTM 256 per direction, latent 128, LSTM 512, 20 mixtures; 2.186 M parameters.

Sequences are in stroke-5 form (see `mixture`), offsets divided by the training set's standard
deviation.  Row 0 is the start token (0, 0, 1, 0, 0); rows 1..length are the drawing; end tokens
(0, 0, 0, 0, 1) fill up.  The encoder reads rows 1..N, the decoder reads rows 0..N-1 and predicts
rows 1..N.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from ai_tools.nets.config import NetConfig
from ai_tools.nets.lstm import (
    Lstm,
    LstmState,
    RecurrentDropout,
    last_valid,
    reverse_padded,
)
from ai_tools.nets.mixture import output_size, reconstruction_loss

POINT = 5
"""Numbers per point in stroke-5 form."""


@dataclass(frozen=True, kw_only=True)
class SketchRnnConfig(NetConfig):
    """Sizes; the defaults are the paper's "Sketch-RNN" row as AI-Sketcher trained it."""

    encoder: bool = True
    """False: the decoder-only variant, which starts from a zero state and has no latent."""
    encoder_hidden: int = 256
    decoder_hidden: int = 512
    latent: int = 128
    mixtures: int = 20
    keep: float = 0.9
    dropout: RecurrentDropout = "candidate"

    def __post_init__(self) -> None:
        sizes = (self.encoder_hidden, self.decoder_hidden, self.latent, self.mixtures)
        self.require(min(sizes) > 0, "sizes must be positive")
        self.require(0 < self.keep <= 1, "keep must be above 0 and at most 1")


@dataclass(frozen=True)
class Gaussian:
    """A diagonal Gaussian: mean and log of the variance, both (..., n)."""

    mean: Tensor
    log_variance: Tensor

    def sample(self, noise: Tensor) -> Tensor:
        """mean + sigma * noise; noise broadcasts against the mean, N(0, 1) while training."""
        return self.mean + (0.5 * self.log_variance).exp() * noise

    def kl(self, prior_mean: Tensor | float = 0.0) -> Tensor:
        """Divergence from N(prior_mean, 1), averaged over the n dimensions: (...)."""
        shift = self.mean - prior_mean
        return -0.5 * (1 + self.log_variance - shift**2 - self.log_variance.exp()).mean(-1)


@dataclass(frozen=True)
class Encoding:
    """What the bidirectional encoder saw; rows behind a drawing's end are meaningless."""

    summary: Tensor  # (B, 2 H): last forward and last backward state
    forward_states: Tensor  # (B, N, H): row i has seen points 1..i+1 only
    backward_states: Tensor  # (B, N, H)
    forward_end: LstmState  # forward state behind row N-1


class SketchEncoder(nn.Module):
    """Bidirectional LSTM over the points of a drawing."""

    def __init__(self, config: SketchRnnConfig) -> None:
        super().__init__()
        options = (POINT, config.encoder_hidden, config.keep, config.dropout)
        self.forward_lstm = Lstm(*options)
        self.backward_lstm = Lstm(*options)

    def forward(self, points: Tensor, lengths: Tensor) -> Encoding:
        """points (B, N, 5), N >= 1, lengths (B,) int64 in 0..N."""
        ahead, end = self.forward_lstm(points)
        back, _ = self.backward_lstm(reverse_padded(points, lengths))
        summary = torch.cat([last_valid(ahead, lengths), last_valid(back, lengths)], 1)
        return Encoding(summary, ahead, reverse_padded(back, lengths), end)


class LatentHead(nn.Module):
    """Mean and log-variance of the latent code from a summary; starts close to N(0, 1)."""

    def __init__(self, inputs: int, latent: int) -> None:
        super().__init__()
        self.mean = nn.Linear(inputs, latent)
        self.log_variance = nn.Linear(inputs, latent)
        for layer in (self.mean, self.log_variance):
            nn.init.normal_(layer.weight, std=0.001)
            nn.init.normal_(layer.bias, std=0.001)

    def forward(self, summary: Tensor) -> Gaussian:
        """summary (B, inputs) -> Gaussian over (B, latent)."""
        return Gaussian(self.mean(summary), self.log_variance(summary))


def initial_state(layer: nn.Module, code: Tensor) -> LstmState:
    """Decoder state from a code: tanh of `layer`'s 2 x hidden outputs, the cell's half first."""
    cell, hidden = layer(code).tanh().chunk(2, 1)
    return hidden, cell


@dataclass(frozen=True)
class SketchRnnState:
    """Everything needed to go on drawing; immutable, so several continuations can share one."""

    decoder: LstmState
    latent: Tensor  # (B, latent), or (B, 0) without an encoder


StateT = TypeVar("StateT")


def repeat_state(state: StateT, count: int) -> StateT:
    """The state of each drawing `count` times over: B -> B * count, copies side by side."""
    return _map_tensors(state, lambda tensor: tensor.repeat_interleave(count, 0))


def _map_tensors(value: Any, function: Any) -> Any:
    """Applies `function` to every tensor in nested tuples and dataclasses."""
    if isinstance(value, Tensor):
        return function(value)
    if isinstance(value, tuple):
        return tuple(_map_tensors(item, function) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return dataclasses.replace(
            value, **{name: _map_tensors(item, function) for name, item in fields.items()}
        )
    return value


@dataclass(frozen=True)
class SketchRnnOutput:
    """What training needs."""

    raw: Tensor  # (B, N, 3 + 6 M)
    latent: Gaussian | None  # (B, latent); None without an encoder


class SketchRnn(nn.Module):
    """The variational autoencoder, or with `encoder=False` the plain autoregressive decoder."""

    def __init__(self, config: SketchRnnConfig) -> None:
        super().__init__()
        self.config = config
        latent = config.latent if config.encoder else 0
        if config.encoder:
            self.encoder = SketchEncoder(config)
            self.posterior = LatentHead(2 * config.encoder_hidden, latent)
            self.initial = nn.Linear(latent, 2 * config.decoder_hidden)
        self.decoder = Lstm(POINT + latent, config.decoder_hidden, config.keep, config.dropout)
        self.output = nn.Linear(config.decoder_hidden, output_size(config.mixtures))

    def forward(
        self, strokes: Tensor, lengths: Tensor, noise: Tensor | None = None
    ) -> SketchRnnOutput:
        """Teacher-forced pass.

        Args:
            strokes: (B, N + 1, 5) with the start token first.
            lengths: (B,) int64, how many points of each drawing the latent may see: all of them,
                without start and end tokens, or a random share, which trains completion.
            noise: (B, latent) for the latent sample; drawn where None.
        """
        posterior = None
        latent = None
        if self.config.encoder:
            posterior = self.encode(strokes[:, 1:], lengths)
            latent = posterior.sample(_noise(posterior.mean, noise))
        raw, _ = self.advance(strokes[:, :-1], self.start(latent, len(strokes)))
        return SketchRnnOutput(raw, posterior)

    def encode(self, points: Tensor, lengths: Tensor) -> Gaussian:
        """Posterior of the latent given points (B, N, 5) without the start token."""
        posterior: Gaussian = self.posterior(self.encoder(points, lengths).summary)
        return posterior

    def start(self, latent: Tensor | None = None, batch: int = 1) -> SketchRnnState:
        """The state before the start token, for latent (B, latent) or a batch of decoders only.

        Raises:
            ValueError: a latent is given to a decoder-only network, or missing otherwise.
        """
        if (latent is not None) != self.config.encoder:
            raise ValueError("a latent is needed exactly where the network has an encoder")
        if latent is None:
            return SketchRnnState(
                self.decoder.zero_state(batch), self.output.weight.new_zeros(batch, 0)
            )
        return SketchRnnState(initial_state(self.initial, latent), latent)

    def advance(self, points: Tensor, state: SketchRnnState) -> tuple[Tensor, SketchRnnState]:
        """Reads points (B, T, 5) -> decoder outputs (B, T, 3 + 6 M), each for the next point."""
        latent = state.latent[:, None].expand(-1, points.shape[1], -1)
        out, decoder = self.decoder(torch.cat([points, latent], 2), state.decoder)
        return self.output(out), SketchRnnState(decoder, state.latent)

    def step(self, point: Tensor, state: SketchRnnState) -> tuple[Tensor, SketchRnnState]:
        """Reads one point (B, 5) -> output (B, 3 + 6 M) for the next point, and the state."""
        raw, state = self.advance(point[:, None], state)
        return raw[:, 0], state

    def encode_prefix(
        self, prefix: Tensor, noise: Tensor | None = None
    ) -> tuple[Tensor, SketchRnnState]:
        """Reads an unfinished drawing: prefix (B, T, 5), T >= 0, without start token.

        Returns the output (B, 3 + 6 M) for the point after the prefix and the state to `step` from.
        `noise` (B, latent) varies the latent; None takes its mean.
        """
        latent = None
        if self.config.encoder:
            lengths = torch.full((len(prefix),), prefix.shape[1], device=prefix.device)
            posterior = self.encode(at_least_one_row(prefix), lengths)
            latent = posterior.mean if noise is None else posterior.sample(noise)
        points = torch.cat([start_token(prefix), prefix], 1)
        raw, state = self.advance(points, self.start(latent, len(prefix)))
        return raw[:, -1], state


def start_token(like: Tensor) -> Tensor:
    """(B, 1, 5) start tokens for points (B, T, 5)."""
    return like.new_tensor([0.0, 0.0, 1.0, 0.0, 0.0]).expand(len(like), 1, POINT)


def at_least_one_row(points: Tensor) -> Tensor:
    """points (B, T, 5) with a row of padding if T is 0, because LSTM kernels refuse T = 0."""
    return points if points.shape[1] else points.new_zeros(len(points), 1, POINT)


def _noise(like: Tensor, noise: Tensor | None) -> Tensor:
    return torch.randn_like(like) if noise is None else noise


def sketch_rnn_loss(
    output: SketchRnnOutput, target: Tensor, kl_weight: float, kl_floor: float = 0.2
) -> dict[str, Tensor]:
    """Training loss L_r + kl_weight * max(l_kl, kl_floor) and its terms, all scalars.

    The floor ("free bits") stops the optimiser from emptying the latent to please the KL term.
    target (B, N, 5) = rows 1..N of the strokes.  Keys: loss, offset, pen, kl (before the floor).
    """
    offset, pen = reconstruction_loss(output.raw, target, mask_pen=False)
    kl = offset.new_zeros(()) if output.latent is None else output.latent.kl().mean()
    loss = offset + pen
    if output.latent is not None:
        loss = loss + kl_weight * kl.clamp_min(kl_floor)
    return {"loss": loss, "offset": offset, "pen": pen, "kl": kl}


def published_decoder(arrays: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """State dict of a decoder-only `SketchRnn` from the arrays of a published sketch-rnn-js model.

    Args:
        arrays: output_w (512, 123), output_b (123,), w_x (5, 2048), w_h (512, 2048), bias (2048,);
            gates in the order input, candidate, forget, output, the forget bias lacking 1.
    """

    def reorder(columns: Tensor) -> Tensor:
        i, g, f, o = columns.chunk(4, -1)
        return torch.cat([i, f, g, o], -1)

    bias = reorder(arrays["bias"]).clone()
    bias.view(4, -1)[1] += 1.0
    return {
        "decoder.weight_input": reorder(arrays["w_x"]).t().contiguous(),
        "decoder.weight_hidden": reorder(arrays["w_h"]).t().contiguous(),
        "decoder.bias": bias,
        "output.weight": arrays["output_w"].t().contiguous(),
        "output.bias": arrays["output_b"].clone(),
    }
