# SPDX-License-Identifier: GPL-3.0-or-later
"""OKLCH sliders: lightness, chroma and hue, each over the colours that it leads to."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QLabel, QWidget

from app.core import colour
from app.core.colour import Rgb
from app.ui import theme
from app.ui.widgets.buttons import column, label, row
from app.ui.widgets.slider import Slider

TRACK = 64  # colours along a bar; smooth to the eye, quick to compute


class ColourBar(Slider):
    """A slider over a strip of colours; its number stands above the strip's end."""

    def __init__(self, text: str, low: float, high: float, decimals: int, suffix: str) -> None:
        super().__init__(text, low, high, decimals=decimals, suffix=suffix, percent=suffix == "%")
        self._strip: QImage | None = None

    def set_strip(self, rgb: np.ndarray, shown: np.ndarray) -> None:
        """Colours along the bar: (n, 3) values 0..1; where `shown` is False, sRGB has none."""
        bytes_ = np.rint(np.clip(rgb, 0, 1) * 255).astype(np.uint8)
        alpha = np.where(shown, 255, 0).astype(np.uint8)[:, None]
        data = np.ascontiguousarray(np.concatenate([bytes_, alpha], axis=1))
        form = QImage.Format.Format_RGBA8888
        self._strip = QImage(data.data, len(data), 1, 4 * len(data), form).copy()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The strip with a handle; colours out of reach are left as an empty trough."""
        tokens = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        box = QRectF(self.rect())
        shape = QPainterPath()
        shape.addRoundedRect(box, theme.RADIUS, theme.RADIUS)
        painter.fillPath(shape, tokens.colour("sunken"))
        if self._strip is not None:
            painter.setClipPath(shape)
            painter.drawImage(box, self._strip)
            painter.setClipping(False)
        if self.hasFocus():
            painter.setPen(QPen(tokens.colour("accent"), 1.5))
            painter.drawRoundedRect(box.adjusted(0.75, 0.75, -0.75, -0.75), 3.5, 3.5)
        x = 4 + self._share() * (box.width() - 8)
        top, bottom = QPointF(x, 3), QPointF(x, box.height() - 3)
        for colour_, width in ((QColor(0, 0, 0, 150), 5.0), (QColor(255, 255, 255), 2.5)):
            pen = QPen(colour_, width)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawLine(top, bottom)


class OklchSliders(QWidget):
    """Chooses a colour by how light, how vivid and which hue it looks.

    Equal steps look equal, and changing one quality leaves the others as they appear, which
    RGB and HSV sliders cannot do. A colour that sRGB lacks is shown with the most chroma it has.

    Signals:
        edited(rgb): the artist moved a slider.
        ended(rgb): the slider was let go.
    """

    edited = Signal(object)
    ended = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rgb: Rgb = (0, 0, 0)
        self.lightness = ColourBar(self.tr("Lightness"), 0.0, 1.0, 0, "%")
        self.chroma = ColourBar(self.tr("Chroma"), 0.0, colour.MAX_CHROMA, 3, "")
        self.hue = ColourBar(self.tr("Hue"), 0.0, 360.0, 0, "°")
        self._captions: list[QLabel] = []
        layout = column(self, spacing=theme.XS)
        for bar in self._bars():
            number = label("", "small")
            self._captions.append(number)
            caption = row()
            caption.addWidget(label(bar.accessibleName(), "small"))
            caption.addStretch()
            caption.addWidget(number)
            layout.addLayout(caption)
            layout.addWidget(bar)
            bar.edited.connect(lambda _: self._on_edit())
            bar.ended.connect(lambda: self.ended.emit(self._rgb))
        layout.addStretch()

    def _bars(self) -> tuple[ColourBar, ColourBar, ColourBar]:
        return self.lightness, self.chroma, self.hue

    def set_rgb(self, rgb: Rgb) -> None:
        """Show a colour, without `edited`."""
        if rgb == self._rgb:
            return
        self._rgb = rgb
        lightness, chroma, hue = (float(v) for v in colour.rgb_to_oklch(colour.from_bytes(rgb)))
        self.lightness.set_number(lightness)
        self.chroma.set_number(chroma)
        if chroma > 1e-3:  # a grey has no hue: keep the one that the artist was at
            self.hue.set_number(hue)
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what was chosen elsewhere."""
        super().showEvent(event)
        self._show()

    def _on_edit(self) -> None:
        wanted = [bar.number for bar in self._bars()]
        self._rgb = colour.to_bytes(colour.oklch_to_rgb(colour.fitted_oklch(wanted)))
        self._show()
        self.edited.emit(self._rgb)

    def _show(self) -> None:
        """Colour the strips for the present numbers; none of it while nobody looks."""
        if not self.isVisible():
            return
        numbers = np.array([bar.number for bar in self._bars()])
        for index, (bar, number) in enumerate(zip(self._bars(), self._captions, strict=True)):
            way = np.tile(numbers, (TRACK, 1))
            way[:, index] = np.linspace(0.0, (1.0, colour.MAX_CHROMA, 360.0)[index], TRACK)
            shown = np.ones(TRACK, np.bool_)
            if index == 1:
                shown = colour.in_gamut(colour.oklch_to_rgb(way))
            else:
                way = colour.fitted_oklch(way)
            bar.set_strip(colour.oklch_to_rgb(way), shown)
            number.setText(bar.number_text())
