# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer menu, command by command, as it looks on the canvas."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import layer_ops
from app.core.blend_modes import BlendMode
from app.core.compose import flatten
from app.core.document import Document
from app.core.geometry import Rect
from app.core.layer_ops import LayerError
from app.core.layers import GroupLayer, PaintLayer, VectorLayer
from app.core.selection import Selection
from app.core.strokes import Stroke
from app.core.tiles import TileGrid
from app.core.vector import Subpath, VectorPath


def patch(x: int, y: int, w: int, h: int, bgra: tuple[int, int, int, int]) -> TileGrid:
    return TileGrid.filled(Rect(x, y, w, h), bgra)


def stroke(x: float) -> Stroke:
    return Stroke(np.array([[x, 1, 1, 0]], np.float32), 4, (0, 0, 0))


@pytest.fixture
def drawing() -> Document:
    flats = PaintLayer(
        name="flats", tiles=patch(10, 10, 60, 60, (40, 80, 160, 255)), strokes=(stroke(1),)
    )
    ink = PaintLayer(
        name="ink", tiles=patch(30, 30, 35, 20, (20, 20, 20, 128)), strokes=(stroke(2),)
    )
    return Document.new(100, 100).insert(flats).insert(ink).activate(ink.id)


def named(document: Document, name: str):
    return next(layer for layer in document.walk() if layer.name == name)


@pytest.mark.parametrize("mode", [BlendMode.NORMAL, BlendMode.MULTIPLY, BlendMode.SCREEN])
def test_merging_down_looks_the_same_and_keeps_all_strokes(drawing, mode):
    ink = replace(named(drawing, "ink"), mode=mode, opacity=0.6)
    before = drawing.with_layer(ink)
    after = layer_ops.merge_down(before, ink.id)
    assert np.abs(flatten(before).astype(int) - flatten(after)).max() <= 2
    merged = named(after, "flats")
    assert after.active == merged.id
    assert [s.points[0, 0] for s in merged.strokes] == [1, 2]


def test_merging_needs_a_layer_below_that_is_not_locked(drawing):
    with pytest.raises(LayerError, match="no layer below"):
        layer_ops.merge_down(drawing, drawing.layers[0].id)
    locked = drawing.with_layer(replace(named(drawing, "flats"), locked=True))
    with pytest.raises(LayerError, match="locked"):
        layer_ops.merge_down(locked, locked.active)


def test_a_duplicate_sits_above_shares_its_pixels_and_has_its_own_name(drawing):
    after = layer_ops.duplicate(drawing, drawing.active)
    twin = after.active_layer
    assert twin.name == "ink copy"
    assert after.index_of(twin.id) == after.index_of(drawing.active) + 1
    assert twin.tiles.get((0, 0)) is named(after, "ink").tiles.get((0, 0))


def test_a_duplicated_group_has_layers_of_its_own(drawing):
    grouped = layer_ops.group(drawing, drawing.active)
    after = layer_ops.duplicate(grouped, grouped.active)
    ids = [layer.id for layer in after.walk()]
    assert len(ids) == len(set(ids))


def test_grouping_and_ungrouping_leaves_everything_in_place(drawing):
    grouped = layer_ops.group(drawing, named(drawing, "flats").id)
    assert isinstance(grouped.active_layer, GroupLayer)
    assert np.array_equal(flatten(grouped), flatten(drawing))
    back = layer_ops.ungroup(grouped, grouped.active)
    assert [x.name for x in back.layers] == [x.name for x in drawing.layers]
    with pytest.raises(LayerError, match="not a group"):
        layer_ops.ungroup(back, back.active)


def test_a_new_layer_goes_into_an_open_group(drawing):
    grouped = layer_ops.group(drawing, drawing.active)
    after = layer_ops.add_layer(grouped, PaintLayer(name="more"))
    assert after.parent_of(named(after, "more").id).id == grouped.active


def test_raising_stops_at_the_top(drawing):
    assert layer_ops.raise_layer(drawing, drawing.active) is drawing
    lower = layer_ops.raise_layer(drawing, drawing.active, -1)
    assert [x.name for x in lower.layers] == ["Background", "Layer 1", "ink", "flats"]


def test_flattening_keeps_the_look_and_drops_what_is_hidden(drawing):
    hidden = drawing.with_layer(replace(named(drawing, "ink"), visible=False))
    after = layer_ops.flatten_image(hidden)
    assert len(after.layers) == 1
    assert np.array_equal(flatten(after), flatten(hidden))


def test_rasterising_vector_lines_keeps_the_look():
    line = VectorPath(
        (Subpath.polyline([(10, 10), (80, 60)]),), fill=None, stroke=(9, 9, 9, 255), width=5
    )
    lines = VectorLayer(name="lines", paths=(line,), opacity=0.5, mode=BlendMode.MULTIPLY)
    document = Document.new(100, 100).insert(lines).activate(lines.id)
    after = layer_ops.rasterise(document, lines.id)
    assert isinstance(after.active_layer, PaintLayer)
    assert after.active_layer.mode is BlendMode.MULTIPLY
    assert np.array_equal(flatten(after), flatten(document))


def test_clearing_the_selected_part_leaves_the_rest_bit_exact(drawing):
    selected = drawing.with_selection(Selection.rectangle(Rect(0, 0, 45, 100)))
    after = layer_ops.clear_layer(selected, drawing.active)
    ink, old = after.find(drawing.active).tiles, named(drawing, "ink").tiles
    assert not ink.region(Rect(0, 0, 45, 100)).any()
    rest = Rect(45, 0, 55, 100)
    assert np.array_equal(ink.region(rest), old.region(rest))


