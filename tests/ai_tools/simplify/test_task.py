# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of Simplify Lines as a value. May import app.core, app.plugins and ai_tools."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from ai_tools.simplify.infer import SimplifyResult
from ai_tools.simplify.task import CONTEXT_PX, Settings, Task, look_at
from app.core.document import Document
from app.core.geometry import Rect
from app.core.history import History
from app.core.layers import PaintLayer, VectorLayer
from app.core.selection import Selection
from app.core.tiles import TileGrid
from app.core.vector import Subpath, VectorPath
from app.jobs import BadInput, CancelToken, JobQueue
from app.jobs.progress import silent
from app.plugins import LocalContext

PLAIN = Settings(0.5, 8, 1.0)
BLACK = (0, 0, 0)


@pytest.fixture
def history() -> History:
    """A wide canvas; a black bar on the active layer within the first tile."""
    document = Document.new(1200, 300)
    layer = document.active_layer
    assert isinstance(layer, PaintLayer)
    bar = np.full((6, 100, 4), (0, 0, 0, 255), np.uint8)
    return History(document.with_layer(replace(layer, tiles=TileGrid.from_array(bar, 20, 40))))


@pytest.fixture
def context(history: History) -> Iterator[LocalContext]:
    with JobQueue() as queue:
        yield LocalContext(history, queue)


def task(context: LocalContext, source: str = "layer", settings: Settings = PLAIN) -> Task:
    return Task(look_at(context, source), settings, BLACK)


def test_only_where_something_is_drawn_or_selected_is_looked_at(
    context: LocalContext, history: History
) -> None:
    assert look_at(context, "layer").region == Rect(0, 0, 256, 256)
    assert look_at(context, "merged").region == Rect(0, 0, 1200, 300)
    chosen = Selection.rectangle(Rect(100, 100, 50, 50))
    history.commit("Select", history.document.with_selection(chosen))
    around = chosen.bounds()
    assert around is not None
    expected = around.expanded(CONTEXT_PX)
    assert look_at(context, "layer").region == expected.intersect(Rect(0, 0, 256, 256))
    assert look_at(context, "merged").region == expected.intersect(Rect(0, 0, 1200, 300))


def test_there_must_be_something_to_look_at(context: LocalContext, history: History) -> None:
    far = Selection.rectangle(Rect(1000, 100, 50, 50))
    history.commit("Select", history.document.with_selection(far))
    with pytest.raises(BadInput, match="inside the selection"):
        look_at(context, "layer")
    empty = PaintLayer(name="Empty")
    history.commit("Add", history.document.insert(empty).activate(empty.id))
    with pytest.raises(BadInput, match="“Empty” has nothing drawn"):
        look_at(context, "layer")


def test_the_same_lines_come_of_the_same_pixels_and_settings(
    context: LocalContext, history: History
) -> None:
    layer, merged = task(context), task(context, "merged")
    assert layer.same_lines_as(replace(task(context), colour=(9, 9, 9)))
    assert not layer.same_lines_as(merged)
    assert not layer.same_lines_as(task(context, settings=replace(PLAIN, speckle=9)))

    history.replace_current(history.document.activate(history.document.layers[0].id))
    history.replace_current(history.document.activate(history.document.layers[1].id))
    assert layer.same_lines_as(task(context)) and merged.same_lines_as(task(context, "merged"))

    history.commit("Add", history.document.insert(PaintLayer(name="Elsewhere")))
    assert layer.same_lines_as(task(context))
    assert not merged.same_lines_as(task(context, "merged"))

    chosen = Selection.rectangle(Rect(0, 0, 900, 300))
    history.commit("Select", history.document.with_selection(chosen))
    assert not layer.same_lines_as(task(context))


def test_lines_take_the_colour_that_is_wanted_where_they_have_one(context: LocalContext) -> None:
    dot = Subpath.polyline([(0, 0), (5, 0), (5, 5)], closed=True)
    paths = (
        VectorPath((dot,), fill=(1, 1, 1, 255)),
        VectorPath((dot,), fill=None, stroke=(1, 1, 1, 255), width=2.0),
    )
    result = SimplifyResult(paths, np.zeros((1, 1), np.uint8), ())
    layer = replace(task(context), colour=(200, 30, 30)).layer(result)
    assert isinstance(layer, VectorLayer) and layer.name == "Lines – Layer 1"
    assert [(p.fill, p.stroke) for p in layer.paths] == [
        ((200, 30, 30, 255), None),
        (None, (200, 30, 30, 255)),
    ]
    same = replace(task(context), colour=(1, 1, 1)).layer(result)
    assert all(a is b for a, b in zip(same.paths, paths, strict=True))


def test_a_run_keeps_no_pixels_alive(context: LocalContext) -> None:
    a = task(context)
    result = a.run(CancelToken(), silent())
    assert result.paths
    assert "pixels" not in vars(a.snapshot) and "mask" not in vars(a.snapshot)
    bounds = result.paths[0].bounds()
    assert Rect(10, 30, 120, 26).contains(bounds)
