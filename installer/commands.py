# SPDX-License-Identifier: GPL-3.0-or-later
"""The two commands of the bootstrap: `run` starts Limner, `test` runs all its checks and tests.

Imports the other modules of `installer`; started by `installer/bootstrap.py`.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from installer import environment
from installer.report import SetupError, complain, quoted, run_quietly, say

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("app", "ai_tools", "train", "installer")
TEST_EXTRAS = ("test", "train")


def parse(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """The command ("run" or "test") and what follows `--`. Exits with a usage line if neither."""
    parser = argparse.ArgumentParser(
        prog="bootstrap.py",
        description="Sets up everything Limner needs in the checkout's .venv, then starts it.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="run|test")
    for name, purpose in (
        ("run", "start Limner; what follows -- goes to Limner"),
        ("test", "run ruff, lint-imports, mypy and pytest; what follows -- goes to pytest"),
    ):
        command = commands.add_parser(name, help=purpose, description=purpose)
        command.add_argument("rest", nargs="*", metavar="-- argument", help="passed on as it is")
    # Split by hand: argparse of different Pythons drops `--` at different places.
    words = list(arguments)
    cut = words.index("--") if "--" in words else len(words)
    parsed = parser.parse_args(words[:cut])
    return parsed.command, [*parsed.rest, *words[cut + 1 :]]


def run(arguments: Sequence[str]) -> int:
    """Starts Limner with these arguments, in the user's working folder; returns its exit status."""
    _set_up(())
    # -P: a folder `app` where the user stands must not be taken for Limner's.
    return _hand_over([environment.python_of(ROOT / ".venv"), "-P", "-m", "app", *arguments])


def test(arguments: Sequence[str]) -> int:
    """Runs the checks, then pytest with these arguments; returns 0 only if all of them pass."""
    _set_up(TEST_EXTRAS)
    python = environment.python_of(ROOT / ".venv")
    packages = [name for name in PACKAGES if (ROOT / name / "__init__.py").is_file()]
    checks: list[tuple[str, list[str | Path]]] = [
        ("ruff", [python, "-m", "ruff", "check", "--output-format=concise", "."]),
        ("lint-imports", [python.with_name("lint-imports"), "--no-logo"]),
        ("mypy", [python, "-m", "mypy", *packages]),
    ]
    failed = [name for name, command in checks if _section(name, command) != 0]
    say(f"\nFailed before pytest: {', '.join(failed)}" if failed else "\nAll checks passed.")
    status = _section("pytest", [python, "-m", "pytest", *arguments])
    return status or (1 if failed else 0)


def _set_up(extras: Sequence[str]) -> None:
    if environment.ensure(ROOT, extras):
        _compile_kernels()
        say("Ready.")


def _compile_kernels() -> None:
    """Compiles the kernels of brushes and tools now, so that the first start need not."""
    python = environment.python_of(ROOT / ".venv")
    for module in ("app.core.warm", "ai_tools.warm"):
        if not (ROOT / (module.replace(".", "/") + ".py")).is_file():
            continue
        say(f"Compiling kernels ({module.partition('.')[0]}) …")
        status, lines = run_quietly([python, "-m", module], cwd=ROOT)
        if status != 0:
            for line in quoted(lines):
                say(line)
            say("That failed: Limner will try again when it starts.")


def _section(name: str, command: Sequence[str | Path]) -> int:
    say(f"\n=== {name} ===")
    return subprocess.call([str(word) for word in command], cwd=ROOT)


def _hand_over(command: Sequence[str | Path]) -> int:
    """Becomes the command, so that signals reach it; where that cannot be, runs it."""
    words = [str(word) for word in command]
    sys.stdout.flush()
    if os.name == "posix":
        os.execv(words[0], words)
    return subprocess.call(words)


def main(arguments: Sequence[str]) -> int:
    """Runs the command that the arguments name; returns the exit status.

    What goes wrong is told in one line with its remedy, without a traceback.
    """
    name, rest = parse(arguments)
    try:
        return run(rest) if name == "run" else test(rest)
    except SetupError as problem:
        complain(problem)
        return 1
    except OSError as error:
        remedy = "see that this file or folder is yours and its disk is not full, and try again"
        complain(SetupError(f"{error.filename or 'the system'}: {error.strerror}", remedy))
        return 1
    except KeyboardInterrupt:
        complain(SetupError("interrupted", "run the same command again to go on"))
        return 130
