# SPDX-License-Identifier: GPL-3.0-or-later
"""Rectangle, ellipse, lasso and wand selections, and moving what is selected."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QCursor, QPainter, QPainterPath, QPen, QPolygonF

from app.core import layer_ops
from app.core.geometry import Rect
from app.core.layer_ops import LayerError
from app.core.layers import GroupLayer, Layer, PaintLayer
from app.core.selection import Combine, Selection
from app.ui.canvas.pointer import PointerSample
from app.ui.tools.base import Tool

if TYPE_CHECKING:
    from app.ui.canvas.viewport import Viewport


def combine_mode(sample: PointerSample) -> Combine:
    """Shift adds, Alt subtracts, both intersect, none replaces: as in other programs."""
    if sample.shift and sample.alt:
        return Combine.INTERSECT
    if sample.shift:
        return Combine.ADD
    return Combine.SUBTRACT if sample.alt else Combine.REPLACE


class ShapeTool(Tool):
    """Common part of the tools that drag out a shape."""

    label = "Select"

    def __init__(self, view: Viewport) -> None:
        super().__init__(view)
        self._points: list[QPointF] = []
        self._how = Combine.REPLACE

    def press(self, sample: PointerSample) -> None:
        """Begin the shape."""
        self._how = combine_mode(sample)
        self._points = [sample.canvas]

    def drag(self, samples: Sequence[PointerSample]) -> None:
        """Go on with the shape."""
        if self._points:
            self._points.extend(s.canvas for s in samples)
            self.view.update()

    def release(self, sample: PointerSample) -> None:
        """Make the selection; a click without a drag deselects."""
        if not self._points:
            return
        self._points.append(sample.canvas)
        points, self._points = self._points, []
        self.view.update()
        travel = max(abs(p.x() - points[0].x()) + abs(p.y() - points[0].y()) for p in points)
        if travel * self.view.scale < 3:
            if self._how is Combine.REPLACE:
                self.studio.deselect()
            return
        shape = self.shape(points)
        old = self.studio.document.selection
        if old is None and self._how in (Combine.SUBTRACT, Combine.INTERSECT):
            # Without a selection everything counts as selected.
            old = Selection.rectangle(self.studio.document.bounds)
        self.studio.set_selection(
            shape if old is None else old.combine(shape, self._how), self.label
        )

    def cancel(self) -> None:
        """Drop the shape."""
        self._points = []
        self.view.update()

    def shape(self, points: list[QPointF]) -> Selection:
        """The selection that the dragged points describe."""
        raise TypeError(f"{type(self).__name__} describes no shape")

    def outline(self, points: list[QPointF]) -> QPainterPath:
        """The outline to show while dragging, canvas pixels."""
        path = QPainterPath()
        path.addPolygon(QPolygonF(points))
        return path

    def paint(self, painter: QPainter) -> None:
        """The outline, dark and light so that it shows on any picture."""
        if len(self._points) < 2:
            return
        path = self.view.screen_transform().map(self.outline(self._points))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(0, 0, 0, 180), 1))
        painter.drawPath(path)
        pen = QPen(QColor(255, 255, 255, 230), 1)
        pen.setDashPattern([4, 4])
        painter.setPen(pen)
        painter.drawPath(path)


def _box(points: list[QPointF]) -> Rect:
    a, b = points[0], points[-1]
    x0, x1 = sorted((round(a.x()), round(b.x())))
    y0, y1 = sorted((round(a.y()), round(b.y())))
    return Rect(x0, y0, x1 - x0, y1 - y0)


class RectTool(ShapeTool):
    """Selects a rectangle of whole pixels."""

    label = "Select Rectangle"

    def shape(self, points: list[QPointF]) -> Selection:
        """The rectangle between the first and the last point."""
        return Selection.rectangle(_box(points))

    def outline(self, points: list[QPointF]) -> QPainterPath:
        """The same rectangle."""
        box, path = _box(points), QPainterPath()
        path.addRect(box.x, box.y, box.w, box.h)
        return path


class EllipseTool(ShapeTool):
    """Selects an ellipse."""

    label = "Select Ellipse"

    def shape(self, points: list[QPointF]) -> Selection:
        """The ellipse between the first and the last point."""
        return Selection.ellipse(_box(points))

    def outline(self, points: list[QPointF]) -> QPainterPath:
        """The same ellipse."""
        box, path = _box(points), QPainterPath()
        path.addEllipse(box.x, box.y, box.w, box.h)
        return path


class LassoTool(ShapeTool):
    """Selects what the pen goes round."""

    label = "Lasso"

    def shape(self, points: list[QPointF]) -> Selection:
        """The closed outline of the pen's way."""
        return Selection.polygon([(p.x(), p.y()) for p in points])


