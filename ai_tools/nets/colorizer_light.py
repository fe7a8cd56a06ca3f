# SPDX-License-Identifier: GPL-3.0-or-later
"""The colorizer that the app ships: a U-Net that decides where to trust the hints' colours, and
shades them.

Imports torch and `ai_tools.nets.config`.  Own design.  Its input says to every pixel which hint's
colour would flow there if ink held it back (`ai_tools.colorize.inputs`), so that the network need
not carry colours over long distances.  What it predicts at each pixel is small and bounded: a gate
between that colour and one of its own, a shade and a highlight.  Where the gate is open the hue is
the user's, however little the network has learnt.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ai_tools.nets.config import NetConfig

INPUTS = 14
"""Planes of the input, `ai_tools.colorize.inputs.CHANNELS`."""

FIELD = slice(9, 12)
FAR = slice(13, 14)
"""Where among them the flowing colour is, and how much its distance lets it be trusted."""


@dataclass(frozen=True, kw_only=True)
class ColorizerLightConfig(NetConfig):
    """Defaults: 1.3 M parameters."""

    widths: tuple[int, ...] = (24, 48, 96, 160)
    unshuffle: int = 2
    """The input's blocks of this side become channels; outputs are shuffled back."""

    def __post_init__(self) -> None:
        self.require(len(self.widths) > 1, "widths must have at least two levels")
        self.require(min(self.widths) > 0, "widths must be positive")
        self.require(self.unshuffle > 0, "unshuffle must be positive")

    @property
    def stride(self) -> int:
        """Height and width must be divisible by this."""
        return self.unshuffle * 2 ** (len(self.widths) - 1)


def _unit(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    """3x3 convolution, batch normalisation (folded at export), ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )


class _Context(nn.Module):
    """Adds to every place what the whole picture's mean says: its palette, how full it is."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mix = nn.Sequential(
            nn.Conv2d(channels, channels // 2, 1), nn.ReLU(), nn.Conv2d(channels // 2, channels, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        y: Tensor = x + self.mix(x.mean((2, 3), keepdim=True))
        return y


@dataclass(frozen=True)
class Layers:
    """The picture in its making, each (B, C, H, W) in 0..1."""

    own: Tensor
    """The network's own colour, 3 channels."""
    gate: Tensor
    """1: the hint's colour, 0: its own; 1 channel."""
    flat: Tensor
    """The two mixed: the picture's colours without light, 3 channels."""
    shade: Tensor
    """Factor, 1 channel."""
    highlight: Tensor
    """Share of white, 1 channel."""
    rgb: Tensor
    """flat, shaded, with highlights: 3 channels."""


class ColorizerLight(nn.Module):
    """Planes (B, 14, H, W) -> picture with lines (B, 3, H, W) in 0..1, the whole frame."""

    def __init__(self, config: ColorizerLightConfig) -> None:
        super().__init__()
        self.config = config
        widths, blocks = config.widths, config.unshuffle**2
        self.down = nn.ModuleList(
            nn.Sequential(_unit(a, b, 1 if number == 0 else 2), _unit(b, b))
            for number, (a, b) in enumerate(zip((INPUTS * blocks, *widths), widths, strict=False))
        )
        self.deep = nn.Sequential(_Context(widths[-1]), _unit(widths[-1], widths[-1]))
        finer, coarser = widths[-2::-1], widths[:0:-1]
        # Narrowing before enlarging costs a quarter of what it would cost after.
        self.narrow = nn.ModuleList(_unit(b, a) for a, b in zip(finer, coarser, strict=True))
        self.up = nn.ModuleList(nn.Sequential(_unit(2 * a, a), _unit(a, a)) for a in finer)
        self.out = nn.Conv2d(widths[0], 6 * blocks, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """The picture alone."""
        return self.layers(x).rgb

    def layers(self, x: Tensor) -> Layers:
        """The picture and what it is made of, for losses.

        Raises:
            ValueError: height or width is no multiple of the stride.
        """
        stride = self.config.stride
        if not torch.jit.is_tracing() and (x.shape[2] % stride or x.shape[3] % stride):
            raise ValueError(f"height and width must be divisible by {stride}: {tuple(x.shape)}")
        y = F.pixel_unshuffle(x, self.config.unshuffle)
        levels = []
        for units in self.down:
            y = units(y)
            levels.append(y)
        y = self.deep(y)
        for number, (narrow, units) in enumerate(zip(self.narrow, self.up, strict=True)):
            y = F.interpolate(narrow(y), scale_factor=2, mode="nearest")
            y = units(torch.cat([y, levels[-2 - number]], 1))
        raw = F.pixel_shuffle(self.out(y), self.config.unshuffle)
        own, gate, shade, highlight = raw.split((3, 1, 1, 1), 1)
        own = own.sigmoid()
        # At first: trust near hints, hardly any shade or highlight.  Without hints, no trust.
        far = x[:, FAR]
        gate = (gate + 4 * far - 2).sigmoid() * (20 * far).clamp(max=1)
        shade, highlight = (shade + 3).sigmoid(), (highlight - 3).sigmoid()
        flat = gate * x[:, FIELD] + (1 - gate) * own
        rgb = flat * shade
        rgb = rgb + highlight * (1 - rgb)
        return Layers(own, gate, flat, shade, highlight, rgb)
