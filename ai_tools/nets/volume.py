# SPDX-License-Identifier: GPL-3.0-or-later
"""Cameras, rays, volume rendering and the warp between two views.  Imports torch only.

Camera convention, the one of the synthetic heads: the camera looks at the origin, up is +y, yaw 0
and pitch 0 look at the face from +z, positive yaw moves the camera to +x, positive pitch lifts it.
Angles are radians.  (SAGE's code counts both from pi/2; the difference is this constant.)

"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class Camera:
    """Angles in radians, both (B,); the pitch within +-pi/2, because a pole has no "up"."""

    yaw: Tensor
    pitch: Tensor

    @staticmethod
    def random(
        batch: int, yaw_deviation: float = 0.3, pitch_deviation: float = 0.155, *, like: Tensor
    ) -> "Camera":
        """Normally distributed around the frontal view, by default as SAGE trains."""
        yaw = torch.randn(batch, device=like.device) * yaw_deviation
        pitch = torch.randn(batch, device=like.device) * pitch_deviation
        return Camera(yaw, pitch.clamp(-math.pi / 2 + 0.01, math.pi / 2 - 0.01))

    def axes(self) -> Tensor:
        """Unit vectors right, up, back (towards the camera) as rows: (B, 3, 3)."""
        sin_yaw, cos_yaw = self.yaw.sin(), self.yaw.cos()
        sin_pitch, cos_pitch = self.pitch.sin(), self.pitch.cos()
        right = torch.stack([cos_yaw, torch.zeros_like(cos_yaw), -sin_yaw], 1)
        up = torch.stack([-sin_yaw * sin_pitch, cos_pitch, -cos_yaw * sin_pitch], 1)
        back = torch.stack([sin_yaw * cos_pitch, sin_pitch, cos_yaw * cos_pitch], 1)
        return torch.stack([right, up, back], 1)


@dataclass(frozen=True)
class Rays:
    """One ray per pixel of square images."""

    origin: Tensor  # (B, 3)
    direction: Tensor  # (B, size * size, 3), unit length, rows from the top
    size: int

    def points(self, depth: Tensor) -> Tensor:
        """Positions at distances depth (B, size * size, S) along the rays -> (B, size², S, 3)."""
        return self.origin[:, None, None] + self.direction[:, :, None] * depth[..., None]


def pixel_grid(size: int, *, half_pixel: bool, like: Tensor) -> Tensor:
    """Coordinates of `size` pixels in a row, -1..1 over the image.

    half_pixel: the pixels' centres, as in rendered pictures, so that all sizes show the same frame.
    Otherwise the outer pixels lie on -1 and 1 (`grid_sample` calls it align_corners), as in SAGE.
    """
    if half_pixel:
        return (torch.arange(size, device=like.device) + 0.5) * (2 / size) - 1
    return torch.linspace(-1, 1, size, device=like.device)


def cast_rays(
    camera: Camera, distance: float, field_of_view: float, size: int, *, half_pixel: bool = False
) -> Rays:
    """Rays of cameras at `distance` from the origin; field_of_view in degrees over the image."""
    axes = camera.axes()
    local = local_directions(field_of_view, size, half_pixel=half_pixel, like=axes)
    return Rays(distance * axes[:, 2], local @ axes, size)


def local_directions(field_of_view: float, size: int, *, half_pixel: bool, like: Tensor) -> Tensor:
    """Unit vectors along the pixels' rays in the camera's axes (right, up, back): (size², 3)."""
    slope = math.tan(math.radians(field_of_view) / 2)
    grid = pixel_grid(size, half_pixel=half_pixel, like=like) * slope
    x = grid.expand(size, size).flatten()
    y = -grid[:, None].expand(size, size).flatten()
    return F.normalize(torch.stack([x, y, -torch.ones_like(x)], 1), dim=1)


def sample_depths(
    near: float, far: float, samples: int, shape: tuple[int, int], *, jitter: bool, like: Tensor
) -> Tensor:
    """Depths (*shape, samples), near..far in even steps; jitter moves each by up to half a step."""
    depth = torch.linspace(near, far, samples, device=like.device).expand(*shape, samples)
    if jitter:
        step = (far - near) / (samples - 1)
        depth = depth + (torch.rand(depth.shape, device=like.device) - 0.5) * step
    return depth


def render_weights(optical_density: Tensor, depth: Tensor, last: float = 1e10) -> Tensor:
    """Share of each sample in its ray's colour: (..., S), summing to the ray's opacity.

    w_i = (1 - exp(-sigma_i d_i)) exp(-sum_{j<i} sigma_j d_j).  The usual product of (1 - alpha) is
    written as exp of a running sum: the same number, exact for opaque samples, and unlike cumprod
    it exists in ONNX.

    Args:
        optical_density: sigma >= 0 per unit of depth, (..., S); depth: increasing, (..., S).
        last: d of the last sample, whose end is not known; 1e10 makes any density there opaque.
    """
    sigma, depth = optical_density.float(), depth.float()
    step = torch.cat([depth[..., 1:] - depth[..., :-1], torch.full_like(depth[..., :1], last)], -1)
    thickness = sigma * step
    # Shifted, not cumsum - thickness: the last thickness would swallow the digits of the sum.
    before = torch.cat([torch.zeros_like(thickness[..., :1]), thickness[..., :-1].cumsum(-1)], -1)
    return (1 - (-thickness).exp()) * (-before).exp()


def to_image(values: Tensor, size: int) -> Tensor:
    """Per-ray values (B, size², C) -> (B, C, size, size)."""
    return values.transpose(1, 2).unflatten(2, (size, size))


def project(points: Tensor, camera: Camera, distance: float, field_of_view: float) -> Tensor:
    """World points (B, N, 3) -> image coordinates (B, N, 2), x right and y down, -1..1 inside."""
    axes = camera.axes()
    local = (points - distance * axes[:, None, 2]) @ axes.transpose(1, 2)
    # Points at or behind the camera have no image: clamping sends them far outside.
    ahead = (-local[..., 2:]).clamp_min(1e-6)
    slope = math.tan(math.radians(field_of_view) / 2)
    x, y = (local[..., :2] / (ahead * slope)).unbind(-1)
    return torch.stack([x, -y], -1)


def warp(other: Tensor, image_points: Tensor, size: int) -> Tensor:
    """Looks another view's maps up where this view's points appear in it.

    other (B, C, h, w) with its outer pixels on -1 and 1, image_points (B, size², 2) from `project`
    -> (B, C, size, size); zero where a point falls outside of the other view.
    """
    grid = image_points.unflatten(1, (size, size))
    return F.grid_sample(other, grid, mode="bilinear", align_corners=True)
