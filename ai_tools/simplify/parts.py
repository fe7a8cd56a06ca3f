# SPDX-License-Identifier: GPL-3.0-or-later
"""What the program calls on the simplifier's network.  Imports torch."""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn

from ai_tools.nets.simplifier_light import SimplifierLight, SimplifierLightConfig
from ai_tools.parts import Part, Port


class _Clean(nn.Module):
    def __init__(self, net: SimplifierLight) -> None:
        super().__init__()
        self.net = net

    def forward(self, sketch: Tensor, degree: Tensor | None = None) -> tuple[Tensor, ...]:
        return tuple(self.net(sketch, degree).values())


def parts(config: SimplifierLightConfig) -> tuple[Part, ...]:
    """One part, "clean".

    Inputs: `sketch` (B, 1, H, W) in 0..1, 1 = paper, any size; `degree` (B,) in 0..1 where the
    network is configured with one, 0 = keep every line.  Outputs: the configured heads, each
    (B, channels, H, W); see `nets.simplifier_light.HEADS`.
    """
    # An odd number of the network's strides: padding has to be part of what is traced.
    side = 2 * config.stride + config.unshuffle + 1
    inputs = [Port("sketch", ("B", 1, "H", "W"), (2, 1, side, side + 1))]
    if config.degree:
        inputs.append(Port("degree", ("B",), (2,)))
    return (
        Part("clean", tuple(inputs), config.heads, lambda net: _Clean(cast(SimplifierLight, net))),
    )
