# SPDX-License-Identifier: GPL-3.0-or-later
"""The tri-plane field and the geometry maps on shapes with known answers."""

import math

import pytest
import torch
from torch import Tensor

from ai_tools.nets.triplane import Frame, TriplaneField, geometry_maps
from ai_tools.nets.volume import Camera, cast_rays

FRAME = Frame(field_of_view=12.3, distance=16.5, near=14.6, far=18.4, extent=1.9, samples=48)
CENTRE = torch.tensor([0.0, 0.0, 0.0])


def camera(yaw: float, pitch: float = 0.0) -> Camera:
    return Camera(torch.tensor([yaw]), torch.tensor([pitch]))


def sphere_depth(size: int, radius: float) -> tuple[Tensor, Tensor]:
    """Depth and opacity maps of a sphere around the origin, seen from the front."""
    rays = cast_rays(camera(0.0), FRAME.distance, FRAME.field_of_view, size, half_pixel=True)
    along = (rays.direction * rays.origin[:, None]).sum(-1)
    root = along**2 - (rays.origin.square().sum() - radius**2)
    hit = root > 0
    depth = torch.where(hit, -along - root.clamp_min(0).sqrt(), FRAME.far)
    return depth.view(1, 1, size, size), hit.float().view(1, 1, size, size)


class Ball(TriplaneField):
    """A solid ball, in place of what planes say."""

    def __init__(self, centre: tuple[float, float, float], radius: float) -> None:
        super().__init__(4, 4, 2)
        self.centre, self.radius = torch.tensor(centre), radius

    def forward(self, planes: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
        inside = (points - self.centre).norm(dim=-1) < self.radius
        return inside * 100.0, points[..., :2]


@pytest.mark.parametrize(
    ("yaw", "pitch", "column", "row"),
    [
        (0.0, 0.0, 1, 0),  # at +x: on the right
        (math.pi / 2, 0.0, 0, 0),  # the camera stands at +x and sees it in the middle
        (math.pi, 0.0, -1, 0),  # from behind: on the left
    ],
)
def test_a_ball_on_the_right_turns_with_the_view(
    yaw: float, pitch: float, column: int, row: int
) -> None:
    size = 32
    field = Ball((0.5, 0.0, 0.0), 0.25)
    view = field.render(torch.zeros(1, 3, 4, 2, 2), camera(yaw, pitch), FRAME, size)
    grid = torch.linspace(-1, 1, size)
    weight = view.opacity[0, 0]
    centre = ((weight.sum(0) * grid).sum() / weight.sum()).item()
    height = ((weight.sum(1) * grid).sum() / weight.sum()).item()
    expected = 0.5 * FRAME.extent / (FRAME.distance * math.tan(math.radians(12.3 / 2)))
    assert centre == pytest.approx(column * expected, abs=0.03)
    assert height == pytest.approx(row, abs=0.03)


def test_a_high_ball_is_at_the_top_and_falls_as_the_camera_rises() -> None:
    field = Ball((0.0, 0.5, 0.0), 0.25)
    rows = []
    for pitch in (0.0, 0.6):
        view = field.render(torch.zeros(1, 3, 4, 2, 2), camera(0.0, pitch), FRAME, 32)
        weight = view.opacity[0, 0].sum(1)
        rows.append((weight * torch.linspace(-1, 1, 32)).sum() / weight.sum())
    assert rows[0] < -0.4
    assert rows[1] > rows[0] + 0.05


def test_depth_is_the_surface_in_front_and_far_behind_it() -> None:
    field = Ball((0.0, 0.0, 0.0), 0.5)
    view = field.render(torch.zeros(1, 3, 4, 2, 2), camera(0.0), FRAME, 17)
    step = (FRAME.far - FRAME.near) / (FRAME.samples - 1)
    middle = view.depth[0, 0, 8, 8].item()
    assert middle == pytest.approx(FRAME.distance - 0.5 * FRAME.extent, abs=step)
    assert view.depth[0, 0, 0, 0].item() == pytest.approx(FRAME.far, rel=1e-5)
    assert view.opacity[0, 0, 0, 0] == 0


def test_background_shows_where_nothing_is() -> None:
    field = Ball((0.0, 0.0, 0.0), 0.3)
    field.background.data = torch.tensor([5.0, -3.0])
    view = field.render(torch.zeros(1, 3, 4, 2, 2), camera(0.0), FRAME, 9)
    torch.testing.assert_close(view.features[0, :, 0, 0], torch.tensor([5.0, -3.0]))
    assert view.features[0, :, 4, 4].abs().max() < 1


def test_each_plane_is_read_along_its_axes() -> None:
    field = TriplaneField(1, 2, 1)
    seen: list[Tensor] = []
    field.mlp.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    ramp = torch.linspace(-1, 1, 65).expand(65, 65)  # the plane's first axis
    points = torch.tensor([[[0.5, -0.25, 0.125]]])
    for number, expected in enumerate((0.5, 0.5, 0.125)):  # xy, xz and zy
        for plane, value in ((ramp, expected), (ramp.t(), (-0.25, 0.125, -0.25)[number])):
            planes = torch.zeros(1, 3, 1, 65, 65)
            planes[:, number, 0] = plane
            field(planes, points)
            assert seen.pop().item() == pytest.approx(value, abs=0.02)


def test_normals_and_curvature_of_a_sphere() -> None:
    size, radius = 64, 1.2
    depth, opacity = sphere_depth(size, radius)
    maps = geometry_maps(depth, opacity, FRAME)[0]
    rays = cast_rays(camera(0.0), FRAME.distance, FRAME.field_of_view, size, half_pixel=True)
    points = rays.points(depth.flatten(1)[..., None])[0, :, 0]
    expected = (points / radius).t().unflatten(1, (size, size))
    rim = torch.nn.functional.max_pool2d(1 - opacity, 9, 1, 4)[0, 0]
    inner = rim == 0
    assert inner.sum() > 200
    error = (maps[2:5] - expected).norm(dim=0)[inner]
    assert error.max() < 0.06
    # The normal's change per half image width is the half width's length over the radius, at the
    # centre where the sphere faces the camera.
    half_width = (FRAME.distance - radius) * math.tan(math.radians(FRAME.field_of_view / 2))
    k = half_width / radius
    centre = maps[5, size // 2 - 1 : size // 2 + 1, size // 2 - 1 : size // 2 + 1].mean().item()
    assert centre == pytest.approx(k / (k + 4), rel=0.05)
    # Towards the contour the normal turns away ever faster.
    row = maps[5, size // 2]
    contour = int(opacity[0, 0, size // 2].nonzero()[0])
    assert row[contour + 1] > 2 * row[size // 2]


def test_a_flat_wall_has_no_curvature() -> None:
    size = 32
    rays = cast_rays(camera(0.0), FRAME.distance, FRAME.field_of_view, size, half_pixel=True)
    depth = (FRAME.distance / -rays.direction[..., 2]).view(1, 1, size, size)
    maps = geometry_maps(depth, torch.ones_like(depth), FRAME)[0]
    torch.testing.assert_close(
        maps[4, 1:-1, 1:-1], torch.ones(size - 2, size - 2), atol=1e-3, rtol=0
    )
    assert maps[5, 2:-2, 2:-2].max() < 0.01


def test_resolution_does_not_change_curvature_much() -> None:
    small, large = (
        geometry_maps(*sphere_depth(size, 1.2), FRAME)[0, 5, size // 2, size // 2].item()
        for size in (32, 128)
    )
    assert small == pytest.approx(large, rel=0.1)
