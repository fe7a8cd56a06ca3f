# SPDX-License-Identifier: GPL-3.0-or-later
"""Preset pictures: any size of picture and brush, pressure swelling in the middle."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.brush import BrushSettings, PressureCurve
from app.core.brush_preview import render_preview


def test_the_stroke_swells_in_the_middle_and_fills_the_width():
    brush = BrushSettings(size=18, size_pressure=PressureCurve())
    alpha = render_preview(brush, 200, 64)[..., 3]
    width = alpha.sum(axis=0) / 255
    assert width[95:105].mean() > 3 * width[25:35].mean() > 0
    columns = np.flatnonzero(width > 0.2)
    assert columns[0] < 40 and columns[-1] > 160


def test_a_huge_brush_is_scaled_down_to_the_picture():
    alpha = render_preview(BrushSettings(size=1000), 120, 40)[..., 3]
    assert 0.1 < (alpha > 0).mean() < 0.7


@pytest.mark.parametrize(("w", "h"), [(1, 1), (1, 50), (300, 1), (2, 3)])
def test_tiny_pictures_are_no_error(w, h):
    assert render_preview(BrushSettings(), w, h).shape == (h, w, 4)


def test_a_picture_needs_pixels():
    with pytest.raises(ValueError, match="0x5"):
        render_preview(BrushSettings(), 0, 5)
