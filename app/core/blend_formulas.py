# SPDX-License-Identifier: GPL-3.0-or-later
"""What each blend mode computes, once, for numpy arrays and for compiled scalars alike.

Written with numpy functions only and without branches, so that `blend.py` runs the formulae on
whole arrays and `blend_kernels.py` compiles the very same code for one pixel. Imports
core.blend_modes.

Sources: W3C "Compositing and Blending Level 1" (sections 9.1 and 13) for the modes that CSS and
SVG know; the names that Photoshop and Krita share (linear burn, linear light, vivid light, pin
light, subtract, divide) follow the definitions both publish.

Conventions: `s`, `d` are premultiplied source and backdrop colour, `sa`, `da` their alpha, all
float32 in 0..255, and `area` is `sa * da`. A formula returns `area * B(d / da, s / sa)`, the part
of the result where both cover the pixel, in 0..area. Written this way most need no division.
All constants are float32, so that both numpy and the compiler stay in single precision.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from app.core.blend_modes import BlendMode

ZERO, ONE, TWO, FOUR = np.float32(0), np.float32(1), np.float32(2), np.float32(4)
TWELVE, SIXTEEN, QUARTER = np.float32(12), np.float32(16), np.float32(0.25)
TINY = np.float32(0.001)  # against 255 * 255: keeps rounding from dividing by zero
RED, GREEN, BLUE = np.float32(0.3), np.float32(0.59), np.float32(0.11)

Value = Any  # a float32 array, or a float32 scalar once compiled
Colour3 = tuple[Value, Value, Value]  # blue, green, red


# `blend_kernels` puts plain scalar choices in the place of these three: numba's own versions
# make arrays, or look after NaNs that cannot occur here, and keep the loops from vectorising.


def where(condition: Value, yes: Value, no: Value) -> Value:
    """`yes` where the condition holds, else `no`."""
    return np.where(condition, yes, no)


def lesser(a: Value, b: Value) -> Value:
    """The smaller of two values."""
    return np.minimum(a, b)


def greater(a: Value, b: Value) -> Value:
    """The larger of two values."""
    return np.maximum(a, b)


def normal(s: Value, d: Value, sa: Value, da: Value, area: Value) -> Value:
    """B = cs."""
    return s * da


def multiply(s: Value, d: Value, sa: Value, da: Value, area: Value) -> Value:
    """B = cb cs."""
    return s * d


def screen(s: Value, d: Value, sa: Value, da: Value, area: Value) -> Value:
    """B = cb + cs - cb cs."""
    return s * da + d * sa - s * d


def hard_light(s: Value, d: Value, sa: Value, da: Value, area: Value) -> Value:
    """Multiply by 2 cs in the dark half of the source, screen by 2 cs - 1 in the light half."""
    return where(s + s <= sa, TWO * s * d, area - TWO * (da - d) * (sa - s))


def overlay(s: Value, d: Value, sa: Value, da: Value, area: Value) -> Value:
    """Hard light with source and backdrop exchanged."""
    return where(d + d <= da, TWO * s * d, area - TWO * (da - d) * (sa - s))


def darken(s: Value, d: Value, sa: Value, da: Value, area: Value) -> Value:
    """B = min(cb, cs)."""
    return lesser(s * da, d * sa)


def lighten(s: Value, d: Value, sa: Value, da: Value, area: Value) -> Value:
    """B = max(cb, cs)."""
    return greater(s * da, d * sa)


def colour_dodge(s: Value, d: Value, sa: Value, da: Value, area: Value) -> Value:
    """B = min(1, cb / (1 - cs)); 0 where cb = 0, else 1 where cs = 1."""
    room = sa - s
    bright = lesser(area, d * sa * sa / where(room > ZERO, room, ONE))
    return where(d > ZERO, where(room > ZERO, bright, area), ZERO)


def colour_burn(s: Value, d: Value, sa: Value, da: Value, area: Value) -> Value:
    """B = 1 - min(1, (1 - cb) / cs); 1 where cb = 1, else 0 where cs = 0."""
    dark = lesser(area, (da - d) * sa * sa / where(s > ZERO, s, ONE))
    return where(d < da, where(s > ZERO, area - dark, ZERO), area)


def soft_light(s: Value, d: Value, sa: Value, da: Value, area: Value) -> Value:
    """W3C soft light, with its square root above a quarter."""
    c = d / where(da > ZERO, da, ONE)
    tilt = s + s - sa
    curve = where(c <= QUARTER, ((SIXTEEN * c - TWELVE) * c + FOUR) * c, np.sqrt(c))
    return sa * d + da * tilt * where(tilt <= ZERO, c * (ONE - c), curve - c)


def difference(s: Value, d: Value, sa: Value, da: Value, area: Value) -> Value:
    """B = |cb - cs|."""
    return np.abs(s * da - d * sa)


def exclusion(s: Value, d: Value, sa: Value, da: Value, area: Value) -> Value:
    """B = cb + cs - 2 cb cs."""
    return s * da + d * sa - TWO * s * d


def linear_burn(s: Value, d: Value, sa: Value, da: Value, area: Value) -> Value:
    """B = max(0, cb + cs - 1)."""
    return greater(ZERO, s * da + d * sa - area)


def linear_light(s: Value, d: Value, sa: Value, da: Value, area: Value) -> Value:
    """B = cb + 2 cs - 1, held within 0..1."""
    return lesser(area, greater(ZERO, d * sa + TWO * s * da - area))


def vivid_light(s: Value, d: Value, sa: Value, da: Value, area: Value) -> Value:
    """Colour burn by 2 cs in the dark half of the source, dodge by 2 cs - 1 in the light half."""
    twice, room = s + s, TWO * (sa - s)
    dark = lesser(area, (da - d) * sa * sa / where(twice > ZERO, twice, ONE))
    burnt = where(d < da, where(twice > ZERO, area - dark, ZERO), area)
    bright = lesser(area, d * sa * sa / where(room > ZERO, room, ONE))
    dodged = where(d > ZERO, where(room > ZERO, bright, area), ZERO)
    return where(twice <= sa, burnt, dodged)


def pin_light(s: Value, d: Value, sa: Value, da: Value, area: Value) -> Value:
    """Darken by 2 cs in the dark half of the source, lighten by 2 cs - 1 in the light half."""
    below, twice = d * sa, TWO * s * da
    return where(s + s <= sa, lesser(below, twice), greater(below, twice - area))


def subtract(s: Value, d: Value, sa: Value, da: Value, area: Value) -> Value:
    """B = max(0, cb - cs)."""
    return greater(ZERO, d * sa - s * da)


def divide(s: Value, d: Value, sa: Value, da: Value, area: Value) -> Value:
    """B = min(1, cb / cs); where cs = 0: 0 for cb = 0, else 1."""
    ratio = lesser(area, d * sa * sa / where(s > ZERO, s, ONE))
    return where(s > ZERO, ratio, where(d > ZERO, area, ZERO))


def luminosity_of(b: Value, g: Value, r: Value) -> Value:
    """W3C Lum."""
    return RED * r + GREEN * g + BLUE * b


def spread_of(b: Value, g: Value, r: Value) -> Value:
    """W3C Sat: the largest channel less the smallest."""
    return greater(greater(r, g), b) - lesser(lesser(r, g), b)


def with_luminosity(b: Value, g: Value, r: Value, target: Value, area: Value) -> Colour3:
    """W3C SetLum and ClipColor, with `area` in the place of 1."""
    shift = target - luminosity_of(b, g, r)
    b, g, r = b + shift, g + shift, r + shift
    middle = luminosity_of(b, g, r)
    low, high = lesser(lesser(r, g), b), greater(greater(r, g), b)
    under = where(low < ZERO, middle / greater(middle - low, TINY), ONE)
    b = middle + (b - middle) * under
    g = middle + (g - middle) * under
    r = middle + (r - middle) * under
    over = where(high > area, (area - middle) / greater(high - middle, TINY), ONE)
    b = middle + (b - middle) * over
    g = middle + (g - middle) * over
    r = middle + (r - middle) * over
    return (
        lesser(area, greater(ZERO, b)),
        lesser(area, greater(ZERO, g)),
        lesser(area, greater(ZERO, r)),
    )


def with_spread(b: Value, g: Value, r: Value, target: Value) -> Colour3:
    """W3C SetSat; a grey colour stays black, as there."""
    low = lesser(lesser(r, g), b)
    spread = spread_of(b, g, r)
    scale = where(spread > ZERO, target / where(spread > ZERO, spread, ONE), ZERO)
    return (b - low) * scale, (g - low) * scale, (r - low) * scale


def hue(s: Colour3, d: Colour3, area: Value) -> Colour3:
    """Hue of the source, saturation and luminosity of the backdrop."""
    b, g, r = with_spread(s[0], s[1], s[2], spread_of(d[0], d[1], d[2]))
    return with_luminosity(b, g, r, luminosity_of(d[0], d[1], d[2]), area)


def saturation(s: Colour3, d: Colour3, area: Value) -> Colour3:
    """Saturation of the source, hue and luminosity of the backdrop."""
    b, g, r = with_spread(d[0], d[1], d[2], spread_of(s[0], s[1], s[2]))
    return with_luminosity(b, g, r, luminosity_of(d[0], d[1], d[2]), area)


def colour(s: Colour3, d: Colour3, area: Value) -> Colour3:
    """Hue and saturation of the source, luminosity of the backdrop."""
    return with_luminosity(s[0], s[1], s[2], luminosity_of(d[0], d[1], d[2]), area)


def luminosity(s: Colour3, d: Colour3, area: Value) -> Colour3:
    """Luminosity of the source, hue and saturation of the backdrop."""
    return with_luminosity(d[0], d[1], d[2], luminosity_of(s[0], s[1], s[2]), area)


SEPARABLE: dict[BlendMode, Callable[[Value, Value, Value, Value, Value], Value]] = {
    BlendMode.NORMAL: normal,
    BlendMode.MULTIPLY: multiply,
    BlendMode.DARKEN: darken,
    BlendMode.COLOUR_BURN: colour_burn,
    BlendMode.LINEAR_BURN: linear_burn,
    BlendMode.SCREEN: screen,
    BlendMode.LIGHTEN: lighten,
    BlendMode.COLOUR_DODGE: colour_dodge,
    BlendMode.OVERLAY: overlay,
    BlendMode.SOFT_LIGHT: soft_light,
    BlendMode.HARD_LIGHT: hard_light,
    BlendMode.VIVID_LIGHT: vivid_light,
    BlendMode.LINEAR_LIGHT: linear_light,
    BlendMode.PIN_LIGHT: pin_light,
    BlendMode.DIFFERENCE: difference,
    BlendMode.EXCLUSION: exclusion,
    BlendMode.SUBTRACT: subtract,
    BlendMode.DIVIDE: divide,
}
"""All modes that treat each channel alone, but ADD, which is a sum and no mixture."""

NON_SEPARABLE: dict[BlendMode, Callable[[Colour3, Colour3, Value], Colour3]] = {
    BlendMode.HUE: hue,
    BlendMode.SATURATION: saturation,
    BlendMode.COLOUR: colour,
    BlendMode.LUMINOSITY: luminosity,
}
"""Modes that mix whole colours. They take `s * da` and `d * sa` as (blue, green, red)."""

HELPERS = (luminosity_of, spread_of, with_luminosity, with_spread)
