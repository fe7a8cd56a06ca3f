# SPDX-License-Identifier: GPL-3.0-or-later
"""The controls of the Suggest Strokes dock, and what they show.  Imports QtWidgets, `dock_parts`,
the weights' manifest."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QCompleter,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ai_tools.dock_parts import NumberRow, StatusLine, label, progress_bar
from ai_tools.suggest.thumbs import Thumb
from ai_tools.weights import WeightsError, read_manifest

WEIGHTS_NAME = "sketcher"
_THUMBS = 3
_LARGEST_SEED = 999


class Panel(QWidget):
    """Widgets only; what they do is the dock's."""

    def __init__(self) -> None:
        super().__init__()
        self._make_wishes()
        self._make_choice()
        self._make_new()
        self.bar = progress_bar(self.tr("Progress"))
        self.status = StatusLine(self.tr("State of Suggest Strokes"))

        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setHorizontalSpacing(8)
        form.setVerticalSpacing(8)
        form.addRow(self.tr("Drawing of"), self.kind)
        form.addRow("", self.guess)
        form.addRow(self.tr("Boldness"), self.boldness)
        form.addRow(self.tr("Strokes"), self.count)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(8)
        layout.addLayout(form)
        layout.addWidget(self.live)
        layout.addWidget(self.suggest_button)
        layout.addWidget(self.bar)
        layout.addWidget(self.choice)
        layout.addWidget(self.status)
        layout.addSpacing(4)
        layout.addWidget(label("heading", self.tr("New drawing")))
        form = QFormLayout()
        form.setHorizontalSpacing(8)
        form.addRow(self.tr("Seed"), self.seed)
        layout.addLayout(form)
        layout.addWidget(self.new_button)
        layout.addStretch()

    # -- building --------------------------------------------------------------------------------

    def _make_wishes(self) -> None:
        self.kind = KindBox(self.tr("Guess"), known_labels())
        self.kind.setAccessibleName(self.tr("Drawing of"))
        self.kind.setToolTip(self.tr("What you are drawing; type to search the list"))
        self.guess = label("small")
        self.guess.setAccessibleName(self.tr("What the drawing looks like"))
        self.boldness = NumberRow(
            self.tr("Boldness"),
            30,
            100,
            "%",
            self.tr("0 % draws what is likeliest, 100 % what nobody expects"),
        )
        self.count = NumberRow(
            self.tr("Strokes"),
            3,
            12,
            "",
            self.tr("How many strokes each suggestion has"),
            minimum=1,
        )
        self.live = QCheckBox(self.tr("Suggest after every stroke"))
        self.live.setToolTip(self.tr("Suggests the next strokes whenever you lift the pen"))
        self.suggest_button = QPushButton(self.tr("Suggest"))
        self.suggest_button.setProperty("kind", "primary")
        self.suggest_button.setToolTip(
            self.tr("Shows how the active layer's drawing could go on; again: something else")
        )
        _leave_keys(self.suggest_button)

    def _make_choice(self) -> None:
        self.thumbs = [Thumb(number + 1) for number in range(_THUMBS)]
        self.previous_button = _arrow("‹", self.tr("Previous alternative (Left)"))
        self.next_button = _arrow("›", self.tr("Next alternative (Right)"))
        self.place = QLabel()
        self.place.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.place.setAccessibleName(self.tr("Alternative shown"))
        self.take_button = QPushButton(self.tr("Take stroke"))
        self.take_button.setToolTip(self.tr("Draws the next ghost stroke (Tab)"))
        self.take_all_button = QPushButton(self.tr("Take all"))
        self.take_all_button.setToolTip(self.tr("Draws all ghost strokes (Shift+Tab)"))
        self.dismiss_button = QPushButton(self.tr("Dismiss"))
        self.dismiss_button.setToolTip(self.tr("Takes the ghosts away (Esc, or draw on)"))
        buttons = (self.take_button, self.take_all_button, self.dismiss_button)
        _leave_keys(*buttons)
        self.keys_hint = label(
            "small", self.tr("Tab takes a stroke, Shift+Tab all, arrows turn, Esc dismisses.")
        )
        self.choice = QWidget()
        layout = QVBoxLayout(self.choice)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(_row(*self.thumbs))
        layout.addLayout(_row(self.previous_button, self.place, self.next_button))
        layout.addLayout(_row(self.take_button, self.take_all_button))
        layout.addWidget(self.dismiss_button)
        layout.addWidget(self.keys_hint)

    def _make_new(self) -> None:
        self.seed = QSpinBox()
        self.seed.setRange(0, _LARGEST_SEED)
        self.seed.setAccessibleName(self.tr("Seed"))
        self.seed.setToolTip(self.tr("The same seed gives the same drawing again"))
        self.new_button = QPushButton(self.tr("New sketch"))
        self.new_button.setToolTip(
            self.tr("Suggests a drawing of that kind in the view, or in the selection")
        )
        _leave_keys(self.new_button)

    # -- showing ---------------------------------------------------------------------------------

    @property
    def category(self) -> str | None:
        """The chosen kind of drawing; None: guess it."""
        chosen: str | None = self.kind.currentData()
        return chosen

    def show_guess(self, kind: str, certainty: float) -> None:
        """Say what the drawing looks like; "" where that is not sure enough."""
        if kind:
            text = self.tr("Looks like: {kind} ({percent} %)")
            self.guess.setText(text.format(kind=kind, percent=round(100 * certainty)))
        else:
            self.guess.setText(self.tr("Could be many things yet"))

    def show_choice(self, *, working: bool, index: int, count: int, left: int) -> None:
        """Show which of `count` alternatives is on the canvas, with `left` strokes to take."""
        self.bar.setVisible(working)
        self.choice.setVisible(count > 0)
        self.place.setText(f"{index + 1} / {count}" if count else "")
        self.previous_button.setEnabled(count > 1)
        self.next_button.setEnabled(count > 1)
        self.take_all_button.setEnabled(left > 1)
        for number, thumb in enumerate(self.thumbs):
            thumb.setChecked(number == index)
            thumb.setVisible(number < count)


