# SPDX-License-Identifier: GPL-3.0-or-later
"""The blend modes compiled by numba. Imports core.blend, blend_modes, blend_formulas.

Importing this module imports numba (a third of a second), so only the warm-up does, off the
UI thread. Every kernel releases the GIL and is kept in numba's cache.

A pixel is one 32-bit word that is taken apart by shifts, which LLVM turns into eight lanes of
single precision; whole numbers up to 255 * 255 are exact there. The result is rounded once.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import overload, register_jitable

from app.core import blend_formulas as formulas
from app.core.blend import Kernel, compiled_modes, use_kernel
from app.core.blend_modes import BlendMode

_SIGNATURE = types.void(
    types.Array(types.uint8, 3, "C"),
    types.Array(types.uint8, 3, "C", readonly=True),
    *[types.int64] * 4,
    types.float32,
    types.boolean,
)
_F, _U, _I = np.float32, np.uint32, np.int32
_BYTE, _PAIRS, _ROUND, _UPPER = _U(0xFF), _U(0x00FF00FF), _U(0x00800080), _U(0xFF00FF00)
_S8, _S16, _S24, _FULL_BYTE = _U(8), _U(16), _U(24), _U(255)
_ZERO, _ONE, _FULL, _HALF, _INVERSE = _F(0), _F(1), _F(255), _F(0.5), _F(1 / 255)


def compile_kernels() -> None:
    """Compile or load all kernels; `blend.blend_onto` uses each from the moment it is ready.

    The most used modes come first. Takes half a second from numba's cache, else some 20 s, so
    call it off the UI thread.
    """
    functions = {BlendMode.NORMAL: _normal, BlendMode.ADD: _add}
    for mode, mix in formulas.SEPARABLE.items():
        functions.setdefault(mode, _separable(mix, _VERSION))
    for mode, mix3 in formulas.NON_SEPARABLE.items():
        functions[mode] = _non_separable(mix3, _VERSION)
    for mode, function in functions.items():
        if mode not in compiled_modes():
            use_kernel(mode, _compiled(function))


def _compiled(function: Callable[..., None]) -> Kernel:
    kernel: Any = njit(nogil=True, cache=True, error_model="numpy")(function)
    kernel.compile(_SIGNATURE)
    kernel.disable_compile()  # writable sources fit the read-only signature; no second version
    return kernel


# The formulae stay plain functions for numpy; this lets compiled code call them too. LLVM leaves
# the long ones as calls, which keeps the loop from vectorising, unless they are inlined here.
_SHORT: tuple[Any, ...] = tuple(formulas.SEPARABLE.values())
_LONG: tuple[Any, ...] = (*formulas.NON_SEPARABLE.values(), *formulas.HELPERS)
for _function in _SHORT:
    register_jitable(error_model="numpy")(_function)
for _function in _LONG:
    register_jitable(error_model="numpy", inline="always")(_function)

# numba's cache notices changes of this file only. Kernels close over this checksum of the
# formulae, and what a kernel closes over is part of its key in the cache.
_VERSION = zlib.crc32(
    b"".join(f.__code__.co_code + repr(f.__code__.co_consts).encode() for f in _SHORT + _LONG)
)


@overload(formulas.where)
def _where(condition: Any, yes: Any, no: Any) -> Any:
    def choose(condition: Any, yes: Any, no: Any) -> Any:
        return yes if condition else no

    return choose


@overload(formulas.lesser)
def _lesser(a: Any, b: Any) -> Any:
    def choose(a: Any, b: Any) -> Any:
        return a if a < b else b

    return choose


@overload(formulas.greater)
def _greater(a: Any, b: Any) -> Any:
    def choose(a: Any, b: Any) -> Any:
        return a if a > b else b

    return choose


@register_jitable(error_model="numpy")
def _rounded(value: Any) -> Any:
    """value / 255 to the nearest whole number."""
    return _I(value * _INVERSE + _HALF)


@register_jitable(error_model="numpy")
def _scaled(word: Any, factor: Any) -> Any:
    """All four bytes of the pixel times factor / 255, rounded as Qt rounds."""
    even = _U((word & _PAIRS) * factor)
    odd = _U(((word >> _S8) & _PAIRS) * factor)
    even = _U(even + ((even >> _S8) & _PAIRS) + _ROUND)
    odd = _U(odd + ((odd >> _S8) & _PAIRS) + _ROUND)
    return _U(((even >> _S8) & _PAIRS) | (odd & _UPPER))


@register_jitable(error_model="numpy")
def _packed(b: Any, g: Any, r: Any, a: Any) -> Any:
    return _U(b) | (_U(g) << _S8) | (_U(r) << _S16) | (_U(a) << _S24)


def _normal(
    dst: Any, src: Any, left: int, top: int, right: int, bottom: int, opacity: float, atop: bool
) -> None:
    width = dst.shape[1]
    words, sources = dst.reshape(dst.size).view(np.uint32), src.reshape(src.size).view(np.uint32)
    factor = _U(opacity * _FULL + _HALF)
    for y in range(top, bottom):
        start, end = y * width + left, y * width + right
        d, s = words[start:end], sources[start:end]
        if atop:
            for i in range(d.size):
                p, q = _scaled(s[i], factor), d[i]
                cover, keep = q >> _S24, _FULL_BYTE - (p >> _S24)
                even = _U((p & _PAIRS) * cover + (q & _PAIRS) * keep)
                odd = _U(((p >> _S8) & _PAIRS) * cover + ((q >> _S8) & _PAIRS) * keep)
                even = _U(even + ((even >> _S8) & _PAIRS) + _ROUND)
                odd = _U(odd + ((odd >> _S8) & _PAIRS) + _ROUND)
                d[i] = ((even >> _S8) & _PAIRS) | (odd & _UPPER)
        elif factor == _FULL_BYTE:
            for i in range(d.size):
                p = s[i]
                d[i] = _U(p + _scaled(d[i], _FULL_BYTE - (p >> _S24)))
        else:
            for i in range(d.size):
                p = _scaled(s[i], factor)
                d[i] = _U(p + _scaled(d[i], _FULL_BYTE - (p >> _S24)))


def _add(
    dst: Any, src: Any, left: int, top: int, right: int, bottom: int, opacity: float, atop: bool
) -> None:
    width = dst.shape[1]
    words, sources = dst.reshape(dst.size).view(np.uint32), src.reshape(src.size).view(np.uint32)
    factor = _U(opacity * _FULL + _HALF)
    for y in range(top, bottom):
        start, end = y * width + left, y * width + right
        d, s = words[start:end], sources[start:end]
        for i in range(d.size):
            p, q = _scaled(s[i], factor), d[i]
            cover = _FULL_BYTE
            if atop:
                cover = q >> _S24
                p = _scaled(p, cover)
            b = min(cover, (p & _BYTE) + (q & _BYTE))
            g = min(cover, ((p >> _S8) & _BYTE) + ((q >> _S8) & _BYTE))
            r = min(cover, ((p >> _S16) & _BYTE) + ((q >> _S16) & _BYTE))
            a = min(cover, (p >> _S24) + (q >> _S24))
            d[i] = _packed(b, g, r, a)


def _separable(mix: Callable[..., Any], version: int) -> Callable[..., None]:
    def kernel(
        dst: Any, src: Any, left: int, top: int, right: int, bottom: int, opacity: float, atop: bool
    ) -> None:
        _ = version
        width = dst.shape[1]
        words = dst.reshape(dst.size).view(np.uint32)
        sources = src.reshape(src.size).view(np.uint32)
        outside = _ZERO if atop else _ONE
        for y in range(top, bottom):
            start, end = y * width + left, y * width + right
            d, s = words[start:end], sources[start:end]
            for i in range(d.size):
                p, q = s[i], d[i]
                sa, da = _F(_I(p >> _S24)) * opacity, _F(_I(q >> _S24))
                area, keep, alone = sa * da, _FULL - sa, (_FULL - da) * outside
                a = _rounded(area + sa * alone + da * keep)
                sc, dc = _F(_I(p & _BYTE)) * opacity, _F(_I(q & _BYTE))
                b = _rounded(mix(sc, dc, sa, da, area) + sc * alone + dc * keep)
                sc, dc = _F(_I((p >> _S8) & _BYTE)) * opacity, _F(_I((q >> _S8) & _BYTE))
                g = _rounded(mix(sc, dc, sa, da, area) + sc * alone + dc * keep)
                sc, dc = _F(_I((p >> _S16) & _BYTE)) * opacity, _F(_I((q >> _S16) & _BYTE))
                r = _rounded(mix(sc, dc, sa, da, area) + sc * alone + dc * keep)
                d[i] = _packed(min(b, a), min(g, a), min(r, a), a)

    return kernel


def _non_separable(mix: Callable[..., Any], version: int) -> Callable[..., None]:
    def kernel(
        dst: Any, src: Any, left: int, top: int, right: int, bottom: int, opacity: float, atop: bool
    ) -> None:
        _ = version
        width = dst.shape[1]
        words = dst.reshape(dst.size).view(np.uint32)
        sources = src.reshape(src.size).view(np.uint32)
        outside = _ZERO if atop else _ONE
        for y in range(top, bottom):
            start, end = y * width + left, y * width + right
            d, s = words[start:end], sources[start:end]
            for i in range(d.size):
                p, q = s[i], d[i]
                sa, da = _F(_I(p >> _S24)) * opacity, _F(_I(q >> _S24))
                area, keep, alone = sa * da, _FULL - sa, (_FULL - da) * outside
                a = _rounded(area + sa * alone + da * keep)
                sb, db = _F(_I(p & _BYTE)) * opacity, _F(_I(q & _BYTE))
                sg, dg = _F(_I((p >> _S8) & _BYTE)) * opacity, _F(_I((q >> _S8) & _BYTE))
                sr, dr = _F(_I((p >> _S16) & _BYTE)) * opacity, _F(_I((q >> _S16) & _BYTE))
                mb, mg, mr = mix((sb * da, sg * da, sr * da), (db * sa, dg * sa, dr * sa), area)
                b = _rounded(mb + sb * alone + db * keep)
                g = _rounded(mg + sg * alone + dg * keep)
                r = _rounded(mr + sr * alone + dr * keep)
                d[i] = _packed(min(b, a), min(g, a), min(r, a), a)

    return kernel