@settings(max_examples=20, deadline=None)
@given(value=st.tuples(*[st.integers(0, 255)] * 3), soft=st.integers(0, 255))
def test_filling_mixes_by_the_mask_and_stays_valid(value, soft):
    document = Document.new(300, 40, None)
    mask = np.full((40, 300), soft, np.uint8)
    after = layer_ops.fill(document, document.active, value, Selection.from_mask(mask))
    pixel = after.active_layer.tiles.region(Rect(280, 20, 1, 1))[0, 0].astype(int)
    assert pixel[3] == soft
    expected = np.array(value[::-1]) * soft / 255
    assert np.abs(pixel[:3] - expected).max() <= 0.51
    assert (pixel[:3] <= pixel[3]).all()


def test_filling_with_alpha_lock_recolours_without_touching_transparency(drawing):
    locked = drawing.with_layer(replace(named(drawing, "ink"), alpha_locked=True))
    after = layer_ops.fill(locked, locked.active, (255, 0, 0))
    area = Rect(0, 0, 100, 100)
    new, old = after.active_layer.tiles.region(area), named(drawing, "ink").tiles.region(area)
    assert np.array_equal(new[..., 3], old[..., 3])
    assert tuple(new[40, 50]) == (0, 0, 128, 128)


def test_filling_stays_inside_canvas_and_selection():
    document = Document.new(100, 50, None).with_selection(Selection.rectangle(Rect(90, 40, 60, 60)))
    document = replace(document, selection=Selection.rectangle(Rect(90, 40, 60, 60)))
    after = layer_ops.fill(document, document.active, (1, 2, 3))
    assert after.active_layer.tiles.bounds() == Rect(90, 40, 10, 10)


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"locked": True}, "locked"), ({"visible": False}, "hidden")],
)
def test_a_locked_or_hidden_layer_says_why_it_takes_no_paint(drawing, change, reason):
    document = drawing.with_layer(replace(named(drawing, "ink"), **change))
    with pytest.raises(LayerError, match=reason):
        layer_ops.paintable(document, document.active)


def test_a_layer_in_a_locked_group_takes_no_paint(drawing):
    grouped = layer_ops.group(drawing, drawing.active)
    locked = grouped.with_layer(replace(grouped.active_layer, locked=True))
    with pytest.raises(LayerError, match="locked"):
        layer_ops.paintable(locked, drawing.active)
    with pytest.raises(LayerError, match="group"):
        layer_ops.paintable(grouped, grouped.active)
    with pytest.raises(LayerError, match="Choose"):
        layer_ops.paintable(grouped, None)


def test_laying_pixels_over_others_shares_what_is_untouched():
    base = patch(0, 0, 700, 20, (10, 10, 10, 255))
    over = layer_ops.laid_over(base, patch(600, 0, 20, 20, (200, 0, 0, 255)))
    assert over.get((0, 0)) is base.get((0, 0))
    assert tuple(over.region(Rect(605, 5, 1, 1))[0, 0]) == (200, 0, 0, 255)


def test_merging_two_clipped_layers_keeps_what_lies_outside_the_lower_one(drawing):
    shade = PaintLayer(name="shade", tiles=patch(12, 12, 10, 10, (0, 0, 90, 255)), clip=True)
    light = PaintLayer(name="light", tiles=patch(40, 12, 10, 10, (0, 90, 0, 255)), clip=True)
    flats = named(drawing, "flats")
    before = drawing.insert_above(shade, flats.id).insert_above(light, shade.id)
    after = layer_ops.merge_down(before, light.id)
    assert np.array_equal(flatten(after), flatten(before))
    assert named(after, "shade").clip


@pytest.mark.parametrize("name", ["ink", "flats"])
def test_hidden_paint_is_never_lost_in_a_merge(drawing, name):
    hidden = drawing.with_layer(replace(named(drawing, name), visible=False))
    with pytest.raises(LayerError, match="hidden"):
        layer_ops.merge_down(hidden, named(hidden, "ink").id)


def test_a_layer_in_a_locked_group_is_neither_merged_nor_rasterised(drawing):
    grouped = layer_ops.group(drawing, drawing.active)
    locked = grouped.with_layer(replace(grouped.active_layer, locked=True))
    with pytest.raises(LayerError, match="locked"):
        layer_ops.merge_down(locked, locked.active)
    with pytest.raises(LayerError, match="locked"):
        layer_ops.rasterise(locked, locked.active)


def test_a_layer_put_below_clipped_ones_does_not_take_their_base_away(drawing):
    shade = PaintLayer(name="shade", tiles=patch(12, 12, 80, 10, (0, 0, 90, 255)), clip=True)
    flats = named(drawing, "flats")
    before = drawing.insert_above(shade, flats.id).activate(flats.id)
    after = layer_ops.add_layer(before, PaintLayer(name="between"))
    assert np.array_equal(flatten(after), flatten(before))
    assert after.active_layer.clip


def test_a_clipped_layer_stays_clipped_in_and_out_of_a_group(drawing):
    shade = PaintLayer(name="shade", tiles=patch(12, 12, 80, 10, (0, 0, 90, 255)), clip=True)
    before = drawing.insert_above(shade, named(drawing, "flats").id)
    grouped = layer_ops.group(before, shade.id)
    assert np.array_equal(flatten(grouped), flatten(before))
    back = layer_ops.ungroup(grouped, grouped.active)
    assert np.array_equal(flatten(back), flatten(before))
    assert named(back, "shade").clip
