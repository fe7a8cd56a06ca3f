# SPDX-License-Identifier: GPL-3.0-or-later
"""Dabs: from places on a stroke to coverage in the wet tiles.

Imports core values, tip_textures and dab_reference; dab_kernels (numba) only in `warm_up`.
"""

from __future__ import annotations

import importlib
import logging
import threading
from collections.abc import Callable
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from app.core import dab_reference as table
from app.core import tip_textures
from app.core.brush import BrushSettings, pressure_factor
from app.core.geometry import Rect
from app.core.stroke_path import (
    HEADING,
    PLACE_X,
    PLACE_Y,
    PRESSURE,
    TILT_X,
    TILT_Y,
    WEIGHT,
)
from app.core.tiles import TILE, Key, key_rect, keys_in

Doubles = NDArray[np.float64]
Floats = NDArray[np.float32]

_LEAST_SPACING = 0.5  # px; closer dabs cost time and show nothing
_FULL_TILT = 60.0  # degrees; where tablets end

_log = logging.getLogger(__name__)
_backend: ModuleType = table
_loading: threading.Thread | None = None
_lock = threading.Lock()


def backend() -> ModuleType:
    """The module whose `paint_dabs`, `paint_stamps` and `merge` paint at the moment.

    `dab_kernels` once it is loaded, else `dab_reference`. Both give the same bits, so a stroke
    may begin on one and end on the other.
    """
    return _backend


def warm_up() -> threading.Thread:
    """Load the compiled kernels in a background thread; call as often as you like.

    Where numba is missing or cannot compile, a warning is logged and the reference goes on
    painting. Join the returned thread to wait.
    """
    global _loading
    with _lock:
        if _loading is None:
            _loading = threading.Thread(target=_load_kernels, name="warm-up", daemon=True)
            _loading.start()
        return _loading


def _load_kernels() -> None:
    global _backend
    try:
        _backend = importlib.import_module("app.core.dab_kernels")
    except (ImportError, OSError, RuntimeError) as error:
        _log.warning("painting without compiled kernels, which is slower: %s", error)


class DabMaker:
    """Turns places on the stroke into the dab table of `dab_reference`.

    Args:
        brush: the settings.
        seed: decides the jitter; equal seeds and places give equal dabs, however batched.
    """

    def __init__(self, brush: BrushSettings, seed: int) -> None:
        self._brush = brush
        self._random = np.random.default_rng(seed)
        self._jitters = brush.scatter > 0 or brush.size_jitter > 0 or brush.angle_jitter > 0
        self.stamp = tip_textures.stamp(brush.stamp) if brush.tip == "stamp" else None
        textured = brush.tip in ("textured", "stamp") and brush.grain != "none"
        self.grain = (
            tip_textures.grain(brush.grain, brush.grain_scale)
            if textured and brush.grain_depth > 0
            else None
        )

    def diameter(self, pressure: Doubles, tilt_x: Doubles, tilt_y: Doubles) -> Doubles:
        """Diameter in pixels, jitter left out."""
        lean = np.minimum(np.hypot(tilt_x, tilt_y) / _FULL_TILT, 1.0)
        factor = pressure_factor(self._brush.size_pressure, pressure)
        return self._brush.size * factor * (1.0 + self._brush.tilt_size * lean)

    def spacing(self, pressure: Doubles, tilt_x: Doubles, tilt_y: Doubles) -> Doubles:
        """Distance in pixels from a dab to the next."""
        # A flat tip that moves across its long side needs dabs by its short one.
        fraction = self._brush.spacing * self._brush.roundness
        return np.maximum(self.diameter(pressure, tilt_x, tilt_y) * fraction, _LEAST_SPACING)

    def make(self, places: Doubles) -> Doubles:
        """The dab table, float64 (n, COLUMNS), for places float64 (n, PLACE_COLUMNS)."""
        brush, n = self._brush, len(places)
        x, y = places[:, PLACE_X], places[:, PLACE_Y]
        pressure, tilt_x, tilt_y = places[:, PRESSURE], places[:, TILT_X], places[:, TILT_Y]
        diameter = self.diameter(pressure, tilt_x, tilt_y)
        angle = np.full(n, np.radians(brush.angle))
        if brush.angle_source == "direction":
            angle += places[:, HEADING]
        elif brush.angle_source == "tilt":
            angle += np.arctan2(tilt_y, tilt_x)
        if self._jitters:
            size, turn, around, away = self._random.random((n, 4)).T
            x = x + brush.scatter * diameter * np.sqrt(away) * np.cos(2 * np.pi * around)
            y = y + brush.scatter * diameter * np.sqrt(away) * np.sin(2 * np.pi * around)
            angle += brush.angle_jitter * 2 * np.pi * (turn - 0.5)
            diameter = diameter * (1.0 - brush.size_jitter * size)

        flow = brush.flow * pressure_factor(brush.flow_pressure, pressure)
        dabs = np.zeros((n, table.COLUMNS))
        dabs[:, table.X], dabs[:, table.Y] = np.round(x * 256) / 256, np.round(y * 256) / 256
        # Thinner than a pixel: a pixel wide but paler, so that a line keeps its amount of ink.
        short = 0.5 * diameter * brush.roundness
        radius = np.maximum(0.5 * diameter, 0.5)
        dabs[:, table.RADIUS] = radius
        dabs[:, table.STRETCH] = np.minimum(1.0 / brush.roundness, 2.0 * radius)
        dabs[:, table.CEILING] = pressure_factor(brush.opacity_pressure, pressure)
        dabs[:, table.CEILING] *= np.minimum(1.0, 2.0 * short)
        dabs[:, table.FLOW] = 1.0 - (1.0 - flow) ** places[:, WEIGHT]
        dabs[:, table.STEEPNESS] = 1.0 / np.maximum((1.0 - brush.hardness) * radius, 1e-3)
        dabs[:, table.BELL] = 0.0 if brush.tip == "soft" else 1.0
        turned = brush.roundness < 1.0 or brush.tip == "stamp"
        dabs[:, table.COS] = np.cos(angle) if turned else 1.0
        dabs[:, table.SIN] = np.sin(angle) if turned else 0.0
        dabs[:, table.GRAIN_BIAS] = 1.0
        if self.grain is not None:
            self._set_grain(dabs, self.grain.softness, pressure)
        if self.stamp is not None:
            levels = np.array(self.stamp.levels)[self.stamp.level_for(2.0 * radius)]
            dabs[:, table.STAMP_START], dabs[:, table.STAMP_SIDE] = levels.T
        return dabs

    def _set_grain(self, dabs: Doubles, softness: float, pressure: Doubles) -> None:
        """Pressing harder reaches deeper into the paper; some of a deep grain always stays bare."""
        depth = self._brush.grain_depth
        covered = pressure_factor(self._brush.flow_pressure, pressure) * (1.0 - 0.3 * depth**2)
        # At 0 no height is above the soft threshold, at 1 all are.
        threshold = (1.0 + softness) * (1.0 - covered) - 0.5 * softness
        dabs[:, table.GRAIN_GAIN] = depth / softness
        dabs[:, table.GRAIN_BIAS] = depth * (0.5 - threshold / softness) + 1.0 - depth
        dabs[:, table.GRAIN_FLOOR] = 1.0 - depth


