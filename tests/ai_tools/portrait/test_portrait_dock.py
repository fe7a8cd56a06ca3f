# SPDX-License-Identifier: GPL-3.0-or-later
"""The Portrait Views dock in an artist's hands."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from ai_tools.engine import EngineMissing, open_engine
from ai_tools.portrait import dock as dock_module
from ai_tools.portrait import infer
from ai_tools.portrait.dock import SPEC, PortraitDock
from app.core.document import Document
from app.core.geometry import Rect
from app.core.history import History
from app.core.layers import GroupLayer, PaintLayer
from app.core.selection import Selection
from app.core.tiles import TileGrid
from app.jobs import JobQueue
from app.plugins import LocalContext
from tests.ai_tools.portrait.fakes import HAIR, SIDE, FakeEngine, face, on_clear

LEFT = Qt.MouseButton.LeftButton
ROOT = Path(__file__).parents[3]


class Post(QObject):
    """Runs functions in the thread that made it, as the window does for jobs."""

    posted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.posted.connect(lambda call: call(), Qt.ConnectionType.QueuedConnection)


@pytest.fixture
def history() -> History:
    """A white canvas with a face on the active layer, called Ink."""
    document = Document.new(800, 500)
    layer = document.active_layer
    assert isinstance(layer, PaintLayer)
    tiles = TileGrid.from_array(on_clear(face(200)), 450, 120)
    return History(document.with_layer(replace(layer, name="Ink", tiles=tiles)))


@pytest.fixture
def context(history: History, qapp: object) -> Iterator[LocalContext]:
    post = Post()
    with JobQueue(deliver=post.posted.emit) as queue:
        yield LocalContext(history, queue)


@pytest.fixture
def dock(
    qtbot: QtBot, context: LocalContext, fake: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PortraitDock]:
    """The dock, open, with its first picture."""
    monkeypatch.setattr(dock_module, "SETTLE_MS", 20)
    dock = opened(qtbot, context)
    waited(qtbot, dock.insert_button.isEnabled)
    yield dock
    fake.gate.set()
    dock.release()


def opened(qtbot: QtBot, context: LocalContext) -> PortraitDock:
    dock = SPEC.make(context)
    assert isinstance(dock, PortraitDock)
    qtbot.addWidget(dock)
    dock.resize(300, 760)
    dock.show()
    return dock


def waited(qtbot: QtBot, is_so: Callable[[], object]) -> None:
    qtbot.waitUntil(lambda: bool(is_so()), timeout=30_000)


def idle(qtbot: QtBot, dock: PortraitDock) -> None:
    """Wait until the full picture is there."""
    waited(qtbot, lambda: not (dock._pump.busy or dock._settle.isActive() or dock._run.active))


def click(qtbot: QtBot, widget: QWidget) -> None:
    at = widget.rect().center() if isinstance(widget, QPushButton) else QPoint(8, 10)
    qtbot.mouseClick(widget, LEFT, pos=at)


def cameras(fake: FakeEngine, part: str) -> list[tuple[int, int]]:
    found = [np.degrees(inputs["camera"][0]) for name, inputs in fake.calls if name == part]
    return [(round(float(yaw)), round(float(pitch))) for yaw, pitch in found]


def groups(document: Document) -> list[GroupLayer]:
    return [layer for layer in document.layers if isinstance(layer, GroupLayer)]


# -- the whole way -------------------------------------------------------------------------------


def test_an_artist_turns_a_person_and_inserts_all_seven(
    qtbot: QtBot, dock: PortraitDock, history: History
) -> None:
    before = history.document
    dock.person.seed.setValue(12)
    at = dock.head.rect().center()
    qtbot.mousePress(dock.head, LEFT, pos=at)
    qtbot.mouseMove(dock.head, at - QPoint(40, 0))
    qtbot.mouseRelease(dock.head, LEFT, pos=at - QPoint(40, 0))
    idle(qtbot, dock)
    assert dock.yaw.value == dock.head.pose[0] > 10
    dock.style_box.setCurrentText("Pen")
    click(qtbot, dock.seven_button)
    waited(qtbot, lambda: groups(history.document))
    (group,) = groups(history.document)
    assert group.name == "Portrait 12" and len(group.children) == 7
    assert "Portrait 12" in dock.status.text()
    assert len(history.entries) == 2 and history.document.active == before.active
    assert history.undo() and history.document is before


def test_insert_view_adds_what_is_shown(
    qtbot: QtBot, dock: PortraitDock, history: History, fake: FakeEngine
) -> None:
    dock.yaw.set_value(35)
    dock.place.side.setValue(128)
    click(qtbot, dock.insert_button)
    waited(qtbot, lambda: len(history.document.layers) == 3)
    layer = history.document.layers[-1]
    assert isinstance(layer, PaintLayer) and layer.name == "Portrait 1"
    found = layer.tiles.bounds()
    assert found is not None
    head_at = 400 - 35 / 200 * 128
    assert abs(found.x + found.w / 2 - head_at) < 2 and abs(found.y + found.h / 2 - 250) < 2
    assert layer.tiles.region(Rect(336, 186, 4, 4)).max() == 0  # the corner is transparent


def test_views_go_to_the_middle_of_the_selection(
    qtbot: QtBot, dock: PortraitDock, history: History
) -> None:
    chosen = Selection.rectangle(Rect(0, 0, 200, 100))
    history.commit("Select", history.document.with_selection(chosen))
    dock.place.side.setValue(80)
    dock.trigger()
    waited(qtbot, lambda: len(history.document.layers) == 3)
    found = history.document.layers[-1].tiles.bounds()
    assert abs(found.x + found.w / 2 - 100) < 2 and abs(found.y + found.h / 2 - 50) < 2


def test_the_shortcut_works_before_the_dock_was_seen(
    qtbot: QtBot, context: LocalContext, fake: FakeEngine, history: History
) -> None:
    dock = SPEC.make(context)
    qtbot.addWidget(dock)
    dock.trigger()
    dock.trigger()
    waited(qtbot, lambda: len(history.document.layers) == 3)
    idle(qtbot, dock)
    assert len(history.document.layers) == 3  # twice pressed is once inserted
    dock.release()


# -- from a drawing ------------------------------------------------------------------------------


def test_my_drawing_is_read_turned_and_put_in_its_place(
    qtbot: QtBot, dock: PortraitDock, history: History
) -> None:
    click(qtbot, dock.person.from_drawing)
    waited(qtbot, lambda: "Ink" in dock.status.text() and not dock._pump.busy)
    assert "turned +20°" in dock.status.text()
    assert dock.head.pose == (20, -6) == (dock.yaw.value, dock.pitch.value)
    assert dock.place.as_drawn.isEnabled()
    top = PaintLayer(name="Top")
    history.commit("Add", history.document.insert(top))
    qtbot.mouseDClick(dock.head, LEFT)
    idle(qtbot, dock)
    click(qtbot, dock.insert_button)
    waited(qtbot, lambda: len(history.document.layers) == 4)
    names = [layer.name for layer in history.document.layers]
    assert names == ["Background", "Ink", "Portrait Ink", "Top"]
    found = history.document.layers[2].tiles.bounds()
    drawn = history.document.layers[1].tiles.bounds()
    assert abs(found.x + found.w / 2 - drawn.x - drawn.w / 2) < 10


def test_the_artist_corrects_how_the_head_was_drawn(
    qtbot: QtBot, dock: PortraitDock, fake: FakeEngine
) -> None:
    assert not dock.person.turned.isEnabled()
    click(qtbot, dock.person.from_drawing)
    waited(qtbot, lambda: "Ink" in dock.status.text() and not dock._pump.busy)
    assert (dock.person.turned.value, dock.person.tilted.value) == (20, -6)
    reads = fake.count("encode")
    dock.person.turned.slider.setValue(-35)
    idle(qtbot, dock)
    pose = fake.calls[-1][1]["pose"][0]
    np.testing.assert_allclose(np.degrees(pose[:2]), [-35, -6], atol=1e-4)
    assert fake.calls[-1][0] == "view" and fake.count("encode") == reads
    dock.person.seed.setValue(4)
    idle(qtbot, dock)
    assert not dock.person.turned.isEnabled() and not fake.calls[-1][1]["pose"].any()


def test_an_empty_layer_is_said_and_the_person_stays(
    qtbot: QtBot, dock: PortraitDock, history: History
) -> None:
    empty = PaintLayer(name="Empty")
    history.commit("Add", history.document.insert(empty).activate(empty.id))
    click(qtbot, dock.person.from_drawing)
    assert "“Empty” has nothing drawn" in dock.status.text()
    assert dock.status.property("kind") == "error"
    blank = TileGrid.filled(history.document.bounds, (255, 255, 255, 255))
    history.commit("Fill", history.document.with_layer(replace(empty, tiles=blank)))
    click(qtbot, dock.person.from_drawing)
    waited(qtbot, lambda: "nothing drawn there" in dock.status.text())
    dock.trigger()
    waited(qtbot, lambda: len(history.document.layers) == 4)
    assert history.document.layers[-1].name == "Portrait 1"


# -- frames --------------------------------------------------------------------------------------


def test_while_dragging_only_the_newest_preview_is_made(
    qtbot: QtBot, dock: PortraitDock, fake: FakeEngine
) -> None:
    idle(qtbot, dock)
    fake.calls.clear()
    fake.gate.clear()
    at = dock.head.rect().center()
    qtbot.mousePress(dock.head, LEFT, pos=at)
    for step in range(1, 31):
        qtbot.mouseMove(dock.head, at - QPoint(2 * step, 0))
    waited(qtbot, lambda: fake.calls)
    fake.gate.set()
    final = dock.head.pose
    idle(qtbot, dock)  # the hand rests: a full picture follows
    assert cameras(fake, "view")[-1] == final
    assert cameras(fake, "preview") and len(fake.calls) <= 6  # of 30 moves
    qtbot.mouseRelease(dock.head, LEFT, pos=at - QPoint(60, 0))
    waited(qtbot, lambda: cameras(fake, "view")[-1:] == [final])
    idle(qtbot, dock)


def test_the_first_move_stops_a_full_picture_under_way(
    qtbot: QtBot, dock: PortraitDock, fake: FakeEngine
) -> None:
    idle(qtbot, dock)
    fake.gate.clear()
    dock.style_box.setCurrentText("Oil")
    waited(qtbot, lambda: fake.calls[-1][0] == "view" and dock._pump.busy)
    handle = dock._pump._handle
    qtbot.keyClick(dock.head, Qt.Key.Key_Left)
    fake.gate.set()
    idle(qtbot, dock)
    assert handle is not None and handle.state == "cancelled"
    assert cameras(fake, "view")[-1] == (5, 0)


def test_keys_and_sliders_end_in_a_full_picture(
    qtbot: QtBot, dock: PortraitDock, fake: FakeEngine
) -> None:
    dock.pitch.slider.setValue(15)
    waited(qtbot, lambda: cameras(fake, "view")[-1] == (0, 15))
    assert dock.head.pose == (0, 15)
    qtbot.keyClick(dock.head, Qt.Key.Key_Home)
    waited(qtbot, lambda: cameras(fake, "view")[-1] == (0, 0))
    assert dock.pitch.value == 0


def test_opening_another_picture_keeps_the_head(
    qtbot: QtBot, dock: PortraitDock, fake: FakeEngine, history: History
) -> None:
    idle(qtbot, dock)
    fake.gate.clear()
    dock.style_box.setCurrentText("Charcoal")
    waited(qtbot, lambda: dock._pump.busy)
    history.reset(Document.new(50, 50))
    fake.gate.set()
    idle(qtbot, dock)
    assert fake.calls[-1][1]["style"][0].argmax() == 4
    assert dock.insert_button.isEnabled()


# -- person, style, mix --------------------------------------------------------------------------


def test_seed_dice_and_mix_reach_the_network(
    qtbot: QtBot, dock: PortraitDock, fake: FakeEngine
) -> None:
    dock.person.seed.setValue(7)
    idle(qtbot, dock)
    seven = np.random.default_rng(7).standard_normal((1, 4)).astype(np.float32)
    np.testing.assert_allclose(fake.calls[-1][1]["planes"].flat[0], seven[0, 0])
    click(qtbot, dock.person.another)
    idle(qtbot, dock)
    assert dock.person.seed.value() != 7
    dock.person.seed.setValue(7)
    dock.person.other.setValue(9)
    dock.person.mix.slider.setValue(50)
    idle(qtbot, dock)
    nine = np.random.default_rng(9).standard_normal((1, 4)).astype(np.float32)
    between = (seven + nine)[0, 0] / 2
    np.testing.assert_allclose(fake.calls[-1][1]["planes"].flat[0], between, rtol=1e-5)
    dock.trigger()
    waited(qtbot, lambda: "Portrait 7 × 9 (50%)" in dock.status.text())


def test_styles_have_artists_names(dock: PortraitDock) -> None:
    box = dock.style_box
    titles = [box.itemText(row) for row in range(box.count())]
    assert titles == ["Line", "Pen", "Pencil", "Soft pencil", "Charcoal", "Oil", "Flat"]


# -- labels --------------------------------------------------------------------------------------


def stroke(qtbot: QtBot, dock: PortraitDock, *points: QPoint) -> None:
    qtbot.mousePress(dock.head, LEFT, pos=points[0])
    for point in points[1:]:
        qtbot.mouseMove(dock.head, point)
    qtbot.mouseRelease(dock.head, LEFT, pos=points[-1])


def test_labels_are_shown_and_painted_with_undo(
    qtbot: QtBot, dock: PortraitDock, fake: FakeEngine
) -> None:
    dock.pages.setCurrentWidget(dock.labels)
    assert len(dock.labels.classes.buttons()) == 20
    click(qtbot, dock.labels.show_labels)
    assert not dock.head._labels.isNull()
    click(qtbot, dock.labels.paint)
    assert dock.head.brush == dock.labels.diameter
    assert dock.labels.classes.checkedButton().text() == "Hair"
    side = min(dock.head.width(), dock.head.height())
    left = (dock.head.width() - side) // 2
    y = round(0.1 * side)
    stroke(qtbot, dock, QPoint(left + side // 3, y), QPoint(left + 2 * side // 3, y))
    waited(qtbot, lambda: fake.count("edit") == 1)
    sent = fake.calls[-1][1]["labels"][0]
    assert sent[HAIR, 1, 8] == 1 and sent[HAIR, 8].max() < 0.01
    idle(qtbot, dock)
    assert dock._shown is not None and dock._shown.view.labels[6, SIDE // 2] == HAIR
    click(qtbot, dock.labels.undo)
    idle(qtbot, dock)
    assert dock._shown.view.labels[6, SIDE // 2] == 0
    assert not dock.labels.undo.isEnabled()


def test_painted_labels_stay_on_their_view(
    qtbot: QtBot, dock: PortraitDock, fake: FakeEngine
) -> None:
    dock.pages.setCurrentWidget(dock.labels)
    click(qtbot, dock.labels.paint)
    stroke(qtbot, dock, dock.head.rect().center())
    waited(qtbot, lambda: fake.count("edit") == 1)
    click(qtbot, dock.labels.paint)
    qtbot.keyClick(dock.head, Qt.Key.Key_Left)
    idle(qtbot, dock)
    assert fake.count("edit") == 1 and dock.head.pose == (5, 0)
    click(qtbot, dock.labels.paint)  # back to what was painted
    waited(qtbot, lambda: fake.count("edit") == 2)
    idle(qtbot, dock)
    assert dock.head.pose == (0, 0) == (dock.yaw.value, dock.pitch.value)
    dock.style_box.setCurrentText("Oil")
    waited(qtbot, lambda: fake.count("edit") == 3)
    dock.trigger()
    waited(qtbot, lambda: fake.count("edit") == 4)
    idle(qtbot, dock)
    click(qtbot, dock.labels.clear)
    idle(qtbot, dock)
    assert fake.count("edit") == 4
    dock.person.seed.setValue(3)
    assert not dock.labels.undo.isEnabled()


# -- stopping and failing ------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["button", "escape"])
def test_inserting_can_be_stopped(
    qtbot: QtBot, dock: PortraitDock, fake: FakeEngine, history: History, how: str
) -> None:
    idle(qtbot, dock)
    before = history.document
    fake.gate.clear()
    click(qtbot, dock.seven_button)
    assert dock.stop_button.isVisible() and not dock.insert_button.isVisible()
    if how == "button":
        click(qtbot, dock.stop_button)
    else:
        qtbot.keyClick(dock, Qt.Key.Key_Escape)
    fake.gate.set()
    idle(qtbot, dock)
    assert dock.status.text() == "Stopped." and history.document is before
    assert dock.insert_button.isVisible()


def test_without_weights_the_dock_says_so_and_rests(
    qtbot: QtBot, context: LocalContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(infer, "open_engine", lambda name: open_engine(name, folder=tmp_path))
    dock = opened(qtbot, context)
    waited(qtbot, lambda: "network of Portrait Views cannot be used" in dock.status.text())
    assert dock.status.property("kind") == "error"
    for widget in (dock.insert_button, dock.seven_button, dock.person, dock.labels, dock.head):
        assert not widget.isEnabled()
    dock.trigger()
    idle(qtbot, dock)
    assert not context._history.can_undo
    engine = FakeEngine()
    monkeypatch.setattr(infer, "open_engine", lambda name: engine)
    dock.hide()
    dock.show()  # the weights were installed meanwhile
    waited(qtbot, dock.insert_button.isEnabled)
    assert dock.status.text() == ""
    dock.release()


def test_without_a_library_that_runs_networks_it_says_so_too(
    qtbot: QtBot, context: LocalContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> object:
        raise EngineMissing("No library that runs the networks is installed.")

    monkeypatch.setattr(infer, "open_engine", missing)
    dock = opened(qtbot, context)
    waited(qtbot, lambda: "No library" in dock.status.text())
    assert not dock.insert_button.isEnabled()
    dock.release()


def test_a_network_without_people_still_reads_drawings(
    qtbot: QtBot, context: LocalContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = FakeEngine(people=0)
    monkeypatch.setattr(infer, "open_engine", lambda name: engine)
    dock = opened(qtbot, context)
    waited(qtbot, lambda: "start from a drawing" in dock.status.text())
    click(qtbot, dock.person.from_drawing)
    waited(qtbot, dock.insert_button.isEnabled)
    assert not dock.person.seed.isEnabled()
    dock.release()


def test_an_internal_error_leaves_the_dock_usable(
    qtbot: QtBot, dock: PortraitDock, fake: FakeEngine, history: History
) -> None:
    idle(qtbot, dock)
    fake.error = ZeroDivisionError("deep inside")
    dock.trigger()
    waited(qtbot, lambda: "internal error" in dock.status.text())
    fake.error = None
    dock.trigger()
    waited(qtbot, lambda: len(history.document.layers) == 3)


# -- the dock itself -----------------------------------------------------------------------------


def test_every_control_has_a_name_and_a_tip(dock: PortraitDock) -> None:
    for widget in (
        *dock.findChildren(QPushButton),
        dock.style_box,
        dock.person.source,
        dock.person.seed,
        dock.place.seven,
        dock.labels.paint,
        dock.head,
    ):
        assert widget.toolTip(), widget
        assert widget.accessibleName() or getattr(widget, "text", str)(), widget
    assert dock.minimumSizeHint().width() <= 260


def test_the_dock_imports_no_network_library() -> None:
    code = (
        "import sys; from ai_tools.portrait.dock import SPEC; assert SPEC.shortcut == 'P'; "
        "assert not {'torch', 'cv2', 'onnxruntime', 'numba'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
