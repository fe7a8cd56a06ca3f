# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers' pictures: right, lazy, and made again only where something changed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QSize

from app.core.geometry import Rect
from app.core.layers import GroupLayer, PaintLayer, VectorLayer
from app.core.tiles import TileGrid
from app.core.vector import Subpath, VectorPath
from app.ui.widgets import thumbnails
from app.ui.widgets.thumbnails import Thumbnails

RED = (0, 0, 255, 255)  # premultiplied BGRA


def half_red() -> PaintLayer:
    """The left half of a 1000 × 500 canvas is red."""
    return PaintLayer(tiles=TileGrid.filled(Rect(0, 0, 500, 500), RED))


@pytest.fixture
def pictures(qtbot) -> Thumbnails:
    made = Thumbnails(QSize(80, 64))
    made.set_canvas(1000, 500)
    return made


def wait_for(pictures: Thumbnails, layer, qtbot):
    with qtbot.waitSignal(pictures.ready):
        pictures.get(layer)
    return pictures.get(layer)


def test_a_picture_is_not_there_at_once_but_soon(pictures, qtbot):
    layer = half_red()
    assert pictures.get(layer) is None
    image = wait_for(pictures, layer, qtbot)
    assert (image.width(), image.height()) == (80, 40)
    assert image.pixelColor(20, 20).name() == "#ff0000"
    assert image.pixelColor(60, 20).alpha() == 0


def test_thin_lines_on_a_big_canvas_are_not_lost(pictures, qtbot):
    pictures.set_canvas(4096, 4096)
    line = np.zeros((4096, 3, 4), np.uint8)
    line[...] = (0, 0, 0, 255)
    image = wait_for(pictures, PaintLayer(tiles=TileGrid.from_array(line, 2000, 0)), qtbot)
    row = [image.pixelColor(x, 32).alpha() for x in range(image.width())]
    assert sum(row) > 0


def test_only_changed_tiles_are_shrunk_again(pictures, qtbot, monkeypatch):
    layer = half_red()
    wait_for(pictures, layer, qtbot)
    shrunk: list[object] = []
    real = thumbnails._shrunk
    monkeypatch.setattr(thumbnails, "_shrunk", lambda a, s: (shrunk.append(a), real(a, s))[1])
    spot = np.full((10, 10, 4), 255, np.uint8)
    painted = replace(layer, tiles=layer.tiles.paste(spot, 20, 20))
    wait_for(pictures, painted, qtbot)
    assert len(shrunk) == 1


def test_renaming_a_layer_needs_no_new_picture(pictures, qtbot):
    layer = half_red()
    image = wait_for(pictures, layer, qtbot)
    with qtbot.assertNotEmitted(pictures.ready, wait=150):
        assert pictures.get(replace(layer, name="Sky")) is image


def test_the_old_picture_stays_until_the_new_one_is_there(pictures, qtbot):
    layer = half_red()
    old = wait_for(pictures, layer, qtbot)
    cleared = replace(layer, tiles=TileGrid())
    assert pictures.get(cleared) is old
    assert wait_for(pictures, cleared, qtbot).pixelColor(20, 20).alpha() == 0


def test_vector_layers_are_drawn_and_groups_have_no_picture(pictures, qtbot):
    points = np.array([[0, 250], [300, 250], [700, 250], [1000, 250]], float)
    path = VectorPath((Subpath(points, False),), fill=None, stroke=(0, 0, 0, 255), width=1.0)
    image = wait_for(pictures, VectorLayer(paths=(path,)), qtbot)
    assert max(image.pixelColor(40, y).alpha() for y in range(image.height())) > 60
    assert pictures.get(GroupLayer()) is None


def test_another_canvas_size_makes_all_pictures_anew(pictures, qtbot):
    layer = half_red()
    wait_for(pictures, layer, qtbot)
    pictures.set_canvas(500, 500)
    assert pictures.get(layer) is None
    assert wait_for(pictures, layer, qtbot).pixelColor(60, 20).name() == "#ff0000"


def test_pictures_of_deleted_layers_are_dropped(pictures, qtbot):
    layer = half_red()
    wait_for(pictures, layer, qtbot)
    pictures.forget(lambda layer_id: False)
    assert pictures.get(layer) is None
