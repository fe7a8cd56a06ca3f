# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks for the portrait tests: a foretellable stand-in, and a tiny real one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ai_tools.engine import Engine, open_engine
from ai_tools.portrait import infer
from tests.ai_tools.portrait.fakes import FakeEngine, tiny_weights


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEngine]:
    """The stand-in, in place of the network that ships."""
    engine = FakeEngine()
    monkeypatch.setattr(infer, "open_engine", lambda name: engine)
    yield engine
    engine.gate.set()


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the weights of a tiny random network."""
    folder = tmp_path_factory.mktemp("portrait-weights")
    tiny_weights(folder)
    return folder


@pytest.fixture
def tiny(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The tiny network, in place of the one that ships."""
    engine = open_engine("portrait", folder=tiny_folder, backend="torch")
    monkeypatch.setattr(infer, "open_engine", lambda name: engine)
    return engine
