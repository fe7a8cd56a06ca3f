# SPDX-License-Identifier: GPL-3.0-or-later
"""Sliced Wasserstein distance between sets of pictures, no network needed.  Imports torch.

After Karras et al., Progressive Growing of GANs (2018), section 5: Laplacian pyramids of the
pictures down to 16 px, 128 patches of 7x7x3 from each picture and level, each channel normalised
over the set, projected on 512 random directions and sorted.  Given in thousandths, as there.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

SMALLEST = 16
"""Shorter side of the pyramid's coarsest level, at least."""
PATCH = 7
PATCHES = 128
"""From each picture and level."""
DIRECTIONS = 512
_CHUNK = 64
"""Pictures, or directions, at a time: bounds memory."""


def swd(a: Tensor, b: Tensor, *, seed: int = 0) -> float:
    """The mean over levels of `swd_by_level`."""
    levels = swd_by_level(a, b, seed=seed)
    return sum(levels.values()) / len(levels)


def swd_by_level(a: Tensor, b: Tensor, *, seed: int = 0) -> dict[int, float]:
    """The distance at each level of the pyramid, by the level's shorter side, times 1000.

    0 = the patches cannot be told apart; the same `seed` looks at the same places in both sets, so
    that equal sets have a distance of exactly 0.

    Args:
        a: RGB (N, 3, H, W) in 0..1, sides of at least 16.
        b: as many and as large.
        seed: for places and directions.

    Raises:
        ValueError: other shapes.
    """
    if a.shape != b.shape or a.ndim != 4 or a.shape[1] != 3 or min(a.shape[2:]) < SMALLEST:
        raise ValueError(
            f"needs two equal sets (N, 3, H, W) from {SMALLEST} px on, "
            f"not {tuple(a.shape)} and {tuple(b.shape)}"
        )
    first, second = _descriptors(a, seed), _descriptors(b, seed)
    return {
        side: 1000 * sliced_wasserstein(_normalised(first[side]), _normalised(second[side]), seed)
        for side in first
    }


def sliced_wasserstein(a: Tensor, b: Tensor, seed: int = 0, directions: int = DIRECTIONS) -> float:
    """Mean over random directions of the 1-Wasserstein distance of the projected point clouds.

    Args:
        a: (N, d).
        b: (N, d).

    Raises:
        ValueError: the clouds differ in size.
    """
    if a.shape != b.shape or a.ndim != 2:
        raise ValueError(f"needs two equal clouds (N, d), not {tuple(a.shape)}, {tuple(b.shape)}")
    generator = torch.Generator().manual_seed(seed)
    axes = F.normalize(torch.randn(a.shape[1], directions, generator=generator), dim=0)
    total = 0.0
    for part in axes.to(a).split(_CHUNK, 1):
        sorted_a, sorted_b = ((cloud @ part).sort(0).values for cloud in (a, b))
        total += float((sorted_a - sorted_b).abs().mean(0).double().sum())
    return total / directions


def laplacian_pyramid(x: Tensor) -> list[Tensor]:
    """Band-pass pictures (B, 3, h, w) from fine to coarse; the last is the low-pass remainder.

    Burt and Adelson (1983); `x` is the sum of all, each enlarged to its size in turn.
    """
    levels = []
    while min(x.shape[2:]) >= 2 * SMALLEST:
        coarse = _blurred(x)[:, :, ::2, ::2]
        levels.append(x - enlarged(coarse, x.shape[2], x.shape[3]))
        x = coarse
    return [*levels, x]


def enlarged(x: Tensor, height: int, width: int) -> Tensor:
    """(B, C, ceil(height/2), ceil(width/2)) -> (B, C, height, width), interpolated by the blur."""
    spread = x.new_zeros(*x.shape[:2], height, width)
    spread[:, :, ::2, ::2] = x
    return 4 * _blurred(spread)


def _blurred(x: Tensor) -> Tensor:
    """Convolution with the binomial (1, 4, 6, 4, 1) both ways, mirrored at the borders."""
    kernel = x.new_tensor((1, 4, 6, 4, 1)) / 16
    channels = x.shape[1]
    x = F.pad(x, (2, 2, 2, 2), mode="reflect")
    x = F.conv2d(x, kernel.view(1, 1, 5, 1).expand(channels, 1, 5, 1), groups=channels)
    return F.conv2d(x, kernel.view(1, 1, 1, 5).expand(channels, 1, 1, 5), groups=channels)


def _descriptors(pictures: Tensor, seed: int) -> dict[int, Tensor]:
    """Level's shorter side -> (N * 128, 3, 49) patches at random places."""
    generator = torch.Generator().manual_seed(seed)
    found: dict[int, list[Tensor]] = {}
    for part in pictures.float().split(_CHUNK):
        for level in laplacian_pyramid(part):
            found.setdefault(min(level.shape[2:]), []).append(_patches(level, generator))
    return {side: torch.cat(parts) for side, parts in found.items()}


def _patches(level: Tensor, generator: torch.Generator) -> Tensor:
    """(B, 3, h, w) -> (B * 128, 3, 49)."""
    count, channels, height, width = level.shape
    shape = (count, PATCHES)
    top = torch.randint(height - PATCH + 1, shape, generator=generator)
    left = torch.randint(width - PATCH + 1, shape, generator=generator)
    steps = torch.arange(PATCH)
    places = (top[..., None, None] + steps[:, None]) * width + left[..., None, None] + steps
    index = places.view(count, 1, -1).expand(-1, channels, -1).to(level.device)
    taken = level.flatten(2).gather(2, index).view(count, channels, PATCHES, PATCH**2)
    return taken.transpose(1, 2).reshape(count * PATCHES, channels, PATCH**2)


def _normalised(patches: Tensor) -> Tensor:
    """(M, 3, 49) -> (M, 147), each channel of mean 0 and deviation 1 over the whole set."""
    mean = patches.mean((0, 2), keepdim=True)
    deviation = patches.std((0, 2), unbiased=False, keepdim=True)
    # A level without detail, such as flat colour, holds rounding errors only: they stay small.
    return ((patches - mean) / deviation.clamp_min(1e-4)).flatten(1)
