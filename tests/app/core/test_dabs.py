# SPDX-License-Identifier: GPL-3.0-or-later
"""Dabs: what one looks like, compiled against plain arithmetic, tiled against whole."""

from __future__ import annotations

import importlib
import math
import subprocess
import sys
import threading
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import dab_reference as table
from app.core import dabs as dabs_module
from app.core.brush import BrushSettings, PressureCurve
from app.core.dabs import DabMaker, WetBuffer
from app.core.geometry import Rect
from app.core.stroke_path import PLACE_COLUMNS, PLACE_X, PLACE_Y, PRESSURE, TILT_X, WEIGHT
from app.core.tiles import TILE
from app.core.tip_textures import grain

BRUSHES = {
    "hard": BrushSettings(),
    "half hard": BrushSettings(hardness=0.5, flow=0.3),
    "airbrush": BrushSettings(tip="soft", hardness=0, flow=0.01),
    "flat": BrushSettings(roundness=0.2, angle=30, hardness=0.8, flow=0.7, spacing=0.3),
    "pencil": BrushSettings(tip="textured", grain="paper", grain_depth=0.9, flow=0.5, hardness=0.4),
    "stamp": BrushSettings(tip="stamp", stamp="splatter", angle_jitter=1, scatter=0.5),
    "rough stamp": BrushSettings(
        tip="stamp", stamp="bristle", grain="canvas", roundness=0.6, angle_source="direction"
    ),
}
brush_names = st.sampled_from(sorted(BRUSHES))


def at(*points: tuple[float, float, float]) -> np.ndarray:
    """Places from (x, y, pressure)."""
    places = np.zeros((len(points), PLACE_COLUMNS))
    places[:, [PLACE_X, PLACE_Y, PRESSURE]] = points
    places[:, WEIGHT] = 1.0
    return places


