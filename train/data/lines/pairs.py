# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairs of a rough drawing and what it means, as training and judging want them.

Imports numpy, torch, train.common and train.data.lines.  A pair is a function of its key: it can be
made in any process, in any order, and again after a resume.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from train.common.seeds import numpy_generator
from train.data.lines.media import Noise
from train.data.lines.rough import draw_rough
from train.data.lines.scenes import Bank, Scene, make_scene
from train.data.lines.targets import draw_clean, draw_targets

_ENOUGH = 4
"""Strokes that a scene must have: emptier ones teach nothing."""


@dataclass(frozen=True, eq=False)
class Pair:
    """A rough drawing uint8 (size, size), 255 = white, its clean scene, the wanted degree."""

    rough: NDArray[np.uint8]
    scene: Scene
    degree: float

    def targets(self) -> Mapping[str, NDArray[np.float32]]:
        """See `draw_targets`."""
        return draw_targets(self.scene, self.degree)


@dataclass(frozen=True, kw_only=True)
class PairSettings:
    """How pairs are made."""

    size: int = 256
    noise: Noise = field(default_factory=Noise)
    degrees: bool = True
    """Whether degrees of simplification other than 0 are asked for."""
    identity: float = 0.03
    """Share of roughs that are the clean drawing itself."""
    mess: float | None = None
    """Fixed messiness 0..1; None draws it."""
    whole: bool = False
    """Whole sheets with blank margins instead of full patches."""


def make_pair(bank: Bank, settings: PairSettings, *key: int) -> Pair:
    """The pair that belongs to non-negative integers such as (seed, step, number)."""
    rng = numpy_generator(*key)
    scene = make_scene(bank, settings.size, rng, settings.whole)
    for _ in range(20):
        if len(scene.strokes) >= _ENOUGH:
            break
        scene = make_scene(bank, settings.size, rng, settings.whole)
    degree = float(rng.random()) if settings.degrees and rng.random() < 0.6 else 0.0
    if rng.random() < settings.identity:
        rough = np.rint(255 * (1 - draw_clean(scene))).astype(np.uint8)
    else:
        rough = draw_rough(scene, rng, settings.noise, settings.mess)
    return Pair(rough, scene, degree)


@dataclass(frozen=True, eq=False)
class PairBatch:
    """B pairs as tensors."""

    rough: Tensor  # (B, 1, H, W) in 0..1, 1 = white
    degree: Tensor  # (B,)
    targets: Mapping[str, Tensor]  # (B, C, H, W) each, see draw_targets

    def to(self, device: torch.device) -> PairBatch:
        """The batch on a device."""
        moved = {name: value.to(device, non_blocking=True) for name, value in self.targets.items()}
        return PairBatch(self.rough.to(device), self.degree.to(device), moved)


def stack_pairs(pairs: list[Pair]) -> PairBatch:
    """Pairs of equal size as one batch."""
    roughs = np.stack([pair.rough for pair in pairs])[:, None]
    targets = [pair.targets() for pair in pairs]
    return PairBatch(
        torch.from_numpy(roughs.astype(np.float32) / 255),
        torch.tensor([pair.degree for pair in pairs]),
        {name: torch.from_numpy(np.stack([t[name] for t in targets])) for name in targets[0]},
    )


class PairBatches(Dataset[PairBatch]):
    """Training batches by step: endless, none ever the same."""

    def __init__(
        self, bank: Bank, settings: PairSettings, batch: int, seed: int, rank: int = 0
    ) -> None:
        self.bank = bank
        self.settings = settings
        self.batch = batch
        self.seed = seed
        self.rank = rank

    def __getitem__(self, step: int) -> PairBatch:
        keys = [(self.seed, step, self.rank, i) for i in range(self.batch)]
        return stack_pairs([make_pair(self.bank, self.settings, *key) for key in keys])


def input_statistics(bank: Bank, settings: PairSettings, seed: int) -> tuple[float, float]:
    """Mean and standard deviation of the roughs, 0..1, measured on 48 of them."""
    pictures = [make_pair(bank, settings, seed, 1 << 30, i).rough for i in range(48)]
    pixels = np.stack(pictures).astype(np.float64) / 255
    return float(pixels.mean()), float(pixels.std())
