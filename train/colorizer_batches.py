# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches of colouring tasks, each a function of the seed and the step.

Imports numpy, torch, ai_tools.colorize.inputs and train.data.colour.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from ai_tools.colorize.inputs import network_inputs
from train.common.seeds import numpy_generator
from train.data.colour.samples import ColourData
from train.data.colour.tasks import TaskConfig, line_strength, task

_TASKS = 20_231_017
"""Keeps the tasks' random numbers apart from the samples'."""


@dataclass(frozen=True)
class ColourBatch:
    """Pictures and tasks, float32 in 0..1."""

    colour: Tensor
    """Wanted picture (B, 3, H, W)."""
    flat: Tensor
    """Its flat colours (B, 3, H, W)."""
    line: Tensor
    """Coverage by ink (B, 1, H, W)."""
    mask: Tensor
    """1 = to be painted (B, 1, H, W)."""
    hint_rgb: Tensor
    """(B, 3, H, W)."""
    hint_alpha: Tensor
    """0 or 1 (B, 1, H, W)."""
    planes: Tensor
    """Inputs of colorizer_light (B, 14, H, W); (B, 0, H, W) where not asked for."""

    def to(self, device: torch.device) -> ColourBatch:
        """The same on a device."""
        return ColourBatch(*(getattr(self, f.name).to(device) for f in fields(self)))


class ColourBatches(Dataset[ColourBatch]):
    """Batch number `step`, by index."""

    def __init__(
        self,
        data: ColourData,
        config: TaskConfig,
        batch: int,
        steps: int,
        seed: int,
        rank: int = 0,
        world: int = 1,
        *,
        planes: bool = True,
    ) -> None:
        """Args: steps of the whole training, for the curriculum; planes: whether to make them."""
        self.data = data
        self.config = config
        self.batch = batch
        self.steps = steps
        self.seed = seed
        self.rank = rank
        self.world = world
        self.planes = planes

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, step: int) -> ColourBatch:
        first = (step * self.world + self.rank) * self.batch
        rows = [self._item(first + i, step / max(self.steps, 1)) for i in range(self.batch)]
        columns = zip(*rows, strict=True)
        return ColourBatch(*(torch.from_numpy(np.stack(column)) for column in columns))

    def _item(self, number: int, progress: float) -> tuple[np.ndarray, ...]:
        sample = self.data.sample(number)
        rng = numpy_generator(self.seed, _TASKS, number)
        made = task(sample, rng, self.config, progress)
        line = np.asarray(sample.line * np.float32(line_strength(self.config, rng)), np.float32)
        alpha = made.hint_alpha > 0
        planes = np.zeros((0, *line.shape), np.float32)
        if self.planes:
            planes = network_inputs(line, sample.colour, made.mask, made.hint_rgb, alpha)
        return (
            _unit(sample.colour),
            _unit(sample.flat),
            line[None],
            made.mask[None],
            _unit(made.hint_rgb),
            alpha.astype(np.float32)[None],
            planes,
        )


def _unit(rgb: np.ndarray) -> np.ndarray:
    """uint8 (H, W, 3) -> float32 (3, H, W) in 0..1."""
    return rgb.transpose(2, 0, 1).astype(np.float32) / 255


def whole_picture(planes: Tensor) -> Tensor:
    """The planes (B, 14, H, W) for painting everything: mask 1, only lines to be seen."""
    line = planes[:, :1]
    base = (1 - line).expand(-1, 3, -1, -1)
    return torch.cat([line, torch.ones_like(line), base, planes[:, 5:]], 1)


def with_base(planes: Tensor, base: Tensor) -> Tensor:
    """The planes with another picture so far (B, 3, H, W): that of a second pass."""
    line, mask = planes[:, :1], planes[:, 1:2]
    seen = base * (1 - mask) + (1 - line) * mask
    return torch.cat([line, mask, seen, planes[:, 5:]], 1)
