# SPDX-License-Identifier: GPL-3.0-or-later
"""Choosing where networks run, on machines with and without accelerators."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
import torch

from ai_tools import runtime
from app.jobs import BadInput, JobError


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def machine(monkeypatch: pytest.MonkeyPatch, *, cuda: int = 0, mps: bool = False) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)


def test_the_best_device_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, cuda=1, mps=True)
    assert runtime.pick_device().type == "cuda"
    machine(monkeypatch, mps=True)
    assert runtime.pick_device().type == "mps"
    machine(monkeypatch)
    assert runtime.pick_device().type == "cpu"


def test_a_wish_is_granted(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, cuda=2)
    assert runtime.pick_device("cpu") == torch.device("cpu")
    assert runtime.pick_device("cuda:1") == torch.device("cuda", 1)


@pytest.mark.parametrize("wanted", ["cuda:2", "mps", "meta", "abacus"])
def test_a_device_that_is_not_there_is_refused(
    monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    machine(monkeypatch, cuda=2)
    with pytest.raises(BadInput, match=wanted):
        runtime.pick_device(wanted)


def test_threads_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert runtime.bound_threads(3) == torch.get_num_threads() == 3
    for cores, threads in ((1, 1), (4, 3), (64, 8)):
        monkeypatch.setattr(runtime, "_cores", lambda cores=cores: cores)
        assert runtime.bound_threads() == torch.get_num_threads() == threads
    with pytest.raises(ValueError, match="one thread"):
        runtime.bound_threads(0)


def test_each_device_has_its_lane() -> None:
    assert runtime.lane(torch.device("cpu")) == "cpu"
    assert runtime.lane(torch.device("cuda", 1)) == "cuda:1"


def test_without_torch_the_artist_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "find_spec", lambda name: None)
    assert not runtime.has_engine()
    with pytest.raises(runtime.EngineMissing) as caught:
        runtime.pick_device()
    assert isinstance(caught.value, JobError)


def test_looking_for_torch_does_not_load_it() -> None:
    code = "import sys, ai_tools.runtime as r; r.has_engine(); assert 'torch' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
