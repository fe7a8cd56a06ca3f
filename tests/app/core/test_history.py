# SPDX-License-Identifier: GPL-3.0-or-later
"""Undo is the exact way back, and its memory is bounded in bytes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from app.core.document import Document
from app.core.geometry import Rect
from app.core.history import History
from app.core.layers import PaintLayer

TILE_BYTES = 256 * 256 * 4


def scribble(doc: Document, value: int, x: int = 0) -> Document:
    layer = doc.active_layer
    assert isinstance(layer, PaintLayer)
    tiles = layer.tiles.paste(np.full((20, 20, 4), value, np.uint8), x, 0)
    return doc.with_layer(replace(layer, tiles=tiles))


class UndoMachine(RuleBasedStateMachine):
    """Random edits, undos and redos against a plain list of what the canvas looked like."""

    def __init__(self) -> None:
        super().__init__()
        self.history = History(Document.new(600, 300, None))
        self.looks = [self.look()]
        self.at = 0

    def look(self) -> bytes:
        layer = self.history.document.active_layer
        assert isinstance(layer, PaintLayer)
        return layer.tiles.region(Rect(0, 0, 600, 300)).tobytes()

    @rule(value=st.integers(1, 255), x=st.integers(0, 580))
    def draw(self, value: int, x: int) -> None:
        self.history.commit("Stroke", scribble(self.history.document, value, x))
        self.at += 1
        self.looks[self.at :] = [self.look()]

    @precondition(lambda self: self.at > 0)
    @rule()
    def undo(self) -> None:
        assert self.history.undo()
        self.at -= 1

    @precondition(lambda self: self.at + 1 < len(self.looks))
    @rule()
    def redo(self) -> None:
        assert self.history.redo()
        self.at += 1

    @invariant()
    def canvas_is_what_it_was(self) -> None:
        assert self.look() == self.looks[self.at]
        assert self.history.position == self.at
        assert self.history.can_redo == (self.at + 1 < len(self.looks))


TestUndoMachine = UndoMachine.TestCase
TestUndoMachine.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)


def test_a_step_costs_only_the_tiles_it_replaced():
    history = History(scribble(Document.new(2000, 2000), 50))
    history.commit("Stroke", scribble(history.document, 60))
    assert history.nbytes == TILE_BYTES


def test_old_steps_go_when_the_budget_is_spent_but_one_step_back_always_stays():
    history = History(scribble(Document.new(600, 600), 1), byte_budget=3 * TILE_BYTES)
    for value in range(2, 12):
        history.commit("Stroke", scribble(history.document, value))
    assert history.nbytes <= 3 * TILE_BYTES
    assert len(history.entries) == 4
    tiny = History(scribble(Document.new(600, 600), 1), byte_budget=0)
    tiny.commit("Stroke", scribble(tiny.document, 2))
    assert tiny.undo()


def test_dragging_a_slider_is_one_step():
    history = History(Document.new(10, 10))
    layer = history.document.active_layer
    for opacity in (0.9, 0.7, 0.4):
        doc = history.document
        history.commit("Opacity", doc.with_layer(replace(layer, opacity=opacity)), merge="opacity")
    assert history.entries == ["Open", "Opacity"]
    assert history.undo()
    assert history.document.active_layer.opacity == 1.0


def test_a_new_slider_drag_after_undo_is_a_step_of_its_own():
    history = History(Document.new(10, 10))
    layer = history.document.active_layer
    history.commit("Opacity", history.document.with_layer(replace(layer, opacity=0.5)), "opacity")
    history.undo()
    history.redo()
    history.commit("Opacity", history.document.with_layer(replace(layer, opacity=0.2)), "opacity")
    assert len(history.entries) == 3


def test_saved_state_is_found_again_by_undo_and_lost_when_unreachable():
    history = History(Document.new(100, 100))
    assert not history.modified
    history.commit("Stroke", scribble(history.document, 5))
    history.mark_saved()
    history.commit("Stroke", scribble(history.document, 6))
    assert history.modified
    history.undo()
    assert not history.modified
    history.undo()
    history.commit("Stroke", scribble(history.document, 7))
    assert history.modified
    history.undo()
    assert history.modified


def test_listeners_hear_old_and_new_until_they_leave():
    history = History(Document.new(10, 10))
    heard = []
    leave = history.subscribe(lambda old, new: heard.append((old, new)))
    first = history.document
    history.commit("Stroke", scribble(first, 5))
    leave()
    history.undo()
    assert heard == [(first, heard[0][1])]
    assert heard[0][1] is not first


def test_choosing_another_layer_is_no_undo_step():
    history = History(Document.new(10, 10))
    below = history.document.layers[0].id
    history.replace_current(history.document.activate(below))
    assert history.document.active == below
    assert not history.can_undo
    assert not history.modified


def test_a_jump_out_of_range_is_refused():
    with pytest.raises(IndexError, match="step 4"):
        History(Document.new(10, 10)).jump(4)


def test_choosing_another_layer_while_a_file_is_written_leaves_nothing_unsaved():
    history = History(Document.new(100, 100))
    history.commit("Stroke", scribble(history.document, 5))
    written = history.document
    history.replace_current(written.activate(written.layers[0].id))
    history.mark_saved(written)
    assert not history.modified
    history.undo()
    assert history.modified
