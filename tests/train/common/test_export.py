# SPDX-License-Identifier: GPL-3.0-or-later
"""What training exports is what the program loads, and nothing is half replaced."""

import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from ai_tools.nets.registry import build
from ai_tools.weights import DataSource, load, read_manifest, verified_graphs
from train.common import export
from train.common.export import export_weights, half_precision, main, write_graphs

TINY = {"encoder": False, "decoder_hidden": 6, "mixtures": 2}
LINES = {"widths": [4, 8], "heads": ["line"]}


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


def write_lines(folder: Path, net: nn.Module | None = None, **changes: object) -> Path:
    net = build("simplifier_light", LINES) if net is None else net
    return write(folder, net, name="lines", net_name="simplifier_light", **changes)


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_tools_network_gets_a_graph_for_each_part(tmp_path: Path) -> None:
    path = write_lines(tmp_path)
    entry = read_manifest(tmp_path)["lines"]
    assert [*entry.graphs] == ["clean"]
    assert entry.graphs["clean"].file == f"{path.stem}.clean.onnx"
    assert verified_graphs(entry, tmp_path)["clean"]


def test_graphs_may_be_left_out_and_added_later(tmp_path: Path) -> None:
    net = build("simplifier_light", LINES)
    write_lines(tmp_path, net)
    at_once = files_in(tmp_path)
    write_lines(tmp_path, net, graphs=False)
    assert len(files_in(tmp_path)) == len(at_once) - 1
    assert read_manifest(tmp_path)["lines"].graphs == {}
    assert [path.suffix for path in write_graphs(tmp_path, "lines")] == [".onnx"]
    assert files_in(tmp_path) == at_once


def test_graphs_can_be_added_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_lines(tmp_path, graphs=False)
    monkeypatch.setattr(sys, "argv", ["export", "lines", "--weights", str(tmp_path)])
    main()
    assert read_manifest(tmp_path)["lines"].graphs["clean"].file in capsys.readouterr().out


def test_new_weights_take_their_old_graphs_away(tmp_path: Path) -> None:
    write_lines(tmp_path)
    old = files_in(tmp_path)
    write_lines(tmp_path)
    new = files_in(tmp_path)
    assert len(new) == len(old) == 4
    assert {name for name in new if name in old} == {"lines.md", "manifest.json"}


def test_a_failure_while_graphs_are_replaced_leaves_weights_that_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_lines(tmp_path)
    real = export.atomic_write

    def fail_behind_graphs(path: Path, data: bytes) -> None:
        if path.name == "manifest.json" and b"clean.onnx" in data:
            raise OSError("the disk is full")
        real(path, data)

    monkeypatch.setattr(export, "atomic_write", fail_behind_graphs)
    with pytest.raises(OSError, match="full"):
        write_graphs(tmp_path, "lines")
    _, entry = load("lines", folder=tmp_path)
    assert entry.file == path.name and entry.graphs == {}


def test_a_configuration_that_its_tool_does_not_run_has_no_graphs(tmp_path: Path) -> None:
    net = build(
        "ai_sketcher",
        {"encoder_hidden": 4, "decoder_hidden": 6, "latent": 3, "mixtures": 2, "raster": False}
        | {"influence": "var_attn", "influence_size": 4, "condition": 3},
    )
    write(tmp_path, net, net_name="ai_sketcher")
    assert read_manifest(tmp_path)["pen"].graphs == {}
