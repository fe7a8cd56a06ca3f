# SPDX-License-Identifier: GPL-3.0-or-later
"""Portraits that a SAGE generator makes from random vectors.  Imports torch, nets and train."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ai_tools.nets.sage import SageGenerator, SageOutput
from ai_tools.nets.sage_field import Style
from ai_tools.nets.volume import Camera
from train.common.run import grid
from train.data.heads.convention import PALETTE
from train.portrait_drawing import YAWS

SEED = 20_230_801
"""Of the random vectors that are shown and measured."""

TRUNCATION = 0.7
"""How far from the mean style portraits are shown: quality against variety."""


@torch.no_grad()
def styles_of(net: SageGenerator, count: int, psi: float = 1.0) -> Style:
    """Styles of `count` fixed random vectors, truncated by psi."""
    generator = torch.Generator().manual_seed(SEED)
    device = net.mapping.head.weight.device
    z = torch.randn(count, net.config.z, generator=generator).to(device)
    many = torch.randn(512, net.config.z, generator=generator).to(device)
    style: Style = net.mapping(z)
    return style.towards(net.mapping.mean_style(many), psi)


@torch.no_grad()
def render(
    net: SageGenerator, style: Style, number: int, yaw: float, level: int, drawing: bool
) -> SageOutput:
    """Portrait `number` of `style` from one side; yaw in radians, pitch 0.

    Args: `drawing`: through the translator too, where there is one.
    """
    parts = (style.frequencies, style.phases, style.code)
    one = Style(*(part[number : number + 1] for part in parts))
    camera = Camera(one.code.new_tensor([yaw]), one.code.new_tensor([0.0]))
    output: SageOutput = net(one, camera, level, last_back=True, translate=drawing)
    return output


def made_pictures(net: SageGenerator, count: int, level: int, drawing: bool) -> Tensor:
    """`count` portraits from sides as in training, (N, 3, s, s) in about -1..1, on the CPU."""
    net.eval()
    style = styles_of(net, count)
    generator = np.random.default_rng(SEED)
    outputs = (
        render(net, style, i, float(generator.normal(0, 0.3)), level, drawing) for i in range(count)
    )
    return torch.cat([final(output).float().cpu() for output in outputs])


def final(output: SageOutput) -> Tensor:
    """The drawing where there is one, else the image."""
    return output.image if output.drawing is None else output.drawing


def sage_sheet(net: SageGenerator, count: int, level: int, drawing: bool) -> NDArray[np.uint8]:
    """A row a portrait: seven yaws, and its labels from the front where it has any."""
    net.eval()
    style = styles_of(net, count, TRUNCATION)
    tiles = []
    for number in range(count):
        for yaw in YAWS:
            output = render(net, style, number, math.radians(yaw), level, drawing)
            rgb = final(output)[0].float().cpu().permute(1, 2, 0).numpy()
            tiles.append(np.rint((rgb + 1) * 127.5).clip(0, 255).astype(np.uint8))
        labels = render(net, style, number, 0.0, level, drawing).labels
        if labels is not None:
            tiles.append(PALETTE[labels[0].argmax(0).cpu().numpy()])
    return grid(np.stack(tiles), len(tiles) // count)
