# SPDX-License-Identifier: GPL-3.0-or-later
"""StencilTorch: published sizes, what reaches the picture, and the critic's penalty."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from ai_tools.nets.config import ConfigError
from ai_tools.nets.registry import count_parameters
from ai_tools.nets.stenciltorch import (
    Bottleneck,
    Critic,
    CriticConfig,
    FeatureSliceConfig,
    Guide,
    Illustration2VecSlice,
    StencilConfig,
    StencilGenerator,
    composite,
    gradient_penalty,
)

TINY = StencilConfig(features=4, feature_channels=6)


def picture(batch: int, size: int) -> tuple[Tensor, Tensor, Tensor]:
    """Composition with mask, hints and features for the tiny configuration."""
    x = torch.rand(batch, 4, size, size) * 2 - 1
    x[:, 3] = (x[:, 3] > 0).float()
    h = torch.rand(batch, 4, size // 4, size // 4)
    return x, h, torch.randn(batch, 6, size // 16, size // 16)


def test_published_parameter_counts() -> None:
    generator = count_parameters(StencilGenerator(StencilConfig()))
    features = count_parameters(Illustration2VecSlice(FeatureSliceConfig()))
    assert generator == 6_196_915
    assert features == 4_500_864
    assert generator + features == 10_697_779


def test_feature_width_changes_one_layer_only() -> None:
    wide = count_parameters(StencilGenerator(StencilConfig()))
    lite = count_parameters(StencilGenerator(StencilConfig(feature_channels=112)))
    assert wide - lite == (512 - 112) * 8 * 32 * 9


def test_batch_norm_replaces_biases() -> None:
    net = StencilGenerator(StencilConfig(features=4, feature_channels=6, batch_norm=True))
    convs = {name: m for name, m in net.named_modules() if isinstance(m, nn.Conv2d)}
    assert [name for name, conv in convs.items() if conv.bias is not None] == ["painter.out"]
    norms = sum(isinstance(m, nn.BatchNorm2d) for m in net.modules())
    assert norms == len(convs) - 1
    assert not any(isinstance(m, nn.BatchNorm2d) for m in StencilGenerator(TINY).modules())


@pytest.mark.parametrize("features", [0, 6])
def test_generator_and_guide_paint_whole_frames(features: int) -> None:
    config = StencilConfig(features=4, feature_channels=features)
    net, guide = StencilGenerator(config).eval(), Guide(config).eval()
    x, h, f = picture(2, 32)
    skips = net.encode(x, h, f if features else None)
    for image in (net(x, h, f if features else None), guide(skips)):
        assert image.shape == (2, 3, 32, 32)
        assert image.abs().max() <= 1
    assert skips.d5.shape == (2, 16, 4, 4)


def test_mask_hints_and_features_all_reach_the_picture() -> None:
    net = StencilGenerator(TINY).eval()
    x, h, f = picture(1, 32)
    before = net(x, h, f)
    flipped = x.clone()
    flipped[:, 3] = 1 - flipped[:, 3]
    for other in ((flipped, h, f), (x, 1 - h, f), (x, h, -f)):
        assert (net(*other) - before).abs().max() > 1e-6


def test_unmasked_pixels_are_kept_exactly() -> None:
    x, _, _ = picture(2, 16)
    painted = torch.rand(2, 3, 16, 16)
    image = composite(x, painted)
    mask = x[:, 3:].bool().expand(-1, 3, -1, -1)
    assert torch.equal(image[mask], painted[mask])
    assert torch.equal(image[~mask], x[:, :3][~mask])


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda x, h, f: (x[..., :24, :], h, f), "divisible"),
        (lambda x, h, f: (x, h[..., :4, :], f), "hints"),
        (lambda x, h, f: (x, h, f[:, :3]), "features"),
        (lambda x, h, f: (x, h, None), "missing"),
        (lambda x, h, f: (x[:, :3], h, f), "composition"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(
    change: Callable[..., tuple[Tensor, ...]], word: str
) -> None:
    with pytest.raises(ValueError, match=word):
        StencilGenerator(TINY)(*change(*picture(1, 32)))


def test_features_of_a_picture_have_a_sixteenth_of_its_size() -> None:
    net = Illustration2VecSlice(FeatureSliceConfig(widths=(2, 2, 3, 3, 4, 5)))
    seen: list[Tensor] = []
    net.convs[0].register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    assert net(torch.ones(1, 3, 32, 48)).shape == (1, 5, 2, 3)
    expected = torch.tensor([255 - mean for mean in Illustration2VecSlice.MEAN])
    torch.testing.assert_close(seen[0][0, :, 0, 0], expected)


def test_halving_bottleneck_halves() -> None:
    assert Bottleneck(8, 2, stride=2)(torch.randn(1, 8, 6, 6)).shape == (1, 8, 3, 3)


@pytest.mark.parametrize("size", [64, 128])
def test_critic_scores_its_size(size: int) -> None:
    net = Critic(CriticConfig(features=16, feature_channels=6, size=size))
    f = torch.randn(2, 6, size // 16, size // 16)
    assert net(torch.randn(2, 3, size, size), f).shape == (2,)


def test_full_size_critic_has_the_papers_seven_bottlenecks_behind_the_features() -> None:
    net = Critic(CriticConfig())
    tail = [m.shortcut for m in net.joint if isinstance(m, Bottleneck)]
    halving = [isinstance(shortcut, nn.AvgPool2d) for shortcut in tail]
    assert halving == [False, True, False, True, False, True, False]


@pytest.mark.parametrize("size", [0, 32, 96, 192])
def test_critic_sizes_that_do_not_end_at_one_pixel_are_refused(size: int) -> None:
    with pytest.raises(ConfigError, match="size"):
        CriticConfig(size=size)


def test_penalty_of_a_linear_critic_is_known() -> None:
    class Linear(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.randn(3 * 4 * 4))

        def forward(self, image: Tensor, f: Tensor | None) -> Tensor:
            return image.flatten(1) @ self.weight

    critic = Linear()
    real, fake = torch.randn(5, 3, 4, 4), torch.randn(5, 3, 4, 4)
    penalty = gradient_penalty(critic, real, fake, None)
    drift = (real.flatten(1) @ critic.weight).square().mean()
    expected = 10 * (critic.weight.norm() - 1) ** 2 + 1e-3 * drift
    torch.testing.assert_close(penalty, expected)
    penalty.backward()
    assert critic.weight.grad is not None
    assert critic.weight.grad.abs().max() > 0


def test_penalty_looks_between_real_and_fake() -> None:
    """On D = |x|²/2 the slope is |x|, so the penalty tells where it was taken."""

    class Bowl(nn.Module):
        def forward(self, image: Tensor, f: Tensor | None) -> Tensor:
            return image.flatten(1).square().sum(1) / 2

    real, fake = torch.full((1, 1, 2, 2), 3.0), torch.full((1, 1, 2, 2), -1.0)
    mix = torch.full((1, 1, 1, 1), 0.75)  # 0.75 * 3 - 0.25 = 2 per pixel, slope 4
    penalty = gradient_penalty(Bowl(), real, fake, None, mix, drift=0.0)
    assert penalty.item() == pytest.approx(10 * (4 - 1) ** 2)
