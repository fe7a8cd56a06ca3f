# SPDX-License-Identifier: GPL-3.0-or-later
"""Choosing where networks run, on machines with and without accelerators."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

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
    with pytest.raises(runtime.EngineMissing) as caught:
        runtime.pick_device()
    assert isinstance(caught.value, JobError)


@pytest.mark.parametrize("library", ["torch", "onnxruntime"])
def test_either_library_is_an_engine(monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    monkeypatch.setattr(runtime, "find_spec", lambda name: name if name == library else None)
    assert runtime.has_engine()
    assert runtime.has_torch() == (library == "torch")
    assert runtime.has_onnxruntime() == (library == "onnxruntime")
    monkeypatch.setattr(runtime, "find_spec", lambda name: None)
    assert not runtime.has_engine()


@pytest.mark.parametrize(
    ("cuda", "hip", "platform", "only"),
    [
        ("None", "None", "linux", True),
        ("None", "None", "win32", True),
        ("'13.0'", "None", "linux", False),
        ("None", "'7.1'", "linux", False),
        ("None", "None", "darwin", False),
    ],
)
def test_a_torch_without_accelerators_is_known_before_it_is_loaded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cuda: str, hip: str, platform: str, only: bool
) -> None:
    (tmp_path / "version.py").write_text(
        f"__version__ = '2.13.0'\ncuda: Optional[str] = {cuda}\nhip: Optional[str] = {hip}\n"
    )
    spec = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr(runtime, "find_spec", lambda name: spec)
    monkeypatch.setattr(runtime.sys, "platform", platform)
    assert runtime.torch_for_cpu_only() is only


def test_the_torch_that_is_here_is_judged_rightly() -> None:
    if runtime.torch_for_cpu_only():
        assert runtime.pick_device().type == "cpu"
    else:
        assert torch.version.cuda or torch.version.hip or sys.platform == "darwin"


def test_looking_for_torch_does_not_load_it() -> None:
    code = "import sys, ai_tools.runtime as r; r.has_engine(); assert 'torch' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