def known_labels() -> tuple[str, ...]:
    """The kinds of drawing that the network knows; none where there is no network."""
    try:
        entry = read_manifest().get(WEIGHTS_NAME)
    except WeightsError:
        return ()  # asking for suggestions will say what is wrong
    return tuple(entry.task.get("labels", ())) if entry is not None else ()


class KindBox(QComboBox):
    """A list to choose from or to search by typing any part of a name.

    Args:
        guess: the first entry, whose data is None.
        labels: the others.
    """

    def __init__(self, guess: str, labels: Sequence[str]) -> None:
        super().__init__()
        self.addItem(guess, None)
        for name in labels:
            self.addItem(name, name)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setMinimumContentsLength(8)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        completer = QCompleter(self.model(), self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.field = QLineEdit(self)
        self.setLineEdit(self.field)
        self.setCompleter(completer)
        self.field.editingFinished.connect(self.settle)

    def settle(self) -> None:
        """What was typed becomes the first entry that has it in its name, or is undone."""
        typed = self.field.text().strip()
        found = self.findText(typed, Qt.MatchFlag.MatchFixedString)
        if found < 0 and typed:
            found = self.findText(typed, Qt.MatchFlag.MatchContains)
        if found >= 0:
            self.setCurrentIndex(found)
        self.field.setText(self.itemText(self.currentIndex()))


def _arrow(sign: str, name: str) -> QToolButton:
    button = QToolButton()
    button.setText(sign)
    button.setAutoRaise(True)
    button.setAccessibleName(name)
    button.setToolTip(name)
    _leave_keys(button)
    return button


def _leave_keys(*buttons: QWidget) -> None:
    """A click on them must leave the keys to the canvas."""
    for button in buttons:
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget, 0 if isinstance(widget, QToolButton) else 1)
    return row
