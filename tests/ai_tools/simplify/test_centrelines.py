# SPDX-License-Identifier: GPL-3.0-or-later
"""Centre lines: thin as can be, connected as before, and walked along from end to end."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_tools.simplify.centrelines import Chain, branches, thin, trace
from app.jobs import Cancelled, CancelToken


def _nothing() -> None:
    """Never stops."""


def _chains(mask: np.ndarray) -> tuple[np.ndarray, list[Chain]]:
    skeleton = thin(mask, _nothing)
    cut = branches(skeleton)
    return skeleton, trace(skeleton, cut, np.ones(cut.count + 1, bool), _nothing)


def _picture(*lines: tuple[tuple[int, int], tuple[int, int]], width: int = 5) -> np.ndarray:
    mask = np.zeros((100, 120), np.uint8)
    for a, b in lines:
        cv2.line(mask, a, b, 1, width)
    return mask


def test_a_thick_line_becomes_one_chain_with_two_open_ends() -> None:
    skeleton, chains = _chains(_picture(((10, 50), (110, 50)), width=7))
    assert len(chains) == 1
    assert chains[0].free == (True, True)
    assert not chains[0].closed
    assert 90 <= len(chains[0].points) == skeleton.sum()
    assert np.abs(chains[0].points[:, 1] - 50).max() <= 1


def test_a_cross_becomes_four_arms_that_meet() -> None:
    _, chains = _chains(_picture(((10, 50), (110, 50)), ((60, 5), (60, 95))))
    arms = [c for c in chains if len(c.points) > 10]
    assert len(arms) == 4
    assert all(sorted(c.free) == [False, True] for c in arms)


def test_a_ring_is_closed() -> None:
    mask = np.zeros((100, 120), np.uint8)
    cv2.circle(mask, (60, 50), 30, 1, 5)
    _, chains = _chains(mask)
    assert [c.closed for c in chains if len(c.points) > 10] == [True]


def test_a_single_pixel_and_an_empty_picture() -> None:
    dot = np.zeros((9, 9), np.uint8)
    assert _chains(dot)[1] == []
    dot[4, 4] = 1
    (chain,) = _chains(dot)[1]
    assert chain.points.tolist() == [[4, 4]]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_thinning_keeps_marks_apart_and_together(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mask = (cv2.GaussianBlur(rng.random((70, 70)), (0, 0), 2.5) > 0.5).astype(np.uint8)
    skeleton = thin(mask, _nothing)
    assert not (skeleton & (1 - mask)).any()
    assert cv2.connectedComponents(skeleton)[0] == cv2.connectedComponents(mask)[0]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_chains_take_single_steps_and_cover_every_branch(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ends = rng.integers(5, 95, (8, 2, 2))
    skeleton, chains = _chains(_picture(*[(tuple(a), tuple(b)) for a, b in ends.tolist()], width=3))
    walked = np.zeros_like(skeleton)
    for chain in chains:
        walked[chain.points[:, 1], chain.points[:, 0]] = 1
        steps = np.abs(np.diff(chain.points, axis=0))
        assert (steps.max(axis=1, initial=0) == 1).all() or len(steps) == 0
    assert not (walked & (1 - skeleton)).any()
    assert not ((branches(skeleton).labels > 0) & (walked == 0)).any()


def test_thinning_stops_when_asked() -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        thin(_picture(((10, 50), (110, 50))), token.check)
