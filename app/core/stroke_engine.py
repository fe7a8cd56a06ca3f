# SPDX-License-Identifier: GPL-3.0-or-later
"""One stroke of a brush on a paint layer, from pen-down to pen-up. Imports core modules only."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from app.core import dab_reference
from app.core.brush import BrushSettings
from app.core.dabs import DabMaker, WetBuffer, backend, warm_up
from app.core.geometry import EMPTY, Rect
from app.core.layers import PaintLayer
from app.core.selection import Selection
from app.core.stabiliser import Sample, Stabiliser
from app.core.stroke_path import StrokePath
from app.core.strokes import Rgb, Stroke
from app.core.tiles import TILE, Key, Pixels, tile_shape

__all__ = ["StrokeEngine", "StrokeOverError", "warm_up"]

_FARTHEST = 1e5  # px; a report from farther away is a glitch of the tablet
_ALL_SELECTED = np.full((TILE, TILE), 255, np.uint8)
_NO_PIXELS: Pixels = np.zeros(tile_shape(4), np.uint8)
_ALL_SELECTED.flags.writeable = _NO_PIXELS.flags.writeable = False


class StrokeOverError(RuntimeError):
    """The stroke was finished or cancelled and takes no more samples."""


class StrokeEngine:
    """Paints one stroke.

    Samples go through the stabiliser, a smooth curve, even spacing and the dab kernels into a wet
    buffer; colour meets the layer's pixels only in the merge, which rounds once. The stroke does
    not depend on how its samples are batched.

    Args:
        brush: the settings.
        colour: red, green, blue 0..255 (not used by erasers).
        layer: what is painted on; never changed, `finish` returns the next version.
        selection: confines the paint, softly where it is soft; None = everywhere.
        canvas: nothing is painted outside this rectangle.
        seed: decides the brush's jitter.
        view_scale: screen pixels per canvas pixel, for the stabiliser.

    Raises:
        ValueError: a colour value is not within 0..255.
    """

    def __init__(
        self,
        brush: BrushSettings,
        colour: Rgb,
        layer: PaintLayer,
        selection: Selection | None,
        canvas: Rect,
        seed: int,
        view_scale: float = 1.0,
    ) -> None:
        if len(colour) != 3 or not all(0 <= v <= 255 for v in colour):
            raise ValueError(f"colour {colour} is not three values of 0..255")
        self.brush = brush
        self._colour = (int(colour[0]), int(colour[1]), int(colour[2]))
        self._layer = layer
        self._selection = selection
        self._stabiliser = Stabiliser(brush.stabiliser, view_scale)
        self._dabs = DabMaker(brush, seed)
        self._path = StrokePath(self._dabs.spacing, brush.angle_source == "direction")
        self._wet = WetBuffer(canvas, self._dabs.grain, self._dabs.stamp, self._takes_paint)
        if brush.erase:
            self._mode = dab_reference.ERASE
        elif layer.alpha_locked:
            self._mode = dab_reference.PAINT_ALPHA_LOCKED
        else:
            self._mode = dab_reference.PAINT
        self._input: list[Sample] = []
        self._previews: dict[Key, Pixels] = {}
        self._stale: dict[Key, Rect] = {}  # what the previews do not show yet, canvas pixels
        self._over = False

    @property
    def touched(self) -> set[Key]:
        """Tiles that the stroke has reached so far."""
        return set(self._wet.tiles)

    def add(self, samples: Iterable[Sample | tuple[float, ...]]) -> dict[Key, Rect]:
        """Continue the stroke.

        Args:
            samples: (x, y, pressure, t[, tilt_x, tilt_y]), see `stabiliser.Sample`. Pressure is
                clamped to 0..1, time never runs back, and reports that are not finite or lie
                absurdly far away (tablet glitches) are skipped.

        Returns:
            for each tile that changed, the rectangle that did, in canvas pixels.

        Raises:
            StrokeOverError: after `finish` or `cancel`.
        """
        if self._over:
            raise StrokeOverError("this stroke is over")
        places = []
        for report in samples:
            sample = self._checked(Sample(*report))
            if sample is not None:
                self._input.append(sample)
                places.append(self._path.add(self._stabiliser.add(sample)))
        return self._paint(places)

    def finish(self) -> PaintLayer:
        """Lead the stroke to the pen's last position and merge it.

        Returns:
            the layer with new tiles and the stroke's record, or the very same layer when
            nothing was painted.

        Raises:
            StrokeOverError: after `finish` or `cancel`.
        """
        if self._over:
            raise StrokeOverError("this stroke is over")
        last = self._stabiliser.finish()
        places = [] if last is None else [self._path.add(last)]
        self._paint([*places, self._path.finish()])
        self._over = True
        if not self._wet.tiles:
            return self._layer
        for key in self._wet.tiles:
            self._update_preview(key)
        tiles = self._layer.tiles.replace(self._previews)
        return replace(self._layer, tiles=tiles, strokes=(*self._layer.strokes, self._record()))

    def cancel(self) -> None:
        """End the stroke without a trace."""
        self._over = True
        self._wet.tiles.clear()
        self._previews.clear()
        self._stale.clear()

    def preview_tile(self, key: Key) -> Pixels:
        """The layer's tile as `finish` would leave it if the pen stopped painting now.

        Only what changed since the last call is merged again. The returned array is read-only
        and shows later samples only after the next call.

        Returns:
            uint8 (256, 256, 4), premultiplied BGRA; zeros where the layer has no tile.
        """
        if key not in self._wet.tiles:
            return self._layer_tile(key)
        self._update_preview(key)
        view = self._previews[key].view()
        view.flags.writeable = False
        return view

    # -- parts ---------------------------------------------------------------------------------

    def _checked(self, sample: Sample) -> Sample | None:
        if not all(map(math.isfinite, sample)) or max(map(abs, sample[:2])) > _FARTHEST:
            return None
        t = max(sample.t, self._input[-1].t) if self._input else sample.t
        return sample._replace(pressure=min(max(sample.pressure, 0.0), 1.0), t=t)

    def _takes_paint(self, key: Key) -> bool:
        if self._selection is not None and key not in self._selection.grid:
            return False
        if self.brush.erase and self._layer.alpha_locked:
            return False
        needs_paint_below = self.brush.erase or self._layer.alpha_locked
        return not needs_paint_below or key in self._layer.tiles

    def _paint(self, places: list[NDArray[np.float64]]) -> dict[Key, Rect]:
        places = [p for p in places if len(p)]
        if not places:
            return {}
        changed = self._wet.paint(self._dabs.make(np.concatenate(places)))
        for key, rect in changed.items():
            self._stale[key] = self._stale.get(key, EMPTY).union(rect)
        return changed

    def _layer_tile(self, key: Key) -> Pixels:
        tile = self._layer.tiles.get(key)
        return _NO_PIXELS if tile is None else tile

    def _update_preview(self, key: Key) -> None:
        stale = self._stale.pop(key, None)
        if stale is None:
            return
        below = self._layer_tile(key)
        preview = self._previews.get(key)
        if preview is None:
            preview = self._previews[key] = below.copy()
        mask = _ALL_SELECTED
        if self._selection is not None:
            found = self._selection.grid.get(key)
            mask = mask if found is None else found
        left, top = stale.x - key[0] * TILE, stale.y - key[1] * TILE
        backend().merge(
            preview.view(np.uint32)[..., 0],
            below.view(np.uint32)[..., 0],
            self._wet.tiles[key],
            mask,
            (left, top, left + stale.w, top + stale.h),
            self._colour,
            self.brush.opacity,
            self._mode,
        )

    def _record(self) -> Stroke:
        start = self._input[0].t
        points = np.array([(s.x, s.y, s.pressure, s.t - start) for s in self._input], np.float32)
        brush = self.brush
        return Stroke(points, brush.size, self._colour, brush.opacity, brush.id, brush.erase)
