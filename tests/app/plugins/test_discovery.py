# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding plugins, and surviving broken ones. May import app.plugins only."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Any

import pytest

from app.plugins import BrokenPlugin, DockSpec, discover, discovery, make_dock

GOOD = """
from app.plugins import DockSpec
SPEC = DockSpec("{name}", "{name} dock", lambda context: None)
"""
Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Writes plugin modules and registers them as if a package had brought them."""
    points: list[EntryPoint] = []
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(
        discovery, "entry_points", lambda *, group: EntryPoints(points).select(group=group)
    )

    def add(name: str, code: str = "", group: str = "limner.docks", module: str = "") -> None:
        module = module or f"fake_{name}_plugin"
        (tmp_path / f"{module}.py").write_text(code or GOOD.format(name=name), encoding="utf-8")
        points.append(EntryPoint(name, f"{module}:SPEC", group))
        monkeypatch.delitem(sys.modules, module, raising=False)

    return add


def ids(found: list[DockSpec | BrokenPlugin]) -> list[str]:
    return [item.id if isinstance(item, DockSpec) else f"broken {item.name}" for item in found]


def test_docks_come_ai_tools_first_and_sorted_by_name(install: Install) -> None:
    for name in ("zebra", "apple"):
        install(name)
    for name in ("simplify", "colorize"):
        install(name, group="limner.docks.ai")
    found = discover()
    assert ids(found) == ["colorize", "simplify", "apple", "zebra"]
    assert [d.is_ai for d in found if isinstance(d, DockSpec)] == [True, True, False, False]
    assert ids(discover()) == ids(found)


def test_with_ai_switched_off_no_ai_tool_is_even_imported(install: Install) -> None:
    install("apple")
    install("simplify", "raise AssertionError('imported')", group="limner.docks.ai")
    sly = GOOD.format(name="sly").replace("lambda context: None", "print, is_ai=True")
    install("sly", sly)
    assert ids(discover(enabled_ai=False)) == ["apple"]
    assert "fake_simplify_plugin" not in sys.modules
    assert ids(discover()) == ["broken simplify", "apple", "sly"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import no_such_module_at_all", "ModuleNotFoundError: No module named"),
        ("def broken(:", "SyntaxError: "),
        ("SPECK = 1", "AttributeError: "),
        ("SPEC = {}", "is a dict, no DockSpec"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("raise ValueError('\\nfirst line\\nsecond line')", "ValueError: first line"),
        ("raise KeyError", "KeyError"),
        (GOOD.format(name="Bad Id"), "ValueError: dock id 'Bad Id'"),
    ],
)
def test_a_broken_plugin_becomes_one_line_and_the_others_work(
    install: Install, caplog: pytest.LogCaptureFixture, code: str, reason: str
) -> None:
    install("bad", code)
    install("good")
    bad, good = discover()
    assert isinstance(bad, BrokenPlugin) and isinstance(good, DockSpec)
    assert bad.name == "bad"
    assert reason in bad.reason and "\n" not in bad.reason
    if "no DockSpec" not in reason:
        assert any(record.exc_info for record in caplog.records)


def test_two_docks_cannot_share_an_id(install: Install) -> None:
    install("first", GOOD.format(name="same"))
    install("second", GOOD.format(name="same"))
    first, second = discover()
    assert isinstance(first, DockSpec)
    assert second == BrokenPlugin("second", "the plugin 'first' already uses the id 'same'")


def test_an_entry_point_that_is_listed_twice_is_one_plugin(install: Install) -> None:
    install("apple")
    install("apple")
    assert ids(discover()) == ["apple"]


def test_nothing_installed_is_nothing_found(install: Install) -> None:
    assert discover() == []
    assert discover(group="no.such.group") == []


def test_a_dock_that_cannot_be_built_is_broken_too(caplog: pytest.LogCaptureFixture) -> None:
    def make(context: Any) -> Any:
        raise RuntimeError("no camera")

    result = make_dock(DockSpec("camera", "Camera", make), None)  # type: ignore[arg-type]
    assert result == BrokenPlugin("camera", "RuntimeError: no camera")
    assert "no camera" in caplog.text
