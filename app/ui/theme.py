# SPDX-License-Identifier: GPL-3.0-or-later
"""How the program looks: one table of tokens, from which palette and stylesheet are made.

Greys are neutral on purpose (red = green = blue): a tinted surround shifts how an artist sees
the colours in the picture. Imports QtGui, QtWidgets and `resources`.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from functools import lru_cache
from string import Template
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from app.ui.resources import RESOURCES

ThemeName = Literal["dark", "light", "system"]

# The 4-pixel grid. Device-independent pixels, like every length in the interface.
XS, S, M, L = 4, 8, 12, 16
RADIUS = 4
CONTROL = 24  # height of a slider, field or button in a dock
ICON = 18  # side of an icon in a button
FONT_PX = 13 if sys.platform == "darwin" else 12
SMALL_PX = FONT_PX - 1


@dataclass(frozen=True)
class Tokens:
    """The colours of one theme, as #rrggbb.

    Attributes:
        window: menu bar, tool bars and the gaps between docks.
        panel: body of a dock or dialog.
        raised, hover, pressed: a button at rest, under the pointer, held down.
        field: a place to type or a list; sunken: the trough of a slider.
        line: hairline inside a panel; border: between panels.
        surround: around the canvas.
        text, text_dim, text_off: main, secondary and disabled text.
        icon, icon_dim, icon_off, icon_on: the same for icons; `icon_on` over `accent_soft`.
        accent: marks and focus; accent_fill: below white text; accent_soft: chosen rows.
        slider, slider_hot: filled part of a slider, and under the pointer.
    """

    name: Literal["dark", "light"]
    window: str
    panel: str
    raised: str
    hover: str
    pressed: str
    field: str
    sunken: str
    line: str
    border: str
    surround: str
    text: str
    text_dim: str
    text_off: str
    icon: str
    icon_dim: str
    icon_off: str
    icon_on: str
    accent: str
    accent_fill: str
    accent_soft: str
    on_accent: str
    slider: str
    slider_hot: str
    warning: str
    danger: str

    @property
    def dark(self) -> bool:
        """True for light text on dark panels."""
        return self.name == "dark"

    @property
    def canvas_surround(self) -> QColor:
        """What surrounds the canvas."""
        return QColor(self.surround)

    def colour(self, token: str) -> QColor:
        """One token as a QColor.

        Raises:
            AttributeError: there is no such token.
        """
        return QColor(getattr(self, token))


DARK = Tokens(
    name="dark",
    window="#2b2b2b",
    panel="#313131",
    raised="#3d3d3d",
    hover="#484848",
    pressed="#282828",
    field="#262626",
    sunken="#262626",
    line="#3c3c3c",
    border="#1f1f1f",
    surround="#242424",
    text="#e0e0e0",
    text_dim="#a3a3a3",
    text_off="#707070",
    icon="#d2d2d2",
    icon_dim="#a0a0a0",
    icon_off="#636363",
    icon_on="#ffffff",
    accent="#7aa2e0",
    accent_fill="#4571b8",
    accent_soft="#3c5274",
    on_accent="#ffffff",
    slider="#484848",
    slider_hot="#535353",
    warning="#e0a84e",
    danger="#ee8474",
)
LIGHT = Tokens(
    name="light",
    window="#dedede",
    panel="#ebebeb",
    raised="#f7f7f7",
    hover="#ffffff",
    pressed="#d0d0d0",
    field="#fbfbfb",
    sunken="#d9d9d9",
    line="#d5d5d5",
    border="#c2c2c2",
    surround="#bcbcbc",
    text="#1f1f1f",
    text_dim="#565656",
    text_off="#949494",
    icon="#3a3a3a",
    icon_dim="#5e5e5e",
    icon_off="#a8a8a8",
    icon_on="#16407e",
    accent="#2b5fae",
    accent_fill="#2f66b8",
    accent_soft="#c3d4ee",
    on_accent="#ffffff",
    slider="#c0c0c0",
    slider_hot="#b4b4b4",
    warning="#8f5a00",
    danger="#b3352a",
)

_current = DARK
_chosen: ThemeName = "dark"


def current() -> Tokens:
    """The tokens in use; ask again at every paint, because the artist may switch themes."""
    return _current


def chosen() -> ThemeName:
    """The theme asked for last: "dark", "light" or "system"."""
    return _chosen


def apply(app: QApplication, name: ThemeName) -> None:
    """Give the whole program a theme; open windows change at once.

    Args:
        app: the application.
        name: "system" follows the desktop, also when the desktop changes later.
    """
    global _chosen
    _chosen = name
    hints = app.styleHints()
    if not app.property("limner_theme_follows"):
        app.setProperty("limner_theme_follows", True)
        hints.colorSchemeChanged.connect(lambda _: _follow(app))
    use(app, _system() if name == "system" else DARK if name == "dark" else LIGHT)


def use(app: QApplication, tokens: Tokens) -> None:
    """Show the program in these tokens."""
    global _current
    _current = tokens
    if not app.property("limner_styled"):
        app.setProperty("limner_styled", True)
        app.setStyle("Fusion")  # the only base that draws alike on every system
    app.setFont(font())
    app.setPalette(palette(tokens))
    app.setStyleSheet(stylesheet(tokens))


def _follow(app: QApplication) -> None:
    if _chosen == "system" and _system() is not _current:
        use(app, _system())


def _system() -> Tokens:
    light = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Light
    return LIGHT if light else DARK


# -- type --------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _family() -> str:
    """Family name of the font that ships; the system's own when it cannot be loaded."""
    family = ""
    for weight in ("Regular", "SemiBold"):
        path = RESOURCES / "theme" / "fonts" / f"Inter-{weight}.ttf"
        number = QFontDatabase.addApplicationFont(str(path))
        if number >= 0 and not family:
            family = QFontDatabase.applicationFontFamilies(number)[0]
    return family or QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).family()


