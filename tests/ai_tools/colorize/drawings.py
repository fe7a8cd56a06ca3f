# SPDX-License-Identifier: GPL-3.0-or-later
"""Small line drawings with known areas, hints for them, and stand-ins for the network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from ai_tools.colorize import infer
from ai_tools.colorize.inputs import CHANNELS
from app.jobs import CancelToken

Rgb = tuple[int, int, int]

RED, BLUE, GREEN, SKIN = (200, 40, 40), (40, 60, 190), (40, 150, 60), (250, 214, 180)


def rooms(
    size: int = 120, gap: int = 0, thick: int = 3, paper: Rgb | None = None, ink: Rgb = (0, 0, 0)
) -> np.ndarray:
    """A box with a wall in the middle, and a circle in its right half; premultiplied BGRA.

    The outside, the left room, the right room around the circle, and the circle: four areas.

    Args:
        gap: pixels missing in the middle of the wall.
        paper: colour of opaque paper; None = a clear layer.
    """
    cover = np.zeros((size, size), np.uint8)
    low, high, mid = size // 8, size - size // 8, size // 2
    draw: dict[str, Any] = {"color": 255, "thickness": thick, "lineType": cv2.LINE_AA}
    cv2.rectangle(cover, (low, low), (high, high), **draw)
    cv2.line(cover, (mid, low), (mid, high), **draw)
    if gap:
        cover[mid - gap // 2 : mid - gap // 2 + gap, mid - thick - 2 : mid + thick + 3] = 0
    cv2.circle(cover, (size * 11 // 16, mid), size // 15, **draw)
    return inked(cover, paper, ink)


LEFT, RIGHT, CIRCLE, OUTSIDE = (0.3, 0.3), (0.68, 0.25), (0.6875, 0.5), (0.05, 0.05)
"""Places in the areas of `rooms`, as shares of its size (x, y)."""


def inked(cover: np.ndarray, paper: Rgb | None = None, ink: Rgb = (0, 0, 0)) -> np.ndarray:
    """Coverage (h, w) as ink on a clear layer or on paper, premultiplied BGRA."""
    share = cover[..., None].astype(np.float32) / 255
    colour = np.array([*ink[::-1], 255], np.float32)
    below = np.zeros(4, np.float32) if paper is None else np.array([*paper[::-1], 255], np.float32)
    return np.rint(colour * share + below * (1 - share)).astype(np.uint8)


def clear(size: int, width: int | None = None) -> np.ndarray:
    """Nothing at all, premultiplied BGRA."""
    return np.zeros((size, width or size, 4), np.uint8)


def dabs(
    size: int, places: Sequence[tuple[tuple[float, float], Rgb]], radius: int = 4
) -> np.ndarray:
    """Round hints at places given as shares of the size; premultiplied BGRA."""
    made = clear(size)
    for (x, y), colour in places:
        centre = (round(x * size), round(y * size))
        cv2.circle(made, centre, radius, (*colour[::-1], 255), -1)
    return made


def at(pixels: np.ndarray, place: tuple[float, float]) -> tuple[int, ...]:
    """(r, g, b, alpha) at a place."""
    height, width = pixels.shape[:2]
    b, g, r, a = pixels[round(place[1] * height), round(place[0] * width)].tolist()
    return r, g, b, a


def run(lines: np.ndarray, **wishes: Any) -> infer.ColorizeResult:
    """`infer.run`, flat unless said otherwise."""
    request = infer.ColorizeRequest(lines, **{"engine": "flat", **wishes})
    return infer.run(request, CancelToken(), lambda fraction, text: None)


class DriftingEngine:
    """A network that paints lights and shades over hints that it does not get right.

    Its picture is the field of the hints' colours, washed out towards a mauve, lit from the left,
    with the lines on it: what a weak network makes of its input.
    """

    def __init__(self, drift: float = 0.6, light: float = 0.3) -> None:
        self.drift, self.light = drift, light
        self.seen: list[np.ndarray] = []

    def __call__(self, part: str, /, **inputs: np.ndarray) -> dict[str, np.ndarray]:
        assert part == "paint"
        x = inputs["x"]
        assert x.dtype == np.float32 and x.shape[1] == len(CHANNELS)
        assert x.shape[2] % 16 == 0 and x.shape[3] % 16 == 0
        self.seen.append(x[0])
        field = x[0, CHANNELS.index("field_r") : CHANNELS.index("field_b") + 1]
        mauve = np.array([0.7, 0.5, 0.65], np.float32)[:, None, None]
        colour = field * (1 - self.drift) + mauve * self.drift
        lit = 1 + self.light * np.linspace(0.5, -0.5, x.shape[3], dtype=np.float32)
        line = x[0, CHANNELS.index("line")]
        return {"rgb": np.clip(colour * lit * (1 - line), 0, 1)[None].astype(np.float32)}

    def plane(self, name: str, call: int = -1) -> np.ndarray:
        """What the network saw in one of its planes."""
        return self.seen[call][CHANNELS.index(name)]


def difference(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """CIEDE2000 between sRGB colours uint8 (n, 3).

    G. Sharma, W. Wu, E. Dalal: "The CIEDE2000 color-difference formula" (2005).
    """
    lab = [_lab(colours.reshape(-1, 3)) for colours in (one, two)]
    (l1, a1, b1), (l2, a2, b2) = (values.T for values in lab)
    mean = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean**7 / (mean**7 + 25.0**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = (h2 - h1 + 180) % 360 - 180
    turn = np.where(c1 * c2 == 0, 0, turn)
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    light, chroma, hue = (l1 + l2) / 2, (c1 + c2) / 2, h1 + turn / 2
    cos = [np.cos(np.radians(k * hue + s)) for k, s in ((1, -30), (2, 0), (3, 6), (4, -63))]
    t = 1 - 0.17 * cos[0] + 0.24 * cos[1] + 0.32 * cos[2] - 0.2 * cos[3]
    sl = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    sc, sh = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    bend = 60 * np.exp(-((((hue % 360) - 275) / 25) ** 2))
    rt = -np.sin(np.radians(bend)) * 2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    dl, dc = (l2 - l1) / sl, (c2 - c1) / sc
    return np.sqrt(np.maximum(0, dl**2 + dc**2 + (dh / sh) ** 2 + rt * dc * (dh / sh)))


def _lab(rgb: np.ndarray) -> np.ndarray:
    v = rgb.astype(np.float64) / 255
    v = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    xyz = v @ to_xyz.T / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = f.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)
