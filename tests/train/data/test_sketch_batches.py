# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches: stroke-5 form, what a model is told, augmentation that moves no other point."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from train.data.sketch_batches import (
    BatchSettings,
    SketchBatches,
    augment,
    condition_values,
    make_batch,
)
from train.data.sketches import read_sketches

SETTINGS = BatchSettings(
    batch=6,
    seed=1,
    scale_factor=10.0,
    longest=0,
    condition=("label", "mood"),
    sizes=(2, 3),
    condition_dropout=0.0,
    see_part=0.0,
    raster_size=0,
    scale_jitter=0.15,
    point_dropping=0.1,
)


def test_stroke_5_has_start_pen_states_and_end() -> None:
    points = [np.array([[10, 20, 0], [0, 5, 1]], np.float32), np.array([[1, 1, 1]], np.float32)]
    batch = make_batch(points, np.array([[1, 2], [-1, 0]]), np.array([2, 1]), SETTINGS)
    assert batch.strokes[0].tolist() == [[0, 0, 1, 0, 0], [1, 2, 1, 0, 0], [0, 0.5, 0, 1, 0]]
    torch.testing.assert_close(
        batch.strokes[1],
        torch.tensor([[0, 0, 1, 0, 0], [0.1, 0.1, 0, 1, 0], [0, 0, 0, 0, 1]]),
    )
    assert batch.condition.tolist() == [[0, 1, 0, 0, 1], [0, 0, 1, 0, 0]]
    assert batch.lengths.tolist() == [2, 1]


def test_batches_can_be_padded_to_the_longest_of_all() -> None:
    points = [np.array([[1, 1, 1]], np.float32)]
    settings = replace(SETTINGS, longest=9)
    batch = make_batch(points, np.array([[0, 0]]), np.array([1]), settings)
    assert batch.strokes.shape == (1, 10, 5)
    assert (batch.strokes[0, 2:] == torch.tensor([0, 0, 0, 0, 1])).all()


def test_wild_offsets_are_clamped() -> None:
    points = [np.array([[5000, -5000, 1]], np.float32)]
    batch = make_batch(points, np.array([[0, 0]]), np.array([1]), SETTINGS)
    assert batch.strokes[0, 1, :2].tolist() == [100, -100]


def test_a_raster_shows_only_what_may_be_seen() -> None:
    settings = replace(SETTINGS, raster_size=16)
    points = [np.array([[100, 0, 0], [0, 100, 0], [-100, 0, 1]], np.float32)] * 3
    batch = make_batch(points, np.zeros((3, 2), np.int64), np.array([0, 1, 3]), settings)
    assert batch.raster is not None and batch.raster.shape == (3, 1, 16, 16)
    ink = (1 - batch.raster).sum((1, 2, 3))
    assert ink[1] > 5 and ink[2] > 2 * ink[1]
    assert batch.raster.min() >= 0 and batch.raster.max() == 1


def test_a_step_makes_the_same_batch_again_in_any_order(drawings: Path) -> None:
    data = read_sketches([drawings]).part("train")
    settings = replace(SETTINGS, see_part=0.5, condition_dropout=0.5)
    batches, again = SketchBatches(data, settings), SketchBatches(data, settings)
    wanted = [batches[step] for step in range(4)]
    for step in (3, 0, 2, 1):
        batch = again[step]
        assert torch.equal(batch.strokes, wanted[step].strokes)
        assert torch.equal(batch.seen, wanted[step].seen)
        assert torch.equal(batch.condition, wanted[step].condition)
    assert not torch.equal(wanted[0].lengths, wanted[1].lengths) or not torch.equal(
        wanted[0].strokes, wanted[1].strokes
    )


def test_two_processes_share_a_step_without_overlap(drawings: Path) -> None:
    data = read_sketches([drawings]).part("train")
    still = replace(SETTINGS, scale_jitter=0.0, point_dropping=0.0)
    together = SketchBatches(data, replace(still, batch=12))[3]
    halves = [SketchBatches(data, still, rank, 2)[3] for rank in (0, 1)]
    width = together.strokes.shape[1]
    rows = torch.cat(
        [torch.nn.functional.pad(h.strokes, (0, 0, 0, width - h.strokes.shape[1])) for h in halves]
    )
    padded_with_nothing = together.strokes * (together.strokes[..., 4:] == 0)
    rows = rows * (rows[..., 4:] == 0)
    assert sorted(map(str, rows.tolist())) == sorted(map(str, padded_with_nothing.tolist()))


def test_conditions_are_withheld_and_latents_blinded_in_a_part_of_the_cases(
    drawings: Path,
) -> None:
    data = read_sketches([drawings]).part("train")
    settings = replace(SETTINGS, batch=80, see_part=0.5, condition_dropout=0.5)
    batch = SketchBatches(data, settings)[0]
    told = (batch.condition.sum(1) > 0).float().mean()
    whole = (batch.seen == batch.lengths).float().mean()
    assert 0.3 < told < 0.7
    assert 0.4 < whole < 0.8
    assert (batch.seen <= batch.lengths).all() and batch.seen.min() < 3


def test_an_unknown_attribute_is_named(drawings: Path) -> None:
    with pytest.raises(ValueError, match="'height', only label, mood"):
        condition_values(read_sketches([drawings]), ["height"])


@given(st.integers(0, 2**32), st.integers(1, 40))
def test_dropping_points_moves_no_other_point(seed: int, count: int) -> None:
    generator = np.random.default_rng(seed)
    points = generator.integers(-50, 50, (count, 3)).astype(np.float32)
    points[:, 2] = generator.random(count) < 0.2
    less = augment(points, generator, 0.0, 0.7)
    before = {tuple(p) for p in points[:, :2].cumsum(0)}
    after = less[:, :2].cumsum(0)
    assert {tuple(p) for p in after} <= before
    assert (after[-1] == points[:, :2].sum(0)).all()
    assert less[:, 2].sum() == points[:, 2].sum()


def test_only_points_deep_in_a_stroke_are_dropped() -> None:
    points = np.zeros((7, 3), np.float32)
    points[:, 0] = 1
    points[[1, 6], 2] = 1  # strokes of 2 and 5 points
    less = augment(points, np.random.default_rng(0), 0.0, 1.0)
    assert less.tolist() == [[1, 0, 0], [1, 0, 1], [1, 0, 0], [1, 0, 0], [2, 0, 0], [1, 0, 1]]


def test_scales_stay_within_their_bounds() -> None:
    points = np.ones((1, 3), np.float32)
    generator = np.random.default_rng(0)
    scales = np.array([augment(points, generator, 0.15, 0.0)[0, :2] for _ in range(300)])
    assert scales.min() >= 0.85 and scales.max() <= 1.15
    assert np.abs(np.corrcoef(scales.T)[0, 1]) < 0.2 and scales.std() > 0.07
