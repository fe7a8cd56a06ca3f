# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped portrait network: shapes, previews, styles, edits and what gradients may pass."""

from typing import Any

import pytest
import torch

from ai_tools.nets.config import ConfigError
from ai_tools.nets.portrait_encoder import POSE
from ai_tools.nets.portrait_light import PortraitLight, PortraitLightConfig
from ai_tools.nets.registry import count_parameters
from ai_tools.nets.volume import Camera

SIZES: dict[str, Any] = {
    **{"input_size": 32, "encoder_widths": (8, 8, 8), "token_width": 16, "token_layers": 1},
    **{"token_heads": 2, "plane_channels": 4, "field_hidden": 4, "features": 4, "size": 16},
    **{"samples": 4, "styles": ("line", "oil"), "style_size": 3, "labels": 5},
    **{"translator_widths": (4, 5, 6), "last_width": 4, "spade_hidden": 4},
    **{"people": 3, "people_size": 4, "preview_size": 8, "encoder_last": 8},
}
TINY = PortraitLightConfig(**SIZES)


def view(batch: int, yaw: float = 0.2) -> Camera:
    return Camera(torch.full((batch,), yaw), torch.zeros(batch))


def drawing(batch: int) -> torch.Tensor:
    return torch.rand(batch, 3, 32, 32) * 2 - 1


LINE, OIL = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])


def test_size_is_what_the_app_can_ship() -> None:
    with torch.device("meta"):
        net = PortraitLight(PortraitLightConfig())
    assert 6e6 <= count_parameters(net) <= 8e6
    assert net.encoder.mean_planes.shape == (3 * 16, 64, 64)
    stored = sum(tensor.numel() for tensor in net.state_dict().values())
    assert 2 * stored < 16 * 2**20 - 2**16
    assert len(net.config.styles) == 7


def test_one_drawing_gives_all_maps() -> None:
    net = PortraitLight(TINY)
    output, code = net(drawing(2), view(2), LINE.expand(2, -1))
    assert output.image.shape == (2, 3, 64, 64)
    assert output.image.abs().max() <= 1
    assert output.labels.shape == (2, 5, 64, 64)
    assert output.small_labels.shape == (2, 5, 16, 16)
    assert output.photo.shape == (2, 3, 16, 16)
    assert 0 <= output.photo.min() <= output.photo.max() <= 1
    assert output.view.depth.shape == (2, 1, 16, 16)
    assert TINY.near <= output.view.depth.min() <= output.view.depth.max() <= TINY.far + 1e-4
    assert code.planes.shape == (2, 3, 4, 8, 8)
    assert code.pose.shape == (2, len(POSE))


def test_cached_planes_serve_views_and_small_previews() -> None:
    net = PortraitLight(TINY).eval()
    code = net.encode(drawing(1))
    left, right = (
        net.decode(net.render(code.planes, view(1, yaw)), LINE).image for yaw in (-0.5, 0.5)
    )
    assert (left - right).abs().max() > 1e-4
    preview = net.decode(net.render(code.planes, view(1, 0.5), 8), LINE)
    assert preview.image.shape == (1, 3, 32, 32)


def test_a_preview_shows_the_same_frame() -> None:
    net = PortraitLight(PortraitLightConfig(**{**SIZES, "size": 32, "samples": 12})).eval()
    planes = net.encode(drawing(1)).planes
    fine, coarse = (net.render(planes, view(1), size).depth for size in (32, 16))
    shrunk = torch.nn.functional.avg_pool2d(fine, 2)
    spread = (fine - fine.mean()).abs().mean()
    assert (shrunk - coarse).abs().mean() < 0.5 * spread


def test_style_changes_the_picture_and_not_the_labels() -> None:
    net = PortraitLight(TINY).eval()
    field_view = net.render(net.encode(drawing(1)).planes, view(1))
    line, oil = net.decode(field_view, LINE), net.decode(field_view, OIL)
    assert (line.image - oil.image).abs().max() > 1e-4
    torch.testing.assert_close(line.labels, oil.labels)
    torch.testing.assert_close(line.photo, oil.photo)


def test_edited_labels_change_the_picture() -> None:
    net = PortraitLight(TINY).eval()
    field_view = net.render(net.encode(drawing(1)).planes, view(1))
    plain = net.decode(field_view, LINE)
    same = net.decode(field_view, LINE, labels=plain.small_labels.softmax(1))
    torch.testing.assert_close(same.image, plain.image)
    hair = torch.zeros(1, 5, 16, 16)
    hair[:, 3] = 1
    assert (net.decode(field_view, LINE, labels=hair).image - plain.image).abs().max() > 1e-5


def test_pictures_loss_reaches_the_planes_but_bends_no_labels() -> None:
    net = PortraitLight(TINY)
    output, _ = net(drawing(1), view(1), LINE)
    output.image.square().sum().backward()
    assert all(p.grad is None for p in net.label_decoder.parameters())
    assert net.encoder.mean_planes.grad is not None
    assert net.encoder.mean_planes.grad.abs().max() > 0
    assert not output.view.geometry.requires_grad


def test_people_lie_around_a_mean_and_between_each_other() -> None:
    net = PortraitLight(TINY)
    assert net.people is not None
    net.people.mean.normal_()
    net.people.basis.normal_()
    z = torch.randn(2, 3)
    one, other = net.person(z)
    assert one.shape == (3, 4, 8, 8)
    torch.testing.assert_close(net.person(z.mean(0, keepdim=True))[0], (one + other) / 2)
    mean = net.person(torch.zeros(1, 3))
    torch.testing.assert_close(
        torch.nn.functional.avg_pool2d(mean.flatten(1, 2), 2).mean(), net.people.mean.mean()
    )


def test_without_a_code_book_there_are_no_people() -> None:
    net = PortraitLight(PortraitLightConfig(**{**SIZES, "people": 0}))
    with pytest.raises(ValueError, match="no people"):
        net.person(torch.zeros(1, 0))


def test_jitter_is_for_training() -> None:
    net = PortraitLight(TINY)
    planes = net.encode(drawing(1)).planes
    first = net.render(planes, view(1)).depth
    assert torch.equal(first, net.render(planes, view(1)).depth)
    assert not torch.equal(first, net.render(planes, view(1), jitter=True).depth)


def test_other_drawing_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(B, 3, 32, 32\)"):
        PortraitLight(TINY).encode(torch.zeros(1, 3, 64, 64))


@pytest.mark.parametrize(
    "change",
    [
        {"input_size": 40},
        {"encoder_widths": (8, 8)},
        {"encoder_widths": (8, 8, 9)},
        {"token_heads": 3},
        {"size": 10},
        {"size": 4},
        {"preview_size": 6},
        {"people": -1},
        {"people_size": 0},
        {"encoder_last": 12},
        {"samples": 1},
        {"near": 20.0},
        {"styles": ("line", "line")},
        {"styles": ()},
    ],
)
def test_unusable_configurations_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        PortraitLightConfig(**{**SIZES, **change})
