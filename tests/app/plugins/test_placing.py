# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a plugin's layers land. May import app.core and app.plugins only."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.document import Document
from app.core.layers import GroupLayer, Layer, PaintLayer, VectorLayer
from app.plugins.placing import with_free_names, with_results


def names(layers: tuple[Layer, ...]) -> list[str]:
    return [layer.name for layer in layers]


def picture(*layers: Layer, active: int | None = None) -> Document:
    return Document(64, 64, layers, None if active is None else layers[active].id)


def test_a_result_lands_right_above_its_source_and_in_its_group() -> None:
    rough, top = PaintLayer(name="Rough"), PaintLayer(name="Top")
    inside = PaintLayer(name="Inside")
    group = GroupLayer(name="Group", children=(inside,))
    document = picture(rough, group, top)
    assert names(with_results(document, [VectorLayer(name="Lines")], rough.id, ()).layers) == [
        "Rough",
        "Lines",
        "Group",
        "Top",
    ]
    grouped = with_results(document, [VectorLayer(name="Lines")], inside.id, ()).find(group.id)
    assert isinstance(grouped, GroupLayer)
    assert names(grouped.children) == ["Inside", "Lines"]


def test_without_a_place_it_goes_above_the_active_layer_else_on_top() -> None:
    a, b = PaintLayer(name="A"), PaintLayer(name="B")
    new = VectorLayer(name="New")
    assert names(with_results(picture(a, b, active=0), [new], None, ()).layers) == ["A", "New", "B"]
    assert names(with_results(picture(a, b, active=0), [new], "gone", ()).layers)[1] == "New"
    assert names(with_results(picture(a, b), [new], None, ()).layers) == ["A", "B", "New"]
    assert names(with_results(picture(), [new], "gone", ()).layers) == ["New"]


def test_several_layers_keep_their_order() -> None:
    a, b = PaintLayer(name="A"), PaintLayer(name="B")
    new = [VectorLayer(name="1"), VectorLayer(name="2"), VectorLayer(name="3")]
    result = with_results(picture(a, b), new, a.id, ())
    assert names(result.layers) == ["A", "1", "2", "3", "B"]


def test_a_result_never_takes_clipped_layers_from_the_layer_below_it() -> None:
    base, shade = PaintLayer(name="Base"), PaintLayer(name="Shade", clip=True)
    glow, top = PaintLayer(name="Glow", clip=True), PaintLayer(name="Top")
    document = picture(base, shade, glow, top)
    plain = with_results(document, [VectorLayer(name="New")], base.id, ())
    assert names(plain.layers) == ["Base", "Shade", "Glow", "New", "Top"]
    clipped = with_results(document, [VectorLayer(name="New", clip=True)], base.id, ())
    assert names(clipped.layers) == ["Base", "New", "Shade", "Glow", "Top"]


def test_hidden_layers_keep_everything_but_their_visibility() -> None:
    rough = PaintLayer(name="Rough", opacity=0.5)
    result = with_results(picture(rough), [VectorLayer()], rough.id, [rough.id, "gone"])
    assert not result.find(rough.id).visible
    assert replace(result.find(rough.id), visible=True).opacity == 0.5


def test_ids_that_are_taken_are_replaced_also_inside_groups() -> None:
    child = PaintLayer(name="Child")
    group = GroupLayer(name="Group", children=(child,))
    document = with_results(picture(group), [group], None, ())
    ids = [layer.id for layer in document.walk()]
    assert len(ids) == len(set(ids)) == 4


word = st.sampled_from(["Lines", "Lines 2", "Ink", ""])


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(word, max_size=5), st.lists(word, min_size=1, max_size=5), st.data())
def test_adding_layers_changes_nothing_that_was_there(
    old: list[str], new: list[str], data: st.DataObject
) -> None:
    document = picture(
        *(
            PaintLayer(name=f"{name} {i}", clip=data.draw(st.booleans()))
            for i, name in enumerate(old)
        )
    )
    above = data.draw(st.sampled_from([*(x.id for x in document.layers), None, "gone"]))
    layers = with_free_names([VectorLayer(name=name) for name in new], document)
    result = with_results(document, layers, above, ())
    added = {layer.id for layer in layers}
    assert [x for x in result.layers if x.id not in added] == list(document.layers)
    assert [x for x in result.layers if x.id in added] == list(layers)
    assert result.active == document.active
    taken = [layer.name for layer in result.walk()]
    assert len(taken) == len(set(taken))
