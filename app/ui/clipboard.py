# SPDX-License-Identifier: GPL-3.0-or-later
"""Copy and paste of pixels through the system clipboard. Imports QtGui and core."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QGuiApplication, QImage

from app.core import layer_ops
from app.core.geometry import Rect
from app.core.layers import PaintLayer
from app.core.tiles import Pixels, TileGrid

if TYPE_CHECKING:
    from app.ui.studio import Studio


def copy(studio: Studio) -> bool:
    """Copy the selected pixels of the active layer. False when there are none."""
    document = studio.document
    if document.active_layer is None:
        studio.messaged.emit("Choose a layer to copy from.", "warning")
        return False
    tiles = layer_ops.selected_pixels(document, document.active_layer.id)
    bounds = tiles.bounds()
    if bounds is None:
        studio.messaged.emit("There is nothing to copy here.", "warning")
        return False
    pixels = tiles.region(bounds)
    image = QImage(
        pixels.data,
        bounds.w,
        bounds.h,
        bounds.w * 4,
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    QGuiApplication.clipboard().setImage(image.convertToFormat(QImage.Format.Format_ARGB32))
    _last_copy[:] = [(pixels.shape, bounds)]
    return True


def paste(studio: Studio) -> None:
    """Put the clipboard's picture on a new layer: where it was copied, else centred."""
    image = QGuiApplication.clipboard().image()
    if image.isNull():
        studio.messaged.emit("The clipboard holds no picture.", "warning")
        return
    pixels = as_pixels(image)
    canvas = studio.document.bounds
    x, y = (canvas.w - pixels.shape[1]) // 2, (canvas.h - pixels.shape[0]) // 2
    if _last_copy and _last_copy[0][0] == pixels.shape:
        place = _last_copy[0][1]
        if not place.intersect(canvas).empty:
            x, y = place.x, place.y
    name = studio.document.unique_name("Pasted")
    layer = PaintLayer(name=name, tiles=TileGrid.from_array(pixels, x, y))
    studio.run("Paste", lambda d: layer_ops.add_layer(d, layer))


def as_pixels(image: QImage) -> Pixels:
    """Premultiplied BGRA (h, w, 4) of any QImage."""
    image = image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 4].reshape(image.height(), image.width(), 4).copy()


# Size and place of what was copied last, so that a paste lands where it came from.
_last_copy: list[tuple[tuple[int, ...], Rect]] = []
