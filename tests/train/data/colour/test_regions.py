# SPDX-License-Identifier: GPL-3.0-or-later
"""Regions found in pictures whose regions are known."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from train.data.colour.regions import (
    find_regions,
    flats,
    height_target,
    quantise,
    region_edges,
    region_medians,
    regions_by_disnet,
    regions_from_height,
)

SKIN, SKY = (240, 200, 170), (120, 170, 220)


def agreement(found: np.ndarray, known: np.ndarray) -> float:
    """Share of pixels in the best match of each known region, and the other way round."""
    table = np.zeros((found.max() + 1, known.max() + 1))
    np.add.at(table, (found.ravel(), known.ravel()), 1)
    return float(min(table.max(0).sum(), table.max(1).sum()) / found.size)


@pytest.fixture
def known() -> np.ndarray:
    """Face, two eyes and sky: 0 sky, 1 face, 2 and 3 eyes."""
    regions = np.zeros((96, 96), np.int32)
    cv2.circle(regions, (48, 48), 36, 1, -1)
    cv2.circle(regions, (34, 42), 9, 2, -1)
    cv2.circle(regions, (62, 42), 9, 3, -1)
    return regions


@pytest.fixture
def picture(known: np.ndarray) -> np.ndarray:
    """Eyes are of the face's colour: only ink parts them from it."""
    colour = np.array([SKY, SKIN, SKIN, SKIN], np.uint8)[known]
    for centre, radius in (((48, 48), 36), ((34, 42), 9), ((62, 42), 9)):
        cv2.circle(colour, centre, radius, (20, 20, 20), 2)
    noise = np.random.default_rng(0).normal(0, 2, colour.shape)
    return np.clip(colour + noise, 0, 255).astype(np.uint8)


@pytest.fixture
def ink(picture: np.ndarray) -> np.ndarray:
    return (picture.mean(2) < 60).astype(np.float32)


def test_regions_are_parted_by_colour_and_by_ink(
    picture: np.ndarray, known: np.ndarray, ink: np.ndarray
) -> None:
    found = find_regions(picture, ink)
    assert found.max() == 3
    assert agreement(found, known) > 0.95


def test_a_gradient_is_one_region() -> None:
    colour = np.full((64, 64, 3), 120, np.uint8)
    colour[..., 2] = np.linspace(120, 130, 64)
    assert find_regions(colour, np.zeros((64, 64), np.float32)).max() == 0


def test_medians_leave_ink_out(picture: np.ndarray, known: np.ndarray, ink: np.ndarray) -> None:
    medians = region_medians(picture, known, ink)
    expected = np.array([SKY, SKIN, SKIN, SKIN])
    assert np.abs(medians.astype(int) - expected).max() <= 2


def test_medians_are_numpys() -> None:
    rng = np.random.default_rng(1)
    regions = np.arange(7, dtype=np.int32)[rng.integers(0, 7, (13, 15))]
    colour = rng.integers(0, 256, (13, 15, 3)).astype(np.uint8)
    medians = region_medians(colour, regions)
    for number in range(7):
        values = np.sort(colour[regions == number], axis=0)
        assert (medians[number] == values[(len(values) - 1) // 2]).all()


def test_a_region_of_ink_alone_has_the_inks_colour() -> None:
    colour = np.full((8, 8, 3), 30, np.uint8)
    medians = region_medians(colour, np.zeros((8, 8), np.int32), np.ones((8, 8), np.float32))
    assert medians.tolist() == [[30, 30, 30]]


def test_few_colours_are_kept_as_they_are() -> None:
    medians = np.array([SKY, SKIN, SKY, (0, 0, 0)], np.uint8)
    palette, index = quantise(medians, np.array([5, 5, 5, 5]))
    assert len(palette) == 3
    assert (palette[index] == medians).all()


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**31), st.integers(2, 8))
def test_quantising_gives_each_region_the_nearest_of_its_palette(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    medians = rng.integers(0, 256, (60, 3)).astype(np.uint8)
    palette, index = quantise(medians, rng.integers(1, 100, 60), count)
    assert len(palette) == count
    apart = np.linalg.norm(medians[:, None].astype(float) - palette[None], axis=2)
    # Centres are rounded to whole colours after the assignment.
    assert (apart[np.arange(60), index] <= apart.min(1) + 2).all()


def test_quantising_by_more_colours_is_nearer() -> None:
    rng = np.random.default_rng(2)
    medians, areas = rng.integers(0, 256, (200, 3)).astype(np.uint8), rng.integers(1, 50, 200)
    errors = []
    for count in (2, 8, 25):
        palette, index = quantise(medians, areas, count)
        squares = ((medians.astype(float) - palette[index]) ** 2).sum(1)
        errors.append(float((squares * areas).sum()))
    assert errors[0] > 2 * errors[1] > 4 * errors[2]


def test_flats_have_one_colour_a_region(picture: np.ndarray, known: np.ndarray) -> None:
    found = flats(picture, known)
    colours = found.palette[found.clusters]
    for number in range(4):
        assert len(np.unique(colours[known == number], axis=0)) == 1


def test_edges_lie_between_regions_and_at_the_border() -> None:
    regions = np.zeros((6, 6), np.int32)
    regions[:, 3:] = 1
    edge = region_edges(regions)
    assert edge[[0, -1]].all() and edge[:, [0, -1]].all()
    assert edge[1:-1, 1:-1].tolist() == [[False, True, False, False]] * 4


def test_heights_are_high_on_skeletons_and_zero_on_edges(known: np.ndarray) -> None:
    height = height_target(known, np.random.default_rng(0))
    assert height.shape == known.shape
    assert height.min() >= 0 and height.max() == 255
    assert (height[region_edges(known)] == 0).all()
    assert height[40:45, 32:37].max() == 255  # the middle of an eye
    between = height[38, 34]
    assert 0 < between < 255


def test_regions_come_back_from_their_heights(known: np.ndarray) -> None:
    height = height_target(known, np.random.default_rng(0))
    found = regions_from_height(height)
    assert found.min() == 0
    assert agreement(found, known) > 0.93


def test_any_network_of_heights_will_do(picture: np.ndarray, known: np.ndarray) -> None:
    seen = []

    def net(colour: np.ndarray) -> np.ndarray:
        seen.append(colour)
        return height_target(known, np.random.default_rng(1))

    found = regions_by_disnet(picture, net)
    assert seen[0] is picture
    assert agreement(found, known) > 0.93


def test_a_flat_height_map_is_one_region() -> None:
    assert regions_from_height(np.zeros((20, 30), np.float32)).max() == 0
    assert regions_from_height(np.full((20, 30), 255, np.float32)).max() == 0
