# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures of colouring on pictures whose values are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays

from train.metrics.colour import (
    background_kept,
    bleed,
    ciede2000,
    delta_e,
    hint_delta_e,
    kept_exact,
    psnr,
    to_lab,
)

RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 180, 60), (40, 60, 220), (255, 255, 255)

SHARMA = np.array(
    [
        # L1, a1, b1, L2, a2, b2, difference: Sharma, Wu and Dalal (2005), table 1
        [50.0000, 2.6772, -79.7751, 50.0000, 0.0000, -82.7485, 2.0425],
        [50.0000, 3.1571, -77.2803, 50.0000, 0.0000, -82.7485, 2.8615],
        [50.0000, 2.8361, -74.0200, 50.0000, 0.0000, -82.7485, 3.4412],
        [50.0000, -1.3802, -84.2814, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, -1.1848, -84.8006, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, -0.9009, -85.5211, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, 0.0000, 0.0000, 50.0000, -1.0000, 2.0000, 2.3669],
        [50.0000, -1.0000, 2.0000, 50.0000, 0.0000, 0.0000, 2.3669],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0009, 7.1792],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0010, 7.1792],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0011, 7.2195],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0012, 7.2195],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0009, -2.4900, 4.8045],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0010, -2.4900, 4.8045],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0011, -2.4900, 4.7461],
        [50.0000, 2.5000, 0.0000, 50.0000, 0.0000, -2.5000, 4.3065],
        [50.0000, 2.5000, 0.0000, 73.0000, 25.0000, -18.0000, 27.1492],
        [50.0000, 2.5000, 0.0000, 61.0000, -5.0000, 29.0000, 22.8977],
        [50.0000, 2.5000, 0.0000, 56.0000, -27.0000, -3.0000, 31.9030],
        [50.0000, 2.5000, 0.0000, 58.0000, 24.0000, 15.0000, 19.4535],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.1736, 0.5854, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.2972, 0.0000, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 1.8634, 0.5757, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.2592, 0.3350, 1.0000],
        [60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644],
        [63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630],
        [61.2901, 3.7196, -5.3901, 61.4292, 2.2480, -4.9620, 1.8731],
        [35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645],
        [22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373],
        [36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146],
        [90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441],
        [90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381],
        [6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377],
        [2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082],
    ]
)


def test_the_colour_difference_is_that_of_the_published_pairs() -> None:
    assert ciede2000(SHARMA[:, :3], SHARMA[:, 3:6]) == pytest.approx(SHARMA[:, 6], abs=5e-5)
    assert ciede2000(SHARMA[:, 3:6], SHARMA[:, :3]) == pytest.approx(SHARMA[:, 6], abs=5e-5)


def test_white_black_and_red_have_their_known_places_in_lab() -> None:
    lab = to_lab(np.array([[255, 255, 255], [0, 0, 0], [255, 0, 0], [119, 119, 119]], np.uint8))
    expected = [[100, 0, 0], [0, 0, 0], [53.24, 80.09, 67.20], [50.03, 0, 0]]
    assert lab == pytest.approx(np.array(expected), abs=0.02)


@given(arrays(np.uint8, (6, 5, 3)), arrays(np.uint8, (6, 5, 3)))
def test_differences_are_symmetric_and_zero_for_the_same(a: np.ndarray, b: np.ndarray) -> None:
    assert delta_e(a, b) == pytest.approx(delta_e(b, a), abs=1e-9)
    assert delta_e(a, a).max() == 0
    assert delta_e(a, b).min() >= 0


def plain(colour: tuple[int, int, int], size: int = 20) -> np.ndarray:
    return np.full((size, size, 3), colour, np.uint8)


def halves(left: tuple[int, int, int], right: tuple[int, int, int]) -> np.ndarray:
    picture = plain(left)
    picture[:, 10:] = right
    return picture


