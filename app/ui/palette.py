# SPDX-License-Identifier: GPL-3.0-or-later
"""The command palette: type what you want, press Enter. Actions, layers, brushes and panels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
)
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QTextLayout
from PySide6.QtWidgets import (
    QDockWidget,
    QFrame,
    QGraphicsDropShadowEffect,
    QLabel,
    QLineEdit,
    QListView,
    QMainWindow,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.ui import fuzzy, icons, theme
from app.ui.actions import actions_of
from app.ui.actions.model import QT_TRANSLATE_NOOP, translated
from app.ui.widgets.buttons import column

if TYPE_CHECKING:
    from app.ui.studio import Studio

Index = QModelIndex | QPersistentModelIndex
ENTRY_ROLE = Qt.ItemDataRole.UserRole
ROW, SHOWN_ROWS, WIDTH = 32, 11, 560
REMEMBERED = 6
TIP_WORTH = 4.0  # a hit in the explaining sentence counts less than any in the title


@dataclass(frozen=True)
class Entry:
    """One line of the palette.

    Attributes:
        id: what is remembered when it was used.
        text, detail: what it is, and where it belongs ("Layer", "Brush" …).
        run: does it.
        keys: its shortcut, to be learnt on the way.
        tip: searched, too.
    """

    id: str
    text: str
    detail: str
    run: Callable[[], object]
    keys: str = ""
    icon: str = ""
    tip: str = ""
    enabled: bool = True


@dataclass(frozen=True)
class Found:
    """An entry and which of its letters were typed."""

    entry: Entry
    positions: tuple[int, ...] = ()


def entries(studio: Studio, window: QMainWindow) -> list[Entry]:
    """Everything that can be found from here, in the order of the menus."""
    actions = actions_of(window)
    result = [
        Entry(
            id=action.id,
            text=action.plain_text,
            detail=translated(action.submenu or action.menu),
            run=actions.qaction(action.id).trigger,
            keys=actions.key_text(action.id),
            icon=action.icon,
            tip=translated(action.tip) if action.tip else "",
            enabled=actions.qaction(action.id).isEnabled(),
        )
        for action in actions
        if action.id != "help.palette"
    ]
    for layer in reversed(list(studio.document.walk())):
        result.append(
            Entry(
                id=f"layer:{layer.id}",
                text=layer.name,
                detail=translated(QT_TRANSLATE_NOOP("Action", "Layer")),
                run=partial(_choose_layer, studio, layer.id),
                icon="layers",
            )
        )
    for brush in studio.presets:
        result.append(
            Entry(
                id=f"brush:{brush.id}",
                text=brush.name,
                detail=translated(QT_TRANSLATE_NOOP("Action", "Brush")),
                run=partial(studio.select_preset, brush.id),
                icon="tool-brush",
                tip=" ".join(brush.tags),
            )
        )
    for dock in window.findChildren(QDockWidget):
        result.append(
            Entry(
                id=f"panel:{dock.objectName()}",
                text=dock.windowTitle(),
                detail=translated(QT_TRANSLATE_NOOP("Action", "Panel")),
                run=partial(_show_dock, dock),
                icon="panels",
            )
        )
    return result


def _choose_layer(studio: Studio, layer_id: str) -> None:
    if studio.document.has(layer_id):
        studio.activate_layer(layer_id)


def _show_dock(dock: QDockWidget) -> None:
    dock.show()
    dock.raise_()


def search(query: str, everything: list[Entry], recent: list[str]) -> list[Found]:
    """Entries that fit the query, best first. Without a query: commands, used ones first.

    Entries that cannot be chosen now come after all others.
    """
    if not query.strip():
        commands = [e for e in everything if ":" not in e.id]
        order = {entry_id: place for place, entry_id in enumerate(recent)}
        known = sorted((e for e in everything if e.id in order), key=lambda e: order[e.id])
        rest = [e for e in commands if e.id not in order]
        return [Found(e) for e in (*known, *rest) if e.enabled]
    ranked: list[tuple[bool, float, int, Found]] = []
    for place, entry in enumerate(everything):
        fit = fuzzy.match(query, entry.text)
        if fit is not None:
            bonus = 1.0 if entry.id in recent else 0.0
            found = Found(entry, fit.positions)
            ranked.append((not entry.enabled, -fit.score - bonus, place, found))
            continue
        beside = f"{entry.detail} {entry.text} {entry.tip}".casefold()
        if all(word in beside for word in query.casefold().split()):
            ranked.append((not entry.enabled, -TIP_WORTH, place, Found(entry)))
    return [found for *_, found in sorted(ranked, key=lambda r: r[:3])]


class _Model(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self._found: list[Found] = []

    def show(self, found: list[Found]) -> None:
        self.beginResetModel()
        self._found = found
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 (Qt's signature)
        return 0 if parent.isValid() else len(self._found)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flag = Qt.ItemFlag
        if not self._found[index.row()].entry.enabled:
            return flag.ItemNeverHasChildren
        return flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemNeverHasChildren

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        found = self._found[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return found.entry.text
        if role == ENTRY_ROLE:
            return found
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(filter(None, (found.entry.text, found.entry.detail, found.entry.keys)))
        return None


class _Delegate(QStyledItemDelegate):
    """Icon, text with the typed letters marked, where it belongs, keys."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(WIDTH, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        found: Found = index.data(ENTRY_ROLE)
        entry, tokens = found.entry, theme.current()
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.colour("accent_soft"))
            ground = QRectF(option.rect).adjusted(theme.XS, 0, -theme.XS, 0)
            painter.drawRoundedRect(ground, theme.RADIUS, theme.RADIUS)
        inner = option.rect.adjusted(theme.M, 0, -theme.M, 0)
        text_token = "text" if entry.enabled else "text_off"
        if entry.icon:
            side = theme.ICON
            box = QRect(inner.left(), inner.top() + (ROW - side) // 2, side, side)
            token = "icon_on" if chosen else "icon_dim" if entry.enabled else "icon_off"
            _paint_icon(painter, box, entry.icon, token)
        inner.setLeft(inner.left() + theme.ICON + theme.S)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.font())
        if entry.keys:
            painter.setPen(tokens.colour("text" if chosen else "text_dim"))
            painter.drawText(inner, right, entry.keys)
            inner.setRight(inner.right() - QFontMetrics(theme.font()).horizontalAdvance(entry.keys))
            inner.setRight(inner.right() - theme.M)
        end = _paint_marked(painter, inner, entry.text, found.positions, text_token, chosen)
        painter.setFont(theme.font(theme.SMALL_PX))
        painter.setPen(tokens.colour("text" if chosen else "text_dim"))
        rest = QRect(end + theme.S, inner.top(), max(0, inner.right() - end - theme.S), ROW)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        detail = painter.fontMetrics().elidedText(
            entry.detail, Qt.TextElideMode.ElideRight, rest.width()
        )
        painter.drawText(rest, left, detail)
        painter.restore()


