# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing weights for the program: safetensors in half precision, ONNX graphs, manifest, card.

Imports torch, safetensors, onnx_export, ai_tools and app.files.atomic.  To give graphs to weights
that have none, or that were exported by an older program:

    python -m train.common.export simplifier --weights resources/weights
"""

from __future__ import annotations

import argparse
import copy
import dataclasses
import datetime
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save as save_safetensors
from torch import nn

from ai_tools.nets.config import ConfigError, NetConfig
from ai_tools.nets.registry import count_parameters
from ai_tools.parts import MODULES, parts_of
from ai_tools.weights import (
    MANIFEST,
    WEIGHTS,
    DataSource,
    Entry,
    GraphFile,
    load,
    manifest_json,
    read_manifest,
    verified_bytes,
)
from app.files.atomic import atomic_write
from train.common.onnx_export import make_graph
from train.common.run import RunError


def full_report(run: Path, step: int, method: str) -> dict[str, Any]:
    """The figures that `eval` wrote into a run's folder for its best network.

    Args:
        step: the training step of the network that is to be exported.
        method: name of the method, for the message.

    Raises:
        RunError: the run was not measured in full, or measured at another step.
    """
    path = run / "eval-valid.json"
    try:
        report: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise RunError(f"{path}: run `python -m train eval {method}` first") from error
    if report["step"] != step or report["quick"]:
        raise RunError(f"{path} does not measure step {step} in full: run eval again")
    return report


def export_weights(
    net: nn.Module,
    *,
    name: str,
    tool: str,
    net_name: str,
    task: dict[str, Any],
    data: Sequence[DataSource],
    metrics: dict[str, float],
    story: str,
    folder: Path,
    graphs: bool = True,
) -> Path:
    """Writes NAME.safetensors, an ONNX graph for each part, NAME.md and the manifest's entry.

    The weights' file is named after its content (NAME-1a2b3c4d.safetensors), its graphs after it
    (NAME-1a2b3c4d.PART.onnx), so that until the manifest is replaced, in one step, it speaks of
    files that exist; the old files go last.

    Args:
        net: with a `config` of its own; floating point numbers are stored as float16.
        story: Markdown for the model card, what the network is, can do and cannot.
        graphs: False leaves them out, which takes less time; networks that no tool runs, or not
            with this configuration, have none anyway.

    Raises:
        ValueError: a weight is no number in half precision.
        GraphError: a part cannot be written as a graph.
        app.files.errors.WriteFailedError, ai_tools.weights.WeightsError: nothing was replaced.
    """
    config = net.config
    assert isinstance(config, NetConfig)
    tensors = {}
    for key, value in net.state_dict().items():
        half = value.half() if value.is_floating_point() else value
        if value.is_floating_point() and not torch.isfinite(half).all():
            raise ValueError(f"{key} holds numbers that half precision cannot")
        tensors[key] = half.detach().cpu().contiguous()
    blob = save_safetensors(tensors)
    digest = hashlib.sha256(blob).hexdigest()
    entry = Entry(
        file=f"{name}-{digest[:8]}.safetensors",
        sha256=digest,
        bytes=len(blob),
        tool=tool,
        net=net_name,
        config=config.to_dict(),
        task=task,
        data=tuple(data),
        metrics=metrics,
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        card=f"{name}.md",
    )
    files: dict[str, bytes] = {}
    if graphs:
        entry, files = _with_graphs(entry, half_precision(copy.deepcopy(net).cpu()), blob)
    files[entry.file] = blob
    files[entry.card] = _card(name, entry, count_parameters(net), story).encode()
    folder.mkdir(parents=True, exist_ok=True)
    _replace(folder, name, entry, files)
    return folder / entry.file


def write_graphs(folder: Path, name: str) -> list[Path]:
    """Writes the ONNX graphs of weights that are there already; returns their paths.

    Raises:
        GraphError: a part cannot be written as a graph.
        app.files.errors.WriteFailedError, ai_tools.weights.WeightsError: see there.
    """
    blob, _ = verified_bytes(name, folder)
    net, entry = load(name, folder=folder)
    entry, files = _with_graphs(dataclasses.replace(entry, graphs={}), net, blob)
    _replace(folder, name, entry, files)
    return [folder / file for file in files]


def _with_graphs(entry: Entry, net: nn.Module, blob: bytes) -> tuple[Entry, dict[str, bytes]]:
    """The entry with its graphs, and their content by file name."""
    try:
        parts = parts_of(entry.net, net.config) if entry.net in MODULES else ()
    except ConfigError:  # a configuration for measuring, which the tool does not run
        parts = ()
    files: dict[str, bytes] = {}
    graphs: dict[str, GraphFile] = {}
    for part in parts:
        content = make_graph(part, net, blob, entry.file)
        file = f"{Path(entry.file).stem}.{part.name}.onnx"
        digest = hashlib.sha256(content).hexdigest()
        graphs[part.name] = GraphFile(file=file, sha256=digest, bytes=len(content))
        files[file] = content
    return dataclasses.replace(entry, graphs=graphs), files


def _replace(folder: Path, name: str, entry: Entry, files: Mapping[str, bytes]) -> None:
    """Puts `entry` and its files in the place of the old; the manifest is right at every moment."""
    entries = read_manifest(folder)
    old = entries.get(name)
    if old is not None and any(graph.file in files for graph in old.graphs.values()):
        # Graphs of the same weights are named alike: the old are given up before they change.
        given_up = {**entries, name: dataclasses.replace(old, graphs={})}
        atomic_write(folder / MANIFEST, manifest_json(given_up))
    for file, content in files.items():
        atomic_write(folder / file, content)
    atomic_write(folder / MANIFEST, manifest_json({**entries, name: entry}))
    if old is not None:
        kept = {entry.file, *(graph.file for graph in entry.graphs.values())}
        for file in {old.file, *(graph.file for graph in old.graphs.values())} - kept:
            (folder / file).unlink(missing_ok=True)


def half_precision(net: nn.Module) -> nn.Module:
    """Rounds `net`'s weights to what `export_weights` stores, in place, and returns it.

    What is measured on it holds for the exported file.
    """
    for tensor in [*net.parameters(), *net.buffers()]:
        if tensor.is_floating_point():
            tensor.data.copy_(tensor.data.half())
    return net


def _card(name: str, entry: Entry, parameters: int, story: str) -> str:
    """The model card, Markdown."""
    head = [
        f"# {name}",
        "",
        f"Weights of the network `{entry.net}` for the tool `{entry.tool}`, "
        f"{parameters:,} parameters, {entry.bytes / 1e6:.1f} MB, exported {entry.date}.",
        f"SHA-256 `{entry.sha256}`.",
    ]
    data = ["## Training data", ""]
    for source in entry.data:
        data.append(f"* {source.name}: {source.licence}. {source.credit}".rstrip())
    figures = ["## Figures", "", "| measure | value |", "|---|---|"]
    figures += [f"| {measure} | {value:.4g} |" for measure, value in entry.metrics.items()]
    config = ["## Configuration", "", "| field | value |", "|---|---|"]
    config += [f"| {field} | {value} |" for field, value in entry.config.items()]
    parts = ["\n".join(head), story.strip(), *("\n".join(p) for p in (figures, data, config))]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Gives graphs to the weights that are named; see the module."""
    parser = argparse.ArgumentParser(prog="python -m train.common.export")
    parser.add_argument("names", nargs="+", metavar="NAME", help="weights in the manifest")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, metavar="FOLDER")
    options = parser.parse_args()
    for name in options.names:
        for path in write_graphs(options.weights, name):
            print(f"{path} ({path.stat().st_size:,} bytes)")


if __name__ == "__main__":
    main()