def random_dabs(name: str, size: float, seed: int, n: int = 12, area: float = 600.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    places = rng.uniform(-20, area, (n, PLACE_COLUMNS))
    places[:, PRESSURE], places[:, WEIGHT] = rng.random(n), 1.0
    places[:, TILT_X:] %= 6.0
    brush = _sized(name, size)
    return DabMaker(brush, seed).make(places)


def _sized(name: str, size: float) -> BrushSettings:
    curve = PressureCurve(minimum=0.2)
    return replace(BRUSHES[name], size=size, size_pressure=curve, opacity_pressure=curve)


def single(brush: BrushSettings, x: float, y: float, side: int = 64) -> np.ndarray:
    """Coverage of one dab, float32 (side, side), by the reference."""
    wet = np.zeros((side, side), np.float32)
    flat = np.ones_like(wet)
    dab = DabMaker(brush, 0).make(at((x, y, 1.0)))
    table.paint_dabs(wet, flat, 0.0, 0.0, (0, 0, side, side), dab)
    return wet


# -- the look of one dab ---------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1.5, 2, 3.3, 7, 25, 50])
@pytest.mark.parametrize("shift", [(0, 0), (0.5, 0.5), (0.3, 0.8)])
def test_a_hard_dab_has_a_discs_area_and_sits_where_it_should(size, shift):
    x, y = 32 + shift[0], 32 + shift[1]
    wet = single(BrushSettings(size=size), x, y)
    # A cone-shaped edge of one pixel adds pi / 12 to a disc's area.
    assert wet.sum() == pytest.approx(
        math.pi * (size**2 / 4 + 1 / 12), rel=0.1 if size < 5 else 0.01
    )
    ys, xs = np.mgrid[:64, :64] + 0.5
    assert (wet * xs).sum() / wet.sum() == pytest.approx(x, abs=0.1 if size < 5 else 0.01)
    assert (wet * ys).sum() / wet.sum() == pytest.approx(y, abs=0.1 if size < 5 else 0.01)


@pytest.mark.parametrize("roundness", [1.0, 0.3])
@pytest.mark.parametrize("hardness", [1.0, 0.2])
def test_the_inside_is_full_and_the_edge_is_one_pixel_of_ramp(hardness, roundness):
    brush = BrushSettings(size=40, hardness=hardness, roundness=roundness, angle=20)
    wet = single(brush, 32.5, 32.5)
    assert wet[32, 32] == 1.0
    if hardness == 1.0:
        partial = (wet > 0) & (wet < 1)
        outline = (
            math.pi * 20 * (3 * (1 + roundness) - math.sqrt((3 + roundness) * (1 + 3 * roundness)))
        )
        assert 0.6 * outline < partial.sum() < 1.7 * outline


@pytest.mark.parametrize("angle", [0, 30, 90, 135])
def test_a_flat_tip_lies_along_its_angle(angle):
    wet = single(BrushSettings(size=50, roundness=0.2, angle=angle), 32.0, 32.0)
    ys, xs = np.mgrid[:64, :64] + 0.5 - 32.0
    along = xs * math.cos(math.radians(angle)) + ys * math.sin(math.radians(angle))
    across = -xs * math.sin(math.radians(angle)) + ys * math.cos(math.radians(angle))
    ratio = (wet * across**2).sum() / (wet * along**2).sum()
    assert math.sqrt(ratio) == pytest.approx(0.2, abs=0.02)


def test_a_softer_dab_never_covers_more_and_soft_is_the_softest():
    stack = [single(BrushSettings(size=50, hardness=h), 32, 32) for h in (1.0, 0.7, 0.3, 0.0)]
    stack.append(single(BrushSettings(size=50, hardness=0.0, tip="soft"), 32, 32))
    for harder, softer in pairwise(stack):
        assert (softer <= harder + 1e-6).all() and softer.sum() < harder.sum()


@pytest.mark.parametrize("width", [0.5, 0.7, 1.0, 1.6, 3.0])
@pytest.mark.parametrize("slope", [0.0, 0.37])
def test_a_thin_line_keeps_its_amount_of_ink(width, slope):
    xs = np.arange(10, 50, 0.25)
    places = at(*((x, 30.3 + slope * (x - 30), 1.0) for x in xs))
    wet = np.zeros((64, 64), np.float32)
    dabs = DabMaker(BrushSettings(size=width), 0).make(places)
    table.paint_dabs(wet, np.ones_like(wet), 0.0, 0.0, (0, 0, 64, 64), dabs)
    assert wet.max() <= 1.0
    assert wet[:, 15:45].sum() / 30 == pytest.approx(width * math.hypot(1, slope), rel=0.12)


def test_overlapping_hard_dabs_keep_a_smooth_edge():
    once, often = np.zeros((64, 64), np.float32), np.zeros((64, 64), np.float32)
    for wet, n in ((once, 1), (often, 50)):
        dabs = DabMaker(BrushSettings(size=30), 0).make(at(*[(31.7, 32.2, 1.0)] * n))
        table.paint_dabs(wet, np.ones_like(wet), 0.0, 0.0, (0, 0, 64, 64), dabs)
    assert np.array_equal(once, often)


def test_a_grain_is_covered_more_the_harder_one_presses():
    brush = BrushSettings(
        size=400, tip="textured", grain="paper", flow_pressure=PressureCurve(), grain_depth=1.0
    )
    shares = []
    for pressure in (0.1, 0.4, 0.7, 1.0):
        wet = WetBuffer(Rect(0, 0, TILE, TILE), grain("paper"))
        wet.paint(DabMaker(brush, 0).make(at(*[(128, 128, pressure)] * 200)))
        shares.append(float(wet.tiles[0, 0][100:156, 100:156].mean()))
    assert shares == sorted(shares)
    assert shares[0] < 0.15 and 0.6 < shares[-1] < 0.95


# -- compiled = plain ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kernels():
    pytest.importorskip("numba")
    return importlib.import_module("app.core.dab_kernels")


@settings(max_examples=60, deadline=None)
@given(name=brush_names, size=st.floats(0.5, 300), seed=st.integers(0, 10**6))
def test_compiled_dabs_equal_the_reference(kernels, name, size, seed):
    dabs = random_dabs(name, size, seed, area=260)
    rng = np.random.default_rng(seed)
    heights = rng.random((TILE, TILE), dtype=np.float32)
    x0, y0, x1, y1 = (*rng.integers(0, 120, 2), *rng.integers(120, 257, 2))
    clip = (int(x0), int(y0), int(x1), int(y1))
    plain = rng.random((TILE, TILE), dtype=np.float32)
    plain[rng.random((TILE, TILE)) < 0.5] = 0
    compiled = plain.copy()
    stamp = DabMaker(BRUSHES[name], 0).stamp
    for module, wet in ((table, plain), (kernels, compiled)):
        if stamp is None:
            module.paint_dabs(wet, heights, 0.0, 0.0, clip, dabs)
        else:
            module.paint_stamps(stamp.packed, wet, heights, 0.0, 0.0, clip, dabs)
    assert np.abs(plain - compiled).max() <= 1 / 65535


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    opacity=st.floats(0, 1),
    colour=st.tuples(*[st.integers(0, 255)] * 3),
    mode=st.sampled_from([table.PAINT, table.PAINT_ALPHA_LOCKED, table.ERASE]),
)
def test_compiled_merges_equal_the_reference_and_stay_premultiplied(
    kernels, seed, opacity, colour, mode
):
    rng = np.random.default_rng(seed)
    below = rng.integers(0, 256, (32, 48, 4), dtype=np.uint8)
    below[..., :3] = np.minimum(below[..., :3], below[..., 3:])
    wet = rng.random((32, 48), dtype=np.float32)
    wet[rng.random(wet.shape) < 0.3] = 1.0
    mask = rng.choice(np.array([0, 255, 7, 200], np.uint8), (32, 48))
    results = []
    for module in (table, kernels):
        out = below.copy()
        module.merge(
            out.view(np.uint32)[..., 0], below.view(np.uint32)[..., 0],
            wet, mask, (3, 2, 45, 31), colour, opacity, mode,
        )  # fmt: skip
        assert (out[..., :3] <= out[..., 3:]).all()
        assert np.array_equal(out[:2], below[:2]) and np.array_equal(out[:, 45:], below[:, 45:])
        results.append(out.astype(int))
    # A fused multiply-add on another processor may tip a value that lies on a half.
    assert np.abs(results[0] - results[1]).max() <= 1


