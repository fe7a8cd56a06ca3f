# SPDX-License-Identifier: GPL-3.0-or-later
"""Things that drawings by program show: people, animals, plants, houses, hills.

Imports numpy and its siblings.  Each draws itself on a `Sheet`, centred at (x, y), about `s` pixels
from its middle to its farthest part.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from train.data.colour.shapes import (
    Outline,
    blob,
    box,
    cloud,
    ellipse,
    leaf,
    limb,
    rounded,
    shifted,
    turned,
)
from train.data.colour.sheet import Sheet

Thing = Callable[[Sheet, float, float, float, np.random.Generator], None]


def _at(x: float, y: float) -> Outline:
    return np.array([x, y], float)


def person(sheet: Sheet, x: float, y: float, s: float, rng: np.random.Generator) -> None:
    """A standing figure, dressed, from a little below the middle of the legs or whole."""
    skin, hair = sheet.skin(rng), sheet.any_colour(rng)
    top, below, shoe = (sheet.any_colour(rng) for _ in range(3))
    head = _at(x + rng.normal() * 0.02 * s, y - 0.62 * s)
    r = s * rng.uniform(0.2, 0.3)
    lean = rng.normal() * 0.06 * s
    hip, neck = _at(x, y + 0.12 * s), _at(x + lean, y - 0.4 * s)
    wide = s * rng.uniform(0.14, 0.22)
    if rng.random() < 0.6:
        sheet.fill(blob(head[0], head[1] + 0.4 * r, 1.25 * r, rng.uniform(1.2, 2.1) * r, rng), hair)
    for side in (-1, 1):
        foot = _at(x + side * s * rng.uniform(0.1, 0.22), y + 0.9 * s)
        start = shifted(hip, side * 0.5 * wide, 0)
        sheet.fill(
            limb(start, foot, 0.45 * wide, 0.3 * wide), below if rng.random() < 0.8 else skin
        )
        sheet.fill(ellipse(foot[0] + side * 0.03 * s, foot[1], 0.1 * s, 0.05 * s), shoe)
    arms = []
    for side in (-1, 1):
        elbow = shifted(neck, side * s * rng.uniform(0.2, 0.35), s * rng.uniform(0.1, 0.3))
        hand = shifted(elbow, side * s * rng.uniform(-0.15, 0.25), s * rng.uniform(-0.3, 0.25))
        arms.append((shifted(neck, side * 0.8 * wide, 0.05 * s), elbow, hand))
    behind = int(rng.integers(3))
    for number, arm in enumerate(arms):
        if number < behind:
            _arm(sheet, arm, 0.09 * s, top, skin)
    sheet.fill(limb(neck, head, 0.08 * s, 0.08 * s), skin)
    skirt = rng.random() < 0.4
    torso = np.array(
        [
            shifted(neck, -wide, 0),
            shifted(neck, wide, 0),
            shifted(hip, 0.8 * wide, 0),
            shifted(hip, 1.1 * wide, 0.1 * s),
            shifted(hip, -1.1 * wide, 0.1 * s),
            shifted(hip, -0.8 * wide, 0),
        ]
    )
    if skirt:
        flare, hem = wide * rng.uniform(1.5, 2.5), y + s * rng.uniform(0.4, 0.75)
        sides = [
            shifted(hip, -0.8 * wide, 0),
            shifted(hip, 0.8 * wide, 0),
            (x + flare, hem),
            (x - flare, hem),
        ]
        sheet.fill(rounded(np.array(sides), 1), below)
    sheet.fill(rounded(torso), top)
    if rng.random() < 0.4:
        sheet.fill(box(hip[0], hip[1] + 0.02 * s, 0.95 * wide, 0.035 * s), sheet.any_colour(rng))
    for number, arm in enumerate(arms):
        if number >= behind:
            _arm(sheet, arm, 0.09 * s, top, skin)
    face(sheet, head, r, skin, hair, rng)


def _arm(
    sheet: Sheet, joints: tuple[Outline, Outline, Outline], r: float, sleeve: int, skin: int
) -> None:
    shoulder, elbow, hand = joints
    sheet.fill(ellipse(hand[0], hand[1], r, r), skin)
    sheet.fill(limb(elbow, hand, 0.85 * r, 0.7 * r), sleeve)
    sheet.fill(limb(shoulder, elbow, r, 0.85 * r), sleeve)


def face(
    sheet: Sheet, at: Outline, r: float, skin: int, hair: int, rng: np.random.Generator
) -> None:
    """A head of radius `r` with eyes, mouth and hair."""
    x, y = at
    for side in (-1, 1):
        sheet.fill(ellipse(x + side * r, y, 0.2 * r, 0.3 * r), skin)
    sheet.fill(rounded(box(x, y, 0.85 * r, 1.05 * r, 1.1), 3), skin)
    look, iris = rng.normal() * 0.06 * r, sheet.any_colour(rng)
    tall = rng.uniform(0.14, 0.34)
    for side in (-1, 1):
        ex, ey = x + side * 0.38 * r + look, y + 0.12 * r
        sheet.fill(ellipse(ex, ey, 0.22 * r, tall * r), sheet.white())
        sheet.fill(ellipse(ex + look, ey, 0.13 * r, 0.75 * tall * r), iris)
        sheet.dot(ex + look, ey, 0.06 * r)
        sheet.mark(np.array([(ex - 0.2 * r, y - 0.3 * r), (ex + 0.2 * r, y - 0.33 * r)]))
    smile = np.linspace(-0.25, 0.25, 7)
    bend = rng.uniform(-0.5, 1.5)
    sheet.mark(np.stack([x + look + smile * r, y + r * (0.62 - bend * smile**2)], 1))
    sheet.mark(np.array([(x + look, y + 0.22 * r), (x + 1.5 * look, y + 0.36 * r)]))
    tips = int(rng.integers(3, 7))
    across = np.linspace(-1.05, 1.05, 2 * tips + 1)
    drop = np.where(np.arange(2 * tips + 1) % 2, -0.2, -0.55) + rng.normal(size=2 * tips + 1) * 0.06
    drop[[0, -1]] = rng.uniform(0.0, 0.5)
    crown = np.linspace(0, np.pi, 12)[1:-1]
    top = np.stack([1.12 * np.cos(crown), -0.3 - 0.9 * np.sin(crown)], 1)
    sheet.fill(np.concatenate([np.stack([across, drop], 1), top]) * r + at, hair)
    if rng.random() < 0.25:
        hat = sheet.any_colour(rng)
        sheet.fill(rounded(box(x, y - 1.15 * r, 0.9 * r, 0.5 * r, rng.uniform(0.4, 1)), 2), hat)
        sheet.fill(ellipse(x, y - 0.72 * r, 1.5 * r, 0.2 * r), hat)


def portrait(sheet: Sheet, x: float, y: float, s: float, rng: np.random.Generator) -> None:
    """Head and shoulders."""
    skin, hair, dress = sheet.skin(rng), sheet.any_colour(rng), sheet.any_colour(rng)
    if rng.random() < 0.7:
        sheet.fill(blob(x, y, 0.75 * s, rng.uniform(0.7, 1.1) * s, rng, 0.15), hair)
    shoulders = [(-0.25, 0.4), (0.25, 0.4), (0.75, 0.65), (0.85, 1.2), (-0.85, 1.2), (-0.75, 0.65)]
    sheet.fill(limb(_at(x, y), _at(x, y + 0.6 * s), 0.17 * s, 0.2 * s), skin)
    sheet.fill(rounded(shifted(np.array(shoulders) * s, x, y)), dress)
    collar = shifted(np.array([(-0.22, 0.4), (0, 0.75), (0.22, 0.4)]) * s, x, y)
    sheet.fill(collar, skin if rng.random() < 0.6 else sheet.any_colour(rng))
    face(sheet, _at(x, y - 0.1 * s), 0.5 * s, skin, hair, rng)


def animal(sheet: Sheet, x: float, y: float, s: float, rng: np.random.Generator) -> None:
    """Four legs, a tail, ears and a spot or two."""
    fur, other = sheet.any_colour(rng), sheet.any_colour(rng)
    side = rng.choice([-1, 1])
    tail = _at(x - side * 0.95 * s, y - s * rng.uniform(0, 0.6))
    sheet.fill(limb(_at(x - side * 0.55 * s, y), tail, 0.1 * s, 0.06 * s), fur)
    for at in (-0.45, -0.2, 0.25, 0.5):
        sheet.fill(
            limb(_at(x + at * s, y + 0.1 * s), _at(x + at * s, y + 0.7 * s), 0.13 * s, 0.09 * s),
            fur,
        )
    sheet.fill(blob(x, y, 0.68 * s, 0.36 * s, rng, 0.12), fur)
    for _ in range(int(rng.integers(0, 4))):
        sx, sy = x + rng.uniform(-0.4, 0.3) * s, y + rng.uniform(-0.15, 0.15) * s
        sheet.fill(blob(sx, sy, 0.13 * s, 0.1 * s, rng), other)
    hx, hy, r = x + side * 0.68 * s, y - 0.42 * s, 0.3 * s
    for ear in (-1, 1):
        base = _at(hx + ear * 0.6 * r, hy - 0.5 * r)
        sheet.fill(leaf(base, shifted(base, ear * 0.3 * r, -r * rng.uniform(0.7, 1.6)), 0.3), fur)
    sheet.fill(blob(hx, hy, r, 0.9 * r, rng, 0.08), fur)
    sheet.fill(ellipse(hx + side * 0.5 * r, hy + 0.35 * r, 0.5 * r, 0.35 * r), other)
    sheet.dot(hx + side * 0.85 * r, hy + 0.2 * r, 0.13 * r)
    sheet.fill(ellipse(hx + side * 0.2 * r, hy - 0.2 * r, 0.2 * r, 0.22 * r), sheet.white())
    sheet.dot(hx + side * 0.25 * r, hy - 0.2 * r, 0.09 * r)


def plant(sheet: Sheet, x: float, y: float, s: float, rng: np.random.Generator) -> None:
    """Flowers on stems with leaves, sometimes in a pot."""
    green, petal, heart = (sheet.any_colour(rng) for _ in range(3))
    foot = _at(x, y + 0.8 * s)
    for number in range(int(rng.integers(1, 4))):
        head = _at(
            x + (number - 1) * 0.45 * s + rng.normal() * 0.1 * s, y - s * rng.uniform(0.1, 0.7)
        )
        sheet.fill(limb(foot, head, 0.035 * s, 0.03 * s), green)
        for side in (-1, 1):
            base = foot + (head - foot) * rng.uniform(0.2, 0.6)
            sheet.fill(leaf(base, shifted(base, side * 0.35 * s, -0.2 * s), 0.22), green)
        count, r = int(rng.integers(5, 9)), s * rng.uniform(0.2, 0.3)
        for k in range(count):
            angle = 2 * np.pi * k / count
            tip = head + r * np.array([np.cos(angle), np.sin(angle)])
            sheet.fill(leaf(head, tip, 0.28), petal)
        sheet.fill(ellipse(head[0], head[1], 0.35 * r, 0.35 * r), heart)
    if rng.random() < 0.5:
        sheet.fill(box(x, y + 0.8 * s, 0.25 * s, 0.2 * s, 1.3), sheet.any_colour(rng))
        sheet.fill(box(x, y + 0.62 * s, 0.36 * s, 0.06 * s), sheet.any_colour(rng))


def tree(sheet: Sheet, x: float, y: float, s: float, rng: np.random.Generator) -> None:
    """A trunk under a round or a stepped crown."""
    crown = sheet.any_colour(rng)
    sheet.fill(box(x, y + 0.6 * s, 0.14 * s, 0.4 * s, 0.7), sheet.any_colour(rng))
    if rng.random() < 0.35:
        for step in range(3):
            half, low = s * (0.6 - 0.13 * step), y + s * (0.35 - 0.4 * step)
            sheet.fill(np.array([(x - half, low), (x, low - 0.7 * s), (x + half, low)]), crown)
        return
    for _ in range(int(rng.integers(1, 5))):
        at = x + rng.normal() * 0.25 * s, y - 0.35 * s + rng.normal() * 0.2 * s
        sheet.fill(cloud(*at, 0.5 * s, 0.42 * s, int(rng.integers(5, 10))), crown)
    if rng.random() < 0.4:
        fruit = sheet.any_colour(rng)
        for _ in range(5):
            at = x + rng.uniform(-0.4, 0.4) * s, y + rng.uniform(-0.6, 0) * s
            sheet.fill(ellipse(*at, 0.07 * s, 0.07 * s), fruit)


def house(sheet: Sheet, x: float, y: float, s: float, rng: np.random.Generator) -> None:
    """Wall, roof, door, windows."""
    wall, roof, door, glass = (sheet.any_colour(rng) for _ in range(4))
    half, high = s * rng.uniform(0.5, 0.75), s * rng.uniform(0.4, 0.55)
    if rng.random() < 0.5:
        sheet.fill(box(x + 0.5 * half, y - high - 0.3 * s, 0.1 * s, 0.25 * s), wall)
    sheet.fill(box(x, y + 0.3 * s, half, high), wall)
    low, apex = y + 0.3 * s - high, y - high - s * rng.uniform(0.05, 0.4)
    points = [(x - 1.2 * half, low), (x - half * rng.uniform(0, 0.8), apex)]
    points += [(x + half * rng.uniform(0, 0.8), apex), (x + 1.2 * half, low)]
    sheet.fill(np.array(points), roof)
    sheet.fill(box(x, y + 0.3 * s + 0.55 * high, 0.14 * s, 0.45 * high), door)
    for side in (-1, 1):
        wx, wy, r = x + side * 0.6 * half, y + 0.3 * s - 0.2 * high, 0.15 * s
        sheet.fill(box(wx, wy, r, r), glass)
        sheet.mark(np.array([(wx - r, wy), (wx + r, wy)]))
        sheet.mark(np.array([(wx, wy - r), (wx, wy + r)]))


def fish(sheet: Sheet, x: float, y: float, s: float, rng: np.random.Generator) -> None:
    """A fish with fins and stripes."""
    scale, fin = sheet.any_colour(rng), sheet.any_colour(rng)
    tail = np.array([(-0.5, 0), (-1, -0.4), (-0.85, 0), (-1, 0.4)])
    angle = rng.normal() * 0.3
    parts = [(tail, fin), (leaf(_at(-0.2, -0.3), _at(0.3, -0.55), 0.3), fin)]
    parts.append((leaf(_at(-0.6, 0), _at(0.8, 0), 0.32), scale))
    stripe = sheet.any_colour(rng)
    for k in range(int(rng.integers(0, 3))):
        parts.append((leaf(_at(0.3 - 0.3 * k, -0.33), _at(0.3 - 0.3 * k, 0.33), 0.12), stripe))
    parts.append((leaf(_at(0.1, 0.1), _at(-0.25, 0.3), 0.3), fin))
    for outline, tone in parts:
        sheet.fill(shifted(turned(outline * s, angle), x, y), tone)
    eye = shifted(turned(np.array([[0.58, -0.06]]) * s, angle)[0], x, y)
    sheet.fill(ellipse(eye[0], eye[1], 0.09 * s, 0.09 * s), sheet.white())
    sheet.dot(eye[0], eye[1], 0.05 * s)


def heap(sheet: Sheet, x: float, y: float, s: float, rng: np.random.Generator) -> None:
    """Blobs and boxes over each other: nothing that has a name."""
    for _ in range(int(rng.integers(2, 7))):
        at = x + rng.normal() * 0.4 * s, y + rng.normal() * 0.4 * s
        wide, high = s * rng.uniform(0.15, 0.55, 2)
        outline = blob(*at, wide, high, rng) if rng.random() < 0.7 else box(*at, wide, high)
        sheet.fill(turned(outline, rng.uniform(0, 6.3), at), sheet.any_colour(rng))


THINGS: tuple[Thing, ...] = (person, portrait, animal, plant, tree, house, fish, heap, person)
"""What a drawing may show; people twice, for they are drawn most."""


def backdrop(sheet: Sheet, rng: np.random.Generator) -> None:
    """Sky and hills, a room, or planes; paper stays in two of five."""
    size, kind = sheet.size, rng.random()
    if kind < 0.4:
        return
    sheet.fill(box(size / 2, size / 2, size, size), sheet.any_colour(rng))
    if kind < 0.7:
        if rng.random() < 0.5:
            at, r = rng.uniform(0.1, 0.9, 2) * (size, 0.4 * size), size * rng.uniform(0.05, 0.12)
            sheet.fill(ellipse(at[0], at[1], r, r), sheet.any_colour(rng))
        for _ in range(int(rng.integers(0, 3))):
            at = rng.uniform(0, 1, 2) * (size, 0.4 * size)
            wide = size * rng.uniform(0.08, 0.2)
            sheet.fill(cloud(at[0], at[1], wide, 0.5 * wide, 7), sheet.white())
        for number in range(int(rng.integers(1, 4))):
            xs = np.linspace(-0.1, 1.1, 24) * size
            low = size * (rng.uniform(0.4, 0.6) + 0.15 * number)
            ys = low + size * rng.uniform(0.02, 0.1) * np.sin(
                xs / size * rng.uniform(2, 7) + rng.uniform(0, 6)
            )
            ends = [[1.1 * size, 1.1 * size], [-0.1 * size, 1.1 * size]]
            sheet.fill(np.concatenate([np.stack([xs, ys], 1), ends]), sheet.any_colour(rng))
    elif kind < 0.88:
        floor = size * rng.uniform(0.6, 0.85)
        sheet.fill(box(size / 2, floor + size, size, size), sheet.any_colour(rng))
        window, r = rng.uniform(0.15, 0.85) * size, size * rng.uniform(0.1, 0.2)
        sheet.fill(box(window, 0.35 * size, 1.15 * r, 1.15 * r), sheet.any_colour(rng))
        sheet.fill(box(window, 0.35 * size, r, r), sheet.any_colour(rng))
    else:
        for _ in range(int(rng.integers(2, 6))):
            at = rng.uniform(0, size, 2)
            wide, high = size * rng.uniform(0.1, 0.5, 2)
            outline = turned(box(at[0], at[1], wide, high), rng.uniform(0, 6.3), at)
            sheet.fill(outline, sheet.any_colour(rng))
