# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m app.core.warm`: compiles ahead, says so in one line, and admits when it cannot."""

from __future__ import annotations

import importlib

import pytest

from app.core import dab_reference, dabs, warm


def test_it_loads_the_kernels_and_says_so_in_one_line(capsys):
    pytest.importorskip("numba")
    assert warm.main() == 0
    assert dabs.backend().__name__ == "app.core.dab_kernels"
    out = capsys.readouterr().out
    assert out.startswith("Painting kernels ready") and out.count("\n") == 1


def test_it_admits_when_there_are_none(capsys, monkeypatch):
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(dabs, "_backend", dab_reference)
    monkeypatch.setattr(dabs, "_loading", None)
    monkeypatch.setattr(importlib, "import_module", missing)
    assert warm.main() == 1
    assert "cannot be compiled" in capsys.readouterr().out
