# SPDX-License-Identifier: GPL-3.0-or-later
"""Smoothing along lines: grain evens out and gaps fill, lines grow neither wider nor longer."""

import cv2
import numpy as np

from ai_tools.simplify import flow

WIDTH, LENGTH = 4.0, 8.0


def _line(bend: float = 0.0) -> np.ndarray:
    picture = np.zeros((120, 200), np.uint8)
    x = np.linspace(20, 180, 100)
    points = np.stack([x, 60 + bend * np.sin((x - 20) / 25)], axis=1)
    cv2.polylines(picture, [np.round(points * 16).astype(np.int32)], False, 255, 4, cv2.LINE_AA, 4)
    return (picture / 255).astype(np.float32)


def test_grain_evens_out_along_a_curve() -> None:
    line = _line(12)
    rng = np.random.default_rng(0)
    grainy = line * rng.uniform(0.3, 1, line.shape).astype(np.float32)
    core = line > 0.9
    smooth = flow.smooth_along(grainy, WIDTH, LENGTH, 0.05)
    only_blurred = flow.smooth_along(grainy, WIDTH, 0, 0.05)
    assert smooth[core].std() < 0.7 * only_blurred[core].std()


def test_a_curve_stays_as_wide_as_it_was() -> None:
    line = _line(12)
    smooth = flow.smooth_along(line, WIDTH, LENGTH, 0.05)
    before, after = (line > 0.5).sum(), (smooth > 0.5).sum()
    assert abs(int(after) - int(before)) < 0.06 * before


def test_a_short_gap_fills() -> None:
    line = _line()
    line[:, 99:101] = 0
    smooth = flow.smooth_along(line, WIDTH, LENGTH, 0.05)
    assert smooth[60, 99] > 0.4 > line[60, 99]


def test_plain_paper_stays_plain() -> None:
    blank = np.zeros((50, 60), np.float32)
    assert not flow.smooth_along(blank, WIDTH, LENGTH, 0.05).any()


def test_a_part_agrees_with_the_whole_inside_its_margin() -> None:
    line = _line(12)
    margin = flow.reach(WIDTH, LENGTH)
    whole = flow.smooth_along(line, WIDTH, LENGTH, 0.05)
    part = flow.smooth_along(line[:, 40:160], WIDTH, LENGTH, 0.05)
    inside = slice(margin, 120 - margin)
    assert np.abs(part[:, inside] - whole[:, 40:160][:, inside]).max() < 0.02
