# SPDX-License-Identifier: GPL-3.0-or-later
"""The simplifier that the app ships: a U-Net that says all that centre-line tracing needs to know.

Imports torch and `ai_tools.nets.config`.  Own design, after what was measured on two CPU cores:
dense 3x3 convolutions beat depthwise ones at equal time, and a pixel-unshuffled input is the main
lever.  Instead of a picture of clean lines it predicts lines together with their geometry (distance
to the centre line, orientation, width, junctions, ends), from which Béziers with width are traced.
"""

from dataclasses import dataclass
from types import MappingProxyType

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ai_tools.nets.config import NetConfig

HEADS = MappingProxyType(
    {
        "line": 1,
        "distance": 1,
        "orientation": 2,
        "half_width": 1,
        "junction": 1,
        "end": 1,
        "confidence": 1,
    }
)
"""Every head's channels.  What they mean after `activate`, at each pixel:

line         probability that clean ink covers it
distance     pixels to the nearest centre line, >= 0; trained truncated, so large values mean "far"
orientation  (cos 2t, sin 2t) of the nearest line's direction t, which has no sign; unit length
half_width   half the nearest line's width in pixels, > 0
junction     heat 0..1, 1 on points where lines meet
end          heat 0..1, 1 on points where a line ends
confidence   probability that the nearest line is meant to stay at the wanted degree
"""

_PROBABILITIES = ("line", "junction", "end", "confidence")


@dataclass(frozen=True, kw_only=True)
class SimplifierLightConfig(NetConfig):
    """Defaults: 3.2 M parameters; (32, 64, 128, 256) with unshuffle 4 is the faster sibling."""

    widths: tuple[int, ...] = (16, 32, 64, 128, 256)
    unshuffle: int = 2
    """The input's blocks of this side become channels; outputs are shuffled back."""
    heads: tuple[str, ...] = tuple(HEADS)
    degree: bool = True
    """Whether the wanted degree of simplification is an input."""
    skips: bool = True

    def __post_init__(self) -> None:
        self.require(len(self.widths) > 1, "widths must have at least two levels")
        self.require(min(self.widths) > 0, "widths must be positive")
        self.require(self.unshuffle > 0, "unshuffle must be positive")
        self.require(bool(self.heads) and set(self.heads) <= set(HEADS), "unknown or no heads")
        self.require(len(set(self.heads)) == len(self.heads), "a head is named twice")

    @property
    def stride(self) -> int:
        """The input is extended to multiples of this."""
        return self.unshuffle * 2 ** (len(self.widths) - 1)


