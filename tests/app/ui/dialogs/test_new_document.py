# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting a new picture."""

from __future__ import annotations

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from app.core.document import MAX_SIDE
from app.ui.dialogs.new_document import NewDocumentDialog, presets
from tests.app.ui.desk import Desk


@pytest.fixture
def dialog(qtbot) -> NewDocumentDialog:
    made = NewDocumentDialog()
    qtbot.addWidget(made)
    made.show()
    return made


def test_a4_at_300_dpi_is_among_the_ready_made_sizes(dialog):
    titles = [p.title for p in presets()]
    assert {"A4", "Full HD", "2048 square", "4096 square", "Screen"} <= set(titles)
    dialog.list.setCurrentRow(titles.index("A4"))
    assert (dialog.width_px, dialog.height_px, dialog.dpi) == (2480, 3508, 300)
    assert "210 × 297 mm" in dialog._facts.text()


def test_every_ready_made_size_can_be_made(qapp):
    for preset in presets():
        assert 1 <= preset.width <= MAX_SIDE and 1 <= preset.height <= MAX_SIDE, preset


def test_a_size_is_typed_and_turned(dialog):
    dialog.width_field.selectAll()
    QTest.keyClicks(dialog.width_field, "640")
    assert dialog.width_px == 640
    dialog.turn.click()
    assert (dialog.width_px, dialog.height_px) == (1080, 640)


@pytest.mark.parametrize(
    ("button", "background"), [(0, (255, 255, 255)), (1, (128, 128, 128)), (2, None)]
)
def test_the_background_is_chosen(dialog, button, background):
    dialog._backgrounds.button(button).click()
    assert dialog.background == background
    assert not dialog.grab().isNull()


def test_the_command_makes_the_document(studio, qtbot, monkeypatch):
    desk = Desk(studio).appear(qtbot)

    def choose(dialog):
        dialog.width_field.setValue(320)
        dialog.height_field.setValue(200)
        dialog._backgrounds.button(2).click()
        return True

    monkeypatch.setattr(NewDocumentDialog, "exec", choose)
    desk.acts.qaction("file.new").trigger()
    document = studio.document
    assert (document.width, document.height, len(document.layers)) == (320, 200, 1)


def test_unsaved_work_stays_when_the_artist_thinks_again(studio, qtbot, monkeypatch):
    desk = Desk(studio).appear(qtbot)
    studio.add_paint_layer()
    before = studio.document
    monkeypatch.setattr(NewDocumentDialog, "exec", lambda dialog: True)
    monkeypatch.setattr(QMessageBox, "exec", lambda box: QMessageBox.StandardButton.Cancel)
    desk.acts.qaction("file.new").trigger()
    assert studio.document is before
