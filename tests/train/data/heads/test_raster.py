# SPDX-License-Identifier: GPL-3.0-or-later
"""Drawing triangles: on the CPU, and the same by torch."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from train.data.heads import raster_torch
from train.data.heads.raster import (
    Fragments,
    Triangles,
    ambient_occlusion,
    interpolate,
    look_up_shadow,
    rasterise,
    sample_texture,
)
from train.data.heads.raster_torch import rasterise_views

WIDTH = 24


def triangles_of(faces: np.ndarray, seed: int = 0, cards: bool = False) -> Triangles:
    rng = np.random.default_rng(seed)
    count = len(faces)
    return Triangles(
        faces.astype(np.int32),
        rng.random((count, 3, 2)).astype(np.float32),
        rng.integers(0, 256, (2, 16, 16)).astype(np.uint8),
        rng.integers(-1, 2, count).astype(np.int32) if cards else np.full(count, -1, np.int32),
        rng.integers(1, 1 << 20, count),
    )


def random_scene(seed: int, count: int = 40) -> tuple[np.ndarray, Triangles]:
    rng = np.random.default_rng(seed)
    points = rng.uniform([-4, -4, 0.04], [WIDTH + 4, WIDTH + 4, 0.09], (count, 3))
    points[rng.random(count) < 0.03, 2] = -0.1  # behind the camera
    return points, triangles_of(rng.integers(0, count, (3 * count, 3)), seed, cards=True)


def square(left: float, top: float, right: float, bottom: float, near: float) -> np.ndarray:
    corners = [(left, top), (right, top), (left, bottom), (right, bottom)]
    return np.array([(x, y, near) for x, y in corners])


TWO = np.array([[0, 1, 2], [1, 3, 2]])


def test_a_square_fills_the_pixels_whose_centres_it_covers() -> None:
    drawn = rasterise(square(2.2, 3.4, 10.6, 7.6, 0.05), triangles_of(TWO), 16)
    y, x = np.nonzero(drawn.triangle >= 0)
    assert (x.min(), x.max(), y.min(), y.max()) == (2, 10, 3, 7)
    assert len(x) == 9 * 5
    assert np.allclose(drawn.nearness[drawn.triangle >= 0], 0.05)
    assert (drawn.nearness[drawn.triangle < 0] == 0).all()


def test_the_nearer_triangle_wins_in_any_order() -> None:
    points = np.concatenate([square(0, 0, 16, 16, 0.05), square(4, 4, 9, 9, 0.06)])
    faces = np.concatenate([TWO, TWO + 4])
    back_first = rasterise(points, triangles_of(faces), 16)
    front_first = rasterise(points, triangles_of(faces[::-1]), 16)
    assert (back_first.nearness == front_first.nearness).all()
    assert (back_first.nearness > 0.055).sum() == 25


def test_of_equally_near_triangles_the_first_is_drawn() -> None:
    faces = np.concatenate([TWO, TWO])
    drawn = rasterise(square(0, 0, 16, 16, 0.05), triangles_of(faces), 16)
    assert set(np.unique(drawn.triangle)) == {0, 1}


def test_a_card_is_drawn_in_as_many_pixels_as_it_covers() -> None:
    base = triangles_of(TWO)
    alpha = np.full((1, 8, 8), 128, np.uint8)
    card = base._replace(alpha=alpha, alpha_number=np.zeros(2, np.int32))
    drawn = rasterise(square(0, 0, 64, 64, 0.05), card, 64)
    assert 0.42 < (drawn.triangle >= 0).mean() < 0.58


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_torch_draws_the_same(seed: int) -> None:
    points, triangles = random_scene(seed)
    other = points + np.array([1.3, -0.7, 0.001])
    ours = [rasterise(p, triangles, WIDTH) for p in (points, other)]
    theirs = rasterise_views(np.stack([points, other]), triangles, WIDTH, "cpu")
    for a, b in zip(ours, theirs, strict=True):
        assert (a.triangle == b.triangle).mean() > 0.995
        same = a.triangle == b.triangle
        assert np.allclose(a.nearness[same], b.nearness[same], atol=1e-7)
        assert np.allclose(a.barycentric[same], b.barycentric[same], atol=1e-4)


def test_torch_draws_the_same_in_small_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    points, triangles = random_scene(7)
    whole = rasterise_views(points[None], triangles, WIDTH, "cpu")[0]
    monkeypatch.setattr(raster_torch, "PAIRS", 50)
    pieces = rasterise_views(points[None], triangles, WIDTH, "cpu")[0]
    for name in Fragments._fields:
        assert (getattr(whole, name) == getattr(pieces, name)).all(), name


def test_nothing_in_the_picture_is_no_error() -> None:
    points, triangles = square(100, 100, 120, 120, 0.05), triangles_of(TWO)
    drawn = rasterise_views(points[None], triangles, 16, "cpu")[0]
    assert (drawn.triangle == -1).all()
    assert (rasterise(points, triangles, 16).triangle == -1).all()


def test_values_are_interpolated_between_corners() -> None:
    values = np.array([[0.0], [10.0], [100.0]])
    shares = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.25, 0.5]], np.float32)
    out = interpolate(np.zeros(4, np.int32), shares, np.array([[0, 1, 2]], np.int32), values)
    assert np.allclose(out[:, 0], [0, 10, 100, 52.5])


def test_textures_are_read_upwards_and_wrap() -> None:
    texture = np.zeros((4, 4, 1), np.uint8)
    texture[0, 1] = 255  # the upper row, second column
    uv = np.array([[0.375, 0.875], [1.375, -0.125], [0.375, 0.125]], np.float32)
    assert np.allclose(sample_texture(texture, uv)[:, 0], [1, 1, 0])


def test_what_lies_behind_the_shadow_map_is_dark() -> None:
    shadow = np.full((32, 32), 50.0, np.float32)
    places = np.array([[16.0, 16.0, 49.0], [16.0, 16.0, 50.0]], np.float32)
    assert look_up_shadow(places, shadow, 0.05).tolist() == [0.0, 1.0]


def test_a_corner_is_darker_than_a_plane() -> None:
    y, x = np.mgrid[0:40, 0:40].astype(np.float32)
    hit = np.ones((40, 40), bool)
    up = np.zeros((40, 40, 3), np.float32)
    up[..., 2] = 1
    plane = np.stack([x, y, np.zeros_like(x)], -1) / 20
    wall = plane.copy()
    wall[:, 20:, 2] = 1.0
    open_sky = ambient_occlusion(hit, plane, up, 8.0, 0.5)
    closed = ambient_occlusion(hit, wall, up, 8.0, 0.5)
    assert open_sky.min() == 1.0
    assert closed[5:35, 18].mean() < 0.95 < closed[5:35, 5].mean()
