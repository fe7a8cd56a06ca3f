# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures on drawings, one by one and as sets.  Imports numpy, cv2, torch, train.metrics.

The distance behind AI-Sketcher's diversity study is not named; its means near 30 of 64 fit the
Hamming distance of a 64-bit perceptual hash, which is what `diversity` measures.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ai_tools.nets.mixture import DENSITY_FLOOR, log_density, unpack
from train.metrics.perceptual import frechet_distance

HASH_BITS = 64


def point_nll(raw: Tensor, target: Tensor) -> Tensor:
    """-log p of each point, offset and pen together, as the papers' L_s + L_p: (B, N).

    Zero behind the end of a drawing.  The density is floored at 1e-6 as in training.

    Args: raw (B, N, 3 + 6 M), target (B, N, 5) stroke-5.
    """
    mixture = unpack(raw)
    floor = torch.tensor(math.log(DENSITY_FLOOR), device=raw.device)
    offset = -torch.logaddexp(log_density(mixture, target[..., :2].float()), floor)
    pen = -(F.log_softmax(mixture.pen_logits, -1) * target[..., 2:]).sum(-1)
    return (offset + pen) * (1 - target[..., 4])


def spread_points(strokes: Sequence[NDArray[np.floating]], spacing: float) -> NDArray[np.float64]:
    """Points at most `spacing` apart along polylines (k, 2): (n, 2), corners included."""
    pieces = []
    for stroke in strokes:
        pieces.append(stroke[:1].astype(np.float64))
        for a, b in pairwise(stroke):
            count = max(1, math.ceil(float(np.hypot(*(b - a))) / spacing))
            pieces.append(a + (b - a) * (np.arange(1, count + 1) / count)[:, None])
    return np.concatenate(pieces) if pieces else np.zeros((0, 2))


def chamfer(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Symmetric Chamfer distance of point sets (n, 2), (m, 2): mean of both mean nearest
    distances, in the points' unit; infinite if just one is empty."""
    if not len(a) or not len(b):
        return 0.0 if len(a) == len(b) else math.inf
    distance = np.sqrt(((a[:, None] - b[None]) ** 2).sum(-1))
    return float(distance.min(1).mean() + distance.min(0).mean()) / 2


def perceptual_hash(image: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """64-bit DCT hash of a grey picture (h, w): which of the 8 x 8 lowest frequencies of its
    32 x 32 version are above their median."""
    small = cv2.resize(image, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[:8, :8].ravel()
    return low > np.median(low[1:])  # the mean brightness says nothing about the middle


@dataclass(frozen=True)
class Diversity:
    """Hamming distances of hashes, of 64 bits."""

    to_input_mean: float
    to_input_sd: float
    pairwise_mean: float


def diversity(original: NDArray[np.uint8], samples: Sequence[NDArray[np.uint8]]) -> Diversity:
    """How far samples are from the picture they were made from, and from each other.

    Args: grey pictures of one size, 2 or more samples.
    """
    hashes = np.stack([perceptual_hash(sample) for sample in samples])
    to_input = (hashes != perceptual_hash(original)).sum(1)
    first, second = np.triu_indices(len(hashes), 1)
    pairwise = (hashes[first] != hashes[second]).sum(1)
    return Diversity(float(to_input.mean()), float(to_input.std(ddof=1)), float(pairwise.mean()))


@dataclass(frozen=True)
class SetScores:
    """How a set of made drawings lies to a set of real ones, in some feature space."""

    fid: float
    """Fréchet distance of normal distributions fitted to both; small sets come out too large."""
    precision: float
    """Share of made drawings that lie among the real ones: the made are like real ones."""
    recall: float
    """Share of real drawings that lie among the made ones: the made are as varied."""


def set_scores(
    made: NDArray[np.floating], real: NDArray[np.floating], neighbours: int = 3
) -> SetScores:
    """Compares sets of features (n, d), (m, d), n and m of at least 2.

    Precision and recall after Kynkäänniemi et al. (2019): a vector lies among those of a set if it
    is nearer to one of them than that one's k-th nearest neighbour in the set.  With the features
    of `train.metrics.sketch_classifier`, `fid` is what we call sketch-FID: no Inception network has
    part in it, and it compares only with itself.
    """
    return SetScores(
        frechet_distance(made, real),
        _share_among(made, real, neighbours),
        _share_among(real, made, neighbours),
    )


def _share_among(
    some: NDArray[np.floating], others: NDArray[np.floating], neighbours: int
) -> float:
    within = np.sort(_distances(others, others), axis=1)  # the first one is itself
    reach = within[:, min(neighbours, len(others) - 1)]
    return float((_distances(some, others) <= reach).any(1).mean())


def _distances(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.float64]:
    """Between all vectors of two sets: (n, m)."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    return np.sqrt(squares.clip(min=0))
