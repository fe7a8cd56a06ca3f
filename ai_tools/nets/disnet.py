# SPDX-License-Identifier: GPL-3.0-or-later
"""DisNet: picture -> skeleton ("height") map of its regions.  Imports torch and nets.config.

Source: the U-Net of DanbooRegion (Zhang et al. 2020), which StencilTorch uses to find the flat
regions of its training pictures: levels of 16-32-64-128-256-512 channels, two 3x3 convolutions
each, average pooling down, upsampling and a Laplacian residual up, one output.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ai_tools.nets.config import NetConfig


@dataclass(frozen=True, kw_only=True)
class DisNetConfig(NetConfig):
    """Channels per level, finest first."""

    widths: tuple[int, ...] = (16, 32, 64, 128, 256, 512)

    def __post_init__(self) -> None:
        self.require(len(self.widths) > 1, "widths must have at least two levels")
        self.require(min(self.widths) > 0, "widths must be positive")


def _two_convs(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(outputs, outputs, 3, padding=1),
        nn.LeakyReLU(0.2),
    )


class DisNet(nn.Module):
    """(B, 3, H, W) RGB in 0..1 -> (B, 1, H, W) in 0..1, 1 on skeletons and 0 on region borders.

    Any size: the picture is extended by its border pixels to a multiple of the deepest stride.
    """

    def __init__(self, config: DisNetConfig) -> None:
        super().__init__()
        self.config = config
        widths = config.widths
        self.down = nn.ModuleList(
            _two_convs(a, b) for a, b in zip((3, *widths), widths, strict=False)
        )
        finer, coarser = widths[:-1], widths[1:]
        self.up = nn.ModuleList(
            _two_convs(a + b, a) for a, b in zip(finer[::-1], coarser[::-1], strict=True)
        )
        self.out = nn.Conv2d(widths[0], 1, 1)

    def forward(self, rgb: Tensor) -> Tensor:
        """See the class."""
        height, width = rgb.shape[2:]
        stride = 2 ** (len(self.config.widths) - 1)
        x = F.pad(rgb, (0, -width % stride, 0, -height % stride), mode="replicate")
        residuals = []
        for number, convs in enumerate(self.down):
            x = convs(x)
            if number + 1 < len(self.down):
                smaller = F.avg_pool2d(x, 2)
                # Only what pooling loses passes sideways, so the levels do not repeat each other.
                residuals.append(x - F.interpolate(smaller, scale_factor=2, mode="nearest"))
                x = smaller
        for convs, residual in zip(self.up, residuals[::-1], strict=True):
            x = F.interpolate(x, scale_factor=2, mode="nearest")
            x = convs(torch.cat([residual, x], 1))
        heights: Tensor = self.out(x).sigmoid()[..., :height, :width]
        return heights
