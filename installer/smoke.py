# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries the frozen Limner as a painter would: `python -m installer.smoke dist/limner`.

From a folder whose name has a space and letters beyond ASCII, with a home of its own: every tool
without a window, the demo, then the window under Xvfb with real pointer and key events: paint, run
all four tools by their keys, save, quit, open again.  Prints what each step took; the exit status
is 0 only if every step did what it should.  Imports `installer.xrobot`, app.core and app.files.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

from app.core.document import Document
from app.core.layers import PaintLayer
from app.files.documents import open_document
from app.files.errors import FileError
from installer import system
from installer.report import say
from installer.xrobot import NoWindowError, Robot, x_server

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "resources" / "samples"
PLACE = "Limner Prüfung – käse 絵"
START_S = 60.0
TOOL_S = 120.0


class SmokeError(Exception):
    """A step did not do what it should."""


@dataclass
class Frozen:
    """The frozen programs, in a world of their own."""

    folder: Path
    home: Path

    @property
    def env(self) -> dict[str, str]:
        """A user's environment, without a word of this checkout."""
        kept = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "LC_ALL", "TMPDIR")}
        return {**kept, "HOME": str(self.home), "LANG": kept.get("LANG", "C.UTF-8")}

    def run(self, program: str, *words: str | Path, seconds: float = TOOL_S) -> str:
        """Runs a program to its end; returns what it printed.

        Raises:
            SmokeError: it failed or took too long.
        """
        command = [str(self.folder / program), *map(str, words)]
        env = {**self.env, "QT_QPA_PLATFORM": "offscreen"}
        try:
            done = subprocess.run(
                command, env=env, cwd=self.home, capture_output=True, text=True, timeout=seconds
            )
        except subprocess.TimeoutExpired as error:
            raise SmokeError(f"{program} {words[0]} took more than {seconds:g} s") from error
        if done.returncode != 0:
            tail = (done.stdout + done.stderr)[-1500:]
            raise SmokeError(f"{program} {words[0]} ended with {done.returncode}:\n{tail}")
        return done.stdout


def main(arguments: Sequence[str]) -> int:
    """Runs all steps; returns 0 if all are well, 1 with the reason if not."""
    if len(arguments) != 1 or not (Path(arguments[0]) / "limner").exists():
        sys.stderr.write("usage: python -m installer.smoke FOLDER_WITH_LIMNER\n")
        return 2
    if shutil.which("Xvfb") is None:
        xvfb = "xorg-x11-server-Xvfb", "xorg-server-xvfb"
        system.provide([system.Want("Xvfb, a screen for the test", "xvfb", *xvfb)])
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary) / PLACE
        home = Path(temporary) / "home"
        home.mkdir()
        shutil.copytree(arguments[0], place, symlinks=True)
        frozen = Frozen(place, home)
        try:
            _step("limner --version", lambda: frozen.run("limner", "--version"))
            _tools_without_a_window(frozen)
            _step("limner --demo", lambda: frozen.run("limner", "--demo", home / "demo"))
            painting = home / "mein Bild ä.ora"
            shutil.copy(home / "demo" / "demo.ora", painting)
            _paint(frozen, painting)
            _reopen(frozen, painting)
        except (SmokeError, NoWindowError, FileError, OSError) as error:
            sys.stderr.write(f"FAILED: {error}\n")
            return 1
    say("The frozen program works.")
    return 0


def _step(name: str, work: Callable[[], object]) -> None:
    begun = time.monotonic()
    work()
    say(f"ok  {time.monotonic() - begun:6.2f} s  {name}")


def _tools_without_a_window(frozen: Frozen) -> None:
    out = frozen.home / "tools"
    out.mkdir()
    rough = SAMPLES / "rough-portrait.webp"
    lines = next(path for path in SAMPLES.glob("lineart-*") if "hints" not in path.name)
    hints = next(SAMPLES.glob("lineart-*hints*"))
    runs: dict[str, tuple[str | Path, ...]] = {
        "simplify": (rough, "-o", out / "lines.svg"),
        "simplify, learned": (rough, "--engine", "learned", "-o", out / "learned.svg"),
        "colorize": (lines, "--hints", hints, "-o", out / "colour.png"),
        "suggest": ("--category", "face", "--seed", "1", "-o", out / "strokes.svg"),
        "portrait": ("--seed", "1", "--style", "pen", "-o", out / "views"),
    }
    for name, words in runs.items():
        _step(f"limner-ai {name}", partial(frozen.run, "limner-ai", name.split(",")[0], *words))
    for made in ("lines.svg", "learned.svg", "colour.png", "strokes.svg"):
        if not (out / made).is_file() or (out / made).stat().st_size < 200:
            raise SmokeError(f"{made} was not written")
    if not list((out / "views").glob("*.png")):
        raise SmokeError("no portrait was written")


