# SPDX-License-Identifier: GPL-3.0-or-later
"""What the artist sets is there the next time; what is broken in the file does no harm."""

from pathlib import Path

import pytest

from app.core.brush import PressureCurve
from app.ui.settings import RECENT_FILES, Settings

CURVE = PressureCurve(((0.0, 0.0), (0.4, 0.7), (1.0, 1.0)))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "limner.ini"


def reopened(settings: Settings, file: Path) -> Settings:
    settings.sync()
    return Settings(file)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("theme", "light"),
        ("undo_budget_mib", 2048),
        ("ai_enabled", False),
        ("pen_pressure", False),
        ("pressure_curve", CURVE),
        ("shortcuts", {"edit.undo": ("U", "Ctrl+Alt+Z"), "file.quit": ()}),
        ("swatches", [(1, 2, 3), (255, 0, 128)]),
        ("colour_page", 1),
        ("recent_commands", ["view.flip", "brush:ink"]),
    ],
)
def test_a_setting_is_told_and_survives_a_restart(qtbot, file, name, value):
    settings = Settings(file)
    with qtbot.waitSignal(settings.changed) as told:
        setattr(settings, name, value)
    assert told.args == [name]
    assert getattr(settings, name) == value
    assert getattr(reopened(settings, file), name) == value


def test_setting_the_same_value_again_tells_nobody(qtbot, file):
    settings = Settings(file)
    settings.theme = "light"
    with qtbot.assertNotEmitted(settings.changed):
        settings.theme = "light"


def test_a_fresh_file_gives_the_defaults(file):
    settings = Settings(file)
    assert settings.theme == "dark"
    assert settings.ai_enabled and settings.pen_pressure
    assert settings.pressure_curve == PressureCurve()
    assert settings.swatches is None and settings.shortcuts == {} and settings.recent_files == []


@pytest.mark.parametrize("junk", ["", "purple", '"neon"', "[1,2", "17", '{"a": 1}', "null"])
@pytest.mark.parametrize(
    "name",
    ["theme", "undo_budget_mib", "ai_enabled", "pressure_curve", "shortcuts", "swatches",
     "recent_files", "colour_page"],
)  # fmt: skip
def test_a_broken_value_counts_as_absent(file, name, junk):
    default = getattr(Settings(file), name)
    file.write_text(f"[General]\n{name}={junk}\n")
    value = getattr(Settings(file), name)
    assert type(value) is type(default)
    if junk in ("", "purple", "[1,2"):
        assert value == default


def test_the_undo_budget_stays_within_sense(file):
    settings = Settings(file)
    settings.undo_budget_mib = 1
    assert reopened(settings, file).undo_budget_mib == 64


def test_recent_files_are_newest_first_without_repeats_and_bounded(file, tmp_path):
    settings = Settings(file)
    paths = [tmp_path / f"{i}.ora" for i in range(RECENT_FILES + 3)]
    for path in (*paths, paths[5]):
        settings.add_recent_file(path)
    recent = reopened(settings, file).recent_files
    assert recent[:2] == [paths[5], paths[-1]]
    assert len(recent) == len(set(recent)) == RECENT_FILES
    settings.clear_recent_files()
    assert settings.recent_files == []


def test_the_pen_s_pressure_goes_through_the_curve_unless_switched_off(file):
    settings = Settings(file)
    assert settings.map_pressure(0.4) == pytest.approx(0.4, abs=1e-3)
    settings.pressure_curve = CURVE
    assert settings.map_pressure(0.4) == pytest.approx(0.7, abs=1e-3)
    settings.pen_pressure = False
    assert settings.map_pressure(0.4) == 1.0


def test_the_window_layout_comes_back_byte_for_byte(file):
    from PySide6.QtCore import QByteArray

    settings = Settings(file)
    settings.window_geometry, settings.window_state = QByteArray(b"\x01\x00g"), QByteArray(b"s\xff")
    again = reopened(settings, file)
    assert again.window_geometry == QByteArray(b"\x01\x00g")
    assert again.window_state == QByteArray(b"s\xff")
