# SPDX-License-Identifier: GPL-3.0-or-later
"""How the installer speaks: short lines, and errors that name their remedy.

Imports nothing of ours.
"""

import shlex
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

KEPT_LINES = 40
SHOWN_LINES = 8
SHOWN_WIDTH = 160


class SetupError(Exception):
    """A set-up that cannot go on: one line that says what is wrong, one that says what to do.

    `details` are the last lines of a command that failed; some are shown above the two.
    """

    def __init__(self, message: str, remedy: str, details: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.details = tuple(details)

    def text(self) -> str:
        """The lines to print, ending in a line break."""
        lines = [*quoted(self.details), f"Error: {self.message}", f"Remedy: {self.remedy}"]
        return "\n".join(lines) + "\n"


def quoted(lines: Sequence[str]) -> list[str]:
    """The last of a command's lines, cut to a readable length and set off from our own."""
    return [
        "  | " + (line if len(line) <= SHOWN_WIDTH else line[: SHOWN_WIDTH - 1] + "…")
        for line in lines[-SHOWN_LINES:]
    ]


def say(line: str) -> None:
    """Prints a line at once, also where the output is a file or a pipe."""
    print(line, flush=True)


def run_quietly(
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    on_line: Callable[[str], None] | None = None,
) -> tuple[int, list[str]]:
    """Runs a command without showing its output; returns its exit status and its last lines.

    `on_line` is called with every line as it comes. The command reads nothing from the keyboard.
    A command that cannot be started counts as failed, with the reason as its only line.
    """
    recent: deque[str] = deque(maxlen=KEPT_LINES)
    try:
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        return 127, [str(error)]
    with process:
        assert process.stdout is not None  # asked for above
        try:
            for raw in process.stdout:
                line = raw.rstrip()
                if line:
                    recent.append(line)
                    if on_line is not None:
                        on_line(line)
        except KeyboardInterrupt:
            process.terminate()
            raise
    return process.returncode, list(recent)


def shell_line(words: Sequence[str | Path]) -> str:
    """The words as one line that can be pasted into a shell."""
    return " ".join(shlex.quote(str(word)) for word in words)


def complain(problem: SetupError) -> None:
    """Prints a problem on standard error, after everything said so far."""
    sys.stdout.flush()
    sys.stderr.write(problem.text())
    sys.stderr.flush()
