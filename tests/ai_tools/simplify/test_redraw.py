# SPDX-License-Identifier: GPL-3.0-or-later
"""Fewer lines: what merges, what is joined, what goes, and above all what stays."""

import cv2
import numpy as np
import pytest

from ai_tools.simplify import redraw

WIDTH = 5.0


def _nothing() -> None:
    """Never stops."""


def _lines(*lines: tuple[int, int, int, int], value: int = 1, width: int = 5) -> np.ndarray:
    mask = np.zeros((140, 240), np.uint8)
    for x0, y0, x1, y1 in lines:
        cv2.line(mask, (x0, y0), (x1, y1), value, width)
    return mask


def _marks(mask: np.ndarray) -> int:
    return cv2.connectedComponents(mask)[0] - 1


def _merged(mask: np.ndarray, gap: float = 6, thinned: float = 0.1) -> np.ndarray:
    return redraw.merge_doubled(mask, gap, thinned, WIDTH, _nothing)


def test_a_doubled_line_becomes_one_line_between_the_two() -> None:
    result = _merged(_lines((20, 60, 220, 60), (20, 69, 220, 69)))
    column = np.flatnonzero(result[:, 120])
    assert _marks(result) == 1
    assert abs(column.mean() - 64.5) <= 1
    assert len(column) <= 1.6 * WIDTH


def test_lines_farther_apart_than_the_gap_stay_as_they_are() -> None:
    mask = _lines((20, 40, 220, 40), (20, 60, 220, 60))
    assert np.array_equal(_merged(mask), mask)


def test_hatching_stays_hatching() -> None:
    mask = _lines(*[(60, y, 180, y) for y in range(20, 120, 9)])
    result = _merged(mask)
    assert _marks(result) >= _marks(mask) - 2
    assert result.sum() < 1.1 * mask.sum()


def test_a_corner_stays_a_corner() -> None:
    mask = _lines((20, 120, 120, 20), (120, 20, 220, 120))
    assert np.array_equal(_merged(mask), mask)


def test_a_solid_area_stays_whole() -> None:
    mask = _lines((10, 120, 230, 120), (10, 20, 230, 20))
    cv2.circle(mask, (120, 70), 25, 1, cv2.FILLED)
    assert np.array_equal(_merged(mask), mask)


def test_a_bundle_of_strokes_becomes_as_thin_as_the_other_lines() -> None:
    mask = _lines((10, 20, 230, 20), (10, 50, 230, 50), (10, 80, 230, 80))
    cv2.line(mask, (10, 115, 100, 115)[:2], (100, 115), 1, 11)
    result = _merged(mask, thinned=0.3)
    assert mask[:, 60].sum() - result[:, 60].sum() >= 4
    assert result[115, 60] == 1


def test_ends_that_point_at_each_other_are_joined() -> None:
    mask = _lines((20, 70, 100, 70), (120, 74, 220, 74))
    result = redraw.close_gaps(mask, 30, WIDTH, _nothing)
    assert (_marks(mask), _marks(result)) == (2, 1)
    assert np.array_equal(result & mask, mask)


@pytest.mark.parametrize(
    "other",
    [(120, 100, 120, 130), (160, 70, 220, 70), (40, 90, 100, 90)],
    ids=["across", "too far", "beside"],
)
def test_ends_that_do_not_belong_together_stay_apart(other: tuple[int, int, int, int]) -> None:
    mask = _lines((20, 70, 100, 70), other)
    assert _marks(redraw.close_gaps(mask, 30, WIDTH, _nothing)) == 2


def test_a_faint_line_goes_and_the_dark_line_it_crosses_stays_whole() -> None:
    dark = _lines((20, 70, 220, 70))
    faint = _lines((120, 10, 120, 130))
    evidence = np.maximum(dark * 230, faint * 90).astype(np.uint8)
    result = redraw.drop_faint(dark | faint, evidence, 0.5, WIDTH, _nothing)
    assert np.array_equal(result & dark, dark)
    assert result.sum() < dark.sum() + 3 * WIDTH * WIDTH
    assert not result[10:55].any()


def test_crumbs_of_a_faint_drawing_go_with_it() -> None:
    dark = _lines((20, 30, 220, 30))
    faint, crumb = _lines((20, 70, 220, 70)), _lines((20, 110, 60, 110))
    evidence = (dark * 230 + faint * 90 + crumb * 135).astype(np.uint8)
    result = redraw.drop_faint(dark | faint | crumb, evidence, 0.5, WIDTH, _nothing)
    assert np.array_equal(result, dark)


def test_nothing_faint_means_nothing_changes() -> None:
    mask = _lines((20, 70, 220, 70), (120, 10, 120, 130))
    assert np.array_equal(redraw.drop_faint(mask, mask * 240, 0.5, WIDTH, _nothing), mask)


def test_small_marks_go() -> None:
    mask = _lines((20, 70, 220, 70))
    mask[10:13, 10:13] = 1
    assert redraw.drop_small(mask, 10)[:20].sum() == 0
    assert redraw.drop_small(mask, 9)[:20].sum() == 9


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (3, 3)])
def test_pictures_too_small_for_lines(shape: tuple[int, int]) -> None:
    full = np.ones(shape, np.uint8)
    assert redraw.merge_doubled(full, 6, 0.1, WIDTH, _nothing).shape == shape
    assert redraw.close_gaps(full, 30, WIDTH, _nothing).sum() >= full.sum()
