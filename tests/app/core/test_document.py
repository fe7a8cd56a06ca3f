# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer tree as an artist rearranges it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.document import Document
from app.core.geometry import Rect
from app.core.layers import GroupLayer, PaintLayer, VectorLayer
from app.core.selection import Selection


def names(layers):
    return [
        (layer.name, names(layer.children)) if isinstance(layer, GroupLayer) else layer.name
        for layer in layers
    ]


@pytest.fixture
def tree() -> Document:
    ink, flats, paper = PaintLayer(name="ink"), PaintLayer(name="flats"), PaintLayer(name="paper")
    group = GroupLayer(name="figure", children=(flats, ink))
    return Document(64, 64, (paper, group), ink.id)


def by_name(doc: Document, name: str):
    return next(layer for layer in doc.walk() if layer.name == name)


def test_a_new_document_has_paper_and_an_empty_layer_to_draw_on():
    doc = Document.new(300, 200, (250, 240, 230))
    assert names(doc.layers) == ["Background", "Layer 1"]
    assert doc.active_layer is doc.layers[1]
    paper = doc.layers[0]
    assert isinstance(paper, PaintLayer)
    assert tuple(paper.tiles.region(Rect(299, 199, 1, 1))[0, 0]) == (230, 240, 250, 255)
    assert paper.tiles.bounds() == doc.bounds


def test_a_layer_is_added_right_above_the_active_one_in_its_group(tree):
    doc = tree.insert_above(VectorLayer(name="lines"), by_name(tree, "flats").id)
    assert names(doc.layers) == ["paper", ("figure", ["flats", "lines", "ink"])]


def test_replacing_a_layer_deep_inside_shares_all_others(tree):
    ink = by_name(tree, "ink")
    doc = tree.with_layer(replace(ink, opacity=0.5))
    assert by_name(doc, "ink").opacity == 0.5
    assert by_name(doc, "flats") is by_name(tree, "flats")
    assert by_name(doc, "paper") is by_name(tree, "paper")
    assert by_name(tree, "ink").opacity == 1.0


def test_removing_the_active_layer_hands_over_to_its_neighbour(tree):
    doc = tree.remove(tree.active)
    assert doc.active_layer.name == "flats"
    doc = doc.remove(doc.active)
    assert doc.active_layer.name == "figure"
    doc = doc.remove(doc.active)
    assert doc.active_layer.name == "paper"
    assert doc.remove(doc.active).active is None


def test_moving_a_layer_out_of_its_group_and_back(tree):
    ink = by_name(tree, "ink")
    out = tree.move(ink.id, None, 0)
    assert names(out.layers) == ["ink", "paper", ("figure", ["flats"])]
    back = out.move(ink.id, by_name(tree, "figure").id, 1)
    assert names(back.layers) == names(tree.layers)


def test_a_group_cannot_be_moved_into_itself(tree):
    group = by_name(tree, "figure")
    with pytest.raises(ValueError, match="into itself"):
        tree.move(group.id, group.id, 0)


def test_the_same_layer_cannot_be_there_twice(tree):
    with pytest.raises(ValueError, match="already"):
        tree.insert(GroupLayer(children=(by_name(tree, "ink"),)))


def test_only_groups_hold_layers(tree):
    with pytest.raises(ValueError, match="no group"):
        tree.insert(PaintLayer(), by_name(tree, "paper").id)


def test_names_stay_tellable_apart(tree):
    assert tree.unique_name("ink") == "ink 2"
    assert tree.unique_name("sky") == "sky"


@pytest.mark.parametrize("size", [(0, 10), (10, -1), (40_000, 10)])
def test_impossible_canvas_sizes_are_refused(size):
    with pytest.raises(ValueError, match="canvas"):
        Document(*size)


def test_an_empty_selection_means_everything(tree):
    assert tree.with_selection(Selection()).selection is None


def test_opacity_out_of_range_is_refused():
    with pytest.raises(ValueError, match="opacity"):
        PaintLayer(opacity=float("nan"))
