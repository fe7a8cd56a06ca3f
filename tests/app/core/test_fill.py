# SPDX-License-Identifier: GPL-3.0-or-later
"""Filling inside drawn lines, with gaps, soft edges and like colours."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.fill import flood


def page(w: int = 200, h: int = 160) -> np.ndarray:
    return np.full((h, w, 4), 255, np.uint8)


def box(gap: int = 0) -> np.ndarray:
    """A black outline, 3 px wide, around 98 x 78 pixels, with a gap in its top edge."""
    picture = page()
    picture[39:123, 49:153] = (0, 0, 0, 255)
    picture[42:120, 52:150] = 255
    picture[36:46, 100 : 100 + gap] = 255
    return picture


def test_a_closed_outline_holds_the_colour():
    mask = flood(box(), (100, 80), tolerance=10, antialias=False)
    assert mask[80, 100] == 255
    assert mask[10, 10] == 0
    assert (mask > 0).sum() == 98 * 78


@pytest.mark.parametrize("gap", [1, 3, 6])
def test_small_gaps_are_closed_and_without_that_the_colour_leaks(gap):
    picture = box(gap)
    assert flood(picture, (100, 80), tolerance=10, antialias=False)[10, 10] == 255
    closed = flood(picture, (100, 80), tolerance=10, gap_px=gap, antialias=False)
    assert closed[10, 10] == 0
    assert closed[119, 52] == 255  # into the corners all the same
    assert (closed > 0).sum() == pytest.approx(98 * 78, rel=0.02)


def test_a_gap_wider_than_asked_for_stays_open():
    assert flood(box(20), (100, 80), tolerance=10, gap_px=4, antialias=False)[10, 10] == 255


def test_filling_in_a_spot_smaller_than_the_gap_still_fills_it():
    picture = page()
    cv2.circle(picture, (60, 60), 4, (0, 0, 0, 255), 1)
    mask = flood(picture, (60, 60), tolerance=10, gap_px=8, antialias=False)
    assert mask[60, 60] == 255
    assert mask[10, 10] == 0


def test_growing_reaches_under_the_line():
    plain = flood(box(), (100, 80), tolerance=10, antialias=False)
    grown = flood(box(), (100, 80), tolerance=10, grow_px=2, antialias=False)
    assert grown[80, 50] == 255
    assert plain[80, 50] == 0
    assert ((plain > 0) <= (grown > 0)).all()


def test_soft_lines_get_a_soft_edge_without_a_halo():
    picture = page()
    cv2.circle(picture, (100, 80), 40, (0, 0, 0, 255), 2, cv2.LINE_AA)
    mask = flood(picture, (100, 80), tolerance=20)
    filled = picture.astype(float)
    weight = mask[..., None] / 255
    filled = filled * (1 - weight) + np.array([0, 0, 255, 255]) * weight
    # Walking out of the disc, blue and green never come back before the line is black.
    row = filled[80, 100:142, 1]
    assert row[:38].max() == 0
    assert row.max() < 200


def test_like_colours_everywhere():
    picture = page()
    picture[20:40, 20:40] = (0, 0, 200, 255)
    picture[90:120, 90:120] = (0, 0, 195, 255)
    mask = flood(picture, (30, 30), tolerance=8, contiguous=False, antialias=False)
    assert mask[30, 30] == mask[100, 100] == 255
    assert (mask > 0).sum() == 20 * 20 + 30 * 30


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 999),
    tolerance=st.integers(0, 255),
    x=st.integers(0, 39),
    y=st.integers(0, 29),
)
def test_everything_filled_is_like_the_seed_and_hangs_together(seed, tolerance, x, y):
    picture = np.random.default_rng(seed).integers(0, 256, (30, 40, 4), dtype=np.uint8)
    picture = cv2.GaussianBlur(picture, (0, 0), 2)
    mask = flood(picture, (x, y), tolerance=tolerance, antialias=False)
    far = np.abs(picture.astype(int) - picture[y, x]).max(axis=2)
    assert mask[y, x] == 255
    assert (far[mask > 0] <= tolerance).all()
    count, _ = cv2.connectedComponents((mask > 0).astype(np.uint8), connectivity=4)
    assert count == 2


@pytest.mark.parametrize(
    ("seed", "extra"),
    [((200, 5), {}), ((-1, 5), {}), ((5, 5), {"tolerance": 300}), ((5, 5), {"gap_px": -1})],
)
def test_impossible_wishes_are_refused(seed, extra):
    with pytest.raises(ValueError, match=r"outside|tolerance"):
        flood(page(), seed, **{"tolerance": 10, **extra})
