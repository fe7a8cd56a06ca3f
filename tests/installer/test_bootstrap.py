# SPDX-License-Identifier: GPL-3.0-or-later
"""The file that a user starts first: readable by old Pythons, and clear about what it needs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from installer.bootstrap import main, too_old

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "installer" / "bootstrap.py"


def start(*arguments, cwd=ROOT):
    return subprocess.run(
        [sys.executable, SCRIPT, *arguments], cwd=cwd, capture_output=True, text=True, timeout=60
    )


def test_old_pythons_can_read_it():
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 6))
    imported_first = {
        alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names
    }
    assert imported_first == {"os", "shutil", "sys"}
    assert not any(isinstance(node, ast.ImportFrom) for node in tree.body)


@pytest.mark.parametrize("version", [(3, 6, 9), (3, 9, 2), (3, 10, 14), (2, 7, 18)])
def test_an_old_python_is_told_what_to_do(version):
    text = too_old(version, None)
    assert "needs Python 3.11 or newer" in text
    assert f"this is Python {version[0]}.{version[1]}" in text
    assert "Remedy: install Python 3.11" in text
    assert text.count("\n") == 2


def test_a_newer_python_beside_it_is_named():
    assert "start it with python3.12" in too_old((3, 9, 2), "python3.12")


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 13, 1), (4, 0, 0)])
def test_a_new_python_is_let_through(version):
    assert too_old(version, None) is None


def test_an_old_python_goes_no_further(monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 8, 10, "final", 0))
    assert main() == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("Error: Limner needs Python 3.11")


def test_help_names_both_commands(tmp_path):
    done = start("--help", cwd=tmp_path)
    assert done.returncode == 0
    assert "run" in done.stdout and "test" in done.stdout


@pytest.mark.parametrize("arguments", [[], ["fly"]])
def test_anything_else_gets_the_usage_line(arguments):
    done = start(*arguments)
    assert done.returncode == 2
    assert "usage: bootstrap.py" in done.stderr
    assert "Traceback" not in done.stderr
