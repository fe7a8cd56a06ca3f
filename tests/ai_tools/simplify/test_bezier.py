# SPDX-License-Identifier: GPL-3.0-or-later
"""Bézier fitting: the curve passes near every point, through both ends, and is short."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ai_tools.simplify import bezier


def along(curve: np.ndarray, count: int = 400) -> np.ndarray:
    """Points on a chain of cubic Béziers."""
    t = np.linspace(0, 1, count)[:, None]
    parts = []
    for i in range(0, len(curve) - 1, 3):
        p, c, d, q = curve[i : i + 4]
        parts.append(
            (1 - t) ** 3 * p + 3 * t * (1 - t) ** 2 * c + 3 * t**2 * (1 - t) * d + t**3 * q
        )
    return np.concatenate(parts)


def farthest(points: np.ndarray, curve: np.ndarray) -> float:
    """How far the point lies that is farthest from the curve."""
    gaps = np.linalg.norm(points[:, None] - along(curve)[None], axis=2)
    return float(gaps.min(axis=1).max())


def test_a_circle_takes_a_handful_of_curves() -> None:
    t = np.linspace(0, 2 * np.pi, 200)
    circle = np.stack([50 + 40 * np.cos(t), 50 + 40 * np.sin(t)], 1)
    curve = bezier.fit(circle, 0.3)
    assert farthest(circle, curve) < 0.35
    assert len(curve) <= 3 * 6 + 1


def test_a_straight_line_is_one_curve() -> None:
    line = np.stack([np.linspace(0, 90, 46), np.linspace(5, 35, 46)], 1)
    assert len(bezier.fit(line, 0.2)) == 4


def test_a_corner_stays_a_corner() -> None:
    down = np.stack([np.zeros(21), np.linspace(0, 40, 21)], 1)
    right = np.stack([np.linspace(2, 40, 20), np.full(20, 40.0)], 1)
    corner = np.concatenate([down, right])
    assert farthest(corner, bezier.fit(corner, 0.4)) < 0.6


@given(
    st.lists(st.tuples(st.floats(-50, 50), st.floats(-50, 50)), min_size=2, max_size=30),
    st.floats(0.2, 3),
)
def test_any_walk_is_followed_within_the_tolerance(
    steps: list[tuple[float, float]], tolerance: float
) -> None:
    points = np.cumsum([(x + 1e-3 * (i + 1), y) for i, (x, y) in enumerate(steps)], axis=0)
    keep = np.concatenate([[True], np.hypot(*np.diff(points, axis=0).T) > 1e-6])
    points = points[keep]
    if len(points) < 2:
        return
    curve = bezier.fit(points, tolerance)
    assert np.isfinite(curve).all() and len(curve) % 3 == 1
    np.testing.assert_allclose(curve[[0, -1]], points[[0, -1]])
    reach = np.abs(np.diff(points, axis=0)).max()
    assert farthest(points, curve) <= tolerance + 0.02 * reach + 1e-6
