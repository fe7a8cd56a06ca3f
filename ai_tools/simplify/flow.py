# SPDX-License-Identifier: GPL-3.0-or-later
"""Smoothing along the lines of a drawing, never across them. numpy and OpenCV only.

The direction comes from the structure tensor (Bigün & Granlund 1987); the average runs along the
curve that follows it (line integral convolution, Cabral & Leedom 1993), as in coherent line
drawing (Kang, Lee & Chui 2007). Pencil grain evens out, small gaps fill, curves stay.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def reach(width: float, length: float) -> int:
    """Pixels of margin that `smooth_along` needs for an exact result."""
    return int(np.ceil(length + 5 * width + 8))


def smooth_along(
    ink: NDArray[np.float32], width: float, length: float, least: float
) -> NDArray[np.float32]:
    """Average ink along the lines.

    Args:
        ink: float32 (h, w), 0..1.
        width: typical line width, pixels.
        length: how far to average to either side, pixels; under 1 only the finest noise goes.
        least: 0..1; places more than a line's width away from any ink darker than this are left
            alone, which saves most of the time.

    Returns:
        float32 (h, w), 0..1.
    """
    even = cv2.GaussianBlur(ink, (0, 0), max(0.5, 0.12 * width), borderType=cv2.BORDER_REFLECT_101)
    near = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(width) + 1,) * 2)
    rows, columns = np.nonzero(cv2.dilate((even > least).astype(np.uint8), near))
    if length < 1 or not len(rows):
        return even
    way, certain = _direction(even, width)
    # Closer samples than a quarter of a line would add nothing but time.
    stride = min(max(1.0, width / 4), length)
    count = int(length / stride)
    fades = [float(np.exp(-0.5 * (2 * k * stride / length) ** 2)) for k in range(1, count + 1)]
    along = even[rows, columns]
    sure = certain[rows, columns]
    start = _packed(rows, columns)
    total = _walk(even, way, start, stride, fades) + _walk(even, way, start, -stride, fades)
    total = (total.ravel()[: len(rows)] + along) / (1 + 2 * sum(fades))
    # In corners, dots and crossings there is no one direction: leave those as they are.
    result = even.copy()
    result[rows, columns] = total * sure + along * (1 - sure)
    return result


def _packed(rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.float32]:
    """Places as a picture (n, 256, 2) of x, y: `cv2.remap` wants a picture, of any shape."""
    places = np.stack([columns, rows], axis=1).astype(np.float32)
    filled = np.zeros((-(-len(places) // 256) * 256, 2), np.float32)
    filled[: len(places)] = places
    return filled.reshape(-1, 256, 2)


def _direction(
    even: NDArray[np.float32], width: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Unit vector (h, w, 2) x, y along the line at each pixel, and how certain it is, 0..1."""
    border = cv2.BORDER_REFLECT_101
    base = cv2.GaussianBlur(even, (0, 0), max(0.6, 0.45 * width), borderType=border)
    gx = cv2.Scharr(base, cv2.CV_32F, 1, 0, borderType=border)
    gy = cv2.Scharr(base, cv2.CV_32F, 0, 1, borderType=border)
    sigma = max(1.0, width)
    xx = cv2.GaussianBlur(gx * gx, (0, 0), sigma, borderType=border)
    yy = cv2.GaussianBlur(gy * gy, (0, 0), sigma, borderType=border)
    xy = cv2.GaussianBlur(gx * gy, (0, 0), sigma, borderType=border)
    spread = np.sqrt((xx - yy) ** 2 + 4 * xy * xy)
    certain = spread / np.maximum(xx + yy, 1e-6)
    angle = 0.5 * np.arctan2(2 * xy, xx - yy) + np.float32(np.pi / 2)
    return cv2.merge([np.cos(angle), np.sin(angle)]), certain * certain


def _walk(
    even: NDArray[np.float32],
    way: NDArray[np.float32],
    start: NDArray[np.float32],
    stride: float,
    fades: list[float],
) -> NDArray[np.float32]:
    """Weighted sum of samples every `stride` pixels along the line, to one side of each place."""
    place = start.copy()
    step = cv2.remap(way, start, None, cv2.INTER_NEAREST) * np.float32(stride)
    total = np.zeros(start.shape[:2], np.float32)
    border = cv2.BORDER_REFLECT_101
    for k, fade in enumerate(fades):
        place += step
        total += cv2.remap(even, place, None, cv2.INTER_LINEAR, borderMode=border) * fade
        if k + 1 == len(fades):
            break
        onward = cv2.remap(way, place, None, cv2.INTER_NEAREST, borderMode=border)
        # A direction has no sense of forward: keep walking the way we came.
        along = cv2.transform(onward * step, np.ones((1, 2), np.float32))
        sign = np.copysign(np.float32(abs(stride)), along)
        step = onward * cv2.merge([sign, sign])
    return total
