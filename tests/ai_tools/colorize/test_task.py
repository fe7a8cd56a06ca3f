# SPDX-License-Identifier: GPL-3.0-or-later
"""What one run looks at: paper, the picture so far, what was painted since."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ai_tools.colorize.sources import find_former, find_hints, find_lines
from ai_tools.colorize.task import Settings, Task, below_lines, is_paper, painted_since
from app.core.compose import flatten
from app.core.document import Document
from app.core.geometry import Rect
from app.core.layers import GroupLayer, PaintLayer
from app.core.selection import Selection
from app.core.tiles import TileGrid
from app.jobs import BadInput

BOUNDS = Rect(0, 0, 600, 300)


def sheet(rect: Rect, bgra: tuple[int, int, int, int], name: str) -> PaintLayer:
    return PaintLayer(name=name, tiles=TileGrid.filled(rect, bgra))


def test_paper_is_one_opaque_colour_all_over() -> None:
    paper = sheet(BOUNDS, (200, 220, 230, 255), "Paper")
    assert is_paper(paper, BOUNDS)
    assert not is_paper(sheet(BOUNDS, (0, 0, 100, 200), "Wash"), BOUNDS)
    assert not is_paper(sheet(Rect(0, 0, 600, 299), (9, 9, 9, 255), "Short"), BOUNDS)
    dotted = replace(paper, tiles=paper.tiles.paste(np.zeros((1, 1, 4), np.uint8), 590, 290))
    assert not is_paper(dotted, BOUNDS)
    assert not is_paper(PaintLayer(name="Empty"), BOUNDS)


def test_the_picture_so_far_is_below_the_lines_without_paper_and_with_the_chosen_result() -> None:
    paper = sheet(BOUNDS, (255, 255, 255, 255), "Background")
    flats = sheet(Rect(0, 0, 50, 50), (0, 0, 255, 255), "My flats")
    lines = sheet(Rect(10, 10, 5, 5), (0, 0, 0, 255), "Lines")
    group = GroupLayer(name="Ink", children=(flats, lines))
    result = sheet(Rect(100, 0, 50, 50), (0, 255, 0, 255), "Colour – Lines")
    light = sheet(Rect(200, 0, 50, 50), (255, 255, 255, 255), "Light")
    document = Document(600, 300, (paper, group, result, light), lines.id)
    with_result = flatten(below_lines(document, lines.id, None, result.id))
    assert with_result[12, 12].tolist() == [0, 0, 255, 255]
    assert with_result[20, 120].tolist() == [0, 255, 0, 255]
    assert not with_result[:, 200:].any()
    without = flatten(below_lines(document, lines.id, None, None))
    assert not without[:, 60:].any() and without[12, 12, 3] == 255


def test_what_was_painted_since_is_known_to_the_pixel() -> None:
    made = TileGrid.filled(Rect(0, 0, 600, 300), (1, 2, 3, 255))
    now = made.paste(np.full((2, 3, 4), 9, np.uint8), 255, 255)
    found = painted_since(now, made, Rect(200, 200, 100, 100))
    assert found.sum() == 6 and found[55:57, 55:58].all()
    assert not painted_since(made, made, BOUNDS).any()
    assert painted_since(made, None, BOUNDS).all()


def test_a_selection_bounds_what_is_looked_at() -> None:
    document = Document.new(600, 300)
    task = Task(document, document.layers[1].id, None, None, None, True, Settings("flat", 9, 1))
    assert task.region == document.bounds
    chosen = document.with_selection(Selection.rectangle(Rect(300, 100, 20, 20)))
    assert replace(task, document=chosen).region == Rect(204, 4, 212, 212)
    nowhere = document.with_selection(Selection.rectangle(Rect(700, 100, 20, 20)))
    with pytest.raises(BadInput):
        _ = replace(task, document=nowhere).region


def test_layers_are_found_by_what_they_are() -> None:
    document = Document.new(600, 300)
    paper, lines = document.layers
    assert find_lines(document, None, None) == lines.id
    assert find_lines(document.activate(paper.id), None, None) == lines.id
    hints = PaintLayer(name="Colour hints 2")
    document = document.insert(hints).activate(hints.id)
    assert find_hints(document) == hints.id
    assert find_lines(document, None, hints.id) == lines.id
    for name, found in (
        ("Colour – Layer 1", True),
        ("Colour – Layer 1 3", True),
        ("Colour – Layer 12", False),
        ("Colour – Layer 1 study", False),
    ):
        layer = PaintLayer(name=name)
        with_result = document.insert(layer).activate(layer.id)
        assert find_former(with_result, lines.id) == (layer.id if found else None)
        assert find_lines(with_result, None, hints.id) == lines.id
    hidden = document.insert(PaintLayer(name="Colour – Layer 1", visible=False))
    assert find_former(hidden, lines.id) is None
