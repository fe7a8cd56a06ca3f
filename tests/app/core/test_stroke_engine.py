# SPDX-License-Identifier: GPL-3.0-or-later
"""A stroke from pen-down to pen-up: exact colours, confinement, previews, batching, the record."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.brush import BrushSettings, PressureCurve
from app.core.brush_library import BrushLibrary
from app.core.geometry import Rect
from app.core.layers import PaintLayer
from app.core.selection import Selection
from app.core.stabiliser import Sample
from app.core.stroke_engine import StrokeEngine, StrokeOverError, warm_up
from app.core.tiles import TileGrid, keys_in

CANVAS = Rect(0, 0, 600, 400)
RED = (250, 30, 10)
HARD = BrushSettings(size=40)


@pytest.fixture(scope="module", autouse=True)
def _kernels() -> None:
    """Compiled kernels, which are quick; where numba is missing everything holds as well."""
    warm_up().join()


def line(x0: float, y0: float, x1: float, y1: float, pressure: float = 1.0) -> list[Sample]:
    return [
        Sample(x0 + (x1 - x0) * i / 20, y0 + (y1 - y0) * i / 20, pressure, i * 0.01)
        for i in range(21)
    ]


def noisy_layer(seed: int = 0, **extra: bool) -> PaintLayer:
    """A layer of random premultiplied pixels, with a transparent part."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (400, 600, 4), dtype=np.uint8)
    pixels[..., :3] = np.minimum(pixels[..., :3], pixels[..., 3:])
    pixels[:, 450:] = 0
    return PaintLayer(tiles=TileGrid.from_array(pixels), **extra)


def paint(
    brush: BrushSettings,
    samples: list[Sample],
    layer: PaintLayer | None = None,
    selection: Selection | None = None,
    colour: tuple[int, int, int] = RED,
    canvas: Rect = CANVAS,
) -> PaintLayer:
    engine = StrokeEngine(brush, colour, layer or PaintLayer(), selection, canvas, seed=5)
    engine.add(samples)
    return engine.finish()


def pixels(layer: PaintLayer, rect: Rect = CANVAS) -> np.ndarray:
    return layer.tiles.region(rect)


# -- colour and alpha ------------------------------------------------------------------------------


@given(colour=st.tuples(*[st.integers(0, 255)] * 3))
@settings(max_examples=20, deadline=None)
def test_an_opaque_hard_stroke_is_exactly_its_colour(colour):
    layer = paint(HARD, line(100, 200, 500, 200), noisy_layer(), colour=colour)
    inside = pixels(layer)[185:215, 105:495]
    assert (inside == (colour[2], colour[1], colour[0], 255)).all()


@given(opacity=st.floats(0.02, 1.0))
@settings(max_examples=20, deadline=None)
def test_opacity_is_the_ceiling_however_often_a_stroke_crosses_itself(opacity):
    scribble = line(100, 200, 500, 200) + line(500, 200, 100, 200) + line(100, 200, 500, 200)
    layer = paint(BrushSettings(size=40, opacity=opacity, flow=0.9), scribble, colour=(255, 0, 0))
    alpha = pixels(layer)[..., 3]
    assert alpha.max() == math.floor(255 * opacity + 0.5)
    assert (pixels(layer)[..., 2] == alpha).all()


def test_pressing_lightly_where_it_is_dark_changes_nothing():
    brush = replace(HARD, opacity_pressure=PressureCurve())
    engine = StrokeEngine(brush, RED, PaintLayer(), None, CANVAS, 0)
    engine.add(line(100, 200, 500, 200, 0.9))
    engine.add(line(500, 200, 100, 200, 0.9))
    dark = engine.preview_tile((0, 0)).copy()
    engine.add(line(100, 200, 500, 200, 0.3))
    assert np.array_equal(engine.preview_tile((0, 0))[185:215, 130:], dark[185:215, 130:])


def test_an_eraser_only_takes_away():
    before = noisy_layer()
    layer = paint(
        BrushSettings(size=60, erase=True, hardness=0.3, flow=0.4), line(50, 50, 550, 350), before
    )
    old, new = pixels(before).astype(int), pixels(layer).astype(int)
    assert (new <= old).all() and (new < old).any()
    assert (new[..., :3] <= new[..., 3:]).all()
    # Colour keeps its share of alpha, up to rounding.
    solid = old[..., 3] > 0
    share = old[solid][:, :3] * (new[solid][:, 3:] / old[solid][:, 3:])
    assert np.abs(share - new[solid][:, :3]).max() <= 1
    assert not pixels(paint(replace(HARD, erase=True), line(50, 50, 50, 350), before))[
        60:340, 45:55
    ].any()