class WandTool(Tool):
    """Selects the area of like colour under the pen."""

    tolerance = 24

    def press(self, sample: PointerSample) -> None:
        """Select from where the pen went down; Ctrl takes like colours everywhere."""
        from app.core.fill import flood

        studio = self.studio
        x, y = math.floor(sample.canvas.x()), math.floor(sample.canvas.y())
        if not studio.document.bounds.contains_point(x, y):
            return
        mask = flood(
            studio.compositor.region(studio.document.bounds),
            (x, y),
            tolerance=self.tolerance,
            contiguous=not sample.control,
            gap_px=0,
            grow_px=0,
            antialias=True,
        )
        found, old, how = Selection.from_mask(mask), studio.document.selection, combine_mode(sample)
        if old is None and how in (Combine.SUBTRACT, Combine.INTERSECT):
            old = Selection.rectangle(studio.document.bounds)
        studio.set_selection(found if old is None else old.combine(found, how), "Magic Wand")


class MoveTool(Tool):
    """Moves the active layer, or the selected part of it, by whole pixels."""

    def __init__(self, view: Viewport) -> None:
        super().__init__(view)
        self._from: QPointF | None = None
        self._rest: Layer | None = None
        self._shown: Layer | None = None  # the same without pen strokes, which cost time to move
        self._piece: PaintLayer | None = None
        self._offset = (0, 0)

    def cursor(self) -> QCursor:
        """Four arrows."""
        return QCursor(Qt.CursorShape.SizeAllCursor)

    def press(self, sample: PointerSample) -> None:
        """Take hold of the layer."""
        document = self.studio.document
        try:
            layer = layer_ops.editable(document, document.active or "")
        except (LayerError, KeyError) as error:
            text = str(error) if isinstance(error, LayerError) else "Choose a layer to move."
            self.studio.messaged.emit(text, "warning")
            return
        if document.selection is not None and isinstance(layer, PaintLayer):
            tiles = layer_ops.selected_pixels(document, layer.id)
            self._piece = replace(layer, tiles=tiles)
            rest = layer_ops.clear_layer(document, layer.id).find(layer.id)
        else:
            rest = layer
        self._from, self._rest, self._offset = sample.canvas, rest, (0, 0)
        self._shown = _without_strokes(rest)

    def drag(self, samples: Sequence[PointerSample]) -> None:
        """Show the layer at its new place."""
        if self._from is None:
            return
        at = samples[-1].canvas
        dx, dy = round(at.x() - self._from.x()), round(at.y() - self._from.y())
        if samples[-1].shift:  # along one axis
            dx, dy = (dx, 0) if abs(dx) >= abs(dy) else (0, dy)
        if (dx, dy) != self._offset:
            self._offset = (dx, dy)
            assert self._shown is not None
            self.studio.show_draft(self._moved(self._shown))

    def release(self, sample: PointerSample) -> None:
        """Put the layer down: one undo step."""
        if self._from is None:
            return
        assert self._rest is not None
        document, offset = self.studio.document, self._offset
        had_piece, moved = self._piece is not None, None
        if offset != (0, 0) and document.has(self._rest.id):
            # A plugin may have changed the layer list during the drag: keep what it did.
            now = document.find(self._rest.id)
            if had_piece and isinstance(now, PaintLayer) and isinstance(self._rest, PaintLayer):
                now = replace(now, tiles=self._rest.tiles)
            moved = self._moved(now)
        selection = document.selection
        self._reset()
        self.studio.show_draft(None)
        if moved is None:
            return
        document = document.with_layer(moved)
        if had_piece and selection is not None:
            document = document.with_selection(
                selection.translated(*offset).clipped(document.bounds)
            )
        self.studio.commit("Move", document)

    def cancel(self) -> None:
        """Let go; nothing moves."""
        if self._from is not None:
            self._reset()
            self.studio.show_draft(None)

    def _reset(self) -> None:
        self._from, self._rest, self._shown, self._piece = None, None, None, None
        self._offset = (0, 0)

    def _moved(self, rest: Layer) -> Layer:
        from app.core.transform import transform_layer

        dx, dy = self._offset
        if self._piece is None:
            return transform_layer(rest, np.array([[1.0, 0, dx], [0, 1.0, dy]]))
        assert isinstance(rest, PaintLayer)
        tiles = layer_ops.laid_over(rest.tiles, self._piece.tiles.translated(dx, dy))
        return replace(rest, tiles=tiles)


def _without_strokes(layer: Layer) -> Layer:
    if isinstance(layer, GroupLayer):
        return replace(layer, children=tuple(map(_without_strokes, layer.children)))
    return replace(layer, strokes=()) if isinstance(layer, PaintLayer) else layer
