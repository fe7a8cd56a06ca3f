# SPDX-License-Identifier: GPL-3.0-or-later
"""What the dock's jobs make: heads made once, frames, and layers in their places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from ai_tools.portrait.labels import UNPAINTED
from ai_tools.portrait.task import (
    KEPT,
    Drawing,
    Look,
    Person,
    Sitting,
    Spot,
    degrees,
    look_at,
    middle,
)
from app.core.document import Document
from app.core.geometry import Rect
from app.core.history import History
from app.core.layers import GroupLayer, PaintLayer
from app.core.selection import Selection
from app.core.tiles import TileGrid
from app.jobs import BadInput, Cancelled, CancelToken, JobQueue, Progress
from app.plugins import LocalContext
from tests.ai_tools.portrait.fakes import HAIR, SIDE, FakeEngine, face, on_clear

SEVEN = [Look(yaw, 0, "pen") for yaw in range(-60, 61, 20)]


@pytest.fixture
def context() -> Iterator[LocalContext]:
    """A white canvas of 600 x 400 with a face on the active layer, called Ink."""
    document = Document.new(600, 400)
    layer = document.active_layer
    assert isinstance(layer, PaintLayer)
    tiles = TileGrid.from_array(on_clear(face(200)), 250, 120)
    with JobQueue() as queue:
        drawn = document.with_layer(replace(layer, name="Ink", tiles=tiles))
        yield LocalContext(History(drawn), queue)


def layers(sitting: Sitting, person: Person, looks: list[Look], spot: Spot, **more: object):
    progress = Progress(lambda fraction, text: None, lambda value: None)
    painted = more.get("painted")
    token = more.get("token", CancelToken())
    return sitting.layers(person, looks, painted, spot, "Portrait", token, progress)


def bounds(layer: object) -> Rect:
    assert isinstance(layer, PaintLayer)
    found = layer.tiles.bounds()
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("angle", "text"), [(0, "0°"), (20.4, "+20°"), (-60, "−60°"), (-0.2, "0°")]
)
def test_angles_are_written_for_people(angle: float, text: str) -> None:
    assert degrees(angle) == text


def test_heads_are_made_once(fake: FakeEngine) -> None:
    sitting, token = Sitting(), CancelToken()
    for yaw in (0, 20):
        sitting.show(Person(3), Look(yaw, 0, ""), None, token)
    assert (fake.count("person"), fake.count("view")) == (1, 2)
    sitting.show(Person(3, 4, 0.5), Look(0, 0, ""), None, token)
    assert fake.count("person") == 3  # the other one, and the one between
    for seed in range(10, 10 + KEPT):
        sitting.head(Person(seed), token)
    sitting.head(Person(3), token)
    assert fake.count("person") == 4 + KEPT  # forgotten in between


def test_a_drawing_is_read_once_and_seen_from_where_it_was_drawn(
    fake: FakeEngine, context: LocalContext
) -> None:
    sitting, token = Sitting(), CancelToken()
    person = Person(look_at(context, "layer"))
    shown = sitting.show(person, Look(0, 0, "oil", as_drawn=True), None, token)
    assert (shown.view.yaw, shown.view.pitch) == shown.drawn_from
    assert shown.view.yaw == pytest.approx(np.degrees(0.35), abs=1e-3)
    reads = fake.count("encode")
    sitting.show(person, Look(0, 0, "oil"), None, token)
    assert fake.count("encode") == reads


def test_one_view_lies_in_the_middle(fake: FakeEngine) -> None:
    (layer,) = layers(Sitting(), Person(1), [Look(0, 0, "line")], Spot(300, 200, 120))
    assert layer.name == "Portrait" and layer.visible
    found = bounds(layer)
    assert abs(found.x + found.w / 2 - 300) <= 1 and abs(found.y + found.h / 2 - 200) <= 1
    assert abs(found.w - 0.6 * 120) <= 4  # the head alone: the background is transparent


def test_all_seven_in_a_row_fit(fake: FakeEngine) -> None:
    (group,) = layers(Sitting(), Person(1), SEVEN, Spot(300, 200, 512, row=600))
    assert isinstance(group, GroupLayer) and len(group.children) == 7
    assert [x.name for x in group.children][:4] == [
        "Portrait −60°",
        "Portrait −40°",
        "Portrait −20°",
        "Portrait 0°",
    ]
    assert all(child.visible for child in group.children)
    found = [bounds(child) for child in group.children]
    middles = [rect.x + rect.w / 2 for rect in found]
    assert middles == sorted(middles)
    assert found[0].x >= 0 and found[-1].right <= 600


def test_all_seven_on_one_spot_show_the_front(fake: FakeEngine) -> None:
    (group,) = layers(Sitting(), Person(1), SEVEN, Spot(300, 200, 100))
    assert [child.visible for child in group.children] == [False] * 3 + [True] + [False] * 3
    assert bounds(group.children[3]).w < 70


def test_a_drawn_head_lands_where_it_was_drawn(fake: FakeEngine, context: LocalContext) -> None:
    person = Person(look_at(context, "layer"))
    look = [Look(0, 0, "line")]
    (there,) = layers(Sitting(), person, look, Spot(10, 10, 64, as_drawn=True))
    ink = face(200)
    rows, columns = np.nonzero(ink > 127)
    found = bounds(there)
    assert abs(found.x + found.w / 2 - 250 - columns.mean()) < 8
    assert abs(found.y + found.h / 2 - 120 - rows.mean()) < 20
    assert 60 < found.w < 160
    (elsewhere,) = layers(Sitting(), person, look, Spot(10, 10, 64))
    assert bounds(elsewhere).right < 60


def test_painted_labels_are_in_the_inserted_view(fake: FakeEngine) -> None:
    painted = np.full((SIDE, SIDE), UNPAINTED, np.uint8)
    painted[2:14, 20:44] = HAIR
    (layer,) = layers(
        Sitting(), Person(1), [Look(0, 0, "line")], Spot(32, 32, SIDE), painted=painted
    )
    assert isinstance(layer, PaintLayer)
    pixels = layer.tiles.region(Rect(0, 0, SIDE, SIDE))
    assert (pixels[5:11, 25:39] == (0, 0, 0, 255)).all()


def test_inserting_stops_between_the_views(fake: FakeEngine) -> None:
    token = CancelToken()
    sitting = Sitting()
    original = fake._view

    def view(**inputs: np.ndarray) -> dict[str, np.ndarray]:
        token.cancel()
        return original(**inputs)

    fake._view = view  # type: ignore[method-assign]
    with pytest.raises(Cancelled):
        layers(sitting, Person(1), SEVEN, Spot(0, 0, 64), token=token)
    assert fake.count("view") == 1


# -- looking at the picture ----------------------------------------------------------------------


def test_the_active_layer_or_all_of_it_is_looked_at(context: LocalContext) -> None:
    layer, merged = look_at(context, "layer"), look_at(context, "merged")
    assert layer.name == "Ink" and merged.name == "everything visible"
    assert layer.source_ids == [context.document().active]
    assert len(merged.source_ids) == 2
    assert merged.snapshot.region == Rect(0, 0, 600, 400)
    assert layer.snapshot.region.w < 600
    assert layer != look_at(context, "layer") and len({layer, merged}) == 2
    assert isinstance(layer, Drawing)


def test_a_selection_narrows_what_is_looked_at(context: LocalContext) -> None:
    chosen = Selection.rectangle(Rect(240, 100, 220, 150))
    context._history.commit("Select", context.document().with_selection(chosen))
    assert look_at(context, "merged").snapshot.region == Rect(240, 100, 220, 150)
    assert middle(context) == Rect(240, 100, 220, 150)
    far = Selection.rectangle(Rect(0, 0, 5, 5))
    context._history.commit("Select", replace(context.document(), selection=far))
    with pytest.raises(BadInput, match="inside the selection"):
        look_at(context, "layer")


def test_an_empty_layer_is_said(context: LocalContext) -> None:
    empty = PaintLayer(name="Empty")
    context._history.commit("Add", context.document().insert(empty).activate(empty.id))
    with pytest.raises(BadInput, match="“Empty” has nothing drawn"):
        look_at(context, "layer")
    assert middle(context) == Rect(0, 0, 600, 400)
