# SPDX-License-Identifier: GPL-3.0-or-later
"""Loops over points and pixels of strokes, compiled by numba.  Imports numba and numpy.

Many strokes are one array of points and `offsets` (M + 1): stroke i is points[offsets[i]:
offsets[i + 1]].  Pixel centres have whole coordinates.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Points = NDArray[np.float64]
Offsets = NDArray[np.int64]
Plane = NDArray[np.float32]


class Hand(NamedTuple):
    """How strokes are drawn over.  Lengths in pixels."""

    amount: float
    """Typical distance of a pass from the stroke."""
    passes_low: int
    passes_high: int
    """A piece of a stroke is drawn this often."""
    piece_low: float
    piece_high: float
    """Length of the pieces in which a stroke is drawn."""
    overshoot: float
    """How far passes may go on past a piece's ends."""
    radius: float
    """Half the width of the pen."""
    opacity: float
    """Darkness of a pass at full pressure, 0..1."""
    taper: float
    """0: even pressure .. 1: ends are faint and thin."""
    unevenness: float
    """Spread of pressure within and between passes, 0..1."""
    straighten: float
    """How far nearly straight passes are pulled towards their chord, 0..1."""


@njit(cache=True)
def smooth_curve(vertices: Points, step: float, corner: float) -> Points:
    """A curve through the vertices (n, 2): Hermite pieces, with corners where the path turns by
    more than `corner` radians.  Points about `step` apart, (m, 2), both ends kept."""
    n = len(vertices)
    lengths = np.empty(max(n - 1, 1))
    for i in range(n - 1):
        lengths[i] = np.hypot(
            vertices[i + 1, 0] - vertices[i, 0], vertices[i + 1, 1] - vertices[i, 1]
        )
    count = 1
    for i in range(n - 1):
        count += max(1, int(np.ceil(lengths[i] / step)))
    out = np.empty((count, 2))
    out[0] = vertices[0]
    k = 1
    for i in range(n - 1):
        a, b, length = vertices[i], vertices[i + 1], lengths[i]
        chord = (b - a) / max(length, 1e-9)
        start, end = chord.copy(), chord.copy()
        if i > 0:
            start = _tangent(vertices[i - 1], a, b, chord, corner)
        if i + 2 < n:
            end = _tangent(a, b, vertices[i + 2], chord, corner)
        parts = max(1, int(np.ceil(length / step)))
        for j in range(1, parts + 1):
            t = j / parts
            h1 = t * t * (3 - 2 * t)
            h2 = t * (1 - t) * (1 - t) * length
            h3 = t * t * (t - 1) * length
            for axis in range(2):
                out[k, axis] = a[axis] * (1 - h1) + b[axis] * h1 + start[axis] * h2 + end[axis] * h3
            k += 1
    return out


@njit(cache=True)
def _tangent(a: Points, b: Points, c: Points, chord: Points, corner: float) -> Points:
    """Direction of the curve at b between a and c; that of the piece's own chord at a corner."""
    before, after = b - a, c - b
    turn = abs(
        np.arctan2(
            before[0] * after[1] - before[1] * after[0],
            before[0] * after[0] + before[1] * after[1],
        )
    )
    if turn > corner:
        return chord
    across = c - a
    return across / max(np.hypot(across[0], across[1]), 1e-9)


@njit(cache=True)
def draw_over(
    points: Points,
    offsets: Offsets,
    strengths: Points,
    hand: Hand,
    rng: np.random.Generator,
) -> tuple[Points, Offsets]:
    """All strokes drawn over by `hand`: passes as points (N, 4) = x, y, radius, darkness.

    Args:
        strengths: (M,) factor on darkness and, by its root, on the width of each stroke.
    """
    out = np.empty((4 * len(points) + 64, 4))
    ends = [0]
    used = 0
    for stroke in range(len(offsets) - 1):
        first, last = offsets[stroke], offsets[stroke + 1]
        while first < last - 1:
            wanted = rng.uniform(hand.piece_low, hand.piece_high)
            stop, length = first + 1, 0.0
            while stop < last and (length < wanted or last - stop < 4):
                length += np.hypot(
                    points[stop, 0] - points[stop - 1, 0], points[stop, 1] - points[stop - 1, 1]
                )
                stop += 1
            piece = points[first:stop]
            for number in range(rng.integers(hand.passes_low, hand.passes_high + 1)):
                while used + len(piece) + 2 > len(out):
                    larger = np.empty((2 * len(out), 4))
                    larger[:used] = out[:used]
                    out = larger
                faint = 1.0 if number == 0 else 0.8
                used += _one_pass(piece, length, strengths[stroke] * faint, hand, rng, out[used:])
                ends.append(used)
            if stop >= last:
                break
            # The hand sets down again a little before where it stopped.
            first = max(first + 1, stop - 1 - rng.integers(0, 4))
    return out[:used].copy(), np.array(ends)