def test_hints_count_only_where_they_are() -> None:
    painted, hints = halves(RED, GREEN), plain(RED)
    alpha = np.zeros((20, 20), np.uint8)
    assert np.isnan(hint_delta_e(painted, hints, alpha))
    alpha[5:8, 2:6] = 1
    assert hint_delta_e(painted, hints, alpha) == 0
    alpha[5:8, 12:16] = 1  # as many again, on green
    wrong = float(delta_e(plain(RED, 1), plain(GREEN, 1))[0, 0])
    assert hint_delta_e(painted, hints, alpha) == pytest.approx(wrong / 2)
    ink = np.zeros((20, 20), np.float32)
    ink[:, 10:] = 1
    assert hint_delta_e(painted, hints, alpha, ink) == 0


REGIONS = np.repeat((np.arange(20) >= 10).astype(np.int32)[None], 20, 0)
COLOURS = np.array([RED, GREEN], np.uint8)


def test_a_clean_picture_does_not_bleed_whatever_its_shades() -> None:
    painted = halves(RED, GREEN)
    assert bleed(painted, REGIONS, COLOURS) == 0
    shaded = (painted * np.linspace(0.7, 1.1, 20)[:, None, None]).clip(0, 255).astype(np.uint8)
    assert bleed(shaded, REGIONS, COLOURS) == 0


def test_bleeding_is_the_share_of_a_neighbours_colour() -> None:
    painted = halves(RED, GREEN)
    painted[:5, 10:14] = RED
    assert bleed(painted, REGIONS, COLOURS) == pytest.approx(20 / 400)
    mask = np.zeros((20, 20), np.float32)
    mask[:, 10:] = 1
    assert bleed(painted, REGIONS, COLOURS, mask=mask) == pytest.approx(20 / 200)
    ink = np.zeros((20, 20), np.float32)
    ink[:, 10:14] = 1
    assert bleed(painted, REGIONS, COLOURS, ink) == 0


def test_colours_of_regions_far_away_are_no_bleeding() -> None:
    regions = np.repeat(np.repeat(np.arange(3, dtype=np.int32), 6)[None], 18, 0)
    colours = np.array([RED, WHITE, BLUE], np.uint8)
    painted = colours[regions]
    painted[:9, :6] = BLUE  # nearer to blue than to red, and to red than to white
    red, blue, white = (to_lab(np.array(c, np.uint8)) for c in (RED, BLUE, WHITE))
    assert ciede2000(blue, red) < ciede2000(blue, white)
    assert bleed(painted, regions, colours) == 0


def test_neighbours_of_one_colour_cannot_be_judged() -> None:
    same = np.array([RED, RED], np.uint8)
    assert np.isnan(bleed(halves(RED, RED), REGIONS, same))


def test_psnr_of_one_step_everywhere_is_known() -> None:
    first = plain((100, 100, 100))
    assert psnr(first, first) == float("inf")
    assert psnr(first, first + np.uint8(1)) == pytest.approx(48.1308, abs=1e-4)
    where = np.zeros((20, 20), bool)
    assert np.isnan(psnr(first, first, where))


def test_kept_pixels_are_judged_bit_for_bit() -> None:
    before, mask = plain(WHITE), np.zeros((20, 20), np.float32)
    mask[:, 10:] = 1
    painted = halves(WHITE, GREEN)
    assert kept_exact(painted, before, mask).exact
    assert kept_exact(painted, before, mask).psnr == float("inf")
    painted[0, 0, 0] -= 1
    kept = kept_exact(painted, before, mask)
    assert not kept.exact
    assert kept.psnr == pytest.approx(10 * np.log10(255**2 * 600))
    assert np.isnan(kept_exact(painted, before, np.ones((20, 20), np.float32)).psnr)


def test_a_flooded_background_is_not_kept() -> None:
    wanted = halves(WHITE, RED)
    background = REGIONS == 0
    assert background_kept(wanted, wanted, background) == 1
    painted = wanted.copy()
    painted[:5, :10] = RED
    assert background_kept(painted, wanted, background) == 0.75
    assert np.isnan(background_kept(painted, wanted, background & False))


def test_pictures_of_different_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="do not match"):
        psnr(plain(RED), plain(RED, 10))
