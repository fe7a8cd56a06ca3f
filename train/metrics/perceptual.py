# SPDX-License-Identifier: GPL-3.0-or-later
"""How alike pictures look, one by one and as sets.  Imports numpy, torch, `efflite0`, `swd`.

The usual measures of this kind rest on Inception or VGG, whose weights come in no package.  Ours
look through EfficientNet-Lite0 instead, say so in their names, and are never to be set beside the
numbers of papers: FID-EffLite0, LPIPS-EffLite0 and SIFID-EffLite0 compare only with themselves.
SWD needs no network and is the measure of the papers.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from train.metrics.efflite0 import TAPS, EffLite0, PerceptualNetMissing, load_efflite0
from train.metrics.swd import swd, swd_by_level

__all__ = [
    "TAPS",
    "EffLite0",
    "PerceptualNetMissing",
    "fid_efflite0",
    "frechet_distance",
    "load_efflite0",
    "lpips_efflite0",
    "sifid_efflite0",
    "swd",
    "swd_by_level",
]

SIFID_CHANNELS = 24
"""Of the map, at a quarter of the picture's size, whose statistics SIFID-EffLite0 compares."""


def lpips_efflite0(a: Tensor, b: Tensor, net: EffLite0 | None = None) -> Tensor:
    """LPIPS-EffLite0 of each pair of pictures: (B,), 0 = alike, at most 4.

    LPIPS (Zhang et al. 2018) with equal instead of trained weights: at each of `TAPS`, features
    are scaled to unit length over the channels; squared differences are summed over channels and
    averaged over places and taps.  Gradients reach both pictures.

    Args:
        a: RGB (B, 3, H, W) in 0..1, sides of at least 32.
        b: likewise, of the same shape.
        net: from `load_efflite0`; None: that on `a`'s device.

    Raises:
        ValueError: other shapes.
        PerceptualNetMissing: see `load_efflite0`.
    """
    _require_pairs(a, b)
    net = load_efflite0(a.device) if net is None else net
    first, second = net.taps(a), net.taps(b)
    distances = [
        (F.normalize(first[tap], dim=1) - F.normalize(second[tap], dim=1)).square().sum(1)
        for tap in first
    ]
    return torch.stack([distance.mean((1, 2)) for distance in distances]).mean(0)


def fid_efflite0(features_a: ArrayLike | Tensor, features_b: ArrayLike | Tensor) -> float:
    """FID-EffLite0: the Fréchet distance of two sets of `EffLite0.pooled` features, >= 0.

    As with any FID, small sets come out too large: compare at equal sizes and name the size.

    Args:
        features_a: (N, 1280), N >= 2.
        features_b: (M, 1280), M >= 2.

    Raises:
        ValueError: other shapes, or numbers that are not finite.
    """
    return frechet_distance(features_a, features_b)


def sifid_efflite0(a: Tensor, b: Tensor, net: EffLite0 | None = None) -> Tensor:
    """SIFID-EffLite0 of each pair of pictures, float64 (B,): do they have the same textures?

    Single-image FID (Shaham et al., SinGAN, 2019): the Fréchet distance between the features at
    all places of one picture and of the other; here those of the 24-channel map at stride 4.

    Args:
        a: RGB (B, 3, H, W) in 0..1, sides of at least 32.
        b: RGB (B, 3, h, w), which may be of another size.
        net: from `load_efflite0`; None: that on `a`'s device.

    Raises:
        ValueError: other shapes.
        PerceptualNetMissing: see `load_efflite0`.
    """
    if len(a) != len(b):
        raise ValueError(f"{len(a)} pictures cannot be paired with {len(b)}")
    net = load_efflite0(a.device) if net is None else net
    with torch.no_grad():
        maps = [net.taps(x, (SIFID_CHANNELS,))[SIFID_CHANNELS].flatten(2).mT for x in (a, b)]
    return torch.tensor(
        [frechet_distance(p, q) for p, q in zip(*maps, strict=True)], dtype=torch.float64
    )


def frechet_distance(a: ArrayLike | Tensor, b: ArrayLike | Tensor) -> float:
    """Fréchet distance (squared) of the normal distributions fitted to two sets of vectors.

    |mean a - mean b|² + tr(A + B - 2 (AB)^½) with the unbiased covariances A and B.  The root is
    never taken: if A = X'X and B = Y'Y, the trace of (AB)^½ is the sum of the singular values of
    XY', which holds and is stable also where covariances are singular, as with few vectors.

    Args:
        a: (N, d), N >= 2.
        b: (M, d), M >= 2.

    Raises:
        ValueError: other shapes, or numbers that are not finite.
    """
    first, second = _samples(a), _samples(b)
    if first.shape[1] != second.shape[1]:
        raise ValueError(f"vectors of {first.shape[1]} and {second.shape[1]} numbers")
    offset = first.mean(0) - second.mean(0)
    root_a, root_b = _covariance_root(first), _covariance_root(second)
    shared = np.linalg.svd(root_a @ root_b.T, compute_uv=False).sum()
    distance = offset @ offset + (root_a**2).sum() + (root_b**2).sum() - 2 * shared
    return max(0.0, float(distance))


def _samples(values: ArrayLike | Tensor) -> NDArray[np.float64]:
    if isinstance(values, Tensor):
        values = values.detach().cpu().numpy()
    samples = np.asarray(values, np.float64)
    if samples.ndim != 2 or len(samples) < 2:
        raise ValueError(f"needs vectors (N, d) with N of at least 2, not {samples.shape}")
    if not np.isfinite(samples).all():
        raise ValueError("some features are not finite")
    return samples


def _covariance_root(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """X of at most d rows with X'X = the covariance of (N, d) samples."""
    centred = (samples - samples.mean(0)) / np.sqrt(len(samples) - 1)
    if len(centred) <= centred.shape[1]:
        return centred
    upper: NDArray[np.float64] = np.linalg.qr(centred).R
    return upper


def _require_pairs(a: Tensor, b: Tensor) -> None:
    if a.shape != b.shape:
        raise ValueError(f"pictures of shapes {tuple(a.shape)} and {tuple(b.shape)} are no pairs")
