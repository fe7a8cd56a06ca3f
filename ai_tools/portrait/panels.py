# SPDX-License-Identifier: GPL-3.0-or-later
"""The dock's pages: whose head, its labels, where its views go.  Imports QtWidgets.

Each page holds its controls and one signal; what happens then is the dock's matter.
"""

from __future__ import annotations

import random

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ai_tools.dock_parts import NumberRow, label
from ai_tools.portrait.labels import UNPAINTED, class_colour, class_name

MOST_PEOPLE = 9_999
NARROW = 56
"""Least width of a field for a person's number: docks can be 240 pixels wide."""
SWATCH = 12
HAIR = 13
"""The class that the brush paints at first, where the network has it."""


class PersonPage(QWidget):
    """Invented people by number, the artist's drawing, and the way between two."""

    seed_changed = Signal(int)
    drawing_wanted = Signal()
    mix_changed = Signal()
    drawn_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.seed = _seed_box(self.tr("Person"), 1)
        self.another = QPushButton(self.tr("Another"))
        self.another.setToolTip(self.tr("Another person, at random"))
        self.source = _narrow_combo()
        self.source.addItem(self.tr("Active layer"), "layer")
        self.source.addItem(self.tr("Everything visible"), "merged")
        self.source.setAccessibleName(self.tr("Drawing"))
        self.source.setToolTip(
            self.tr("Where your drawing of a face is; with a selection only what is inside")
        )
        self.from_drawing = QPushButton(self.tr("From my drawing"))
        self.from_drawing.setToolTip(self.tr("Reads the face you drew and turns it"))
        self.from_drawing.setObjectName("from_drawing")
        tip = self.tr("How the head in your drawing is {how}; correct it if views look torn")
        self.turned = NumberRow(
            self.tr("Drawn turned"), 0, 60, "°", tip.format(how=self.tr("turned")), minimum=-60
        )
        self.tilted = NumberRow(
            self.tr("Drawn tilted"), 0, 20, "°", tip.format(how=self.tr("tilted")), minimum=-20
        )
        self.mix = NumberRow(
            self.tr("Mix"), 0, 100, "%", self.tr("How far this person becomes the other one")
        )
        self.other = _seed_box(self.tr("Other person"), 2)
        self.other.setToolTip(self.tr("The person to mix with"))

        form = QFormLayout(self)
        form.setContentsMargins(0, 8, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setSpacing(8)
        form.addRow(self.tr("Person"), _row(self.seed, self.another))
        form.addRow(self.tr("Drawing"), self.source)
        form.addRow("", self.from_drawing)
        form.addRow(self.tr("Turned"), self.turned)
        form.addRow(self.tr("Tilted"), self.tilted)
        form.addRow(self.tr("Mix with"), self.other)
        form.addRow(self.tr("Mix"), self.mix)

        self.seed.valueChanged.connect(self.seed_changed)
        self.another.clicked.connect(self._roll)
        self.from_drawing.clicked.connect(self.drawing_wanted)
        for row in (self.turned, self.tilted):
            row.changed.connect(self.drawn_changed)
        self.mix.changed.connect(self.mix_changed)
        self.other.valueChanged.connect(self.mix_changed)

    def show_drawn(self, yaw: float, pitch: float) -> None:
        """Show from where a head was drawn, degrees, without a signal."""
        for row, angle in ((self.turned, yaw), (self.tilted, pitch)):
            row.blockSignals(True)
            row.set_value(round(angle))
            row.blockSignals(False)

    def _roll(self) -> None:
        now = self.seed.value()
        seed = random.randint(0, MOST_PEOPLE)
        if seed == now:
            self.seed_changed.emit(seed)
        self.seed.setValue(seed)


class LabelsPage(QWidget):
    """The label map: shown in colours, with a legend that is also the brush's palette."""

    changed = Signal()
    undo_wanted = Signal()
    clear_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.show_labels = QCheckBox(self.tr("Show labels"))
        self.show_labels.setToolTip(self.tr("Lays the parts of the head in colours over it"))
        self.paint = QCheckBox(self.tr("Paint labels"))
        self.paint.setToolTip(
            self.tr("Paint on the head above, say hair or a hat; the picture follows")
        )
        self.brush_size = NumberRow(
            self.tr("Brush size"), 8, 40, "%", self.tr("Width of the label brush"), minimum=1
        )
        self.undo = QPushButton(self.tr("Undo stroke"))
        self.undo.setToolTip(self.tr("Takes the last label stroke back"))
        self.clear = QPushButton(self.tr("Clear"))
        self.clear.setToolTip(self.tr("Leaves all labels to the network again"))
        self.classes = QButtonGroup(self)
        self._legend = QGridLayout()
        self._legend.setSpacing(2)

        size = QFormLayout()
        size.setSpacing(8)
        size.addRow(self.tr("Brush size"), self.brush_size)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(_row(self.show_labels, self.paint))
        layout.addLayout(size)
        layout.addLayout(_row(self.undo, self.clear))
        layout.addLayout(self._legend)
        layout.addStretch()

        for box in (self.show_labels, self.paint):
            box.toggled.connect(self.changed)
        self.brush_size.changed.connect(self.changed)
        self.undo.clicked.connect(self.undo_wanted)
        self.clear.clicked.connect(self.clear_wanted)

    @property
    def diameter(self) -> float:
        """Of the brush, in shares of the picture's side."""
        return self.brush_size.value / 100

    @property
    def chosen(self) -> int:
        """The class that the brush paints, or `UNPAINTED`."""
        number = self.classes.checkedId()
        return UNPAINTED if number < 0 else number

    def set_classes(self, count: int) -> None:
        """Show the legend of a network's classes; the first call counts."""
        if self.classes.buttons():
            return
        for place, number in enumerate((*range(count), UNPAINTED)):
            button = QToolButton()
            button.setCheckable(True)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.setIconSize(QSize(SWATCH, SWATCH))
            if number == UNPAINTED:
                button.setText(self.tr("As it was"))
                button.setToolTip(self.tr("Gives the network's own labels back"))
                button.setIcon(_swatch(None))
            else:
                button.setText(self.tr(class_name(number)))
                button.setIcon(_swatch(class_colour(number)))
            self.classes.addButton(button, number)
            self._legend.addWidget(button, place // 2, place % 2)
        self.classes.button(HAIR if count > HAIR else count - 1).setChecked(True)

    def set_state(self, can_undo: bool, painted: bool) -> None:
        """What can be undone or cleared now."""
        self.undo.setEnabled(can_undo)
        self.clear.setEnabled(painted)


class PlacePage(QWidget):
    """How large views become and where they go."""

    def __init__(self) -> None:
        super().__init__()
        self.side = QSpinBox()
        self.side.setRange(64, 2048)
        self.side.setSingleStep(64)
        self.side.setValue(512)
        self.side.setSuffix(self.tr(" px"))
        self.side.setAccessibleName(self.tr("Size"))
        self.side.setToolTip(self.tr("Side of an inserted view"))
        self.as_drawn = QCheckBox(self.tr("Where I drew it"))
        self.as_drawn.setToolTip(
            self.tr("Puts the head where your drawing is, in its size; else in the middle")
        )
        self.as_drawn.setChecked(True)
        self.seven = _narrow_combo()
        self.seven.addItem(self.tr("Side by side"), "row")
        self.seven.addItem(self.tr("On one spot, front shown"), "stack")
        self.seven.setAccessibleName(self.tr("All seven"))
        self.seven.setToolTip(
            self.tr("Side by side they are made small enough for the canvas or selection")
        )
        note = label(
            "small",
            self.tr("Views go to the middle of the selection, or of the canvas without one."),
        )
        form = QFormLayout(self)
        form.setContentsMargins(0, 8, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setSpacing(8)
        form.addRow(self.tr("Size"), self.side)
        form.addRow(self.tr("All seven"), self.seven)
        form.addRow("", self.as_drawn)
        form.addRow(note)


def _seed_box(name: str, value: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(0, MOST_PEOPLE)
    box.setValue(value)
    box.setMinimumWidth(NARROW)
    box.setKeyboardTracking(False)  # a number is a person only when it is typed to its end
    box.setAccessibleName(name)
    box.setToolTip(name)
    return box


def _narrow_combo() -> QComboBox:
    """A combo box that cuts its text short rather than widen the dock."""
    box = QComboBox()
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(6)
    return box


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget, 1)
    return row


def _swatch(colour: tuple[int, int, int] | None) -> QIcon:
    """A filled square with a grey rim; an empty one for None."""
    pixmap = QPixmap(SWATCH, SWATCH)
    pixmap.fill(QColor(*colour) if colour is not None else Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setPen(QColor(128, 128, 128))
    painter.drawRect(0, 0, SWATCH - 1, SWATCH - 1)
    painter.end()
    icon = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Disabled):
        icon.addPixmap(pixmap, mode)
    return icon
