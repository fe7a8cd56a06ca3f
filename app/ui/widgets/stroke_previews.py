# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of brush strokes for lists of presets, made one by one when the program is idle."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter, QPixmap

from app.core.brush import BrushSettings

FIRST_MS = 150  # lets the window appear before the first stroke is rendered
PAUSE_MS = 12  # between two strokes, so that the pen never waits for more than one
BUSY_MS = 400


class StrokePreviews(QObject):
    """Rendered strokes of brushes, kept as masks and tinted for the theme.

    Signals:
        ready(): one more picture can be had.
    """

    ready = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._masks: dict[tuple[BrushSettings, int, int], QImage] = {}
        self._tinted: dict[tuple[BrushSettings, int, int, str], QPixmap] = {}
        self._waiting: list[tuple[BrushSettings, int, int]] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._work)

    @property
    def busy(self) -> bool:
        """True while pictures are waiting to be made."""
        return bool(self._waiting)

    def get(self, brush: BrushSettings, size: QSize, ratio: float, tint: QColor) -> QPixmap | None:
        """The stroke in a colour, `size` in device-independent pixels; None until it is made."""
        # Two brushes that paint alike share a picture; an eraser shows the mark it would leave.
        # On a dense screen tip and grain grow with the picture, so that it looks the same.
        look = replace(
            brush,
            name="-",
            id="-",
            tags=(),
            erase=False,
            size=min(1000.0, brush.size * ratio),
            grain_scale=min(8.0, brush.grain_scale * ratio),
        )
        key = (look, round(size.width() * ratio), round(size.height() * ratio))
        mask = self._masks.get(key)
        if mask is None:
            # A list that has another width now does not want its former pictures any more.
            self._waiting = [k for k in self._waiting if k[1:] == key[1:] and k != key]
            self._waiting.append(key)
            if not self._timer.isActive():
                self._timer.start(FIRST_MS if not self._masks else PAUSE_MS)
            return None
        named = (*key, tint.name())
        if named not in self._tinted:
            self._tinted[named] = _tint(mask, tint, ratio)
        return self._tinted[named]

    def _work(self) -> None:
        if QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton:
            self._timer.start(BUSY_MS)  # the artist paints or drags: pictures can wait
            return
        if not self._waiting:
            return
        from app.core.brush_preview import render_preview  # its imports are not for start-up

        brush, width, height = key = self._waiting.pop(0)
        pixels = render_preview(brush, width, height, (255, 255, 255))
        form = QImage.Format.Format_ARGB32_Premultiplied
        self._masks[key] = QImage(pixels.data, width, height, 4 * width, form).copy()
        if self._waiting:
            self._timer.start(PAUSE_MS)
        self.ready.emit()


def _tint(mask: QImage, colour: QColor, ratio: float) -> QPixmap:
    """The mask's coverage in a colour."""
    image = mask.copy()
    painter = QPainter(image)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(image.rect(), colour)
    painter.end()
    image.setDevicePixelRatio(ratio)
    return QPixmap.fromImage(image)
