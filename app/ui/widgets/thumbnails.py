# SPDX-License-Identifier: GPL-3.0-or-later
"""Small pictures of layers, made when the program is idle and only for layers that changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from app.core.layers import Layer, PaintLayer, VectorLayer
from app.core.tiles import TILE, Key, Pixels

SETTLE_MS = 60  # after a change: a stroke that has just ended must reach the screen first
Size = tuple[int, int]


@dataclass
class _Entry:
    """What is known of one layer's picture."""

    source: object  # the value it was made from, compared by identity
    image: QImage
    parts: dict[Key, tuple[Pixels, QImage]] = field(default_factory=dict)


class Thumbnails(QObject):
    """Pictures of a document's layers, by layer id.

    Args:
        size: greatest width and height, in device pixels.

    Signals:
        ready(layer_id): a new picture can be had.
    """

    ready = Signal(str)

    def __init__(self, size: QSize, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._size = size
        self._canvas: Size = (1, 1)
        self._entries: dict[str, _Entry] = {}
        self._waiting: dict[str, Layer] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._work)

    def set_canvas(self, width: int, height: int) -> None:
        """The canvas size in pixels; another size makes all pictures anew."""
        if (width, height) != self._canvas:
            self._canvas = (width, height)
            self._entries.clear()

    @property
    def busy(self) -> bool:
        """True while pictures are waiting to be made."""
        return bool(self._waiting)

    def forget(self, keep: Callable[[str], bool]) -> None:
        """Drop the pictures of layers that are gone."""
        self._entries = {i: e for i, e in self._entries.items() if keep(i)}
        self._waiting = {i: v for i, v in self._waiting.items() if keep(i)}

    def get(self, layer: Layer) -> QImage | None:
        """The picture of a layer, perhaps still an older one; a new one is made when idle."""
        source = _source(layer)
        if source is None:
            return None
        entry = self._entries.get(layer.id)
        if entry is None or entry.source is not source:
            self._waiting[layer.id] = layer
            if not self._timer.isActive():
                self._timer.start(SETTLE_MS)
        return entry.image if entry is not None else None

    def _work(self) -> None:
        """Make one picture, then let the event loop breathe."""
        if not self._waiting:
            return
        layer_id = next(iter(self._waiting))
        layer = self._waiting.pop(layer_id)
        old = self._entries.get(layer_id)
        self._entries[layer_id] = _make(layer, self._canvas, self._size, old)
        if self._waiting:
            self._timer.start(0)
        self.ready.emit(layer_id)


def fitted_size(canvas: Size, size: QSize) -> QSize:
    """The canvas's proportions within `size`, at least a pixel each way."""
    fitted = QSize(*canvas).scaled(size, Qt.AspectRatioMode.KeepAspectRatio)
    return fitted.expandedTo(QSize(1, 1))


def _source(layer: Layer) -> object:
    """The part of a layer that its picture shows; None where it has none (groups)."""
    if isinstance(layer, PaintLayer):
        return layer.tiles
    return layer.paths if isinstance(layer, VectorLayer) else None


def _make(layer: Layer, canvas: Size, size: QSize, old: _Entry | None) -> _Entry:
    if isinstance(layer, PaintLayer):
        return _paint_entry(layer, canvas, size, old)
    assert isinstance(layer, VectorLayer)
    return _Entry(layer.paths, _vector_image(layer, canvas, size))


def _paint_entry(layer: PaintLayer, canvas: Size, size: QSize, old: _Entry | None) -> _Entry:
    """Shrink each tile by itself and put the parts together; unchanged tiles are not redone."""
    fitted = fitted_size(canvas, size)
    # Twice the wanted resolution, so that the last step still has something to smooth.
    side = max(1, min(64, -(-2 * TILE * fitted.width() // canvas[0])))
    known = old.parts if old is not None else {}
    parts: dict[Key, tuple[Pixels, QImage]] = {}
    for key, array in layer.tiles.items():
        made = known.get(key)
        parts[key] = (
            made if made is not None and made[0] is array else (array, _shrunk(array, side))
        )
    scale = side / TILE
    mosaic = _blank(QSize(max(1, round(canvas[0] * scale)), max(1, round(canvas[1] * scale))))
    painter = QPainter(mosaic)
    for (tx, ty), (_, part) in parts.items():
        painter.drawImage(tx * side, ty * side, part)
    painter.end()
    smooth = Qt.TransformationMode.SmoothTransformation
    image = mosaic.scaled(fitted, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
    return _Entry(layer.tiles, image, parts)


def _shrunk(array: Pixels, side: int) -> QImage:
    form = QImage.Format.Format_ARGB32_Premultiplied
    image = QImage(array.data, TILE, TILE, 4 * TILE, form)
    smooth = Qt.TransformationMode.SmoothTransformation
    return image.scaled(side, side, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)


def _vector_image(layer: VectorLayer, canvas: Size, size: QSize) -> QImage:
    """The shapes, with lines kept wide enough to be seen."""
    fitted = fitted_size(canvas, size)
    image = _blank(fitted)
    scale = fitted.width() / canvas[0]
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(scale, fitted.height() / canvas[1])
    for path in layer.paths:
        if path.fill is not None:
            painter.fillPath(path.painter_path(), QColor(*path.fill))
        if path.stroke is not None and path.width > 0:
            width = max(path.width, 0.75 / scale)
            painter.strokePath(path.painter_path(), QPen(QColor(*path.stroke), width))
    painter.end()
    return image


def _blank(size: QSize) -> QImage:
    image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    return image


def paint_checked(painter: QPainter, box: QRectF, image: QImage) -> None:
    """Draw a layer's picture over a small checkerboard, which stands for transparency."""
    painter.save()
    painter.setClipRect(box)
    painter.fillRect(box, QColor(255, 255, 255))
    cell, dark = 4, QColor(222, 222, 222)
    for row in range(int(box.height() // cell) + 1):
        for column in range(row % 2, int(box.width() // cell) + 1, 2):
            x, y = box.left() + column * cell, box.top() + row * cell
            painter.fillRect(QRectF(x, y, cell, cell), dark)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(box, image)
    painter.restore()
