# SPDX-License-Identifier: GPL-3.0-or-later
"""Brush settings: what is allowed, how pressure scales them, and their JSON form."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.brush import (
    ANGLE_SOURCES,
    GRAINS,
    STAMPS,
    TIPS,
    BrushError,
    BrushSettings,
    PressureCurve,
    pressure_factor,
)

unit = st.floats(0, 1)


@st.composite
def curves(draw: st.DrawFn) -> PressureCurve:
    inner = sorted(set(draw(st.lists(st.floats(0.01, 0.99), max_size=5))))
    xs = [0.0, *inner, 1.0]
    ys = sorted(draw(st.lists(unit, min_size=len(xs), max_size=len(xs))))
    if draw(st.booleans()):
        ys.reverse()
    return PressureCurve(tuple(zip(xs, ys, strict=True)), draw(unit))


brushes = st.builds(
    BrushSettings,
    name=st.text(min_size=1).filter(str.strip),
    tags=st.lists(st.text(), max_size=3).map(tuple),
    size=st.floats(0.5, 1000),
    opacity=unit,
    flow=unit,
    spacing=st.floats(0.01, 5),
    erase=st.booleans(),
    tip=st.sampled_from(TIPS),
    grain=st.sampled_from(GRAINS[1:]),
    stamp=st.sampled_from(STAMPS[1:]),
    angle_source=st.sampled_from(ANGLE_SOURCES),
    size_pressure=st.none() | curves(),
    flow_pressure=st.none() | curves(),
)


@given(brush=brushes)
def test_a_brush_survives_json(brush):
    text = json.dumps(brush.to_json())
    assert BrushSettings.from_json(json.loads(text)) == brush


def test_keys_of_a_newer_version_are_ignored():
    data = {**BrushSettings(size=7).to_json(), "smell": "turpentine"}
    assert BrushSettings.from_json(data) == BrushSettings(size=7)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"size": 0.2}, "size is 0.2"),
        ({"size": 1001}, "size is 1001"),
        ({"size": "big"}, "size is 'big'"),
        ({"size": True}, "size is True"),
        ({"flow": float("nan")}, "flow is nan"),
        ({"opacity": None}, "opacity is None"),
        ({"tip": "feather"}, "tip is 'feather'"),
        ({"tip": []}, r"tip is \[\]"),
        ({"tip": "textured"}, "needs a grain"),
        ({"tip": "stamp"}, "needs a stamp"),
        ({"erase": 1}, "erase is 1"),
        ({"name": " "}, "name is ' '"),
        ({"id": 3}, "id is 3"),
        ({"tags": "ink"}, "tags are 'ink'"),
        ({"tags": [1]}, "tags are"),
        ({"size_pressure": 0.5}, "pressure curve"),
        ({"size_pressure": {"points": [[0, 0]]}}, "2..32 points"),
        ({"size_pressure": {"points": [[0, 0], [1, "x"]]}}, "pairs of numbers"),
        ({"size_pressure": {"points": [[0, 0], [1]]}}, "pairs of numbers"),
        ({"size_pressure": {"points": [[0, 0], [1, 1]], "minimum": 2}}, "within 0..1"),
        ({"size_pressure": {"points": [[0, 0], [0.5, 1], [1, 0]]}}, "monotone"),
        ({"size_pressure": {"points": [[0, 0], [0.5, 0], [0.5, 1], [1, 1]]}}, "rise from 0 to 1"),
        ({"size_pressure": {"points": [[0.1, 0], [1, 1]]}}, "rise from 0 to 1"),
    ],
)
def test_a_bad_value_is_refused_with_the_file_and_the_reason(change, reason):
    data = {**BrushSettings().to_json(), **change}
    with pytest.raises(BrushError, match=rf"my\.json: .*{reason}"):
        BrushSettings.from_json(data, "my.json")


@pytest.mark.parametrize("data", [None, [], "brush", {}, {"name": "no id"}])
def test_what_is_no_brush_at_all_is_refused(data):
    with pytest.raises(BrushError, match=r"x\.json"):
        BrushSettings.from_json(data, "x.json")


@given(curve=curves())
def test_a_curve_goes_through_its_points_and_never_turns(curve):
    xs, ys = np.array(curve.points).T
    wanted = curve.minimum + (1 - curve.minimum) * ys
    # The lookup table is 1024 steps fine; a curve can be steep only between points.
    grid = np.round(xs * 1024) / 1024
    exact = np.isin(xs, grid)
    assert np.allclose(curve(xs)[exact], wanted[exact], atol=1e-12)
    steps = np.diff(curve(np.linspace(0, 1, 5000)))
    assert (steps >= 0).all() if ys[-1] >= ys[0] else (steps <= 0).all()


def test_a_curve_is_smooth_where_a_polyline_would_have_a_corner():
    curve = PressureCurve(((0, 0), (0.5, 0.2), (1, 1)))
    slopes = np.diff(curve(np.linspace(0, 1, 401))) * 400
    assert np.abs(np.diff(slopes)).max() < 0.1
    assert 0.2 < slopes[0] < slopes[200] < slopes[-1]


def test_pressure_outside_its_range_is_clamped_and_no_curve_means_no_effect():
    curve = PressureCurve(minimum=0.25)
    assert curve(np.array([-1.0, 0.0, 1.0, 2.0])).tolist() == [0.25, 0.25, 1.0, 1.0]
    assert pressure_factor(None, np.array([0.0, 0.4])).tolist() == [1.0, 1.0]
