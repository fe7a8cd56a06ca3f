# SPDX-License-Identifier: GPL-3.0-or-later
"""AI-Sketcher: Sketch-RNN plus condition, influence layer and CNN autoencoder.

Imports torch and `ai_tools.nets`.  Source: Cao, Yan, Shi and Chen, "AI-Sketcher: A Deep Generative
Model for Producing High-Quality Sketches" (AAAI 2019) and its slides; hyper-parameters from the
code published by the authors.  Where neither says what to do, the docstring says what was chosen.

The decoder reads [z_s ; z_r ; a_d ; c ; S_i] at every step i: the latent of the strokes, the code
of the raster image, the influence of the points drawn so far, the condition, and the last point.
Each part can be switched off; with all off this is `sketchrnn.SketchRnn`.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from ai_tools.nets.influence import PrefixInfluence, VariationalAttention
from ai_tools.nets.lstm import Lstm, LstmState
from ai_tools.nets.mixture import output_size, reconstruction_loss
from ai_tools.nets.raster_code import RasterAutoencoder
from ai_tools.nets.sketchrnn import (
    POINT,
    Encoding,
    Gaussian,
    LatentHead,
    SketchEncoder,
    SketchRnnConfig,
    at_least_one_row,
    initial_state,
    start_token,
)


@dataclass(frozen=True, kw_only=True)
class AiSketcherConfig(SketchRnnConfig):
    """Rows of the ablation: condition > 0, influence, raster; all off is the baseline."""

    condition: int = 14
    """Length k of the condition (7 emotions x 2 genders in the paper); 0 switches it off."""
    influence: Literal["none", "prefix_fc", "var_attn"] = "prefix_fc"
    influence_size: int = 128
    """n_a of prefix_fc; var_attn has the size of its memory."""
    attention_span: Literal["prefix", "all"] = "prefix"
    """What var_attn attends to: the points drawn so far, or, as in the published code, both
    directions over the whole encoded sketch, which shows the decoder what it shall predict."""
    attention_temperature: float = 0.1
    attention_prior: Literal["zero", "mean"] = "zero"
    """Mean of var_attn's prior: N(0, I) or N(mean of the memory, I)."""
    raster: bool = True
    raster_size: int = 64
    raster_code: int = 128

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(self.encoder, "AI-Sketcher needs its encoder")
        self.require(self.condition >= 0, "condition must not be negative")
        self.require(self.influence_size > 0, "influence_size must be positive")
        self.require(self.raster_code > 0, "raster_code must be positive")
        self.require(
            self.raster_size > 0 and self.raster_size % 8 == 0,
            "raster_size must be a positive multiple of 8",
        )


@dataclass(frozen=True)
class AiSketcherState:
    """Everything needed to go on drawing; immutable, so several continuations can share one.

    B drawings, of which `count` rows (the start token included) have been read.
    """

    decoder: LstmState
    latent: Tensor  # (B, latent)
    raster: Tensor  # (B, raster_code), or (B, 0)
    condition: Tensor  # (B, k), or (B, 0)
    tracker: LstmState  # forward encoder behind the last point read
    memory: Tensor  # (B, M, H) that the influence layer reads
    memory_mask: Tensor  # (B, M) bool, False on padding
    noise: Tensor | None  # (B, n_a), shared by all steps; None: fresh in each step
    count: int


@dataclass(frozen=True)
class AiSketcherOutput:
    """What training needs; influence and its prior mean are None where the layer is off."""

    raw: Tensor  # (B, N, 3 + 6 M)
    latent: Gaussian  # (B, latent)
    influence: Gaussian | None  # (B, N, n_a)
    influence_prior: Tensor | None  # (B, N, n_a)


