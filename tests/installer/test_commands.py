# SPDX-License-Identifier: GPL-3.0-or-later
"""The two commands: what they pass on, what they say of failures, what they return."""

import sys

import pytest

from installer import commands, environment
from installer.report import KEPT_LINES, SetupError, quoted, run_quietly


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["run"], ("run", [])),
        (["run", "--"], ("run", [])),
        (["run", "sketch.ora"], ("run", ["sketch.ora"])),
        (["run", "--", "--demo", "out"], ("run", ["--demo", "out"])),
        (["test", "--", "-k", "tiles", "--", "x"], ("test", ["-k", "tiles", "--", "x"])),
    ],
)
def test_what_follows_the_dashes_is_passed_on(words, expected):
    assert commands.parse(words) == expected


def test_run_hands_over_to_the_app_in_the_users_folder(monkeypatch, tmp_path):
    handed = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(environment, "ensure", lambda root, extras: False)
    monkeypatch.setattr(commands, "_hand_over", lambda command: handed.append(command) or 0)
    assert commands.main(["run", "--", "sketch.ora"]) == 0
    python = environment.python_of(commands.ROOT / ".venv")
    assert handed == [[python, "-P", "-m", "app", "sketch.ora"]]


@pytest.mark.parametrize(
    ("statuses", "expected", "said"),
    [
        ({}, 0, "All checks passed."),
        ({"ruff": 1, "mypy": 2}, 1, "Failed before pytest: ruff, mypy"),
        ({"pytest": 5}, 5, "All checks passed."),
        ({"lint-imports": 1, "pytest": 1}, 1, "Failed before pytest: lint-imports"),
    ],
)
def test_every_check_runs_and_any_failure_counts(monkeypatch, capsys, statuses, expected, said):
    ran = []

    def section(name, command):
        ran.append(name)
        return statuses.get(name, 0)

    monkeypatch.setattr(environment, "ensure", lambda root, extras: False)
    monkeypatch.setattr(commands, "_section", section)
    assert commands.main(["test"]) == expected
    assert ran == ["ruff", "lint-imports", "mypy", "pytest"]
    assert said in capsys.readouterr().out


def test_pytest_comes_last_and_gets_the_arguments(monkeypatch):
    ran = []
    monkeypatch.setattr(environment, "ensure", lambda root, extras: False)
    monkeypatch.setattr(commands, "_section", lambda name, command: ran.append(command) or 0)
    commands.main(["test", "--", "-k", "tiles"])
    assert ran[-1][1:] == ["-m", "pytest", "-k", "tiles"]


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (SetupError("the disk is full", "free some"), 1, "Error: the disk is full"),
        (PermissionError(13, "Permission denied", "/x/y"), 1, "Error: /x/y: Permission denied"),
        (KeyboardInterrupt(), 130, "Error: interrupted"),
    ],
)
def test_errors_are_one_line_and_a_remedy(monkeypatch, capsys, error, status, line):
    def fail(root, extras):
        raise error

    monkeypatch.setattr(environment, "ensure", fail)
    assert commands.main(["run"]) == status
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == line
    assert lines[1].startswith("Remedy: ")
    assert len(lines) == 2


def test_a_command_is_run_quietly_and_its_last_lines_kept(capsys):
    heard = []
    code = f"for i in range({KEPT_LINES + 5}): print('line', i)\nraise SystemExit(3)"
    status, lines = run_quietly([sys.executable, "-c", code], on_line=heard.append)
    assert status == 3
    assert len(heard) == KEPT_LINES + 5
    assert lines == heard[-KEPT_LINES:]
    assert capsys.readouterr().out == ""


def test_a_command_that_is_not_there_counts_as_failed(tmp_path):
    status, lines = run_quietly([tmp_path / "absent"])
    assert status == 127
    assert "No such file" in lines[0] or "cannot find" in lines[0]


def test_long_output_is_cut_to_its_end():
    shown = quoted([*(f"line {number}" for number in range(50)), "x" * 500])
    assert len(shown) == 8
    assert shown[0] == "  | line 43"
    assert shown[-1].endswith("…") and len(shown[-1]) < 200


def test_kernels_that_do_not_compile_do_not_stop_the_start(monkeypatch, capsys, tmp_path):
    (tmp_path / "app" / "core").mkdir(parents=True)
    (tmp_path / "app" / "core" / "warm.py").touch()
    monkeypatch.setattr(commands, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "ensure", lambda root, extras: True)
    monkeypatch.setattr(commands, "run_quietly", lambda command, **more: (1, ["no compiler"]))
    monkeypatch.setattr(commands, "_hand_over", lambda command: 0)
    assert commands.main(["run"]) == 0
    said = capsys.readouterr().out
    assert "  | no compiler" in said
    assert "Limner will try again" in said
