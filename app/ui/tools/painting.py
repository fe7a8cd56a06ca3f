# SPDX-License-Identifier: GPL-3.0-or-later
"""Brush, colour picker and fill."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QCursor, QPainter, QPen

from app.core import layer_ops
from app.core.brush import BrushSettings
from app.core.geometry import Rect
from app.core.layer_ops import LayerError
from app.core.layers import PaintLayer
from app.core.selection import Selection
from app.core.strokes import Rgb
from app.core.tiles import Key, key_rect
from app.ui.canvas.pointer import PointerSample
from app.ui.tools.base import Tool

if TYPE_CHECKING:
    from app.core.stroke_engine import StrokeEngine
    from app.ui.canvas.viewport import Viewport


class BrushTool(Tool):
    """Paints a stroke: samples go to the stroke engine, its wet tiles to the compositor."""

    def __init__(self, view: Viewport) -> None:
        super().__init__(view)
        self._engine: StrokeEngine | None = None
        self._layer_id: str | None = None
        self._start = 0.0
        self._last: tuple[float, float] | None = None
        self._last_layer: str | None = None

    @property
    def stroking(self) -> bool:
        """True between pen-down and pen-up."""
        return self._engine is not None

    def cursor(self) -> QCursor:
        """None of its own: the view draws the brush outline."""
        return QCursor(Qt.CursorShape.BlankCursor)

    def press(self, sample: PointerSample) -> None:
        """Begin a stroke; with Shift, draw a straight line from the end of the last one."""
        from app.core.stroke_engine import StrokeEngine

        studio = self.studio
        try:
            layer = layer_ops.paintable(studio.document, studio.document.active)
        except LayerError as error:
            studio.messaged.emit(str(error), "warning")
            return
        brush = self._brush(sample)
        self._engine = StrokeEngine(
            brush,
            studio.colour,
            layer,
            studio.document.selection,
            studio.document.bounds,
            random.getrandbits(31),
            self.view.scale,
        )
        self._layer_id, self._start = layer.id, sample.time
        studio.compositor.set_overlay(layer.id, self._engine.preview_tile)
        samples = [self._row(sample)]
        if sample.shift and self._last is not None and self._last_layer == layer.id:
            samples = [(*self._last, *samples[0][2:]), *samples]
        self._show(self._engine.add(samples))

    def drag(self, samples: Sequence[PointerSample]) -> None:
        """Go on with the stroke."""
        if self._engine is not None:
            self._show(self._engine.add([self._row(s) for s in samples]))

    def release(self, sample: PointerSample) -> None:
        """End the stroke: one undo step."""
        if self._engine is None:
            return
        # Pens report the release with pressure 0, which would taper the last dab away.
        self._last, self._last_layer = (sample.canvas.x(), sample.canvas.y()), self._layer_id
        self._finish()

    def settle(self) -> None:
        """Keep what is drawn so far."""
        if self._engine is not None:
            self._finish()

    def cancel(self) -> None:
        """Drop the stroke under way."""
        if self._engine is not None:
            engine, self._engine = self._engine, None
            touched = engine.touched
            engine.cancel()
            self.studio.compositor.set_overlay(None, None)
            self._show({key: key_rect(key) for key in touched})

    def _finish(self) -> None:
        engine, self._engine = self._engine, None
        assert engine is not None
        studio = self.studio
        painted = engine.finish()
        studio.compositor.set_overlay(None, None)
        if not engine.touched:
            return
        document = studio.document
        # A plugin may have changed the layer list during the stroke: keep what it did.
        now = document.find(painted.id) if document.has(painted.id) else None
        if not isinstance(now, PaintLayer):
            self._show({key: key_rect(key) for key in engine.touched})
            text = studio.tr("The layer is gone, and the stroke with it.")
            studio.messaged.emit(text, "warning")
            return
        layer = replace(now, tiles=painted.tiles, strokes=painted.strokes)
        erased = engine.brush.erase
        if not erased:
            studio.remember_colour(studio.colour)
        studio.commit("Erase" if erased else "Brush Stroke", document.with_layer(layer))

    def _show(self, changed: dict[Key, Rect]) -> None:
        for rect in changed.values():
            self.studio.compositor.mark_dirty(rect)
            self.studio.canvasDirty.emit(rect)

    def _brush(self, sample: PointerSample) -> BrushSettings:
        brush = self.studio.brush
        erase = self.studio.erase_mode or sample.eraser
        return replace(brush, erase=True) if erase and not brush.erase else brush

    def _row(self, sample: PointerSample) -> tuple[float, float, float, float, float, float]:
        pressure = self.studio.settings.map_pressure(sample.pressure)
        # The pen leans over the screen; the dabs lie on the canvas, which may be turned.
        lean = self.view.to_canvas_direction(sample.tilt_x, sample.tilt_y)
        time = sample.time - self._start
        return (sample.canvas.x(), sample.canvas.y(), pressure, time, lean.x(), lean.y())


class PickerTool(Tool):
    """Takes a colour from the visible picture; drag to look around."""

    def __init__(self, view: Viewport) -> None:
        super().__init__(view)
        self._sample: PointerSample | None = None

    def press(self, sample: PointerSample) -> None:
        """Pick under the pen."""
        self._pick(sample)

    def drag(self, samples: Sequence[PointerSample]) -> None:
        """Go on picking."""
        self._pick(samples[-1])

    def release(self, sample: PointerSample) -> None:
        """Keep the colour among the recent ones."""
        self._pick(sample)
        self._sample = None
        self.studio.remember_colour(self.studio.colour)
        self.view.update()

    def cancel(self) -> None:
        """Nothing to take back."""
        self._sample = None

    def paint(self, painter: QPainter) -> None:
        """A swatch of the picked colour beside the pen."""
        if self._sample is None:
            return
        at = self._sample.screen
        painter.setPen(QPen(QColor(255, 255, 255, 230), 3))
        painter.setBrush(QColor(*self.studio.colour))
        painter.drawEllipse(QRectF(at.x() + 18, at.y() - 58, 40, 40))

    def _pick(self, sample: PointerSample) -> None:
        colour = self.colour_at(sample.canvas.x(), sample.canvas.y())
        self._sample = sample
        if colour is not None:
            self.studio.set_colour(colour)
        self.view.update()

    def colour_at(self, x: float, y: float) -> Rgb | None:
        """Mean visible colour of the 3x3 pixels around a canvas point; None where nothing is."""
        studio = self.studio
        point = Rect(int(np.floor(x)) - 1, int(np.floor(y)) - 1, 3, 3)
        area = point.intersect(studio.document.bounds)
        if area.empty:
            return None
        pixels = studio.compositor.region(area).reshape(-1, 4).astype(float)
        alpha = pixels[:, 3].sum()
        if alpha == 0:
            return None
        blue, green, red = np.rint(pixels[:, :3].sum(axis=0) * 255 / alpha).astype(int)
        return (int(red), int(green), int(blue))


class FillTool(Tool):
    """Fills the area of like colour under the pen, judged by the visible picture."""

    tolerance = 24
    gap_px = 2
    grow_px = 1

    def press(self, sample: PointerSample) -> None:
        """Fill where the pen went down."""
        from app.core.fill import flood

        studio = self.studio
        x, y = int(np.floor(sample.canvas.x())), int(np.floor(sample.canvas.y()))
        if not studio.document.bounds.contains_point(x, y):
            return
        pixels = studio.compositor.region(studio.document.bounds)
        mask = flood(
            pixels,
            (x, y),
            tolerance=self.tolerance,
            contiguous=not sample.shift,
            gap_px=self.gap_px,
            grow_px=self.grow_px,
            antialias=True,
        )
        area = Selection.from_mask(mask)
        active = studio.document.active or ""
        if studio.run("Fill", lambda d: layer_ops.fill(d, active, studio.colour, area)):
            studio.remember_colour(studio.colour)
