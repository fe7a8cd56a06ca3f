# SPDX-License-Identifier: GPL-3.0-or-later
"""The cached canvas always equals the picture computed afresh, whatever is done to the document."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.blend_modes import BlendMode
from app.core.compose import flatten
from app.core.compositor import Compositor
from app.core.document import Document
from app.core.geometry import EMPTY, Rect
from app.core.layers import GroupLayer, Layer, PaintLayer, VectorLayer
from app.core.tiles import Key, TileGrid
from app.core.vector import Subpath, VectorPath

WIDTH, HEIGHT = 300, 280  # four tiles, three of them cut by the canvas edge


@pytest.fixture(scope="module", autouse=True)
def kernels():
    from app.core.blend_kernels import compile_kernels

    compile_kernels()


def block(seed: int, w: int, h: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    alpha = rng.choice(np.array([0, 90, 200, 255], np.uint8), (h, w, 1))
    colour = rng.integers(0, 256, (h, w, 3), dtype=np.uint16)
    return np.concatenate([(colour * alpha // 255).astype(np.uint8), alpha], axis=2)


@st.composite
def grids(draw) -> TileGrid:
    grid = TileGrid()
    for _ in range(draw(st.integers(0, 2))):
        x, y = draw(st.integers(-40, WIDTH)), draw(st.integers(-40, HEIGHT))
        w, h = draw(st.integers(1, 200)), draw(st.integers(1, 200))
        grid = grid.paste(block(draw(st.integers(0, 99)), w, h), x, y)
    return grid


@st.composite
def shapes(draw) -> VectorPath:
    number = st.floats(-30, 320, width=16)
    points = [(draw(number), draw(number)) for _ in range(3)]
    colour = (draw(st.integers(0, 255)), 60, 120, draw(st.sampled_from([0, 128, 255])))
    return VectorPath((Subpath.polyline(points, closed=True),), fill=colour)


properties = st.fixed_dictionaries(
    {
        "visible": st.sampled_from([True, True, True, False]),
        "opacity": st.sampled_from([1.0, 1.0, 0.6, 0.0]),
        "mode": st.sampled_from([BlendMode.NORMAL, *BlendMode]),
        "clip": st.booleans(),
    }
)


def leaves() -> st.SearchStrategy[Layer]:
    return st.one_of(
        st.builds(lambda p, g: PaintLayer(tiles=g, **p), properties, grids()),
        st.builds(lambda p, g: PaintLayer(tiles=g, **p), properties, grids()),
        st.builds(
            lambda p, s: VectorLayer(paths=tuple(s), **p),
            properties,
            st.lists(shapes(), max_size=2),
        ),
    )


def trees() -> st.SearchStrategy[Layer]:
    def group(children: st.SearchStrategy[Layer]) -> st.SearchStrategy[Layer]:
        return st.builds(
            lambda p, c, through: GroupLayer(children=tuple(c), passthrough=through, **p),
            properties,
            st.lists(children, max_size=3),
            st.booleans(),
        )

    return st.recursive(leaves(), group, max_leaves=4)


@st.composite
def documents(draw) -> Document:
    layers = tuple(draw(st.lists(trees(), min_size=1, max_size=4)))
    return Document(WIDTH, HEIGHT, layers)


def edited(document: Document, draw) -> Document:
    """One step of work: paint, restyle, move, add, remove, regroup."""
    layers = list(document.walk())
    what = draw(st.sampled_from(["paint", "paint", "style", "style", "move", "add", "remove"]))
    if what == "add" or not layers:
        groups = [None, *[x.id for x in layers if isinstance(x, GroupLayer)]]
        return document.insert(
            draw(trees()), draw(st.sampled_from(groups)), draw(st.integers(0, 3))
        )
    layer = draw(st.sampled_from(layers))
    if what == "remove":
        return document.remove(layer.id)
    if what == "move":
        inside = {x.id for x in Document(1, 1, (layer,)).walk()}
        groups = [x.id for x in layers if isinstance(x, GroupLayer) and x.id not in inside]
        parent = draw(st.sampled_from([None, *groups]))
        return document.move(layer.id, parent, draw(st.integers(0, 3)))
    if what == "style" or isinstance(layer, GroupLayer):
        changes = draw(properties)
        if isinstance(layer, GroupLayer):
            changes["passthrough"] = draw(st.booleans())
        names = draw(st.sets(st.sampled_from(sorted(changes)), min_size=1))
        return document.with_layer(replace(layer, **{n: changes[n] for n in names}))
    if isinstance(layer, VectorLayer):
        paths = (*layer.paths[draw(st.integers(0, 1)) :], draw(shapes()))
        return document.with_layer(replace(layer, paths=paths))
    assert isinstance(layer, PaintLayer)
    x, y = draw(st.integers(-20, WIDTH)), draw(st.integers(-20, HEIGHT))
    patch = block(draw(st.integers(0, 99)), draw(st.integers(1, 60)), draw(st.integers(1, 60)))
    return document.with_layer(replace(layer, tiles=layer.tiles.paste(patch, x, y)))


def same(compositor: Compositor, document: Document) -> bool:
    return np.array_equal(compositor.region(document.bounds), flatten(document))


class Painting:
    """Stands for a stroke: the layer's pixels with growing patches, told as dirty rectangles."""

    def __init__(self, layer: PaintLayer) -> None:
        self.layer = layer
        self.tiles: dict[Key, np.ndarray] = {}

    def provide(self, key: Key) -> np.ndarray | None:
        return self.tiles.get(key)

    def dab(self, seed: int, x: int, y: int, size: int) -> Rect:
        """Paint in place, as a stroke engine does."""
        grid = self.now().tiles.paste(block(seed, size, size), x, y)
        for key, tile in grid.items():
            old = self.layer.tiles.get(key)
            if key in self.tiles:
                self.tiles[key][:] = tile
            elif old is None or not np.array_equal(old, tile):
                self.tiles[key] = tile.copy()
        return Rect(x, y, size, size)

    def now(self) -> PaintLayer:
        changes = {key: tile.copy() for key, tile in self.tiles.items()}
        return replace(self.layer, tiles=self.layer.tiles.replace(changes))


slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


@given(document=documents(), data=st.data())
@settings(max_examples=120, deadline=None, suppress_health_check=slow)
def test_the_canvas_equals_the_flattened_document_through_any_edits(document, data):
    compositor = Compositor(document)
    assert same(compositor, document)
    for _ in range(data.draw(st.integers(1, 5))):
        document = edited(document, data.draw)
        dirty = compositor.set_document(document)
        before = compositor.canvas.copy()
        assert same(compositor, document)
        changed = (before != compositor.canvas).any(axis=2)
        changed[dirty.y : dirty.bottom, dirty.x : dirty.right] = False
        assert not changed.any(), "something changed outside the rectangle that was told"


@given(document=documents(), data=st.data())
@settings(max_examples=100, deadline=None, suppress_health_check=slow)
def test_the_canvas_is_right_during_strokes_and_after_them(document, data):
    compositor = Compositor(
        document, below_bytes=data.draw(st.sampled_from([0, 1 << 19, 96 << 20]))
    )
    for _ in range(2):
        paintable = [x for x in document.walk() if isinstance(x, PaintLayer)]
        if not paintable:
            return
        painting = Painting(data.draw(st.sampled_from(paintable)))
        compositor.set_overlay(painting.layer.id, painting.provide)
        for _ in range(data.draw(st.integers(1, 4))):
            size = data.draw(st.integers(1, 90))
            x, y = data.draw(st.integers(-20, WIDTH)), data.draw(st.integers(-20, HEIGHT))
            compositor.mark_dirty(painting.dab(data.draw(st.integers(0, 99)), x, y, size))
            if data.draw(st.booleans()):
                assert same(compositor, document.with_layer(painting.now()))
        ending = data.draw(st.sampled_from(["keep", "cancel", "keep and edit", "lose the layer"]))
        if ending.startswith("keep"):
            document = document.with_layer(painting.now())
        if ending == "keep and edit":
            document = edited(document, data.draw)
        if ending == "lose the layer":
            document = document.remove(painting.layer.id)
        if data.draw(st.booleans()):  # either order is fine
            compositor.set_overlay(None)
            compositor.set_document(document)
        else:
            compositor.set_document(document)
            compositor.set_overlay(None)
        assert same(compositor, document)


