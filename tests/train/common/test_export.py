# SPDX-License-Identifier: GPL-3.0-or-later
"""What training exports is what the program loads, and nothing is half replaced."""

from pathlib import Path

import pytest
import torch
from torch import nn

from ai_tools.nets.registry import build
from ai_tools.weights import DataSource, load, read_manifest
from train.common import export
from train.common.export import export_weights, half_precision

TINY = {"encoder": False, "decoder_hidden": 6, "mixtures": 2}


def write(folder: Path, net: nn.Module, **changes: object) -> Path:
    values = {
        "name": "pen",
        "tool": "strokes",
        "net_name": "sketch_rnn",
        "task": {"labels": ["cat", "dög"]},
        "data": [DataSource(name="doodles", licence="CC0", credit="everyone")],
        "metrics": {"nll": 1.25},
        "story": "It draws.",
    }
    return export_weights(net, **{**values, **changes}, folder=folder)  # type: ignore[arg-type]


def test_the_program_computes_what_training_measured(tmp_path: Path) -> None:
    net = half_precision(build("sketch_rnn", TINY)).eval()
    path = write(tmp_path, net)
    loaded, entry = load("pen", folder=tmp_path)
    assert tmp_path / entry.file == path
    strokes, lengths = torch.randn(2, 5, 5), torch.tensor([4, 4])
    with torch.no_grad():
        # Not bit for bit: fast kernels add in an order that depends on where memory begins.
        torch.testing.assert_close(loaded(strokes, lengths).raw, net(strokes, lengths).raw)


def test_the_entry_says_what_was_exported(tmp_path: Path) -> None:
    path = write(tmp_path, build("sketch_rnn", TINY))
    entry = read_manifest(tmp_path)["pen"]
    assert entry.bytes == path.stat().st_size
    assert entry.tool == "strokes" and entry.net == "sketch_rnn"
    assert entry.task == {"labels": ["cat", "dög"]}
    assert entry.config["decoder_hidden"] == 6
    assert entry.metrics == {"nll": 1.25}
    assert entry.data[0].credit == "everyone"


def test_the_card_tells_data_licence_figures_and_story(tmp_path: Path) -> None:
    write(tmp_path, build("sketch_rnn", TINY))
    card = (tmp_path / read_manifest(tmp_path)["pen"].card).read_text("utf-8")
    for fact in ("It draws.", "doodles: CC0. everyone", "| nll | 1.25 |", "| decoder_hidden | 6 |"):
        assert fact in card


def test_a_new_export_takes_the_place_of_the_old_and_leaves_others(tmp_path: Path) -> None:
    first = write(tmp_path, build("sketch_rnn", TINY))
    other = write(tmp_path, build("sketch_rnn", TINY), name="brush")
    second = write(tmp_path, build("sketch_rnn", TINY))
    assert not first.exists() and second.exists() and other.exists()
    assert set(read_manifest(tmp_path)) == {"pen", "brush"}
    load("pen", folder=tmp_path)
    load("brush", folder=tmp_path)


def test_a_failure_on_the_way_leaves_the_old_weights_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, build("sketch_rnn", TINY))
    before = read_manifest(tmp_path)
    real = export.atomic_write

    def fail_at_manifest(path: Path, data: bytes) -> None:
        if path.name == "manifest.json":
            raise OSError("the disk is full")
        real(path, data)

    monkeypatch.setattr(export, "atomic_write", fail_at_manifest)
    with pytest.raises(OSError, match="full"):
        write(tmp_path, build("sketch_rnn", TINY))
    assert read_manifest(tmp_path) == before
    load("pen", folder=tmp_path)


def test_weights_too_large_for_half_precision_are_refused(tmp_path: Path) -> None:
    net = build("sketch_rnn", TINY)
    with torch.no_grad():
        next(net.parameters()).fill_(1e6)
    with pytest.raises(ValueError, match="half precision"):
        write(tmp_path, net)
    assert not list(tmp_path.iterdir())
