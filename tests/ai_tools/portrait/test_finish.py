# SPDX-License-Identifier: GPL-3.0-or-later
"""Enlarging, cutting out and placing views."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_tools.portrait import finish
from ai_tools.portrait.finish import Frame

INSIDE, OUTSIDE = 0.27, 0.3


def disc(side: int, radius: float) -> np.ndarray:
    """A soft disc in the middle, 0..1; `radius` in sides."""
    y, x = (np.mgrid[:side, :side] + 0.5) / side
    distance = (radius - np.hypot(x - 0.5, y - 0.5)) * side
    return np.clip(distance + 0.5, 0, 1).astype(np.float32)


def head_on(behind: float, tone: float = 0.5, side: int = 128) -> tuple[np.ndarray, np.ndarray]:
    """A grey head with a dark outline that straddles its edge, and how much of a pixel is head."""
    whole, inner = disc(side, OUTSIDE), disc(side, INSIDE)
    picture = behind * (1 - whole) + (whole - inner) * 0.05 + inner * tone
    return np.repeat(picture[..., None], 3, axis=2).astype(np.float32), disc(side, 0.285)


def over(rgba: np.ndarray, behind: float) -> np.ndarray:
    alpha = rgba[..., 3:] / 255
    return rgba[..., :3] / 255 * alpha + behind * (1 - alpha)


@pytest.mark.parametrize("behind", [1.0, 0.97])
def test_on_the_paper_it_had_the_cut_out_looks_as_before(behind: float) -> None:
    picture, head = head_on(behind)
    rgba = finish.cut_out(picture, head)
    assert np.abs(over(rgba, behind) - picture).max() < 0.1
    assert np.abs(over(rgba, behind) - picture).mean() < 0.002


def test_the_background_is_clear_and_the_head_is_solid() -> None:
    picture, head = head_on(1.0)
    alpha = finish.cut_out(picture, head)[..., 3]
    assert (alpha[disc(128, INSIDE) == 1] == 255).all()
    assert (alpha[disc(128, 0.33) == 0] == 0).all()
    assert ((alpha > 0) & (alpha < 255)).any()  # a soft edge


def test_outer_half_of_an_outline_belongs_to_the_head_on_paper_only() -> None:
    ring = (disc(128, 0.295) == 1) & (disc(128, 0.29) == 0)
    paper = finish.cut_out(*head_on(1.0))
    backdrop = finish.cut_out(*head_on(0.4))
    assert (paper[ring, 3] > 200).all()
    assert (backdrop[ring, 3] < 30).all()


def test_no_light_seam_is_left_over_another_colour() -> None:
    rgba = finish.cut_out(*head_on(1.0, tone=0.3))
    rim = (rgba[..., 3] > 40) & (disc(128, INSIDE) < 1)
    assert rgba[rim, :3].max() < 140


def test_a_head_that_fills_the_picture_is_kept_whole() -> None:
    picture = np.full((32, 32, 3), 0.6, np.float32)
    rgba = finish.cut_out(picture, np.ones((32, 32), np.float32))
    assert (rgba == (153, 153, 153, 255)).all()


@pytest.mark.parametrize("side", [40, 64, 160, 333])
@pytest.mark.parametrize("crispness", [0.0, 1.0])
def test_enlarging_keeps_tones_and_range(side: int, crispness: float) -> None:
    picture, _ = head_on(1.0, side=64)
    large = finish.enlarge(picture, side, crispness)
    assert large.shape == (side, side, 3) and large.dtype == np.float32
    assert large.min() >= 0 and large.max() <= 1
    assert abs(large.mean() - picture.mean()) < 0.01


def test_crisp_edges_are_steeper_and_have_no_halo() -> None:
    step = np.full((32, 32, 3), 0.8, np.float32)
    step[:, :16] = 0.2
    plain, crisp = (finish.enlarge(step, 128, crispness) for crispness in (0.0, 1.0))
    assert np.abs(np.diff(crisp[64, :, 0])).max() > 1.2 * np.abs(np.diff(plain[64, :, 0])).max()
    assert crisp.max() <= plain.max() + 1e-6 and crisp.min() >= plain.min() - 1e-6


def test_an_enlarged_mask_has_a_narrow_edge() -> None:
    mask = finish.enlarge_mask(disc(32, 0.3), 256)
    row = mask[128]
    assert ((row > 0.02) & (row < 0.98)).sum() <= 8
    assert abs(mask.mean() - disc(256, 0.3).mean()) < 0.01


def test_premultiplied_pixels_show_the_same() -> None:
    rgba = np.random.default_rng(2).integers(0, 256, (9, 9, 4), np.uint8)
    bgra = finish.premultiplied_bgra(rgba)
    assert (bgra[..., :3] <= bgra[..., 3:]).all()
    np.testing.assert_allclose(bgra[..., 2::-1], rgba[..., :3] * (rgba[..., 3:] / 255), atol=0.5001)


def test_a_view_lands_in_the_middle_of_its_square() -> None:
    rgba = np.full((50, 50, 4), 255, np.uint8)
    pixels, x, y = finish.place(rgba, Frame(200.0, 100.0, 50.0))
    assert (x, y) == (175, 75) and (pixels == 255).all()


@given(st.floats(-50, 300), st.floats(-50, 300), st.floats(40, 200), st.floats(-0.6, 0.6))
@settings(max_examples=30)
def test_what_is_cut_from_a_square_lands_there_again(
    x: float, y: float, side: float, roll: float
) -> None:
    frame = Frame(x, y, side, roll)
    canvas = np.ones((500, 500, 3), np.float32)
    cv2.circle(canvas, (round(x + 100), round(y + 100)), round(side / 4), (0, 0, 0), -1)
    canvas = cv2.GaussianBlur(canvas, (0, 0), 1.5)
    shown = finish.cut(canvas, (-100, -100), frame, 96)
    rgba = np.dstack([np.zeros_like(shown), 1 - shown[..., 0]])
    pixels, left, top = finish.place((rgba * 255).astype(np.uint8), frame)
    back = np.zeros((800, 800))
    inside = (
        slice(top + 200, top + 200 + pixels.shape[0]),
        slice(left + 200, left + 200 + pixels.shape[1]),
    )
    back[inside] = pixels[..., 3] / 255
    rows, columns = np.nonzero(back > 0.5)
    ink = 1 - canvas[..., 0]
    there_rows, there_columns = np.nonzero(ink > 0.5)
    assert abs(rows.mean() - 200 - (there_rows.mean() - 100)) < 1
    assert abs(columns.mean() - 200 - (there_columns.mean() - 100)) < 1
    assert abs(len(rows) / len(there_rows) - 1) < 0.2


def test_a_frame_moves_along_its_own_axes() -> None:
    frame = Frame(100, 100, 80, math.pi / 2).moved(0.5, 0.0, 2.0, -math.pi / 2)
    assert (frame.x, frame.y) == pytest.approx((100, 120))  # its right is the canvas's down
    assert frame.side == 160 and frame.roll == 0


def test_outside_of_the_picture_the_paper_is_white() -> None:
    shown = finish.cut(np.zeros((10, 10, 3), np.float32), (0, 0), Frame(100, 100, 40), 16)
    assert (shown == 1).all()
