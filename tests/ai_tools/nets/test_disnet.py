# SPDX-License-Identifier: GPL-3.0-or-later
"""DisNet works on any size, and its sideways connections carry what pooling loses."""

import pytest
import torch

from ai_tools.nets.disnet import DisNet, DisNetConfig

TINY = DisNetConfig(widths=(4, 6, 8))


@pytest.mark.parametrize(("height", "width"), [(16, 16), (13, 7), (1, 1)])
def test_maps_have_the_pictures_size(height: int, width: int) -> None:
    heights = DisNet(TINY)(torch.rand(2, 3, height, width))
    assert heights.shape == (2, 1, height, width)
    assert heights.min() >= 0
    assert heights.max() <= 1


def test_default_levels_are_those_of_danbooregion() -> None:
    net = DisNet(DisNetConfig())
    assert [block[0].out_channels for block in net.down] == [16, 32, 64, 128, 256, 512]
    assert [block[0].out_channels for block in net.up] == [256, 128, 64, 32, 16]


def test_flat_pictures_send_no_residual_sideways() -> None:
    net = DisNet(TINY).eval()
    sideways: list[torch.Tensor] = []
    net.up[-1].register_forward_pre_hook(lambda _, args: sideways.append(args[0][:, :4]))
    picture = torch.full((1, 3, 32, 32), 0.5)
    net(picture)
    picture[..., 16, 16] = 1.0
    net(picture)
    flat, spotted = (maps[..., 12:20, 12:20].abs().max() for maps in sideways)
    assert flat < 1e-6  # away from the zero padding at the picture's edge
    assert spotted > 1e-3
