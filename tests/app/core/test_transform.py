# SPDX-License-Identifier: GPL-3.0-or-later
"""Moving and turning layers, with everything that is on them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.geometry import Rect
from app.core.layers import GroupLayer, PaintLayer, VectorLayer
from app.core.strokes import Stroke
from app.core.tiles import TileGrid
from app.core.transform import (
    TransformError,
    mirrored,
    rotated,
    scaled,
    transform_layer,
    transform_tiles,
)
from app.core.vector import Subpath, VectorPath


def noise(seed: int = 1) -> TileGrid:
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (60, 80, 4), dtype=np.uint8)
    pixels[..., :3] = np.minimum(pixels[..., :3], pixels[..., 3:])
    return TileGrid.from_array(pixels, 230, 10)


@settings(max_examples=20, deadline=None)
@given(dx=st.integers(-500, 500), dy=st.integers(-500, 500))
def test_moving_by_whole_pixels_is_exact(dx, dy):
    moved = transform_tiles(noise(), [[1, 0, dx], [0, 1, dy]])
    assert moved.same_pixels(noise().translated(dx, dy))


def test_a_flip_is_exact_and_flipping_back_restores():
    flip = mirrored(270)
    once = transform_tiles(noise(), flip)
    area = Rect(230, 10, 80, 60)
    assert np.array_equal(once.region(area), noise().region(area)[:, ::-1])
    assert transform_tiles(once, flip).same_pixels(noise())


@pytest.mark.parametrize("degrees", [90, 180, -90])
def test_quarter_turns_are_exact(degrees):
    turned = transform_tiles(noise(), rotated(degrees, (270, 40)))
    back = transform_tiles(turned, rotated(-degrees, (270, 40)))
    assert back.same_pixels(noise())


@pytest.mark.parametrize("factors", [(0.5, 0.5), (0.2, 0.2), (0.07, 1.0), (0.11, 0.3)])
@pytest.mark.parametrize("degrees", [0.0, 33.0])
def test_fine_stripes_shrink_to_an_even_tone(factors, degrees):
    stripes = np.zeros((400, 600, 4), np.uint8)
    stripes[:, ::2] = 255
    matrix = np.vstack([rotated(degrees, (0, 0)), [0, 0, 1]]) @ np.vstack(
        [scaled(*factors, (50, 60)), [0, 0, 1]]
    )
    small = transform_tiles(TileGrid.from_array(stripes, 50, 60), matrix[:2])
    x, y = matrix[:2] @ (350, 260, 1)  # the middle of the sheet
    middle = small.region(Rect(round(x) - 3, round(y) - 3, 6, 6)).astype(int)
    assert np.abs(middle - 127.5).max() <= 3
    area = sum(float(tile[..., 3].sum()) for _, tile in small.items()) / 255
    assert area == pytest.approx(120_000 * factors[0] * factors[1], rel=0.03)


@pytest.mark.parametrize("degrees", [12.0, 45.0, 200.0])
def test_a_turned_sheet_keeps_area_colour_and_centre(degrees):
    sheet = TileGrid.filled(Rect(100, 100, 120, 80), (30, 60, 90, 255))
    turned = transform_tiles(sheet, rotated(degrees, (160, 140)))
    bounds = turned.bounds()
    pixels = turned.region(bounds)
    assert pixels[..., 3].sum() / 255 == pytest.approx(120 * 80, rel=0.005)
    assert tuple(turned.region(Rect(160, 140, 1, 1))[0, 0]) == (30, 60, 90, 255)
    assert (bounds.x + bounds.w / 2, bounds.y + bounds.h / 2) == pytest.approx((160, 140), abs=1)
    assert (pixels[..., :3] <= pixels[..., 3:]).all()


def test_everything_on_a_layer_moves_together():
    stroke = Stroke(np.array([[10, 20, 1, 0]], np.float32), 4, (0, 0, 0))
    path = VectorPath((Subpath.polyline([(10, 20), (30, 20)]),), stroke=(0, 0, 0, 255), width=2)
    group = GroupLayer(
        children=(PaintLayer(tiles=noise(), strokes=(stroke,)), VectorLayer(paths=(path,)))
    )
    twice = transform_layer(group, scaled(2, 2, (0, 0)))
    assert isinstance(twice, GroupLayer)
    paint, lines = twice.children
    assert paint.strokes[0].points[0, :2].tolist() == [20, 40]
    assert paint.strokes[0].size == pytest.approx(8)
    assert lines.paths[0].subpaths[0].points[-1].tolist() == [60, 40]
    assert lines.paths[0].width == pytest.approx(4)
    assert paint.tiles.bounds().w == pytest.approx(160, abs=6)
    assert [c.id for c in twice.children] == [c.id for c in group.children]


@pytest.mark.parametrize(
    "matrix", [[[0, 0, 1], [0, 0, 1]], [[1, 0, float("nan")], [0, 1, 0]], [[1, 0], [0, 1]]]
)
def test_transforms_that_cannot_be_are_refused(matrix):
    with pytest.raises(TransformError, match=r"matrix|nothing"):
        transform_tiles(noise(), matrix)


def test_a_result_beyond_all_size_is_refused():
    with pytest.raises(TransformError, match="large"):
        transform_tiles(noise(), scaled(1000, 1, (0, 0)))
