# SPDX-License-Identifier: GPL-3.0-or-later
"""How layers, groups and clips add up, seen in the pixels of `flatten`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.core.blend_modes import BlendMode
from app.core.compose import Action, chains, compose_tile, flatten, plan
from app.core.document import Document
from app.core.geometry import Rect
from app.core.layers import GroupLayer, Layer, PaintLayer, VectorLayer
from app.core.tiles import TileGrid, key_rect
from app.core.vector import Subpath, VectorPath, draw_paths

GREY = (128, 128, 128, 255)
BLUE = (255, 0, 0, 255)
RED = (0, 0, 255, 255)
CANVAS = Rect(0, 0, 300, 270)


def sheet(colour, rect=CANVAS, **properties) -> PaintLayer:
    return PaintLayer(tiles=TileGrid.filled(rect, colour), **properties)


def at(layers: list[Layer], x: int = 20, y: int = 20) -> list[int]:
    document = Document(CANVAS.w, CANVAS.h, tuple(layers))
    return [int(v) for v in flatten(document, Rect(x, y, 1, 1))[0, 0]]


def near(pixel, expected) -> bool:
    return bool(np.abs(np.array(pixel) - np.array(expected)).max() <= 1)


def test_nothing_gives_transparent_pixels():
    assert not flatten(Document(CANVAS.w, CANVAS.h)).any()
    assert compose_tile((), (0, 0)) is None
    assert compose_tile((PaintLayer(),), (0, 0)) is None


def test_one_layer_is_its_own_picture_across_tiles():
    layer = sheet(BLUE, Rect(200, 200, 90, 60))
    picture = flatten(Document(CANVAS.w, CANVAS.h, (layer,)))
    assert np.array_equal(picture, layer.tiles.region(CANVAS))


def test_hidden_and_fully_faded_layers_do_not_show():
    assert at([sheet(BLUE), sheet(RED, visible=False)]) == [255, 0, 0, 255]
    assert at([sheet(BLUE), sheet(RED, opacity=0.0)]) == [255, 0, 0, 255]


def test_opacity_mixes():
    assert near(at([sheet(BLUE), sheet(RED, opacity=0.25)]), [191, 0, 64, 255])
    assert near(at([sheet(RED, opacity=0.5)]), [0, 0, 128, 128])


def test_a_group_mixes_inside_before_it_meets_what_lies_below():
    multiplied = sheet(GREY, mode=BlendMode.MULTIPLY)
    isolated = GroupLayer(children=(multiplied,))
    assert near(at([sheet(GREY), multiplied]), [64, 64, 64, 255])
    assert near(at([sheet(GREY), isolated]), GREY)
    through = replace(isolated, passthrough=True)
    assert near(at([sheet(GREY), through]), [64, 64, 64, 255])


def test_a_groups_own_mode_and_opacity_act_on_its_picture():
    group = GroupLayer(children=(sheet(GREY),), mode=BlendMode.MULTIPLY, opacity=0.5)
    assert near(at([sheet(GREY), group]), [96, 96, 96, 255])
    assert at([sheet(GREY), replace(group, visible=False)]) == list(GREY)


def test_a_pass_through_group_fades_as_one():
    children = (sheet(RED), sheet(BLUE, opacity=0.5))
    group = GroupLayer(children=children, passthrough=True, opacity=0.5)
    assert near(at([sheet(GREY), group]), [128, 64, 128, 255])
    assert near(at([group]), [64, 0, 64, 128])


def test_nested_groups():
    inner = GroupLayer(children=(sheet(RED),), opacity=0.5)
    outer = GroupLayer(children=(sheet(BLUE), inner), opacity=0.5)
    assert near(at([sheet(GREY), outer]), [128, 64, 128, 255])


def test_empty_groups_cost_nothing():
    group = GroupLayer(children=(GroupLayer(), PaintLayer(), sheet(RED, visible=False)))
    assert plan([group, sheet(RED)], (0, 0)).steps[0].action is Action.BLEND
    assert len(plan([group, sheet(RED)], (0, 0)).steps) == 1


def test_a_clipped_layer_shows_only_on_its_base():
    base, tint = sheet(BLUE, Rect(0, 0, 50, 50)), sheet(RED, clip=True)
    assert at([base, tint]) == [0, 0, 255, 255]
    assert at([base, tint], 80, 80) == [0, 0, 0, 0]


def test_clipping_reaches_down_to_the_nearest_unclipped_layer():
    low, base = sheet(GREY), sheet(BLUE, Rect(0, 0, 50, 50))
    one, two = sheet(RED, Rect(0, 0, 10, 10), clip=True), sheet(RED, clip=True, opacity=0.5)
    assert [len(c) for c in chains([low, base, one, two])] == [1, 3]
    assert near(at([low, base, one, two]), [128, 0, 128, 255])
    assert at([low, base, one, two], 80, 80) == list(GREY)


def test_a_chain_takes_the_bases_opacity_and_mode():
    base = sheet(BLUE, opacity=0.5)
    assert near(at([base, sheet(RED, clip=True)]), [0, 0, 128, 128])
    multiplied = sheet((255, 255, 255, 255), mode=BlendMode.MULTIPLY)
    assert near(at([sheet(GREY), multiplied, sheet(GREY, clip=True)]), [64, 64, 64, 255])


def test_a_half_transparent_base_keeps_its_alpha_and_is_shaded_fully():
    base = sheet((64, 64, 64, 128))
    shade = sheet(GREY, clip=True, mode=BlendMode.MULTIPLY)
    assert near(at([base, shade]), [32, 32, 32, 128])


def test_hiding_the_base_hides_what_is_clipped_to_it():
    assert at([sheet(GREY), sheet(BLUE, visible=False), sheet(RED, clip=True)]) == list(GREY)


def test_with_nothing_below_clipping_has_no_effect():
    assert at([sheet(RED, clip=True)]) == [0, 0, 255, 255]


def test_layers_clip_to_a_group_and_groups_to_a_layer():
    group = GroupLayer(children=(sheet(BLUE, Rect(0, 0, 50, 50)),), passthrough=True)
    assert at([sheet(GREY), group, sheet(RED, clip=True)]) == [0, 0, 255, 255]
    assert at([sheet(GREY), group, sheet(RED, clip=True)], 80, 80) == list(GREY)
    clipped = GroupLayer(children=(sheet(RED),), clip=True, passthrough=True)
    assert at([sheet(BLUE, Rect(0, 0, 50, 50)), clipped], 80, 80) == [0, 0, 0, 0]


def disc(x: float, y: float, r: float, fill=(200, 30, 40, 255)) -> VectorPath:
    k = 0.5523 * r
    points = [
        (x + r, y), (x + r, y + k), (x + k, y + r), (x, y + r), (x - k, y + r), (x - r, y + k),
        (x - r, y), (x - r, y - k), (x - k, y - r), (x, y - r), (x + k, y - r), (x + r, y - k),
        (x + r, y),
    ]  # fmt: skip
    return VectorPath((Subpath(np.array(points), closed=True),), fill=fill)


def test_vector_layers_draw_their_paths_across_tiles():
    paths = (disc(250, 250, 60), disc(40, 40, 20, (0, 0, 0, 128)))
    picture = flatten(Document(CANVAS.w, CANVAS.h, (VectorLayer(paths=paths),)))
    assert np.abs(picture.astype(int) - draw_paths(paths, CANVAS)).max() <= 1


def test_a_changed_path_redraws_only_the_tiles_that_it_touches():
    fixed, moving = disc(40, 40, 20), disc(400, 40, 20)
    old, new = (fixed, moving), (fixed, disc(420, 40, 20))
    from app.core.compose import layer_tile

    before = layer_tile(VectorLayer(paths=old), (0, 0))
    assert layer_tile(VectorLayer(paths=new), (0, 0)) is before
    assert layer_tile(VectorLayer(paths=new), (1, 0)) is not layer_tile(
        VectorLayer(paths=old), (1, 0)
    )
    assert layer_tile(VectorLayer(paths=new), (0, 1)) is None


def test_the_vector_cache_keeps_to_its_budget():
    from app.core.vector_tiles import VectorTiles

    cache = VectorTiles(byte_budget=3 << 18)
    paths = (disc(700, 700, 690),)
    tiles = [cache.get(paths, (x, y)) for x in range(5) for y in range(5)]
    assert all(t is not None and t.shape == (256, 256, 4) for t in tiles)
    assert cache.nbytes <= 3 << 18


def test_a_part_of_the_picture_is_the_same_part_of_the_whole():
    layers = (sheet(GREY), sheet(RED, Rect(190, 180, 90, 80), opacity=0.3), sheet(BLUE, clip=True))
    document = Document(CANVAS.w, CANVAS.h, layers)
    whole, rect = flatten(document), Rect(150, 130, 120, 135)
    assert np.array_equal(flatten(document, rect), whole[130:265, 150:270])


def test_beyond_the_canvas_nothing_shows_though_layers_reach_there():
    document = Document(100, 100, (sheet(BLUE, Rect(-60, -60, 400, 400)),))
    part = flatten(document, Rect(-10, 90, 30, 20))
    assert not part[:, :10].any() and not part[10:].any()
    assert (part[:10, 10:] == BLUE).all()
    assert flatten(document, Rect(500, 500, 4, 3)).shape == (3, 4, 4)
    assert compose_tile(document.layers, (-1, -1)) is not None


@pytest.mark.parametrize("passthrough", [False, True])
def test_the_cut_of_a_plan_lies_before_all_that_depends_on_the_layer(passthrough):
    target = sheet(RED, clip=True)
    group = GroupLayer(
        children=(sheet(GREY), sheet(BLUE), target, sheet(GREY)), passthrough=passthrough
    )
    layers = [sheet(GREY), group, sheet(BLUE)]
    steps, cut = plan(layers, (0, 0), cut_at=target.id)
    assert 0 < cut < len(steps)
    assert target.tiles.get((0, 0)) is steps[cut].tile
    missing = plan(layers, (0, 0), lambda a, k: None if a is target else a.tiles.get(k), target.id)
    assert all(a.same(b) for a, b in zip(steps[:cut], missing.steps[: missing.cut], strict=True))


def test_tiles_cover_what_their_keys_say():
    layer = sheet(BLUE, key_rect((1, -1)))
    tile = compose_tile((layer,), (1, -1))
    assert tile is not None and (tile == BLUE).all()
