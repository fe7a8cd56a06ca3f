# SPDX-License-Identifier: GPL-3.0-or-later
"""Freezes Limner into one folder to start by double-click: `python3 installer/build.py`.

The folder, dist/limner, holds the programs `limner` and `limner-ai` (the tools without a window),
all libraries but the system's own, the resources, every licence, and what a Linux desktop needs to
show Limner in its menu. Networks run on ONNX Runtime, torch is not in it. After the build the
smoke test of `installer.smoke` starts the frozen program as a painter would.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import Distribution, distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if not __package__:  # started as a file: the checkout's root in place of installer/
    sys.path[0] = str(ROOT)

from installer import environment  # noqa: E402
from installer.report import SetupError, complain, run_quietly, say  # noqa: E402

ENVIRONMENT = ".venv-build"
"""Without torch and the test tools, so that nothing of them can slip into the build."""

WORK = ROOT / "build"
ICON_SIZES = (16, 24, 32, 48, 64, 128, 256)

DRAW_ICONS = """
import sys
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
application = QGuiApplication([])
renderer = QSvgRenderer(sys.argv[1])
assert renderer.isValid(), sys.argv[1]
for size in map(int, sys.argv[3:]):
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    assert image.save(f"{sys.argv[2]}/limner-{size}.png")
assert image.save(f"{sys.argv[2]}/limner.ico")
"""
"""Run by the environment's Python: SVG, folder, sizes (the last one becomes the .ico)."""


def main(arguments: Sequence[str]) -> int:
    """Builds and tests; returns the exit status. Problems are told in one line with a remedy."""
    parser = argparse.ArgumentParser(prog="build.py", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="where limner/ goes")
    parser.add_argument("--no-smoke", action="store_true", help="do not try the built program")
    parser.add_argument("--smoke-only", action="store_true", help="try what is built already")
    options = parser.parse_args(arguments)
    try:
        environment.ensure(ROOT, ("build",), ENVIRONMENT)
        python = environment.python_of(ROOT / ENVIRONMENT)
        folder = options.out / "limner"
        if not options.smoke_only:
            build(python, options.out)
            print_sizes(folder)
        if options.no_smoke:
            return 0
        return subprocess.call([str(python), "-m", "installer.smoke", str(folder)], cwd=ROOT)
    except SetupError as problem:
        complain(problem)
        return 1


def build(python: Path, out: Path) -> None:
    """Makes out/limner anew.

    Raises:
        SetupError: a step failed; its last lines are told.
    """
    begun = time.monotonic()
    icons = WORK / "icons"
    icons.mkdir(parents=True, exist_ok=True)
    source = ROOT / "resources" / "icons" / "limner.svg"
    sizes = [str(size) for size in ICON_SIZES]
    offscreen = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    draw: list[str | Path] = [python, "-c", DRAW_ICONS, source, icons, *sizes]
    _do("drawing the icon", draw, offscreen)
    # Built beside and moved at the end, so that a failed build leaves the last good one.
    fresh = WORK / "dist"
    shutil.rmtree(fresh, ignore_errors=True)
    say("Freezing (some minutes) …")
    freeze = [str(python), "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level=WARN"]
    freeze += [f"--distpath={fresh}", f"--workpath={WORK / 'pyinstaller'}"]
    _do("freezing", [*freeze, ROOT / "installer" / "limner.spec"], None)
    folder = fresh / "limner"
    inside = folder / "_internal"
    # Unchecked: unpacking gives the sources other dates, which must not cost the bytecode.
    compile_all = [str(python), "-m", "compileall", "-q", "--invalidation-mode=unchecked-hash"]
    _do("compiling", [*compile_all, inside / "app", inside / "ai_tools"], None)
    _strip(inside / "llvmlite" / "binding" / "libllvmlite.so")
    _add_desktop_files(folder, icons)
    _add_licences(folder, python)
    target = out / "limner"
    out.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    shutil.move(folder, target)
    say("Compiling the painting kernels …")
    _do("compiling kernels", [target / _program("limner"), "--compile-kernels"], offscreen)
    say(f"Built in {time.monotonic() - begun:.0f} s: {target}")


