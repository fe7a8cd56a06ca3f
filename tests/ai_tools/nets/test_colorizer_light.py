# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped colorizer: its layers, when it trusts hints, and its size."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from ai_tools.colorize.inputs import CHANNELS
from ai_tools.colorize.parts import parts
from ai_tools.nets.colorizer_light import (
    FAR,
    FIELD,
    INPUTS,
    ColorizerLight,
    ColorizerLightConfig,
)
from ai_tools.nets.config import ConfigError
from ai_tools.nets.registry import count_parameters

TINY = ColorizerLightConfig(widths=(4, 6))


def planes(far: float) -> Tensor:
    """An input whose hints' colour is red everywhere, at one distance."""
    x = torch.rand(1, INPUTS, 16, 24, generator=torch.Generator().manual_seed(0))
    x[:, FIELD] = torch.tensor([1.0, 0.0, 0.0])[:, None, None]
    x[:, FAR] = far
    return x


def test_it_reads_the_planes_where_the_inputs_put_them() -> None:
    assert len(CHANNELS) == INPUTS
    assert CHANNELS[FIELD] == ("field_r", "field_g", "field_b")
    assert CHANNELS[FAR] == ("far",)


def test_it_is_small_enough_to_wait_for() -> None:
    assert count_parameters(ColorizerLight(ColorizerLightConfig())) < 3e6


def test_the_picture_is_made_of_its_layers() -> None:
    layers = ColorizerLight(TINY).eval().layers(planes(0.5))
    flat = layers.gate * planes(0.5)[:, FIELD] + (1 - layers.gate) * layers.own
    torch.testing.assert_close(layers.flat, flat)
    shaded = flat * layers.shade
    lit = shaded + layers.highlight * (1 - shaded)
    torch.testing.assert_close(layers.rgb, lit)
    assert layers.rgb.shape == (1, 3, 16, 24)
    assert layers.rgb.min() >= 0
    assert layers.rgb.max() <= 1


def test_without_hints_nothing_of_the_field_is_trusted_and_untrained_near_hints_are() -> None:
    torch.manual_seed(0)
    net = ColorizerLight(TINY).eval()
    assert net.layers(planes(0.0)).gate.max() == 0
    assert net.layers(planes(1.0)).gate.mean() > 0.6


def test_an_open_gate_keeps_the_hue() -> None:
    net = ColorizerLight(TINY).eval()
    with torch.no_grad():
        net.out.bias.view(6, 4)[3] = 30.0  # the gate
        rgb = net(planes(1.0))
    # Red under any shade and highlight: green and blue are equal and below.
    torch.testing.assert_close(rgb[:, 1], rgb[:, 2])
    assert (rgb[:, 0] > rgb[:, 1]).all()


def test_other_sizes_than_its_stride_allows_are_refused() -> None:
    assert TINY.stride == 4
    with pytest.raises(ValueError, match="divisible by 4"):
        ColorizerLight(TINY)(torch.rand(1, INPUTS, 16, 18))


@pytest.mark.parametrize("values", [{"widths": (4,)}, {"widths": (4, 0)}, {"unshuffle": 0}])
def test_unusable_sizes_are_refused(values: dict) -> None:
    with pytest.raises(ConfigError):
        ColorizerLightConfig(**values)


def test_its_part_is_the_network(settle: Callable[..., ColorizerLight]) -> None:
    net = ColorizerLight(TINY)
    (part,) = parts(TINY)
    (port,) = part.inputs
    x = torch.rand(port.example)
    settle(net, lambda: net(x))
    (rgb,) = part.wrap(net)(x)
    assert torch.equal(rgb, net(x))
    assert part.outputs == ("rgb",)
