# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways of colouring that networks are measured against."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from train.colorizer_drawing import Asked, ask, field_fill, kept
from train.colorizer_judge import second_task
from train.colorizer_peers import peers, timed
from train.data.colour.hints import Hints, draw_disk, no_hints
from train.data.colour.samples import ColourData

RED, BLUE = (np.array(c, np.uint8) for c in ((220, 30, 30), (30, 40, 210)))


def circle(hints: Hints) -> Asked:
    """Line art of a circle on white."""
    drawn = np.zeros((160, 160), np.uint8)
    cv2.circle(drawn, (80, 80), 45, 255, 3, cv2.LINE_AA)
    line = drawn.astype(np.float32) / 255
    return Asked(
        line, np.full((160, 160, 3), 255, np.uint8), np.ones((160, 160), np.float32), hints
    )


def inside_and_outside() -> Hints:
    hints = no_hints((160, 160))
    draw_disk(hints, 80, 80, 6, RED)
    draw_disk(hints, 12, 12, 6, BLUE)
    return hints


@pytest.mark.parametrize("name", peers())
def test_every_way_fills_a_closed_line_with_the_hint_in_it(name: str) -> None:
    painted = peers()[name](circle(inside_and_outside())).astype(int)
    assert np.abs(painted[60, 80] - RED).max() < 12
    assert np.abs(painted[10, 140] - BLUE).max() < 12
    assert painted[80, 125].max() < 60  # the line


def test_the_baseline_leaves_paper_white_without_hints() -> None:
    asked = circle(no_hints((160, 160)))
    painted = field_fill(asked)
    assert (painted[asked.line == 0] == 255).all()


def test_what_is_not_masked_is_kept_to_the_bit() -> None:
    asked = circle(inside_and_outside())
    base = np.random.default_rng(0).integers(0, 256, (160, 160, 3), dtype=np.uint8)
    mask = np.zeros((160, 160), np.float32)
    mask[:, 80:] = 1
    mask[:, 79] = 0.5
    painted = field_fill(Asked(asked.line, base, mask, asked.hints))
    assert np.array_equal(painted[:, :79], base[:, :79])
    full = kept(Asked(asked.line, base, np.ones_like(mask), asked.hints), painted)
    assert np.array_equal(full, painted)


def test_what_a_peer_painted_is_painted_once(tmp_path: Path) -> None:
    calls = []

    def way(asked: Asked) -> np.ndarray:
        calls.append(asked)
        return asked.base

    asked = circle(inside_and_outside())
    first, seconds = timed(way, asked, tmp_path)
    again, remembered = timed(way, asked, tmp_path)
    assert len(calls) == 1
    assert np.array_equal(first, again)
    assert seconds == remembered
    timed(way, circle(no_hints((160, 160))), tmp_path)
    assert len(calls) == 2


def test_a_second_pass_is_asked_for_what_is_most_wrong() -> None:
    sample = ColourData([], "valid", 96, None, art=1.0).sample(0)
    asked = ask(sample, "NH", 0)
    painted = sample.colour.copy()
    areas = np.bincount(sample.regions.ravel())
    candidates = np.flatnonzero((areas >= 40) & (areas < sample.regions.size // 4))
    wrong = sample.regions == candidates[0]
    painted[wrong] = 255 - painted[wrong]
    again = second_task(sample, asked, painted)
    assert again.mask[wrong].all()
    assert again.mask.mean() <= 0.25
    assert again.hints.alpha[wrong].any()
    assert again.base is painted
