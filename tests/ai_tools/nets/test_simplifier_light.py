# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped simplifier: its heads, their ranges, the degree, and any picture size."""

from collections.abc import Callable

import pytest
import torch

from ai_tools.nets.config import ConfigError
from ai_tools.nets.registry import count_parameters
from ai_tools.nets.simplifier_light import (
    HEADS,
    SimplifierLight,
    SimplifierLightConfig,
    activate,
)

Settle = Callable[[SimplifierLight, Callable[[], object]], SimplifierLight]

TINY = SimplifierLightConfig(widths=(4, 6, 8))
HALF = torch.tensor([0.5])


def test_parameter_count() -> None:
    assert count_parameters(SimplifierLight(SimplifierLightConfig())) / 1e6 == pytest.approx(
        3.21, rel=0.005
    )


@pytest.mark.parametrize(("height", "width"), [(16, 24), (13, 7), (1, 1)])
def test_maps_have_the_sketchs_size(height: int, width: int) -> None:
    maps = SimplifierLight(TINY).eval()(torch.rand(1, 1, height, width), HALF)
    assert list(maps) == list(HEADS)
    for head, value in maps.items():
        assert value.shape == (1, HEADS[head], height, width)


def test_maps_keep_their_ranges() -> None:
    raw = {head: torch.randn(2, channels, 8, 8) * 30 for head, channels in HEADS.items()}
    maps = activate(raw)
    for head in ("line", "junction", "end", "confidence"):
        assert maps[head].min() >= 0
        assert maps[head].max() <= 1
    for head in ("distance", "half_width"):
        assert maps[head].min() >= 0
        assert maps[head].max() > 1
    torch.testing.assert_close(maps["orientation"].norm(dim=1), torch.ones(2, 8, 8))
    positive = raw["half_width"] > 20
    torch.testing.assert_close(maps["half_width"][positive], raw["half_width"][positive])


def test_heads_can_be_chosen() -> None:
    config = SimplifierLightConfig(widths=(4, 6), heads=("orientation", "line"), degree=False)
    raw = SimplifierLight(config).raw(torch.rand(1, 1, 8, 8))
    assert {head: value.shape[1] for head, value in raw.items()} == {"orientation": 2, "line": 1}


@pytest.mark.parametrize("heads", [(), ("line", "line"), ("lines",)])
def test_unusable_heads_are_refused(heads: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError, match="head"):
        SimplifierLightConfig(heads=heads)


def test_degree_matters_per_picture(settle: Settle) -> None:
    net = SimplifierLight(TINY)
    sketch = torch.rand(1, 1, 16, 16).expand(3, -1, -1, -1)
    settle(net, lambda: net(sketch, HALF.expand(3)))
    lines = net(sketch, torch.tensor([0.0, 1.0, 0.0]))["line"]
    assert (lines[0] - lines[1]).abs().max() > 1e-5
    torch.testing.assert_close(lines[0], lines[2])


def test_degree_goes_with_its_configuration() -> None:
    with pytest.raises(ValueError, match="missing"):
        SimplifierLight(TINY)(torch.rand(1, 1, 8, 8))
    with pytest.raises(ValueError, match="not wanted"):
        SimplifierLight(SimplifierLightConfig(degree=False))(torch.rand(1, 1, 8, 8), HALF)


@pytest.mark.parametrize("unshuffle", [1, 2, 4])
def test_unshuffling_keeps_pixels_in_place(unshuffle: int, settle: Settle) -> None:
    """A change of one pixel shows most near it, at every unshuffle factor."""
    config = SimplifierLightConfig(
        widths=(8, 8), unshuffle=unshuffle, heads=("line",), degree=False
    )
    net = SimplifierLight(config)
    settle(net, lambda: net(torch.rand(1, 1, 64, 64)))
    sketch = torch.ones(1, 1, 64, 64)
    spotted = sketch.clone()
    spotted[..., 40, 12] = 0
    change = (net.raw(sketch)["line"] - net.raw(spotted)["line"]).abs()[0, 0]
    assert change.max() > 1e-6
    y, x = torch.nonzero(change > 0.1 * change.max()).float().mean(0)
    assert abs(y - 40) < 3 * unshuffle
    assert abs(x - 12) < 3 * unshuffle


def test_skips_carry_the_fine_level_past_the_coarse_one() -> None:
    net = SimplifierLight(SimplifierLightConfig(widths=(8, 8), degree=False))
    with torch.no_grad():
        for parameter in net.narrow.parameters():
            parameter.zero_()  # closes the way over the coarse level
    sketch = torch.rand(1, 1, 16, 16)
    lines = net(sketch)["line"]
    assert (lines - net(1 - sketch)["line"]).abs().max() > 1e-4


def test_without_skips_the_fine_level_sees_the_coarse_one_only() -> None:
    net = SimplifierLight(SimplifierLightConfig(widths=(4, 6), skips=False, degree=False)).eval()
    assert net.up[0][0].in_channels == 4
    assert net(torch.rand(1, 1, 8, 8))["line"].shape == (1, 1, 8, 8)


def test_statistics_normalise(settle: Settle) -> None:
    net = SimplifierLight(TINY)
    sketch = torch.rand(1, 1, 16, 16)
    settle(net, lambda: net(sketch, HALF))
    before = net(sketch, HALF)["line"]
    assert (net(sketch * 2 + 0.5, HALF)["line"] - before).abs().max() > 1e-4
    net.set_statistics(0.5, 2.0)
    torch.testing.assert_close(net(sketch * 2 + 0.5, HALF)["line"], before)
