# SPDX-License-Identifier: GPL-3.0-or-later
"""What an artist does in the history dock."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest

from app.ui.docks.history import HistoryDock, HistoryModel, memory_text
from tests.app.ui.desk import names


@pytest.fixture
def dock(studio, qtbot) -> HistoryDock:
    made = HistoryDock(studio)
    qtbot.addWidget(made)
    made.resize(240, 300)
    made.show()
    return made


def labels(dock: HistoryDock) -> list[str]:
    return [dock.model.index(i).data() for i in range(dock.model.rowCount())]


def settled(dock: HistoryDock, studio, qtbot) -> None:
    qtbot.waitUntil(
        lambda: (
            labels(dock) == studio.history.entries
            and dock.model.position == studio.history.position
        )
    )


def test_every_step_is_listed_and_the_present_one_marked(dock, studio, qtbot):
    studio.add_paint_layer()
    studio.add_group()
    settled(dock, studio, qtbot)
    assert dock.view.currentIndex().row() == 2
    assert dock.model.index(2).data(Qt.ItemDataRole.FontRole).bold() or (
        dock.model.index(2).data(Qt.ItemDataRole.FontRole).weight() > 400
    )
    spoken = dock.model.index(2).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "New Group, present"


def test_a_click_goes_back_and_forth(dock, studio, qtbot):
    before = names(studio)
    studio.add_paint_layer()
    studio.add_group()
    after = names(studio)
    settled(dock, studio, qtbot)
    for row, expected in ((0, before), (2, after)):
        at = dock.view.visualRect(dock.model.index(row)).center()
        QTest.mouseClick(dock.view.viewport(), Qt.MouseButton.LeftButton, pos=at)
        assert names(studio) == expected
        settled(dock, studio, qtbot)
    assert dock.model.rowCount() == 3


def test_undone_steps_are_dimmed_and_go_when_something_new_is_done(dock, studio, qtbot):
    studio.add_paint_layer()
    studio.add_group()
    studio.undo()
    settled(dock, studio, qtbot)
    assert dock.model.index(2).data(Qt.ItemDataRole.ForegroundRole) is not None
    assert dock.model.index(1).data(Qt.ItemDataRole.ForegroundRole) is None
    studio.duplicate_layer()
    settled(dock, studio, qtbot)
    assert labels(dock) == ["Open", "New Layer", "Duplicate Layer"]


def test_the_model_keeps_qt_s_rules(studio):
    model = HistoryModel(studio)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    for _ in range(3):
        studio.add_paint_layer()
        model.follow()
    studio.undo()
    studio.add_group()
    model.follow()
    studio.new_document(20, 20)
    model.follow()
    assert model.rowCount() == 1


def test_the_memory_used_is_told(dock, studio, qtbot):
    studio.fill_selection()
    settled(dock, studio, qtbot)
    used = memory_text(studio.history.nbytes)
    budget = memory_text(studio.history.byte_budget)
    qtbot.waitUntil(lambda: used in dock.memory.text() and budget in dock.memory.text())


@pytest.mark.parametrize(
    ("nbytes", "text"),
    [(0, "0 MB"), (300 << 20, "300 MB"), (1 << 30, "1.0 GB"), (5 << 29, "2.5 GB")],
)
def test_memory_reads_like_people_say_it(nbytes, text):
    assert memory_text(nbytes) == text