def test_until_the_kernels_are_loaded_and_where_numba_is_missing_plain_numpy_paints(
    monkeypatch, caplog
):
    def missing(name: str) -> None:
        raise ImportError("No module named 'numba'")

    monkeypatch.setattr(dabs_module, "_backend", table)
    monkeypatch.setattr(dabs_module, "_loading", None)
    monkeypatch.setattr(dabs_module.importlib, "import_module", missing)
    dabs_module.warm_up().join()
    assert dabs_module.backend() is table
    assert "No module named 'numba'" in caplog.text


def test_warming_up_twice_loads_once(monkeypatch):
    pytest.importorskip("numba")
    monkeypatch.setattr(dabs_module, "_backend", table)
    monkeypatch.setattr(dabs_module, "_loading", None)
    first, second = dabs_module.warm_up(), dabs_module.warm_up()
    first.join()
    assert first is second and isinstance(first, threading.Thread)
    assert dabs_module.backend().__name__ == "app.core.dab_kernels"


def test_the_start_path_does_not_import_numba():
    code = "import app.core.stroke_engine, sys; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# -- tiles -----------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(
    name=brush_names,
    size=st.floats(0.5, 500),
    seed=st.integers(0, 10**6),
    cuts=st.lists(st.integers(0, 12), max_size=3).map(sorted),
)
def test_tiled_equals_whole_bit_by_bit(name, size, seed, cuts):
    dabs = random_dabs(name, size, seed)
    canvas = Rect(0, 0, 530, 611)
    maker = DabMaker(BRUSHES[name], 0)
    wet = WetBuffer(canvas, maker.grain, maker.stamp)
    for part in np.split(dabs, cuts):
        wet.paint(part)

    whole = np.zeros((3 * TILE, 3 * TILE), np.float32)
    heights = np.ones_like(whole)
    if maker.grain is not None:
        for ty in range(3):
            for tx in range(3):
                heights[_part(tx, ty)] = maker.grain.tile((tx, ty))
    clip = (0, 0, canvas.w, canvas.h)
    if maker.stamp is None:
        table.paint_dabs(whole, heights, 0.0, 0.0, clip, dabs)
    else:
        table.paint_stamps(maker.stamp.packed, whole, heights, 0.0, 0.0, clip, dabs)
    tiled = np.zeros_like(whole)
    for (tx, ty), tile in wet.tiles.items():
        tiled[_part(tx, ty)] = tile
    assert np.array_equal(tiled, whole)


def _part(tx: int, ty: int) -> tuple[slice, slice]:
    return slice(ty * TILE, (ty + 1) * TILE), slice(tx * TILE, (tx + 1) * TILE)


@settings(max_examples=40, deadline=None)
@given(name=brush_names, size=st.floats(0.5, 200), seed=st.integers(0, 10**6))
def test_what_changed_is_reported_and_nothing_else_changes(name, size, seed):
    maker = DabMaker(BRUSHES[name], 0)
    wet = WetBuffer(Rect(-100, -100, 500, 450), maker.grain, maker.stamp)
    wet.paint(random_dabs(name, size, seed, n=4))
    before = {key: tile.copy() for key, tile in wet.tiles.items()}
    changed = wet.paint(random_dabs(name, size, seed + 1, n=2))
    for key, tile in wet.tiles.items():
        ys, xs = np.nonzero(tile != before.get(key, 0))
        rect = changed.get(key, Rect(0, 0, 0, 0))
        for x, y in zip(xs + key[0] * TILE, ys + key[1] * TILE, strict=True):
            assert rect.contains_point(x, y)


def test_tiles_that_take_no_paint_are_skipped_and_no_dabs_are_no_change():
    wet = WetBuffer(Rect(0, 0, 1024, 1024), wanted=lambda key: key == (1, 0))
    dabs = DabMaker(BrushSettings(size=300), 0).make(at((256, 256, 1.0)))
    assert wet.paint(dabs).keys() == {(1, 0)} == wet.tiles.keys()
    assert wet.paint(dabs[:0]) == {}


def test_tilt_widens_and_turns_the_tip():
    places = at((0, 0, 1.0), (0, 0, 1.0))
    places[1, TILT_X] = 60
    brush = BrushSettings(size=10, tilt_size=2.0, roundness=0.5, angle_source="tilt", angle=90)
    flat = DabMaker(brush, 0).make(places)
    assert flat[:, table.RADIUS].tolist() == [5.0, 15.0]
    assert flat[:, table.SIN] == pytest.approx([1.0, 1.0])
