# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking a rendered view's points up in the drawing that the head was read from.

Imports torch and nets.  Image-based rendering (as in IBRNet, Wang et al. 2021) on the field's
depth: an artist's strokes are finer than any planes, and where the drawing shows the same place
they are the best guess at it.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ai_tools.nets.triplane import FieldView, Frame
from ai_tools.nets.volume import Camera, cast_rays, project


@dataclass(frozen=True)
class Source:
    """The drawing behind a head."""

    drawing: Tensor  # (B, 3, I, I) in -1..1
    pose: Tensor  # (B, 6), see portrait_encoder.POSE
    drawn: Tensor  # (B, 1): 1 where there is one, 0 where the head was made without

    def of(self, chosen: Tensor) -> "Source":
        """Only some, by their numbers (N,)."""
        return Source(self.drawing[chosen], self.pose[chosen], self.drawn[chosen])


@dataclass(frozen=True)
class Seen:
    """What a view shows of the drawing; 0 where there is none."""

    drawing: Tensor  # (B, 3, n s, n s) in -1..1: the drawing, moved to the view
    facing: Tensor  # (B, 1, s, s): cosine between surface and the drawing's side; < 0 is hidden


def look_up(source: Source, view: FieldView, camera: Camera, frame: Frame, enlarge: int) -> Seen:
    """The drawing as seen from `camera`, at `enlarge` times the size of the view's maps.

    No gradient reaches the view: the drawing's loss shall not bend the shape.  Beside the head the
    view is taken for a plane through its middle, so that strokes there follow the head's turn.
    """
    size = enlarge * view.depth.shape[-1]
    depth = view.depth - (1 - view.opacity) * (frame.far - frame.distance)
    fine = F.interpolate(depth.detach(), scale_factor=enlarge, mode="bilinear", align_corners=False)
    rays = cast_rays(camera, frame.distance, frame.field_of_view, size, half_pixel=True)
    points = rays.points(fine.flatten(1)[..., None])[:, :, 0]
    drawn_from = Camera(source.pose[:, 0], source.pose[:, 1])
    at = project(points, drawn_from, frame.distance, frame.field_of_view)
    roll, scale = source.pose[:, 2], source.pose[:, 3].exp()
    a, b = (scale * roll.cos())[:, None], (scale * roll.sin())[:, None]
    x, y = at.unbind(-1)
    grid = torch.stack([a * x - b * y, b * x + a * y], -1) + source.pose[:, None, 4:]
    moved = F.grid_sample(
        source.drawing,
        grid.unflatten(1, (size, size)),
        padding_mode="border",
        align_corners=False,
    )
    normal = view.geometry[:, 2:5].flatten(2).transpose(1, 2) @ camera.axes()
    facing = (normal @ drawn_from.axes()[:, 2, :, None]).transpose(1, 2)
    facing = facing.unflatten(2, view.depth.shape[2:]) * view.opacity.detach()
    drawn = source.drawn[..., None, None]
    return Seen(moved * drawn, facing * drawn)


def nothing_seen(view: FieldView, enlarge: int) -> Seen:
    """For heads without a drawing."""
    empty = torch.zeros_like(view.depth)
    fine = F.interpolate(empty, scale_factor=enlarge, mode="nearest")
    return Seen(fine.expand(-1, 3, -1, -1), empty)