def _paint(frozen: Frozen, painting: Path) -> None:
    """Open, paint on a new layer, run every tool by its key, save, quit."""
    before = _read(painting)
    with x_server() as name:
        robot = Robot(name)
        begun = time.monotonic()
        program = subprocess.Popen(
            [str(frozen.folder / "limner"), str(painting)],
            env={**frozen.env, "DISPLAY": name, "QT_QPA_PLATFORM": "xcb"},
            cwd=frozen.home,
        )
        try:
            window = robot.wait_for_window("limner", START_S)
            say(f"ok  {time.monotonic() - begun:6.2f} s  window on the screen (first start)")
            _until("the picture is open", START_S, lambda: _drawn(robot, robot.rectangle(window)))
            _draw_and_run_tools(robot, robot.rectangle(window), painting, before)
            robot.type("Ctrl+Q")
            program.wait(30)
        finally:
            program.kill()
            robot.close()
    if program.returncode != 0:
        raise SmokeError(f"the window's program ended with {program.returncode}")


def _draw_and_run_tools(
    robot: Robot, place: tuple[int, int, int, int], painting: Path, before: Document
) -> None:
    x, y, width, height = place
    middle = (x + width // 2, y + height // 2)
    robot.type("Ctrl+Shift+N")
    robot.type("B")
    corners = [(-120, -80), (120, -80), (120, 80), (-120, 80), (-120, -80)]
    for start, end in pairwise(corners):
        path = [
            (
                middle[0] + start[0] + (end[0] - start[0]) * i // 12,
                middle[1] + start[1] + (end[1] - start[1]) * i // 12,
            )
            for i in range(13)
        ]
        robot.drag(path)
    strokes = _saved(robot, painting, "painted strokes are saved", lambda d: _strokes(d) >= 4)
    if _layers(strokes) <= _layers(before):
        raise SmokeError("the painted layer is not in the saved picture")
    count = _layers(strokes)
    for key, tool, after in (
        ("J", "Simplify Lines", ()),
        ("K", "Colorize Selection", ()),
        ("P", "Portrait Views", ()),
        ("G", "Suggest Strokes", ("Shift+Tab",)),
    ):
        robot.type(key)
        wanted = count

        def done(document: Document, wanted: int = wanted) -> bool:
            return _layers(document) > wanted

        def again(keys: tuple[str, ...] = after) -> None:
            for word in keys:
                robot.type(word)

        count = _layers(_saved(robot, painting, f"{key}: {tool}", done, again))


def _saved(
    robot: Robot,
    painting: Path,
    what: str,
    good: Callable[[Document], bool],
    before_saving: Callable[[], object] = lambda: None,
) -> Document:
    """Saves by the key until the file shows what is wanted; returns the picture in it."""
    seen: list[Document] = []

    def look() -> bool:
        before_saving()
        robot.type("Ctrl+S")
        time.sleep(0.7)
        seen.append(_read(painting))
        return good(seen[-1])

    _until(what, TOOL_S, look)
    return seen[-1]


def _until(what: str, seconds: float, true: Callable[[], bool]) -> None:
    begun = time.monotonic()
    while not true():
        if time.monotonic() - begun > seconds:
            raise SmokeError(f"not within {seconds:g} s: {what}")
        time.sleep(0.1)
    say(f"ok  {time.monotonic() - begun:6.2f} s  {what}")


def _drawn(robot: Robot, place: tuple[int, int, int, int]) -> bool:
    """Whether the middle of the window shows more than one flat colour."""
    x, y, width, height = place
    data = robot.picture((x + width // 4, y + height // 4, width // 2, height // 2))
    pixels = {data[i : i + 3] for i in range(0, len(data), 4 * 97)}
    return len(pixels) > 8


def _reopen(frozen: Frozen, painting: Path) -> None:
    picture = frozen.home / "again.png"
    _step(
        "open the saved picture again",
        lambda: frozen.run("limner", painting, "--screenshot", picture),
    )
    if not picture.is_file() or picture.stat().st_size < 20_000:
        raise SmokeError("the picture of the reopened window is missing or empty")


def _read(path: Path) -> Document:
    return open_document(path).document


def _layers(document: Document) -> int:
    return sum(1 for _ in document.walk())


def _strokes(document: Document) -> int:
    return sum(len(x.strokes) for x in document.walk() if isinstance(x, PaintLayer))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
