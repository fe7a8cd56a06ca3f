# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's contact sheet: each tool's corner before and after. Imports core and QtGui."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter

from app.core.compose import flatten
from app.core.document import Document
from app.ui.demo_scene import Corner

TILE = 420
GAP = 20
TITLE = 40
GROUND = QColor("#26272b")
TEXT = QColor("#e8e8ea")


def contact_sheet(pairs: Sequence[tuple[Corner, Document, Document]]) -> QImage:
    """Two tools a row, each with its title, the corner before it ran and after.

    Args:
        pairs: (corner, the picture before, the picture after).
    """
    columns = min(2, len(pairs))
    rows = -(-len(pairs) // max(columns, 1))
    wide, high = 2 * TILE + GAP, TILE + TITLE
    size = columns * wide + (columns + 1) * GAP, rows * high + (rows + 1) * GAP
    sheet = QImage(*size, QImage.Format.Format_RGB32)
    sheet.fill(GROUND)
    painter = QPainter(sheet)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.setPen(TEXT)
    font = QFont(painter.font())
    font.setPixelSize(20)
    painter.setFont(font)
    for number, (corner, before, after) in enumerate(pairs):
        x = GAP + (number % 2) * (wide + GAP)
        y = GAP + (number // 2) * (high + GAP)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRect(x, y, wide, TITLE), flags, corner.title)
        for column, document in enumerate((before, after)):
            place = QRect(x + column * (TILE + GAP), y + TITLE, TILE, TILE)
            painter.drawImage(place, _corner(document, corner))
    painter.end()
    return sheet


def _corner(document: Document, corner: Corner) -> QImage:
    pixels = np.ascontiguousarray(flatten(document, corner.area))
    form = QImage.Format.Format_ARGB32_Premultiplied
    image = QImage(pixels.data, corner.area.w, corner.area.h, 4 * corner.area.w, form)
    keep, smooth = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    return image.scaled(TILE, TILE, keep, smooth)
