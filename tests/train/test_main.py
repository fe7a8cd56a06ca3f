# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line offers exactly the methods that exist."""

import subprocess
import sys
from importlib import import_module

import pytest

from train.__main__ import METHODS, main
from train.common.method import Method


@pytest.mark.parametrize("name", METHODS)
def test_every_method_listed_exists(name: str) -> None:
    assert isinstance(import_module(METHODS[name]).METHOD, Method)


@pytest.mark.parametrize("command", [["dancing"], ["eval", "dancing"], []])
def test_anything_else_is_refused_with_a_list(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(command)
    assert caught.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_training_needs_no_window_system() -> None:
    code = "import sys, train.sketcher; assert not any('PySide6' in name for name in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_help_names_every_method(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    assert all(f"train {name}" in text for name in METHODS)
