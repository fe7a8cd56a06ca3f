# SPDX-License-Identifier: GPL-3.0-or-later
"""Both themes are neutral, legible and complete, and switching repaints what is open."""

import shutil
from dataclasses import asdict
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QCheckBox, QPushButton

from app.core.colour import from_hex, to_linear
from app.ui import theme

THEMES = [theme.DARK, theme.LIGHT]
GREYS = ("window", "panel", "raised", "hover", "pressed", "field", "sunken", "line", "border",
         "surround", "text", "text_dim", "slider", "icon")  # fmt: skip


@pytest.fixture(autouse=True)
def dark_again(qapp):
    yield
    theme.apply(qapp, "dark")


def luminance(text: str) -> float:
    linear = to_linear([v / 255 for v in from_hex(text)])
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(a: str, b: str) -> float:
    """WCAG 2 contrast ratio, 1..21."""
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("tokens", THEMES, ids=lambda t: t.name)
@pytest.mark.parametrize("token", GREYS)
def test_surroundings_of_the_picture_have_no_tint(tokens, token):
    red, green, blue = from_hex(getattr(tokens, token))
    assert red == green == blue


@pytest.mark.parametrize("tokens", THEMES, ids=lambda t: t.name)
def test_text_can_be_read_on_every_ground(tokens):
    for ground in ("window", "panel", "raised", "field", "sunken", "slider", "accent_soft"):
        assert contrast(tokens.text, getattr(tokens, ground)) >= 4.5, ground
    for ground in ("window", "panel", "field", "sunken"):
        assert contrast(tokens.text_dim, getattr(tokens, ground)) >= 4.5, ground
    assert contrast(tokens.on_accent, tokens.accent_fill) >= 4.5
    assert contrast(tokens.danger, tokens.panel) >= 4.5
    assert contrast(tokens.warning, tokens.panel) >= 4.5


@pytest.mark.parametrize("tokens", THEMES, ids=lambda t: t.name)
def test_icons_and_focus_marks_stand_out(tokens):
    for ground in ("window", "panel", "raised"):
        assert contrast(tokens.icon, getattr(tokens, ground)) >= 4.5, ground
        assert contrast(tokens.accent, getattr(tokens, ground)) >= 3, ground
    assert contrast(tokens.icon_on, tokens.accent_soft) >= 4.5


def test_both_themes_say_something_about_every_token():
    for tokens in THEMES:
        for name, value in asdict(tokens).items():
            assert name == "name" or QColor(value).isValid(), name


@pytest.mark.parametrize("tokens", THEMES, ids=lambda t: t.name)
def test_the_stylesheet_has_no_holes_and_its_pictures_exist(tokens):
    sheet = theme.stylesheet(tokens)
    assert "$" not in sheet
    pictures = [Path(part.split('")')[0]) for part in sheet.split('url("')[1:]]
    assert pictures
    for picture in pictures:
        assert picture.is_file() and picture.parent.name == tokens.name


def test_switching_recolours_an_open_button(qapp, qtbot):
    theme.apply(qapp, "dark")
    button = QPushButton("Paint")
    qtbot.addWidget(button)
    button.show()
    dark = button.grab().toImage().pixelColor(4, button.height() // 2)
    theme.apply(qapp, "light")
    light = button.grab().toImage().pixelColor(4, button.height() // 2)
    assert dark.lightness() < 128 < light.lightness()
    assert theme.current() is theme.LIGHT and theme.chosen() == "light"
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(theme.LIGHT.panel)


def test_the_desktop_s_choice_is_followed_only_when_asked_for(qapp, monkeypatch):
    theme.apply(qapp, "system")
    expected = QApplication.styleHints().colorScheme() == Qt.ColorScheme.Light
    assert (theme.current() is theme.LIGHT) == expected
    monkeypatch.setattr(theme, "_system", lambda: theme.LIGHT)
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert theme.current() is theme.LIGHT
    theme.apply(qapp, "dark")
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert theme.current() is theme.DARK


def test_the_font_that_ships_is_used(qapp):
    assert theme.font().family() == "Inter"
    assert theme.font(strong=True).weight() > theme.font().weight()


def test_limner_looks_the_same_in_a_folder_with_a_hard_name(qapp, tmp_path, monkeypatch, qtlog):
    folder = tmp_path / "Bilder – käse (neu) 絵" / "resources"
    shutil.copytree(theme.RESOURCES / "theme", folder / "theme")
    monkeypatch.setattr(theme, "RESOURCES", folder)
    theme.stylesheet.cache_clear()
    try:
        qapp.setStyleSheet(theme.stylesheet(theme.DARK))
        box = QCheckBox()
        box.setChecked(True)
        box.resize(24, 24)
        ticked = box.grab().toImage()
        box.setChecked(False)
        assert ticked != box.grab().toImage()
        assert not [r.message for r in qtlog.records if "stylesheet" in r.message]
    finally:
        theme.stylesheet.cache_clear()
