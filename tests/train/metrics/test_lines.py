# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures of drawn against wanted lines."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from train.metrics.lines import (
    TOLERANCES,
    centre_lines,
    line_mask,
    line_scores,
    mean_scores,
    structure,
    structure_errors,
)


def lines(*rows: int, size: int = 500) -> np.ndarray:
    """A mask with level lines one pixel wide across the picture."""
    mask = np.zeros((size, size), bool)
    mask[list(rows)] = True
    return mask


def test_a_perfect_drawing_scores_fully() -> None:
    scores = line_scores(lines(40, 300), lines(40, 300))
    assert set(scores.f.values()) == {1.0}
    assert scores.chamfer == 0
    assert scores.hausdorff == 0


def test_a_shifted_line_is_as_far_as_it_was_shifted() -> None:
    scores = line_scores(lines(203), lines(200))
    assert scores.chamfer == pytest.approx(3 / 500)
    assert scores.hausdorff == pytest.approx(3 / 500)
    assert scores.f == {2: 0.0, 4: 0.0, 6: 1.0, 8: 1.0, 10: 1.0}  # 6 thousandths are 3 px
    assert scores.f_mean == pytest.approx(0.6)


def test_a_line_too_many_costs_precision_only() -> None:
    scores = line_scores(lines(100, 400), lines(100))
    assert scores.precision[2] == pytest.approx(0.5)
    assert scores.recall[2] == 1
    assert scores.f[2] == pytest.approx(2 / 3)
    assert scores.hausdorff == pytest.approx(300 / 500)
    assert scores.chamfer == pytest.approx(75 / 500)  # (150 + 0) / 2


def test_nothing_drawn_is_the_worst_unless_nothing_was_wanted() -> None:
    empty = lines()
    assert line_scores(empty, lines(5)).f_mean == 0
    assert line_scores(lines(5), empty).chamfer == 1
    assert line_scores(empty, empty).f_mean == 1


def test_sizes_must_be_equal() -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        line_scores(lines(5), lines(5, size=400))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_swapping_swaps_precision_and_recall(seed: int) -> None:
    random = np.random.default_rng(seed)
    a, b = (random.random((40, 60)) < share for share in (0.02, 0.05))
    one, other = line_scores(a, b), line_scores(b, a)
    assert one.precision == other.recall
    assert one.chamfer == pytest.approx(other.chamfer)
    assert one.f == pytest.approx(other.f)
    growing = [one.f[t] for t in TOLERANCES]
    assert growing == sorted(growing)


def test_means_are_over_pictures() -> None:
    good, bad = line_scores(lines(9), lines(9)), line_scores(lines(400), lines(9))
    assert mean_scores([good, bad])["f_2"] == pytest.approx(0.5)


def test_a_quarter_of_darkness_makes_a_line() -> None:
    assert line_mask(np.array([[0, 191, 192, 255]], np.uint8)).tolist() == [
        [True, True, False, False]
    ]


def test_structure_counts_ends_and_junctions() -> None:
    cross = np.zeros((80, 80), bool)
    cross[39:42, 10:70] = True
    cross[10:70, 39:42] = True
    found = structure(cross)
    assert (found.branches, found.ends, found.junctions) == (4, 4, 1)
    broken = cross.copy()
    broken[39:42, 55:60] = False
    errors = structure_errors(structure(broken), found)
    assert errors == {"branches_error": 0.25, "ends_error": 0.5, "junctions_error": 0.0}


def test_centre_lines_are_the_middle_and_stay_themselves() -> None:
    thick = np.zeros((40, 80), bool)
    thick[18:23, 10:70] = True
    middle = centre_lines(thick)
    assert set(np.nonzero(middle)[0]) == {20}
    assert (centre_lines(middle) == middle).all()
