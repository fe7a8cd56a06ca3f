# SPDX-License-Identifier: GPL-3.0-or-later
"""The mixture's density, losses and draws against torch's own distributions."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal

from ai_tools.nets.mixture import (
    DENSITY_FLOOR,
    log_density,
    output_size,
    reconstruction_loss,
    sample,
    unpack,
)

M = 4


def torch_mixture(raw: Tensor) -> MixtureSameFamily:
    """The same distribution by torch, built from the documented layout."""
    pi, mu_x, mu_y, log_sx, log_sy, rho = raw[..., 3:].double().chunk(6, -1)
    sx, sy, rho = log_sx.exp(), log_sy.exp(), rho.tanh()
    rows = [torch.stack([sx**2, rho * sx * sy], -1), torch.stack([rho * sx * sy, sy**2], -1)]
    normal = MultivariateNormal(torch.stack([mu_x, mu_y], -1), torch.stack(rows, -2))
    return MixtureSameFamily(Categorical(logits=pi), normal)


def strokes(*rows: tuple[float, float, int]) -> Tensor:
    """(1, N, 5) stroke-5 rows from (dx, dy, pen state)."""
    points = torch.zeros(1, len(rows), 5)
    for point, (dx, dy, pen) in zip(points[0], rows, strict=True):
        point[0], point[1], point[2 + pen] = dx, dy, 1
    return points


def test_twenty_components_take_123_numbers() -> None:
    assert output_size(20) == 123


def test_density_equals_torchs() -> None:
    raw, offsets = torch.randn(50, output_size(M)), torch.randn(50, 2)
    expected = torch_mixture(raw).log_prob(offsets.double())
    density = log_density(unpack(raw), offsets).double()
    torch.testing.assert_close(density, expected, atol=1e-4, rtol=1e-4)


def test_density_stays_finite_where_tanh_saturates() -> None:
    raw = torch.zeros(1, output_size(M))
    raw[:, -M:] = 50.0
    offsets = torch.tensor([[1.0, -1.0]], requires_grad=True)
    value = log_density(unpack(raw), offsets).sum()
    value.backward()
    assert value.isfinite()
    assert offsets.grad is not None
    assert offsets.grad.isfinite().all()


def test_offset_loss_is_masked_behind_the_end_and_averaged_over_all_rows() -> None:
    target = strokes((0.3, -0.2, 0), (0.5, 0.1, 1), (0, 0, 2), (0, 0, 2))
    raw = torch.randn(1, 4, output_size(M))
    density = torch_mixture(raw).log_prob(target[..., :2].double()).exp()
    expected = -(density + DENSITY_FLOOR).log()[:, :2].sum() / 4
    offset, _ = reconstruction_loss(raw, target, mask_pen=False)
    assert offset.item() == pytest.approx(expected.item(), rel=1e-5)


def test_pen_loss_is_masked_at_evaluation_only() -> None:
    target = strokes((0.3, -0.2, 0), (0.5, 0.1, 1), (0, 0, 2), (0, 0, 2))
    raw = torch.randn(1, 4, output_size(M))
    each = torch.nn.functional.cross_entropy(
        raw[0, :, :3], target[0, :, 2:].argmax(-1), reduction="none"
    )
    training = reconstruction_loss(raw, target, mask_pen=False)[1].item()
    evaluation = reconstruction_loss(raw, target, mask_pen=True)[1].item()
    assert training == pytest.approx(each.mean().item(), rel=1e-5)
    assert evaluation == pytest.approx(each[:2].sum().item() / 4, rel=1e-5)


def test_far_points_cost_at_most_the_floor() -> None:
    raw = torch.zeros(1, 1, output_size(M))
    offset, _ = reconstruction_loss(raw, strokes((1e4, 1e4, 0)), mask_pen=False)
    assert offset.item() == pytest.approx(-math.log(DENSITY_FLOOR), rel=1e-5)


@given(st.integers(0, 10**6))
def test_cold_draws_are_the_likeliest_components_mean(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    raw = torch.randn(8, output_size(M), generator=generator)
    raw[:, 2] = -40  # an ended drawing would have no offset
    mixture = unpack(raw)
    best = mixture.log_weights.argmax(-1)
    expected = mixture.mean[torch.arange(8), best]
    for temperature in (0.0, 1e-12):
        point = sample(raw, temperature, softmax_temperature=0.0, generator=generator)
        torch.testing.assert_close(point[:, :2], expected, atol=1e-4, rtol=0)
        assert torch.equal(point[:, 2:].argmax(-1), raw[:, :3].argmax(-1))
    # A softmax temperature that only tends to 0 draws, and still finds clear favourites.
    clear = raw.clone()
    clear[:, 3 : 3 + M] *= 100
    gap = clear[:, 3 : 3 + M].topk(2).values
    sure = (gap[:, 0] - gap[:, 1]) > 1
    point = sample(clear, 1e-12, softmax_temperature=1e-3, generator=generator)
    torch.testing.assert_close(point[sure, :2], expected[sure], atol=1e-4, rtol=0)


def test_draws_follow_the_distribution() -> None:
    raw = torch.randn(output_size(M)) * 0.7
    raw[2] = -40.0  # never ends, so every draw has an offset
    many = sample(raw.expand(40_000, -1), 1.0)
    torch.testing.assert_close(
        many[:, :2].mean(0), torch_mixture(raw).mean.float(), atol=0.06, rtol=0
    )
    variance = torch_mixture(raw).variance.float()
    torch.testing.assert_close(many[:, :2].var(0), variance, atol=0, rtol=0.06)
    pen = torch.softmax(raw[:3], 0)
    torch.testing.assert_close(many[:, 2:].mean(0), pen, atol=0.02, rtol=0)


def test_draws_have_the_correlation_of_their_component() -> None:
    raw = torch.zeros(output_size(1))
    raw[2], raw[-1] = -40.0, math.atanh(0.8)
    points = sample(raw.expand(20_000, -1), 1.0)[:, :2]
    assert torch.corrcoef(points.t())[0, 1].item() == pytest.approx(0.8, abs=0.02)


def test_temperature_scales_sigma_by_its_root_and_softens_choices_by_half() -> None:
    raw = torch.zeros(output_size(2))
    raw[1], raw[2] = 1.0, -40.0
    raw[3] = 2.0  # weight logits 2 and 0
    raw[5], raw[6] = 100.0, -100.0  # mu_x tells which component was drawn
    points = sample(raw.expand(40_000, -1), 0.25)
    first = points[:, 0] > 0
    assert points[first, 1].std().item() == pytest.approx(0.5, rel=0.03)
    softmax_temperature = 0.5 + 0.5 * 0.25
    share = torch.tensor(2.0 / softmax_temperature).sigmoid().item()
    assert first.float().mean().item() == pytest.approx(share, abs=0.01)
    lifted = torch.tensor(1.0 / softmax_temperature).sigmoid().item()
    assert points[:, 3].mean().item() == pytest.approx(lifted, abs=0.01)


def test_the_end_has_no_offset_and_points_are_one_hot() -> None:
    points = sample(torch.randn(500, output_size(M)), 1.0)
    ended = points[:, 4] == 1
    assert 0 < ended.sum() < 500
    assert points[ended, :2].abs().max() == 0
    assert torch.equal(points[:, 2:].sum(1), torch.ones(500))


def test_a_generator_makes_draws_repeatable() -> None:
    raw = torch.randn(3, 2, output_size(M))
    first = sample(raw, 0.65, generator=torch.Generator().manual_seed(7))
    assert first.shape == (3, 2, 5)
    assert torch.equal(first, sample(raw, 0.65, generator=torch.Generator().manual_seed(7)))
