# SPDX-License-Identifier: GPL-3.0-or-later
"""Pen strokes survive being written down, and refuse nonsense."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.core.strokes import Stroke

finite = st.floats(-1e4, 1e4, width=32)


@given(
    points=arrays(np.float32, st.tuples(st.integers(1, 30), st.just(4)), elements=finite),
    size=st.floats(0.5, 1000),
    colour=st.tuples(*[st.integers(0, 255)] * 3),
    opacity=st.floats(0, 1),
    erase=st.booleans(),
)
def test_written_and_read_back_it_is_the_same_stroke(points, size, colour, opacity, erase):
    stroke = Stroke(points, size, colour, opacity, "ink", erase)
    assert Stroke.from_json(json.loads(json.dumps(stroke.to_json()))) == stroke


@pytest.mark.parametrize(
    "change",
    [
        {"points": []},
        {"points": [[1, 2, 3]]},
        {"points": "abc"},
        {"colour": [1, 2]},
        {"colour": [1, 2, 300]},
        {"size": float("nan")},
        {"size": "big"},
        {"opacity": 2},
    ],
)
def test_nonsense_is_refused_with_a_value_error(change):
    good = Stroke(np.zeros((2, 4), np.float32), 5.0, (1, 2, 3)).to_json()
    with pytest.raises(ValueError, match=r"stroke|could not convert|inhomogeneous"):
        Stroke.from_json({**good, **change})


def test_the_points_are_read_only():
    stroke = Stroke(np.zeros((2, 4), np.float32), 5.0, (1, 2, 3))
    with pytest.raises(ValueError, match="read-only"):
        stroke.points[0, 0] = 1


def test_scaling_a_stroke_scales_its_brush():
    stroke = Stroke(np.array([[1, 2, 0.5, 0]], np.float32), 5.0, (1, 2, 3))
    moved = stroke.transformed([[2, 0, 10], [0, 2, 20]])
    assert moved.size == pytest.approx(10)
    assert moved.points[0].tolist() == [12, 24, 0.5, 0]
