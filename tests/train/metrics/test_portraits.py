# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures of portraits on views whose answers are known."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ai_tools.nets.triplane import Frame
from ai_tools.nets.volume import Camera, cast_rays, to_image
from train.metrics.portraits import (
    label_ious,
    mean_iou,
    pose_degrees,
    spread_by_yaw,
    warp_difference,
)

FRAME = Frame(field_of_view=12.3, distance=16.5, near=14.6, far=18.4, extent=1.9, samples=8)


def camera(yaw: float, pitch: float = 0.0) -> Camera:
    return Camera(torch.tensor([yaw]), torch.tensor([pitch]))


def ball(view: Camera, size: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Picture, depth and opacity of a ball of 1 dm, coloured by where its points lie."""
    rays = cast_rays(view, FRAME.distance, FRAME.field_of_view, size, half_pixel=True)
    along = (rays.origin[:, None] * rays.direction).sum(2, keepdim=True)
    root = along**2 - (rays.origin[:, None] ** 2).sum(2, keepdim=True) + 1
    hit = root > 0
    depth = torch.where(hit, -along - root.clamp(min=0).sqrt(), torch.tensor(FRAME.far))
    points = rays.points(depth)[:, :, 0]
    colour = torch.where(hit, points.clamp(-1, 1), torch.ones(3))
    return (to_image(colour, size), to_image(depth, size), to_image(hit.float(), size))


def test_overlap_of_labels_counts_all_pixels_together() -> None:
    wanted = np.array([[0, 0, 1, 1], [0, 0, 1, 2]])
    seen = np.array([[0, 0, 1, 0], [0, 0, 1, 1]])
    assert label_ious(seen, wanted) == {0: 4 / 5, 1: 2 / 4, 2: 0.0}
    assert mean_iou(seen, wanted) == pytest.approx((0.8 + 0.5 + 0) / 3)
    assert mean_iou(wanted, wanted) == 1
    with pytest.raises(ValueError, match="shapes"):
        mean_iou(seen, wanted[:1])


def test_stability_compares_bins_of_yaw() -> None:
    yaws = [-50, -40, 0, 5, 70]
    assert spread_by_yaw([1, 3, 5, 5, 4], yaws) == pytest.approx(5 - 2)
    assert spread_by_yaw([2.0] * 5, yaws) == 0
    with pytest.raises(ValueError, match="0 values"):
        spread_by_yaw([], [])


@given(st.floats(-1.2, 1.2), st.floats(-0.4, 0.4), st.floats(-60, 60))
def test_pose_error_is_the_angle_between_directions(yaw: float, pitch: float, turn: float) -> None:
    one = torch.tensor([[yaw, pitch]], dtype=torch.float64)
    assert pose_degrees(one, one).item() == pytest.approx(0, abs=1e-6)
    lifted = torch.tensor([[yaw, pitch + math.radians(turn)]], dtype=torch.float64)
    assert pose_degrees(one, lifted).item() == pytest.approx(abs(turn), abs=1e-6)
    level = torch.tensor([[yaw, 0.0]], dtype=torch.float64)
    turned = torch.tensor([[yaw + math.radians(turn), 0.0]], dtype=torch.float64)
    assert pose_degrees(level, turned).item() == pytest.approx(abs(turn), abs=1e-6)


def test_true_views_of_one_thing_agree() -> None:
    views = camera(-0.3, 0.1), camera(0.3, -0.1)
    first, second = (ball(view, 64) for view in views)
    maps = zip(first, second, strict=True)
    assert warp_difference(*maps, views, FRAME) < 0.01  # type: ignore[arg-type]


def test_a_picture_that_does_not_turn_with_the_head_disagrees() -> None:
    views = camera(-0.3), camera(0.3)
    first, second = (ball(view, 64) for view in views)
    painted = (first[0], first[0])
    assert (
        warp_difference(painted, (first[1], second[1]), (first[2], second[2]), views, FRAME) > 0.05
    )


def test_views_without_a_common_point_say_so() -> None:
    views = camera(0.0), camera(math.pi)
    first, second = (ball(view, 32) for view in views)
    maps = zip(first, second, strict=True)
    assert math.isnan(warp_difference(*maps, views, FRAME))  # type: ignore[arg-type]
