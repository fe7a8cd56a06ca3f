# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiles: a sparse grid behaves like one big picture, and nothing is ever written in place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.geometry import Rect
from app.core.tiles import TILE, TileGrid, changed_keys, key_rect, keys_in

positions = st.integers(-600, 600)
sizes = st.integers(1, 500)


def noise(w: int, h: int, seed: int, channels: int = 4) -> np.ndarray:
    shape = (h, w, 4) if channels == 4 else (h, w)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


@settings(max_examples=40, deadline=None)
@given(
    x=positions, y=positions, w=sizes, h=sizes, seed=st.integers(0, 99), c=st.sampled_from([1, 4])
)
def test_what_is_pasted_is_read_back_and_the_rest_stays_empty(x, y, w, h, seed, c):
    array = noise(w, h, seed, c)
    grid = TileGrid.from_array(array, x, y)
    assert np.array_equal(grid.region(Rect(x, y, w, h)), array)
    frame = grid.region(Rect(x, y, w, h).expanded(3))
    frame[3:-3, 3:-3] = 0
    assert not frame.any()


@settings(max_examples=30, deadline=None)
@given(x=positions, y=positions, dx=positions, dy=positions, seed=st.integers(0, 99))
def test_moving_there_and_back_is_the_same_picture(x, y, dx, dy, seed):
    grid = TileGrid.from_array(noise(90, 70, seed), x, y)
    moved = grid.translated(dx, dy)
    assert np.array_equal(
        moved.region(Rect(x + dx, y + dy, 90, 70)), grid.region(Rect(x, y, 90, 70))
    )
    assert moved.translated(-dx, -dy).same_pixels(grid)


@settings(max_examples=30, deadline=None)
@given(x=positions, y=positions, cx=positions, cy=positions, cw=sizes, ch=sizes)
def test_clipping_keeps_the_inside_exactly(x, y, cx, cy, cw, ch):
    grid = TileGrid.from_array(noise(300, 280, 1), x, y)
    clip = Rect(cx, cy, cw, ch)
    clipped = grid.clipped(clip)
    assert np.array_equal(clipped.region(clip), grid.region(clip))
    bounds = clipped.bounds()
    assert bounds is None or clip.contains(bounds)


def test_a_paste_leaves_the_old_picture_alone_and_shares_untouched_tiles():
    before = TileGrid.from_array(noise(700, 300, 2))
    copy = before.region(Rect(0, 0, 700, 300))
    after = before.paste(noise(10, 10, 3), 5, 5)
    assert np.array_equal(before.region(Rect(0, 0, 700, 300)), copy)
    assert changed_keys(before, after) == {(0, 0)}
    assert after.get((2, 1)) is before.get((2, 1))


def test_tiles_cannot_be_written_in_place():
    tile = TileGrid.from_array(noise(10, 10, 4)).get((0, 0))
    assert tile is not None
    with pytest.raises(ValueError, match="read-only"):
        tile[0, 0] = 7


def test_bounds_are_exact():
    array = np.zeros((600, 800, 4), np.uint8)
    array[37, 290] = 9
    array[511, 31] = 1
    assert TileGrid.from_array(array, -100, 10).bounds() == Rect(-69, 47, 260, 475)
    assert TileGrid().bounds() is None


def test_a_plain_sheet_holds_one_array():
    sheet = TileGrid.filled(Rect(0, 0, 4096, 4096), (255, 255, 255, 255))
    assert len(sheet) == 256
    assert sheet.nbytes == TILE * TILE * 4


def test_a_sheet_ends_at_its_edge():
    sheet = TileGrid.filled(Rect(-3, 0, 300, 17), (1, 2, 3, 4))
    assert sheet.bounds() == Rect(-3, 0, 300, 17)
    assert (sheet.region(Rect(-3, 0, 300, 17)) == (1, 2, 3, 4)).all()


def test_empty_tiles_are_dropped():
    grid = TileGrid.from_array(noise(10, 10, 5))
    assert grid.paste(np.zeros((10, 10, 4), np.uint8), 0, 0).is_empty


@pytest.mark.parametrize("shape", [(256, 256, 3), (255, 256, 4), (256, 256)])
def test_a_tile_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match="shape"):
        TileGrid(4, {(0, 0): np.ones(shape, np.uint8)})


@given(x=positions, y=positions, w=sizes, h=sizes)
def test_keys_cover_the_rectangle_without_surplus(x, y, w, h):
    rect = Rect(x, y, w, h)
    parts = [key_rect(key).intersect(rect) for key in keys_in(rect)]
    assert sum(p.area for p in parts) == rect.area
    assert all(not p.empty for p in parts)
