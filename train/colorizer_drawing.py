# SPDX-License-Identifier: GPL-3.0-or-later
"""What a colorizer makes of line art: painted pictures, validation figures, sample sheets.

Imports numpy, torch, ai_tools and train.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from ai_tools.colorize.inputs import hint_field, network_inputs
from ai_tools.nets.colorizer_light import ColorizerLight
from train.colorizer_setup import ColorizerNet, stencil_inputs
from train.common.run import grid
from train.common.seeds import numpy_generator
from train.data.colour.hints import Hints, Regime, artist_hints, evaluation_hints
from train.data.colour.samples import ColourData, ColourSample

Picture = NDArray[np.uint8]
Plane = NDArray[np.float32]

Case = Regime | str
"""A regime of the evaluation, or DABS."""

DABS = "DABS"
"""A person's few dabs: one to three in some of the regions."""

CASES: tuple[Case, ...] = ("NH", "SH4", DABS, "SH16", "SH64", "FH")
"""From no hints over 9, a few dabs, 225 and 3969 disks to all flat colours."""

VALID_SEED = 20_231_018
"""Key of the dabs that are neither trained on nor chosen by."""


@dataclass(frozen=True)
class Asked:
    """What a way of colouring is given; sizes (H, W)."""

    line: Plane
    base: Picture
    mask: Plane
    hints: Hints


Way = Callable[[Asked], Picture]
"""Paints; what is outside the mask is kept, bit for bit."""


def kept(asked: Asked, painted: Picture) -> Picture:
    """`painted` under the mask, the picture so far elsewhere."""
    mask = asked.mask[..., None]
    mixed = asked.base + (painted.astype(np.float32) - asked.base) * mask
    return np.where(mask > 0, np.rint(mixed), asked.base).astype(np.uint8)


def with_lines(line: Plane, colours: Picture) -> Picture:
    """Flat colours (H, W, 3) with black lines over them."""
    return np.rint(colours * (1 - line[..., None])).astype(np.uint8)


def field_fill(asked: Asked) -> Picture:
    """The baseline without a network: each pixel has its nearest hint's colour, see
    `ai_tools.colorize.inputs.hint_field`; paper stays white without hints."""
    hinted = asked.hints.alpha > 0
    colours = np.full(asked.base.shape, 255, np.uint8)
    if hinted.any():
        colours, _ = hint_field(asked.line, asked.hints.rgb, hinted)
    return kept(asked, with_lines(asked.line, colours))


@torch.no_grad()
def paint(net: ColorizerNet, asked: Asked, device: torch.device) -> Picture:
    """The network's picture, height and width divisible by 16."""
    net.eval()
    hinted = asked.hints.alpha > 0
    if isinstance(net, ColorizerLight):
        planes = network_inputs(asked.line, asked.base, asked.mask, asked.hints.rgb, hinted)
        rgb = net(torch.from_numpy(planes)[None].to(device))[0]
    else:
        tensors = [_tensor(a) for a in (asked.line, asked.base, asked.mask, asked.hints.rgb)]
        x, h = stencil_inputs(*(t.to(device) for t in (*tensors, _tensor(hinted))))
        rgb = net(x, h)[0]
    picture = (rgb.float().cpu().numpy().transpose(1, 2, 0) * 255).round().clip(0, 255)
    return kept(asked, picture.astype(np.uint8))


def _tensor(array: NDArray) -> torch.Tensor:
    """(H, W) or uint8 (H, W, 3) -> float32 (1, C, H, W) in 0..1."""
    if array.ndim == 2:
        return torch.from_numpy(array.astype(np.float32))[None, None]
    return torch.from_numpy(array.transpose(2, 0, 1).astype(np.float32) / 255)[None]


def ask(sample: ColourSample, case: Case, number: int) -> Asked:
    """The task of colouring a whole sample under a case; `number` keys its dabs."""
    full = np.ones(sample.line.shape, np.float32)
    if case == DABS:
        rng = numpy_generator(VALID_SEED, number)
        hints = artist_hints(sample.flat, sample.regions, full, rng)
    else:
        hints = evaluation_hints(sample.flat, case)  # type: ignore[arg-type]
    return Asked(sample.line, np.full(sample.colour.shape, 255, np.uint8), full, hints)


def valid_samples(data: ColourData, count: int) -> list[ColourSample]:
    """Evenly chosen validation pictures."""
    chosen = np.unique(np.linspace(0, len(data) - 1, min(count, len(data))).astype(int))
    return [data.sample(int(i)) for i in chosen]


def validate(
    net: ColorizerNet, samples: list[ColourSample], device: torch.device
) -> dict[str, float]:
    """Mean absolute difference (0..255) to the wanted pictures under some cases, and their mean
    as "l1", by which the best network is chosen."""
    figures = {}
    for case in ("NH", "SH4", DABS, "SH16"):
        errors = [
            np.abs(paint(net, ask(s, case, i), device).astype(np.float32) - s.colour).mean()
            for i, s in enumerate(samples)
        ]
        figures[f"l1_{case}"] = float(np.mean(errors))
    return figures | {"l1": float(np.mean(list(figures.values())))}


def sample_sheet(
    net: ColorizerNet, samples: list[ColourSample], device: torch.device, tile: int = 192
) -> Picture:
    """Rows of lines with dabs, their colours filled in, painted without hints, with 9, with the
    dabs, with 225, with all flat colours, and the wanted picture."""
    tiles = []
    for number, sample in enumerate(samples):
        dabs = ask(sample, DABS, number)
        tiles += [hints_shown(dabs), field_fill(dabs)]
        for case in ("NH", "SH4", DABS, "SH16", "FH"):
            tiles.append(paint(net, ask(sample, case, number), device))
        tiles.append(sample.colour)
    small = [cv2.resize(t, (tile, tile), interpolation=cv2.INTER_AREA) for t in tiles]
    return grid(np.stack(small), 8)


def hints_shown(asked: Asked) -> Picture:
    """The hints on paper under the lines."""
    hinted = asked.hints.alpha[..., None] > 0
    return with_lines(asked.line, np.where(hinted, asked.hints.rgb, np.uint8(255)))
