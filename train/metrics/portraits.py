# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures of portraits that are seen from several sides.  Imports numpy, torch, ai_tools.nets."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ai_tools.nets.triplane import Frame
from ai_tools.nets.volume import Camera, cast_rays, project

YAW_BINS = (-60.0, -36.0, -12.0, 12.0, 36.0, 60.0)
"""Degrees; edges of the bins in which views are compared."""

TOLERANCE = 0.1
"""Decimetres by which two views' depths of one point may differ before one counts as hidden."""


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


def spread_by_yaw(values: Sequence[float], yaws: Sequence[float]) -> float:
    """View stability: the largest less the smallest mean over the bins of `YAW_BINS` that hold any.

    Args: a value (such as SIFID-EffLite0, as in SAGE's figure 7) and a yaw in degrees for each
        view; views beyond the outer edges count to the outer bins.

    Raises:
        ValueError: no views, or not as many values as yaws.
    """
    if len(values) != len(yaws) or not values:
        raise ValueError(f"{len(values)} values and {len(yaws)} yaws")
    bins = np.digitize(yaws, YAW_BINS[1:-1])
    means = [float(np.mean(np.asarray(values)[bins == number])) for number in np.unique(bins)]
    return max(means) - min(means)


def pose_degrees(guess: Tensor, camera: Tensor) -> Tensor:
    """Angle in degrees between two directions to the camera, (B,).

    Args: yaw and pitch in radians, (B, 2) each.
    """
    one, other = (Camera(pair[:, 0], pair[:, 1]).axes()[:, 2].double() for pair in (guess, camera))
    # By the chord: the arc cosine knows no small angles.
    return torch.rad2deg(2 * torch.asin(((one - other).norm(dim=1) / 2).clamp(max=1)))


def warp_difference(
    pictures: tuple[Tensor, Tensor],
    depths: tuple[Tensor, Tensor],
    opacities: tuple[Tensor, Tensor],
    cameras: tuple[Camera, Camera],
    frame: Frame,
) -> float:
    """How much two views of one head contradict each other: the mean difference, 0..1, of the
    colours of surface points that both show; NaN where they share none.

    Args: one view each, first and second: pictures (1, 3, S, S) in -1..1, depths (1, 1, s, s) along
        the rays, opacities (1, 1, s, s); points of less than 0.9 opacity do not count.
    """
    size = depths[0].shape[-1]
    small = [F.interpolate(p, size=(size, size), mode="area") for p in pictures]
    rays = cast_rays(cameras[0], frame.distance, frame.field_of_view, size, half_pixel=True)
    points = rays.points(depths[0].flatten(1)[..., None])[:, :, 0]
    at = project(points, cameras[1], frame.distance, frame.field_of_view)
    eye = frame.distance * cameras[1].axes()[:, None, 2]
    away = (points - eye).norm(dim=2)
    grid = at.unflatten(1, (size, size))
    looked = F.grid_sample(
        torch.cat([small[1], depths[1], opacities[1]], 1), grid, align_corners=False
    ).flatten(2)
    both = (opacities[0].flatten(1) > 0.9) & (looked[:, 4] > 0.9)
    both &= ((looked[:, 3] - away).abs() < TOLERANCE) & (at.abs().amax(2) < 1)
    if not bool(both.any()):
        return math.nan
    wrong = (looked[:, :3] - small[0].flatten(2)).abs().mean(1) / 2
    return float(wrong[both].mean())
