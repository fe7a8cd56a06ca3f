# SPDX-License-Identifier: GPL-3.0-or-later
"""Colour spaces: published values, round trips, and what lies outside sRGB."""

import colorsys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import colour

channel = st.integers(0, 255)
rgb_bytes = st.tuples(channel, channel, channel)
unit = st.floats(0, 1)


@pytest.mark.parametrize(
    ("name", "rgb", "lch"),
    [
        # CSS Color 4's sample conversions of the sRGB primaries
        ("red", (1, 0, 0), (0.62796, 0.25768, 29.234)),
        ("lime", (0, 1, 0), (0.86644, 0.29483, 142.495)),
        ("blue", (0, 0, 1), (0.45201, 0.31321, 264.052)),
        ("yellow", (1, 1, 0), (0.96798, 0.21101, 109.769)),
    ],
)
def test_primaries_have_their_published_oklch_values(name, rgb, lch):
    assert colour.rgb_to_oklch(rgb) == pytest.approx(lch, abs=1e-3), name


def test_white_is_lightness_one_and_black_is_zero_without_chroma():
    assert colour.rgb_to_oklab((1, 1, 1)) == pytest.approx((1, 0, 0), abs=1e-4)
    assert colour.rgb_to_oklab((0, 0, 0)) == pytest.approx((0, 0, 0), abs=1e-9)


def test_the_reference_pair_of_the_oklab_page_holds():
    # XYZ (D65) (0.950, 1.000, 1.089) is white there; grey of half lightness is this sRGB value.
    half = colour.oklab_to_rgb((0.5, 0, 0))
    assert half == pytest.approx([colour.from_linear(0.125)] * 3, abs=1e-5)


@given(rgb_bytes)
def test_every_screen_colour_survives_the_way_through_oklch(rgb):
    assert colour.to_bytes(colour.oklch_to_rgb(colour.rgb_to_oklch(colour.from_bytes(rgb)))) == rgb


@given(rgb_bytes)
def test_every_screen_colour_survives_the_way_through_hsv(rgb):
    assert colour.to_bytes(colour.hsv_to_rgb(colour.rgb_to_hsv(colour.from_bytes(rgb)))) == rgb


@given(rgb_bytes)
def test_hsv_agrees_with_the_standard_library(rgb):
    values = [v / 255 for v in rgb]
    assert colour.rgb_to_hsv(values) == pytest.approx(colorsys.rgb_to_hsv(*values), abs=1e-9)


@given(unit, unit, unit)
def test_hsv_back_agrees_with_the_standard_library(h, s, v):
    assert colour.hsv_to_rgb((h, s, v)) == pytest.approx(colorsys.hsv_to_rgb(h, s, v), abs=1e-9)


@given(unit, st.floats(0, 0.5), st.floats(0, 360))
def test_fitting_keeps_lightness_and_hue_and_lands_in_gamut(lightness, chroma, hue):
    fitted = colour.fitted_oklch((lightness, chroma, hue))
    assert fitted[0] == pytest.approx(lightness)
    assert fitted[2] == pytest.approx(hue)
    assert 0 <= fitted[1] <= chroma
    assert colour.in_gamut(colour.oklch_to_rgb(fitted), slack=1e-3)


def test_fitting_leaves_a_colour_that_fits_alone_and_dulls_one_that_does_not():
    inside, outside = (0.7, 0.05, 150.0), (0.7, 0.4, 150.0)
    assert colour.fitted_oklch(inside) == pytest.approx(inside)
    assert colour.fitted_oklch(outside)[1] < 0.3


def test_no_screen_colour_exceeds_the_greatest_chroma():
    side = np.linspace(0, 1, 24)
    cube = np.stack(np.meshgrid(side, side, side), axis=-1)
    greatest = colour.rgb_to_oklch(cube)[..., 1].max()
    assert 0.3 < greatest < colour.MAX_CHROMA


@given(rgb_bytes)
def test_hex_round_trip(rgb):
    assert colour.from_hex(colour.to_hex(rgb)) == rgb
    assert colour.from_hex(colour.to_hex(rgb).upper().removeprefix("#")) == rgb


def test_short_hex_doubles_each_digit():
    assert colour.from_hex("#f80") == (255, 136, 0)


@pytest.mark.parametrize("text", ["", "#", "#12345", "red", "#gg0000", "#1234567"])
def test_what_is_no_colour_is_refused_by_name(text):
    with pytest.raises(ValueError, match="is no colour"):
        colour.from_hex(text)
