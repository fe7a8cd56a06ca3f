# SPDX-License-Identifier: GPL-3.0-or-later
"""A slider with its name and number inside, one line high, as painters know it from their tools."""

from __future__ import annotations

import math
import re

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSlider, QLineEdit, QWidget

from app.ui import theme
from app.ui.widgets.keys import keeps

LOG_STEPS = 200
FINE = 0.1  # how much slower Shift makes a drag
WHEEL_NOTCH = 120
TYPED = "0123456789-,."  # characters that start typing a number
_GAPS = {"°": ""}  # other units stand off by a space


class Slider(QAbstractSlider):
    """Chooses a number between two limits.

    Drag sets it (Shift: finely), double click or Enter types it, arrow keys step, Page keys
    step ten times as far. The wheel works only with the keyboard focus, so that scrolling past
    changes nothing.

    Args:
        label: shown inside and read out by screen readers.
        low, high: limits of the number.
        logarithmic: equal ways mean equal ratios; `low` must be above 0.
        decimals: digits after the point that are kept and shown.
        suffix: unit shown after the number.
        percent: the number is shown a hundred times as large (limits 0..1 read 0 %..100 %).

    Signals:
        edited(number): the artist changed it; not sent by `set_number`.
        begun(), ended(): around one drag, one typed number, or one key press.
    """

    edited = Signal(float)
    begun = Signal()
    ended = Signal()

    def __init__(
        self,
        label: str,
        low: float,
        high: float,
        *,
        logarithmic: bool = False,
        decimals: int = 0,
        suffix: str = "",
        percent: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._label, self._low, self._high = label, low, high
        self._log, self._decimals = logarithmic, decimals
        self._suffix = "%" if percent else suffix
        self._factor = 100.0 if percent else 1.0
        self._number = low
        self._dragging, self._drag_x, self._drag_share = False, 0.0, 0.0
        self._wheel = 0
        self._editor: QLineEdit | None = None
        self._step = 10.0**-decimals / self._factor
        self.setRange(0, LOG_STEPS if logarithmic else round((high - low) / self._step))
        self.setAccessibleName(label)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click must leave the keys to the canvas
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.set_number(low)

    # -- the number ----------------------------------------------------------------------------

    @property
    def number(self) -> float:
        """The chosen number."""
        return self._number

    def set_number(self, number: float) -> None:
        """Show a number (clamped to the limits) without `edited`."""
        self._number = min(self._high, max(self._low, number))
        self.setValue(round(self._share() * self.maximum()))
        self.setAccessibleDescription(self.number_text())
        self.update()

    def number_text(self) -> str:
        """The number as it is shown, with its unit."""
        shown = self._number * self._factor
        # A brush of 347.3 px and one of 347 px look alike: far from zero a decimal is noise.
        decimals = 0 if abs(shown) >= 100 else self._decimals
        text = f"{shown:.{decimals}f}"
        return f"{text}{_GAPS.get(self._suffix, ' ')}{self._suffix}" if self._suffix else text

    def _choose(self, number: float) -> None:
        digits = max(0, round(math.log10(1 / self._step)))
        number = min(self._high, max(self._low, round(number, digits)))
        if number != self._number:
            self.set_number(number)
            self.edited.emit(number)

    def _share(self) -> float:
        """Where the number lies between the limits, 0..1."""
        if self._log:
            return math.log(self._number / self._low) / math.log(self._high / self._low)
        return (self._number - self._low) / (self._high - self._low)

    def _at_share(self, share: float) -> float:
        share = min(1.0, max(0.0, share))
        if self._log:
            return self._low * (self._high / self._low) ** share
        return self._low + (self._high - self._low) * share

    def _stepped(self, steps: float) -> float:
        if not self._log:
            return self._number + steps * self._step
        # At least one unit of the last digit, else a small number would never move.
        moved = self._at_share(self._share() + steps / LOG_STEPS)
        least = math.copysign(self._step, steps)
        return moved if abs(moved - self._number) >= abs(least) else self._number + least

    # -- pointer -------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Start a drag; the number jumps under the pointer."""
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self._dragging = True
        self.begun.emit()
        self._drag_x = event.position().x()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._drag_share = self._share()
        else:
            self._drag_share = self._drag_x / max(1, self.width() - 1)
            self._choose(self._at_share(self._drag_share))
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag on."""
        if not self._dragging:
            return
        x = event.position().x()
        fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self._drag_share += (x - self._drag_x) / max(1, self.width() - 1) * (FINE if fine else 1)
        self._drag_x = x
        self._choose(self._at_share(self._drag_share))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the drag."""
        if self._dragging and event.button() == Qt.MouseButton.LeftButton:
            self._dragging = False
            self.ended.emit()
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Type the number."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.edit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """A right click types the number, too."""
        self.edit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Step, when the slider has the keyboard."""
        if not self.hasFocus():
            event.ignore()
            return
        self._wheel += event.angleDelta().y()
        notches, self._wheel = divmod(self._wheel, WHEEL_NOTCH)
        if notches:
            self._step_by(notches)

    # -- keys ----------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Digits type a number and Page keys step here; elsewhere they are the canvas's keys."""
        if keeps(event, (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_F2), TYPED):
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows and Page keys step; Home and End go to the limits; digits and Enter type."""
        key, keys = event.key(), Qt.Key
        steps = {
            keys.Key_Left: -1,
            keys.Key_Down: -1,
            keys.Key_Right: 1,
            keys.Key_Up: 1,
            keys.Key_PageDown: -10,
            keys.Key_PageUp: 10,
        }
        if key in steps:
            self._step_by(steps[keys(key)])
        elif key == keys.Key_Home:
            self._choose_once(self._low)
        elif key == keys.Key_End:
            self._choose_once(self._high)
        elif key in (keys.Key_Return, keys.Key_Enter, keys.Key_F2):
            self.edit()
        elif event.text() and event.text() in TYPED:
            self.edit(event.text())
        else:
            event.ignore()

    def _step_by(self, steps: int) -> None:
        self._choose_once(self._stepped(steps))

    def _choose_once(self, number: float) -> None:
        self.begun.emit()
        self._choose(number)
        self.ended.emit()

    # -- typing --------------------------------------------------------------------------------

    def edit(self, start: str = "") -> None:
        """Open a field to type the number in; Enter takes it, Escape leaves it as it was."""
        self._dragging = False
        if self._editor is None:
            self._editor = QLineEdit(self)
            self._editor.setAlignment(Qt.AlignmentFlag.AlignRight)
            self._editor.setAccessibleName(self._label)
            self._editor.editingFinished.connect(self._take)
            self._editor.installEventFilter(self)
        self._editor.setGeometry(self.rect())
        self._editor.setText(start or self.number_text().removesuffix(self._suffix).strip())
        self._editor.show()
        self._editor.setFocus(Qt.FocusReason.OtherFocusReason)
        if not start:
            self._editor.selectAll()

    def _take(self) -> None:
        if self._editor is None or self._editor.isHidden():
            return
        had_focus = self._editor.hasFocus()
        number = parse_number(self._editor.text())
        self._editor.hide()
        if had_focus:
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        if number is not None:
            self._choose_once(number / self._factor)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Enter takes the typed number, Escape gives it up; neither goes on to the slider."""
        editor = self._editor
        if editor is None or watched is not editor or event.type() != QEvent.Type.KeyPress:
            return False
        assert isinstance(event, QKeyEvent)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take()
            return True
        if event.key() == Qt.Key.Key_Escape:
            editor.setText("")
            editor.hide()
            self.setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        return False

    # -- looks ---------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """Room for the label and the longest number."""
        metrics = QFontMetrics(theme.font())
        text = f"{self._label}    {self._high * self._factor:.{self._decimals}f} {self._suffix}"
        return QSize(metrics.horizontalAdvance(text) + 2 * theme.S, theme.CONTROL)

    def minimumSizeHint(self) -> QSize:
        """One number wide."""
        return QSize(72, theme.CONTROL)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep an open field over the slider."""
        super().resizeEvent(event)
        if self._editor is not None:
            self._editor.setGeometry(self.rect())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Trough, filled part, label left, number right."""
        tokens, on = theme.current(), self.isEnabled()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect())
        shape = QPainterPath()
        shape.addRoundedRect(box, theme.RADIUS, theme.RADIUS)
        painter.fillPath(shape, tokens.colour("sunken"))
        if on:
            painter.setClipPath(shape)
            self._paint_filled(painter, box)
            painter.setClipping(False)
        if self.hasFocus():
            painter.setPen(QPen(tokens.colour("accent"), 1))
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 3.5, 3.5)
        painter.setFont(theme.font())
        inner = self.rect().adjusted(theme.S, 0, -theme.S, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        number = self.number_text()
        metrics = painter.fontMetrics()
        painter.setPen(tokens.colour("text" if on else "text_off"))
        painter.drawText(inner, middle | Qt.AlignmentFlag.AlignRight, number)
        room = inner.width() - metrics.horizontalAdvance(number) - theme.S
        label = metrics.elidedText(self._label, Qt.TextElideMode.ElideRight, room)
        left = QRect(inner.left(), inner.top(), max(0, room), inner.height())
        painter.drawText(left, middle | Qt.AlignmentFlag.AlignLeft, label)

    def _paint_filled(self, painter: QPainter, box: QRectF) -> None:
        """Fill the trough up to the number."""
        tokens = theme.current()
        filled = QRectF(box)
        filled.setWidth(box.width() * self._share())
        busy = self._dragging or self.underMouse()
        painter.fillRect(filled, tokens.colour("slider_hot" if busy else "slider"))


def parse_number(text: str) -> float | None:
    """The number at the start of a typed text, with point or comma; None without one."""
    found = re.match(r"\s*[-+]?\d*[.,]?\d+", text)
    return float(found[0].replace(",", ".")) if found else None
