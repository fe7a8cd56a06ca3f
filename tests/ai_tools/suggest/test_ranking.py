# SPDX-License-Identifier: GPL-3.0-or-later
"""What is shown is likely, clean, inside, and different."""

from __future__ import annotations

import numpy as np

from ai_tools.suggest.ranking import (
    best,
    difference,
    faults,
    ink_of,
    is_scribble,
    overlap,
    own_overlap,
)

NO_INK = np.zeros((0, 2))


def line(*points: tuple[float, float]) -> np.ndarray:
    return np.array(points, float)


def inside(points: np.ndarray) -> np.ndarray:
    return np.zeros(len(points), bool)


def right_half(points: np.ndarray) -> np.ndarray:
    return points[:, 0] > 100


def one(*lines: np.ndarray) -> tuple[np.ndarray, ...]:
    return lines


def test_what_most_are_near_to_comes_first() -> None:
    bundle = [line((0, 10 * i), (60, 10 * i)) for i in range(5)]
    stray = line((0, 200), (60, 200))
    shown = best([one(stray), *map(one, bundle)], 3, NO_INK, inside)
    assert shown[0] == 3  # the middle of the bundle


def test_told_merits_decide_instead() -> None:
    down, across = line((0, 0), (0, 60)), line((0, 0), (60, 0))
    assert best([one(down), one(across)], 2, NO_INK, inside, [0, 1]) == [1, 0]


def test_going_over_what_is_there_counts_against_it() -> None:
    drawn = ink_of([line((0, 0), (100, 0))])
    again, other = line((0, 1), (100, 1)), line((0, 40), (100, 40))
    assert overlap(again, drawn) > 0.9 and overlap(other, drawn) == 0
    assert best([one(again), one(other)], 1, drawn, inside, [0.5, 0]) == [1]


def test_lines_may_meet_others_at_their_ends() -> None:
    drawn = ink_of([line((0, 0), (100, 0))])
    assert overlap(line((50, 0), (50, 60)), drawn) == 0


def test_what_leaves_the_canvas_is_not_shown() -> None:
    off, on = line((80, 0), (180, 0)), line((0, 0), (90, 0))
    assert faults(one(off), NO_INK, right_half) is None
    assert best([one(off), one(on)], 3, NO_INK, right_half, [9, 0]) == [1]


def test_a_blot_is_a_scribble_and_a_ring_is_none() -> None:
    angle = np.linspace(0, 2 * np.pi, 40)
    ring = 30 * np.column_stack([np.cos(angle), np.sin(angle)])
    turns = np.linspace(0, 8 * np.pi, 200)
    blot = 6 * np.column_stack([np.cos(turns), np.sin(turns)])
    assert is_scribble(blot) and not is_scribble(ring)
    assert own_overlap(line((0, 0), (200, 0))) == 0
    assert own_overlap(line((0, 0))) == 0


def test_alternatives_differ() -> None:
    first = line((0, 0), (60, 0))
    twin = first + 0.5
    other = line((0, 80), (60, 80))
    many, merits = [one(first), one(twin), one(other)], [1, 0.9, -0.5]
    assert best(many, 3, NO_INK, inside, merits) == [0, 2]
    assert best(many, 1, NO_INK, inside, merits) == [0]


def test_substance_is_preferred_to_dots() -> None:
    dot, arc = line((5, 5)), line((0, 0), (40, 20), (80, 0))
    assert best([one(dot), one(arc)], 2, NO_INK, inside, [0.5, 0]) == [1, 0]


def test_nothing_to_choose_from_is_nothing() -> None:
    assert best([], 3, NO_INK, inside) == []


def test_the_difference_of_inks_is_their_mean_distance() -> None:
    a, b = line((0, 0), (10, 0)), line((0, 5), (10, 5))
    assert difference(a, b) == 5
    assert difference(a, a) == 0
