# SPDX-License-Identifier: GPL-3.0-or-later
"""Thin ctypes binding of the C library libpotrace (P. Selinger, Potrace 1.8 to 1.16).

The structures follow potracelib.h. Nothing here knows about canvases or cancelling: see `potrace`.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import functools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_NAMES = {
    "win32": ("potrace.dll", "libpotrace.dll", "libpotrace-0.dll"),
    "darwin": ("libpotrace.0.dylib", "libpotrace.dylib"),
}
_CORNER = 2

Curve = NDArray[np.float64]
"""One closed outline, float64 (3n+1, 2): p0 c c p1 c c p2 … p0, pixels, y down."""

_CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_double, ctypes.c_void_p)


class _Progress(ctypes.Structure):
    _fields_ = (
        ("callback", _CALLBACK),
        ("data", ctypes.c_void_p),
        ("min", ctypes.c_double),
        ("max", ctypes.c_double),
        ("epsilon", ctypes.c_double),
    )


class _Param(ctypes.Structure):
    _fields_ = (
        ("turdsize", ctypes.c_int),
        ("turnpolicy", ctypes.c_int),
        ("alphamax", ctypes.c_double),
        ("opticurve", ctypes.c_int),
        ("opttolerance", ctypes.c_double),
        ("progress", _Progress),
    )


class _Bitmap(ctypes.Structure):
    _fields_ = (
        ("w", ctypes.c_int),
        ("h", ctypes.c_int),
        ("dy", ctypes.c_int),
        ("map", ctypes.c_void_p),
    )


class _Curve(ctypes.Structure):
    _fields_ = (
        ("n", ctypes.c_int),
        ("tag", ctypes.c_void_p),
        ("c", ctypes.c_void_p),
    )


class _Path(ctypes.Structure):
    pass


_Path._fields_ = (
    ("area", ctypes.c_int),
    ("sign", ctypes.c_int),
    ("curve", _Curve),
    ("next", ctypes.POINTER(_Path)),
    ("childlist", ctypes.POINTER(_Path)),
    ("sibling", ctypes.POINTER(_Path)),
    ("priv", ctypes.c_void_p),
)


class _State(ctypes.Structure):
    _fields_ = (
        ("status", ctypes.c_int),
        ("plist", ctypes.POINTER(_Path)),
        ("priv", ctypes.c_void_p),
    )


@functools.cache
def load() -> ctypes.CDLL | None:
    """The library, or None where it is not installed."""
    names = list(_NAMES.get(sys.platform, ("libpotrace.so.0",)))
    bundled = getattr(sys, "_MEIPASS", None)  # a frozen app carries its own copy
    if bundled:
        names = [str(Path(bundled, name)) for name in names] + names
    found = ctypes.util.find_library("potrace")
    for name in [*names, *([found] if found else [])]:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        library.potrace_version.restype = ctypes.c_char_p
        library.potrace_param_default.restype = ctypes.POINTER(_Param)
        library.potrace_param_free.argtypes = [ctypes.POINTER(_Param)]
        library.potrace_trace.restype = ctypes.POINTER(_State)
        library.potrace_trace.argtypes = [ctypes.POINTER(_Param), ctypes.POINTER(_Bitmap)]
        library.potrace_state_free.argtypes = [ctypes.POINTER(_State)]
        return library
    return None


def version(library: ctypes.CDLL) -> str:
    """The library's own name and version, such as 'potracelib 1.16'."""
    return str(library.potrace_version().decode("ascii", "replace"))