@njit(cache=True)
def _one_pass(
    piece: Points, length: float, strength: float, hand: Hand, rng: np.random.Generator, out: Points
) -> int:
    """Writes one redrawing of a piece (n, 2) into out[:n + 2]; the number of points written."""
    n = len(piece)
    centre = np.array([piece[:, 0].mean(), piece[:, 1].mean()])
    # A short mark would be thrown away whole by a shift that a long line hides.
    amount = hand.amount * min(1.0, 0.35 + length / 60)
    turn = rng.normal() * 0.35 * amount / max(length, 12.0)
    shift = np.array([rng.normal(), rng.normal()]) * 0.45 * amount
    waves = np.array([rng.uniform(25, 60), rng.uniform(60, 150)])
    phases = rng.uniform(0.0, 2 * np.pi, 6)
    sizes = np.array([0.22, 0.45]) * amount * rng.uniform(0.5, 1.3)
    chord = piece[-1] - piece[0]
    straight = np.hypot(chord[0], chord[1]) > 0.93 * length
    pull = rng.uniform(0.0, hand.straighten) if straight else 0.0
    heavy = strength * (1 + hand.unevenness * 0.5 * rng.normal())
    before = rng.uniform(0.0, hand.overshoot) if rng.random() < 0.6 else 0.0
    after = rng.uniform(0.0, hand.overshoot) if rng.random() < 0.6 else 0.0
    arc = 0.0
    for i in range(n):
        if i:
            arc += np.hypot(piece[i, 0] - piece[i - 1, 0], piece[i, 1] - piece[i - 1, 1])
        t = arc / max(length, 1e-9)
        row = out[i + 1]
        for axis in range(2):
            other = piece[i, 1 - axis] - centre[1 - axis]
            value = piece[i, axis] + shift[axis] + (turn if axis else -turn) * other
            for k in range(2):
                value += sizes[k] * np.sin(2 * np.pi * arc / waves[k] + phases[2 * k + axis])
            on_chord = piece[0, axis] + t * chord[axis] + shift[axis]
            row[axis] = value * (1 - pull) + on_chord * pull
        edge = min(t, 1 - t) * length
        pressure = 1 - hand.taper * max(0.0, 1 - edge / min(22.0, 0.5 * length + 1e-9))
        pressure *= 1 + hand.unevenness * 0.25 * np.sin(2 * np.pi * arc / 45 + phases[4])
        row[2] = max(0.3, hand.radius * (0.35 + 0.65 * pressure) * min(1.0, heavy) ** 0.5)
        row[3] = min(1.0, max(0.05, hand.opacity * heavy * (0.4 + 0.6 * pressure)))
    _extend(out, 0, 1, min(3, n), before)
    _extend(out, n + 1, n, max(1, n - 2), after)
    return n + 2


@njit(cache=True)
def _extend(out: Points, new: int, end: int, inner: int, reach: float) -> None:
    """Puts point `new` `reach` pixels past point `end`, away from `inner`, fading."""
    direction = out[end, :2] - out[inner, :2]
    size = max(np.hypot(direction[0], direction[1]), 1e-9)
    out[new, :2] = out[end, :2] + direction / size * reach
    out[new, 2] = 0.7 * out[end, 2]
    out[new, 3] = 0.4 * out[end, 3]


