# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of the network for one sample: mask and hints together.  Imports its siblings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from train.data.colour.curriculum import CURRICULA, Curriculum, draw_share
from train.data.colour.hints import HINT_KINDS, HintKind, Hints, artist_hints, published_hints
from train.data.colour.masks import artist_mask, cluster_mask, full_mask
from train.data.colour.samples import ColourSample

Masks = Literal["clusters", "mixed", "full"]
MASKS: tuple[Masks, ...] = ("clusters", "mixed", "full")


_LEAST = 0.02
"""Share of the picture below which a mask of the "mixed" kind is drawn again."""


@dataclass(frozen=True, kw_only=True)
class TaskConfig:
    """How tasks are set; the rows of the ablation differ here."""

    hints: HintKind = "disks_quantised"
    curriculum: Curriculum = "none"
    masks: Masks = "mixed"
    """As published, by flat colours; with artists' selections in half of the partial masks; or, for
    the row without masks, always all."""
    dabs: float = 0.4
    """Share of partial hints that are a person's few dabs; 0 as published."""
    strength: tuple[float, float] = (0.6, 1.0)
    """Range of the line's blackness b: line pixels become 1 - b, b in steps of 0.1."""

    def __post_init__(self) -> None:
        for value, known in (
            (self.hints, HINT_KINDS),
            (self.curriculum, CURRICULA),
            (self.masks, MASKS),
        ):
            if value not in known:
                raise ValueError(f"{value!r} is none of {', '.join(known)}")
        if not 0 <= self.dabs <= 1:
            raise ValueError(f"dabs is a share, not {self.dabs}")


PUBLISHED = TaskConfig(masks="clusters", dabs=0.0)
"""As the published code sets tasks."""


@dataclass(frozen=True, eq=False)
class ColourTask:
    """A mask and hints for a sample of (S, S)."""

    mask: NDArray[np.float32]
    """1 = to paint, 0 = keep."""
    hint_rgb: NDArray[np.uint8]
    """(S, S, 3), 0 where there is no hint."""
    hint_alpha: NDArray[np.uint8]
    """0 or 1."""


def task(
    sample: ColourSample, rng: np.random.Generator, config: TaskConfig, progress: float = 1.0
) -> ColourTask:
    """Draws a task.

    Args:
        progress: share of the training that is done, 0..1, for the curriculum.
    """
    mask_share = draw_share(config.curriculum, progress, rng)
    hint_share = draw_share(config.curriculum, progress, rng)
    mask = _mask(sample, mask_share, config, rng)
    hints: Hints
    if 0 < hint_share < 1 and rng.random() < config.dabs:
        hints = artist_hints(sample.flat, sample.regions, mask, rng)
    else:
        hints = published_hints(sample.colour, sample.flat, mask, hint_share, config.hints, rng)
    return ColourTask(mask, hints.rgb, hints.alpha)


def _mask(
    sample: ColourSample, share: float, config: TaskConfig, rng: np.random.Generator
) -> NDArray[np.float32]:
    if config.masks == "full":
        return full_mask((sample.clusters.shape[0], sample.clusters.shape[1]))
    if config.masks == "clusters":
        return cluster_mask(sample.clusters, share, rng)
    artist = 0 < share < 1 and rng.random() < 0.5
    for _ in range(4):  # a few pixels to paint teach next to nothing
        if artist:
            mask = artist_mask(sample.regions, rng)
        else:
            mask = cluster_mask(sample.clusters, share, rng)
        if mask.mean() > _LEAST:
            break
    return mask


def line_strength(config: TaskConfig, rng: np.random.Generator) -> float:
    """A blackness b for a sample's line, in steps of 0.1 as published."""
    low, high = (round(10 * value) for value in config.strength)
    return int(rng.integers(low, high + 1)) / 10


def composition(
    sample: ColourSample, mask: NDArray[np.float32], strength: float = 1.0
) -> NDArray[np.uint8]:
    """What the network sees: the picture outside the mask, the lines on white inside it."""
    line = (255 * (1 - strength * sample.line))[..., None]
    picture = sample.colour + (line - sample.colour) * mask[..., None]
    return np.rint(picture).astype(np.uint8)
