# SPDX-License-Identifier: GPL-3.0-or-later
"""One family of icons, crisp at every scale, in the colours of theme and state."""

import re
import xml.etree.ElementTree as ElementTree

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QImage
from PySide6.QtWidgets import QToolButton

from app.ui import icons, theme

FILES = sorted(p for p in icons.FOLDER.glob("*.svg") if p != icons.APP_ICON)


@pytest.fixture(autouse=True)
def dark(qapp):
    theme.apply(qapp, "dark")
    yield
    theme.apply(qapp, "dark")


def main_colour(image: QImage) -> str:
    """The colour of the most opaque pixel."""
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    return max(pixels, key=QColor.alpha).name()


def shown(name: str, mode=QIcon.Mode.Normal, state=QIcon.State.Off) -> str:
    return main_colour(icons.icon(name).pixmap(QSize(24, 24), mode, state).toImage())


@pytest.mark.parametrize("file", FILES, ids=lambda p: p.stem)
def test_every_icon_is_of_the_family(file):
    root = ElementTree.parse(file).getroot()
    assert root.get("viewBox") == "0 0 24 24"
    assert root.get("stroke") == "currentColor" and root.get("stroke-linecap") == "round"
    assert 1.75 <= float(root.get("stroke-width")) <= 2
    assert not re.search(r"#[0-9a-fA-F]{3}", file.read_text()), "an icon with a colour of its own"


@pytest.mark.parametrize("file", FILES, ids=lambda p: p.stem)
def test_every_icon_draws_something_and_stays_within_its_square(qapp, file):
    image = icons.pixmap(file.stem, 48).toImage()
    drawn = [(x, y) for x in range(48) for y in range(48) if image.pixelColor(x, y).alpha() > 0]
    assert len(drawn) > 20
    assert not any(x in (0, 47) or y in (0, 47) for x, y in drawn)


def test_an_icon_tells_normal_disabled_and_checked_apart(qapp):
    tokens = theme.current()
    assert shown("tool-brush") == tokens.icon
    assert shown("tool-brush", mode=QIcon.Mode.Disabled) == tokens.icon_off
    assert shown("tool-brush", state=QIcon.State.On) == tokens.icon_on


def test_a_theme_switch_recolours_icons_that_are_on_screen(qapp, qtbot):
    button = QToolButton()
    qtbot.addWidget(button)
    button.setIcon(icons.icon("tool-brush"))
    button.setIconSize(QSize(24, 24))
    button.resize(40, 40)
    button.show()
    dark = button.grab().toImage()
    theme.apply(qapp, "light")
    light = button.grab().toImage()
    assert any(
        dark.pixelColor(x, y).name() == theme.DARK.icon
        and light.pixelColor(x, y).name() == theme.LIGHT.icon
        for x in range(40)
        for y in range(40)
    )


def test_icons_have_twice_the_pixels_on_a_dense_screen(qapp):
    pixmap = icons.icon("tool-brush").pixmap(QSize(20, 20), 2.0)
    assert pixmap.size() == QSize(40, 40)
    assert pixmap.devicePixelRatio() == 2.0


def test_an_unknown_icon_is_named_in_the_error(qapp):
    with pytest.raises(FileNotFoundError, match="no-such-icon"):
        icons.icon("no-such-icon")
    assert icons.icon("").isNull()


def test_a_plugin_s_own_svg_is_recoloured_too(qapp, tmp_path):
    own = tmp_path / "own.svg"
    own.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">'
        '<rect width="24" height="24" fill="currentColor"/></svg>'
    )
    assert shown(str(own)) == theme.current().icon


def test_the_program_has_an_icon_in_its_own_colours(qapp):
    image = icons.app_icon().pixmap(64, 64).toImage()
    seen = {image.pixelColor(x, y).name() for x in range(0, 64, 2) for y in range(0, 64, 2)}
    assert len(seen) > 20
