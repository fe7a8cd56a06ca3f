# SPDX-License-Identifier: GPL-3.0-or-later
"""From Qt events to tool gestures.

The event handlers only append samples to a list; a frame timer drains the list into the tool in
hand. A tablet sends a thousand events a second: work done per event would fall behind the pen.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt, QTimer
from PySide6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.ui.canvas.pointer import Phase, PointerSample
from app.ui.canvas.viewport import Viewport
from app.ui.studio import Studio
from app.ui.tools import make_tools
from app.ui.tools.base import Tool
from app.ui.tools.painting import BrushTool

FRAME_MS = 8
WHEEL_STEP = 120.0


class CanvasInput(Viewport):
    """A viewport that hands the artist's gestures to tools."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self._tools = make_tools(self)
        self._queue: list[PointerSample] = []
        self._gesture: Tool | None = None  # the tool that took the last press
        self._button = Qt.MouseButton.NoButton  # that the gesture began with
        self._space = False
        self._pen_down = False
        self.hover: QPointF | None = None
        self._frame = QTimer(self)
        self._frame.setInterval(FRAME_MS)
        self._frame.setTimerType(Qt.TimerType.PreciseTimer)
        self._frame.timeout.connect(self.drain)
        self.update_cursor()

    # -- which tool ----------------------------------------------------------------------------

    def tool(self, tool_id: str) -> Tool:
        """The tool object with this id."""
        return self._tools[tool_id]

    def active_tool(self) -> Tool:
        """The tool that has the gesture, else the one that a press would reach."""
        return self._gesture or self._tools[self.studio.tool]

    def _tool_for(self, sample: PointerSample) -> Tool:
        """Space pans (Shift turns, Ctrl zooms), the middle button pans, Alt picks a colour."""
        if self._space or sample.button == Qt.MouseButton.MiddleButton:
            turned = "rotate" if sample.shift else "zoom" if sample.control else "pan"
            return self._tools[turned]
        tool = self._tools[self.studio.tool]
        if isinstance(tool, BrushTool) and (
            sample.alt or sample.button == Qt.MouseButton.RightButton
        ):
            return self._tools["picker"]
        return tool

    def update_cursor(self) -> None:
        """Show the cursor of the tool that a press would reach."""
        tool = self._gesture or (
            self._tools["pan"] if self._space else self._tools[self.studio.tool]
        )
        self.setCursor(tool.cursor())
        self.update()

    # -- appending -----------------------------------------------------------------------------

    def enqueue(self, sample: PointerSample) -> None:
        """Append a sample; it reaches the tool at the next frame."""
        self._queue.append(sample)
        if not self._frame.isActive():
            self._frame.start()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pen-down by mouse."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if not self._pen_down:
            self._enqueue_mouse(event, Phase.PRESS)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag or hover by mouse."""
        if not self._pen_down:
            held = event.buttons() != Qt.MouseButton.NoButton
            self._enqueue_mouse(event, Phase.MOVE if held else Phase.HOVER)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Pen-up by mouse."""
        if not self._pen_down:
            self._enqueue_mouse(event, Phase.RELEASE)

    def _enqueue_mouse(self, event: QMouseEvent, phase: Phase) -> None:
        position = event.position()
        self.enqueue(
            PointerSample(
                phase,
                self.to_canvas(position),
                position,
                1.0,
                event.timestamp() / 1000.0,
                button=event.button(),
                modifiers=event.modifiers(),
            )
        )

    def tabletEvent(self, event: QTabletEvent) -> None:
        """Pen events: append and return."""
        kinds = {
            QEvent.Type.TabletPress: Phase.PRESS,
            QEvent.Type.TabletRelease: Phase.RELEASE,
        }
        if event.buttons() == Qt.MouseButton.NoButton and event.pressure() == 0:
            self._pen_down = False  # a hovering pen: its release was lost on the way
        phase = kinds.get(event.type(), Phase.MOVE if self._pen_down else Phase.HOVER)
        if phase is Phase.PRESS:
            self._pen_down = True
            self.setFocus(Qt.FocusReason.MouseFocusReason)
        elif phase is Phase.RELEASE:
            self._pen_down = False
        position = event.position()
        self._queue.append(
            PointerSample(
                phase,
                self.to_canvas(position),
                position,
                float(event.pressure()),
                event.timestamp() / 1000.0,
                float(event.xTilt()),
                float(event.yTilt()),
                event.button(),
                event.modifiers(),
                event.pointerType().name == "Eraser",
            )
        )
        if not self._frame.isActive():
            self._frame.start()
        event.accept()

    # -- draining ------------------------------------------------------------------------------

    def drain(self) -> None:
        """Hand all waiting samples to the tools, in order; drags in one batch."""
        queue, self._queue = self._queue, []
        batch: list[PointerSample] = []
        for sample in queue:
            self._move_hover(sample.screen)
            if sample.phase is Phase.MOVE:
                batch.append(sample)
                continue
            self._flush(batch)
            batch = []
            if sample.phase is Phase.PRESS:
                self._begin(sample)
            elif sample.phase is Phase.RELEASE:
                self._end(sample)
            else:
                self._settle_gesture()  # nothing is held down: the release got lost
        self._flush(batch)
        if not queue:
            self._frame.stop()

    def _begin(self, sample: PointerSample) -> None:
        """A press starts a gesture; another button during one does nothing."""
        if self._gesture is not None:
            if sample.button != self._button:
                return
            self._settle_gesture()  # the same button again: the release got lost
        self._gesture, self._button = self._tool_for(sample), sample.button
        self._gesture.press(sample)
        self.update_cursor()

    def _end(self, sample: PointerSample) -> None:
        if self._gesture is not None and sample.button == self._button:
            gesture, self._gesture = self._gesture, None
            gesture.release(sample)
            self.update_cursor()

    def _flush(self, batch: list[PointerSample]) -> None:
        if batch and self._gesture is not None:
            self._gesture.drag(batch)

    def settle(self) -> None:
        """Hand over what waits and end a running gesture, keeping its work.

        A gesture whose press still waits has not begun: it stays in the queue as a whole.
        """
        start = _last_press(self._queue)
        waiting = self._queue[start:]
        self._queue = self._queue[:start]
        self.drain()
        self._settle_gesture()
        if waiting:
            self._queue += waiting
            self._frame.start()

    def _settle_gesture(self) -> None:
        if self._gesture is not None:
            gesture, self._gesture = self._gesture, None
            gesture.settle()
            self.update_cursor()

    def _move_hover(self, position: QPointF) -> None:
        if isinstance(self.active_tool(), BrushTool):
            reach = int(self.cursor_radius()) + 12
            for at in (self.hover, position):
                if at is not None:
                    x, y = int(at.x()) - reach, int(at.y()) - reach
                    self.update(x, y, 2 * reach, 2 * reach)
        self.hover = position

    def leaveEvent(self, event: QEvent) -> None:
        """Take the brush outline away."""
        self._queue = [s for s in self._queue if s.phase is not Phase.HOVER]
        self.hover = None
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show the brush outline at once."""
        self.hover = event.position()
        self.update()

    # -- wheel, gestures, keys -----------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel zooms at the pointer; a touchpad's pixel steps pan; Ctrl always zooms."""
        pixels, control = (
            event.pixelDelta(),
            event.modifiers() & Qt.KeyboardModifier.ControlModifier,
        )
        if not pixels.isNull() and not control:
            self.pan_by(pixels.x(), pixels.y())
        else:
            self.zoom_by(2 ** (event.angleDelta().y() / WHEEL_STEP / 3), event.position())
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Pinch and turn on touchpads and touch screens."""
        if isinstance(event, QNativeGestureEvent):
            kind = event.gestureType()
            if kind == Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom_by(1 + event.value(), event.position())
                return True
            if kind == Qt.NativeGestureType.RotateNativeGesture:
                self.rotate_by(event.value())
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space takes the hand while it is held; Esc drops the gesture under way."""
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._space = True
                self.update_cursor()
        elif event.key() == Qt.Key.Key_Escape and self._gesture is not None:
            gesture, self._gesture = self._gesture, None
            gesture.cancel()
            self.update_cursor()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Letting go of Space gives the tool back."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            self.update_cursor()
        else:
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A key or a pen held down while the window is left must not stick."""
        self._space = False
        if event.reason() == Qt.FocusReason.ActiveWindowFocusReason:
            self._let_go()
        self.update_cursor()
        super().focusOutEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """A view that is switched off hears of no release."""
        if event.type() == QEvent.Type.EnabledChange and not self.isEnabled():
            self._let_go()
        super().changeEvent(event)

    def _let_go(self) -> None:
        self._pen_down = False
        self.settle()


def _last_press(queue: list[PointerSample]) -> int:
    """Index of the press whose release has not come yet, or the queue's length."""
    start = len(queue)
    for i, sample in enumerate(queue):
        if sample.phase is Phase.PRESS:
            start = min(start, i)
        elif sample.phase is Phase.RELEASE:
            start = len(queue)
    return start
