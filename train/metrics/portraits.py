# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures of portraits that are seen from several sides.  Imports numpy, torch, nets.volume."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def mean_iou(seen: NDArray, wanted: NDArray) -> float:
    """Mean over labels of intersection over union, of all pixels together; see `label_ious`."""
    return float(np.mean(list(label_ious(seen, wanted).values())))


def label_ious(seen: NDArray, wanted: NDArray) -> dict[int, float]:
    """Intersection over union of every label that occurs in `wanted`, over all pixels together.

    Args: label maps of one shape, whole numbers.

    Raises:
        ValueError: shapes differ.
    """
    if seen.shape != wanted.shape:
        raise ValueError(f"label maps of shapes {seen.shape} and {wanted.shape}")
    ious = {}
    for label in np.unique(wanted):
        here, there = seen == label, wanted == label
        ious[int(label)] = float((here & there).sum() / (here | there).sum())
    return ious