def font(px: int = FONT_PX, strong: bool = False) -> QFont:
    """The interface font with figures of equal width, so that numbers do not jitter."""
    result = QFont(_family())
    result.setPixelSize(px)
    result.setFeature(QFont.Tag("tnum"), 1)
    if strong:
        result.setWeight(QFont.Weight.DemiBold)
    return result


# -- palette and stylesheet --------------------------------------------------------------------


def palette(tokens: Tokens) -> QPalette:
    """Qt's palette for a theme."""
    role = QPalette.ColorRole
    roles = {
        role.Window: "panel",
        role.WindowText: "text",
        role.Base: "field",
        role.AlternateBase: "panel",
        role.Text: "text",
        role.PlaceholderText: "text_dim",
        role.Button: "raised",
        role.ButtonText: "text",
        role.BrightText: "danger",
        role.ToolTipBase: "raised",
        role.ToolTipText: "text",
        role.Highlight: "accent_fill",
        role.HighlightedText: "on_accent",
        role.Accent: "accent",
        role.Link: "accent",
        role.LinkVisited: "accent",
        role.Light: "raised",
        role.Midlight: "raised",
        role.Mid: "line",
        role.Dark: "border",
        role.Shadow: "border",
    }
    result = QPalette()
    for key, token in roles.items():
        result.setColor(key, tokens.colour(token))
    for key in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, key, tokens.colour("text_off"))
    result.setColor(QPalette.ColorGroup.Disabled, role.Highlight, tokens.colour("line"))
    return result


@lru_cache(maxsize=2)
def stylesheet(tokens: Tokens) -> str:
    """The program's one stylesheet in a theme's colours.

    Raises:
        KeyError: resources/theme/limner.qss names a token that does not exist.
    """
    folder = RESOURCES / "theme"
    values = {key: str(value) for key, value in asdict(tokens).items()}
    # Inside quotes in the file: a folder's name may hold spaces, brackets, quotes.
    art = (folder / tokens.name).as_posix()
    values["art"] = art.replace("\\", "\\\\").replace('"', '\\"')
    values["font_px"], values["small_px"] = str(FONT_PX), str(SMALL_PX)
    values["radius"] = str(RADIUS)
    return Template((folder / "limner.qss").read_text(encoding="utf-8")).substitute(values)
