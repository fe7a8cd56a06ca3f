# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of the simplifier is made of: configuration, drawings, network, losses.

Imports ai_tools.nets and train.  Source of the loss map: Simo-Serra et al., Learning to Simplify
(SIGGRAPH 2016), and the authors' training script where it differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from ai_tools.nets.registry import build
from ai_tools.nets.registry import make_config as make_net_config
from ai_tools.nets.simplifier import Simplifier, SimplifierConfig
from ai_tools.nets.simplifier_light import SimplifierLight, SimplifierLightConfig
from train.data.lines.media import Noise
from train.data.lines.pairs import PairBatch, PairSettings
from train.data.lines.scenes import Bank
from train.data.lines.targets import REACH
from train.data.sketches import Split, read_sketches

SimplifierNet = Simplifier | SimplifierLight


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """How pairs are made."""

    size: int = 256
    """Side of the patches in pixels."""
    composition: Literal["patch", "whole"] = "patch"
    """patch: cut out of fuller drawings; whole: whole sheets with blank margins."""
    noise: tuple[Literal["tone", "slur", "grain"], ...] = ("tone", "slur", "grain")
    """What is done to the roughs besides the untidy strokes."""
    identity: float = 0.03
    """Share of roughs that are the clean drawing itself."""
    workers: int = 0
    """Processes that make batches; 0: this one."""


@dataclass(frozen=True, kw_only=True)
class LossConfig:
    """The line's loss, and the weights of the light network's other heads."""

    line: Literal["mse", "bce"] = "bce"
    map: Literal["off", "paper", "code"] = "paper"
    """off: as the authors' script runs on stock Torch, which ignores its map."""
    alpha: float = 6.0
    beta: float = -2.0
    dice: float = 0.5
    """Weight of 1 - Dice coefficient, which keeps thin lines from fading; light network."""
    distance: float = 0.3
    orientation: float = 0.1
    half_width: float = 0.1
    junction: float = 0.1
    end: float = 0.1
    confidence: float = 0.1


@dataclass(frozen=True, kw_only=True)
class AdversarialConfig:
    """The critic of Mastering Sketching (TOG 2018); off with weight 0."""

    weight: float = 0.0
    """Of its binary cross-entropy in the generator's loss; 8e-5 in the authors' script."""
    pretrain: int = 1000
    """Steps in which only the critic learns."""
    widths: tuple[int, ...] = (16, 32, 64, 128, 256, 512)


