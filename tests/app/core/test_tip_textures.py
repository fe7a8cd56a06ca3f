# SPDX-License-Identifier: GPL-3.0-or-later
"""Grains and stamps: even, periodic, unobtrusive, the same every time."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.brush import GRAINS, STAMPS
from app.core.tiles import TILE
from app.core.tip_textures import Grain, grain, stamp


def whole(paper: Grain) -> np.ndarray:
    return np.block(
        [[paper.tile((0, 0)), paper.tile((1, 0))], [paper.tile((0, 1)), paper.tile((1, 1))]]
    )


@pytest.mark.parametrize("name", GRAINS[1:])
@pytest.mark.parametrize("scale", [1.0, 2.5])
def test_a_grains_heights_are_spread_evenly(name, scale):
    heights = whole(grain(name, scale))
    shares = np.histogram(heights, bins=20, range=(0, 1))[0] / heights.size
    assert heights.min() >= 0 and heights.max() <= 1
    assert shares == pytest.approx(np.full(20, 0.05), abs=0.003)


@pytest.mark.parametrize("name", GRAINS[1:])
def test_a_grain_has_no_seam_and_no_big_blotches(name):
    heights = whole(grain(name))
    inside = np.abs(np.diff(heights, axis=1)).mean()
    seam = np.abs(heights[:, 0] - heights[:, -1]).mean()
    assert seam < 1.3 * inside
    blocks = heights.reshape(8, 64, 8, 64).mean(axis=(1, 3))
    assert np.abs(blocks - 0.5).max() < 0.08


def test_a_grain_is_fixed_to_the_canvas_and_repeats_on_negative_tiles():
    paper = grain("paper")
    assert paper.tile((-1, -2)) is paper.tile((1, 0)) is paper.tile((3, 4))
    assert paper.tile((0, 0)).shape == (TILE, TILE)
    grain.cache_clear()
    assert np.array_equal(grain("paper").tile((0, 1)), paper.tile((0, 1)))


def test_a_coarser_grain_is_coarser():
    fine, coarse = (whole(grain("rough", s)) for s in (1.0, 3.0))
    assert np.abs(np.diff(coarse, axis=1)).mean() < 0.6 * np.abs(np.diff(fine, axis=1)).mean()


@pytest.mark.parametrize("name", STAMPS[1:])
def test_a_stamp_is_a_chain_of_halved_discs_with_empty_borders(name):
    chain = stamp(name)
    means = []
    for start, side in chain.levels:
        level = chain.packed[start : start + (side + 2) ** 2].reshape(side + 2, side + 2)
        border = np.concatenate((level[0], level[-1], level[:, 0], level[:, -1]))
        assert not border.any() and level.min() >= 0 and level.max() <= 1
        means.append(level[1:-1, 1:-1].mean())
    assert [side for _, side in chain.levels] == [256, 128, 64, 32, 16, 8, 4]
    assert means == pytest.approx([means[0]] * 7, rel=1e-3)
    assert 0.02 < means[0] < 0.8


def test_small_dabs_use_small_levels():
    chain = stamp("chalk")
    levels = chain.level_for(np.array([1000.0, 256.0, 200.0, 128.0, 20.0, 1.0]))
    assert levels.tolist() == [0, 0, 0, 1, 3, 6]


def test_unknown_names_are_key_errors():
    with pytest.raises(KeyError):
        grain("marble")
    with pytest.raises(KeyError):
        stamp("boot")
