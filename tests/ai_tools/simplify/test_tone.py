# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking the paper out of a picture: what is left is ink, whatever the ground and the light."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_tools.simplify import tone

RADIUS = 12
GROUNDS = {  # b, g, r
    "white": (255, 255, 255),
    "peach": (181, 204, 240),
    "green": (92, 211, 160),
    "grey": (150, 150, 150),
    "kraft": (110, 150, 185),
}


def _opaque(colour: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(colour.astype(np.uint8), cv2.COLOR_BGR2BGRA)


def _drawing(ground: tuple[int, int, int], ink: tuple[int, int, int]) -> np.ndarray:
    picture = np.full((200, 240, 3), ground, np.uint8)
    cv2.circle(picture, (120, 100), 60, ink, 3, cv2.LINE_AA)
    return picture


LINE = _drawing((0, 0, 0), (255, 255, 255))[..., 0] > 200
PAPER = cv2.dilate((_drawing((0, 0, 0), (255, 255, 255))[..., 0] > 0).view(np.uint8), None) == 0


def _ink(pixels: np.ndarray) -> np.ndarray:
    return tone.ink_map(pixels, tone.measure(pixels), 0, 0, RADIUS)


@pytest.mark.parametrize("ground", GROUNDS.values(), ids=GROUNDS)
def test_paper_of_any_colour_is_no_ink_and_dark_lines_are(ground: tuple[int, int, int]) -> None:
    ink = _ink(_opaque(_drawing(ground, (60, 50, 50))))
    assert ink[PAPER].max() < 0.03
    assert ink[LINE].min() > 0.4


def test_pale_blue_pencil_counts_for_more_than_its_brightness() -> None:
    picture = _drawing((255, 255, 255), (255, 215, 160))
    ink = _ink(_opaque(picture))
    fade = 1 - picture[LINE].mean() / 255
    assert ink[LINE].mean() > 1.2 * fade


def test_light_that_falls_off_leaves_no_shade() -> None:
    y, x = np.mgrid[:200, :240]
    light = 1 - 0.5 * (x / 240 + y / 200) / 2
    ink = _ink(_opaque(_drawing((235, 235, 235), (60, 60, 60)) * light[..., None]))
    assert ink[PAPER].max() < 0.05
    assert ink[LINE].min() > 0.4


def test_a_wash_is_paper_and_a_black_area_is_ink() -> None:
    picture = np.full((300, 300, 3), 240, np.uint8)
    picture[50:250, 30:130] = 170
    picture[50:250, 170:270] = 15
    ink = _ink(_opaque(picture))
    assert ink[80:220, 60:100].max() < 0.05
    assert ink[80:220, 190:250].min() > 0.7


def test_ink_on_a_transparent_layer() -> None:
    alpha = _drawing((0, 0, 0), (255, 255, 255))[..., 0]
    black = np.zeros((200, 240, 4), np.uint8)
    black[..., 3] = alpha
    chalk = np.repeat(alpha[..., None], 4, axis=2)  # white, premultiplied
    for layer in (black, chalk):
        ink = _ink(layer)
        assert ink[PAPER].max() == 0
        assert ink[LINE].min() > 0.7


def test_black_lines_round_white_fills_on_a_transparent_layer() -> None:
    layer = np.zeros((200, 240, 4), np.uint8)
    cv2.circle(layer, (120, 100), 60, (255, 255, 255, 255), cv2.FILLED)
    cv2.circle(layer, (120, 100), 60, (0, 0, 0, 255), 3)
    ink = _ink(layer)
    assert ink[100, 120] < 0.02
    assert ink[100, 60] > 0.7


def test_light_lines_on_dark_paper() -> None:
    ink = _ink(_opaque(_drawing((60, 40, 40), (230, 230, 230))))
    assert ink[PAPER].max() < 0.03
    assert ink[LINE].min() > 0.4


def test_grey_and_colour_arrays_agree() -> None:
    grey = _drawing((220, 220, 220), (40, 40, 40))[..., 0]
    assert np.allclose(_ink(grey), _ink(_opaque(np.repeat(grey[..., None], 3, axis=2))), atol=1e-5)


@settings(max_examples=15, deadline=None)
@given(x=st.integers(0, 150), y=st.integers(0, 110), side=st.integers(60, 90))
def test_a_part_agrees_with_the_whole_inside_its_margin(x: int, y: int, side: int) -> None:
    rng = np.random.default_rng(5)
    pixels = _opaque(_drawing((181, 204, 240), (60, 50, 50)) + rng.integers(0, 9, (200, 240, 1)))
    paper = tone.measure(pixels)
    whole = tone.ink_map(pixels, paper, 0, 0, RADIUS)
    part = tone.ink_map(pixels[y : y + side, x : x + side], paper, x, y, RADIUS)
    edge = 2 * RADIUS + 2
    assert np.allclose(
        part[edge:-edge, edge:-edge],
        whole[y : y + side, x : x + side][edge:-edge, edge:-edge],
        atol=1e-5,
    )