def colours() -> Document:
    """Half-transparent noise everywhere, in a clip chain and a group: any change of order shows."""

    def paint(name: str, seed: int, **more) -> PaintLayer:
        return PaintLayer(id=name, tiles=TileGrid.from_array(block(seed, WIDTH, HEIGHT)), **more)

    inside = (paint("low", 1), paint("high", 2, mode=BlendMode.DIFFERENCE))
    layers = (
        paint("paper", 3),
        paint("base", 4, mode=BlendMode.MULTIPLY),
        paint("tint", 5, clip=True, opacity=0.5),
        GroupLayer(id="group", children=inside, opacity=0.7),
        paint("top", 6, mode=BlendMode.OVERLAY),
    )
    return Document(WIDTH, HEIGHT, layers, "top")


STRUCTURAL = {
    "lower": lambda d: d.move("top", None, 1),
    "raise": lambda d: d.move("paper", None, 4),
    "swap in a group": lambda d: d.move("low", "group", 1),
    "into a group": lambda d: d.move("paper", "group", 1),
    "out of a group": lambda d: d.move("high", None, 0),
    "between base and clip": lambda d: d.move("paper", None, 1),
    "remove the base": lambda d: d.remove("base"),
    "remove a group": lambda d: d.remove("group"),
    "insert below a clip": lambda d: d.insert(replace(d.find("top"), id="new"), None, 2),
    "pass-through": lambda d: d.with_layer(replace(d.find("group"), passthrough=True)),
    "clip a group": lambda d: d.with_layer(replace(d.find("group"), clip=True)),
    "clip above a group": lambda d: d.with_layer(replace(d.find("top"), clip=True)),
    "unclip": lambda d: d.with_layer(replace(d.find("tint"), clip=False)),
    "hide a base": lambda d: d.with_layer(replace(d.find("base"), visible=False)),
    "hide in a group": lambda d: d.with_layer(replace(d.find("low"), visible=False)),
    "mode of a group": lambda d: d.with_layer(replace(d.find("group"), mode=BlendMode.SCREEN)),
    "fade a child": lambda d: d.with_layer(replace(d.find("high"), opacity=0.2)),
    "another kind": lambda d: d.with_layer(VectorLayer(id="top")),
}


@pytest.mark.parametrize("change", STRUCTURAL.values(), ids=STRUCTURAL.keys())
def test_a_change_of_structure_is_seen_and_so_is_taking_it_back(change):
    document = colours()
    compositor = Compositor(document)
    assert same(compositor, document)
    after = change(document)
    assert not np.array_equal(flatten(after), flatten(document))
    compositor.set_document(after)
    assert same(compositor, after)
    compositor.set_document(document)
    assert same(compositor, document)


def test_a_pass_through_group_under_a_clip_is_isolated_again():
    document = STRUCTURAL["pass-through"](colours())
    compositor = Compositor(document)
    compositor.refresh()
    after = document.with_layer(replace(document.find("top"), clip=True, tiles=TileGrid()))
    compositor.set_document(after)
    assert same(compositor, after)


def noisy(layers: int = 3) -> Document:
    return Document(
        600,
        500,
        tuple(PaintLayer(tiles=TileGrid.from_array(block(i, 600, 500))) for i in range(layers)),
    )


def recomposed(compositor: Compositor) -> list[Rect | None]:
    rects: list[Rect | None] = []
    compositor.subscribe(rects.append)
    return rects


