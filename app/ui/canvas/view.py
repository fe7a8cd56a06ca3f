# SPDX-License-Identifier: GPL-3.0-or-later
"""The canvas view: paints the projection under a transform and hands gestures to the tools."""

from __future__ import annotations

import math

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, QSizeF, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QPainter,
    QPaintEvent,
    QPolygonF,
    QRegion,
    QResizeEvent,
    QTransform,
)
from PySide6.QtWidgets import QWidget

from app.core.document import Document
from app.core.geometry import Rect
from app.core.selection import Selection
from app.ui.canvas import overlays
from app.ui.canvas.input import InputMixin
from app.ui.canvas.transform import ViewTransform
from app.ui.studio import Studio
from app.ui.tools import make_tools
from app.ui.tools.painting import BrushTool

FIT_MARGIN = 32.0
PIXEL_SCALE = 2.0  # from here on pixels are shown as squares, as painters expect


class CanvasView(InputMixin, QWidget):
    """Shows a studio's document. Only dirty regions repaint.

    The zoom verbs work on the middle of the view unless an anchor is given.
    """

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.studio = studio
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
        self._transform = ViewTransform()
        self._fitted = True
        self._note = ""
        self._ants: tuple[Selection, object] | None = None
        self._ant_step = 0
        self._ant_timer = QTimer(self)
        self._ant_timer.setInterval(120)
        self._ant_timer.timeout.connect(self._march)
        self._tools = make_tools(self)
        self._init_input()
        studio.canvasDirty.connect(self._on_dirty)
        studio.documentChanged.connect(self._on_document)
        studio.toolChanged.connect(lambda _: self.update_cursor())
        studio.brushChanged.connect(lambda _: self.update())

    # -- the view transform --------------------------------------------------------------------

    @property
    def scale(self) -> float:
        """Screen pixels (device-independent) per canvas pixel."""
        return self._transform.scale

    @property
    def angle(self) -> float:
        """Degrees that the canvas is turned clockwise."""
        return self._transform.angle

    @property
    def mirrored(self) -> bool:
        """True when the view is flipped left to right."""
        return self._transform.mirrored

    @property
    def middle(self) -> QPointF:
        """The middle of the view in screen pixels."""
        return QPointF(self.width() / 2, self.height() / 2)

    def screen_transform(self) -> QTransform:
        """Canvas pixels → screen pixels."""
        return self._transform.to_screen(QSizeF(self.size()))

    def to_canvas(self, point: QPointF) -> QPointF:
        """The canvas point under a screen point."""
        return self._transform.to_canvas(point, QSizeF(self.size()))

    def set_transform(self, transform: ViewTransform) -> None:
        """Look at the canvas in another way."""
        self._fitted = False
        if transform != self._transform:
            self._transform = transform
            self.update()
            self.studio.viewChanged.emit()

    def pan_by(self, dx: float, dy: float) -> None:
        """Move the picture by screen pixels."""
        self.set_transform(self._transform.panned(dx, dy))

    def zoom_by(self, factor: float, anchor: QPointF | None = None) -> None:
        """Scale the view; the canvas point under `anchor` stays put."""
        at = self.middle if anchor is None else anchor
        self.set_transform(self._transform.zoomed(factor, at, QSizeF(self.size())))

    def zoom_to(self, scale: float) -> None:
        """Set the scale; 1.0 shows one canvas pixel per screen pixel of the device."""
        self.zoom_by(scale / self.devicePixelRatioF() / self.scale)

    def zoom_in(self) -> None:
        """One step closer."""
        self.zoom_by(2**0.5)

    def zoom_out(self) -> None:
        """One step back."""
        self.zoom_by(2**-0.5)

    def rotate_by(self, degrees: float) -> None:
        """Turn the view clockwise around its middle."""
        self.set_transform(self._transform.rotated(degrees, self.middle, QSizeF(self.size())))

    def reset_rotation(self) -> None:
        """Turn the view upright."""
        self.rotate_by(-self.angle)

    def mirror(self) -> None:
        """Flip the view left to right; the picture is untouched."""
        self.set_transform(self._transform.mirrored_at(self.middle, QSizeF(self.size())))

    def fit(self) -> None:
        """Show the whole canvas, and keep it fitted until the view is changed by hand."""
        document = self.studio.document
        self.set_transform(
            self._transform.fitted(
                document.width, document.height, QSizeF(self.size()), FIT_MARGIN
            )
        )
        self._fitted = True

    @property
    def zoom_percent(self) -> float:
        """Zoom as painters read it: 100 is one canvas pixel per device pixel."""
        return self.scale * self.devicePixelRatioF() * 100

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
        smooth = self.scale * ratio < PIXEL_SCALE or self.angle != 0
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

    def cursor_radius(self) -> float:
        """Radius of the brush outline in screen pixels."""
        return self.studio.brush.size / 2 * self.scale

    # -- following the studio ------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep a fitted canvas fitted."""
        super().resizeEvent(event)
        if self._fitted:
            self.fit()

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
