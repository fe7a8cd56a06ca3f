# SPDX-License-Identifier: GPL-3.0-or-later
"""A radiance field in three feature planes, and the geometry that a rendered view shows.

Imports torch and nets.volume.  Sources: EG3D (Chan et al. 2022) for the tri-plane; apparent ridges
(Judd, Durand and Adelson 2007) for the view-dependent curvature.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ai_tools.nets.volume import (
    Camera,
    cast_rays,
    local_directions,
    render_weights,
    sample_depths,
    to_image,
)

GEOMETRY = 6
"""Channels of `FieldView.geometry`: opacity, depth, normal x, y, z, view-dependent curvature."""


@dataclass(frozen=True)
class Frame:
    """The fixed part of the camera and the cube that is modelled, all lengths in one unit."""

    field_of_view: float  # degrees
    distance: float  # of the camera from the origin
    near: float
    far: float
    extent: float  # half the side of the cube around the origin
    samples: int  # per ray, at least 2


@dataclass(frozen=True)
class FieldView:
    """A rendered view, square maps."""

    features: Tensor  # (B, C, s, s)
    depth: Tensor  # (B, 1, s, s), distance along the ray; `far` on the background
    opacity: Tensor  # (B, 1, s, s) in 0..1
    geometry: Tensor  # (B, GEOMETRY, s, s), about -1..1, without gradient

    def of(self, chosen: Tensor) -> "FieldView":
        """Only some of the views, by their numbers (N,)."""
        return FieldView(
            self.features[chosen], self.depth[chosen], self.opacity[chosen], self.geometry[chosen]
        )


class TriplaneField(nn.Module):
    """Features from three planes, summed, through a small MLP: density and a feature vector."""

    DENSITY_SCALE = 4.0
    """Brings softplus(0) to a density that a head's depth makes opaque."""

    def __init__(self, channels: int, hidden: int, features: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential(
            nn.Linear(channels, hidden), nn.Softplus(), nn.Linear(hidden, 1 + features)
        )
        self.background = nn.Parameter(torch.zeros(features))

    def forward(self, planes: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
        """planes (B, 3, C, r, r) over xy, xz and zy, points (B, N, 3) with the cube in -1..1
        -> density (B, N), features (B, N, F)."""
        grid = points[:, None]
        summed = sum(
            F.grid_sample(planes[:, number], grid[..., axes], align_corners=False)
            for number, axes in enumerate(([0, 1], [0, 2], [2, 1]))
        )
        assert isinstance(summed, Tensor)
        values = self.mlp(summed[:, :, 0].transpose(1, 2))
        return F.softplus(values[..., 0] - 1) * self.DENSITY_SCALE, values[..., 1:]

    def render(
        self, planes: Tensor, camera: Camera, frame: Frame, size: int, *, jitter: bool = False
    ) -> FieldView:
        """One view of size x size pixels; what light passes the head shows a learnt background."""
        rays = cast_rays(camera, frame.distance, frame.field_of_view, size, half_pixel=True)
        shape = (rays.direction.shape[0], rays.direction.shape[1])
        depth = sample_depths(
            frame.near, frame.far, frame.samples, shape, jitter=jitter, like=planes
        )
        points = rays.points(depth).flatten(1, 2) / frame.extent
        density, features = self(planes, points)
        step = (frame.far - frame.near) / (frame.samples - 1)
        weights = render_weights(density.view(*shape, frame.samples), depth, last=step)
        opacity = weights.sum(-1, keepdim=True)
        features = features.view(*shape, frame.samples, -1)
        features = (weights[..., None] * features).sum(2) + (1 - opacity) * self.background
        seen = (weights * depth).sum(-1, keepdim=True) + (1 - opacity) * frame.far
        depth_map, opacity_map = to_image(seen, size), to_image(opacity, size)
        # Without gradient: a drawing's loss shall use the shape, not bend it into strokes.
        geometry = geometry_maps(depth_map.detach(), opacity_map.detach(), frame)
        return FieldView(to_image(features, size), depth_map, opacity_map, geometry)


def geometry_maps(depth: Tensor, opacity: Tensor, frame: Frame) -> Tensor:
    """What decides where lines lie: depth, opacity (B, 1, s, s) -> (B, GEOMETRY, s, s).

    Normals are in the camera's axes (right, up, towards the camera).  The curvature is the largest
    change of the normal per half image width, over all directions on the screen, k / (k + 4):
    lines belong on its ridges, and unlike creases these move with the view as drawn lines do.
    """
    size = depth.shape[-1]
    directions = local_directions(frame.field_of_view, size, half_pixel=True, like=depth)
    position = depth * directions.t().unflatten(1, (size, size))
    right, down = _slopes(position)
    normal = F.normalize(torch.cross(down, right, dim=1), dim=1)
    by_x, by_y = _slopes(normal)
    a, b, c = (by_x * by_x).sum(1), (by_x * by_y).sum(1), (by_y * by_y).sum(1)
    # Larger singular value of the 3 x 2 matrix [by_x by_y], in closed form.
    curvature = ((a + c + ((a - c) ** 2 + 4 * b * b).sqrt()) / 2).sqrt()[:, None]
    curvature = curvature / (curvature + 4)
    return torch.cat([opacity, (depth - frame.distance) / frame.extent, normal, curvature], 1)


def _slopes(maps: Tensor) -> tuple[Tensor, Tensor]:
    """Central differences of (B, C, s, s) to the right and down, per half image width."""
    padded = F.pad(maps, (1, 1, 1, 1), mode="replicate")
    scale = maps.shape[-1] / 4
    right = padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2]
    down = padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1]
    return right * scale, down * scale
