# SPDX-License-Identifier: GPL-3.0-or-later
"""Blending one block of pixels onto another. Imports core.blend_modes, blend_formulas, geometry.

The formulae are those of W3C "Compositing and Blending Level 1": with premultiplied colour s, d
and alpha sa, da in 0..1

    result = sa da B(cb, cs) + s (1 - da) + d (1 - sa)        alpha = sa + da - sa da

and with `atop` (a layer clipped to what lies below it, which keeps its alpha)

    result = sa da B(cb, cs) + d (1 - sa)                     alpha = da

where B is the mode's function in `blend_formulas`. ADD is the plain sum, clamped ("plus").

Compiled kernels do the work once `blend_kernels.compile_kernels` has run in the background.
Until then, and where numba is missing, QPainter blends in the modes that it knows and numpy in
the others; results differ from the kernels' by no more than 2 of 255.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtGui import QImage, QPainter

from app.core import blend_formulas as formulas
from app.core.blend_modes import BlendMode
from app.core.geometry import Rect
from app.core.tiles import Pixels

Kernel = Callable[[Pixels, Pixels, int, int, int, int, float, bool], None]
"""(dst, src, left, top, right, bottom, opacity 0..1, atop): blends that part of src onto dst."""

_kernels: dict[BlendMode, Kernel] = {}

_Qt = QPainter.CompositionMode
# Not here: dodge, soft light and exclusion, where Qt strays from the W3C text by more than 2.
_QT_MODES = {
    BlendMode.NORMAL: _Qt.CompositionMode_SourceOver,
    BlendMode.MULTIPLY: _Qt.CompositionMode_Multiply,
    BlendMode.DARKEN: _Qt.CompositionMode_Darken,
    BlendMode.COLOUR_BURN: _Qt.CompositionMode_ColorBurn,
    BlendMode.SCREEN: _Qt.CompositionMode_Screen,
    BlendMode.LIGHTEN: _Qt.CompositionMode_Lighten,
    BlendMode.OVERLAY: _Qt.CompositionMode_Overlay,
    BlendMode.HARD_LIGHT: _Qt.CompositionMode_HardLight,
    BlendMode.DIFFERENCE: _Qt.CompositionMode_Difference,
}


def use_kernel(mode: BlendMode, kernel: Kernel | None) -> None:
    """Blend `mode` with this compiled kernel from now on; None goes back to doing without."""
    if kernel is None:
        _kernels.pop(mode, None)
    else:
        _kernels[mode] = kernel


def compiled_modes() -> set[BlendMode]:
    """The modes that have a compiled kernel: they run without the GIL, so threads help."""
    return set(_kernels)


def blend_onto(
    dst: Pixels,
    src: Pixels,
    mode: BlendMode = BlendMode.NORMAL,
    opacity: float = 1.0,
    area: Rect | None = None,
    atop: bool = False,
) -> None:
    """Blend `src` onto `dst`, in place.

    Args:
        dst: premultiplied BGRA uint8 (h, w, 4), C-contiguous, writable.
        src: the same shape, C-contiguous; may be read-only.
        mode: how colours mix.
        opacity: 0..1, scales the source's colour and alpha.
        area: limits the work to this rectangle of both arrays; None = all.
        atop: keep the alpha of `dst`, so that `src` shows only where `dst` has paint.

    Raises:
        ValueError: the arrays are not such blocks, or `area` reaches outside them.
    """
    if dst.shape != src.shape or dst.ndim != 3 or dst.shape[2] != 4:
        raise ValueError(f"cannot blend pixels of shape {src.shape} onto {dst.shape}")
    if not (dst.flags.c_contiguous and src.flags.c_contiguous and dst.flags.writeable):
        raise ValueError("blending needs C-contiguous arrays, the destination writable")
    height, width = dst.shape[:2]
    if area is None:
        area = Rect(0, 0, width, height)
    elif area.x < 0 or area.y < 0 or area.right > width or area.bottom > height:
        raise ValueError(f"{area} reaches outside {width} x {height} pixels")
    if area.empty:
        return
    kernel = _kernels.get(mode)
    if kernel is not None:
        kernel(dst, src, area.x, area.y, area.right, area.bottom, opacity, atop)
    elif mode in _QT_MODES and not atop:
        _blend_with_qt(dst, src, mode, opacity, area)
    else:
        window = (slice(area.y, area.bottom), slice(area.x, area.right))
        dst[window] = blended(dst[window], src[window], mode, opacity, atop)


def _blend_with_qt(dst: Pixels, src: Pixels, mode: BlendMode, opacity: float, area: Rect) -> None:
    target = _image(dst)
    painter = QPainter(target)
    painter.setCompositionMode(_QT_MODES[mode])
    # Qt rounds opacity to n / 256 and uses (n * 255) >> 8 of 255: ask for one step more.
    step = int(opacity * 255 + 0.5)
    painter.setOpacity((step + 1) / 256 if step else 0.0)
    painter.drawImage(area.x, area.y, _image(src), area.x, area.y, area.w, area.h)
    painter.end()


def _image(pixels: Pixels) -> QImage:
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, width * 4, QImage.Format.Format_ARGB32_Premultiplied)


def blended(dst: Pixels, src: Pixels, mode: BlendMode, opacity: float, atop: bool) -> Pixels:
    """What `blend_onto` leaves in `dst`, as a new array, computed by numpy.

    Follows the kernels step by step in single precision.
    """
    strength = np.float32(opacity)
    full = np.float32(255)
    s, d = src.astype(np.float32) * strength, dst.astype(np.float32)
    sa, da = s[..., 3:], d[..., 3:]
    if mode is BlendMode.ADD:
        return _sum(src, dst, opacity, atop)
    area = sa * da
    mixed = np.empty_like(d)
    mixed[..., 3:] = area
    if mode in formulas.NON_SEPARABLE:
        below, above = d[..., :3] * sa, s[..., :3] * da
        colour = formulas.NON_SEPARABLE[mode](
            (above[..., 0], above[..., 1], above[..., 2]),
            (below[..., 0], below[..., 1], below[..., 2]),
            area[..., 0],
        )
        mixed[..., :3] = np.stack(colour, axis=-1)
    else:
        mixed[..., :3] = formulas.SEPARABLE[mode](s[..., :3], d[..., :3], sa, da, area)
    alone = full - da if not atop else np.zeros_like(da)
    result = ((mixed + s * alone + d * (full - sa)) * np.float32(1 / 255)) + np.float32(0.5)
    result = result.astype(np.uint8)
    return np.minimum(result, result[..., 3:])


def _sum(src: Pixels, dst: Pixels, opacity: float, atop: bool) -> Pixels:
    s = _scaled(src, np.uint32(opacity * 255 + 0.5))
    if not atop:
        return np.minimum(255, s + dst).astype(np.uint8)
    cover = dst[..., 3:].astype(np.uint32)
    return np.minimum(cover, _scaled(s, cover) + dst).astype(np.uint8)


def _scaled(values: Pixels, factor: np.ndarray | np.uint32) -> np.ndarray:
    """values * factor / 255, exactly rounded."""
    product = values.astype(np.uint32) * factor
    return (product + (product >> 8) + 128) >> 8
