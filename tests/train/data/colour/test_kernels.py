# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiled loops over label maps against slower ways to the same."""

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from train.data.colour.kernels import connected, diffuse, grow_labels, merge_alike
from train.data.colour.kernels import neighbour_differences as differences

maps = arrays(np.int32, (9, 11), elements=st.integers(-1, 2))


def same_partition(a: np.ndarray, b: np.ndarray) -> bool:
    pairs = np.unique(np.stack([a.ravel(), b.ravel()], 1), axis=0)
    return len(pairs) == len(np.unique(a)) == len(np.unique(b))


@settings(deadline=None)
@given(maps)
def test_connected_parts_are_those_of_opencv(labels: np.ndarray) -> None:
    found = connected(labels)
    expected = np.full(labels.shape, -1)
    first = 0
    for value in range(3):
        count, parts = cv2.connectedComponents((labels == value).astype(np.uint8), connectivity=4)
        expected[parts > 0] = parts[parts > 0] + first
        first += count
    assert same_partition(found, expected)
    assert (found[labels < 0] == -1).all()
    present = np.unique(found[found >= 0])
    assert (present == np.arange(len(present))).all()


@settings(deadline=None)
@given(maps)
def test_growing_keeps_labels_and_leaves_none_out(labels: np.ndarray) -> None:
    grown = grow_labels(labels)
    assert grown.min() >= 0
    if (labels >= 0).any():
        assert (grown[labels >= 0] == labels[labels >= 0]).all()
        assert set(np.unique(grown)) <= set(np.unique(labels[labels >= 0]))


def test_growing_gives_each_pixel_the_nearest_label() -> None:
    labels = np.full((3, 9), -1, np.int32)
    labels[1, 0], labels[1, 8] = 4, 7
    assert grow_labels(labels)[1].tolist() == [4, 4, 4, 4, 4, 7, 7, 7, 7]


def test_diffusion_is_the_five_point_mean_with_clamps() -> None:
    rng = np.random.default_rng(0)
    start = rng.uniform(0, 255, (7, 6)).astype(np.float32)
    skeleton, edge = rng.random((2, 7, 6)) < 0.15
    skeleton &= ~edge
    expected = start.astype(np.float64)
    for _ in range(5):
        padded = np.pad(expected, 1)
        total = padded[1:-1, 1:-1] + padded[:-2, 1:-1] + padded[2:, 1:-1]
        expected = (total + padded[1:-1, :-2] + padded[1:-1, 2:]) / 5
        expected[skeleton], expected[edge] = 255, 0
    assert np.allclose(diffuse(start, skeleton, edge, 5), expected, atol=1e-3)


def test_alike_neighbours_merge_and_others_do_not() -> None:
    picture = np.zeros((12, 12, 3), np.float32)
    picture[:, 6:] = 40
    picture[2, 2] = 3  # a speck
    found = differences(picture, np.zeros((12, 12), bool))
    flat = found.ravel()
    order = np.flatnonzero(flat < 65535)
    order = order[np.argsort(flat[order], kind="stable")]
    labels = merge_alike(found, order, 10.0, 4)
    assert len(np.unique(labels)) == 2
    assert len(np.unique(labels[:, :6])) == 1


def test_blocked_pixels_have_no_neighbours() -> None:
    blocked = np.zeros((3, 3), bool)
    blocked[1, 1] = True
    found = differences(np.zeros((3, 3, 3), np.float32), blocked)
    assert found[0].tolist() == [[0, 0, 65535], [65535, 65535, 65535], [0, 0, 65535]]
    assert found[1].tolist() == [[0, 65535, 0], [0, 65535, 0], [65535, 65535, 65535]]
