# SPDX-License-Identifier: GPL-3.0-or-later
"""What the system lacks, the exact line that installs it, and room on the disk."""

import os
import shutil
import sys
import tempfile
from collections import namedtuple

import pytest

from installer import system
from installer.report import SetupError

linux_only = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux lacks Qt's system libraries"
)
Usage = namedtuple("Usage", "total used free")


def wants(*names):
    return [want for want in (*system.LIBRARIES, system.A_FONT) if want.name in names]


@linux_only
def test_what_does_not_load_is_missing():
    lacking = system.missing(loads=lambda name: name != "libxcb-cursor.so.0", font=lambda: True)
    assert [want.apt for want in lacking] == ["libxcb-cursor0"]


@linux_only
def test_a_system_with_everything_lacks_nothing():
    assert system.missing(loads=lambda name: True, font=lambda: True) == []


@linux_only
def test_without_any_font_one_is_wanted():
    assert system.missing(loads=lambda name: True, font=lambda: False) == [system.A_FONT]


@linux_only
def test_libraries_are_looked_for_by_loading_them():
    imaginary = "libthere-is-no-such-library.so.0"
    assert system._loads("libc.so.6")
    assert not system._loads(imaginary)


def test_other_systems_lack_nothing(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert system.missing(loads=lambda name: False, font=lambda: False) == []


def test_a_font_is_found_in_any_depth(tmp_path):
    folder = tmp_path / "truetype" / "dejavu"
    folder.mkdir(parents=True)
    (folder / "README").touch()
    assert not system.has_font([str(tmp_path)])
    (folder / "DejaVuSans.TTF").touch()
    assert system.has_font([str(tmp_path / "absent"), str(tmp_path)])


@pytest.mark.parametrize(
    ("program", "manager", "line"),
    [
        (
            "apt-get",
            "apt",
            "apt-get install -y --no-install-recommends libegl1 libxcb-randr0 libxcb-shape0",
        ),
        ("dnf", "dnf", "dnf install -y libglvnd-egl libxcb"),
        ("pacman", "pacman", "pacman -S --needed --noconfirm libglvnd libxcb"),
    ],
)
@pytest.mark.parametrize("root", [True, False])
def test_the_line_is_exact_for_each_system(monkeypatch, program, manager, line, root):
    monkeypatch.setattr(
        shutil, "which", lambda name: f"/usr/bin/{name}" if name == program else None
    )
    monkeypatch.setattr(system, "_is_root", lambda: root)
    lacking = wants("libEGL.so.1", "libxcb-randr.so.0", "libxcb-shape.so.0")
    assert system.package_manager() == manager
    assert system.install_line(lacking) == ("" if root else "sudo ") + line


def test_without_rights_the_user_gets_the_line_and_nothing_runs(monkeypatch, capsys):
    ran = []
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "sudo" else f"/bin/{name}")
    monkeypatch.setattr(system, "_is_root", lambda: False)
    monkeypatch.setattr(system, "run_quietly", lambda command, **more: ran.append(command))
    system.provide(wants("libpotrace.so.0"))
    said = capsys.readouterr().out
    assert "Not on this system: libpotrace.so.0" in said
    assert "sudo apt-get install -y --no-install-recommends libpotrace0" in said
    assert ran == []


def test_root_installs_after_an_update(monkeypatch, capsys):
    ran = []

    def record(command, **more):
        ran.append(
            [word for word in command if word not in ("env", "DEBIAN_FRONTEND=noninteractive")]
        )
        return 0, []

    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(system, "_is_root", lambda: True)
    monkeypatch.setattr(system, "run_quietly", record)
    system.provide(wants("libGL.so.1", "libEGL.so.1"))
    install = ["apt-get", "install", "-y", "--no-install-recommends", "libgl1", "libegl1"]
    assert ran == [["apt-get", "update"], install]
    assert "Installing 2 system package(s)" in capsys.readouterr().out


def test_when_apt_fails_its_last_lines_and_the_line_are_shown(monkeypatch, capsys):
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(system, "_is_root", lambda: True)
    monkeypatch.setattr(
        system, "run_quietly", lambda command, **more: (100, ["E: Unable to locate package libgl1"])
    )
    system.provide(wants("libGL.so.1"))
    said = capsys.readouterr().out
    assert "  | E: Unable to locate package libgl1" in said
    assert "apt-get update && apt-get install -y --no-install-recommends libgl1" in said


def test_qt_goes_without_a_window_library_but_not_without_a_vital_one():
    system.require_vital(wants("libxcb-cursor.so.0", "libpotrace.so.0", "a font"))
    with pytest.raises(SetupError) as raised:
        system.require_vital(wants("libGL.so.1", "libpotrace.so.0"))
    assert raised.value.message == "Qt cannot start without libGL.so.1"
    assert "libgl1" in raised.value.remedy or "libglvnd" in raised.value.remedy


def test_a_full_disk_is_seen_first(monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "disk_usage", lambda place: Usage(2**40, 2**40, 300 * 2**20))
    with pytest.raises(SetupError) as raised:
        system.require_room(tmp_path, 1500)
    assert raised.value.message == (
        f"only 300 MiB are free in {tmp_path}, and installing takes up to 1500 MiB"
    )
    assert "free 1500 MiB" in raised.value.remedy


def test_a_small_temporary_folder_is_seen_too(monkeypatch, tmp_path):
    temporary = tempfile.gettempdir()
    free = {str(tmp_path): 10 * 2**30, temporary: 20 * 2**20}
    monkeypatch.setattr(shutil, "disk_usage", lambda place: Usage(0, 0, free[str(place)]))
    with pytest.raises(SetupError) as raised:
        system.require_room(tmp_path, 1500)
    assert temporary in raised.value.message
    assert "TMPDIR" in raised.value.remedy


def test_enough_room_is_enough(monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "disk_usage", lambda place: Usage(0, 0, 1500 * 2**20))
    system.require_room(tmp_path, 1500)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(monkeypatch, tmp_path):
    def refuse(dir):
        raise PermissionError(13, os.strerror(13), str(dir))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(SetupError) as raised:
        system.require_room(tmp_path, 1500)
    assert raised.value.message == f"cannot write in {tmp_path}: Permission denied"
