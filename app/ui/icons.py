# SPDX-License-Identifier: GPL-3.0-or-later
"""Icons from resources/icons, in the colours of the theme in use. Imports QtGui, QtSvg, theme.

The files are drawn in `currentColor`. The engine looks the colour up whenever it paints, so a
theme switch recolours every icon on screen without anybody setting it again.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.ui import theme
from app.ui.resources import RESOURCES

FOLDER = RESOURCES / "icons"
APP_ICON = FOLDER / "limner.svg"


@lru_cache(maxsize=256)
def icon(name: str) -> QIcon:
    """The icon called `name`, which follows theme, disabled and checked state.

    Args:
        name: file name in resources/icons without ".svg", or the path of an SVG or PNG file
            (as plugins may bring one). "" gives an empty icon.

    Raises:
        FileNotFoundError: there is no such file.
    """
    if not name:
        return QIcon()
    path = Path(name)
    if not path.suffix:
        path = FOLDER / f"{name}.svg"
    if not path.is_file():
        raise FileNotFoundError(f"no icon at {path}")
    return QIcon(_Engine(path)) if path.suffix == ".svg" else QIcon(str(path))


def app_icon() -> QIcon:
    """The program's own icon, in its own colours."""
    return QIcon(str(APP_ICON))


def pixmap(name: str, side: int, token: str = "icon", ratio: float = 1.0) -> QPixmap:
    """An icon as a pixmap of `side` device-independent pixels, in the colour of a theme token."""
    path = FOLDER / f"{name}.svg"
    return _render(path, side, side, theme.current().colour(token).name(), ratio)


def paint(painter: QPainter, rect: QRect, name: str, token: str = "icon") -> None:
    """Draw an icon into a square or larger rectangle, centred and crisp."""
    device = painter.device()
    ratio = device.devicePixelRatio() if device is not None else 1.0
    side = min(rect.width(), rect.height())
    x = rect.x() + (rect.width() - side) // 2
    y = rect.y() + (rect.height() - side) // 2
    painter.drawPixmap(x, y, pixmap(name, side, token, ratio))


class _Engine(QIconEngine):
    """Paints one SVG file in the colour that theme, mode and state ask for."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def clone(self) -> QIconEngine:
        return _Engine(self._path)

    def key(self) -> str:
        return "limner"

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        device = painter.device()
        ratio = device.devicePixelRatio() if device is not None else 1.0
        painter.drawPixmap(rect, self.scaledPixmap(rect.size(), mode, state, ratio))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(
        self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float
    ) -> QPixmap:
        token = "icon"
        if mode == QIcon.Mode.Disabled:
            token = "icon_off"
        elif state == QIcon.State.On:
            token = "icon_on"
        colour = theme.current().colour(token).name()
        return _render(self._path, size.width(), size.height(), colour, scale)


@lru_cache(maxsize=256)
def _source(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@lru_cache(maxsize=1024)
def _render(path: Path, width: int, height: int, colour: str, ratio: float) -> QPixmap:
    """The drawing at exactly the device's pixels; cached, because menus and lists ask often."""
    renderer = QSvgRenderer(QByteArray(_source(path).replace("currentColor", colour).encode()))
    renderer.setAspectRatioMode(Qt.AspectRatioMode.KeepAspectRatio)
    result = QPixmap(QSize(width, height) * ratio)
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    renderer.render(painter, QRectF(0, 0, result.width(), result.height()))
    painter.end()
    result.setDevicePixelRatio(ratio)
    return result