@njit(cache=True)
def draw_strokes(layers: NDArray[np.float32], points: Points, offsets: Offsets) -> None:
    """Draws passes (N, 4) = x, y, radius, darkness into `layers` (L, h, w), in turn, in place.

    Within a layer the darkest pass counts; where layers are multiplied afterwards, crossing passes
    darken each other.
    """
    height, width = layers.shape[1:]
    for stroke in range(len(offsets) - 1):
        layer = layers[stroke % len(layers)]
        for i in range(offsets[stroke], offsets[stroke + 1] - 1):
            ax, ay, ar, ad = points[i]
            bx, by, br, bd = points[i + 1]
            reach = max(ar, br) + 1
            dx, dy = bx - ax, by - ay
            square = max(dx * dx + dy * dy, 1e-12)
            for y in range(
                max(0, int(np.floor(min(ay, by) - reach))),
                min(height, int(np.ceil(max(ay, by) + reach)) + 1),
            ):
                for x in range(
                    max(0, int(np.floor(min(ax, bx) - reach))),
                    min(width, int(np.ceil(max(ax, bx) + reach)) + 1),
                ):
                    t = min(1.0, max(0.0, ((x - ax) * dx + (y - ay) * dy) / square))
                    ex, ey = x - ax - t * dx, y - ay - t * dy
                    radius = ar + t * (br - ar)
                    cover = min(1.0, 2 * radius, radius + 0.5 - np.sqrt(ex * ex + ey * ey))
                    dark = cover * (ad + t * (bd - ad))
                    if dark > layer[y, x]:
                        layer[y, x] = dark


@njit(cache=True)
def nearest_lines(
    points: Points, offsets: Offsets, height: int, width: int, reach: float
) -> tuple[Plane, NDArray[np.float32], NDArray[np.int32]]:
    """Distance (h, w), at most `reach`; direction (2, h, w) as cos 2t, sin 2t; number of the
    nearest stroke (h, w), -1 = none within reach."""
    distance = np.full((height, width), reach * reach, np.float32)
    direction = np.zeros((2, height, width), np.float32)
    direction[0] = 1
    nearest = np.full((height, width), -1, np.int32)
    for stroke in range(len(offsets) - 1):
        for i in range(offsets[stroke], offsets[stroke + 1] - 1):
            ax, ay = points[i]
            bx, by = points[i + 1]
            dx, dy = bx - ax, by - ay
            square = max(dx * dx + dy * dy, 1e-12)
            cosine, sine = (dx * dx - dy * dy) / square, 2 * dx * dy / square
            for y in range(
                max(0, int(np.ceil(min(ay, by) - reach))),
                min(height, int(np.floor(max(ay, by) + reach)) + 1),
            ):
                for x in range(
                    max(0, int(np.ceil(min(ax, bx) - reach))),
                    min(width, int(np.floor(max(ax, bx) + reach)) + 1),
                ):
                    t = min(1.0, max(0.0, ((x - ax) * dx + (y - ay) * dy) / square))
                    ex, ey = x - ax - t * dx, y - ay - t * dy
                    d = ex * ex + ey * ey
                    if d < distance[y, x]:
                        distance[y, x] = d
                        direction[0, y, x] = cosine
                        direction[1, y, x] = sine
                        nearest[y, x] = stroke
    return np.sqrt(distance), direction, nearest


@njit(cache=True)
def find_crossings(points: Points, offsets: Offsets) -> Points:
    """Points (k, 2) where different strokes cross."""
    count = len(offsets) - 1
    boxes = np.empty((count, 4))
    for i in range(count):
        part = points[offsets[i] : offsets[i + 1]]
        boxes[i, 0], boxes[i, 1] = part[:, 0].min(), part[:, 1].min()
        boxes[i, 2], boxes[i, 3] = part[:, 0].max(), part[:, 1].max()
    found = np.empty((256, 2))
    used = 0
    for i in range(count):
        for j in range(i + 1, count):
            if (
                boxes[i, 0] > boxes[j, 2]
                or boxes[j, 0] > boxes[i, 2]
                or boxes[i, 1] > boxes[j, 3]
                or boxes[j, 1] > boxes[i, 3]
            ):
                continue
            for a in range(offsets[i], offsets[i + 1] - 1):
                px, py = points[a]
                rx, ry = points[a + 1, 0] - px, points[a + 1, 1] - py
                low, high = min(px, px + rx), max(px, px + rx)
                if high < boxes[j, 0] or low > boxes[j, 2]:
                    continue
                for b in range(offsets[j], offsets[j + 1] - 1):
                    qx, qy = points[b]
                    sx, sy = points[b + 1, 0] - qx, points[b + 1, 1] - qy
                    cross = rx * sy - ry * sx
                    if abs(cross) < 1e-9:
                        continue
                    t = ((qx - px) * sy - (qy - py) * sx) / cross
                    u = ((qx - px) * ry - (qy - py) * rx) / cross
                    if 0 <= t <= 1 and 0 <= u <= 1 and used < len(found):
                        found[used, 0], found[used, 1] = px + t * rx, py + t * ry
                        used += 1
    return found[:used].copy()
