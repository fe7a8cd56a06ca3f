# SPDX-License-Identifier: GPL-3.0-or-later
"""Editor of a pressure curve, and the little window that shows it beside a button."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QPushButton, QSizePolicy, QWidget

from app.core.brush import PressureCurve
from app.ui import theme
from app.ui.widgets.buttons import column, label, row
from app.ui.widgets.keys import keeps
from app.ui.widgets.slider import Slider

MAX_POINTS = 12
GRAB = 10.0  # px around a point that take hold of it
GAP = 0.02  # least distance of two points along the pressure axis
STEP = 0.02  # one press of an arrow key
LINEAR, SOFT, FIRM = (
    PressureCurve(),
    PressureCurve(((0.0, 0.0), (0.3, 0.58), (1.0, 1.0))),
    PressureCurve(((0.0, 0.0), (0.6, 0.28), (1.0, 1.0))),
)


class CurveEditor(QWidget):
    """Shows a curve and lets its points be dragged.

    A click on the curve adds a point; dragging a point out of the square, or Delete, removes
    it. By keyboard: Page keys choose a point, arrows move it. The curve stays monotone, because
    a pen whose stroke thins when pressed harder half-way feels broken.

    Signals:
        edited(curve): the artist changed it.
    """

    edited = Signal(object)

    def __init__(self, name: str, curve: PressureCurve, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._curve = curve
        self._chosen = len(curve.points) - 1
        self._held: int | None = None
        self._live: float | None = None
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setToolTip(self.tr("Click to add a point, drag it out of the square to remove it."))

    @property
    def curve(self) -> PressureCurve:
        """The curve shown."""
        return self._curve

    def set_curve(self, curve: PressureCurve) -> None:
        """Show another curve, without `edited`."""
        self._curve = curve
        self._chosen = min(self._chosen, len(curve.points) - 1)
        self.update()

    def show_live(self, pressure: float | None) -> None:
        """Mark the pen's present raw pressure; None removes the mark."""
        self._live = pressure
        self.update()

    def _value(self, x: float) -> float:
        """Height of the drawn curve, which leaves the minimum out, at pressure x."""
        return float(replace(self._curve, minimum=0.0)(np.array([x]))[0])

    # -- changing ------------------------------------------------------------------------------

    def _set_points(self, points: list[tuple[float, float]]) -> None:
        curve = replace(self._curve, points=tuple(points))
        if curve != self._curve:
            self._curve = curve
            self.update()
            self.edited.emit(curve)

    def move_point(self, index: int, x: float, y: float) -> None:
        """Move a point as near to (x, y) as its neighbours and the curve's direction allow."""
        points = list(self._curve.points)
        last = len(points) - 1
        if index in (0, last):
            x = points[index][0]
        else:
            x = min(points[index + 1][0] - GAP, max(points[index - 1][0] + GAP, x))
        y = min(1.0, max(0.0, y))
        if last > 1:
            rises = points[-1][1] >= points[0][1]
            before = points[index - 1][1] if index > 0 else (0.0 if rises else 1.0)
            after = points[index + 1][1] if index < last else (1.0 if rises else 0.0)
            y = min(max(before, after), max(min(before, after), y))
        points[index] = (x, y)
        self._set_points(points)

    def add_point(self, x: float) -> int | None:
        """Put a point on the curve at pressure x; None where there is no room."""
        points = list(self._curve.points)
        if len(points) >= MAX_POINTS or any(abs(x - px) < GAP for px, _ in points):
            return None
        index = sum(1 for px, _ in points if px < x)
        # Rounding must not lift the new point above or below its neighbours.
        low, high = sorted((points[index - 1][1], points[index][1]))
        points.insert(index, (x, min(high, max(low, self._value(x)))))
        self._set_points(points)
        self._chosen = index
        return index

    def remove_point(self, index: int) -> None:
        """Remove a point; the two ends stay."""
        points = list(self._curve.points)
        if 0 < index < len(points) - 1:
            del points[index]
            self._chosen = index - 1
            self._set_points(points)

    # -- pointer and keys ----------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the nearest point, or make one."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        at = event.position()
        places = [self._to_screen(x, y) for x, y in self._curve.points]
        gaps = [(at - place).manhattanLength() for place in places]
        nearest = min(range(len(gaps)), key=gaps.__getitem__)
        if gaps[nearest] > GRAB:
            added = self.add_point(self._to_curve(at)[0])
            if added is None:
                return
            nearest = added
        self._held = self._chosen = nearest
        self.move_point(nearest, *self._to_curve(at))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the point; out of the square removes it."""
        if self._held is None:
            return
        at = event.position()
        outside = not QRectF(self.rect()).adjusted(-16, -16, 16, 16).contains(at)
        if outside and 0 < self._held < len(self._curve.points) - 1:
            self.remove_point(self._held)
            self._held = None
            return
        self.move_point(self._held, *self._to_curve(at))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._held = None

    def event(self, event: QEvent) -> bool:
        """Keys that shape the curve are no shortcuts here."""
        keys = Qt.Key
        mine = (keys.Key_PageUp, keys.Key_PageDown, keys.Key_Insert, keys.Key_Delete)
        if keeps(event, (*mine, keys.Key_Backspace)):
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Page keys choose, arrows move, Insert adds half-way to the next, Delete removes."""
        keys, key = Qt.Key, event.key()
        points = self._curve.points
        moves = {
            keys.Key_Left: (-STEP, 0.0),
            keys.Key_Right: (STEP, 0.0),
            keys.Key_Up: (0.0, STEP),
            keys.Key_Down: (0.0, -STEP),
        }
        if key in moves:
            dx, dy = moves[keys(key)]
            x, y = points[self._chosen]
            self.move_point(self._chosen, x + dx, y + dy)
        elif key in (keys.Key_PageUp, keys.Key_PageDown):
            step = 1 if key == keys.Key_PageUp else -1
            self._chosen = (self._chosen + step) % len(points)
            self.update()
        elif key == keys.Key_Insert:
            beside = min(self._chosen + 1, len(points) - 1)
            self.add_point((points[beside - 1][0] + points[beside][0]) / 2)
        elif key in (keys.Key_Delete, keys.Key_Backspace):
            self.remove_point(self._chosen)
        else:
            event.ignore()

    # -- looks ---------------------------------------------------------------------------------

    def _box(self) -> QRectF:
        return QRectF(self.rect()).adjusted(6, 6, -6, -6)

    def _to_screen(self, x: float, y: float) -> QPointF:
        box = self._box()
        return QPointF(box.left() + x * box.width(), box.bottom() - y * box.height())

    def _to_curve(self, point: QPointF) -> tuple[float, float]:
        box = self._box()
        return (
            min(1.0, max(0.0, (point.x() - box.left()) / max(1.0, box.width()))),
            (box.bottom() - point.y()) / max(1.0, box.height()),
        )

    def sizeHint(self) -> QSize:
        """A comfortable square."""
        return QSize(184, 184)

    def minimumSizeHint(self) -> QSize:
        """Small, but still to be hit with a pen."""
        return QSize(120, 120)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Quarter lines, the curve with its area, the points, the live pressure."""
        tokens = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.colour("sunken"))
        painter.drawRoundedRect(QRectF(self.rect()), theme.RADIUS, theme.RADIUS)
        painter.setPen(QPen(tokens.colour("slider"), 1))
        for quarter in (0.25, 0.5, 0.75):
            painter.drawLine(self._to_screen(quarter, 0), self._to_screen(quarter, 1))
            painter.drawLine(self._to_screen(0, quarter), self._to_screen(1, quarter))
        xs = np.linspace(0.0, 1.0, 97)
        bare = replace(self._curve, minimum=0.0)
        line = [self._to_screen(x, y) for x, y in zip(xs, bare(xs), strict=True)]
        painter.setPen(Qt.PenStyle.NoPen)
        soft = tokens.colour("accent")
        soft.setAlpha(36)
        painter.setBrush(soft)
        painter.drawPolygon(QPolygonF([*line, self._to_screen(1, 0), self._to_screen(0, 0)]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(tokens.colour("accent"), 1.75))
        painter.drawPolyline(QPolygonF(line))
        if self._live is not None:
            value = self._value(self._live)
            painter.setPen(QPen(tokens.colour("text_dim"), 1, Qt.PenStyle.DashLine))
            painter.drawLine(self._to_screen(self._live, 0), self._to_screen(self._live, value))
            painter.drawLine(self._to_screen(0, value), self._to_screen(self._live, value))
        for index, (x, y) in enumerate(self._curve.points):
            chosen = index == self._chosen and self.hasFocus()
            painter.setPen(QPen(tokens.colour("accent"), 1.75))
            painter.setBrush(tokens.colour("accent" if chosen else "panel"))
            painter.drawEllipse(self._to_screen(x, y), 4.5, 4.5)


class CurvePanel(QWidget):
    """The editor with its axis names, ready-made curves and, if wanted, the curve's minimum.

    Signals:
        edited(curve): the artist changed it.
    """

    edited = Signal(object)

    def __init__(
        self, name: str, curve: PressureCurve, with_minimum: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.editor = CurveEditor(name, curve)
        self.minimum = Slider(self.tr("Minimum"), 0.0, 1.0, percent=True)
        self.minimum.set_number(curve.minimum)
        self.minimum.setVisible(with_minimum)
        layout = column(self, spacing=theme.S)
        layout.addWidget(self.editor, 1)
        axis = row()
        axis.addWidget(label(self.tr("Light"), "small"))
        axis.addStretch()
        axis.addWidget(label(self.tr("Firm pressure"), "small"))
        layout.addLayout(axis)
        if with_minimum:
            layout.addWidget(self.minimum)
        presets = row(spacing=theme.XS)
        for text, preset in (
            (self.tr("Linear"), LINEAR),
            (self.tr("Soft"), SOFT),
            (self.tr("Firm"), FIRM),
        ):
            button = QPushButton(text)
            button.setProperty("kind", "flat")
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, p=preset.points: self._take_points(p))
            presets.addWidget(button, 1)
        layout.addLayout(presets)
        self.editor.edited.connect(self.edited)
        self.minimum.edited.connect(self._take_minimum)

    @property
    def curve(self) -> PressureCurve:
        """The curve shown."""
        return self.editor.curve

    def _take_points(self, points: tuple[tuple[float, float], ...]) -> None:
        self._take(replace(self.editor.curve, points=points))

    def _take_minimum(self, minimum: float) -> None:
        self._take(replace(self.editor.curve, minimum=minimum))

    def _take(self, curve: PressureCurve) -> None:
        if curve != self.editor.curve:
            self.editor.set_curve(curve)
            self.edited.emit(curve)


class CurvePopup(QFrame):
    """A curve panel in a popup, closed by a click elsewhere or Escape.

    Signals:
        edited(curve): the artist changed it.
    """

    edited = Signal(object)

    def __init__(self, name: str, curve: PressureCurve, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("popup")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.panel = CurvePanel(name, curve, with_minimum=True)
        layout = column(self, margin=theme.M, spacing=theme.S)
        layout.addWidget(label(name, "heading"))
        layout.addWidget(self.panel)
        self.panel.edited.connect(self.edited)
        self.setFixedWidth(224)

    def open_beside(self, anchor: QWidget) -> None:
        """Show the popup below the anchor, right edges in line, within the screen."""
        self.adjustSize()
        corner = anchor.mapToGlobal(anchor.rect().bottomRight())
        x, y = corner.x() - self.width() + 1, corner.y() + theme.XS
        screen = anchor.screen().availableGeometry()
        if y + self.height() > screen.bottom():
            y = anchor.mapToGlobal(anchor.rect().topLeft()).y() - self.height() - theme.XS
        self.move(max(screen.left(), x), max(screen.top(), y))
        self.show()
        self.panel.editor.setFocus(Qt.FocusReason.PopupFocusReason)
