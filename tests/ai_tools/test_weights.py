# SPDX-License-Identifier: GPL-3.0-or-later
"""Weights load only where file, manifest and network agree; every trouble has its own reason."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save

from ai_tools.nets.registry import build
from ai_tools.weights import (
    WEIGHTS,
    DataSource,
    Entry,
    GraphFile,
    WeightsError,
    load,
    manifest_json,
    read_manifest,
    verified_bytes,
    verified_graphs,
)
from app.jobs import JobError, WeightsMissing

CONFIG = {"encoder": False, "decoder_hidden": 6, "mixtures": 2}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the weights "pen"."""
    install(tmp_path, {k: v.half() for k, v in build("sketch_rnn", CONFIG).state_dict().items()})
    return tmp_path


def install(folder: Path, tensors: dict[str, torch.Tensor], **changes: Any) -> None:
    data = save(tensors)
    entry = {
        "file": "pen.safetensors",
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
        "tool": "strokes",
        "net": "sketch_rnn",
        "config": CONFIG,
        "data": (DataSource(name="doodles", licence="CC0"),),
    }
    (folder / "pen.safetensors").write_bytes(data)
    (folder / "manifest.json").write_bytes(manifest_json({"pen": Entry(**{**entry, **changes})}))


def change_manifest(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "manifest.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_sound_weights_load_ready_to_use(folder: Path) -> None:
    net, entry = load("pen", folder=folder)
    assert not net.training
    assert not any(parameter.requires_grad for parameter in net.parameters())
    assert {parameter.dtype for parameter in net.parameters()} == {torch.float32}
    assert entry.data[0].licence == "CC0"


def test_the_manifest_is_read_as_it_was_written(folder: Path) -> None:
    entries = read_manifest(folder)
    assert manifest_json(entries) == (folder / "manifest.json").read_bytes()


def test_graphs_are_read_as_they_were_written(folder: Path) -> None:
    graph = b"nodes"
    promise = GraphFile(file="pen.draw.onnx", sha256=hashlib.sha256(graph).hexdigest(), bytes=5)
    (folder / "pen.draw.onnx").write_bytes(graph)
    install(folder, {}, graphs={"draw": promise})
    entry = read_manifest(folder)["pen"]
    assert entry.graphs == {"draw": promise}
    assert verified_graphs(entry, folder) == {"draw": graph}
    (folder / "pen.draw.onnx").write_bytes(b"NODES")
    with pytest.raises(WeightsError) as caught:
        verified_graphs(entry, folder)
    assert (caught.value.reason, caught.value.path.name) == ("wrong hash", "pen.draw.onnx")


def test_a_manifest_from_before_there_were_graphs_is_read(folder: Path) -> None:
    change_manifest(folder, lambda content: content["weights"]["pen"].pop("graphs"))
    assert read_manifest(folder)["pen"].graphs == {}
    load("pen", folder=folder)


def test_no_manifest_means_no_weights(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) == {}


def cut(folder: Path) -> None:
    path = folder / "pen.safetensors"
    path.write_bytes(path.read_bytes()[:-10])


def flip(folder: Path) -> None:
    path = folder / "pen.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 0xFF
    path.write_bytes(data)


def not_safetensors(folder: Path) -> None:
    data = b"something else"
    (folder / "pen.safetensors").write_bytes(data)
    change_manifest(
        folder,
        lambda c: c["weights"]["pen"].update(
            bytes=len(data), sha256=hashlib.sha256(data).hexdigest()
        ),
    )


def other_shapes(folder: Path) -> None:
    net = build("sketch_rnn", {**CONFIG, "decoder_hidden": 7})
    install(folder, net.state_dict())


def entry_field(name: str, value: Any) -> Callable[[Path], None]:
    return lambda folder: change_manifest(
        folder, lambda content: content["weights"]["pen"].update({name: value})
    )


@pytest.mark.parametrize(
    ("damage", "reason", "file"),
    [
        (lambda folder: (folder / "pen.safetensors").unlink(), "missing", "pen.safetensors"),
        (cut, "truncated", "pen.safetensors"),
        (flip, "wrong hash", "pen.safetensors"),
        (not_safetensors, "unreadable", "pen.safetensors"),
        (other_shapes, "no fit", "pen.safetensors"),
        (entry_field("net", "perceptron"), "other version", "pen.safetensors"),
        (entry_field("config", {"layers": 9}), "other version", "pen.safetensors"),
        (entry_field("file", "../pen.safetensors"), "unreadable", "manifest.json"),
        (entry_field("bytes", "many"), "unreadable", "manifest.json"),
        (entry_field("data", [{"name": "x"}]), "unreadable", "manifest.json"),
        (entry_field("surprise", 1), "unreadable", "manifest.json"),
        (entry_field("graphs", {"draw": {}}), "unreadable", "manifest.json"),
        (entry_field("graphs", ["draw"]), "unreadable", "manifest.json"),
        (
            entry_field("graphs", {"draw": {"file": "../a.onnx", "sha256": "", "bytes": 1}}),
            "unreadable",
            "manifest.json",
        ),
        (
            entry_field("graphs", {"draw": {"file": "a.onnx", "sha256": "", "bytes": "1"}}),
            "unreadable",
            "manifest.json",
        ),
        (lambda f: change_manifest(f, lambda c: c.update(version=99)), "other version", None),
        (lambda f: change_manifest(f, lambda c: c.pop("weights")), "unreadable", "manifest.json"),
        (lambda f: (f / "manifest.json").write_text("{"), "unreadable", "manifest.json"),
        (lambda f: (f / "manifest.json").write_text("[]"), "other version", "manifest.json"),
    ],
)
def test_each_trouble_has_its_reason_and_names_the_file(
    folder: Path, damage: Callable[[Path], None], reason: str, file: str | None
) -> None:
    damage(folder)
    with pytest.raises(WeightsError) as caught:
        load("pen", folder=folder)
    assert caught.value.reason == reason
    assert caught.value.path.name == (file or "manifest.json")
    assert caught.value.path.name in str(caught.value)


def test_weights_that_are_not_listed_are_missing_to_the_program(folder: Path) -> None:
    with pytest.raises(WeightsMissing) as caught:
        load("brush", folder=folder)
    assert isinstance(caught.value, JobError)
    assert str(caught.value) == "The file brush.safetensors is not in the list of weights."


def test_the_module_does_not_load_torch(folder: Path) -> None:
    code = "import sys, ai_tools.weights as w; w.read_manifest(); assert 'torch' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_shipped_weights_are_what_their_manifest_says_and_fit_their_networks() -> None:
    for name, entry in read_manifest(WEIGHTS).items():
        verified_bytes(name)
        verified_graphs(entry)
        load(name)
        assert entry.graphs, f"{name} cannot run without torch"
        assert (WEIGHTS / entry.card).is_file(), f"{name} has no card"
        assert entry.metrics, f"{name} was never measured"
        assert all(source.licence for source in entry.data), f"{name}: data without licence"


def test_every_shipped_file_is_in_the_manifest() -> None:
    listed = set()
    for entry in read_manifest(WEIGHTS).values():
        listed |= {entry.file, entry.card, *(graph.file for graph in entry.graphs.values())}
    assert {path.name for path in WEIGHTS.iterdir()} == {*listed, "manifest.json"}