class AiSketcher(nn.Module):
    """The conditional sketch model with incremental decoding.

    `forward` is the teacher-forced pass, `encode_prefix` then `step` complete a drawing; both run
    `advance`, so they agree by construction.
    """

    def __init__(self, config: AiSketcherConfig) -> None:
        super().__init__()
        self.config = config
        k = config.condition
        self.encoder = SketchEncoder(config)
        self.posterior = LatentHead(2 * config.encoder_hidden + k, config.latent)
        self.initial = nn.Linear(config.latent + k, 2 * config.decoder_hidden)
        self.raster_autoencoder = (
            RasterAutoencoder(config.raster_size, config.raster_code) if config.raster else None
        )
        self.influence = self._make_influence()
        influence_size = 0 if self.influence is None else self.influence.size
        raster_size = config.raster_code if config.raster else 0
        inputs = config.latent + raster_size + influence_size + k + POINT
        self.decoder = Lstm(inputs, config.decoder_hidden, config.keep, config.dropout)
        self.output = nn.Linear(config.decoder_hidden, output_size(config.mixtures))

    def _make_influence(self) -> PrefixInfluence | VariationalAttention | None:
        config = self.config
        if config.influence == "prefix_fc":
            return PrefixInfluence(config.encoder_hidden, config.influence_size)
        if config.influence == "var_attn":
            directions = 1 if config.attention_span == "prefix" else 2
            return VariationalAttention(
                directions * config.encoder_hidden,
                config.decoder_hidden,
                config.attention_temperature,
                config.attention_prior,
            )
        return None

    @property
    def _memory_grows(self) -> bool:
        """Whether points that are read join the influence layer's memory."""
        return self.influence is not None and not self._attends_to_all

    @property
    def _attends_to_all(self) -> bool:
        return self.config.influence == "var_attn" and self.config.attention_span == "all"

    def forward(
        self,
        strokes: Tensor,
        lengths: Tensor,
        condition: Tensor | None = None,
        raster: Tensor | None = None,
        noise: Tensor | None = None,
        influence_noise: Tensor | None = None,
    ) -> AiSketcherOutput:
        """Teacher-forced pass.

        Args:
            strokes: (B, N + 1, 5) with the start token first.
            lengths: (B,) int64, how many points of each drawing z_s (and an attention over the
                whole sketch) may see: all of them, without start and end tokens, for the papers'
                autoencoder, or a random share, which trains completion.
            condition: (B, k), one-hot or soft intensities; needed where k > 0.
            raster: (B, 1, size, size), 1 = paper, 0 = ink; needed where `raster` is on.
            noise: (B, latent) for z_s; drawn where None.
            influence_noise: (B, n_a), shared by all steps; where None, prefix_fc draws one per
                sketch and var_attn one per step, as their sources do.
        """
        points = strokes[:, 1:]
        encoding = self.encoder(points, lengths)
        condition = self._checked_condition(condition, len(strokes))
        latent: Gaussian = self.posterior(torch.cat([encoding.summary, condition], 1))
        if noise is None:
            noise = torch.randn_like(latent.mean)
        state = self.start(
            latent.sample(noise),
            condition,
            raster_code=self._encode_raster(raster, len(strokes)),
            influence_noise=self._influence_noise(influence_noise, len(strokes)),
            encoding=(encoding, lengths),
        )
        raw, influence, prior, _ = self._advance(
            strokes[:, :-1], state, (encoding.forward_states[:, :-1], encoding.forward_end)
        )
        return AiSketcherOutput(raw, latent, influence, prior)

    def encode_prefix(
        self,
        prefix: Tensor,
        condition: Tensor | None = None,
        raster: Tensor | None = None,
        noise: Tensor | None = None,
        influence_noise: Tensor | None = None,
    ) -> tuple[Tensor, AiSketcherState]:
        """Reads an unfinished drawing: prefix (B, T, 5), T >= 0, without start token.

        `raster` shows the prefix only.  `noise` and `influence_noise` as for `forward`, but None
        means none: the means of the distributions.  Returns the output (B, 3 + 6 M) for the point
        after the prefix and the state to `step` from; `sketchrnn.repeat_state` multiplies it for
        several continuations.
        """
        batch, length = prefix.shape[:2]
        lengths = torch.full((batch,), length, device=prefix.device)
        encoding = self.encoder(at_least_one_row(prefix), lengths)
        condition = self._checked_condition(condition, batch)
        latent: Gaussian = self.posterior(torch.cat([encoding.summary, condition], 1))
        if influence_noise is None and self.influence is not None:
            influence_noise = prefix.new_zeros(batch, self.influence.size)
        state = self.start(
            latent.mean if noise is None else latent.sample(noise),
            condition,
            raster_code=self._encode_raster(raster, batch),
            influence_noise=influence_noise,
            encoding=(encoding, lengths),
        )
        points = torch.cat([start_token(prefix), prefix], 1)
        known = (encoding.forward_states, encoding.forward_end) if length else None
        raw, _, _, state = self._advance(points, state, known)
        return raw[:, -1], state

    def start(
        self,
        latent: Tensor,
        condition: Tensor | None = None,
        *,
        raster_code: Tensor | None = None,
        influence_noise: Tensor | None = None,
        encoding: tuple[Encoding, Tensor] | None = None,
    ) -> AiSketcherState:
        """The state before the start token, from z_s (B, latent).

        Args:
            condition: (B, k); raster_code: z_r (B, raster_code), zeros where None.
            influence_noise: (B, n_a) shared by all steps; None: var_attn draws afresh in each step,
                prefix_fc takes the mean.
            encoding: encoder states and lengths; only an attention over the whole sketch reads it
                and without it attends to nothing.

        Raises:
            ValueError: the condition is missing or of the wrong size.
        """
        batch = len(latent)
        condition = self._checked_condition(condition, batch)
        if raster_code is None:
            raster_code = latent.new_zeros(
                batch, self.config.raster_code if self.raster_autoencoder else 0
            )
        width = self.encoder.forward_lstm.hidden
        memory = latent.new_zeros(batch, 0, width)
        mask = torch.ones(batch, 0, dtype=torch.bool, device=latent.device)
        if self._attends_to_all:
            # Row 0 is the sentinel that `VariationalAttention` asks for.
            memory = latent.new_zeros(batch, 1, 2 * width)
            mask = torch.ones(batch, 1, dtype=torch.bool, device=latent.device)
            if encoding is not None:
                both = [encoding[0].forward_states, encoding[0].backward_states]
                memory = torch.cat([memory, torch.cat(both, 2)], 1)
                steps = torch.arange(memory.shape[1], device=latent.device)
                mask = steps <= encoding[1][:, None]
        return AiSketcherState(
            decoder=initial_state(self.initial, torch.cat([latent, condition], 1)),
            latent=latent,
            raster=raster_code,
            condition=condition,
            tracker=self.encoder.forward_lstm.zero_state(batch),
            memory=memory,
            memory_mask=mask,
            noise=influence_noise,
            count=0,
        )

    def step(self, point: Tensor, state: AiSketcherState) -> tuple[Tensor, AiSketcherState]:
        """Reads one point (B, 5) -> output (B, 3 + 6 M) for the next point, and the state."""
        raw, state = self.advance(point[:, None], state)
        return raw[:, 0], state

    def advance(self, points: Tensor, state: AiSketcherState) -> tuple[Tensor, AiSketcherState]:
        """Reads points (B, T, 5), T >= 1 -> outputs (B, T, 3 + 6 M), each for the next point."""
        raw, _, _, state = self._advance(points, state, None)
        return raw, state

    def _advance(
        self, points: Tensor, state: AiSketcherState, known: tuple[Tensor, LstmState] | None
    ) -> tuple[Tensor, Gaussian | None, Tensor | None, AiSketcherState]:
        """`advance`, and the influence with its prior mean for each of the T steps.

        `known` holds the forward encoder's states for the points behind the start token (B, T-1, H)
        and the one to go on from, where the encoder has run already.
        """
        first, memory, mask, tracker = state.count, state.memory, state.memory_mask, state.tracker
        if self._memory_grows:
            states, tracker = self._track(points, state, known)
            memory = torch.cat([memory, states], 1)
            mask = torch.ones(memory.shape[:2], dtype=torch.bool, device=memory.device)

        influence: Gaussian | None = None
        prior: Tensor | None = None
        if isinstance(self.influence, VariationalAttention):
            out, decoder, influence, prior = self._attend(points, state, memory, mask)
        else:
            parts = self._constant_inputs(state, points.shape[1])
            if isinstance(self.influence, PrefixInfluence):
                influence = self.influence(memory, first)
                noise = 0.0 if state.noise is None else state.noise[:, None]
                parts.insert(2, influence.mean + (0.5 * influence.log_variance).exp() * noise)
                prior = torch.zeros_like(influence.mean)
            out, decoder = self.decoder(torch.cat([*parts, points], 2), state.decoder)
        following = AiSketcherState(
            decoder=decoder,
            latent=state.latent,
            raster=state.raster,
            condition=state.condition,
            tracker=tracker,
            memory=memory,
            memory_mask=mask,
            noise=state.noise,
            count=first + points.shape[1],
        )
        return self.output(out), influence, prior, following

    def _track(
        self, points: Tensor, state: AiSketcherState, known: tuple[Tensor, LstmState] | None
    ) -> tuple[Tensor, LstmState]:
        """Forward encoder states h_i for the points i = count ...; h_0 = 0, of the start token."""
        fresh = points if state.count else points[:, 1:]
        if known is not None:
            states, tracker = known
        elif fresh.shape[1]:
            states, tracker = self.encoder.forward_lstm(fresh, state.tracker)
        else:
            states, tracker = (
                fresh.new_zeros(len(fresh), 0, state.tracker[0].shape[1]),
                state.tracker,
            )
        if state.count == 0:
            states = torch.cat([torch.zeros_like(state.tracker[0])[:, None], states], 1)
        return states, tracker

    def _attend(
        self, points: Tensor, state: AiSketcherState, memory: Tensor, mask: Tensor
    ) -> tuple[Tensor, LstmState, Gaussian, Tensor]:
        """Decoder steps with attention, one by one, because the decoder's state is the query."""
        assert isinstance(self.influence, VariationalAttention)
        decoder = state.decoder
        parts = self._constant_inputs(state, 1)
        outs, means, log_variances, priors = [], [], [], []
        for t in range(points.shape[1]):
            seen = state.count + t + 1 if self._memory_grows else memory.shape[1]
            influence, prior = self.influence(decoder[0], memory[:, :seen], mask[:, :seen])
            sample = self.influence.sample(influence, state.noise)
            inputs = [*parts[:2], sample[:, None], *parts[2:], points[:, t : t + 1]]
            out, decoder = self.decoder(torch.cat(inputs, 2), decoder)
            outs.append(out)
            means.append(influence.mean)
            log_variances.append(influence.log_variance)
            priors.append(prior)
        gaussian = Gaussian(torch.stack(means, 1), torch.stack(log_variances, 1))
        return torch.cat(outs, 1), decoder, gaussian, torch.stack(priors, 1)

    @staticmethod
    def _constant_inputs(state: AiSketcherState, steps: int) -> list[Tensor]:
        """z_s, z_r and c, repeated for every step: [(B, steps, size)] x 3."""
        parts = (state.latent, state.raster, state.condition)
        return [part[:, None].expand(-1, steps, -1) for part in parts]

    def _checked_condition(self, condition: Tensor | None, batch: int) -> Tensor:
        k = self.config.condition
        if condition is None and k == 0:
            return self.output.weight.new_zeros(batch, 0)
        if condition is None or condition.shape != (batch, k):
            got = None if condition is None else tuple(condition.shape)
            raise ValueError(f"the condition must have shape {(batch, k)}, not {got}")
        return condition

    def _encode_raster(self, raster: Tensor | None, batch: int) -> Tensor | None:
        if (raster is not None) != (self.raster_autoencoder is not None):
            raise ValueError("a raster is needed exactly where the network has a raster encoder")
        if raster is None or self.raster_autoencoder is None:
            return None
        code: Tensor = self.raster_autoencoder.encode(raster)
        return code

    def _influence_noise(self, noise: Tensor | None, batch: int) -> Tensor | None:
        """One draw per sketch for prefix_fc; var_attn's own draws come from None."""
        if noise is None and isinstance(self.influence, PrefixInfluence):
            return torch.randn(batch, self.influence.size, device=self.output.weight.device)
        return noise


