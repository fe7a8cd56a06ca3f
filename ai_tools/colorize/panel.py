# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Colorize Selection dock looks like: its controls, without what they do.

Imports `dock_parts` and QtWidgets.
"""

from __future__ import annotations

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ai_tools.dock_parts import NumberRow, StatusLine, label, progress_bar

AUTO = "auto"
"""Data of the list entry that leaves the choice of a layer to the tool."""

NONE = "none"
"""Data of the list entry for no layer."""


class ColorizePanel(QWidget):
    """The controls, top to bottom."""

    def __init__(self) -> None:
        super().__init__()
        self.source = QComboBox()
        self.source.setAccessibleName(self.tr("Lines"))
        self.source.setToolTip(self.tr("The layer with the line art"))
        self.hints = QComboBox()
        self.hints.setAccessibleName(self.tr("Hints"))
        self.hints.setToolTip(
            self.tr(
                "The layer whose strokes say which colour goes where; one dab an area is enough"
            )
        )
        self.new_hints = QPushButton(self.tr("New hint layer"))
        self.new_hints.setToolTip(self.tr("Adds a layer to dab colours on, above all others"))
        self.reads = label("small")
        self.engine = QComboBox()
        self.engine.addItem(self.tr("Painted"), "network")
        self.engine.addItem(self.tr("Flat"), "flat")
        self.engine.setAccessibleName(self.tr("Look"))
        self.engine.setToolTip(
            self.tr("Painted by a neural network, then made to obey the hints; or plainly filled")
        )
        self.shading = NumberRow(
            self.tr("Shading"), 100, 100, "%", self.tr("How much of the light and shade stays")
        )
        self.gap = NumberRow(
            self.tr("Close gaps"),
            10,
            100,
            "px",
            self.tr("Openings in the lines up to this wide let no colour through"),
        )
        self.guess = QCheckBox(self.tr("Guess where no hint is"))
        self.guess.setToolTip(
            self.tr("The network also colours areas without a hint; the background stays clear")
        )
        self.guess.setChecked(True)
        self.go_on = QCheckBox(self.tr("Work on from the picture"))
        self.go_on.setToolTip(
            self.tr("What you have coloured or painted over stays and guides the rest")
        )
        self.go_on.setChecked(True)
        self.replaces = QCheckBox(self.tr("Replace my last result"))
        self.replaces.setToolTip(
            self.tr("Goes on the layer of the last colours for these lines, not on a new one")
        )
        self.replaces.setChecked(True)
        self.live = QCheckBox(self.tr("Preview after each hint"))
        self.live.setToolTip(self.tr("Shows the colours as you dab hints, without adding them"))
        self.live.setChecked(True)
        self.badge = label("heading", self.tr("Preview – not in the picture yet"))
        self.bar = progress_bar(self.tr("Progress"))
        self.status = StatusLine(self.tr("State of Colorize Selection"))
        self.apply_button = QPushButton(self.tr("Colorize"))
        self.apply_button.setProperty("kind", "primary")
        self.apply_button.setToolTip(self.tr("Adds the colours as a layer, as one step to undo"))
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self.cancel_button.setToolTip(self.tr("Stops the work and ends the preview (Esc)"))
        for combo in (self.source, self.hints, self.engine):  # no longer than the dock is wide
            combo.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            combo.setMinimumContentsLength(8)
        self._lay_out()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setHorizontalSpacing(8)
        form.setVerticalSpacing(8)
        form.addRow(self.tr("Lines"), self.source)
        form.addRow(self.tr("Hints"), self.hints)
        form.addRow("", self.new_hints)
        form.addRow("", self.reads)
        form.addRow(self.tr("Look"), self.engine)
        form.addRow(self.tr("Shading"), self.shading)
        form.addRow(self.tr("Close gaps"), self.gap)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.apply_button, 1)
        buttons.addWidget(self.cancel_button, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(8)
        layout.addLayout(form)
        for box in (self.guess, self.go_on, self.replaces, self.live):
            layout.addWidget(box)
        layout.addLayout(buttons)
        for widget in (self.bar, self.badge, self.status):  # last: they come and go
            layout.addWidget(widget)
        layout.addStretch()
