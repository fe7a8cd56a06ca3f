# SPDX-License-Identifier: GPL-3.0-or-later
"""One shape for pen, mouse and touch samples. Imports QtCore and QtGui only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QPointF, Qt


class Phase(Enum):
    """Where in a gesture a sample lies."""

    PRESS = "press"
    MOVE = "move"
    RELEASE = "release"
    HOVER = "hover"


@dataclass(frozen=True, slots=True)
class PointerSample:
    """A sample of the artist's hand.

    Attributes:
        canvas: position in canvas pixels, with fractions.
        screen: position in the view, device-independent pixels.
        pressure: 0..1; a mouse presses with 1.
        time: seconds on the event clock.
        tilt_x, tilt_y: degrees from upright, 0 for a mouse.
        eraser: the pen is turned round.
    """

    phase: Phase
    canvas: QPointF
    screen: QPointF
    pressure: float = 1.0
    time: float = 0.0
    tilt_x: float = 0.0
    tilt_y: float = 0.0
    button: Qt.MouseButton = Qt.MouseButton.LeftButton
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    eraser: bool = False

    @property
    def shift(self) -> bool:
        """Shift is held."""
        return bool(self.modifiers & Qt.KeyboardModifier.ShiftModifier)

    @property
    def control(self) -> bool:
        """Ctrl is held."""
        return bool(self.modifiers & Qt.KeyboardModifier.ControlModifier)

    @property
    def alt(self) -> bool:
        """Alt is held."""
        return bool(self.modifiers & Qt.KeyboardModifier.AltModifier)
