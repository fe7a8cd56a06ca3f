# SPDX-License-Identifier: GPL-3.0-or-later
"""Smooth lines through few points: round things round, corners sharp, ends where they were."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_tools.suggest.curves import resampled, smooth, turning

points = st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), min_size=1, max_size=30).map(
    lambda rows: np.array(rows, float)
)


@given(points, st.floats(0.5, 6))
def test_a_curve_has_the_line_s_ends_and_stays_near_it(line: np.ndarray, step: float) -> None:
    curve = smooth(line, step)
    assert np.isfinite(curve).all() and curve.shape[1] == 2
    np.testing.assert_allclose(curve[0], line[0])
    closing = np.hypot(*(line[-1] - line[0])) < 9
    if not closing:
        np.testing.assert_allclose(curve[-1], line[-1])
    low, high = line.min(0), line.max(0)
    room = 0.35 * (high - low).max() + 1e-6
    assert (curve > low - room - 1e-6).all() and (curve < high + room + 1e-6).all()


def test_a_rough_ring_becomes_round_and_closed() -> None:
    angle = np.linspace(0, 2 * np.pi, 12)
    ring = np.column_stack([100 + 50 * np.cos(angle), 100 + 50 * np.sin(angle)])
    ring[-1] += (1, 4)  # a hand's ring does not quite close
    curve = smooth(ring, 2)
    np.testing.assert_allclose(curve[0], curve[-1])
    radius = np.hypot(*(curve - 100).T)
    assert radius.min() > 46 and radius.max() < 54
    assert turning(curve).max() < 0.35


def test_a_square_keeps_its_corners() -> None:
    square = np.array([[0, 0], [100, 0], [100, 100], [0, 100], [0, 0]], float)
    curve = smooth(square, 1)
    for corner in square:
        assert np.hypot(*(curve - corner).T).min() < 1e-6
    inside = np.minimum(np.minimum(curve, 100 - curve).min(1), 0)
    assert inside.min() > -1e-6


def test_trembling_is_ironed_out() -> None:
    x = np.arange(0, 100, 4.0)
    line = np.column_stack([x, np.where(np.arange(len(x)) % 2, 0.6, -0.6)])
    curve = smooth(line, 4)
    assert turning(curve).max() < 0.1


def test_a_dot_stays_a_dot() -> None:
    assert smooth(np.array([[3.0, 4.0]])).tolist() == [[3, 4]]
    assert smooth(np.array([[3.0, 4.0], [3.0, 4.0]])).tolist() == [[3, 4]]


@pytest.mark.parametrize("step", [0.5, 3.0])
def test_points_lie_evenly(step: float) -> None:
    line = np.array([[0, 0], [10, 0], [10, 30]], float)
    even = resampled(line, step)
    gaps = np.hypot(*np.diff(even, axis=0).T)
    assert gaps.max() <= 1.05 * step
    assert even[0].tolist() == [0, 0] and even[-1].tolist() == [10, 30]
