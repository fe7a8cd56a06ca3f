# SPDX-License-Identifier: GPL-3.0-or-later
"""SAGE's discriminators for images, label maps and drawings.  Imports torch and nets.config.

Source: SAGE (IJCAI 2023) and its code; the network is pi-GAN's (Chan et al. 2021) with CoordConv
(Liu et al. 2018).  12.88 M parameters for 3 channels, 12.91 M for 19.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ai_tools.nets.config import NetConfig

SLOPE = 0.2


@dataclass(frozen=True, kw_only=True)
class SageDiscriminatorConfig(NetConfig):
    """Channels at each size, 2^n first: 256² down to 2² for the eight published widths."""

    inputs: int = 3
    """3 for photos and drawings, 19 for label maps (one-hot, scaled to -1 and 1)."""
    widths: tuple[int, ...] = (32, 64, 128, 256, 400, 400, 400, 400)

    def __post_init__(self) -> None:
        self.require(self.inputs > 0, "inputs must be positive")
        self.require(len(self.widths) > 1, "widths must have at least two levels")
        self.require(min(self.widths) > 0, "widths must be positive")


@dataclass(frozen=True)
class Verdict:
    """What a discriminator says; pitch and yaw in radians as in `volume`."""

    score: Tensor  # (B,), unbounded, high = real
    pose: Tensor  # (B, 2): pitch, yaw


class CoordConv(nn.Module):
    """Convolution 3x3 that also sees each pixel's x and y in -1..1."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs + 2, outputs, 3, stride, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) -> (B, outputs, H / stride, W / stride)."""
        height, width = x.shape[2:]
        down = torch.linspace(-1, 1, height, dtype=x.dtype, device=x.device)
        right = torch.linspace(-1, 1, width, dtype=x.dtype, device=x.device)
        shape = (len(x), 1, height, width)
        y: Tensor = self.conv(torch.cat([x, right.expand(shape), down[:, None].expand(shape)], 1))
        return y


class ResidualCoordConv(nn.Module):
    """Two CoordConvs, the second halving, beside a 1x1 of stride 2; the sum over sqrt 2."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            CoordConv(inputs, outputs),
            nn.LeakyReLU(SLOPE),
            CoordConv(outputs, outputs, 2),
            nn.LeakyReLU(SLOPE),
        )
        self.skip = nn.Conv2d(inputs, outputs, 1, 2)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) -> (B, outputs, H / 2, W / 2)."""
        y: Tensor = (self.body(x) + self.skip(x)) / math.sqrt(2)
        return y


class SageDiscriminator(nn.Module):
    """Progressively growing: judges any size 2^k from 4² to 2^len(widths)."""

    def __init__(self, config: SageDiscriminatorConfig) -> None:
        super().__init__()
        self.config = config
        widths = config.widths
        self.from_input = nn.ModuleList(
            nn.Sequential(nn.Conv2d(config.inputs, width, 1), nn.LeakyReLU(SLOPE))
            for width in widths
        )
        self.blocks = nn.ModuleList(ResidualCoordConv(a, b) for a, b in pairwise(widths))
        self.out = nn.Conv2d(widths[-1], 3, 2)

    def forward(self, image: Tensor, fade: float = 1.0) -> Verdict:
        """image (B, inputs, s, s) in -1..1.

        Args: `fade` in 0..1 is the share of the size's own input layer; the rest comes from the
        halved image through the next smaller size's.

        Raises:
            ValueError: a size that the network does not know.
        """
        size = image.shape[-1]
        levels = len(self.config.widths)
        start = levels - (size.bit_length() - 1)
        if image.shape[-2] != size or size & (size - 1) or not 0 <= start < levels - 1:
            raise ValueError(f"images must be square, 4 to {2**levels}, not {tuple(image.shape)}")
        x = self.blocks[start](self.from_input[start](image))
        if fade < 1:
            half = F.interpolate(image, scale_factor=0.5, mode="nearest")
            x = torch.lerp(self.from_input[start + 1](half), x, fade)
        for block in self.blocks[start + 1 :]:
            x = block(x)
        y = self.out(x).flatten(1)
        return Verdict(y[:, 0], y[:, 1:])