@dataclass(frozen=True, kw_only=True)
class SimplifierRunConfig:
    """A run."""

    network: Literal["simplifier_light", "simplifier"] = "simplifier_light"
    net: dict[str, Any] = field(default_factory=dict)
    optimiser: Literal["adamw", "adadelta"] = "adamw"
    rate: float = 0.002
    """Peak learning rate; Adadelta's is 1."""
    schedule: Literal["constant", "cosine"] = "cosine"
    warm_up: int = 50
    weight_decay: float = 1e-4
    clip: float = 5.0
    """Bound on the gradient's norm."""
    steps: int = 20_000
    batch: int = 8
    seed: int = 0
    ema: float = 0.999
    log_every: int = 10
    save_every: int = 500
    sheet_every: int = 1000
    valid_pairs: int = 32
    data: DataConfig = field(default_factory=DataConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    adversarial: AdversarialConfig = field(default_factory=AdversarialConfig)

    def __post_init__(self) -> None:
        make_net_config(self.network, self.net)
        if self.adversarial.weight > 0 and self.data.size % 64:
            raise ValueError("the critic wants patches of a multiple of 64")


def net_config(config: SimplifierRunConfig) -> SimplifierConfig | SimplifierLightConfig:
    """The network's own configuration."""
    made = make_net_config(config.network, config.net)
    assert isinstance(made, SimplifierConfig | SimplifierLightConfig)
    return made


def build_net(config: SimplifierRunConfig) -> SimplifierNet:
    """A freshly initialised network."""
    net = build(config.network, net_config(config))
    assert isinstance(net, Simplifier | SimplifierLight)
    return net


def uses_degree(net: SimplifierNet) -> bool:
    """Whether the network is told the degree of simplification."""
    return isinstance(net, SimplifierLight) and net.config.degree


def pair_settings(config: SimplifierRunConfig, degrees: bool) -> PairSettings:
    """How the run's training pairs are made."""
    noise = config.data.noise
    return PairSettings(
        size=config.data.size,
        noise=Noise(tone="tone" in noise, slur="slur" in noise, grain="grain" in noise),
        degrees=degrees,
        identity=config.data.identity,
        whole=config.data.composition == "whole",
    )


def read_bank(paths: tuple[Path, ...], split: Split) -> Bank:
    """The drawings of one split; files that are no .npz (pictures for sheets) are left alone."""
    sets = [path for path in paths if path.suffix == ".npz"]
    return Bank.of(read_sketches(sets) if sets else None, split)


def similar_share(picture: Tensor, radius: int = 2, bins: int = 10) -> Tensor:
    """Of each pixel: the share of its (2 radius + 1)² window, cut off at the border, whose values
    fall in the same one of `bins` bins over 0..1.  picture (B, 1, H, W) -> the same shape."""
    index = (picture * bins).long().clamp(0, bins - 1)
    planes = torch.zeros(
        (len(picture), bins, *picture.shape[2:]), dtype=picture.dtype, device=picture.device
    ).scatter_(1, index, 1.0)
    share = F.avg_pool2d(planes, 2 * radius + 1, 1, radius, count_include_pad=False)
    return share.gather(1, index)


def loss_map(picture: Tensor, loss: LossConfig) -> Tensor:
    """M (B, 1, H, W) of the wanted picture, 1 = white.

    paper: 1 on white, elsewhere min(alpha exp(-H) + beta, 1), so that the cores of thick areas
    count less; code: exp(-H) + 0.5 everywhere.
    """
    if loss.map == "off":
        return torch.ones_like(picture)
    share = similar_share(picture)
    if loss.map == "code":
        return torch.exp(-share) + 0.5
    inked = (loss.alpha * torch.exp(-share) + loss.beta).clamp(max=1)
    return torch.where(picture >= 1, torch.ones_like(inked), inked)


def line_loss(logits_or_line: Tensor, line: Tensor, loss: LossConfig, *, logits: bool) -> Tensor:
    """The mean of (M (Y - Y*))², or of M² times the cross-entropy, over pixels.

    Args:
        logits_or_line: of being a line (B, 1, H, W), before the sigmoid if `logits`.
        line: wanted coverage, 1 = line.
    """
    weight = loss_map(1 - line, loss) ** 2
    if loss.line == "mse":
        predicted = logits_or_line.sigmoid() if logits else logits_or_line
        return (weight * (predicted - line) ** 2).mean()
    if logits:
        entropy = F.binary_cross_entropy_with_logits(logits_or_line, line, reduction="none")
    else:
        # torch's own refuses to run in mixed precision.
        chance = logits_or_line.float().clamp(1e-6, 1 - 1e-6)
        entropy = -(line * chance.log() + (1 - line) * (1 - chance).log())
    return (weight * entropy).mean()


def losses_of(
    net: SimplifierNet, batch: PairBatch, loss: LossConfig
) -> tuple[dict[str, Tensor], Tensor]:
    """The losses by name, their weighted sum as "loss"; and the clean picture (B, 1, H, W)."""
    targets = batch.targets
    if isinstance(net, Simplifier):
        clean = net(batch.rough)
        value = line_loss(1 - clean, targets["line"], loss, logits=False)
        return {"line": value, "loss": value}, clean
    raw = net.raw(batch.rough, batch.degree if net.config.degree else None)
    return head_losses(raw, targets, loss), 1 - raw["line"].float().sigmoid()


def head_losses(
    raw: Mapping[str, Tensor], targets: Mapping[str, Tensor], loss: LossConfig
) -> dict[str, Tensor]:
    """The light network's losses by head, and their weighted sum "loss"."""
    raw = {name: value.float() for name, value in raw.items()}
    near, known = targets["near"], targets["known"]
    losses = {"line": line_loss(raw["line"], targets["line"], loss, logits=True)}
    total = losses["line"]
    if loss.dice:
        losses["dice"] = 1 - _dice(raw["line"].sigmoid(), targets["line"])
        total = total + loss.dice * losses["dice"]
    if "distance" in raw:
        predicted = F.softplus(raw["distance"])
        losses["distance"] = F.smooth_l1_loss(predicted, targets["distance"]) / REACH
        total = total + loss.distance * losses["distance"]
    if "orientation" in raw:
        cosine = (F.normalize(raw["orientation"], dim=1) * targets["orientation"]).sum(1, True)
        losses["orientation"] = _masked(1 - cosine, near)
        total = total + loss.orientation * losses["orientation"]
    if "half_width" in raw:
        wrong = (F.softplus(raw["half_width"]) - targets["half_width"]).abs()
        losses["half_width"] = _masked(wrong, near)
        total = total + loss.half_width * losses["half_width"]
    for name, weight in (("junction", loss.junction), ("end", loss.end)):
        if name in raw:
            entropy = F.binary_cross_entropy_with_logits(raw[name], targets[name], reduction="none")
            # Spots are rare: without a weight, none at all would be a good answer.
            losses[name] = (entropy * (1 + 20 * targets[name])).mean()
            total = total + weight * losses[name]
    if "confidence" in raw:
        entropy = F.binary_cross_entropy_with_logits(
            raw["confidence"], targets["confidence"], reduction="none"
        )
        losses["confidence"] = _masked(entropy, known)
        total = total + loss.confidence * losses["confidence"]
    return losses | {"loss": total}


def _dice(predicted: Tensor, wanted: Tensor) -> Tensor:
    """2 |A B| / (|A| + |B|) over the whole batch, 0..1."""
    return (2 * (predicted * wanted).sum() + 1) / (predicted.sum() + wanted.sum() + 1)


def _masked(values: Tensor, mask: Tensor) -> Tensor:
    return (values * mask).sum() / mask.sum().clamp(min=1)
