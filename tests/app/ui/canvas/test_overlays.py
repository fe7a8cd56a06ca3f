# SPDX-License-Identifier: GPL-3.0-or-later
"""What is drawn over the picture: the selection's edge is where the selection ends."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter

from app.core.selection import Selection
from app.ui.canvas.overlays import selection_outline


def filled(path, side: int) -> np.ndarray:
    """The pixels that a path encloses, (side, side) of 0 and 255."""
    image = QImage(side, side, QImage.Format.Format_Grayscale8)
    image.fill(Qt.GlobalColor.black)
    painter = QPainter(image)
    painter.fillPath(path, Qt.GlobalColor.white)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(side, image.bytesPerLine())
    return rows[:, :side].copy()


@settings(max_examples=40, deadline=None)
@given(mask=arrays(np.bool_, (9, 11)))
def test_the_outline_encloses_exactly_the_selected_pixels(mask):
    whole = np.zeros((32, 32), np.uint8)
    whole[5:14, 7:18] = mask * np.uint8(255)
    path = selection_outline(Selection.from_mask(whole))
    assert np.array_equal(filled(path, 32), whole)


def test_a_selection_of_faint_pixels_has_no_outline():
    assert selection_outline(Selection.from_mask(np.full((9, 9), 100, np.uint8))).isEmpty()
    assert selection_outline(Selection()).isEmpty()