def _units(inputs: int, outputs: int, count: int, stride: int = 1) -> nn.Sequential:
    """`count` 3x3 convolutions with batch normalisation (folded at export) and ReLU."""
    layers: list[nn.Module] = []
    for number in range(count):
        step = stride if number == 0 else 1
        layers += [
            nn.Conv2d(inputs if number == 0 else outputs, outputs, 3, step, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
        ]
    return nn.Sequential(*layers)


class DegreeScales(nn.Module):
    """Degree -> scale and shift of every level's channels (FiLM, Perez et al. 2018)."""

    HIDDEN = 32

    def __init__(self, channels: tuple[int, ...]) -> None:
        super().__init__()
        self.channels = channels
        self.embed = nn.Sequential(
            nn.Linear(1, self.HIDDEN), nn.SiLU(), nn.Linear(self.HIDDEN, self.HIDDEN), nn.SiLU()
        )
        self.project = nn.Linear(self.HIDDEN, 2 * sum(channels))
        # Close to the identity at first, so that the slider does not disturb early training.
        nn.init.normal_(self.project.weight, std=0.01)
        nn.init.zeros_(self.project.bias)

    def forward(self, degree: Tensor) -> list[tuple[Tensor, Tensor]]:
        """degree (B,) -> per level: factor and offset, both (B, channels, 1, 1)."""
        pairs = self.project(self.embed(degree[:, None]))[..., None, None]
        sizes = [2 * channels for channels in self.channels]
        return [
            (1 + scale, shift)
            for scale, shift in (part.chunk(2, 1) for part in pairs.split(sizes, 1))
        ]


class SimplifierLight(nn.Module):
    """Grey sketch (B, 1, H, W) in 0..1, 1 = paper, any size -> one map per head, (B, C, H, W).

    `mean` and `std` are the training inputs' global statistics and travel with the weights.
    """

    def __init__(self, config: SimplifierLightConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("mean", torch.zeros(()))
        self.register_buffer("std", torch.ones(()))
        widths = config.widths
        blocks = config.unshuffle**2
        self.down = nn.ModuleList(
            _units(a, b, 3, stride=1 if number == 0 else 2)
            for number, (a, b) in enumerate(zip((blocks, *widths), widths, strict=False))
        )
        finer = widths[-2::-1]
        coarser = widths[:0:-1]
        # Narrowing before enlarging costs a quarter of what it would cost after.
        self.narrow = nn.ModuleList(_units(b, a, 1) for a, b in zip(finer, coarser, strict=True))
        self.up = nn.ModuleList(_units(2 * a if config.skips else a, a, 3) for a in finer)
        self.scales = DegreeScales(widths + finer) if config.degree else None
        self.channels = [HEADS[head] for head in config.heads]
        self.out = nn.Conv2d(widths[0], sum(self.channels) * blocks, 3, padding=1)

    def set_statistics(self, mean: float, std: float) -> None:
        """Mean and standard deviation of all training inputs, std > 0."""
        self.mean.fill_(mean)
        self.std.fill_(std)

    def forward(self, sketch: Tensor, degree: Tensor | None = None) -> dict[str, Tensor]:
        """`activate(raw(...))`: the maps with the meanings of `HEADS`."""
        return activate(self.raw(sketch, degree))

    def raw(self, sketch: Tensor, degree: Tensor | None = None) -> dict[str, Tensor]:
        """The heads before `activate`, for losses that want logits.

        Args:
            degree: (B,) in 0..1, 0 = keep every line, 1 = as few as possible; where configured.

        Raises:
            ValueError: the degree is missing, or given to a network without one.
        """
        if (degree is not None) != (self.scales is not None):
            raise ValueError(f"a degree is {'missing' if degree is None else 'not wanted'}")
        films = [] if self.scales is None or degree is None else self.scales(degree)
        height, width = sketch.shape[2:]
        stride = self.config.stride
        x = F.pad(sketch, (0, -width % stride, 0, -height % stride), mode="replicate")
        x = F.pixel_unshuffle((x - self.mean) / self.std, self.config.unshuffle)
        levels = []
        for number, units in enumerate(self.down):
            x = _scaled(units(x), films, number)
            levels.append(x)
        for number, (narrow, units) in enumerate(zip(self.narrow, self.up, strict=True)):
            x = F.interpolate(narrow(x), scale_factor=2, mode="nearest")
            if self.config.skips:
                x = torch.cat([x, levels[-2 - number]], 1)
            x = _scaled(units(x), films, len(levels) + number)
        y = F.pixel_shuffle(self.out(x), self.config.unshuffle)[..., :height, :width]
        return dict(zip(self.config.heads, y.split(self.channels, 1), strict=True))


def _scaled(x: Tensor, films: list[tuple[Tensor, Tensor]], level: int) -> Tensor:
    if not films:
        return x
    factor, offset = films[level]
    return x * factor + offset


def activate(raw: dict[str, Tensor]) -> dict[str, Tensor]:
    """Brings raw head outputs into the ranges that `HEADS` states."""
    maps = {}
    for head, value in raw.items():
        if head in _PROBABILITIES:
            maps[head] = value.sigmoid()
        elif head == "orientation":
            maps[head] = F.normalize(value, dim=1)
        else:
            maps[head] = F.softplus(value)
    return maps
