# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at the canvas: what is on screen is what is in the document."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import QApplication

from app.core.document import Document
from app.core.geometry import Rect
from app.core.layers import PaintLayer
from app.core.selection import Selection
from app.core.tiles import TileGrid


def colour_at(view, x: float, y: float) -> tuple[int, int, int]:
    at = view.screen_transform().map(QPointF(x, y)).toPoint()
    picked = QColor(view.grab().toImage().pixelColor(at))
    return picked.red(), picked.green(), picked.blue()


def with_block(studio, rect: Rect, bgra) -> None:
    layer = replace(studio.active_layer, tiles=TileGrid.filled(rect, bgra))
    studio.commit("Paint", studio.document.with_layer(layer))


def test_the_picture_is_shown_in_its_colours(view, studio):
    with_block(studio, Rect(50, 60, 40, 30), (30, 20, 200, 255))
    assert colour_at(view, 70, 75) == (200, 20, 30)
    assert colour_at(view, 200, 200) == (255, 255, 255)


@pytest.mark.parametrize("scale", [0.25, 0.5, 1.0, 3.0])
@pytest.mark.parametrize("angle", [0, 37, -120])
@pytest.mark.parametrize("mirrored", [False, True])
def test_it_stays_in_place_however_the_view_is_turned(view, studio, scale, angle, mirrored):
    with_block(studio, Rect(190, 140, 20, 20), (0, 160, 0, 255))
    view.fit()
    view.zoom_to(scale)
    view.rotate_by(angle)
    if mirrored:
        view.mirror()
    red, green, blue = colour_at(view, 200, 150)
    assert green > 120
    assert red < 90
    assert blue < 90
    assert colour_at(view, 200, 100) == (255, 255, 255)


def test_undo_is_seen_at_once(view, studio):
    with_block(studio, Rect(50, 60, 40, 30), (0, 0, 200, 255))
    assert colour_at(view, 70, 75) == (200, 0, 0)
    studio.undo()
    assert colour_at(view, 70, 75) == (255, 255, 255)
    studio.redo()
    assert colour_at(view, 70, 75) == (200, 0, 0)


def test_a_new_document_is_fitted_into_the_view(view, studio):
    studio.new_document(3000, 1000)
    assert view.scale < 0.2
    corner = view.screen_transform().map(QPointF(3000, 1000))
    assert view.rect().contains(corner.toPoint())


def test_transparency_shows_as_a_checkerboard(view, studio):
    studio.replace_document(Document.new(400, 300, None), None)
    image = view.grab().toImage()
    middle = view.screen_transform().map(QPointF(200, 150)).toPoint()
    shades = {image.pixelColor(middle + QPoint(dx, 0)).lightness() for dx in range(0, 40)}
    assert len(shades) == 2


def test_the_wheel_zooms_at_the_pointer(view):
    at = QPointF(150, 120)
    pinned = view.to_canvas(at)
    before = view.scale
    event = QWheelEvent(
        at,
        view.mapToGlobal(at),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)
    assert view.scale > before * 1.2
    assert (view.to_canvas(at) - pinned).manhattanLength() * view.scale <= 1.0


def test_a_selection_is_marked_and_the_marks_go_with_it(view, studio):
    plain = view.grab().toImage()
    studio.set_selection(Selection.rectangle(Rect(100, 100, 80, 60)))
    marked = view.grab().toImage()
    edge = view.screen_transform().map(QPointF(140, 100)).toPoint()
    changed = [
        plain.pixelColor(edge + QPoint(dx, dy)) != marked.pixelColor(edge + QPoint(dx, dy))
        for dx in range(-12, 12)
        for dy in (-1, 0, 1)
    ]
    assert any(changed)
    studio.deselect()
    assert view.grab().toImage() == plain


def test_a_plugin_preview_is_shown_marked_and_never_enters_the_document(view, studio):
    block = PaintLayer(name="preview", tiles=TileGrid.filled(Rect(0, 0, 400, 300), (0, 99, 0, 255)))
    studio.preview_document = lambda: studio.document.insert(block)
    before = studio.document
    studio.refresh_display()
    assert colour_at(view, 200, 250) == (0, 99, 0)
    assert view.note
    studio.preview_document = lambda: None
    studio.refresh_display()
    assert colour_at(view, 200, 250) == (255, 255, 255)
    assert not view.note
    assert studio.document is before
