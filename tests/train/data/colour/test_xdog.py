# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines are found where somebody drew them, and nowhere else."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from train.data.colour.xdog import PUBLISHED, LineStyle, random_style, without_specks, xdog


@pytest.fixture
def drawing() -> np.ndarray:
    """A ring drawn on white and a dark square without an outline."""
    grey = np.full((96, 96), 255, np.uint8)
    cv2.circle(grey, (30, 30), 20, 20, 2, cv2.LINE_AA)
    grey[60:90, 60:90] = 60
    return grey


@pytest.mark.parametrize("style", [LineStyle(), LineStyle(softness=0)])
def test_strokes_become_ink_and_planes_stay_white(drawing: np.ndarray, style: LineStyle) -> None:
    ink = xdog(drawing, style)
    assert ink.dtype == np.float32
    assert 0 <= ink.min() <= ink.max() <= 1
    assert ink[drawing < 40].mean() > 0.8
    assert ink[20:40, 20:40].max() < 0.05  # inside the ring
    assert ink[70:80, 70:80].max() < 0.05  # inside the square
    assert ink[58:92, 58:92].max() > 0.9  # its edge


def test_the_published_lines_are_where_the_difference_is_negative(drawing: np.ndarray) -> None:
    noisy = drawing.copy()
    noisy[40:70, 5:40] = np.random.default_rng(0).integers(90, 120, (30, 35))
    plane = noisy.astype(np.float32) / 255
    fine, coarse = (cv2.GaussianBlur(plane, (0, 0), s) for s in (0.3, 1.35))
    ink = xdog(noisy, PUBLISHED)
    assert set(np.unique(ink)) == {0, 1}
    assert (ink == (fine - 0.95 * coarse < 0)).mean() > 0.999


def test_soft_lines_have_soft_edges(drawing: np.ndarray) -> None:
    def between(style: LineStyle) -> float:
        ink = xdog(drawing, style)
        return float(((ink > 0.1) & (ink < 0.9)).sum())

    assert between(LineStyle(softness=0.1)) > between(LineStyle(softness=0.02)) > 0
    assert between(LineStyle(softness=0)) == 0


def test_thickness_adds_ink(drawing: np.ndarray) -> None:
    thin = xdog(drawing)
    thick = xdog(drawing, LineStyle(thickness=0.6))
    assert (thick >= thin - 1e-6).all()
    assert thick.sum() > 1.15 * thin.sum()


def test_specks_go_and_lines_stay(drawing: np.ndarray) -> None:
    dusty = drawing.copy()
    dusty[5, 70] = dusty[50, 80] = dusty[85, 20] = 0
    kept, clean = (xdog(dusty, LineStyle(specks=n)) for n in (0, 14))
    for y, x in ((5, 70), (50, 80), (85, 20)):
        assert kept[y, x] > 0.5
        assert clean[y - 2 : y + 3, x - 2 : x + 3].max() == 0
    assert clean[drawing < 40].mean() > 0.8


def test_a_clean_sheet_stays_clean() -> None:
    assert xdog(np.full((40, 50), 255, np.uint8)).max() == 0
    assert without_specks(np.zeros((8, 8), np.float32), 5).max() == 0


def test_styles_are_drawn_from_the_generator() -> None:
    styles = [random_style(np.random.default_rng(i)) for i in range(30)]
    assert styles[3] == random_style(np.random.default_rng(3))
    assert len(set(styles)) == 30
    assert any(style.softness == 0 for style in styles)
    assert any(style.thickness > 0 for style in styles)
    assert all(0.3 <= style.sigma <= 0.8 for style in styles)
    assert replace(styles[0], sigma=0.5) != styles[0]
