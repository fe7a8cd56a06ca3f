# SPDX-License-Identifier: GPL-3.0-or-later
"""A plugin's view of the picture, without a window. May import app.core, jobs and plugins only."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.brush import BrushSettings
from app.core.compose import flatten
from app.core.document import Document
from app.core.geometry import Rect
from app.core.history import History
from app.core.layers import GroupLayer, PaintLayer, VectorLayer
from app.core.selection import Selection
from app.core.strokes import Stroke
from app.core.tiles import TileGrid
from app.core.vector import Subpath, VectorPath
from app.jobs import BadInput, CancelToken, Job, JobQueue, JobState, Progress
from app.plugins import LocalContext, PaintContext

WAIT = 30


def stroke(x: float) -> Stroke:
    return Stroke(np.array([[x, 0, 1, 0], [x + 9, 9, 1, 0.1]], np.float32), 4, (0, 0, 0))


def drawn(context: LocalContext, history: History, *strokes: Stroke) -> None:
    """The artist draws on the active layer."""
    layer = context.active_layer
    assert isinstance(layer, PaintLayer)
    layer = replace(layer, strokes=layer.strokes + strokes)
    history.commit("Brush stroke", history.document.with_layer(layer))


@pytest.fixture
def history() -> History:
    return History(Document.new(300, 200))


@pytest.fixture
def context(history: History, queue: JobQueue) -> LocalContext:
    return LocalContext(history, queue)


# -- looking -------------------------------------------------------------------------------------


def test_a_snapshot_shows_the_layer_as_it_was_whatever_is_painted_later(
    context: LocalContext, history: History
) -> None:
    layer = context.active_layer
    assert isinstance(layer, PaintLayer)
    red = np.full((10, 20, 4), (0, 0, 255, 255), np.uint8)
    faint = replace(layer, tiles=TileGrid.from_array(red, 5, 7), opacity=0.5, visible=False)
    history.commit("Paint", history.document.with_layer(faint))
    snapshot = context.snapshot()
    history.commit("Clear", history.document.with_layer(replace(faint, tiles=TileGrid())))
    assert snapshot.pixels.shape == (200, 300, 4)
    assert np.array_equal(snapshot.pixels[7:17, 5:25], red)  # the layer alone, as if opaque
    assert snapshot.pixels.astype(int).sum() == red.astype(int).sum()
    assert not snapshot.pixels.flags.writeable
    assert snapshot.origin == (0, 0)
    assert snapshot.revision == context.revision - 1


def test_a_region_may_reach_beyond_the_canvas(context: LocalContext) -> None:
    snapshot = context.snapshot(Rect(-10, -20, 40, 50), "merged")
    assert snapshot.pixels.shape == (50, 40, 4)
    assert snapshot.origin == (-10, -20)
    assert np.array_equal(snapshot.pixels, flatten(context.document(), Rect(-10, -20, 40, 50)))


def test_vector_layers_and_groups_are_seen_as_pixels(
    context: LocalContext, history: History
) -> None:
    square = Subpath.polyline([(10, 10), (30, 10), (30, 30), (10, 30)], closed=True)
    vector = VectorLayer(name="V", paths=(VectorPath((square,)),), opacity=0.3, clip=True)
    group = GroupLayer(name="G", children=(replace(vector, id="inside", clip=False),), opacity=0.2)
    history.commit("Add", history.document.insert(vector).insert(group))
    assert context.snapshot(source=vector.id).pixels[20, 20].tolist() == [0, 0, 0, 255]
    alpha = int(context.snapshot(source=group.id).pixels[20, 20, 3])
    assert abs(alpha - 0.3 * 255) < 2  # not 0.3 x 0.2


def test_a_snapshot_of_nothing_is_refused_with_a_sentence(
    context: LocalContext, history: History
) -> None:
    with pytest.raises(BadInput, match="empty"):
        context.snapshot(Rect(0, 0, 0, 5))
    with pytest.raises(BadInput, match="no longer"):
        context.snapshot(source="gone")
    history.commit("Deselect", replace(history.document, active=None))
    assert context.active_layer is None
    with pytest.raises(BadInput, match="No layer is active"):
        context.snapshot()


def test_the_selection_comes_as_a_mask_over_the_region(
    context: LocalContext, history: History
) -> None:
    assert context.selection() is None
    assert context.snapshot().mask is None
    selected = history.document.with_selection(Selection.rectangle(Rect(10, 10, 20, 20)))
    history.commit("Select", selected)
    assert context.selection() is selected.selection
    mask = context.snapshot(Rect(0, 0, 40, 40)).mask
    assert mask is not None and mask.shape == (40, 40)
    assert (mask == 255).sum() == 400


def test_revision_grows_with_every_change_and_so_with_undo(
    context: LocalContext, history: History
) -> None:
    start = context.revision
    drawn(context, history, stroke(0))
    history.undo()
    assert context.revision == start + 2


def test_the_painting_colour_is_asked_for_when_it_is_needed(
    history: History, queue: JobQueue
) -> None:
    colours = [(1, 2, 3)]
    context = LocalContext(history, queue, colour=lambda: colours[-1])
    assert context.colour == (1, 2, 3)
    colours.append((9, 9, 9))
    assert context.colour == (9, 9, 9)


# -- strokes -------------------------------------------------------------------------------------


def test_the_brush_in_hand_and_the_view_are_asked_for_when_they_are_needed(
    history: History, queue: JobQueue
) -> None:
    brush, view = [BrushSettings(size=3)], [Rect(250, 150, 200, 200)]
    context = LocalContext(history, queue, brush=lambda: brush[0], view=lambda: view[0])
    assert context.brush.size == 3
    brush[0] = BrushSettings(size=9)
    assert context.brush.size == 9
    assert context.view() == Rect(250, 150, 50, 50)  # what is seen of the canvas
    view[0] = Rect(900, 900, 10, 10)
    assert context.view() == Rect(0, 0, 300, 200)  # nothing of it: never empty


def test_strokes_since_a_revision_are_those_drawn_after_it_and_still_there(
    context: LocalContext, history: History
) -> None:
    a, b, c = stroke(0), stroke(10), stroke(20)
    drawn(context, history, a)
    seen = context.revision
    drawn(context, history, b)
    drawn(context, history, c)
    assert context.strokes_since(seen) == (b, c)
    assert context.strokes_since(-1) == (a, b, c)
    history.undo()
    assert context.strokes_since(seen) == (b,)
    history.redo()
    assert context.strokes_since(seen) == (b, c)


def test_a_stroke_that_is_copied_or_moved_to_another_layer_is_not_new(
    context: LocalContext, history: History
) -> None:
    drawn(context, history, stroke(0))
    seen, layer = context.revision, context.active_layer
    assert layer is not None
    twin = replace(layer, id="twin", name="Copy")
    history.commit("Duplicate", history.document.insert(twin).activate("twin"))
    new = stroke(50)
    drawn(context, history, new)
    assert context.strokes_since(seen) == (new,)
    history.commit("Delete the copy", history.document.remove("twin"))
    assert context.strokes_since(seen) == ()
    assert len(context.strokes_since(-1)) == 1


def test_strokes_that_were_there_at_the_start_are_known(history: History, queue: JobQueue) -> None:
    first = stroke(0)
    drawn(LocalContext(history, queue), history, first)
    context = LocalContext(history, queue)
    assert context.strokes_since(-1) == (first,)
    assert context.strokes_since(context.revision) == ()


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.sampled_from(["draw", "undo", "redo", "copy", "delete", "merge"]), max_size=25))
def test_strokes_are_known_exactly_whatever_the_artist_does(actions: list[str]) -> None:
    history = History(Document.new(30, 30))
    context = LocalContext(history, JobQueue())  # no job, so no thread
    present = [set[int]()]  # ids of the strokes in the picture, by revision
    alive: list[Stroke] = []

    def layers() -> list[PaintLayer]:
        return [x for x in history.document.walk() if isinstance(x, PaintLayer)]

    for number, action in enumerate(actions):
        active = context.active_layer
        if action == "draw" and isinstance(active, PaintLayer):
            alive.append(stroke(number))
            drawn(context, history, alive[-1])
        elif action == "copy" and active is not None:
            twin = replace(active, id=f"twin {number}")
            history.commit("Copy", history.document.insert(twin).activate(twin.id))
        elif action == "delete" and len(layers()) > 1 and active is not None:
            history.commit("Delete", history.document.remove(active.id))
        elif action == "merge":
            seen = {id(s): s for layer in layers() for s in layer.strokes}
            one = PaintLayer(strokes=tuple(seen.values()))
            history.commit("Merge", replace(history.document, layers=(one,), active=one.id))
        elif action in ("undo", "redo"):
            getattr(history, action)()
        while len(present) <= context.revision:
            present.append({id(s) for layer in layers() for s in layer.strokes})
        known = [id(s) for s in context.strokes_since(-1)]
        assert len(known) == len(set(known)) and set(known) == present[-1]
        for revision in range(context.revision + 1):
            stayed = set.intersection(*present[revision:])
            since = {id(s) for s in context.strokes_since(revision)}
            assert since == present[-1] - stayed


# -- committing ----------------------------------------------------------------------------------


def test_a_commit_is_one_undo_step(context: LocalContext, history: History) -> None:
    before, active = history.document, context.active_layer
    assert active is not None
    ids = context.commit(
        "Simplify Lines", [VectorLayer(name="Lines")], above=active.id, hide=[active.id]
    )
    assert [context.document().find(i).name for i in ids] == ["Lines"]
    assert not context.document().find(active.id).visible
    assert context.document().active == active.id
    assert history.entries[-1] == "Simplify Lines"
    assert history.undo()
    assert history.document is before


def test_names_stay_unique(context: LocalContext) -> None:
    for _ in range(3):
        context.commit("x", [VectorLayer(name="Lines"), VectorLayer(name="Lines")])
    names = [layer.name for layer in context.document().walk()]
    assert {"Lines", "Lines 2", "Lines 6"} <= set(names)
    assert len(names) == len(set(names))


def test_a_late_result_lands_on_what_the_artist_did_meanwhile(
    context: LocalContext, history: History
) -> None:
    snapshot = context.snapshot()
    assert snapshot.layer is not None
    mine = stroke(0)
    drawn(context, history, mine)
    history.commit("Delete the source", history.document.remove(snapshot.layer.id))
    history.undo()
    context.commit("Late", [VectorLayer(name="Lines")], above=snapshot.layer.id)
    assert context.strokes_since(-1) == (mine,)
    assert [layer.name for layer in context.document().layers][-2:] == ["Layer 1", "Lines"]


def test_a_result_whose_source_is_gone_lands_all_the_same(
    context: LocalContext, history: History
) -> None:
    snapshot = context.snapshot()
    assert snapshot.layer is not None
    history.commit("Delete", history.document.remove(snapshot.layer.id))
    context.commit("Late", [VectorLayer(name="Lines")], snapshot.layer.id, [snapshot.layer.id])
    assert [layer.name for layer in context.document().layers] == ["Background", "Lines"]


def test_a_layer_that_is_replaced_is_one_undo_step(context: LocalContext, history: History) -> None:
    (layer_id,) = context.commit("Add", [PaintLayer(name="Result")])
    drawn(context, history, stroke(1))
    before = history.document
    result = before.find(layer_id)
    assert isinstance(result, PaintLayer)
    longer = replace(result, strokes=(stroke(7),))
    context.replace_layer("Go on", longer)
    assert history.entries[-1] == "Go on"
    assert history.document.find(layer_id) is longer
    assert history.document.active_layer is before.active_layer
    assert history.undo() and history.document is before


def test_a_layer_that_is_gone_cannot_be_replaced(context: LocalContext, history: History) -> None:
    before = history.document
    with pytest.raises(BadInput, match="no longer in the picture"):
        context.replace_layer("Go on", PaintLayer(name="Elsewhere"))
    assert history.document is before


def test_a_tool_hands_the_artist_a_layer_without_an_undo_step(
    context: LocalContext, history: History
) -> None:
    (layer_id,) = context.commit("Add", [PaintLayer(name="Hints")])
    steps = len(history.entries)
    assert context.document().active != layer_id
    context.activate(layer_id)
    assert context.document().active == layer_id
    assert len(history.entries) == steps
    with pytest.raises(BadInput, match="no longer in the picture"):
        context.activate("gone")


def test_a_commit_of_nothing_is_a_mistake_of_the_plugin(
    context: LocalContext, history: History
) -> None:
    with pytest.raises(ValueError, match="no layers"):
        context.commit("x", [])
    assert not history.can_undo


# -- preview -------------------------------------------------------------------------------------


def test_a_preview_shows_the_result_and_changes_nothing(
    context: LocalContext, history: History
) -> None:
    before, active = history.document, context.active_layer
    assert active is not None and context.preview_document is None
    calls: list[int] = []
    unsubscribe = context.on_preview_changed(lambda: calls.append(1))
    lines = VectorLayer(name="Lines")
    context.preview([lines], active.id, [active.id])
    shown = context.preview_document
    assert shown is not None and shown is context.preview_document
    assert shown.find(lines.id) is lines
    assert not shown.find(active.id).visible
    assert history.document is before and not history.can_undo
    context.preview(None)
    context.preview(None)
    assert context.preview_document is None
    assert len(calls) == 2
    unsubscribe()
    context.preview([lines])
    assert len(calls) == 2


def test_a_preview_follows_the_picture_and_a_commit_ends_it(
    context: LocalContext, history: History
) -> None:
    context.preview([VectorLayer(name="Lines")])
    mine = stroke(0)
    drawn(context, history, mine)
    shown = context.preview_document
    assert shown is not None
    assert any(isinstance(x, PaintLayer) and mine in x.strokes for x in shown.walk())
    ends: list[Document | None] = []
    context.on_preview_changed(lambda: ends.append(context.preview_document))
    context.commit("Apply", [VectorLayer(name="Lines")])
    context.commit("Apply", [VectorLayer(name="Lines")])
    assert context.preview_document is None and ends == [None]


# -- listening and leaving -----------------------------------------------------------------------


def test_listeners_hear_changes_until_they_unsubscribe(
    context: LocalContext, history: History, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[tuple[Document, Document]] = []

    def broken(old: Document, new: Document) -> None:
        raise RuntimeError("a plugin's mistake")

    context.on_document_changed(broken)
    unsubscribe = context.on_document_changed(lambda old, new: heard.append((old, new)))
    before = history.document
    drawn(context, history, stroke(0))
    assert heard == [(before, history.document)]
    assert "a plugin's mistake" in caplog.text
    unsubscribe()
    unsubscribe()
    history.undo()
    assert len(heard) == 1


class Held:
    """A job that runs until it is cancelled."""

    def __init__(self) -> None:
        self.begun = threading.Event()

    def __call__(self, token: CancelToken, progress: Progress) -> None:
        self.begun.set()
        token.wait(WAIT)
        token.check()


def test_listeners_hear_when_a_stroke_begins_and_ends(context: LocalContext) -> None:
    heard: list[tuple[bool, bool]] = []
    stop = context.on_painting(lambda painting: heard.append((painting, context.painting)))
    assert not context.painting
    for painting in (True, True, False, False):
        context.set_painting(painting)
    assert heard == [(True, True), (False, False)]
    stop()
    context.set_painting(True)
    assert len(heard) == 2 and context.painting


def test_opening_another_picture_cancels_the_jobs_of_the_old_one(
    context: LocalContext, history: History
) -> None:
    held = Held()
    handle = context.submit(Job("x", held), on_done=lambda r: context.commit("x", [VectorLayer()]))
    assert held.begun.wait(WAIT)
    context.preview([VectorLayer(name="Lines")])
    history.reset(Document.new(50, 50))
    assert handle.wait(WAIT)
    assert handle.state is JobState.CANCELLED
    assert context.preview_document is None
    assert not history.can_undo


def test_a_change_of_the_active_layer_is_no_other_picture(
    context: LocalContext, history: History
) -> None:
    held = Held()
    handle = context.submit(Job("x", held))
    assert held.begun.wait(WAIT)
    history.replace_current(history.document.activate(history.document.layers[0].id))
    history.commit("Merge", Document(300, 200, (PaintLayer(),)))
    assert not handle._token.cancelled
    handle.cancel()
    assert handle.wait(WAIT)


def test_a_closed_context_lets_go_of_everything(context: LocalContext, history: History) -> None:
    held = Held()
    handle = context.submit(Job("x", held))
    heard: list[object] = []
    context.on_document_changed(lambda old, new: heard.append(new))
    assert held.begun.wait(WAIT)
    context.close()
    assert handle.wait(WAIT) and handle.state is JobState.CANCELLED
    revision = context.revision
    history.commit("x", history.document.insert(PaintLayer(name="New")))
    assert context.revision == revision and heard == []


def test_messages_go_where_the_window_wants_them_else_to_the_log(
    history: History, queue: JobQueue, caplog: pytest.LogCaptureFixture
) -> None:
    said: list[tuple[str, str]] = []
    LocalContext(history, queue, on_message=lambda *m: said.append(m)).message("Done.", "warning")
    assert said == [("Done.", "warning")]
    LocalContext(history, queue).message("Careful.", "warning")
    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [("WARNING", "Careful.")]


def test_it_is_the_context_that_plugins_are_promised(context: LocalContext) -> None:
    promised: PaintContext = context  # checked by mypy
    members = [name for name in vars(PaintContext) if not name.startswith("_")]
    assert len(members) == 18
    assert all(hasattr(promised, name) for name in members)
