# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures on drawings, against cases whose value is known."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ai_tools.nets.mixture import output_size, reconstruction_loss
from train.metrics.sketches import (
    chamfer,
    diversity,
    perceptual_hash,
    point_nll,
    set_scores,
    spread_points,
)


def test_points_likelihoods_sum_to_the_papers_loss() -> None:
    torch.manual_seed(0)
    raw, target = torch.randn(3, 6, output_size(4)), torch.zeros(3, 6, 5)
    target[..., :2] = torch.randn(3, 6, 2)
    target[:, :4, 2] = 1
    target[:, 4:, 4] = 1
    nll = point_nll(raw, target)
    offset, pen = reconstruction_loss(raw, target, mask_pen=True)
    assert nll.mean().item() == pytest.approx((offset + pen).item(), rel=1e-5)
    assert (nll[:, 4:] == 0).all()


coordinates = st.tuples(st.floats(-100, 100), st.floats(-100, 100))
points: st.SearchStrategy[np.ndarray] = st.lists(coordinates, min_size=1, max_size=8).map(np.array)


@given(points, points)
def test_chamfer_is_a_symmetric_distance(a: np.ndarray, b: np.ndarray) -> None:
    assert chamfer(a, b) == pytest.approx(chamfer(b, a))
    assert chamfer(a, b) >= 0
    assert chamfer(a, a[::-1]) == 0


def test_chamfer_of_known_points() -> None:
    assert chamfer(np.array([[0.0, 0.0]]), np.array([[3.0, 4.0], [0.0, 0.0]])) == 1.25
    assert chamfer(np.zeros((0, 2)), np.zeros((0, 2))) == 0
    assert chamfer(np.zeros((0, 2)), np.zeros((1, 2))) == math.inf


def test_points_are_spread_along_strokes_with_their_corners() -> None:
    stroke = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 3.0]])
    spread = spread_points([stroke, stroke[:1]], 4.0)
    for corner in stroke:
        assert (spread == corner).all(1).any()
    assert np.hypot(*np.diff(spread[:-1], axis=0).T).max() <= 4.0


def test_a_hash_sees_form_and_not_brightness() -> None:
    generator = np.random.default_rng(0)
    image = np.kron(generator.integers(0, 200, (8, 8)), np.ones((16, 16))).astype(np.uint8)
    other = np.kron(generator.integers(0, 200, (8, 8)), np.ones((16, 16))).astype(np.uint8)
    assert (perceptual_hash(image) != perceptual_hash(image + 40)).sum() <= 2
    assert (perceptual_hash(image) != perceptual_hash(other)).sum() > 16


def test_diversity_is_nought_for_copies() -> None:
    generator = np.random.default_rng(0)
    images = [generator.integers(0, 255, (32, 32), np.uint8) for _ in range(3)]
    same = diversity(images[0], [images[0]] * 4)
    assert (same.to_input_mean, same.to_input_sd, same.pairwise_mean) == (0, 0, 0)
    assert diversity(images[0], images[1:]).pairwise_mean > 16


def test_a_set_is_like_itself() -> None:
    features = np.random.default_rng(0).normal(size=(60, 5))
    scores = set_scores(features, features)
    assert scores.fid == pytest.approx(0, abs=1e-8)
    assert scores.precision == scores.recall == 1


def test_the_distance_of_shifted_sets_is_the_square_of_the_shift() -> None:
    features = np.random.default_rng(0).normal(size=(60, 5))
    far = set_scores(features + np.array([0, 0, 30, 0, 40]), features)
    assert far.fid == pytest.approx(2500)
    assert far.precision == far.recall == 0


def test_copies_of_one_drawing_are_precise_but_recall_little() -> None:
    generator = np.random.default_rng(0)
    real = generator.normal(size=(80, 3))
    made = real[:1] + generator.normal(size=(80, 3)) * 1e-3
    scores = set_scores(made, real)
    assert scores.precision == 1
    assert scores.recall < 0.05


def test_neighbourhoods_are_those_of_the_third_neighbour() -> None:
    real = np.array([[0.0], [1], [2], [10]])
    # The reach of 0 is 10, of 10 is 10: third neighbours; 21 lies in neither.
    assert set_scores(np.array([[19.5], [21.0]]), real).precision == 0.5
    assert set_scores(np.array([[2.9], [-1.5]]), real, neighbours=1).precision == 0.5