def test_an_edit_recomposites_only_the_pixels_that_it_touched():
    document = noisy()
    compositor = Compositor(document)
    compositor.refresh()
    rects = recomposed(compositor)
    layer = document.layers[1]
    white = np.full((10, 20, 4), 255, np.uint8)
    white[:] -= layer.tiles.region(Rect(300, 20, 20, 10))  # differs from the layer everywhere
    tiles = layer.tiles.paste(white, 300, 20)
    dirty = compositor.set_document(document.with_layer(replace(layer, tiles=tiles)))
    compositor.refresh()
    assert rects == [dirty] == [Rect(300, 20, 20, 10)]


def test_changes_that_cannot_be_seen_recomposite_nothing():
    document = noisy()
    compositor = Compositor(document)
    compositor.refresh()
    layer = document.layers[2]
    for same_look in (
        document.activate(layer.id),
        document.with_layer(replace(layer, name="inks", locked=True, alpha_locked=True)),
        document,
    ):
        assert compositor.set_document(same_look) == EMPTY


def test_a_dab_recomposites_only_its_rectangle():
    document = noisy()
    compositor = Compositor(document)
    compositor.refresh()
    rects = recomposed(compositor)
    painting = Painting(document.layers[1])
    compositor.set_overlay(painting.layer.id, painting.provide)
    dab = painting.dab(5, 250, 100, 30)
    compositor.mark_dirty(dab)
    compositor.refresh()
    assert sorted(r.w * r.h for r in rects) == [6 * 30, 24 * 30]
    assert all(dab.contains(r) for r in rects)


@pytest.mark.parametrize("overlay_first", [True, False])
def test_pen_up_recomposites_nothing_that_is_already_on_the_canvas(overlay_first):
    document = noisy()
    compositor = Compositor(document)
    compositor.refresh()
    painting = Painting(document.layers[1])
    compositor.set_overlay(painting.layer.id, painting.provide)
    compositor.mark_dirty(painting.dab(5, 100, 100, 90))
    compositor.refresh()
    painting.dab(6, 300, 130, 7)  # the last dab of the stroke was never shown
    rects = recomposed(compositor)
    after = document.with_layer(painting.now())
    if overlay_first:
        compositor.set_overlay(None)
    compositor.set_document(after)
    compositor.set_overlay(None)
    assert same(compositor, after)
    assert all(r is not None and r.x >= 256 for r in rects)


def test_a_cancelled_stroke_leaves_no_trace_without_being_told_where_it_was():
    document = noisy()
    compositor = Compositor(document)
    painting = Painting(document.layers[1])
    compositor.set_overlay(painting.layer.id, painting.provide)
    compositor.mark_dirty(painting.dab(5, 100, 100, 90))
    assert not same(compositor, document)
    compositor.set_overlay(None)
    assert same(compositor, document)


def test_what_lies_below_the_stroke_is_composited_once(monkeypatch):
    from app.core import compose

    document = noisy(8)
    compositor = Compositor(document)
    compositor.refresh()
    painting = Painting(document.layers[6])
    compositor.set_overlay(painting.layer.id, painting.provide)
    blends: list[int] = []
    real = compose.blend_onto

    def counting(*args, **kwargs):
        blends.append(1)
        real(*args, **kwargs)

    monkeypatch.setattr(compose, "blend_onto", counting)
    counts = []
    for seed in range(3):
        blends.clear()
        compositor.mark_dirty(painting.dab(seed, 20, 20, 40))
        compositor.refresh()
        counts.append(len(blends))
    assert counts == [7, 2, 2]  # the lowest layer is copied; later only the stroke and one above


def test_a_stroke_that_spreads_over_a_tile_finds_all_of_what_lies_below():
    document = noisy(5)
    compositor = Compositor(document)
    painting = Painting(document.layers[3])
    compositor.set_overlay(painting.layer.id, painting.provide)
    for x, size in ((10, 20), (50, 80), (5, 200), (0, 300)):
        compositor.mark_dirty(painting.dab(x, x, x, size))
        assert same(compositor, document.with_layer(painting.now()))


