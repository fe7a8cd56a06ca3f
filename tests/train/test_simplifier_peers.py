# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways that networks are measured against."""

import cv2
import numpy as np
import pytest

from train.metrics.lines import line_scores
from train.simplifier_peers import peers

WAYS = peers((0.25, 0.5))


@pytest.mark.parametrize("name", WAYS)
def test_every_way_finds_firm_lines_on_white_where_they_are(name: str) -> None:
    rough = np.full((150, 201), 255, np.uint8)
    cv2.ellipse(rough, (90, 60), (60, 40), 0, 0, 360, 0, 3, cv2.LINE_AA)
    cv2.line(rough, (20, 130), (180, 120), 0, 3, cv2.LINE_AA)
    drawn = WAYS[name](rough)
    assert drawn.shape == rough.shape
    assert drawn.dtype == bool
    assert line_scores(drawn, rough < 128).f[8] > 0.97


@pytest.mark.parametrize("name", sorted(WAYS.keys() - {"otsu"}))
def test_every_way_leaves_blank_paper_blank(name: str) -> None:
    # Otsu's threshold always splits; there is nothing it could leave.
    assert not WAYS[name](np.full((80, 90), 250, np.uint8)).any()
