# SPDX-License-Identifier: GPL-3.0-or-later
"""The sketch network's output as a distribution: likelihoods and draws.  Imports numpy only.

The same formulas as `ai_tools.nets.mixture`, without torch; see there for sources and layout.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

PEN_STATES = 3
DOWN, LIFT, END = range(PEN_STATES)
_LOG_FLOOR = math.log(1e-6)  # added to densities: a stray point costs at most 13.8 nats


@dataclass(frozen=True)
class Mixture:
    """Distribution of the next point, for any leading dimensions and M components."""

    pen_logits: Floats  # (..., 3)
    log_weights: Floats  # (..., M), of weights that sum to 1
    mean: Floats  # (..., M, 2)
    log_sigma: Floats  # (..., M, 2)
    rho: Floats  # (..., M), within +-(1 - 1e-5)


def unpack(raw: Floats) -> Mixture:
    """A network's output (..., 3 + 6 M) as a mixture."""
    rest = np.split(raw[..., PEN_STATES:], 6, axis=-1)
    weight, mean_x, mean_y, log_sx, log_sy, rho = rest
    return Mixture(
        pen_logits=raw[..., :PEN_STATES],
        log_weights=log_softmax(weight),
        mean=np.stack([mean_x, mean_y], -1),
        log_sigma=np.stack([log_sx, log_sy], -1),
        rho=np.tanh(rho).clip(-1 + 1e-5, 1 - 1e-5),
    )


def log_softmax(logits: Floats) -> Floats:
    """Logarithms of softmax over the last axis."""
    shifted = logits - logits.max(-1, keepdims=True)
    result: Floats = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return result


def log_likelihood(raw: Floats, points: Floats) -> Floats:
    """log p of points (..., 5) in stroke-5 form under outputs (..., 3 + 6 M): (...).

    Offset and pen; at the end of the drawing the pen alone.
    """
    mixture = unpack(raw)
    distance = (points[..., None, :2] - mixture.mean) * np.exp(-mixture.log_sigma)
    x, y, rho = distance[..., 0], distance[..., 1], mixture.rho
    one_less = (1 - rho) * (1 + rho)  # 1 - rho², without cancellation near 1
    square = (x * x + y * y - 2 * rho * x * y) / one_less
    terms = mixture.log_weights - 0.5 * (square + np.log(one_less)) - mixture.log_sigma.sum(-1)
    highest = terms.max(-1)
    density = highest + np.log(np.exp(terms - highest[..., None]).sum(-1)) - math.log(2 * math.pi)
    pen = (log_softmax(mixture.pen_logits) * points[..., 2:]).sum(-1)
    drawing = 1 - points[..., 2 + END]
    result: Floats = np.logaddexp(density, _LOG_FLOOR) * drawing + pen
    return result


def sample(raw: Floats, temperature: float, random: np.random.Generator) -> Floats:
    """Draws the next points in stroke-5 form: raw (B, 3 + 6 M) -> float32 (B, 5).

    Sigma is multiplied by sqrt(temperature); component and pen state are drawn from logits divided
    by 0.5 + 0.5 temperature, as in sketch-rnn-js: with the temperature itself a cool pen hardly
    ever lifts and the network scribbles in place.

    Args: temperature >= 0; 0.4 is careful, 1 what the network believes.
    """
    mixture = unpack(raw)
    softer = 0.5 + 0.5 * temperature
    component = _draw(mixture.log_weights / softer, random)
    pen = _draw(mixture.pen_logits / softer, random)
    rows = np.arange(len(raw))
    sigma = np.exp(mixture.log_sigma[rows, component]) * math.sqrt(temperature)
    rho = mixture.rho[rows, component]
    first, second = random.standard_normal((2, len(raw)))
    # Cholesky factor of the correlation: unit variances, covariance rho.
    noise = np.stack([first, rho * first + np.sqrt((1 - rho) * (1 + rho)) * second], -1)
    offset = mixture.mean[rows, component] + sigma * noise
    offset[pen == END] = 0
    return np.concatenate([offset, np.eye(PEN_STATES)[pen]], -1).astype(np.float32)


def _draw(logits: Floats, random: np.random.Generator) -> NDArray[np.intp]:
    """Index drawn from softmax(logits): (B, K) -> (B,), by the Gumbel maximum."""
    return (logits + random.gumbel(size=logits.shape)).argmax(-1)