def trace(
    library: ctypes.CDLL,
    mask: NDArray[np.uint8],
    turdsize: int,
    alphamax: float,
    opttolerance: float,
    progress: Callable[[float], None],
) -> list[list[Curve]]:
    """Outline a black-and-white picture; the global interpreter lock is released meanwhile.

    Args:
        library: from `load`.
        mask: uint8 (h, w), non-zero = black; h, w >= 1.
        turdsize: marks and holes of at most this many pixels are left out.
        alphamax: corner threshold, 0 = polygon .. 4/3 = no corners.
        opttolerance: how far curves may be joined into one, pixels; 0 joins none.
        progress: called with 0..1 from the tracing thread; must not raise.

    Returns:
        For each black shape its outer curve and then its holes.

    Raises:
        MemoryError: the library ran out of memory.
    """
    height, width = mask.shape
    words = _packed(mask)
    bitmap = _Bitmap(width, height, words.shape[1], words.ctypes.data)
    callback = _CALLBACK(lambda fraction, _: progress(float(fraction)))
    param = library.potrace_param_default()
    if not param:
        raise MemoryError("libpotrace had too little memory")
    try:
        settings = param.contents
        settings.turdsize = turdsize
        settings.alphamax = alphamax
        settings.opticurve = int(opttolerance > 0)
        settings.opttolerance = opttolerance
        settings.progress = _Progress(callback, None, 0.0, 1.0, 0.01)
        state = library.potrace_trace(param, ctypes.byref(bitmap))
    finally:
        library.potrace_param_free(param)
    if not state:
        raise MemoryError("libpotrace had too little memory")
    try:
        if state.contents.status != 0:
            raise MemoryError("libpotrace could not finish the tracing")
        return list(_shapes(state.contents.plist, height))
    finally:
        library.potrace_state_free(state)


def _packed(mask: NDArray[np.uint8]) -> NDArray[np.generic]:
    """Rows bottom first, each of whole machine words, leftmost pixel in the highest bit."""
    size = ctypes.sizeof(ctypes.c_ulong)
    width = mask.shape[1]
    padded = np.pad(mask[::-1] != 0, ((0, 0), (0, -width % (8 * size))))
    rows = np.packbits(padded, axis=1, bitorder="big")
    return np.ascontiguousarray(rows.view(f">u{size}").astype(f"=u{size}"))


def _shapes(first: ctypes._Pointer[_Path], height: int) -> Iterator[list[Curve]]:
    """Walk the tree of paths: outlines, their holes, and the islands inside those."""
    waiting = [first]
    while waiting:
        outer = waiting.pop()
        while outer:
            holes = []
            hole = outer.contents.childlist
            while hole:
                holes.append(_points(hole.contents.curve, height))
                waiting.append(hole.contents.childlist)
                hole = hole.contents.sibling
            yield [_points(outer.contents.curve, height), *holes]
            outer = outer.contents.sibling


def _points(curve: _Curve, height: int) -> Curve:
    """A path's Béziers as one chain, turned from y up to y down."""
    # Copied as bytes: numpy's own view of a pointer makes a new type for every length.
    tags = np.frombuffer(ctypes.string_at(curve.tag, 4 * curve.n), np.int32)
    c = np.frombuffer(ctypes.string_at(curve.c, 48 * curve.n)).reshape(-1, 3, 2).copy()
    c[..., 1] = height - c[..., 1]
    return chain(c, tags == _CORNER)


def chain(c: NDArray[np.float64], corner: NDArray[np.bool_]) -> Curve:
    """Potrace's segments as one closed Bézier chain.

    Args:
        c: float64 (n, 3, 2): two handles and the end of a curve; or, for a corner, a value that
            is not used, the corner's tip and the end.
        corner: bool (n,).
    """
    ends = c[:, 2]
    starts = np.concatenate([ends[-1:], ends[:-1]])
    tips = c[:, 1]
    # Room for two Béziers each; a corner fills both, a curve only the first.
    pieces = np.empty((len(c), 6, 2))
    pieces[:, :3] = c
    pieces[corner, 0] = (starts + (tips - starts) / 3)[corner]
    pieces[corner, 1] = (starts + (tips - starts) * 2 / 3)[corner]
    pieces[corner, 2] = tips[corner]
    pieces[:, 3] = tips + (ends - tips) / 3
    pieces[:, 4] = tips + (ends - tips) * 2 / 3
    pieces[:, 5] = ends
    used = np.ones((len(c), 6), bool)
    used[:, 3:] = corner[:, None]
    return np.vstack([starts[:1], pieces[used]])
