# SPDX-License-Identifier: GPL-3.0-or-later
"""The double-click build: licences, the menu entry, and what the build must not hold."""

from __future__ import annotations

import ast
import configparser
import os
import subprocess
from importlib.metadata import Distribution
from pathlib import Path

import pytest

from installer import build
from installer.report import SetupError

ROOT = Path(__file__).resolve().parents[2]
DESKTOP = ROOT / "installer" / "desktop"


def distribution(folder: Path, metadata: str) -> Distribution:
    """An installed package that says this of itself."""
    info = folder / "thing-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: thing\n{metadata}\n")
    return Distribution.at(info)


@pytest.mark.parametrize(
    ("metadata", "licence"),
    [
        ("License-Expression: MIT", "MIT"),
        ("Classifier: License :: OSI Approved :: BSD License", "BSD License"),
        ("License: Apache 2.0", "Apache 2.0"),
        ("License: x\nLicense-Expression: GPL-3.0-only", "GPL-3.0-only"),
    ],
)
def test_a_package_names_its_licence_in_one_of_three_ways(tmp_path, metadata, licence):
    assert build.licence_of(distribution(tmp_path, metadata)) == licence


def test_a_package_without_a_licence_stops_the_build(tmp_path):
    with pytest.raises(SetupError, match="thing does not name its licence"):
        build.licence_of(distribution(tmp_path, "Classifier: License :: OSI Approved"))


def test_sizes_of_the_parts_add_up(tmp_path, capsys):
    inside = tmp_path / "_internal" / "cv2"
    inside.mkdir(parents=True)
    (inside / "a.so").write_bytes(bytes(3 * 2**20))
    (tmp_path / "limner").write_bytes(bytes(2**20))
    build.print_sizes(tmp_path)
    told = capsys.readouterr().out
    assert "Size: 4 MiB" in told
    assert told.index("cv2") < told.index("programs")


def test_the_frozen_app_holds_no_training_and_no_torch():
    tree = ast.parse((ROOT / "installer" / "limner.spec").read_text("utf-8"))
    left_out = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "LEFT_OUT"
    )
    assert {"torch", "train", "ai_tools.nets"} <= set(left_out)


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    """A build's desktop files in a folder with a hard name."""
    folder = tmp_path / 'Kä se $1 "100%" \\ x'
    (folder / "share").mkdir(parents=True)
    for name in ("limner.desktop", "limner-mime.xml"):
        (folder / "share" / name).write_bytes((DESKTOP / name).read_bytes())
    (folder / "share" / "limner.svg").write_text("<svg/>")
    (folder / "share" / "limner.png").write_bytes(b"png")
    (folder / "add-to-menu.sh").write_bytes((DESKTOP / "add-to-menu.sh").read_bytes())
    return folder


def menu(folder: Path, data: Path, *words: str) -> None:
    env = {**os.environ, "XDG_DATA_HOME": str(data)}
    subprocess.run(["sh", str(folder / "add-to-menu.sh"), *words], env=env, check=True)


@pytest.mark.skipif(os.name == "nt", reason="a shell script for Linux desktops")
def test_the_painter_puts_limner_into_the_menu_and_takes_it_out_again(unpacked, tmp_path):
    data = tmp_path / "data"
    menu(unpacked, data)
    text = (data / "applications" / "limner.desktop").read_text("utf-8")
    entry = configparser.RawConfigParser(strict=True)
    entry.optionxform = str  # type: ignore[assignment, method-assign]
    entry.read_string(text)
    values = entry["Desktop Entry"]
    assert exec_words(values["Exec"]) == [str(unpacked / "limner"), "%f"]
    assert values["TryExec"].replace("\\\\", "\\") == str(unpacked / "limner")
    assert "image/openraster" in values["MimeType"]
    assert (data / "icons/hicolor/scalable/apps/limner.svg").is_file()
    menu(unpacked, data, "--remove")
    left = [path.name for path in data.rglob("limner.*") if path.is_file()]
    assert left == []


def exec_words(value: str) -> list[str]:
    """Words of an Exec line by the Desktop Entry Specification's two levels of quoting."""
    plain = value.replace("\\\\", "\\")
    end = next(i for i in range(1, len(plain)) if plain[i] == '"' and not _is_escaped(plain, i))
    quoted, rest = plain[1:end], plain[end + 1 :].split()
    out, i = "", 0
    while i < len(quoted):
        i += quoted[i] == "\\"
        out += quoted[i]
        i += 1
    return [out.replace("%%", "%"), *rest]


def _is_escaped(text: str, at: int) -> bool:
    before = text[:at]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1