def ai_sketcher_loss(
    output: AiSketcherOutput,
    target: Tensor,
    lengths: Tensor,
    alpha: float,
    beta: float,
    kl_floor: float = 0.2,
) -> dict[str, Tensor]:
    """l_r + alpha max(l_z + beta l_a, kl_floor), and its terms, all scalars.

    l_a is averaged over the steps up to each drawing's end.  The published code has beta 0.01 for
    var_attn; for prefix_fc nothing is known and 1 is natural, because l_a is a mean over n_a.

    Args: target (B, N, 5) = rows 1..N of the strokes, lengths (B,).
        Keys of the result: loss, offset, pen, kl (l_z), kl_influence (l_a), before the floor.
    """
    offset, pen = reconstruction_loss(output.raw, target, mask_pen=False)
    kl = output.latent.kl().mean()
    kl_influence = offset.new_zeros(())
    if output.influence is not None and output.influence_prior is not None:
        per_step = output.influence.kl(output.influence_prior)
        steps = torch.arange(per_step.shape[1], device=per_step.device)
        valid = (steps <= lengths[:, None]).to(per_step.dtype)
        kl_influence = (per_step * valid).sum() / valid.sum()
    loss = offset + pen + alpha * (kl + beta * kl_influence).clamp_min(kl_floor)
    return {"loss": loss, "offset": offset, "pen": pen, "kl": kl, "kl_influence": kl_influence}
