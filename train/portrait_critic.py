# SPDX-License-Identifier: GPL-3.0-or-later
"""Discriminators in training: the light network's critic, and the losses that SAGE shares.

Imports torch, ai_tools.nets and train.  Sources: non-saturating losses (Goodfellow et al. 2014),
R1 (Mescheder et al. 2018), top-k (Sinha et al. 2020).
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ai_tools.nets.sage_discriminator import SageDiscriminator, SageDiscriminatorConfig
from train.common.device import Place
from train.portrait_data import HeadBatch
from train.portrait_setup import PortraitRunConfig, light_config


def critic_loss(real: Tensor, made: Tensor) -> Tensor:
    """softplus(D(made)) + softplus(-D(real)), means over scores (B,)."""
    return F.softplus(made).mean() + F.softplus(-real).mean()


def fooling_loss(made: Tensor, share: float = 1.0) -> Tensor:
    """softplus(-D(made)), the mean over the best `share` of the scores (B,), at least one."""
    count = max(1, round(share * len(made)))
    return F.softplus(-made.topk(count).values).mean()


def r1_penalty(score: Tensor, real: Tensor) -> Tensor:
    """Mean squared gradient of scores (B,) by the pictures they were given to, which need one."""
    (gradient,) = torch.autograd.grad(score.sum(), real, create_graph=True)
    return gradient.square().flatten(1).sum(1).mean()


class Critic:
    """Tells pieces of true drawings from the light network's, knowing the style, and learns to."""

    def __init__(self, config: PortraitRunConfig, place: Place) -> None:
        """A fresh one."""
        self.config = config.adversarial
        styles = light_config(config).styles
        made = SageDiscriminatorConfig(inputs=3 + len(styles), widths=self.config.widths)
        self.net = SageDiscriminator(made).to(place.device)
        self.optimiser = torch.optim.Adam(self.net.parameters(), self.config.rate, betas=(0.0, 0.9))
        self.place = place

    def learn(self, batch: HeadBatch, made: Tensor, step: int) -> dict[str, Tensor]:
        """One step on the wanted pictures and the network's `made` (B, 3, S, S)."""
        real, made = self._cropped(batch.picture.detach(), made)
        real = real.clone()
        regularise = self.config.r1 > 0 and step % self.config.r1_every == 0
        real.requires_grad_(regularise)
        score = self._score(real, batch.style)
        loss = critic_loss(score, self._score(made, batch.style))
        losses = {"critic": loss.detach()}
        if regularise:
            penalty = r1_penalty(score, real)
            losses["r1"] = penalty.detach()
            loss = loss + 0.5 * self.config.r1 * self.config.r1_every * penalty
        self.optimiser.zero_grad()
        loss.backward()
        self.place.average_gradients(self.net.parameters())
        self.optimiser.step()
        return losses

    def fooling(self, made: Tensor, style: Tensor) -> Tensor:
        """How far the critic is from taking the network's pictures for true ones."""
        (piece,) = self._cropped(made)
        return fooling_loss(self._score(piece, style))

    def _cropped(self, *pictures: Tensor) -> tuple[Tensor, ...]:
        """The same piece of all, anywhere."""
        side, crop = pictures[0].shape[-1], self.config.crop
        y, x = (int(torch.randint(side - crop + 1, ())) for _ in range(2))
        return tuple(picture[..., y : y + crop, x : x + crop] for picture in pictures)

    def _score(self, picture: Tensor, style: Tensor) -> Tensor:
        known = style[:, :, None, None].expand(-1, -1, *picture.shape[2:])
        score: Tensor = self.net(torch.cat([picture, known], 1)).score
        return score

    def state_dict(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {"net": self.net.state_dict(), "optimiser": self.optimiser.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """The inverse of `state_dict`."""
        self.net.load_state_dict(state["net"])
        self.optimiser.load_state_dict(state["optimiser"])
