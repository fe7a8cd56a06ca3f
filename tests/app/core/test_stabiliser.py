# SPDX-License-Identifier: GPL-3.0-or-later
"""The stabiliser: steadies a slow hand, hardly lags a quick one, and ends where the pen does."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.stabiliser import Sample, Stabiliser, line_to

samples = st.lists(
    st.builds(
        Sample,
        st.floats(-5000, 5000),
        st.floats(-5000, 5000),
        st.floats(0, 1),
        st.floats(0, 1e4),
        st.floats(-90, 90),
        st.floats(-90, 90),
    ),
    min_size=1,
    max_size=30,
)


def straight(speed: float, seconds: float = 1.0, rate: float = 200.0) -> list[Sample]:
    return [Sample(speed * i / rate, 0, 0.5, i / rate) for i in range(int(seconds * rate) + 1)]


@given(pen=samples)
def test_strength_zero_changes_nothing(pen):
    stabiliser = Stabiliser(0.0)
    assert [stabiliser.add(s) for s in pen] == pen
    assert stabiliser.finish() is None


@given(pen=samples, strength=st.floats(0, 1))
def test_it_ends_exactly_where_the_pen_did_and_stays_finite(pen, strength):
    stabiliser = Stabiliser(strength)
    out = [stabiliser.add(s) for s in pen]
    last = stabiliser.finish() or out[-1]
    assert (last.x, last.y) == (pen[-1].x, pen[-1].y)
    assert all(math.isfinite(v) for s in out for v in s)
    assert stabiliser.finish() is None


@given(pen=samples, strength=st.floats(0.01, 1))
def test_pressure_and_tilt_pass_through(pen, strength):
    stabiliser = Stabiliser(strength)
    assert [stabiliser.add(s)[2:] for s in pen] == [s[2:] for s in pen]


def test_a_trembling_line_gets_straighter_with_strength():
    rng = np.random.default_rng(1)
    pen = [s._replace(y=rng.normal(0, 2)) for s in straight(80)]
    wobble = []
    for strength in (0.0, 0.3, 0.6, 1.0):
        stabiliser = Stabiliser(strength)
        ys = [stabiliser.add(s).y for s in pen]
        wobble.append(np.abs(np.diff(ys)).mean())
    assert wobble == sorted(wobble, reverse=True)
    assert wobble[-1] < 0.1 * wobble[0]


def test_a_quick_stroke_lags_less_in_time_than_a_slow_one():
    delays = []
    for speed in (50, 400, 3000):
        stabiliser = Stabiliser(0.8)
        pen = straight(speed)
        out = [stabiliser.add(s) for s in pen]
        delays.append((pen[-1].x - out[-1].x) / speed)
    assert delays == sorted(delays, reverse=True)
    assert delays[-1] < 0.2 * delays[0]


def test_it_acts_on_what_the_hand_does_on_the_screen():
    rng = np.random.default_rng(2)
    pen = [s._replace(y=rng.normal(0, 2)) for s in straight(100)]
    plain, zoomed = Stabiliser(0.7), Stabiliser(0.7, view_scale=8.0)
    for s in pen:
        a = plain.add(s)
        b = zoomed.add(s._replace(x=s.x / 8, y=s.y / 8))
        assert (b.x * 8, b.y * 8) == pytest.approx((a.x, a.y), abs=1e-9)


def test_a_resting_pen_inside_the_slack_string_does_not_crawl():
    stabiliser = Stabiliser(1.0)
    stabiliser.add(Sample(0, 0, 1, 0))
    out = [stabiliser.add(Sample(3 * (i % 2), 0, 1, i * 0.05)) for i in range(1, 50)]
    assert all(abs(s.x) < 1e-6 for s in out)


@pytest.mark.parametrize(("strength", "scale"), [(-0.1, 1), (1.1, 1), (0.5, 0), (0.5, math.inf)])
def test_settings_out_of_range_are_refused(strength, scale):
    with pytest.raises(ValueError, match="not"):
        Stabiliser(strength, scale)


def test_the_straight_line_is_straight_even_and_ends_on_the_point():
    start, end = Sample(10, 10, 0.2, 1.0), Sample(110, 60, 0.8, 1.0)
    line = line_to(start, end, step=5)
    points = np.array([start, *line])
    gaps = np.hypot(*np.diff(points[:, :2], axis=0).T)
    assert line[-1][:3] == end[:3]
    assert gaps.max() <= 5 and np.ptp(gaps) < 1e-9
    assert np.allclose((points[:, 0] - 10) * 50, (points[:, 1] - 10) * 100)
    assert (np.diff(points[:, 2:4], axis=0) > 0).all()


def test_a_line_of_no_length_is_its_end_and_a_step_of_nothing_is_refused():
    assert line_to(Sample(1, 1, 1, 0), Sample(1, 1, 0.5, 2)) == [Sample(1, 1, 0.5, 2)]
    with pytest.raises(ValueError, match="step"):
        line_to(Sample(0, 0), Sample(1, 1), step=0)
