# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters along the flow of a picture: coherent lines and streaks.  Imports numba, numpy and cv2.

Sources: Kang, Lee and Chui 2007 for the flow-based difference of Gaussians, Cabral and Leedom 1993
for line integral convolution.
"""

from __future__ import annotations

import cv2
import numpy as np
from numba import njit

from train.data.heads.convention import Floats
from train.data.heads.materials import blur


@njit(cache=True, fastmath=True)
def _bilinear(a, y, x):  # type: ignore[no-untyped-def]
    height, width = a.shape
    y = min(max(y, 0.0), height - 1.001)
    x = min(max(x, 0.0), width - 1.001)
    i = int(y)
    j = int(x)
    fy = y - i
    fx = x - j
    upper = a[i, j] * (1 - fx) + a[i, j + 1] * fx
    lower = a[i + 1, j] * (1 - fx) + a[i + 1, j + 1] * fx
    return upper * (1 - fy) + lower * fy


@njit(cache=True, fastmath=True)
def _difference_across(image, flow, narrow, wide, out):  # type: ignore[no-untyped-def]
    """Narrow minus wide Gaussian across the flow."""
    radius = (len(narrow) - 1) // 2
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            across_x = -flow[y, x, 1]
            across_y = flow[y, x, 0]
            total = 0.0
            for k in range(-radius, radius + 1):
                value = _bilinear(image, y + k * across_y, x + k * across_x)
                total += (narrow[k + radius] - wide[k + radius]) * value
            out[y, x] = total


@njit(cache=True, fastmath=True)
def _along(image, flow, kernel, mask, out):  # type: ignore[no-untyped-def]
    height, width = image.shape
    for y in range(height):
        for x in range(width):
            if not mask[y, x]:
                out[y, x] = image[y, x]
                continue
            total = image[y, x] * kernel[0]
            weight = kernel[0]
            for sign in (-1, 1):
                fy = y + 0.5
                fx = x + 0.5
                px = flow[y, x, 0] * sign
                py = flow[y, x, 1] * sign
                for k in range(1, len(kernel)):
                    fx += px
                    fy += py
                    i = int(fy)
                    j = int(fx)
                    if fy < 0 or fx < 0 or i >= height or j >= width:
                        break
                    total += kernel[k] * image[i, j]
                    weight += kernel[k]
                    qx = flow[i, j, 0]
                    qy = flow[i, j, 1]
                    if qx * px + qy * py < 0:  # the flow has no sign
                        qx = -qx
                        qy = -qy
                    px = qx
                    py = qy
            out[y, x] = total / weight


def smooth_along(image: Floats, flow: Floats, sigma: float, mask: np.ndarray) -> Floats:
    """Gaussian along the streamlines; where the image is noise, streaks.

    Args:
        image: (h, w); flow: (h, w, 2) float32 unit vectors (right, down), sign without meaning;
            mask: (h, w) bool, pixels outside of it stay as they are.
    """
    radius = int(np.ceil(2 * sigma))
    kernel = np.exp(-(np.arange(radius + 1) ** 2) / (2 * sigma * sigma)).astype(np.float32)
    source = np.ascontiguousarray(image, np.float32)
    out = np.empty_like(source)
    _along(source, flow, kernel, mask, out)
    return out


def edge_flow(image: Floats, sigma: float) -> Floats:
    """Unit vectors along the edges of (h, w), from the smoothed structure tensor: (h, w, 2)."""
    smooth = blur(image, 1.0)
    down, right = np.gradient(smooth, axis=0), np.gradient(smooth, axis=1)
    difference = blur(right * right, sigma) - blur(down * down, sigma)
    return _from_double(2 * blur(right * down, sigma), difference, np.pi / 2)


def smooth_flow(flow: Floats, weight: Floats, sigma: float) -> Floats:
    """A field (h, w, 2) of directions without sign, smoothed and brought to length 1."""
    x, y = flow[..., 0], flow[..., 1]
    strength = weight / np.maximum(np.hypot(x, y), 1e-6)
    # A direction without a sign is smoothed as a doubled angle.
    return _from_double(
        blur(2 * x * y * strength, sigma), blur((x * x - y * y) * strength, sigma), 0.0
    )


def constant_flow(shape: tuple[int, int], angle: float) -> Floats:
    """One direction everywhere; angle in radians from the right, upwards."""
    flow = np.empty((*shape, 2), np.float32)
    flow[...] = np.cos(angle), -np.sin(angle)
    return flow


def _from_double(sine: Floats, cosine: Floats, turn: float) -> Floats:
    angle = 0.5 * np.arctan2(sine, cosine) + turn
    return np.stack([np.cos(angle), np.sin(angle)], -1).astype(np.float32)


def flow_lines(guide: Floats, unit: float) -> Floats:
    """Dark lines of a tone picture (h, w): ink 0..1, of about 2 `unit` pixels' width."""
    flow = edge_flow(guide, 2.0 * unit)
    sigma = 1.5 * unit
    radius = int(np.ceil(2.5 * 1.6 * sigma))
    places = np.arange(-radius, radius + 1)
    narrow, wide = (np.exp(-(places**2) / (2 * s * s)) for s in (sigma, 1.6 * sigma))
    smooth = blur(guide, 0.6 * unit)
    response = np.empty_like(smooth)
    _difference_across(smooth, flow, narrow / narrow.sum(), wide / wide.sum(), response)
    strong = cv2.dilate(np.abs(response), np.ones((5, 5), np.uint8)) > 0.003
    along = smooth_along(response, flow, 6 * unit, strong)
    ink: Floats = np.tanh(70 * np.clip(-0.006 - along, 0, None))
    return ink
