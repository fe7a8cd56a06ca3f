# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking a view up in the drawing: shapes of which the answer is known."""

import math

import torch
import torch.nn.functional as F

from ai_tools.nets.portrait_source import Source, look_up, nothing_seen
from ai_tools.nets.triplane import FieldView, Frame, geometry_maps
from ai_tools.nets.volume import Camera, cast_rays, project, to_image

FRAME = Frame(field_of_view=12.3, distance=16.5, near=14.6, far=18.4, extent=1.9, samples=8)
SIZE, ENLARGE = 32, 4


def camera(yaw: float, pitch: float = 0.0) -> Camera:
    return Camera(torch.tensor([yaw]), torch.tensor([pitch]))


def ball(view: Camera) -> FieldView:
    """Maps of a ball of 1 dm."""
    rays = cast_rays(view, FRAME.distance, FRAME.field_of_view, SIZE, half_pixel=True)
    along = (rays.origin[:, None] * rays.direction).sum(2, keepdim=True)
    root = along**2 - (rays.origin[:, None] ** 2).sum(2, keepdim=True) + 1
    depth = torch.where(root > 0, -along - root.clamp(min=0).sqrt(), torch.tensor(FRAME.far))
    maps, opacity = to_image(depth, SIZE), to_image((root > 0).float(), SIZE)
    return FieldView(
        torch.zeros(1, 2, SIZE, SIZE), maps, opacity, geometry_maps(maps, opacity, FRAME)
    )


def source(drawing: torch.Tensor, pose: list[float], drawn: float = 1.0) -> Source:
    return Source(drawing, torch.tensor([pose]), torch.tensor([[drawn]]))


def smooth() -> torch.Tensor:
    """A drawing that bears being sampled."""
    torch.manual_seed(0)
    rough = torch.rand(1, 3, 8, 8) * 2 - 1
    return F.interpolate(rough, size=(128, 128), mode="bicubic", align_corners=False)


def dot(x: float, y: float) -> torch.Tensor:
    """White with a black spot at (x, y) in -1..1."""
    grid = (torch.arange(128) + 0.5) / 64 - 1
    near = (grid - x)[None] ** 2 + (grid - y)[:, None] ** 2 < 0.05**2
    return torch.where(near, -1.0, 1.0).expand(1, 3, 128, 128)


def centre(picture: torch.Tensor) -> tuple[float, float]:
    """Of what is dark, in -1..1."""
    ink = (1 - picture[0, 0]).clamp(min=0)
    grid = (torch.arange(128) + 0.5) / 64 - 1
    x, y = (ink.sum(0) * grid).sum(), (ink.sum(1) * grid).sum()
    return float(x / ink.sum()), float(y / ink.sum())


def test_from_its_own_side_the_drawing_is_seen_as_it_is() -> None:
    side = camera(0.4, -0.1)
    seen = look_up(source(smooth(), [0.4, -0.1, 0, 0, 0, 0]), ball(side), side, FRAME, ENLARGE)
    assert (seen.drawing - smooth()).abs().max() < 0.02
    middle = seen.facing[0, 0, SIZE // 2, SIZE // 2]
    assert 0.97 < middle <= 1.001


def test_a_spot_turns_with_the_head() -> None:
    front, side = camera(0.0), camera(0.5)
    spot = torch.tensor([[[0.2, 0.3, math.sqrt(1 - 0.04 - 0.09)]]])
    before, after = (
        project(spot, view, FRAME.distance, FRAME.field_of_view)[0, 0] for view in (front, side)
    )
    drawing = dot(float(before[0]), float(before[1]))
    seen = look_up(source(drawing, [0.0] * 6), ball(side), side, FRAME, ENLARGE)
    x, y = centre(seen.drawing)
    assert abs(x - float(after[0])) < 0.02
    assert abs(y - float(after[1])) < 0.02
    assert x < float(before[0]) - 0.1


def test_a_drawing_that_is_tilted_scaled_and_shifted_is_put_right() -> None:
    roll, scale, x, y = 0.2, 0.1, 0.15, -0.1
    a, b = math.exp(scale) * math.cos(roll), math.exp(scale) * math.sin(roll)
    at = (0.3, -0.2)
    drawing = dot(a * at[0] - b * at[1] + x, b * at[0] + a * at[1] + y)
    front = camera(0.0)
    seen = look_up(source(drawing, [0, 0, roll, scale, x, y]), ball(front), front, FRAME, ENLARGE)
    found = centre(seen.drawing)
    assert abs(found[0] - at[0]) < 0.01
    assert abs(found[1] - at[1]) < 0.01


def test_what_the_drawing_did_not_show_faces_away() -> None:
    back = camera(math.pi)
    seen = look_up(source(smooth(), [0.0] * 6), ball(back), back, FRAME, ENLARGE)
    assert seen.facing[0, 0, SIZE // 2, SIZE // 2] < -0.97


def test_without_a_drawing_nothing_is_seen() -> None:
    front = camera(0.0)
    view = ball(front)
    seen = look_up(source(smooth(), [0.0] * 6, drawn=0.0), view, front, FRAME, ENLARGE)
    empty = nothing_seen(view, ENLARGE)
    torch.testing.assert_close(seen.drawing, empty.drawing)
    torch.testing.assert_close(seen.facing, empty.facing)
    assert empty.drawing.shape == (1, 3, 128, 128)
    assert not empty.drawing.any()


def test_strokes_bend_no_shape() -> None:
    front = camera(0.0)
    view = ball(front)
    view.depth.requires_grad_()
    view.opacity.requires_grad_()
    drawing = smooth().requires_grad_()
    seen = look_up(source(drawing, [0.1] * 6), view, front, FRAME, ENLARGE)
    (seen.drawing.sum() + seen.facing.sum()).backward()
    assert view.depth.grad is None
    assert view.opacity.grad is None
    assert drawing.grad is not None
