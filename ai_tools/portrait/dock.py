# SPDX-License-Identifier: GPL-3.0-or-later
"""The Portrait Views dock: a head to turn, restyle and paint on, and its views as layers.

Imports the plugin room, jobs, core values, `dock_parts`, `portrait`'s Qt files and QtWidgets.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from ai_tools.dock_parts import NumberRow, Run, StatusLine, progress_bar
from ai_tools.portrait.edit import LabelEdit
from ai_tools.portrait.frames import FramePump, Request
from ai_tools.portrait.labels import UNPAINTED, colourise
from ai_tools.portrait.panels import LabelsPage, PersonPage, PlacePage
from ai_tools.portrait.task import (
    LANE,
    Drawing,
    Look,
    Person,
    Shown,
    Sitting,
    Spot,
    degrees,
    look_at,
    middle,
)
from ai_tools.portrait.views import PITCH_LIMIT, YAW_LIMIT, HeadView
from ai_tools.runtime import EngineMissing
from app.core.layers import Layer
from app.jobs import Job, JobError, WeightsMissing
from app.plugins import DockSpec, PaintContext

SETTLE_MS = 160
"""How long keys, wheel and sliders must rest before the full picture is made."""

SEVEN = (-60, -40, -20, 0, 20, 40, 60)
"""Yaws of all seven views, degrees."""


class PortraitDock(QWidget):
    """Turns a head and lays views of it on new layers."""

    def __init__(self, context: PaintContext) -> None:
        super().__init__()
        self._context = context
        self._sitting = Sitting()
        self._person = self._good = Person(1)  # wanted, and shown last without an error
        self._shown: Shown | None = None
        self._edit = LabelEdit()
        self._as_drawn = False  # the next frame is seen from where it was drawn
        self._missing = False
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._want_full)
        self._run = Run(context, self._show_state)
        self._build()
        self._pump = FramePump(
            context,
            self._sitting,
            self.tr("Portrait Views"),
            self._frame_done,
            self._frame_failed,
            self._show_state,
        )
        self._connect()
        self._show_state()

    # -- what the window calls -------------------------------------------------------------------

    def trigger(self) -> None:
        """Lay the view as it is set on a new layer."""
        if not self._run.active:
            self._insert([self._look()])

    def release(self) -> None:
        """Stop everything; callbacks that still come are ignored."""
        self._settle.stop()
        self._pump.close()
        self._run.stop()

    # -- building --------------------------------------------------------------------------------

    def _build(self) -> None:
        self.head = HeadView()
        self.head.set_text(self.tr("Loading the network …"))
        self.yaw = NumberRow(
            self.tr("Turn"),
            0,
            YAW_LIMIT,
            "°",
            self.tr("Positive shows the head's left side"),
            minimum=-YAW_LIMIT,
        )
        self.yaw.slider.setObjectName("turn")
        self.pitch = NumberRow(
            self.tr("Tilt"),
            0,
            PITCH_LIMIT,
            "°",
            self.tr("Positive looks from above"),
            minimum=-PITCH_LIMIT,
        )
        self.style_box = QComboBox()
        self.style_box.setObjectName("style")
        self.style_box.setAccessibleName(self.tr("Style"))
        self.style_box.setToolTip(self.tr("How the head is drawn"))
        self.insert_button = QPushButton(self.tr("Insert view"))
        self.insert_button.setProperty("kind", "primary")
        self.insert_button.setToolTip(
            self.tr("Adds this view on a new layer with a transparent background")
        )
        self.seven_button = QPushButton(self.tr("Insert seven"))
        self.seven_button.setToolTip(
            self.tr("Adds the views from −60° to 60° as layers in a group, one step to undo")
        )
        self.stop_button = QPushButton(self.tr("Stop"))
        self.stop_button.setToolTip(self.tr("Stops inserting (Esc)"))
        self.bar = progress_bar(self.tr("Progress"))
        self.status = StatusLine(self.tr("State of Portrait Views"))
        self.person = PersonPage()
        self.labels = LabelsPage()
        self.place = PlacePage()
        self.pages = QTabWidget()
        self.pages.addTab(self.person, self.tr("Person"))
        self.pages.addTab(self.labels, self.tr("Labels"))
        self.pages.addTab(self.place, self.tr("Placing"))

        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setSpacing(8)
        form.addRow(self.tr("Turn"), self.yaw)
        form.addRow(self.tr("Tilt"), self.pitch)
        form.addRow(self.tr("Style"), self.style_box)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.insert_button, self.seven_button, self.stop_button):
            buttons.addWidget(button, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(8)
        layout.addWidget(self.head)
        layout.addLayout(form)
        layout.addLayout(buttons)
        for widget in (self.bar, self.status, self.pages):
            layout.addWidget(widget)
        layout.addStretch()

    def _connect(self) -> None:
        self.head.turned.connect(self._turned)
        self.head.stroke_begun.connect(self._stroke_begun)
        self.head.stroke_moved.connect(self._stroke_moved)
        self.head.stroke_ended.connect(self._stroke_ended)
        for row in (self.yaw, self.pitch):
            row.changed.connect(self._angle_set)
        self.style_box.currentIndexChanged.connect(self._want_full)
        self.person.seed_changed.connect(self._seed_chosen)
        self.person.drawing_wanted.connect(self._read_drawing)
        self.person.mix_changed.connect(self._mix_changed)
        self.person.drawn_changed.connect(self._drawn_changed)
        self.labels.changed.connect(self._labels_changed)
        self.labels.undo_wanted.connect(self._undo_stroke)
        self.labels.clear_wanted.connect(self._clear_strokes)
        self.insert_button.clicked.connect(self.trigger)
        self.seven_button.clicked.connect(self._insert_seven)
        self.stop_button.clicked.connect(self._stop)

    # -- whose head ------------------------------------------------------------------------------

    def _seed_chosen(self, seed: int) -> None:
        self._set_origin(seed)

    def _read_drawing(self) -> None:
        try:
            drawing = look_at(self._context, self.person.source.currentData())
        except JobError as error:
            self.status.fail(error)
            return
        self._as_drawn = True
        self.status.tell(self.tr("Reading the drawing …"))
        self._set_origin(drawing)

    def _set_origin(self, origin: int | Drawing) -> None:
        self._edit.forget()
        self._person = replace(self._person, origin=origin, drawn=None)
        self._want_full()

    def _mix_changed(self) -> None:
        share, other = self.person.mix.value / 100, self.person.other.value()
        self._person = replace(self._person, other=other if share else 0, share=share)
        self._want_moving()

    def _drawn_changed(self) -> None:
        """The artist says from where the head was drawn."""
        drawn = (self.person.turned.value, self.person.tilted.value)
        self._person = replace(self._person, drawn=drawn)
        self._want_moving()

    # -- from where ------------------------------------------------------------------------------

    def _look(self, preview: bool = False) -> Look:
        yaw, pitch = self.head.pose
        style = self.style_box.currentData() or ""
        return Look(yaw, pitch, style, preview, self._as_drawn)

    def _turned(self, yaw: int, pitch: int, moving: bool) -> None:
        self._as_drawn = False
        self._show_angles()
        if moving:
            self._want_moving()
        else:
            self._want_full()

    def _angle_set(self) -> None:
        self._as_drawn = False
        self.head.set_pose(self.yaw.value, self.pitch.value)
        self._want_moving()

    def _show_angles(self) -> None:
        for row, angle in zip((self.yaw, self.pitch), self.head.pose, strict=True):
            row.blockSignals(True)
            row.set_value(angle)
            row.blockSignals(False)

    # -- frames ----------------------------------------------------------------------------------

    def _want_moving(self) -> None:
        """A quick frame now, a full one when the hand rests."""
        self._want(self._look(preview=not self._as_drawn))
        self._settle.start()

    def _want_full(self) -> None:
        self._settle.stop()
        self._want(self._look())

    def _want(self, look: Look) -> None:
        painted = self._edit.on(look.yaw, look.pitch)
        self._pump.want(Request(self._person, look, painted))

    def _frame_done(self, request: Request, shown: Shown) -> None:
        view = shown.view
        self._fill_from(shown)
        if request.look.as_drawn and request.person == self._person:
            self._as_drawn = False
            self.head.set_pose(view.yaw, view.pitch)
            self._show_angles()
            self.person.show_drawn(*shown.drawn_from)
            self._want_full()  # from the whole degrees that are shown
            self.status.tell(
                self.tr("Read “{name}”: drawn turned {yaw}, tilted {pitch}.").format(
                    name=self._name(request.person),
                    yaw=degrees(shown.drawn_from[0]),
                    pitch=degrees(shown.drawn_from[1]),
                )
            )
        elif request.person != self._good or self._missing:
            self.status.tell("")
        self._good, self._missing = request.person, False
        self.head.set_picture(view.picture)
        if view.labels is not None:
            self._shown = shown
        self._show_labels(of_frame=view.labels is not None)
        self._show_state()

    def _fill_from(self, shown: Shown) -> None:
        """Styles and classes of the network, once they are known."""
        if not self.style_box.count():
            from ai_tools.portrait.infer import style_titles

            self.style_box.blockSignals(True)
            for style, title in zip(shown.styles, style_titles(shown.styles), strict=True):
                self.style_box.addItem(self.tr(title), style)
            self.style_box.blockSignals(False)
            self.labels.set_classes(shown.classes)
        self.person.seed.setEnabled(shown.people > 0)
        self.person.another.setEnabled(shown.people > 0)

    def _frame_failed(self, request: Request, error: JobError) -> None:
        self.status.fail(self._sentence(error))
        self._missing = isinstance(error, (WeightsMissing, EngineMissing))
        if self._missing:
            self.head.set_text(self.tr("Portrait Views cannot work yet."))
        elif request.person == self._person:
            self._as_drawn = False
            self._person = self._good
        self._show_state()

    def _sentence(self, error: JobError) -> str:
        if isinstance(error, WeightsMissing):
            text = self.tr("The trained network of Portrait Views cannot be used. {reason}")
            return text.format(reason=error)
        return str(error)

    # -- labels ----------------------------------------------------------------------------------

    def _labels_changed(self) -> None:
        paints = self.labels.paint.isChecked()
        self.head.set_brush(self.labels.diameter if paints else None)
        painted = self._edit.current
        if paints and painted is not None and (painted.yaw, painted.pitch) != self.head.pose:
            self._go_to(painted.yaw, painted.pitch)
        self._show_labels(of_frame=True)

    def _go_to(self, yaw: float, pitch: float) -> None:
        self.head.set_pose(yaw, pitch)
        self._show_angles()
        self._want_full()

    def _stroke_begun(self) -> None:
        if self._shown is not None:
            self._edit.begin(*self.head.pose, self._side())

    def _stroke_moved(self, points: list[tuple[float, float]]) -> None:
        if self._edit.current is not None:
            self._edit.extend(points, self.labels.diameter, self.labels.chosen)
            self._show_labels(of_frame=True)

    def _stroke_ended(self) -> None:
        self._show_state()
        self._want_full()

    def _undo_stroke(self) -> None:
        self._edit.undo()
        painted = self._edit.current
        if painted is not None:
            self._go_to(painted.yaw, painted.pitch)
        else:
            self._want_full()
        self._show_state()
        self._show_labels(of_frame=True)

    def _clear_strokes(self) -> None:
        self._edit.clear()
        self._want_full()
        self._show_state()

    def _side(self) -> int:
        assert self._shown is not None and self._shown.view.labels is not None
        return self._shown.view.labels.shape[0]

    def _show_labels(self, of_frame: bool) -> None:
        """The label map over the picture, where it is wanted and belongs to the picture."""
        wanted = self.labels.show_labels.isChecked() or self.labels.paint.isChecked()
        shown = self._shown
        if not (wanted and of_frame) or shown is None or shown.view.labels is None:
            self.head.set_labels(None)
            return
        classes = shown.view.labels
        painted = self._edit.on(*self.head.pose)
        if painted is not None and painted.shape == classes.shape:
            classes = np.where(painted == UNPAINTED, classes, painted)
        self.head.set_labels(colourise(classes))

    # -- inserting -------------------------------------------------------------------------------

    def _insert_seven(self) -> None:
        look = replace(self._look(), as_drawn=False)
        self._insert([replace(look, yaw=yaw) for yaw in SEVEN])

    def _insert(self, looks: list[Look]) -> None:
        person, spot = self._person, self._spot(len(looks))
        yaw, pitch = looks[0].yaw, looks[0].pitch
        painted = self._edit.on(yaw, pitch) if len(looks) == 1 else None
        name = self.tr("Portrait {name}").format(name=self._name(person))
        sitting = self._sitting
        self.bar.setValue(0)
        self.status.tell(self.tr("Drawing …"))
        self._run.start(
            Job(
                self.tr("Portrait Views"),
                lambda token, progress: sitting.layers(
                    person, looks, painted, spot, name, token, progress
                ),
                lane=LANE,
            ),
            on_done=lambda layers: self._land(person, layers),
            on_error=lambda error: self.status.fail(self._sentence(error)),
            on_progress=self._progress,
            on_cancelled=lambda: self.status.tell(self.tr("Stopped.")),
        )

    def _spot(self, count: int) -> Spot:
        where = middle(self._context)
        in_row = count > 1 and self.place.seven.currentData() == "row"
        return Spot(
            where.x + where.w / 2,
            where.y + where.h / 2,
            self.place.side.value(),
            where.w if in_row else None,
            self.place.as_drawn.isChecked() and not in_row,
        )

    def _progress(self, fraction: float, text: str) -> None:
        self.bar.setValue(round(fraction * 1000))
        self.status.tell(text)

    def _land(self, person: Person, layers: list[Layer]) -> None:
        above = None
        if isinstance(person.origin, Drawing):
            document = self._context.document()
            above = next((x for x in person.origin.source_ids[::-1] if document.has(x)), None)
        added = self._context.commit(self.tr("Portrait Views"), layers, above)
        document = self._context.document()
        parents = {layer_id: document.parent_of(layer_id) for layer_id in added}
        top = next(x for x, parent in parents.items() if parent is None or parent.id not in added)
        name = document.find(top).name
        self.status.tell(self.tr("Added “{layer}”.").format(layer=name))

    def _stop(self) -> None:
        if self._run.stop():
            self.status.tell(self.tr("Stopped."))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc is the Stop button."""
        if event.key() == Qt.Key.Key_Escape and self._run.active:
            self._stop()
        else:
            super().keyPressEvent(event)

    # -- showing ---------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """The first picture; after trouble with the network's file, another try."""
        super().showEvent(event)
        if self._shown is None and not self._pump.busy:
            self._want_full()

    def hideEvent(self, event: QHideEvent) -> None:
        """A dock out of sight computes no frames."""
        super().hideEvent(event)
        self._settle.stop()

    def _name(self, person: Person) -> str:
        origin = person.origin
        name = origin.name if isinstance(origin, Drawing) else str(origin)
        if person.share:
            return f"{name} × {person.other} ({person.share:.0%})"
        return name

    def _show_state(self) -> None:
        working = self._run.active
        ready = self._shown is not None and not self._missing
        for widget in (self.yaw, self.pitch, self.style_box, self.labels, self.place):
            widget.setEnabled(ready)
        self.person.setEnabled(not self._missing and (ready or not self._pump.busy))
        self.head.setEnabled(not self._missing)
        self.insert_button.setVisible(not working)
        self.seven_button.setVisible(not working)
        self.insert_button.setEnabled(ready)
        self.seven_button.setEnabled(ready)
        self.stop_button.setVisible(working)
        self.bar.setVisible(working)
        from_drawing = isinstance(self._person.origin, Drawing)
        self.place.as_drawn.setEnabled(from_drawing)
        self.person.turned.setEnabled(from_drawing)
        self.person.tilted.setEnabled(from_drawing)
        self.labels.set_state(self._edit.can_undo, self._edit.current is not None)


SPEC = DockSpec(
    id="portrait",
    title=QCoreApplication.translate("PortraitDock", "Portrait Views"),
    make=PortraitDock,
    icon="ai-portrait",
    shortcut="P",
    tooltip=QCoreApplication.translate(
        "PortraitDock", "Turns a drawn head and lays views of it on new layers"
    ),
    is_ai=True,
    describe=QCoreApplication.translate(
        "PortraitDock",
        "Invents heads or reads one from your drawing, and draws it from other sides in seven "
        "styles, on your own machine. Trained on made-up heads, no real person's.",
    ),
)
