# SPDX-License-Identifier: GPL-3.0-or-later
"""What the view draws over the picture: marching ants, brush outline, notes. QtGui only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, QDataStream, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QTransform,
)

from app.core.selection import Selection

ANT_DASH = 5.0


def checkerboard(dark: bool, cell: int = 10) -> QBrush:
    """The brush that stands for transparency."""
    shades = (
        (QColor(70, 70, 70), QColor(88, 88, 88))
        if dark
        else (
            QColor(214, 214, 214),
            QColor(240, 240, 240),
        )
    )
    pixmap = QPixmap(2 * cell, 2 * cell)
    pixmap.fill(shades[0])
    painter = QPainter(pixmap)
    painter.fillRect(0, 0, cell, cell, shades[1])
    painter.fillRect(cell, cell, cell, cell, shades[1])
    painter.end()
    return QBrush(pixmap)


def selection_outline(selection: Selection) -> QPainterPath:
    """The half-selected contour of the mask along pixel edges, in canvas pixels."""
    import cv2

    path = QPainterPath()
    box = selection.bounds()
    if box is None:
        return path
    # Doubling puts contour points on both sides of each pixel, which traces pixel edges.
    mask = (selection.mask(box.expanded(1)) >= 128).astype(np.uint8)
    big = cv2.resize(mask, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
    contours, _ = cv2.findContours(big, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return path
    closed = [np.concatenate([contour, contour[:1]]) for contour in contours]
    points = np.concatenate(closed)[:, 0, :].astype(np.float64)
    corners = np.round((points + 0.5) / 2 + (box.x - 1, box.y - 1))
    lengths = np.array([len(contour) for contour in closed])
    return _path_of(corners, np.cumsum(lengths) - lengths)


def _path_of(points: NDArray[np.float64], starts: NDArray[np.int64]) -> QPainterPath:
    """Polylines as one path: `points` (n, 2) with a new one beginning at each index of `starts`.

    A wand may find a hundred thousand specks, which takes seconds point by point. Qt reads a
    path from a stream in one go: a count, then type (0 move, 1 line), x and y of each element,
    the index of the last move, and the fill rule, all big-endian.
    """
    element = np.dtype([("type", ">i4"), ("x", ">f8"), ("y", ">f8")])
    elements = np.ones(len(points), element)
    elements["type"][starts] = 0
    elements["x"], elements["y"] = points[:, 0], points[:, 1]
    count = np.array([len(points)], ">i4").tobytes()
    tail = np.array([starts[-1], 0], ">i4").tobytes()
    path = QPainterPath()
    stream = QDataStream(QByteArray(count + elements.tobytes() + tail))
    stream >> path
    return path


def draw_ants(painter: QPainter, outline: QPainterPath, to_screen: QTransform, step: int) -> None:
    """The selection's edge as moving dashes, visible on any colour."""
    path = to_screen.map(outline)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    base = QPen(QColor(0, 0, 0, 200), 1)
    base.setCosmetic(True)
    painter.setPen(base)
    painter.drawPath(path)
    dashes = QPen(QColor(255, 255, 255, 235), 1)
    dashes.setCosmetic(True)
    dashes.setDashPattern([ANT_DASH, ANT_DASH])
    dashes.setDashOffset(float(step % int(2 * ANT_DASH)))
    painter.setPen(dashes)
    painter.drawPath(path)


def draw_brush_outline(painter: QPainter, at: QPointF, radius: float, erase: bool) -> None:
    """The brush's reach as a double ring; a small cross where the ring would be too small."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if radius < 3:
        for colour, width in ((QColor(0, 0, 0, 160), 3), (QColor(255, 255, 255, 230), 1)):
            painter.setPen(QPen(colour, width))
            for dx, dy in ((7, 0), (-7, 0), (0, 7), (0, -7)):
                painter.drawLine(at + QPointF(dx, dy), at + QPointF(dx, dy) * (3 / 7))
            painter.drawPoint(at)
        return
    painter.setPen(QPen(QColor(0, 0, 0, 150), 1))
    painter.drawEllipse(at, radius + 0.75, radius + 0.75)
    ring = QPen(QColor(255, 255, 255, 225), 1)
    if erase:
        ring.setDashPattern([4, 3])
    painter.setPen(ring)
    painter.drawEllipse(at, radius, radius)


def draw_note(painter: QPainter, text: str, width: float) -> None:
    """A pill at the top of the view, such as the mark of an unapplied preview."""
    font = painter.font()
    font.setPointSizeF(max(9.0, font.pointSizeF()))
    painter.setFont(font)
    box = QRectF(painter.fontMetrics().boundingRect(text)).adjusted(-14, -7, 14, 7)
    box.moveCenter(QPointF(width / 2, 12 + box.height() / 2))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(20, 20, 20, 190))
    painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
    painter.setPen(QColor(255, 255, 255, 235))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
