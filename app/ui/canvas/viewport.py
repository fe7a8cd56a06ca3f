# SPDX-License-Identifier: GPL-3.0-or-later
"""A widget that looks at the canvas: where it looks, and the verbs that change that."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSizeF
from PySide6.QtGui import QResizeEvent, QTransform
from PySide6.QtWidgets import QWidget

from app.ui.canvas.transform import ViewTransform
from app.ui.studio import Studio

FIT_MARGIN = 32.0


class Viewport(QWidget):
    """Holds the view transform of a studio's canvas.

    The zoom verbs work on the middle of the view unless an anchor is given.
    """

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.studio = studio
        self._transform = ViewTransform()
        self._fitted = True

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
        """Canvas pixels → screen pixels.

        An upright view lies on whole device pixels: at 100 % the picture is then copied and not
        resampled, which is sharper and several times faster.
        """
        transform = self._transform.to_screen(QSizeF(self.size()))
        if self.angle != 0:
            return transform
        ratio = self.devicePixelRatioF()
        return QTransform(
            transform.m11(),
            transform.m12(),
            transform.m21(),
            transform.m22(),
            round(transform.dx() * ratio) / ratio,
            round(transform.dy() * ratio) / ratio,
        )

    def to_canvas(self, point: QPointF) -> QPointF:
        """The canvas point under a screen point."""
        inverse, _ = self.screen_transform().inverted()
        return inverse.map(point)

    def to_canvas_direction(self, x: float, y: float) -> QPointF:
        """A direction on the screen as it lies on the canvas, of the same length."""
        return self._transform.to_canvas_direction(x, y)

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
            self._transform.fitted(document.width, document.height, QSizeF(self.size()), FIT_MARGIN)
        )
        self._fitted = True

    @property
    def zoom_percent(self) -> float:
        """Zoom as painters read it: 100 is one canvas pixel per device pixel."""
        return self.scale * self.devicePixelRatioF() * 100

    def cursor_radius(self) -> float:
        """Radius of the brush outline in screen pixels."""
        return self.studio.brush.size / 2 * self.scale

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep a fitted canvas fitted."""
        super().resizeEvent(event)
        if self._fitted:
            self.fit()
