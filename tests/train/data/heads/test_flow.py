# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters that follow the flow of a picture."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from train.data.heads.flow import constant_flow, edge_flow, flow_lines, smooth_along, smooth_flow
from train.data.heads.materials import noise

SHAPE = (48, 48)
EVERYWHERE = np.ones(SHAPE, bool)


def test_smoothing_along_rows_leaves_the_columns_apart() -> None:
    grain = noise(SHAPE, 0.7, 1)
    out = smooth_along(grain, constant_flow(SHAPE, 0.0), 6.0, EVERYWHERE)
    inner = out[8:-8, 8:-8]
    assert np.abs(np.diff(inner, axis=1)).mean() < 0.3 * np.abs(np.diff(inner, axis=0)).mean()


def test_a_mean_stays_a_mean() -> None:
    flow = edge_flow(noise(SHAPE, 2.0, 3), 2.0)
    assert np.allclose(smooth_along(np.full(SHAPE, 0.3), flow, 4.0, EVERYWHERE), 0.3, atol=1e-5)


def test_outside_of_the_mask_nothing_changes() -> None:
    mask = EVERYWHERE.copy()
    mask[:, :20] = False
    grain = noise(SHAPE, 0.7, 2)
    out = smooth_along(grain, constant_flow(SHAPE, 1.0), 5.0, mask)
    assert (out[:, :20] == grain[:, :20]).all()
    assert (out[:, 30:] != grain[:, 30:]).any()


@given(st.floats(0, np.pi))
def test_the_flow_of_stripes_runs_along_them(angle: float) -> None:
    y, x = np.mgrid[0:48, 0:48].astype(np.float32)
    stripes = np.sin(0.6 * (x * np.sin(angle) + y * np.cos(angle)))
    flow = edge_flow(stripes, 2.0)[20:28, 20:28]
    along = constant_flow((8, 8), angle)
    assert np.abs((flow * along).sum(-1)).min() > 0.97


def test_a_direction_has_no_sign() -> None:
    flow = constant_flow(SHAPE, 0.4)
    flow[::2] *= -1
    smooth = smooth_flow(flow, np.ones(SHAPE, np.float32), 2.0)
    assert np.abs((smooth * constant_flow(SHAPE, 0.4)).sum(-1)).min() > 0.999


def test_a_dark_line_gets_ink_and_a_bright_one_none() -> None:
    guide = np.full((64, 64), 0.5, np.float32)
    guide[:, 20:23], guide[:, 43:46] = 0.1, 0.9
    ink = flow_lines(guide, 1.0)
    assert ink[10:-10, 21].min() > 0.9
    assert ink[10:-10, 44].max() < 0.1
    assert ink[10:-10, 32].max() < 0.05