@pytest.mark.parametrize("below", [0, 1])
def test_the_next_stroke_sees_what_changed_below_it(below):
    document = noisy(4)
    compositor = Compositor(document)
    for seed in range(2):
        painting = Painting(document.layers[3])
        compositor.set_overlay(painting.layer.id, painting.provide)
        compositor.mark_dirty(painting.dab(seed, 30, 30, 50))
        assert same(compositor, document.with_layer(painting.now()))
        compositor.set_overlay(None)
        layer = document.layers[below]
        tiles = layer.tiles.paste(block(77, 90, 90), 20, 20)
        document = document.with_layer(replace(layer, tiles=tiles))
        compositor.set_document(document)


def test_undoing_a_stroke_uses_what_is_known_to_lie_below(monkeypatch):
    from app.core import compose

    document = noisy(8)
    document = document.activate(document.layers[6].id)
    compositor = Compositor(document)
    compositor.refresh()
    painting = Painting(document.layers[6])
    compositor.set_overlay(painting.layer.id, painting.provide)
    compositor.mark_dirty(painting.dab(3, 20, 20, 40))
    compositor.refresh()
    compositor.set_overlay(None)
    compositor.set_document(document.with_layer(painting.now()))
    compositor.refresh()
    blends: list[int] = []
    real = compose.blend_onto
    monkeypatch.setattr(compose, "blend_onto", lambda *a: (blends.append(1), real(*a)))
    compositor.set_document(document)
    compositor.refresh()
    monkeypatch.undo()
    assert len(blends) == 2
    assert same(compositor, document)


def test_dabs_that_were_not_told_of_yet_are_found_at_pen_up():
    document = noisy()
    compositor = Compositor(document)
    compositor.refresh()
    painting = Painting(document.layers[1])
    compositor.set_overlay(painting.layer.id, painting.provide)
    painting.dab(5, 100, 100, 20)
    compositor.mark_dirty(painting.dab(6, 200, 200, 20))  # the same tile, another place
    compositor.refresh()
    after = document.with_layer(painting.now())
    compositor.set_overlay(None)
    compositor.set_document(after)
    assert same(compositor, after)


def test_only_what_is_looked_at_is_composited():
    compositor = Compositor(noisy())
    rects = recomposed(compositor)
    compositor.region(Rect(10, 10, 20, 20))
    assert rects == [Rect(0, 0, 256, 256)]
    compositor.region(Rect(10, 10, 20, 20))
    assert len(rects) == 1


def test_beyond_the_canvas_is_transparent():
    document = noisy(1)
    compositor = Compositor(document)
    part = compositor.region(Rect(-5, 490, 30, 20))
    assert not part[:, :5].any() and not part[10:].any()
    assert np.array_equal(part[:10, 5:], flatten(document)[490:, :25])
    assert compositor.region(Rect(700, 700, 2, 3)).shape == (3, 2, 4)


def test_another_canvas_size_starts_afresh():
    compositor = Compositor(noisy())
    rects = recomposed(compositor)
    other = Document(
        90, 80, (PaintLayer(tiles=TileGrid.filled(Rect(0, 0, 99, 99), (1, 2, 3, 255))),)
    )
    assert compositor.set_document(other) == Rect(0, 0, 90, 80)
    assert same(compositor, other)
    assert rects[0] is None and compositor.canvas.shape == (256, 256, 4)


def test_a_full_lowest_layer_makes_the_canvas_opaque():
    document = Document.new(300, 300)
    compositor = Compositor(document)
    assert compositor.opaque
    paper = document.layers[0]
    for change in (
        {"visible": False},
        {"opacity": 0.9},
        {"tiles": paper.tiles.paste(np.zeros((3, 3, 4), np.uint8), 290, 290)},
    ):
        compositor.set_document(document.with_layer(replace(paper, **change)))
        assert not compositor.opaque
    compositor.set_document(document)
    assert compositor.opaque
    compositor.set_overlay(paper.id, lambda key: np.zeros((256, 256, 4), np.uint8))
    assert not compositor.opaque
    compositor.set_document(Document.new(300, 300, background=None))
    assert not compositor.opaque