def test_erasing_an_empty_layer_touches_nothing():
    layer = PaintLayer()
    assert paint(replace(HARD, erase=True), line(0, 0, 300, 300), layer) is layer


@pytest.mark.parametrize("brush", [HARD, BrushSettings(size=80, tip="soft", flow=0.2)])
def test_alpha_lock_keeps_alpha_to_the_bit(brush):
    before = noisy_layer(alpha_locked=True)
    after = paint(brush, line(20, 20, 580, 380), before)
    old, new = pixels(before), pixels(after)
    assert np.array_equal(old[..., 3], new[..., 3])
    assert not np.array_equal(old, new)
    assert (new[..., :3] <= new[..., 3:]).all()
    assert paint(replace(brush, erase=True), line(20, 20, 580, 380), before) is before


def test_alpha_locked_paint_is_the_colour_at_the_layers_alpha():
    after = paint(
        HARD, line(100, 200, 400, 200), noisy_layer(alpha_locked=True), colour=(255, 0, 128)
    )
    part = pixels(after)[190:210, 110:390].astype(int)
    assert (part[..., 2] == part[..., 3]).all() and not part[..., 1].any()
    assert np.abs(part[..., 0] - part[..., 3] * 128 / 255).max() <= 0.51


# -- confinement -----------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 999), hardness=st.floats(0, 1))
def test_a_selection_confines_to_the_bit(seed, hardness):
    rng = np.random.default_rng(seed)
    mask = rng.choice(np.array([0, 0, 255, 90], np.uint8), (20, 30)).repeat(20, 0).repeat(20, 1)
    before = noisy_layer(seed)
    brush = BrushSettings(size=70, hardness=hardness)
    free = pixels(paint(brush, line(30, 30, 570, 370), before))
    held = pixels(paint(brush, line(30, 30, 570, 370), before, Selection.from_mask(mask)))
    assert np.array_equal(held[mask == 0], pixels(before)[mask == 0])
    assert np.array_equal(held[mask == 255], free[mask == 255])
    soft = mask == 90
    old, new = pixels(before)[soft].astype(int), held[soft].astype(int)
    low, high = np.minimum(old, free[soft]), np.maximum(old, free[soft])
    assert ((new >= low) & (new <= high)).all()


def test_nothing_is_painted_outside_the_canvas_or_an_empty_selection():
    canvas = Rect(10, 20, 300, 270)
    layer = paint(BrushSettings(size=120), line(-50, -50, 400, 400), canvas=canvas)
    bounds = layer.tiles.bounds()
    assert bounds is not None and canvas.contains(bounds) and bounds.right == 310
    empty = PaintLayer()
    assert paint(HARD, line(0, 0, 500, 300), empty, Selection()) is empty
    assert paint(HARD, line(-500, -100, -300, -100), empty) is empty


# -- the feel --------------------------------------------------------------------------------------


def test_more_pressure_is_never_thinner():
    brush = BrushSettings(size=60, size_pressure=PressureCurve(((0, 0), (0.3, 0.1), (1, 1)), 0.05))
    widths = [
        pixels(paint(brush, line(100, 200, 500, 200, p)))[:, 300, 3].sum() / 255
        for p in np.linspace(0, 1, 12)
    ]
    assert widths == sorted(widths)
    assert widths[0] == pytest.approx(3, abs=0.2) and widths[-1] == pytest.approx(60, abs=0.2)


def airbrushed_column(crossings: int) -> np.ndarray:
    """Alpha from the edge to the middle of a 500 px, 1 % flow stroke that goes to and fro."""
    brush = BrushSettings(size=500, tip="soft", hardness=0.0, flow=0.01, spacing=0.05)
    canvas = Rect(0, 0, 64, 768)
    engine = StrokeEngine(brush, (0, 0, 0), PaintLayer(), None, canvas, seed=0)
    for crossing in range(crossings):
        a, b = (-400, 464) if crossing % 2 else (464, -400)
        engine.add([Sample(a, 384, 1.0, crossing), Sample(b, 384, 1.0, crossing + 0.5)])
    return pixels(engine.finish(), canvas)[:384, 32, 3].astype(int)


