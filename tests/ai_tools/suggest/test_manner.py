# SPDX-License-Identifier: GPL-3.0-or-later
"""Suggested strokes are pressed and paced as the artist's."""

from __future__ import annotations

import numpy as np
import pytest

from ai_tools.suggest.manner import Manner
from app.core.strokes import Stroke
from tests.ai_tools.suggest.small import stroke

LINE = np.column_stack([np.linspace(0, 100, 21), np.zeros(21)])


def tapering() -> Stroke:
    """Pressed hard at first, lifted slowly; 200 px in half a second."""
    x = np.linspace(0, 200, 50)
    share = x / 200
    points = np.column_stack([x, 0 * x, 1 - 0.8 * share, share / 2])
    return Stroke(points.astype(np.float32), 4, (0, 0, 0))


def test_pressure_follows_the_artist_s_along_the_stroke() -> None:
    drawn = Manner.of([tapering()]).drawn(LINE)
    assert drawn.dtype == np.float32
    np.testing.assert_allclose(drawn[:, :2], LINE)
    np.testing.assert_allclose(drawn[:, 2], np.linspace(1, 0.2, 21), atol=0.02)


def test_time_follows_the_artist_s_speed() -> None:
    drawn = Manner.of([tapering()]).drawn(LINE)
    assert drawn[0, 3] == 0
    assert drawn[-1, 3] == pytest.approx(100 / 400, rel=0.01)
    assert (np.diff(drawn[:, 3]) > 0).all()


def test_strokes_that_show_nothing_leave_a_plain_hand() -> None:
    for strokes in ([], [stroke([[5, 5]])]):
        drawn = Manner.of(strokes).drawn(LINE)
        assert (drawn[:, 2] == 1).all()
    dots = [stroke([[5, 5]], pressure=0.4)]
    np.testing.assert_allclose(Manner.of(dots).drawn(LINE)[:, 2], 0.4, atol=1e-6)


def test_a_file_s_strokes_without_time_have_a_usual_speed() -> None:
    drawn = Manner.of([stroke(LINE, seconds=0)]).drawn(LINE)
    assert drawn[-1, 3] == pytest.approx(100 / 500)


def test_the_latest_strokes_count() -> None:
    old = [stroke(LINE, pressure=0.1) for _ in range(30)]
    new = [stroke(LINE, pressure=0.9) for _ in range(12)]
    np.testing.assert_allclose(Manner.of(old + new).pressure, 0.9, atol=1e-6)


def test_a_dot_is_drawn_with_the_pressure_of_the_middle() -> None:
    drawn = Manner.of([tapering()]).drawn(np.array([[7.0, 8.0]]))
    np.testing.assert_allclose(drawn, [[7, 8, 0.6, 0]], atol=0.02)