class WetBuffer:
    """The paint of the stroke in progress: float32 coverage 0..1 in sparse tiles.

    Args:
        canvas: nothing outside is painted.
        grain, stamp: from the brush's DabMaker.
        wanted: tells whether a tile can receive paint at all; the others are skipped.
    """

    def __init__(
        self,
        canvas: Rect,
        grain: tip_textures.Grain | None = None,
        stamp: tip_textures.Stamp | None = None,
        wanted: Callable[[Key], bool] = lambda key: True,
    ) -> None:
        self._canvas = canvas
        self._grain = grain
        self._stamp = stamp
        self._wanted = wanted
        self.tiles: dict[Key, Floats] = {}

    def paint(self, dabs: Doubles) -> dict[Key, Rect]:
        """Add the dabs in order; returns what changed in each tile, in canvas pixels."""
        if not len(dabs):
            return {}
        spread = 6.0 / np.maximum(dabs[:, table.STAMP_SIDE], 1.0) * (self._stamp is not None)
        reach = dabs[:, table.RADIUS] * (1.0 + spread) + 1.0
        x0, x1 = np.floor(dabs[:, table.X] - reach), np.ceil(dabs[:, table.X] + reach)
        y0, y1 = np.floor(dabs[:, table.Y] - reach), np.ceil(dabs[:, table.Y] + reach)
        changed: dict[Key, Rect] = {}
        for key in keys_in(_box(x0, y0, x1, y1).intersect(self._canvas)):
            area = key_rect(key).intersect(self._canvas)
            hit = (x0 < area.right) & (x1 > area.x) & (y0 < area.bottom) & (y1 > area.y)
            if hit.any() and self._wanted(key):
                changed[key] = _box(x0[hit], y0[hit], x1[hit], y1[hit]).intersect(area)
                self._paint_tile(key, area, np.ascontiguousarray(dabs[hit]))
        return changed

    def _paint_tile(self, key: Key, area: Rect, dabs: Doubles) -> None:
        wet = self.tiles.get(key)
        if wet is None:
            wet = self.tiles[key] = np.zeros((TILE, TILE), np.float32)
        heights = tip_textures.FLAT if self._grain is None else self._grain.tile(key)
        ox, oy = key[0] * TILE, key[1] * TILE
        clip = (area.x - ox, area.y - oy, area.right - ox, area.bottom - oy)
        if self._stamp is None:
            _backend.paint_dabs(wet, heights, float(ox), float(oy), clip, dabs)
        else:
            packed = self._stamp.packed
            _backend.paint_stamps(wet, heights, packed, float(ox), float(oy), clip, dabs)


def _box(x0: Doubles, y0: Doubles, x1: Doubles, y1: Doubles) -> Rect:
    left, top = int(x0.min()), int(y0.min())
    return Rect(left, top, int(x1.max()) - left, int(y1.max()) - top)
