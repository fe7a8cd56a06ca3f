# SPDX-License-Identifier: GPL-3.0-or-later
"""Losses of the colorizers and their critic.  Imports torch, ai_tools.nets and train.

Source of the faithful ones: Hati et al., StencilTorch, equations 7 to 11.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from ai_tools.nets.colorizer_light import ColorizerLight
from ai_tools.nets.stenciltorch import Critic, composite, gradient_penalty
from train.colorizer_batches import ColourBatch
from train.colorizer_setup import (
    AdversarialConfig,
    ColorizerNet,
    ColorizerRunConfig,
    LightLossConfig,
    build_critic,
    stencil_inputs,
)
from train.common.device import Place
from train.metrics.perceptual import load_efflite0

LUMA = (0.299, 0.587, 0.114)


def losses_of(
    net: ColorizerNet, batch: ColourBatch, config: ColorizerRunConfig
) -> tuple[dict[str, Tensor], Tensor, Tensor | None]:
    """Losses by name, their weighted sum as "loss"; the painted picture (B, 3, H, W) in 0..1 with
    what is kept; and the features that the critic shall see, without gradient."""
    if isinstance(net, ColorizerLight):
        layers = net.layers(batch.planes)
        painted = layers.rgb * batch.mask + batch.colour * (1 - batch.mask)
        return light_losses(layers.rgb, layers.flat, painted, batch, config.light), painted, None
    x, h = stencil_inputs(batch.line, batch.colour, batch.mask, batch.hint_rgb, batch.hint_alpha)
    features = net.features(x)
    skips = net.generator.encode(x, h, features)
    painted = (composite(x, net.generator.painter(skips)) + 1) / 2
    wishes = config.stencil
    losses = {"content": content_loss(painted, batch.colour, wishes.content_taps)}
    total = wishes.content * losses["content"]
    if net.guide is not None:
        # In -1..1, as the paper's weights want it.
        guess = net.guide(skips) * batch.mask + (batch.flat * 2 - 1) * (1 - batch.mask)
        measure = F.l1_loss if wishes.guide_norm == "l1" else F.mse_loss
        losses["guide"] = measure(guess, batch.flat * 2 - 1)
        total = total + wishes.guide * losses["guide"]
    seen = None if features is None else features.detach()
    return losses | {"loss": total}, painted, seen


def content_loss(painted: Tensor, wanted: Tensor, taps: tuple[int, ...]) -> Tensor:
    """Mean square of the difference of EfficientNet-Lite0's maps, by mean over `taps`."""
    net = load_efflite0(painted.device)
    with torch.no_grad():
        goal = net.taps(wanted, taps)
    made = net.taps(painted, taps)
    return torch.stack([F.mse_loss(made[tap], goal[tap]) for tap in goal]).mean()


def perceptual_loss(painted: Tensor, wanted: Tensor, taps: tuple[int, ...]) -> Tensor:
    """LPIPS-EffLite0 (see train.metrics.perceptual) over some taps; no gradient to `wanted`."""
    net = load_efflite0(painted.device)
    with torch.no_grad():
        goal = {tap: F.normalize(value, dim=1) for tap, value in net.taps(wanted, taps).items()}
    made = net.taps(painted, taps)
    apart = [(F.normalize(made[tap], dim=1) - goal[tap]).square().sum(1).mean() for tap in goal]
    return torch.stack(apart).mean()


def light_losses(
    rgb: Tensor, flat: Tensor, painted: Tensor, batch: ColourBatch, config: LightLossConfig
) -> dict[str, Tensor]:
    """The light network's losses, and their weighted sum "loss".

    Args:
        rgb: the network's picture (B, 3, H, W) in 0..1, the whole frame.
        flat: its colours without light (B, 3, H, W).
        painted: `rgb` where masked, the wanted picture elsewhere.
    """
    mask = batch.mask
    losses: dict[str, Tensor] = {}
    error = rgb - batch.colour
    weights = torch.tensor(LUMA, device=rgb.device)[:, None, None]
    losses["luma"] = _masked((error * weights).sum(1, keepdim=True).abs(), mask)
    red, green, blue = error.split(1, 1)
    opponents = torch.cat([red - green, (red + green) / 2 - blue], 1)
    losses["chroma"] = _masked(opponents.abs(), mask)
    if config.low:
        share = F.avg_pool2d(mask, 8)
        losses["low"] = F.avg_pool2d(error * mask, 8).abs().mean() / share.mean().clamp(min=1e-3)
    if config.flat:
        losses["flat"] = _masked((flat - batch.flat).abs(), mask)
    if config.hint:
        hinted = batch.hint_alpha * mask
        losses["hint"] = _masked((flat - batch.hint_rgb).abs(), hinted)
    if config.perceptual:
        losses["perceptual"] = perceptual_loss(painted, batch.colour, config.taps)
    return losses | {"loss": _weighted(losses, config)}


def _weighted(losses: Mapping[str, Tensor], config: LightLossConfig) -> Tensor:
    return torch.stack([getattr(config, name) * value for name, value in losses.items()]).sum()


def _masked(values: Tensor, mask: Tensor) -> Tensor:
    """Mean of (B, C, H, W) where the mask (B, 1, H, W) is 1; 0 where it is empty."""
    return (values * mask).sum() / (mask.sum() * values.shape[1]).clamp(min=1)


class Adversary:
    """The critic and its optimiser: hinge loss with gradient penalty and drift."""

    def __init__(self, config: ColorizerRunConfig, place: Place) -> None:
        """A fresh one, for crops of the run's size."""
        self.net: Critic = build_critic(config).to(place.device)
        self.wishes: AdversarialConfig = config.adversarial
        betas = (config.betas[0], config.betas[1])
        self.optimiser = torch.optim.AdamW(self.net.parameters(), config.rate, betas)
        self.place = place

    def learn(
        self, wanted: Tensor, painted: Tensor, features: Tensor | None, rate: float
    ) -> Tensor:
        """One step; wanted and painted (B, 3, H, W) in 0..1.  Equations 10 and 11."""
        loss = critic_loss(
            self.net, wanted * 2 - 1, painted.detach() * 2 - 1, features, self.wishes.legacy_gp
        )
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.zero_grad()
        loss.backward()
        self.place.average_gradients(self.net.parameters())
        self.optimiser.step()
        return loss.detach()

    def fooling(self, painted: Tensor, features: Tensor | None) -> Tensor:
        """L_adv, equation 7: how far the critic is from scoring the painted pictures above 1."""
        return F.relu(1 - self.net(painted * 2 - 1, features)).mean()

    def state_dict(self) -> dict:
        """For a checkpoint."""
        return {"net": self.net.state_dict(), "optimiser": self.optimiser.state_dict()}

    def load_state_dict(self, state: dict) -> None:
        """The inverse of `state_dict`."""
        self.net.load_state_dict(state["net"])
        self.optimiser.load_state_dict(state["optimiser"])


def critic_loss(
    critic: Critic, real: Tensor, fake: Tensor, features: Tensor | None, legacy: bool
) -> Tensor:
    """Hinge losses, gradient penalty and drift; pictures in -1..1.

    Args:
        legacy: the published code: the pictures between are a real - (1 - a) fake, and the drift is
            the square of the hinge loss on real pictures instead of that of the scores.
    """
    on_real = F.relu(1 - critic(real, features)).mean()
    hinge = on_real + F.relu(1 + critic(fake, features)).mean()
    if legacy:
        penalty = gradient_penalty(critic, real, -fake, features, drift=0.0)
        return hinge + penalty + 1e-3 * on_real**2
    return hinge + gradient_penalty(critic, real, fake, features)
