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
from app.core.tiles import TILE, Key

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


# What a kernel needs to know of a tile: coverage, grain, origin x and y, clip.
_Site = tuple[Floats, Floats, float, float, table.Box]


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
        self._sites: dict[Key, _Site] = {}

    def paint(self, dabs: Doubles) -> dict[Key, Rect]:
        """Add the dabs in order; returns what changed in each tile, in canvas pixels."""
        changed: dict[Key, Rect] = {}
        for key, (found, span) in self._reached(dabs).items():
            if not self._wanted(key):
                continue
            x0, y0, x1, y1 = span
            left, top = max(x0, key[0] * TILE), max(y0, key[1] * TILE)
            right, bottom = min(x1, (key[0] + 1) * TILE), min(y1, (key[1] + 1) * TILE)
            changed[key] = Rect(left, top, right - left, bottom - top)
            site = self._sites.get(key) or self._open(key)
            part = dabs if len(found) == len(dabs) else dabs.take(found, axis=0)
            if self._stamp is None:
                _backend.paint_dabs(*site, part)
            else:
                _backend.paint_stamps(self._stamp.packed, *site, part)
        return changed

    def _reached(self, dabs: Doubles) -> dict[Key, tuple[list[int], list[int]]]:
        """For each tile the dabs that reach it, in order, and the box x0, y0, x1, y1 of them."""
        canvas = self._canvas
        spread = 6.0 / np.maximum(dabs[:, table.STAMP_SIDE], 1.0) * (self._stamp is not None)
        reach = dabs[:, table.RADIUS] * (1.0 + spread) + 1.0
        x, y = dabs[:, table.X], dabs[:, table.Y]
        boxes = np.empty((len(dabs), 4), np.int64)
        boxes[:, 0] = np.maximum(np.floor(x - reach), canvas.x)
        boxes[:, 1] = np.maximum(np.floor(y - reach), canvas.y)
        boxes[:, 2] = np.minimum(np.ceil(x + reach), canvas.right)
        boxes[:, 3] = np.minimum(np.ceil(y + reach), canvas.bottom)
        reached: dict[Key, tuple[list[int], list[int]]] = {}
        # Plain Python: there are few dabs in a frame, and fewer tiles.
        for i, box in enumerate(boxes.tolist()):
            x0, y0, x1, y1 = box
            if x0 >= x1 or y0 >= y1:
                continue
            for ty in range(y0 // TILE, (y1 - 1) // TILE + 1):
                for tx in range(x0 // TILE, (x1 - 1) // TILE + 1):
                    known = reached.get((tx, ty))
                    if known is None:
                        reached[tx, ty] = [i], box.copy()
                        continue
                    known[0].append(i)
                    _widen(known[1], x0, y0, x1, y1)
        return reached

    def _open(self, key: Key) -> _Site:
        wet = self.tiles[key] = np.zeros((TILE, TILE), np.float32)
        heights = tip_textures.FLAT if self._grain is None else self._grain.tile(key)
        canvas, ox, oy = self._canvas, key[0] * TILE, key[1] * TILE
        clip = (
            max(canvas.x - ox, 0),
            max(canvas.y - oy, 0),
            min(canvas.right - ox, TILE),
            min(canvas.bottom - oy, TILE),
        )
        site = self._sites[key] = (wet, heights, float(ox), float(oy), clip)
        return site


def _widen(box: list[int], x0: int, y0: int, x1: int, y1: int) -> None:
    if x0 < box[0]:
        box[0] = x0
    if y0 < box[1]:
        box[1] = y0
    if x1 > box[2]:
        box[2] = x1
    if y1 > box[3]:
        box[3] = y1
