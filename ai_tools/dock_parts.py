# SPDX-License-Identifier: GPL-3.0-or-later
"""Widgets that the tools' docks share.  Imports the plugin room, jobs and QtWidgets."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QSlider,
    QSpinBox,
    QWidget,
)

from app.jobs import Job, JobError, JobHandle
from app.plugins import PaintContext

BAR_PX = 4
"""Height of the progress bar."""


class NumberRow(QWidget):
    """A slider and a number field that show the same whole number."""

    changed = Signal(int)

    def __init__(
        self, name: str, value: int, maximum: int, unit: str, tip: str, minimum: int = 0
    ) -> None:
        super().__init__()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(name)
        self.number = QSpinBox()
        self.number.setSuffix(f" {unit}" if unit else "")
        self.number.setAccessibleName(self.tr("{name}, as a number").format(name=name))
        text_width = self.number.fontMetrics().horizontalAdvance("100 px")
        self.number.setFixedWidth(text_width + 36)  # and the frame with its arrows
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for widget in (self.slider, self.number):
            widget.setRange(minimum, maximum)
            widget.setValue(value)
            widget.setToolTip(tip)
            layout.addWidget(widget)
        self.slider.valueChanged.connect(self.number.setValue)
        self.number.valueChanged.connect(self.slider.setValue)
        self.number.valueChanged.connect(self.changed)
        self.setFocusProxy(self.slider)

    @property
    def value(self) -> int:
        """The value shown."""
        return self.number.value()

    def set_value(self, value: int) -> None:
        """Show another value; one outside the range becomes the nearest inside."""
        self.number.setValue(value)


class StatusLine(QLabel):
    """One sentence about the work: plain, or as an error that a screen reader speaks at once."""

    def __init__(self, name: str) -> None:
        super().__init__()
        prepare_label(self, "small")
        self.setAccessibleName(name)

    def tell(self, text: str) -> None:
        """Show a plain sentence."""
        self._show(text, "small")

    def fail(self, error: JobError | str) -> None:
        """Show what went wrong."""
        self._show(str(error), "error")
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def _show(self, text: str, kind: str) -> None:
        self.setText(text)
        if self.property("kind") != kind:
            self.setProperty("kind", kind)
            self.style().unpolish(self)  # the stylesheet looks at `kind` again
            self.style().polish(self)


class Run:
    """The one job that a dock has under way; what older ones still report is not passed on.

    Args:
        context: where jobs are submitted.
        on_change: called when a job has begun or ended, so that the dock can show it.
    """

    def __init__(self, context: PaintContext, on_change: Callable[[], object]) -> None:
        self._context, self._on_change = context, on_change
        self._handle: JobHandle | None = None
        self._number = 0

    @property
    def active(self) -> bool:
        """Whether a job is under way."""
        return self._handle is not None

    def start(
        self,
        job: Job[Any],
        *,
        on_done: Callable[[Any], object],
        on_error: Callable[[JobError], object],
        on_progress: Callable[[float, str], object] | None = None,
        on_preview: Callable[[Any], object] | None = None,
        on_cancelled: Callable[[], object] | None = None,
    ) -> None:
        """Submit a job in place of the one under way, whose callbacks will not come any more."""
        self._number += 1
        current = partial(self._if_current, self._number)
        self._handle = self._context.submit(
            job,
            on_done=partial(current, on_done, True),
            on_error=partial(current, on_error, True),
            on_cancelled=partial(current, on_cancelled, True),
            on_progress=partial(current, on_progress, False),
            on_preview=partial(current, on_preview, False),
        )
        self._on_change()

    def stop(self) -> bool:
        """Cancel and forget the job under way; False when there was none."""
        handle, self._handle = self._handle, None
        self._number += 1
        if handle is None:
            return False
        handle.cancel()
        self._on_change()
        return True

    def _if_current(
        self, number: int, callback: Callable[..., object] | None, ends: bool, *values: Any
    ) -> None:
        if number != self._number:
            return
        if ends:
            self._handle = None
            self._on_change()
        if callback is not None:
            callback(*values)


def progress_bar(name: str) -> QProgressBar:
    """A thin bar from 0 to 1000."""
    bar = QProgressBar()
    bar.setMaximum(1000)
    bar.setTextVisible(False)
    bar.setFixedHeight(BAR_PX)
    bar.setAccessibleName(name)
    return bar


def label(kind: str, text: str = "") -> QLabel:
    """A label in one of the stylesheet's kinds ("heading", "small") that breaks its lines."""
    made = QLabel(text)
    prepare_label(made, kind)
    return made


def prepare_label(made: QLabel, kind: str) -> None:
    """What `label` sets, for a label of another class."""
    made.setWordWrap(True)
    made.setTextFormat(Qt.TextFormat.PlainText)  # layer names are shown as they are
    made.setProperty("kind", kind)
