# SPDX-License-Identifier: GPL-3.0-or-later
"""What a dock must say about itself. May import app.plugins only."""

from __future__ import annotations

from typing import Any

import pytest

from app.plugins import DockSpec


def make(context: Any) -> Any:
    return context


def test_a_dock_needs_no_more_than_an_id_a_title_and_a_maker() -> None:
    spec = DockSpec("mirror", "Mirror", make)
    assert (spec.icon, spec.shortcut, spec.is_ai) == ("", "", False)


@pytest.mark.parametrize("bad", ["", "Mirror", "1st", "my dock", "é"])
def test_ids_that_a_settings_file_could_not_hold_are_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="dock id"):
        DockSpec(bad, "Mirror", make)


def test_a_dock_without_a_title_or_maker_is_refused() -> None:
    with pytest.raises(ValueError, match="no title"):
        DockSpec("mirror", "  ", make)
    with pytest.raises(TypeError, match="make is a str"):
        DockSpec("mirror", "Mirror", "make")  # type: ignore[arg-type]