def print_sizes(folder: Path) -> None:
    """Prints the size of the whole folder and of its largest parts, in MiB."""
    sizes: dict[str, int] = {}
    inside = folder / "_internal"
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            under = path.relative_to(inside) if path.is_relative_to(inside) else Path("programs")
            sizes[under.parts[0]] = sizes.get(under.parts[0], 0) + path.stat().st_size
    say(f"Size: {sum(sizes.values()) / 2**20:.0f} MiB")
    for name, size in sorted(sizes.items(), key=lambda item: -item[1])[:12]:
        say(f"  {size / 2**20:7.1f}  {name}")


def _program(name: str) -> str:
    return f"{name}.exe" if os.name == "nt" else name


def _do(what: str, command: Sequence[str | Path], env: dict[str, str] | None) -> None:
    status, lines = run_quietly(command, cwd=ROOT, env=env)
    if status != 0:
        raise SetupError(f"{what} failed with status {status}", "see the lines above", lines)


def _strip(library: Path) -> None:
    """Takes a library's symbols out, a tenth of it, where `strip` is here."""
    if library.is_file() and shutil.which("strip"):
        _do("stripping", ["strip", "--strip-unneeded", library], None)


def _add_desktop_files(folder: Path, icons: Path) -> None:
    share = folder / "share"
    share.mkdir()
    desktop = ROOT / "installer" / "desktop"
    for name in ("limner.desktop", "limner-mime.xml"):
        shutil.copy(desktop / name, share / name)
    shutil.copy(ROOT / "resources" / "icons" / "limner.svg", share / "limner.svg")
    shutil.copy(icons / "limner-256.png", share / "limner.png")
    shutil.copy(desktop / "add-to-menu.sh", folder / "add-to-menu.sh")


def _add_licences(folder: Path, python: Path) -> None:
    """Limner's licence and those of every package in the environment that the build was made in.

    Raises:
        SetupError: a package that is in the build says nothing of its licence.
    """
    target = folder / "licences"
    target.mkdir()
    shutil.copy(ROOT / "LICENSE", target / "Limner-GPL-3.0.txt")
    for extra in ("CREDITS.md", "resources/samples/CREDITS.md"):
        if (ROOT / extra).is_file():
            shutil.copy(ROOT / extra, target / extra.replace("/", "-"))
    table = []
    for package in sorted(_packages(python), key=lambda item: item.name.lower()):
        if package.name.lower() in ("limner", "pip", "setuptools", "wheel"):
            continue
        table.append(f"{package.name} {package.version}: {licence_of(package)}")
        for file in package.files or ():
            words = file.name.lower()
            if words.startswith(("licen", "copying", "notice", "authors")):
                place = target / package.name / "-".join(file.parts[1:])
                place.parent.mkdir(exist_ok=True)
                shutil.copy(str(file.locate()), place)
    text = "Packages that this build was made from, and their licences\n\n"
    (target / "packages.txt").write_text(text + "\n".join(table) + "\n", encoding="utf-8")


def licence_of(package: Distribution) -> str:
    """What a package says of its licence, one line.

    Raises:
        SetupError: it says nothing.
    """
    data = package.metadata
    expression, plain = data.get_all("License-Expression"), data.get_all("License")
    classifiers = [
        line.rpartition("::")[2].strip()
        for line in data.get_all("Classifier") or ()
        if line.startswith("License ::") and not line.endswith("OSI Approved")
    ]
    said = (expression or [""])[0] or "; ".join(classifiers) or (plain or [""])[0]
    first = said.strip().splitlines()[0] if said.strip() else ""
    if not first:
        raise SetupError(
            f"{package.name} does not name its licence", "look it up before shipping it"
        )
    return first


def _packages(python: Path) -> Iterator[Distribution]:
    show = "import sysconfig; print(sysconfig.get_path('purelib'))"
    status, lines = run_quietly([python, "-c", show])
    if status != 0:
        raise SetupError("the build environment does not start", "remove .venv-build", lines)
    yield from distributions(path=[lines[-1]])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
