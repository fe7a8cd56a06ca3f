# SPDX-License-Identifier: GPL-3.0-or-later
"""The 23-layer simplifier: published sizes, any picture size, statistics in the weights."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from ai_tools.nets.registry import count_parameters
from ai_tools.nets.simplifier import (
    Simplifier,
    SimplifierConfig,
    SketchDiscriminator,
    SketchDiscriminatorConfig,
)

Settle = Callable[[Simplifier, Callable[[], torch.Tensor]], Simplifier]

TINY = SimplifierConfig(layer4=32, width=1 / 8)


def convolutions(net: nn.Module) -> list[nn.Conv2d | nn.ConvTranspose2d]:
    return [m for m in net.modules() if isinstance(m, nn.Conv2d | nn.ConvTranspose2d)]


@pytest.mark.parametrize(("layer4", "millions"), [(256, 44.83), (128, 44.39)])
def test_published_parameter_counts(layer4: int, millions: float) -> None:
    """The published figures count convolutions; batch normalisation adds 0.015 M."""
    with torch.device("meta"):
        net = Simplifier(SimplifierConfig(layer4=layer4))
    layers = convolutions(net)
    assert len(layers) == 23
    assert round(sum(count_parameters(layer) for layer in layers) / 1e6, 2) == millions
    assert count_parameters(net) / 1e6 == pytest.approx(millions, rel=0.005)


@pytest.mark.parametrize("skips", [False, True])
@pytest.mark.parametrize(("height", "width"), [(16, 24), (9, 15), (1, 1)])
def test_drawings_have_the_sketchs_size(skips: bool, height: int, width: int) -> None:
    net = Simplifier(SimplifierConfig(layer4=32, width=1 / 8, skips=skips)).eval()
    clean = net(torch.rand(2, 1, height, width))
    assert clean.shape == (2, 1, height, width)
    assert clean.min() >= 0
    assert clean.max() <= 1


def test_skips_need_no_parameters_but_change_the_result(settle: Settle) -> None:
    sketch = torch.rand(1, 1, 16, 16)
    plain = Simplifier(TINY)
    settle(plain, lambda: plain(sketch))
    skipping = Simplifier(SimplifierConfig(layer4=32, width=1 / 8, skips=True)).eval()
    skipping.load_state_dict(plain.state_dict())
    assert (plain(sketch) - skipping(sketch)).abs().max() > 1e-6


def test_statistics_normalise_and_travel_with_the_weights(settle: Settle) -> None:
    net = Simplifier(TINY)
    sketch = torch.rand(1, 1, 16, 16)
    settle(net, lambda: net(sketch))
    before = net(sketch)
    assert (net(sketch * 2 + 0.5) - before).abs().max() > 1e-4
    net.set_statistics(0.5, 2.0)
    torch.testing.assert_close(net(sketch * 2 + 0.5), before)
    assert net.state_dict()["mean"].item() == 0.5
    assert net.state_dict()["std"].item() == 2.0


def test_discriminator_judges_patches() -> None:
    config = SketchDiscriminatorConfig(size=64, widths=(2, 2, 3, 3, 4, 4))
    assert SketchDiscriminator(config)(torch.rand(3, 1, 64, 64)).shape == (3,)
    published = SketchDiscriminator(SketchDiscriminatorConfig())
    assert published.score.in_features == 512 * 6 * 6
    assert sum(isinstance(m, nn.Dropout) for m in published.modules()) == 2
