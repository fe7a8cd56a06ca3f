# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing weights for the program: safetensors in half precision, manifest entry, model card.

Imports torch, safetensors, ai_tools.weights and app.files.atomic.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save as save_safetensors
from torch import nn

from ai_tools.nets.config import NetConfig
from ai_tools.nets.registry import count_parameters
from ai_tools.weights import MANIFEST, DataSource, Entry, manifest_json, read_manifest
from app.files.atomic import atomic_write
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
) -> Path:
    """Writes NAME.safetensors, NAME.md and the manifest's entry into `folder`.

    The file is named after its content (NAME-1a2b3c4d.safetensors), so that until the manifest is
    replaced, in one step, it speaks of files that exist; the old file goes last.

    Args:
        net: with a `config` of its own; floating point numbers are stored as float16.
        story: Markdown for the model card, what the network is, can do and cannot.

    Raises:
        ValueError: a weight is no number in half precision.
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
    folder.mkdir(parents=True, exist_ok=True)
    entries = read_manifest(folder)
    old = entries.get(name)
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
    atomic_write(folder / entry.file, blob)
    atomic_write(folder / entry.card, _card(name, entry, count_parameters(net), story).encode())
    atomic_write(folder / MANIFEST, manifest_json({**entries, name: entry}))
    if old is not None and old.file != entry.file:
        (folder / old.file).unlink(missing_ok=True)
    return folder / entry.file


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
