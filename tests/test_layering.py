# SPDX-License-Identifier: GPL-3.0-or-later
"""The one-way order of the rooms, and what no room may import: see pyproject.toml's contracts.

import-linter sees packages from outside only by their first name, so what concerns a part of
PySide6 is read from the source here, and then proven by importing.
"""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SPDX = "# SPDX-License-Identifier: GPL-3.0-or-later"
ROOMS = ["app", "ai_tools", "train", "installer", "tests"]
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
NO_WINDOW = [
    path
    for path in SOURCES
    if path.relative_to(ROOT).parts[:2] in {("app", "core"), ("app", "files")}
]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports_in(path: Path) -> set[str]:
    """Every module, and every name in a module, that the file imports anywhere; dotted."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=100
    )


def test_the_import_contracts_hold():
    done = run_python("from importlinter.cli import lint_imports; raise SystemExit(lint_imports())")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_every_room_of_the_app_has_its_place_in_the_order():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    placed = {name.strip() for layer in layers for name in layer.split("|")}
    rooms = {f"app.{path.parent.name}" for path in (ROOT / "app").glob("*/__init__.py")}
    assert rooms <= placed


def test_the_source_is_found():
    assert {path.relative_to(ROOT).parts[0] for path in SOURCES} >= {"app", "ai_tools", "installer"}
    assert len(NO_WINDOW) > 10


def test_every_file_names_its_licence_first():
    without = [
        name_of(path)
        for path in SOURCES
        if path.read_text(encoding="utf-8").splitlines()[:1] != [SPDX]
    ]
    assert without == []


def test_the_picture_and_its_files_import_no_widgets():
    forbidden = ("PySide6.QtWidgets", "PySide6.QtCore.QObject", "PySide6.QtCore.*")
    found = [
        f"{name_of(path)}: {name}"
        for path in NO_WINDOW
        for name in sorted(imports_in(path))
        if name.startswith(forbidden)
    ]
    assert found == []


def test_loading_the_picture_loads_neither_torch_nor_widgets():
    done = run_python(
        "import importlib, pkgutil, sys\n"
        "import app.core, app.files\n"
        "names = [module.name for package in (app.core, app.files)\n"
        "    for module in pkgutil.walk_packages(package.__path__, package.__name__ + '.')\n"
        "    if not module.name.endswith('__main__')]\n"
        "for name in names: importlib.import_module(name)\n"
        "print(len(names), sorted({'torch', 'PySide6.QtWidgets'} & set(sys.modules)))"
    )
    assert done.returncode == 0, done.stderr
    count, found = done.stdout.split(maxsplit=1)
    assert int(count) > 10
    assert found.strip() == "[]"
