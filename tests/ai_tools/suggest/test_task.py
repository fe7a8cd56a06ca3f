# SPDX-License-Identifier: GPL-3.0-or-later
"""Which strokes a run goes on from, and with what hand it paints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ai_tools.suggest.task import Hand, look_at, with_strokes
from app.core.brush import BrushSettings
from app.core.document import Document
from app.core.geometry import Rect
from app.core.history import History
from app.core.layers import PaintLayer, VectorLayer
from app.core.selection import Selection
from app.core.tiles import TileGrid
from app.jobs import BadInput, JobQueue
from app.plugins import LocalContext

BRUSH = BrushSettings(size=6, stabiliser=0.6, id="ink")
LINE = np.array([[x, 50, 0.8, (x - 20) / 100] for x in range(20, 90, 4)], np.float32)


@pytest.fixture
def history() -> History:
    document = Document.new(300, 200)
    return History(document.with_layer(replace(document.layers[-1], name="Ink")))


@pytest.fixture
def context(history: History) -> Iterator[LocalContext]:
    with JobQueue() as queue:
        yield LocalContext(history, queue, brush=lambda: BRUSH, colour=lambda: (200, 30, 30))


def draw(context: LocalContext, history: History, shift: float = 0.0) -> PaintLayer:
    """The artist draws a line on the active layer."""
    layer = context.active_layer
    assert isinstance(layer, PaintLayer)
    layer = Hand.of(context).paint(layer, LINE + np.array([0, shift, 0, 0], np.float32))
    history.commit("Brush Stroke", history.document.with_layer(layer))
    return layer


def suggest(context: LocalContext, name: str, shift: float = 90.0) -> str:
    """An earlier suggestion on a layer of its own."""
    layer = with_strokes(
        PaintLayer(name=name), [LINE + np.array([0, shift, 0, 0], np.float32)], Hand.of(context)
    )
    (layer_id,) = context.commit("Suggested Stroke", [layer])
    return layer_id


def test_the_hand_paints_with_the_artist_s_brush_and_records_a_stroke(
    context: LocalContext, history: History
) -> None:
    layer = draw(context, history)
    (stroke,) = layer.strokes
    assert (stroke.size, stroke.colour, stroke.brush, stroke.erase) == (
        6,
        (200, 30, 30),
        "ink",
        False,
    )
    np.testing.assert_allclose(stroke.points, LINE, atol=1e-5)
    painted = layer.tiles.region(Rect(0, 0, 300, 200))[..., 3] > 127
    rows, columns = np.nonzero(painted)
    assert abs(rows.mean() - 50) < 1.5 and 4 <= np.ptp(rows) <= 7
    assert abs(columns.min() - 20) < 4 and abs(columns.max() - 88) < 4


def test_an_eraser_in_hand_suggests_no_erasing(history: History) -> None:
    with JobQueue() as queue:
        context = LocalContext(history, queue, brush=lambda: replace(BRUSH, erase=True))
        assert not Hand.of(context).brush.erase


def test_paint_stays_inside_the_selection(context: LocalContext, history: History) -> None:
    area = Selection.rectangle(Rect(0, 0, 50, 200))
    history.commit("Select", history.document.with_selection(area))
    layer = Hand.of(context).paint(PaintLayer(name=""), LINE)
    bounds = layer.tiles.bounds()
    assert bounds is not None and bounds.right == 50


def test_the_active_layer_s_strokes_are_gone_on_from(
    context: LocalContext, history: History
) -> None:
    draw(context, history)
    layer = draw(context, history, 30)
    source = look_at(context, {})
    assert source.layer is layer and source.target is None
    assert source.strokes == layer.strokes
    assert source.target_name == "Suggestions – Ink"


def test_what_was_taken_before_belongs_to_the_drawing_in_the_order_it_came(
    context: LocalContext, history: History
) -> None:
    first = draw(context, history).strokes[0]
    target = suggest(context, "Suggestions – Ink")
    second = draw(context, history, 30).strokes[1]
    for known in ({}, {str(history.document.active): target}):  # by name, and as remembered
        source = look_at(context, known)
        assert source.target is not None and source.target.id == target
        assert source.strokes == (first, source.target.strokes[0], second)


@pytest.mark.parametrize("change", [{"locked": True}, {"visible": False}, {"alpha_locked": True}])
def test_a_layer_that_takes_no_paint_takes_no_suggestions(
    context: LocalContext, history: History, change: dict[str, Any]
) -> None:
    draw(context, history)
    target = suggest(context, "Suggestions – Ink")
    layer = history.document.find(target)
    history.commit("Change", history.document.with_layer(replace(layer, **change)))
    assert look_at(context, {}).target is None


def test_suggestions_go_on_on_their_own_layer_when_it_is_active(
    context: LocalContext, history: History
) -> None:
    draw(context, history)
    target = suggest(context, "Suggestions – Ink")
    history.replace_current(history.document.activate(target))
    source = look_at(context, {})
    assert source.target is source.layer and source.layer.id == target
    assert len(source.strokes) == 1


def test_erased_strokes_are_not_gone_on_from(context: LocalContext, history: History) -> None:
    draw(context, history)
    layer = draw(context, history, 30)
    pixels = layer.tiles.region(Rect(0, 0, 300, 200))
    pixels[:65] = 0
    wiped = replace(layer, tiles=TileGrid.from_array(pixels))
    history.commit("Erase", history.document.with_layer(wiped))
    assert look_at(context, {}).strokes == layer.strokes[1:]


def test_without_strokes_it_says_what_is_missing(context: LocalContext, history: History) -> None:
    with pytest.raises(BadInput, match="Draw something first"):
        look_at(context, {})
    layer = history.document.active_layer
    assert isinstance(layer, PaintLayer)
    photo = TileGrid.from_array(np.full((9, 9, 4), 255, np.uint8))
    pasted = replace(layer, tiles=photo)
    history.commit("Paste", history.document.with_layer(pasted))
    with pytest.raises(BadInput, match="pixels alone cannot be continued"):
        look_at(context, {})
    shapes = VectorLayer(name="Lines")
    history.commit("Add", history.document.insert(shapes).activate(shapes.id))
    with pytest.raises(BadInput, match="“Lines” holds no pen strokes"):
        look_at(context, {})
    history.replace_current(history.document.activate(None))
    with pytest.raises(BadInput, match="Choose a layer"):
        look_at(context, {})