def _paint_icon(painter: QPainter, box: QRect, name: str, token: str) -> None:
    """A family icon in a colour; a plugin's own picture as it is."""
    if (icons.FOLDER / f"{name}.svg").is_file():
        icons.paint(painter, box, name, token)
    else:
        icons.paint(painter, box, "ai", token)


def _paint_marked(
    painter: QPainter,
    box: QRect,
    text: str,
    positions: tuple[int, ...],
    token: str,
    chosen: bool,
) -> int:
    """Draw text with some letters strong; returns where it ends."""
    tokens, metrics = theme.current(), QFontMetrics(theme.font())
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    layout = QTextLayout(shown, theme.font())
    formats = []
    for at in positions:
        part = QTextLayout.FormatRange()
        part.start, part.length = at, 1
        part.format.setFont(theme.font(strong=True))
        part.format.setForeground(tokens.colour("icon_on" if chosen else "accent"))
        formats.append(part)
    layout.setFormats(formats)
    layout.beginLayout()
    line = layout.createLine()
    layout.endLayout()
    painter.setPen(tokens.colour(token))
    top = box.top() + (box.height() - line.height()) / 2
    layout.draw(painter, QRectF(box.left(), top, box.width(), line.height()).topLeft())
    return box.left() + int(line.naturalTextWidth()) + 1