def test_a_faint_airbrush_makes_a_ramp_of_every_level():
    column = airbrushed_column(4)
    assert column[0] == 0 and 30 < column[-1] < 80
    assert set(np.diff(column)) == {0, 1}


def test_a_faint_airbrush_builds_up_without_bands():
    column = airbrushed_column(40)
    steps = np.diff(column)
    assert column[0] == 0 and column[-1] > 200 and (steps >= 0).all()
    # A pixel is at most half a level from the ideal curve, so neighbours differ by at most the
    # ideal step and one level more; a brush that bands would jump by several.
    ideal = np.convolve(np.pad(column, 12, mode="edge"), np.full(25, 1 / 25), mode="valid")
    assert np.abs(steps - np.diff(ideal)).max() <= 1.0


def test_a_stroke_of_many_small_movements_is_as_dark_as_one_of_few():
    brush = BrushSettings(size=80, tip="soft", flow=0.05, spacing=0.1)
    few = pixels(paint(brush, [Sample(x, 200, 1, x) for x in (50, 300, 550)]))
    many = pixels(paint(brush, [Sample(x, 200, 1, x) for x in np.linspace(50, 550, 700)]))
    assert np.abs(few.astype(int) - many).max() <= 3


def test_a_tap_leaves_a_dot_and_a_lone_sample_too():
    brush = replace(HARD, size_pressure=PressureCurve(minimum=0.1))
    tap = [Sample(200, 100, p, 0.01 * i) for i, p in enumerate((0.0, 0.4, 0.8, 0.3, 0.0))]
    assert (pixels(paint(brush, tap))[..., 3] > 127).sum() == pytest.approx(
        math.pi * (0.5 * 40 * 0.82) ** 2, rel=0.05
    )
    assert pixels(paint(HARD, [Sample(200, 100)]))[100, 200, 3] == 255


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0])
def test_the_stroke_reaches_the_pens_last_position(strength):
    brush = BrushSettings(size=10, stabiliser=strength)
    layer = paint(brush, [*line(100, 100, 300, 100), Sample(330, 160, 1.0, 0.22)])
    assert pixels(layer)[160, 330, 3] == 255
    assert pixels(layer)[100, 100, 3] == 255


# -- batching and previews -------------------------------------------------------------------------

pens = st.lists(
    st.tuples(st.floats(-20, 620), st.floats(-20, 420), st.floats(0, 1), st.floats(0, 0.02)),
    min_size=1,
    max_size=14,
)
presets = st.sampled_from(list(BrushLibrary()))


@settings(max_examples=50, deadline=None)
@given(pen=pens, preset=presets, cuts=st.lists(st.integers(0, 14), max_size=4).map(sorted))
def test_batching_makes_no_difference(pen, preset, cuts):
    clock = np.cumsum([p[3] for p in pen])
    samples = [Sample(x, y, p, float(t)) for (x, y, p, _), t in zip(pen, clock, strict=True)]
    layer = noisy_layer()
    together, apart, cut = (StrokeEngine(preset, RED, layer, None, CANVAS, 9) for _ in range(3))
    together.add(samples)
    for sample in samples:
        apart.add([sample])
        apart.preview_tile((0, 0))
    for a, b in zip([0, *cuts], [*cuts, len(samples)], strict=True):
        cut.add(samples[a:b])
    wanted = together.finish().tiles
    assert apart.finish().tiles.same_pixels(wanted)
    assert cut.finish().tiles.same_pixels(wanted)


