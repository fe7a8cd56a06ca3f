# SPDX-License-Identifier: GPL-3.0-or-later
"""Cameras, volume rendering and warps against geometry done by hand."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from ai_tools.nets.volume import (
    Camera,
    cast_rays,
    pixel_grid,
    project,
    render_weights,
    sample_depths,
    to_image,
    warp,
)

FOV = 12.0
angles = st.floats(-1.5, 1.5)


def camera(yaw: float, pitch: float = 0.0) -> Camera:
    return Camera(torch.tensor([yaw]), torch.tensor([pitch]))


@given(angles, angles)
def test_axes_are_a_right_handed_frame_with_a_level_horizon(yaw: float, pitch: float) -> None:
    right, up, back = camera(yaw, pitch).axes()[0]
    frame = torch.stack([right, up, back])
    torch.testing.assert_close(frame @ frame.t(), torch.eye(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(torch.linalg.cross(right, up), back, atol=1e-5, rtol=0)
    assert right[1] == 0
    assert up[1] > 0


def test_angles_turn_the_way_the_docstring_says() -> None:
    torch.testing.assert_close(camera(0.0).axes()[0], torch.eye(3))
    assert camera(0.3).axes()[0, 2, 0] > 0
    assert camera(0.0, 0.3).axes()[0, 2, 1] > 0


@pytest.mark.parametrize("half_pixel", [False, True])
@given(yaw=angles, pitch=angles)
def test_points_on_rays_project_to_their_pixels(half_pixel: bool, yaw: float, pitch: float) -> None:
    size = 5
    view = camera(yaw, pitch)
    rays = cast_rays(view, 1.0, FOV, size, half_pixel=half_pixel)
    torch.testing.assert_close(rays.direction.norm(dim=2), torch.ones(1, size**2))
    depth = 0.9 + 0.2 * torch.rand(1, size**2, 1)
    seen = project(rays.points(depth)[:, :, 0], view, 1.0, FOV)[0].unflatten(0, (size, size))
    grid = pixel_grid(size, half_pixel=half_pixel, like=depth)
    torch.testing.assert_close(seen[..., 0], grid.expand(size, size), atol=1e-3, rtol=0)
    torch.testing.assert_close(seen[..., 1], grid[:, None].expand(size, size), atol=1e-3, rtol=0)


def test_half_pixel_grids_of_all_sizes_show_one_frame() -> None:
    fine = pixel_grid(8, half_pixel=True, like=torch.zeros(()))
    coarse = pixel_grid(4, half_pixel=True, like=torch.zeros(()))
    torch.testing.assert_close(fine.view(4, 2).mean(1), coarse)
    assert pixel_grid(3, half_pixel=False, like=torch.zeros(())).tolist() == [-1, 0, 1]


def test_right_and_up_in_the_world_are_right_and_up_in_the_picture() -> None:
    seen = project(torch.tensor([[[0.01, 0.02, 0.0]]]), camera(0.0), 1.0, FOV)[0, 0]
    slope = math.tan(math.radians(FOV / 2))
    torch.testing.assert_close(seen, torch.tensor([0.01, -0.02]) / slope)


@given(st.lists(st.floats(0, 50), min_size=2, max_size=12))
def test_weights_equal_the_product_form(densities: list[float]) -> None:
    sigma = torch.tensor(densities)
    depth = torch.linspace(1, 2, len(densities)) ** 2
    step = torch.cat([depth.diff(), torch.tensor([0.3])])
    alpha = 1 - torch.exp(-sigma * step)
    through = torch.cat([torch.ones(1), torch.cumprod(1 - alpha, 0)[:-1]])
    weights = render_weights(sigma, depth, last=0.3)
    torch.testing.assert_close(weights, alpha * through, atol=1e-6, rtol=1e-5)
    assert weights.sum() <= 1 + 1e-5


@pytest.mark.parametrize("sigma", [0.5, 3.0, 40.0])
def test_homogeneous_slab_has_the_analytic_opacity_and_depth(sigma: float) -> None:
    """Absorption by a slab from 1.0 to 1.5: 1 - exp(-sigma d), and the mean free depth in it."""
    start, end, samples = 1.0, 1.5, 20_001
    depth = torch.linspace(0.5, 2.0, samples, dtype=torch.float64)
    inside = ((depth >= start) & (depth < end)).double() * sigma
    weights = render_weights(inside, depth, last=0.0)
    thickness = sigma * (end - start)
    opacity = 1 - math.exp(-thickness)
    assert weights.sum().item() == pytest.approx(opacity, rel=1e-3)
    mean_depth = start + (1 - (1 + thickness) * math.exp(-thickness)) / sigma / opacity
    found = (weights * depth).sum().item() / weights.sum().item()
    assert found == pytest.approx(mean_depth, rel=1e-3)


def test_last_sample_is_opaque_by_default_and_spares_what_lies_before() -> None:
    weights = render_weights(torch.tensor([0.5, 0.2, 1e-3]), torch.tensor([1.0, 2.0, 3.0]))
    first = 1 - math.exp(-0.5)
    expected = torch.tensor([first, (1 - first) * (1 - math.exp(-0.2)), math.exp(-0.7)])
    torch.testing.assert_close(weights, expected)


def test_jitter_stays_in_its_step_and_order() -> None:
    like = torch.zeros(())
    even = sample_depths(0.88, 1.12, 16, (2, 50), jitter=False, like=like)
    moved = sample_depths(0.88, 1.12, 16, (2, 50), jitter=True, like=like)
    torch.testing.assert_close(even[0, 0], torch.linspace(0.88, 1.12, 16))
    assert (moved - even).abs().max() <= 0.5 * 0.24 / 15 + 1e-6
    assert (moved.diff(dim=-1) >= 0).all()
    assert not torch.equal(moved[0, 0], moved[0, 1])


def test_images_read_rows_from_the_top() -> None:
    values = torch.arange(8.0).view(1, 4, 2)
    assert to_image(values, 2)[0, 1].tolist() == [[1, 3], [5, 7]]


@given(angles, angles)
def test_warp_to_the_same_camera_is_the_identity(yaw: float, pitch: float) -> None:
    size = 6
    view = camera(yaw, pitch)
    maps = torch.randn(1, 4, size, size)
    rays = cast_rays(view, 1.0, FOV, size)
    points = rays.points(0.9 + 0.2 * torch.rand(1, size**2, 1))[:, :, 0]
    # Inside only: rounding may push the outermost pixels half out of the picture.
    same = warp(maps, project(points, view, 1.0, FOV), size)[..., 1:-1, 1:-1]
    torch.testing.assert_close(same, maps[..., 1:-1, 1:-1], atol=5e-3, rtol=0)


def test_warp_follows_a_surface_between_views() -> None:
    """A picture painted on the plane z = 0 looks the same after the warp as rendered directly."""
    size = 48

    def look(view: Camera) -> tuple[Tensor, Tensor]:
        """The plane's points that the pixels see, and the picture on them."""
        rays = cast_rays(view, 1.0, FOV, size)
        depth = -rays.origin[:, None, 2] / rays.direction[..., 2]
        points = rays.points(depth[..., None])[:, :, 0]
        paint = torch.sin(points[..., :2] * 30)
        return points, to_image(paint, size)

    here, there = camera(0.0), camera(0.25, 0.1)
    points, expected = look(here)
    _, other = look(there)
    moved = warp(other, project(points, there, 1.0, FOV), size)
    inner = (slice(None), slice(None), slice(6, -6), slice(6, -6))
    assert (other - expected)[inner].abs().max() > 0.1
    torch.testing.assert_close(moved[inner], expected[inner], atol=5e-3, rtol=0)


def test_points_outside_of_the_other_view_are_empty() -> None:
    outside = torch.full((1, 4, 2), 5.0)
    assert warp(torch.ones(1, 3, 2, 2), outside, 2).abs().max() == 0


def test_random_cameras_spread_as_asked_and_stay_off_the_poles() -> None:
    cameras = Camera.random(5000, 0.3, 0.155, like=torch.zeros(()))
    assert cameras.yaw.std().item() == pytest.approx(0.3, rel=0.05)
    assert cameras.pitch.std().item() == pytest.approx(0.155, rel=0.05)
    assert Camera.random(100, 0.3, 9.0, like=torch.zeros(())).pitch.abs().max() < math.pi / 2
