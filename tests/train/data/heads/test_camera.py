# SPDX-License-Identifier: GPL-3.0-or-later
"""The heads' camera is the portrait network's: what one projects, the other has drawn."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ai_tools.nets import volume
from ai_tools.nets.portrait_light import PortraitLightConfig
from train.data.heads.convention import (
    CAMERA_DISTANCE,
    FIELD_OF_VIEW,
    MIRRORED,
    PALETTE,
    STYLES,
    Label,
    camera_axes,
    project,
)
from train.data.heads.raster import Triangles, rasterise

ANGLES = st.floats(-1.2, 1.2)


def network_camera(yaw: float, pitch: float, dtype: torch.dtype = torch.float64) -> volume.Camera:
    return volume.Camera(torch.tensor([yaw], dtype=dtype), torch.tensor([pitch], dtype=dtype))


def test_the_network_knows_the_same_camera_and_styles() -> None:
    config = PortraitLightConfig()
    assert config.styles == STYLES
    assert config.distance == CAMERA_DISTANCE
    assert config.field_of_view == FIELD_OF_VIEW
    assert config.labels == len(Label) == len(PALETTE)


@given(ANGLES, ANGLES)
def test_axes_agree_with_the_network(yaw: float, pitch: float) -> None:
    axes = network_camera(yaw, pitch).axes()[0].numpy()
    assert np.allclose(camera_axes(yaw, pitch), axes)
    assert np.allclose(axes @ axes.T, np.eye(3))


@given(ANGLES, ANGLES, st.integers(0, 1000))
def test_projected_points_agree_with_the_network(yaw: float, pitch: float, seed: int) -> None:
    points = np.random.default_rng(seed).uniform(-1.9, 1.9, (20, 3))
    ours = project(points, yaw, pitch, 64)
    theirs = volume.project(
        torch.from_numpy(points)[None], network_camera(yaw, pitch), CAMERA_DISTANCE, FIELD_OF_VIEW
    )[0].numpy()
    assert np.allclose(ours[:, :2] / 32 - 1, theirs)
    eye = CAMERA_DISTANCE * camera_axes(yaw, pitch)[2]
    axial = (eye - points) @ camera_axes(yaw, pitch)[2]
    assert np.allclose(1 / ours[:, 2], axial)


@pytest.mark.parametrize(("yaw", "pitch"), [(0, 0), (0.7, 0.2), (-1.0, -0.3)])
def test_the_network_rays_meet_what_is_drawn(yaw: float, pitch: float) -> None:
    """A small triangle at a point is drawn where the network's ray of that pixel passes it."""
    size = 256
    camera = network_camera(yaw, pitch, torch.float32)
    rays = volume.cast_rays(camera, CAMERA_DISTANCE, FIELD_OF_VIEW, size, half_pixel=True)
    axes = camera_axes(yaw, pitch)
    for place in np.random.default_rng(3).uniform(-1, 1, (8, 3)):
        corners = place + 0.05 * np.array([[1, 0], [-0.5, 0.9], [-0.5, -0.9]]) @ axes[:2]
        triangles = Triangles(
            np.array([[0, 1, 2]], np.int32),
            np.zeros((1, 3, 2), np.float32),
            np.zeros((1, 2, 2), np.uint8),
            np.array([-1], np.int32),
            np.ones(1, np.int64),
        )
        drawn = rasterise(project(corners, yaw, pitch, size), triangles, size)
        y, x = np.nonzero(drawn.triangle == 0)
        assert 8 < len(y) < 40
        direction = rays.direction[0, y * size + x].numpy()
        offset = place - rays.origin[0].numpy()
        along = direction @ offset
        beside = np.linalg.norm(offset - along[:, None] * direction, axis=1)
        assert beside.max() < 0.06
        # What is drawn says how far along the ray the network should find it.
        depth = 1 / drawn.nearness[y, x] / (direction @ -axes[2])
        assert np.abs(depth - along).max() < 0.02


def test_mirroring_twice_changes_nothing() -> None:
    assert (MIRRORED[MIRRORED] == np.arange(19)).all()
    assert MIRRORED[Label.LEFT_EYE] == Label.RIGHT_EYE
    assert MIRRORED[Label.HAIR] == Label.HAIR