class CommandPalette(QWidget):
    """A popup with a field to type in and a list of what fits."""

    def __init__(self, studio: Studio, window: QMainWindow) -> None:
        super().__init__(window, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self._studio = studio
        self._everything = entries(studio, window)
        self.field = QLineEdit()
        self.field.setPlaceholderText(self.tr("Find a command, layer or brush"))
        self.field.setAccessibleName(self.tr("Find a command"))
        self.field.installEventFilter(self)
        self.model = _Model()
        self.list = QListView()
        self.list.setAccessibleName(self.tr("Found"))
        self.list.setModel(self.model)
        self.list.setItemDelegate(_Delegate(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMouseTracking(True)
        self.list.entered.connect(self.list.setCurrentIndex)
        self.list.clicked.connect(lambda _: self.run_current())
        self.nothing = QLabel(self.tr("Nothing found"))
        self.nothing.setProperty("kind", "dim")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setFixedHeight(ROW * 2)
        card = QFrame()
        card.setObjectName("palette")
        shadow = QGraphicsDropShadowEffect(card)
        shadow.setBlurRadius(24)
        shadow.setOffset(0, 6)
        shadow.setColor(Qt.GlobalColor.black)
        card.setGraphicsEffect(shadow)
        inside = column(card, spacing=0)
        inside.setContentsMargins(1, 1, 1, theme.XS)
        inside.addWidget(self.field)
        inside.addSpacing(theme.XS)
        inside.addWidget(self.list)
        inside.addWidget(self.nothing)
        column(self, margin=theme.L + theme.S).addWidget(card)
        self.field.textChanged.connect(self._search)
        self._search("")

    def open_over(self, window: QWidget) -> None:
        """Show in the upper middle of a window."""
        margin = 2 * (theme.L + theme.S)
        width = min(WIDTH, max(280, window.width() - margin)) + margin
        self.setFixedWidth(width)
        self.adjustSize()
        corner = window.mapToGlobal(window.rect().topLeft())
        self.move(
            corner.x() + (window.width() - width) // 2,
            corner.y() + max(0, window.height() // 8 - theme.L),
        )
        self.show()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def _search(self, query: str) -> None:
        found = search(query, self._everything, self._studio.settings.recent_commands)
        self.model.show(found)
        self.list.setVisible(bool(found))
        self.nothing.setVisible(not found)
        self.list.setFixedHeight(ROW * min(SHOWN_ROWS, max(1, len(found))))
        if found:
            self.list.setCurrentIndex(self.model.index(0))
            self.list.scrollToTop()
        self.adjustSize()

    def run_current(self) -> None:
        """Close, then do what the marked line says."""
        index = self.list.currentIndex()
        found: Found | None = index.data(ENTRY_ROLE) if index.isValid() else None
        if found is None or not found.entry.enabled:
            return
        settings, entry = self._studio.settings, found.entry
        others = [i for i in settings.recent_commands if i != entry.id]
        settings.recent_commands = [entry.id, *others][:REMEMBERED]
        self.close()
        # Once the popup is gone the window has the keyboard again, as the command expects.
        QTimer.singleShot(0, self._studio, lambda: entry.run())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys of the field that belong to the list."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        keys, key = Qt.Key, event.key()
        steps = {keys.Key_Up: -1, keys.Key_Down: 1, keys.Key_PageUp: -10, keys.Key_PageDown: 10}
        if key in steps:
            self._step(steps[keys(key)])
        elif key in (keys.Key_Return, keys.Key_Enter):
            self.run_current()
        elif key == keys.Key_Escape:
            self.close()
        else:
            return False
        return True

    def _step(self, by: int) -> None:
        """Mark another line; single steps go around at the ends."""
        count = self.model.rowCount()
        if not count:
            return
        at = self.list.currentIndex().row() + by
        at = at % count if abs(by) == 1 else max(0, min(count - 1, at))
        self.list.setCurrentIndex(self.model.index(at))


def open_palette(studio: Studio, window: QMainWindow) -> CommandPalette:
    """Open the palette over a main window that has actions.

    Raises:
        LookupError: the window has none.
    """
    palette = CommandPalette(studio, window)
    palette.open_over(window)
    return palette
