# SPDX-License-Identifier: GPL-3.0-or-later
"""The image pyramid that the view draws from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QImage

from app.core.compose import flatten
from app.core.compositor import Compositor
from app.core.document import Document
from app.core.geometry import Rect
from app.core.layers import PaintLayer
from app.core.projection import Projection, halved
from app.core.tiles import TileGrid


def noise(seed: int, w: int, h: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    alpha = rng.integers(0, 256, (h, w, 1), dtype=np.uint16)
    colour = rng.integers(0, 256, (h, w, 3), dtype=np.uint16)
    return np.concatenate([colour * alpha // 255, alpha], axis=2).astype(np.uint8)


def picture(width: int, height: int) -> Document:
    layer = PaintLayer(tiles=TileGrid.from_array(noise(1, width, height)))
    return Document(width, height, (layer,), layer.id)


def pixels(image: QImage) -> np.ndarray:
    copy = image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    rows = np.frombuffer(copy.constBits(), np.uint8).reshape(copy.height(), copy.bytesPerLine())
    return rows[:, : copy.width() * 4].reshape(copy.height(), copy.width(), 4).copy()


def reduced(array: np.ndarray, levels: int) -> np.ndarray:
    """The pyramid by plain means over the pixels that there are."""
    for _ in range(levels):
        h, w = array.shape[:2]
        out = np.zeros(((h + 1) // 2, (w + 1) // 2, 4), np.uint8)
        for y in range(out.shape[0]):
            for x in range(out.shape[1]):
                cell = array[2 * y : 2 * y + 2, 2 * x : 2 * x + 2].reshape(-1, 4).astype(int)
                out[y, x] = (2 * cell.sum(axis=0) + len(cell)) // (2 * len(cell))
        array = out
    return array


@given(w=st.integers(1, 9), h=st.integers(1, 9), seed=st.integers(0, 99))
def test_halving_takes_the_mean_of_the_pixels_that_there_are(w, h, seed):
    array = noise(seed, w, h)
    assert np.array_equal(halved(array), reduced(array, 1))


def test_halving_keeps_a_flat_colour_exactly():
    flat = np.empty((7, 5, 4), np.uint8)
    flat[:] = (13, 77, 201, 255)
    assert (halved(flat) == (13, 77, 201, 255)).all()


@pytest.mark.parametrize("size", [(300, 270), (513, 257), (40, 30)])
def test_each_level_is_the_reduced_picture(size):
    document = picture(*size)
    projection = Projection(Compositor(document))
    assert projection.size == size
    for level in range(projection.levels):
        expected = reduced(flatten(document), level)
        assert np.array_equal(pixels(projection.image(level)), expected)


def test_there_is_a_level_for_every_useful_size():
    assert Projection(Compositor(Document(256, 256))).levels == 1
    assert Projection(Compositor(Document(257, 20))).levels == 2
    assert Projection(Compositor(Document(4096, 4096))).levels == 5


@pytest.mark.parametrize(
    ("scale", "level"), [(8, 0), (1, 0), (0.51, 0), (0.5, 1), (0.3, 1), (0.25, 2), (1e-9, 4)]
)
def test_the_level_is_never_magnified_nor_shrunk_by_more_than_half(scale, level):
    projection = Projection(Compositor(Document(4096, 4096)))
    assert projection.level_for(scale) == level


def test_a_level_that_is_not_there_is_refused():
    with pytest.raises(IndexError, match=r"0\.\.1"):
        Projection(Compositor(Document(400, 300))).image(2)


@given(
    edits=st.lists(
        st.tuples(
            st.integers(0, 2),
            st.integers(-10, 640),
            st.integers(-10, 520),
            st.integers(1, 40),
            st.booleans(),
        ),
        min_size=1,
        max_size=6,
    )
)
@settings(max_examples=40, deadline=None)
def test_all_levels_follow_the_document_wherever_one_looks(edits):
    document = picture(645, 523)
    compositor = Compositor(document)
    projection = Projection(compositor)
    for level, x, y, size, everywhere in edits:
        layer = document.layers[0]
        tiles = layer.tiles.paste(noise(size, size, size), x, y)
        document = document.with_layer(replace(layer, tiles=tiles))
        compositor.set_document(document)
        area = document.bounds if everywhere else Rect(x, y, size, size).intersect(document.bounds)
        expected = flatten(document)
        for _ in range(level):
            expected = halved(expected)
        shown = pixels(projection.image(level, area))
        part = (
            slice(area.y >> level, -(-area.bottom >> level)),
            slice(area.x >> level, -(-area.right >> level)),
        )
        assert np.array_equal(shown[part], expected[part])


def test_only_the_area_that_is_looked_at_is_computed():
    compositor = Compositor(picture(900, 900))
    rects: list[Rect | None] = []
    compositor.subscribe(rects.append)
    Projection(compositor).image(1, Rect(300, 300, 50, 50))
    assert rects == [Rect(256, 256, 256, 256)]


def test_the_projection_follows_a_change_of_size():
    compositor = Compositor(picture(300, 300))
    projection = Projection(compositor)
    projection.image(1)
    other = picture(520, 90)
    compositor.set_document(other)
    assert projection.size == (520, 90)
    assert np.array_equal(pixels(projection.image(0)), flatten(other))
    assert projection.image(1).width() == 260


def test_level_zero_shares_the_canvas_memory():
    compositor = Compositor(picture(300, 300))
    image = Projection(compositor).image(0)
    compositor.canvas[5, 7] = (1, 2, 3, 255)
    assert image.pixelColor(7, 5).getRgb() == (3, 2, 1, 255)
