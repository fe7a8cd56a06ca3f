# SPDX-License-Identifier: GPL-3.0-or-later
"""The 23-layer network that cleans rough sketches, and the critic of its adversarial variant.

Imports torch and `ai_tools.nets.config`.  Sources: Simo-Serra, Iizuka, Sasaki and Ishikawa,
"Learning to Simplify" (SIGGRAPH 2016) and "Mastering Sketching" (TOG 2018), and the published
training scripts.  44.83 M parameters as in those scripts, 44.39 M as in the published weights: a
reference for training; the app ships `simplifier_light`.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ai_tools.nets.config import NetConfig

STRIDE = 8
"""Ratio of the image's size to the innermost map's."""


@dataclass(frozen=True, kw_only=True)
class SimplifierConfig(NetConfig):
    """Row switches of the reproduction's ablation that change the network."""

    layer4: int = 256
    """Channels of the fourth layer: 256 in the training script, 128 in the published weights."""
    skips: bool = False
    """Adds layer 6 to layer 15 and layer 3 to layer 18, which have equal shapes (no parameters)."""
    width: float = 1.0
    """Factor on all channel counts, for scaled-down rows."""

    def __post_init__(self) -> None:
        self.require(self.layer4 > 0, "layer4 must be positive")
        self.require(self.width > 0, "width must be positive")


class Simplifier(nn.Module):
    """Grey rough sketch (B, 1, H, W) in 0..1 -> clean drawing (B, 1, H, W) in 0..1, 1 = paper.

    Any size: the sketch is extended by its right and lower border pixels to multiples of 8.
    `mean` and `std` are the training inputs' global statistics and travel with the weights.
    """

    def __init__(self, config: SimplifierConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("mean", torch.zeros(()))
        self.register_buffer("std", torch.ones(()))

        def wide(channels: int) -> int:
            return max(1, round(channels * config.width))

        def chain(inputs: int, *layers: tuple[int, int, int]) -> nn.Sequential:
            """Convolutions (channels, kernel, stride); stride -2 is a deconvolution to twice."""
            units: list[nn.Module] = []
            for channels, kernel, stride in layers:
                outputs = wide(channels)
                units.append(
                    nn.ConvTranspose2d(inputs, outputs, kernel, 2, 1)
                    if stride < 0
                    else nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2)
                )
                units += [nn.BatchNorm2d(outputs), nn.ReLU()]
                inputs = outputs
            return nn.Sequential(*units)

        self.to_half = chain(1, (48, 5, 2), (128, 3, 1), (128, 3, 1))  # layers 1-3
        self.to_quarter = chain(wide(128), (config.layer4, 3, 2), (256, 3, 1), (256, 3, 1))  # 4-6
        self.at_eighth = chain(  # 7-14
            wide(256), (256, 3, 2), (512, 3, 1), *[(1024, 3, 1)] * 4, (512, 3, 1), (256, 3, 1)
        )
        self.up_quarter = chain(wide(256), (256, 4, -2))  # 15
        self.at_quarter = chain(wide(256), (256, 3, 1), (128, 3, 1))  # 16-17
        self.up_half = chain(wide(128), (128, 4, -2))  # 18
        self.at_half = chain(wide(128), (128, 3, 1), (48, 3, 1))  # 19-20
        self.full = chain(wide(48), (48, 4, -2), (24, 3, 1))  # 21-22
        self.out = nn.Conv2d(wide(24), 1, 3, padding=1)  # 23

    def set_statistics(self, mean: float, std: float) -> None:
        """Mean and standard deviation of all training inputs, std > 0."""
        self.mean.fill_(mean)
        self.std.fill_(std)

    def forward(self, sketch: Tensor) -> Tensor:
        """See the class."""
        height, width = sketch.shape[2:]
        x = F.pad(sketch, (0, -width % STRIDE, 0, -height % STRIDE), mode="replicate")
        layer3 = self.to_half((x - self.mean) / self.std)
        layer6 = self.to_quarter(layer3)
        y = self.up_quarter(self.at_eighth(layer6))
        y = self.at_quarter(y + layer6 if self.config.skips else y)
        y = self.up_half(y)
        y = self.at_half(y + layer3 if self.config.skips else y)
        clean: Tensor = self.out(self.full(y)).sigmoid()[..., :height, :width]
        return clean


@dataclass(frozen=True, kw_only=True)
class SketchDiscriminatorConfig(NetConfig):
    """The published script trains on patches of 384."""

    size: int = 384
    widths: tuple[int, ...] = (16, 32, 64, 128, 256, 512)

    def __post_init__(self) -> None:
        self.require(len(self.widths) == 6, "widths must be six numbers")
        self.require(min(self.widths) > 0, "widths must be positive")
        self.require(
            self.size > 0 and self.size % 64 == 0, "size must be a positive multiple of 64"
        )


class SketchDiscriminator(nn.Module):
    """The row "adv": drawing (B, 1, size, size) in 0..1 -> logits (B,) of being a real one."""

    def __init__(self, config: SketchDiscriminatorConfig) -> None:
        super().__init__()
        self.config = config
        layers: list[nn.Module] = []
        inputs = 1
        for number, outputs in enumerate(config.widths):
            kernel = 5 if number == 0 else 3
            layers += [nn.Conv2d(inputs, outputs, kernel, 2, kernel // 2), nn.ReLU()]
            if number >= 4:
                layers.append(nn.Dropout(0.5))
            inputs = outputs
        self.convs = nn.Sequential(*layers)
        self.score = nn.Linear(inputs * (config.size // 64) ** 2, 1)

    def forward(self, drawing: Tensor) -> Tensor:
        """See the class."""
        logits: Tensor = self.score(self.convs(drawing).flatten(1))[:, 0]
        return logits
