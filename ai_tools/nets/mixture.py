# SPDX-License-Identifier: GPL-3.0-or-later
"""The output of sketch decoders: a mixture of Gaussians for the offset and three pen states.

Imports torch only.  Source: Ha and Eck, "A Neural Representation of Sketch Drawings" (ICLR 2018),
section 3.2 and the code published with it; the layout of the output is the one of the published
Sketch-RNN weights.

A point in stroke-5 form is (dx, dy, p1, p2, p3), the pen state one-hot: p1 the pen stays down,
p2 it lifts after this point, p3 the drawing has ended (dx = dy = 0).
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

PEN_STATES = 3
DENSITY_FLOOR = 1e-6
"""Added to the density before the logarithm, so that a stray point costs at most 13.8 nats."""


@dataclass(frozen=True)
class Mixture:
    """Distribution of the next point, for any leading dimensions and M components.  All float32."""

    pen_logits: Tensor  # (..., 3)
    log_weights: Tensor  # (..., M), logarithms of weights that sum to 1
    mean: Tensor  # (..., M, 2)
    log_sigma: Tensor  # (..., M, 2)
    rho: Tensor  # (..., M), within +-(1 - 1e-5)


def output_size(mixtures: int) -> int:
    """Numbers per step that describe `mixtures` components: 123 for 20."""
    return PEN_STATES + 6 * mixtures


def unpack(raw: Tensor) -> Mixture:
    """Squashes a decoder's output (..., 3 + 6 M).

    Layout: 3 pen logits, then blocks of M: weight logits, mu_x, mu_y, log sigma_x, log sigma_y,
    rho before tanh.
    """
    raw = raw.float()  # exp and log of half-precision numbers lose the tails
    pen, rest = raw[..., :PEN_STATES], raw[..., PEN_STATES:]
    weight, mu_x, mu_y, log_sx, log_sy, rho = rest.chunk(6, -1)
    return Mixture(
        pen_logits=pen,
        log_weights=F.log_softmax(weight, -1),
        mean=torch.stack([mu_x, mu_y], -1),
        log_sigma=torch.stack([log_sx, log_sy], -1),
        # tanh reaches 1 exactly in float32, where the density of a line in the plane is infinite.
        rho=rho.tanh().clamp(-1 + 1e-5, 1 - 1e-5),
    )


def log_density(mixture: Mixture, offsets: Tensor) -> Tensor:
    """log sum_m pi_m N(offset; mu_m, Sigma_m): offsets (..., 2) -> (...)."""
    x, y = ((offsets[..., None, :] - mixture.mean) * (-mixture.log_sigma).exp()).unbind(-1)
    rho = mixture.rho
    one_less = (1 - rho) * (1 + rho)  # 1 - rho², without cancellation near 1
    distance = (x * x + y * y - 2 * rho * x * y) / one_less
    log_normal = -0.5 * (distance + one_less.log()) - mixture.log_sigma.sum(-1)
    return torch.logsumexp(mixture.log_weights + log_normal, -1) - math.log(2 * math.pi)


def reconstruction_loss(raw: Tensor, target: Tensor, *, mask_pen: bool) -> tuple[Tensor, Tensor]:
    """L_s and L_p, both scalars: means over batch x steps, padding included in the count.

    L_s = -log(density + 1e-6) where the drawing has not ended, 0 behind its end.
    L_p = cross-entropy of the pen.  Training counts it behind the end too, which teaches the net
    to stop; evaluation masks it (`mask_pen`) so that padding does not flatter the figure.

    Args: raw (B, N, 3 + 6 M), target (B, N, 5) in stroke-5 form.
    """
    mixture = unpack(raw)
    drawing = 1 - target[..., 4]
    log_floored = torch.logaddexp(
        log_density(mixture, target[..., :2].float()),
        torch.tensor(math.log(DENSITY_FLOOR), device=raw.device),
    )
    offset = -log_floored * drawing
    pen = -(F.log_softmax(mixture.pen_logits, -1) * target[..., 2:]).sum(-1)
    if mask_pen:
        pen = pen * drawing
    return offset.mean(), pen.mean()


def sample(
    raw: Tensor,
    temperature: float,
    *,
    softmax_temperature: float | None = None,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Draws the next point in stroke-5 form: raw (..., 3 + 6 M) -> (..., 5).

    Sigma is multiplied by sqrt(temperature).  Component and pen are drawn from logits divided by
    the softmax temperature, by default 0.5 + 0.5 temperature as in sketch-rnn-js: with the
    temperature itself, a cool pen hardly ever lifts and the model scribbles in place.
    A softmax temperature of 0 takes the likeliest component and pen state.

    Args: temperature >= 0 (0.65 is usual); generator makes the draw repeatable, on raw's device.
    """
    if softmax_temperature is None:
        softmax_temperature = 0.5 + 0.5 * temperature
    mixture = unpack(raw)
    component = _draw(mixture.log_weights, softmax_temperature, generator)[..., None]
    pen = _draw(mixture.pen_logits, softmax_temperature, generator)

    pair = component[..., None].expand(*component.shape, 2)
    mean = mixture.mean.gather(-2, pair)[..., 0, :]
    sigma = mixture.log_sigma.gather(-2, pair)[..., 0, :].exp() * math.sqrt(temperature)
    rho = mixture.rho.gather(-1, component)[..., 0]
    noise = torch.randn(mean.shape, device=mean.device, generator=generator)
    # Cholesky factor of the correlation: unit variances, covariance rho.
    second = rho * noise[..., 0] + ((1 - rho) * (1 + rho)).sqrt() * noise[..., 1]
    offset = mean + sigma * torch.stack([noise[..., 0], second], -1)
    ended = (pen == PEN_STATES - 1)[..., None]
    return torch.cat([offset.masked_fill(ended, 0.0), F.one_hot(pen, PEN_STATES).float()], -1)


def _draw(logits: Tensor, temperature: float, generator: torch.Generator | None) -> Tensor:
    """Index drawn from softmax(logits / temperature): (..., K) -> (...) int64."""
    if temperature == 0:
        return logits.argmax(-1)
    probability = F.softmax(logits / temperature, -1)
    index = torch.multinomial(probability.flatten(0, -2), 1, generator=generator)
    return index.view(logits.shape[:-1])