@settings(max_examples=25, deadline=None)
@given(pen=pens, preset=presets)
def test_the_preview_is_what_finishing_gives(pen, preset):
    preset = replace(preset, stabiliser=0.0)
    mask = np.random.default_rng(1).integers(0, 256, (400, 600), dtype=np.uint8)
    engine = StrokeEngine(preset, RED, noisy_layer(), Selection.from_mask(mask), CANVAS, 3)
    for x, y, pressure, _ in pen:
        for key in engine.add([(x, y, pressure, 0.0)]):
            engine.preview_tile(key)
    # What finishing adds is the rest of the curve; with a preview of everything before it.
    previews = {key: engine.preview_tile(key).copy() for key in keys_in(CANVAS)}
    fresh = StrokeEngine(preset, RED, noisy_layer(), Selection.from_mask(mask), CANVAS, 3)
    fresh.add([(x, y, pressure, 0.0) for x, y, pressure, _ in pen])
    for key, preview in previews.items():
        assert np.array_equal(fresh.preview_tile(key), preview)
    finished = engine.finish()
    shown = {key: engine.preview_tile(key) for key in keys_in(CANVAS)}
    for key, tile in shown.items():
        kept = finished.tiles.get(key)
        assert np.array_equal(tile, np.zeros_like(tile) if kept is None else kept)


def test_previews_cannot_be_written_and_the_layer_never_changes():
    layer = noisy_layer()
    copy = pixels(layer).copy()
    engine = StrokeEngine(HARD, RED, layer, None, CANVAS, 0)
    changed = engine.add(line(100, 100, 500, 300))
    assert changed and engine.touched == set(changed)
    for key in keys_in(CANVAS):
        assert not engine.preview_tile(key).flags.writeable
    after = engine.finish()
    assert np.array_equal(pixels(layer), copy) and layer.strokes == ()
    untouched = set(keys_in(CANVAS)) - engine.touched
    assert untouched and all(after.tiles.get(k) is layer.tiles.get(k) for k in untouched)


def test_a_cancelled_stroke_leaves_no_trace():
    layer = noisy_layer()
    engine = StrokeEngine(HARD, RED, layer, None, CANVAS, 0)
    engine.add(line(100, 100, 500, 300))
    engine.cancel()
    assert engine.touched == set()
    assert engine.preview_tile((0, 0)) is layer.tiles.get((0, 0))
    for call in (lambda: engine.add([]), engine.finish):
        with pytest.raises(StrokeOverError):
            call()


# -- the record ------------------------------------------------------------------------------------


def test_the_record_holds_what_the_hand_did():
    brush = BrushSettings(id="my-brush", size=33, opacity=0.7, stabiliser=1.0)
    earlier = paint(HARD, line(0, 0, 50, 50))
    engine = StrokeEngine(brush, RED, earlier, None, CANVAS, 0)
    engine.add([(10, 20, 0.5, 100.0), (60, 70, 1.7, 100.25), (90, 20, -1.0, 100.2, 30, -10)])
    layer = engine.finish()
    assert layer.strokes[:-1] == earlier.strokes and len(layer.strokes) == 2
    stroke = layer.strokes[-1]
    assert stroke.points.tolist() == [[10, 20, 0.5, 0], [60, 70, 1, 0.25], [90, 20, 0, 0.25]]
    assert (stroke.size, stroke.colour, stroke.brush, stroke.erase) == (33, RED, "my-brush", False)
    assert stroke.opacity == 0.7 and layer.id == earlier.id


def test_glitches_of_the_tablet_are_skipped():
    engine = StrokeEngine(HARD, RED, PaintLayer(), None, CANVAS, 0)
    bad = [(math.nan, 0, 1, 0), (0, math.inf, 1, 0), (1e9, 0, 1, 0), (5, 5, math.nan, 0)]
    assert engine.add(bad) == {}
    engine.add([*line(100, 100, 200, 100), *bad, *line(200, 100, 300, 100)])
    layer = engine.finish()
    assert len(layer.strokes[0].points) == 42
    assert layer.tiles.bounds() == Rect(80, 80, 240, 40)


def test_a_stroke_without_samples_is_no_stroke():
    layer = PaintLayer()
    assert StrokeEngine(HARD, RED, layer, None, CANVAS, 0).finish() is layer


def test_a_colour_out_of_range_is_refused():
    with pytest.raises(ValueError, match="colour"):
        StrokeEngine(HARD, (0, 0, 256), PaintLayer(), None, CANVAS, 0)


def test_seeds_decide_the_jitter():
    brush = BrushSettings(size=20, scatter=2.0, spacing=0.5)

    def stroke(seed: int) -> TileGrid:
        engine = StrokeEngine(brush, RED, PaintLayer(), None, CANVAS, seed)
        engine.add(line(100, 200, 500, 200))
        return engine.finish().tiles

    assert stroke(1).same_pixels(stroke(1))
    assert not stroke(1).same_pixels(stroke(2))
