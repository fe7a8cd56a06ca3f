# SPDX-License-Identifier: GPL-3.0-or-later
"""What inference calls on the network `colorizer_light`.  Imports torch and ai_tools.nets."""

from __future__ import annotations

from torch import nn

from ai_tools.colorize.inputs import CHANNELS
from ai_tools.nets.colorizer_light import ColorizerLightConfig
from ai_tools.parts import Part, Port


def parts(config: ColorizerLightConfig) -> tuple[Part, ...]:
    """paint: planes of `inputs.network_inputs` -> the painted picture, 0..1, before the mask.

    Height and width are multiples of `config.stride`.
    """
    side = 2 * config.stride
    x = Port("x", ("batch", len(CHANNELS), "height", "width"), (2, len(CHANNELS), side, 2 * side))
    return (Part("paint", (x,), ("rgb",), _Paint),)


class _Paint(nn.Module):
    """The network, its picture as the only item of a tuple."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x):  # type: ignore[no-untyped-def]
        """(B, 14, H, W) -> ((B, 3, H, W),)."""
        return (self.net(x),)
