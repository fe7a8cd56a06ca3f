# SPDX-License-Identifier: GPL-3.0-or-later
"""Sliced Wasserstein distance: exact for clouds, sensible for pictures."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from train.metrics.swd import enlarged, laplacian_pyramid, sliced_wasserstein, swd, swd_by_level


def pictures(seed: int, count: int = 6, side: int = 64) -> Tensor:
    """Random blocks of colour, (count, 3, side, side)."""
    generator = torch.Generator().manual_seed(seed)
    small = torch.rand(count, 3, side // 8, side // 8, generator=generator)
    return small.repeat_interleave(8, 2).repeat_interleave(8, 3)


def noisy(x: Tensor, amount: float) -> Tensor:
    return x + amount * torch.randn(x.shape, generator=torch.Generator().manual_seed(5))


def test_equal_sets_are_at_distance_0_whatever_their_order_within() -> None:
    assert swd(pictures(0), pictures(0)) == 0
    points = torch.randn(50, 4)
    assert sliced_wasserstein(points, points[torch.randperm(50)]) == pytest.approx(0, abs=1e-6)


def test_it_is_symmetric_and_repeatable() -> None:
    a, b = pictures(0), pictures(1)
    assert swd(a, b) == swd(a, b) == pytest.approx(swd(b, a))
    assert swd(a, b) != swd(a, b, seed=1)


def test_a_shifted_cloud_is_as_far_as_its_shift_projected() -> None:
    """Every projection moves by shift·direction, whose mean size in 3 dimensions is |shift|/2."""
    generator = torch.Generator().manual_seed(0)
    cloud = torch.randn(400, 3, generator=generator)
    found = sliced_wasserstein(cloud, cloud + torch.tensor([3.0, 0, 4]), directions=4096)
    assert found == pytest.approx(2.5, rel=0.05)


@given(seed=st.integers(0, 1000), count=st.integers(1, 60))
@settings(max_examples=30)
def test_in_one_dimension_it_is_the_wasserstein_distance(seed: int, count: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    a, b = (scale * torch.randn(count, 1, generator=generator) for scale in (1, 3))
    values = np.sort(torch.cat([a, b])[:, 0].numpy())
    below = [(cloud[:, 0].numpy()[:, None] <= values).mean(0) for cloud in (a, b)]
    wanted = (abs(below[0] - below[1])[:-1] * np.diff(values)).sum()  # between the CDFs
    assert sliced_wasserstein(a, b, seed, directions=8) == pytest.approx(wanted, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize(("height", "width"), [(64, 64), (35, 81)])
def test_a_pyramid_adds_up_to_its_picture(height: int, width: int) -> None:
    picture = torch.rand(2, 3, height, width)
    levels = laplacian_pyramid(picture)
    total = levels[-1]
    for level in levels[-2::-1]:
        total = level + enlarged(total, *level.shape[2:])
    torch.testing.assert_close(total, picture)


def test_enlarging_keeps_a_flat_colour_away_from_the_border() -> None:
    flat = enlarged(torch.full((1, 3, 8, 8), 0.5), 16, 16)
    torch.testing.assert_close(flat[:, :, 2:-2, 2:-2], torch.full((1, 3, 12, 12), 0.5))


def test_levels_are_named_by_their_size() -> None:
    assert list(swd_by_level(pictures(0), pictures(1))) == [64, 32, 16]


def test_noise_is_seen_first_where_it_is_fine() -> None:
    picture = pictures(0)
    levels = swd_by_level(picture, noisy(picture, 0.1))
    assert levels[64] > 2 * levels[16]


def test_it_grows_with_noise() -> None:
    picture = pictures(0)
    found = [swd(picture, noisy(picture, amount)) for amount in (0, 0.02, 0.08, 0.3)]
    assert found == sorted(found) and found[0] == 0 < found[1]


def test_flat_pictures_are_no_division_by_zero() -> None:
    flat = torch.full((4, 3, 32, 32), 0.3)
    assert swd(flat, flat + 0.2) < 10  # position is normalised away, and there is no detail


def test_wrong_sets_are_refused() -> None:
    for a, b in (
        (pictures(0), pictures(0, count=5)),
        (pictures(0, side=8), pictures(1, side=8)),
        (torch.rand(2, 1, 32, 32), torch.rand(2, 1, 32, 32)),
    ):
        with pytest.raises(ValueError, match="equal sets"):
            swd(a, b)
    with pytest.raises(ValueError, match="equal clouds"):
        sliced_wasserstein(torch.rand(3, 2), torch.rand(4, 2))
