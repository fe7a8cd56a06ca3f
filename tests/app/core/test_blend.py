# SPDX-License-Identifier: GPL-3.0-or-later
"""Every blend mode against its formula in double precision, with and without compiled kernels."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import blend
from app.core.blend import blend_onto
from app.core.blend_modes import BlendMode
from app.core.geometry import Rect


@pytest.fixture(scope="module")
def kernels():
    from app.core.blend_kernels import compile_kernels

    compile_kernels()
    return dict(blend._kernels)


@pytest.fixture(params=["compiled", "plain"])
def backend(request, kernels):
    for mode, kernel in kernels.items():
        blend.use_kernel(mode, kernel if request.param == "compiled" else None)
    yield request.param
    for mode, kernel in kernels.items():
        blend.use_kernel(mode, kernel)


# -- the oracle: straight colour, double precision, one pixel's formula after the other ---------


def lum(c):
    return c @ np.array([0.11, 0.59, 0.3])


def clip_colour(c):
    level, low, high = lum(c)[:, None], c.min(1, keepdims=True), c.max(1, keepdims=True)
    with np.errstate(all="ignore"):
        c = np.where(low < 0, level + (c - level) * level / (level - low), c)
        return np.where(high > 1, level + (c - level) * (1 - level) / (high - level), c)


def set_lum(c, level):
    return clip_colour(c + (level - lum(c))[:, None])


def sat(c):
    return c.max(1) - c.min(1)


def set_sat(c, amount):
    out = np.zeros_like(c)
    for row, pixel in enumerate(c):
        low, middle, high = np.argsort(pixel, kind="stable")
        if pixel[high] > pixel[low]:
            spread = pixel[high] - pixel[low]
            out[row, middle] = (pixel[middle] - pixel[low]) * amount[row] / spread
            out[row, high] = amount[row]
    return out


def dodge(b, s):
    with np.errstate(all="ignore"):
        return np.where(b == 0, 0, np.where(s >= 1, 1, np.minimum(1, b / (1 - s))))


def burn(b, s):
    with np.errstate(all="ignore"):
        return np.where(b >= 1, 1, np.where(s <= 0, 0, 1 - np.minimum(1, (1 - b) / s)))


def hard(b, s):
    return np.where(s <= 0.5, 2 * b * s, 1 - 2 * (1 - b) * (1 - s))


def soft(b, s):
    curve = np.where(b <= 0.25, ((16 * b - 12) * b + 4) * b, np.sqrt(b))
    return np.where(s <= 0.5, b - (1 - 2 * s) * b * (1 - b), b + (2 * s - 1) * (curve - b))


def divide(b, s):
    with np.errstate(all="ignore"):
        return np.where(s > 0, np.minimum(1, b / s), np.where(b > 0, 1, 0))


M = BlendMode
FORMULA = {
    M.NORMAL: lambda b, s: s,
    M.MULTIPLY: lambda b, s: b * s,
    M.DARKEN: np.minimum,
    M.COLOUR_BURN: burn,
    M.LINEAR_BURN: lambda b, s: np.maximum(0, b + s - 1),
    M.SCREEN: lambda b, s: b + s - b * s,
    M.LIGHTEN: np.maximum,
    M.COLOUR_DODGE: dodge,
    M.OVERLAY: lambda b, s: hard(s, b),
    M.SOFT_LIGHT: soft,
    M.HARD_LIGHT: hard,
    M.VIVID_LIGHT: lambda b, s: np.where(s <= 0.5, burn(b, 2 * s), dodge(b, 2 * s - 1)),
    M.LINEAR_LIGHT: lambda b, s: np.clip(b + 2 * s - 1, 0, 1),
    M.PIN_LIGHT: lambda b, s: np.where(s <= 0.5, np.minimum(b, 2 * s), np.maximum(b, 2 * s - 1)),
    M.DIFFERENCE: lambda b, s: np.abs(b - s),
    M.EXCLUSION: lambda b, s: b + s - 2 * b * s,
    M.SUBTRACT: lambda b, s: np.maximum(0, b - s),
    M.DIVIDE: divide,
    M.HUE: lambda b, s: set_lum(set_sat(s, sat(b)), lum(b)),
    M.SATURATION: lambda b, s: set_lum(set_sat(b, sat(s)), lum(b)),
    M.COLOUR: lambda b, s: set_lum(s, lum(b)),
    M.LUMINOSITY: lambda b, s: set_lum(b, lum(s)),
}


def expected(dst, src, mode, opacity, atop):
    """The composited pixels, premultiplied, as real numbers of 0..255."""
    d, s = dst.reshape(-1, 4) / 255.0, src.reshape(-1, 4) / 255.0
    da, sa = d[:, 3:], s[:, 3:] * opacity
    if mode is M.ADD:
        out = np.minimum(da if atop else 1, d + s * opacity * (da if atop else 1))
        return (out * 255).reshape(dst.shape)
    with np.errstate(all="ignore"):
        cb = np.where(da > 0, d[:, :3] / da, 0)
        cs = np.where(s[:, 3:] > 0, s[:, :3] / s[:, 3:], 0)
    colour = sa * da * FORMULA[mode](cb, cs) + (1 - sa) * da * cb
    alpha = da
    if not atop:
        colour = colour + sa * (1 - da) * cs
        alpha = sa + da - sa * da
    return (np.hstack([colour, alpha]) * 255).reshape(dst.shape)


def pixels(seed: int, shape=(64, 48)):
    """Noise with every kind of corner: opaque, empty, saturated, grey, black."""
    rng = np.random.default_rng(seed)
    alpha = rng.integers(0, 256, (*shape, 1))
    alpha[: shape[0] // 4] = 255
    alpha[shape[0] // 4 : shape[0] // 3] = 0
    colour = rng.integers(0, 256, (*shape, 3))
    colour[:, ::7] = rng.choice([0, 127, 128, 255], (shape[0], len(range(0, shape[1], 7)), 3))
    colour[:, ::5] = colour[:, ::5, :1]
    premultiplied = (colour * alpha + 127) // 255
    return np.concatenate([premultiplied, alpha], axis=2).astype(np.uint8)


@pytest.mark.parametrize("atop", [False, True], ids=["over", "atop"])
@pytest.mark.parametrize("opacity", [1.0, 0.6, 0.07])
@pytest.mark.parametrize("mode", BlendMode)
def test_a_mode_follows_its_formula(mode, opacity, atop, backend):
    dst, src = pixels(1), pixels(2)
    result = dst.copy()
    blend_onto(result, src, mode, opacity, atop=atop)
    assert np.abs(result - expected(dst, src, mode, opacity, atop)).max() <= 2


@given(
    mode=st.sampled_from(BlendMode),
    opacity=st.floats(0, 1),
    atop=st.booleans(),
    values=st.lists(st.integers(0, 255), min_size=8, max_size=8),
)
@settings(max_examples=300, deadline=None)
def test_results_are_valid_premultiplied_pixels(kernels, mode, opacity, atop, values):
    pair = np.array(values, np.uint8).reshape(2, 1, 1, 4)
    pair[..., :3] = np.minimum(pair[..., :3], pair[..., 3:])
    dst, src = pair[0].copy(), pair[1].copy()
    alpha = int(dst[0, 0, 3])
    blend_onto(dst, src, mode, opacity, atop=atop)
    b, g, r, a = (int(v) for v in dst[0, 0])
    assert max(b, g, r) <= a
    assert a == alpha if atop else a >= alpha


@pytest.mark.parametrize("mode", BlendMode)
def test_a_transparent_source_changes_nothing(mode, backend):
    dst = pixels(3)
    for src, opacity in ((np.zeros_like(dst), 1.0), (pixels(4), 0.0)):
        result = dst.copy()
        blend_onto(result, src, mode, opacity)
        assert np.array_equal(result, dst)


@pytest.mark.parametrize("mode", BlendMode)
def test_only_the_area_changes(mode, backend):
    dst, src, area = pixels(5), pixels(6), Rect(7, 11, 20, 30)
    whole, part = dst.copy(), dst.copy()
    blend_onto(whole, src, mode, 0.8)
    blend_onto(part, src, mode, 0.8, area)
    inside = np.zeros(dst.shape[:2], bool)
    inside[11:41, 7:27] = True
    assert np.array_equal(part[inside], whole[inside])
    assert np.array_equal(part[~inside], dst[~inside])


@pytest.mark.parametrize("mode", set(BlendMode) - {M.NORMAL})
@pytest.mark.parametrize("atop", [False, True])
def test_numpy_gives_the_same_bits_as_the_kernels(mode, atop, kernels):
    dst, src = pixels(7), pixels(8)
    result = dst.copy()
    blend_onto(result, src, mode, 0.43, atop=atop)
    assert np.array_equal(result, blend.blended(dst, src, mode, 0.43, atop))


def test_normal_mode_gives_the_same_bits_before_and_after_the_kernels_are_ready(kernels):
    for opacity in np.arange(256) / 255:
        dst, src = pixels(9), pixels(10)
        plain = dst.copy()
        blend.use_kernel(M.NORMAL, None)
        blend_onto(plain, src, M.NORMAL, float(opacity))
        blend.use_kernel(M.NORMAL, kernels[M.NORMAL])
        blend_onto(dst, src, M.NORMAL, float(opacity))
        assert np.array_equal(plain, dst), opacity


def test_every_mode_is_compiled(kernels):
    assert set(kernels) == set(BlendMode) == blend.compiled_modes()


def test_blocks_that_do_not_fit_are_refused(backend):
    block = np.zeros((8, 8, 4), np.uint8)
    with pytest.raises(ValueError, match="shape"):
        blend_onto(block, np.zeros((8, 9, 4), np.uint8))
    with pytest.raises(ValueError, match="contiguous"):
        blend_onto(np.zeros((8, 16, 4), np.uint8)[:, ::2], block)
    with pytest.raises(ValueError, match="outside"):
        blend_onto(block, block.copy(), area=Rect(4, 4, 5, 4))
    frozen = block.copy()
    frozen.flags.writeable = False
    with pytest.raises(ValueError, match="writable"):
        blend_onto(frozen, block)


def test_starting_up_loads_neither_numba_nor_opencv():
    code = (
        "import sys, app.core.projection; "
        "print([m for m in ('numba', 'cv2', 'scipy', 'PySide6.QtWidgets') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
