# SPDX-License-Identifier: GPL-3.0-or-later
"""Between the program's premultiplied pixels and the straight alpha that files hold.

Imports app.core and QtGui's QImage, whose vectorised conversions are the fastest at hand.
"""

from __future__ import annotations

import sys

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from app.core.tiles import Pixels

_PREMULTIPLIED = QImage.Format.Format_ARGB32_Premultiplied
_RGBA = QImage.Format.Format_RGBA8888

if sys.byteorder != "little":
    raise ImportError("Limner's BGRA tiles need a little-endian machine")


def to_straight(bgra: Pixels) -> Pixels:
    """Premultiplied BGRA (h, w, 4) as straight RGBA (h, w, 4); new arrays.

    `to_premultiplied` brings every pixel back exactly: c -> round(255c/a) -> round(sa/255) moves
    the first rounding error, at most 1/2, by a factor a/255 < 1. Colour above its alpha, which
    no premultiplied pixel has, is lowered to it first, since it would wrap around.
    """
    pixels = np.ascontiguousarray(bgra)
    # One multiplication copies alpha into all four bytes of a pixel.
    ceiling = (pixels.view(np.uint32) >> np.uint32(24)) * np.uint32(0x01010101)
    return _convert(np.minimum(pixels, ceiling.view(np.uint8)), _PREMULTIPLIED, _RGBA)


def to_premultiplied(rgba: Pixels) -> Pixels:
    """Straight RGBA (h, w, 4) as premultiplied BGRA (h, w, 4); new arrays."""
    return _convert(np.ascontiguousarray(rgba), _RGBA, _PREMULTIPLIED)


def image_from(bgra: Pixels) -> QImage:
    """A premultiplied QImage with a copy of the pixels (h, w, 4)."""
    return _wrapped(np.ascontiguousarray(bgra), _PREMULTIPLIED).copy()


def pixels_of(image: QImage) -> Pixels:
    """A QImage of any format as premultiplied BGRA (h, w, 4); a new array."""
    return _array(image.convertToFormat(_PREMULTIPLIED))


def thumbnail(pixels: Pixels, side: int = 256) -> Pixels:
    """A premultiplied BGRA picture shrunk to fit side × side, never enlarged."""
    height, width = pixels.shape[:2]
    if max(height, width) <= side:
        return pixels
    scale = side / max(height, width)
    pixels = np.ascontiguousarray(pixels)
    return pixels_of(
        _wrapped(pixels, _PREMULTIPLIED).scaled(
            max(1, round(width * scale)),
            max(1, round(height * scale)),
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
    )


def _convert(pixels: Pixels, source: QImage.Format, target: QImage.Format) -> Pixels:
    height, width = pixels.shape[:2]
    if not pixels.size:
        return np.zeros((height, width, 4), np.uint8)
    return _array(_wrapped(pixels, source).convertToFormat(target))


def _wrapped(pixels: Pixels, layout: QImage.Format) -> QImage:
    """An image on the array's own memory, so it must not outlive the array."""
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, width * 4, layout)


def _array(image: QImage) -> Pixels:
    if image.isNull():
        raise MemoryError("no memory to convert the picture")
    # The buffer belongs to `image`, so it must be copied before that goes away.
    flat = np.frombuffer(image.constBits(), np.uint8)
    return flat.reshape(image.height(), image.width(), 4).copy()
