# SPDX-License-Identifier: GPL-3.0-or-later
"""What the colouring network sees: planes in order, and colours that flow up to the ink."""

import heapq

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_tools.colorize.inputs import (
    CHANNELS,
    INK,
    NEAR,
    hint_field,
    is_hint,
    network_inputs,
)

RED, BLUE = (np.array(c, np.uint8) for c in ((200, 10, 10), (10, 10, 200)))


def plane(planes: np.ndarray, name: str) -> np.ndarray:
    return planes[CHANNELS.index(name)]


def two_hints(height: int = 20, width: int = 30) -> tuple[np.ndarray, np.ndarray]:
    """Red at the left, blue at the right of the middle row."""
    rgb = np.zeros((height, width, 3), np.uint8)
    alpha = np.zeros((height, width), bool)
    for x, colour in ((2, RED), (width - 3, BLUE)):
        rgb[height // 2, x] = colour
        alpha[height // 2, x] = True
    return rgb, alpha


def test_planes_hold_what_their_names_say() -> None:
    rng = np.random.default_rng(0)
    line = rng.random((20, 30), np.float32)
    base = rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)
    mask = (rng.random((20, 30)) < 0.5).astype(np.float32)
    rgb, alpha = two_hints()
    planes = network_inputs(line, base, mask, rgb, alpha)
    assert planes.shape == (len(CHANNELS), 20, 30)
    assert planes.dtype == np.float32
    assert planes.min() >= 0
    assert planes.max() <= 1
    assert np.array_equal(plane(planes, "line"), line)
    assert np.array_equal(plane(planes, "mask"), mask)
    seen = np.where(mask > 0, 1 - line, base[..., 1] / np.float32(255))
    np.testing.assert_allclose(plane(planes, "base_g"), seen, atol=1e-6)
    assert plane(planes, "hint_alpha").sum() == 2
    assert plane(planes, "hint_r")[10, 2] == pytest.approx(200 / 255)
    assert plane(planes, "near")[10, 2] == 1


def test_without_hints_there_is_no_field() -> None:
    empty = np.zeros((8, 8), np.float32)
    rgb = np.full((8, 8, 3), 99, np.uint8)
    planes = network_inputs(empty, rgb, empty + 1, rgb, np.zeros((8, 8), bool))
    assert not planes[5:].any()
    _, distance = hint_field(empty, rgb, np.zeros((8, 8), bool))
    assert np.isinf(distance).all()


def test_colours_flow_to_the_line_and_not_across() -> None:
    rgb, alpha = two_hints()
    line = np.zeros((20, 30), np.float32)
    line[:, 22] = 1  # much nearer to blue
    field, _ = hint_field(line, rgb, alpha)
    assert (field[:, :22] == RED).all()
    assert (field[:, 23:] == BLUE).all()


def test_a_gap_lets_colour_through_but_from_afar() -> None:
    rgb, alpha = two_hints()
    alpha[10, 27] = False  # red alone
    line = np.zeros((20, 30), np.float32)
    line[:, 15] = 1
    _, closed = hint_field(line, rgb, alpha)
    line[0, 15] = 0
    field, open_ = hint_field(line, rgb, alpha)
    assert (field == RED).all()
    assert closed[10, 16] > INK
    assert open_[10, 16] < closed[10, 16]
    np.testing.assert_allclose(open_[10, 14], 12)


def test_no_colour_slips_between_corners_of_a_diagonal_line() -> None:
    line = np.eye(24, dtype=np.float32)
    alpha = np.zeros((24, 24), bool)
    alpha[2, 20] = True
    _, distance = hint_field(line, np.zeros((24, 24, 3), np.uint8), alpha)
    below = np.tril(np.ones((24, 24), bool), -1)
    assert distance[below].min() > INK


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_distances_are_shortest_paths(seed: int) -> None:
    rng = np.random.default_rng(seed)
    line = (rng.random((9, 11)) * (rng.random((9, 11)) < 0.4)).astype(np.float32)
    alpha = rng.random((9, 11)) < 0.04
    rgb = rng.integers(0, 256, (9, 11, 3), dtype=np.uint8)
    field, distance = hint_field(line, rgb, alpha)
    np.testing.assert_allclose(distance, dijkstra(line, alpha), rtol=1e-5)
    assert np.array_equal(field[alpha], rgb[alpha])


def dijkstra(line: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """The definition, slowly."""
    best = np.where(alpha, 0.0, np.inf)
    queue = [(0.0, int(y), int(x)) for y, x in np.argwhere(alpha)]
    while queue:
        d, y, x = heapq.heappop(queue)
        if d > best[y, x]:
            continue
        for b in range(max(0, y - 1), min(len(line), y + 2)):
            for a in range(max(0, x - 1), min(line.shape[1], x + 2)):
                ink = line[b, a]
                if b != y and a != x:
                    ink = max(ink, min(line[y, a], line[b, x]))
                step = np.hypot(b - y, a - x) * (1 + INK * ink)
                if d + step < best[b, a]:
                    best[b, a] = d + step
                    heapq.heappush(queue, (d + step, b, a))
    return best


def test_near_falls_with_the_distance() -> None:
    rgb, alpha = two_hints()
    empty = np.zeros((20, 30), np.float32)
    planes = network_inputs(empty, rgb, empty + 1, rgb, alpha)
    assert plane(planes, "near")[10, 7] == pytest.approx(np.exp(-5 / NEAR))


@pytest.mark.parametrize("alpha", [np.array([[0, 255]], np.uint8), np.array([[0.0, 1.0]])])
def test_opacities_of_any_kind_say_where_hints_are(alpha: np.ndarray) -> None:
    assert is_hint(alpha).tolist() == [[False, True]]


def test_sizes_must_agree() -> None:
    empty = np.zeros((8, 8), np.float32)
    rgb = np.zeros((8, 9, 3), np.uint8)
    with pytest.raises(ValueError, match="base"):
        network_inputs(empty, rgb, empty, rgb, empty)
