# SPDX-License-Identifier: GPL-3.0-or-later
"""Checkpoints come back bit for bit, in small files, and damage is noticed."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from train.common import checkpoint
from train.common.checkpoint import (
    CheckpointError,
    latest_checkpoint,
    load_checkpoint,
    save_checkpoint,
)


def same(a: Any, b: Any) -> bool:
    """Equal in structure, types of numbers, and every bit of every tensor."""
    if isinstance(a, torch.Tensor):
        return a.dtype == b.dtype and a.shape == b.shape and torch.equal(a, b)
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


def test_a_state_comes_back_bit_for_bit(tmp_path: Path) -> None:
    half = torch.randn(3, 2).half()
    state = {
        "step": 7,
        "best": 0.1,
        "none": None,
        "flag": True,
        "names": ["a", "b"],
        "tensors": [torch.randn(2, 3, 4), half, half, torch.tensor(5), torch.zeros(0, 4)],
        "bytes": torch.randint(0, 255, (11,), dtype=torch.uint8),
        "turned": torch.randn(4, 6).t(),
        "nested": {0: {"x": torch.tensor([True, False])}, 1: {}},
    }
    path = save_checkpoint(tmp_path, 7, state)
    assert same(load_checkpoint(path), state)


def test_infinity_is_kept_as_a_best_value(tmp_path: Path) -> None:
    path = save_checkpoint(tmp_path, 1, {"best": float("inf")})
    assert load_checkpoint(path)["best"] == float("inf")


def test_an_optimiser_goes_on_where_it_was(tmp_path: Path) -> None:
    def update(net: nn.Module, optimiser: torch.optim.Optimizer) -> None:
        optimiser.zero_grad()
        net(torch.ones(1, 3)).square().sum().backward()
        optimiser.step()

    net = nn.Linear(3, 2)
    optimiser = torch.optim.Adam(net.parameters(), lr=0.1)
    update(net, optimiser)
    path = save_checkpoint(
        tmp_path, 1, {"net": net.state_dict(), "optimiser": optimiser.state_dict()}
    )
    update(net, optimiser)

    other = nn.Linear(3, 2)
    other_optimiser = torch.optim.Adam(other.parameters(), lr=0.5)
    state = load_checkpoint(path)
    other.load_state_dict(state["net"])
    other_optimiser.load_state_dict(state["optimiser"])
    update(other, other_optimiser)
    assert same(dict(other.state_dict()), dict(net.state_dict()))


def test_large_tensors_are_cut_into_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "SHARD_BYTES", 1000)
    state = {"big": torch.randn(900, 3), "small": [torch.randn(n) for n in range(40)]}
    path = save_checkpoint(tmp_path, 1, state)
    shards = list(path.glob("*.safetensors"))
    tensors = 900 * 3 * 4 + sum(range(40)) * 4
    assert len(shards) == -(-tensors // 1000)
    assert same(load_checkpoint(path), state)


def test_every_file_of_a_large_checkpoint_is_below_16_mib(tmp_path: Path) -> None:
    path = save_checkpoint(tmp_path, 1, {"w": torch.zeros(10_000_000), "x": torch.ones(300, 300)})
    sizes = [file.stat().st_size for file in path.iterdir()]
    assert len(sizes) == 4
    assert max(sizes) < 16 * 2**20


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    for step in (1, 20, 3):
        save_checkpoint(tmp_path, step, {"step": step}, keep=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-00000003", "step-00000020"]
    assert load_checkpoint(latest_checkpoint(tmp_path)) == {"step": 20}


def test_a_crash_while_saving_leaves_the_older_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_checkpoint(tmp_path, 1, {"x": torch.ones(3)})

    def full(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "atomic_write", full)
        with pytest.raises(OSError, match="full"):
            save_checkpoint(tmp_path, 2, {"x": torch.zeros(3)})
    assert latest_checkpoint(tmp_path).name == "step-00000001"
    save_checkpoint(tmp_path, 2, {"x": torch.zeros(3)})
    assert same(load_checkpoint(latest_checkpoint(tmp_path)), {"x": torch.zeros(3)})


def damage_shard(path: Path) -> None:
    shard = path / "0000.safetensors"
    data = bytearray(shard.read_bytes())
    data[-1] ^= 1
    shard.write_bytes(data)


def change_version(path: Path) -> None:
    content = json.loads((path / "state.json").read_text())
    (path / "state.json").write_text(json.dumps({**content, "version": 99}))


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (damage_shard, r"0000\.safetensors"),
        (lambda path: (path / "0000.safetensors").unlink(), r"0000\.safetensors"),
        (lambda path: (path / "state.json").write_text("{"), "step-00000001"),
        (lambda path: (path / "state.json").write_text("[]"), "step-00000001"),
        (lambda path: (path / "state.json").unlink(), r"state\.json"),
        (change_version, "version 99"),
    ],
)
def test_damage_is_noticed_and_named(tmp_path: Path, damage: Any, named: str) -> None:
    path = save_checkpoint(tmp_path, 1, {"x": torch.randn(30)})
    damage(path)
    with pytest.raises(CheckpointError, match=named):
        load_checkpoint(path)


def test_no_checkpoint_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no checkpoint"):
        latest_checkpoint(tmp_path)


def test_what_cannot_be_saved_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="object"):
        save_checkpoint(tmp_path, 1, {"x": object()})
