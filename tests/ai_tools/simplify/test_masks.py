# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions to a mask: the answers do not depend on how it is cut into strips."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_tools.simplify import masks
from ai_tools.simplify.centrelines import thin


def _nothing() -> None:
    """Never stops."""


def _blobs(seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).random((140, 90))
    return (cv2.GaussianBlur(noise, (0, 0), 3) > 0.5).astype(np.uint8)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), strip=st.sampled_from([1, 3000, 7000]))
def test_strips_make_no_difference(seed: int, strip: int) -> None:
    mask = _blobs(seed)
    skeleton = thin(mask, _nothing)
    some = skeleton.copy()
    some[:, 45:] = 0
    with pytest.MonkeyPatch.context() as patch:
        whole = (
            masks.cells_of(some, skeleton, mask, 20, _nothing),
            masks.around(some, mask, _nothing),
        )
        patch.setattr(masks, "STRIP", strip)
        strips = (
            masks.cells_of(some, skeleton, mask, 20, _nothing),
            masks.around(some, mask, _nothing),
        )
    assert np.array_equal(whole[0], strips[0])
    assert np.array_equal(whole[1], strips[1])


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_cells_share_out_the_ink(seed: int) -> None:
    mask = _blobs(seed)
    skeleton = thin(mask, _nothing)
    left, right = skeleton.copy(), skeleton.copy()
    left[:, 45:], right[:, :45] = 0, 0
    cells = [masks.cells_of(half, skeleton, mask, 99, _nothing) for half in (left, right)]
    assert np.array_equal(cells[0] + cells[1], mask)


def test_around_gives_a_line_back_its_thickness() -> None:
    mask = np.zeros((40, 120), np.uint8)
    cv2.line(mask, (20, 20), (100, 20), 1, 9)
    found = masks.around(thin(mask, _nothing), mask, _nothing)
    assert (found & mask).sum() > 0.93 * mask.sum()
    assert not masks.around(np.zeros_like(mask), mask, _nothing).any()


def test_what_hangs_together_is_reached() -> None:
    line = np.zeros((9, 30), np.uint8)
    line[4, 2:12] = line[4, 15:28] = 1
    start = np.zeros_like(line)
    start[4, 2] = 1
    assert np.flatnonzero(masks.reached(start, line)[4]).tolist() == list(range(2, 12))


def test_closing_does_not_grow_onto_the_picture_edge() -> None:
    mask = np.zeros((40, 40), np.uint8)
    mask[10:30, 3:6] = 1
    assert np.array_equal(masks.closed(mask, 9), mask)


def test_slivers_are_long_and_narrow() -> None:
    mask = np.zeros((60, 120), np.uint8)
    mask[10:13, 10:100] = 1
    mask[30:50, 10:30] = 1
    found = masks.slivers(mask, 4)
    assert found[11, 50] == 1
    assert found[40, 20] == 0
