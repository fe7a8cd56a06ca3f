# SPDX-License-Identifier: GPL-3.0-or-later
"""The canvas view: paints the projection under a transform and hands gestures to the tools."""

from __future__ import annotations

import math

from PySide6.QtCore import QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QPainter,
    QPaintEvent,
    QPolygonF,
    QRegion,
    QTransform,
)
from PySide6.QtWidgets import QWidget

from app.core.document import Document
from app.core.geometry import Rect
from app.core.selection import Selection
from app.ui.canvas import overlays
from app.ui.canvas.input import CanvasInput
from app.ui.studio import Studio
from app.ui.tools.painting import BrushTool

PIXEL_SCALE = 2.0  # from here on pixels are shown as squares, as painters expect


class CanvasView(CanvasInput):
    """Shows a studio's document. Only dirty regions repaint."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        studio.view = self
        studio.before_change = self.settle
        self.setObjectName("canvas")
        self.setAccessibleName(self.tr("Canvas"))
        self.setMinimumSize(QSize(160, 120))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setTabletTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self._note = ""
        self._ants: tuple[Selection, object] | None = None
        self._ant_step = 0
        self._ant_timer = QTimer(self)
        self._ant_timer.setInterval(120)
        self._ant_timer.timeout.connect(self._march)
        studio.canvasDirty.connect(self._on_dirty)
        studio.documentChanged.connect(self._on_document)
        studio.toolChanged.connect(lambda _: self.update_cursor())
        studio.brushChanged.connect(lambda _: self.update())

    # -- painting ------------------------------------------------------------------------------

    @property
    def note(self) -> str:
        """The note that is shown, or an empty text."""
        return self._note

    def show_note(self, text: str) -> None:
        """Show a short note at the top of the view; an empty text removes it."""
        if text != self._note:
            self._note = text
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the dirty part: surround, picture, guides."""
        painter = QPainter(self)
        try:
            self._paint(painter, event.rect())
        finally:
            painter.end()  # a painter left open takes the process down with the widget

    def _paint(self, painter: QPainter, dirty: QRect) -> None:
        to_screen = self.screen_transform()
        document = self.studio.document
        canvas = to_screen.map(QPolygonF(QRectF(0, 0, document.width, document.height)))
        outside = QRegion(dirty)
        if self.angle == 0:
            outside -= QRegion(self._inner(canvas.boundingRect()))
        painter.setClipRegion(outside)
        painter.fillRect(dirty, self._surround())
        painter.setClipRect(dirty)
        self._draw_picture(painter, to_screen, dirty, document)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._ants is not None:
            overlays.draw_ants(painter, self._ants[1], to_screen, self._ant_step)  # type: ignore[arg-type]
        self.active_tool().paint(painter)
        self._draw_brush_cursor(painter)
        if self._note:
            overlays.draw_note(painter, self._note, self.width())

    def _draw_picture(
        self, painter: QPainter, to_screen: QTransform, dirty: QRect, document: Document
    ) -> None:
        inverse, _ = to_screen.inverted()
        seen = inverse.mapRect(QRectF(dirty)).adjusted(-2, -2, 2, 2)
        seen = seen.intersected(QRectF(0, 0, document.width, document.height))
        if seen.isEmpty():
            return
        area = Rect.around(seen.left(), seen.top(), seen.right(), seen.bottom())
        ratio = self.devicePixelRatioF()
        projection = self.studio.projection
        level = projection.level_for(self.scale * ratio)
        image = projection.image(level, area.intersect(document.bounds))
        factor = 1 << level
        zoom = self.scale * ratio
        smooth = self.angle != 0 or (zoom < PIXEL_SCALE and abs(zoom - 1) > 1e-6)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        left, top = area.x // factor, area.y // factor
        right, bottom = -(-area.right // factor) + 1, -(-area.bottom // factor) + 1
        source = QRectF(left, top, right - left, bottom - top).intersected(QRectF(image.rect()))
        whole = to_screen.map(QPolygonF(QRectF(0, 0, document.width, document.height)))
        if not projection.opaque:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._checker())
            painter.drawPolygon(whole)
        painter.setTransform(QTransform.fromScale(factor, factor) * to_screen)
        if document.width % factor or document.height % factor:
            # The last pixels of a coarse level reach beyond the canvas edge.
            painter.setClipRect(
                QRectF(0, 0, document.width / factor, document.height / factor),
                Qt.ClipOperation.IntersectClip,
            )
        painter.drawImage(source, image, source)
        painter.resetTransform()
        painter.setClipRect(dirty)

    def _inner(self, box: QRectF) -> QRect:
        """Whole screen pixels that the canvas surely covers."""
        left, top = math.ceil(box.left()), math.ceil(box.top())
        right, bottom = math.floor(box.right()), math.floor(box.bottom())
        return QRect(left, top, max(0, right - left), max(0, bottom - top))

    def _surround(self) -> QColor:
        from app.ui import theme

        return theme.current().canvas_surround

    def _checker(self):  # type: ignore[no-untyped-def]
        from app.ui import theme

        dark = theme.current().dark
        if getattr(self, "_checker_brush", (None, None))[0] != dark:
            self._checker_brush = (dark, overlays.checkerboard(dark))
        return self._checker_brush[1]

    def _draw_brush_cursor(self, painter: QPainter) -> None:
        tool = self.active_tool()
        if self.hover is not None and isinstance(tool, BrushTool):
            erase = self.studio.erase_mode or self.studio.brush.erase
            overlays.draw_brush_outline(painter, self.hover, self.cursor_radius(), erase)

    # -- following the studio ------------------------------------------------------------------

    def _on_dirty(self, rect: Rect | None) -> None:
        if rect is None:
            self.update()
            return
        box = self.screen_transform().mapRect(QRectF(rect.x, rect.y, rect.w, rect.h))
        # Smooth scaling reads neighbours: repaint a rim of a pixel of the coarsest mip.
        rim = 2 + math.ceil(2 * max(1.0, self.scale))
        self.update(box.toAlignedRect().adjusted(-rim, -rim, rim, rim))

    def _on_document(self, old: Document, new: Document) -> None:
        if (old.width, old.height) != (new.width, new.height):
            self.fit()
        if old.selection is not new.selection or new.selection is None:
            selection = new.selection
            if selection is None:
                self._ants = None
                self._ant_timer.stop()
            else:
                self._ants = (selection, overlays.selection_outline(selection))
                self._ant_timer.start()

    def _march(self) -> None:
        self._ant_step += 1
        if self._ants is not None and self.isVisible():
            box = self.studio.document.selection
            bounds = box.bounds() if box is not None else None
            if bounds is not None:
                self._on_dirty(bounds)
