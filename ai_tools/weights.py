# SPDX-License-Identifier: GPL-3.0-or-later
"""Trained weights: the manifest, verifying and loading them.  Imports app.jobs, ai_tools.nets.

resources/weights/manifest.json says for each set of weights which network it is for, how that
network is configured, what it was trained on and how well it does.  Nothing is loaded before its
size and SHA-256 are those of the manifest.  torch is imported on the first `load`.

The weights' numbers are stored once: the ONNX graphs beside them, one for each part of the network
that inference calls, hold structure only and point into the safetensors file.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from app.jobs import WeightsMissing

if TYPE_CHECKING:
    import torch
    from torch import nn

WEIGHTS = Path(__file__).resolve().parents[1] / "resources" / "weights"
"""The weights that ship with the program."""

MANIFEST = "manifest.json"
VERSION = 1
"""Version of the manifest's form that this program reads and writes."""

Reason = Literal[
    "missing",
    "not listed",
    "truncated",
    "wrong hash",
    "other version",
    "unreadable",
    "no fit",
    "no graphs",
]

_SENTENCES: Mapping[Reason, str] = {
    "missing": "is not there",
    "not listed": "is not in the list of weights",
    "truncated": "is incomplete",
    "wrong hash": "is damaged or was changed",
    "other version": "is for another version of the program",
    "unreadable": "cannot be read",
    "no fit": "does not fit its network",
    "no graphs": "comes without graphs for ONNX Runtime",
}


class WeightsError(WeightsMissing):
    """A weights file, or the manifest, cannot be used.  `str` is a sentence for the artist.

    Attributes:
        path: the file.
        reason: which kind of trouble it is.
        detail: more for the log, may be empty.
    """

    def __init__(self, path: Path, reason: Reason, detail: str = "") -> None:
        super().__init__(f"The file {path.name} {_SENTENCES[reason]}.")
        self.path = path
        self.reason = reason
        self.detail = detail
        if detail:
            self.add_note(f"{path}: {detail}")


@dataclass(frozen=True, kw_only=True)
class DataSource:
    """Something that weights were trained on."""

    name: str
    licence: str
    credit: str = ""


@dataclass(frozen=True, kw_only=True)
class GraphFile:
    """The ONNX graph of one part of a network; see `ai_tools.parts`."""

    file: str
    """Name of the ONNX file beside the manifest."""
    sha256: str
    bytes: int


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One set of weights in the manifest.  Every field is plain JSON."""

    file: str
    """Name of the safetensors file beside the manifest."""
    sha256: str
    bytes: int
    tool: str
    net: str
    """Name in `ai_tools.nets.registry`."""
    config: dict[str, Any]
    """The network's configuration in full."""
    task: dict[str, Any] = field(default_factory=dict)
    """What inference must know beside the network: scales, label names."""
    data: tuple[DataSource, ...] = ()
    metrics: dict[str, float] = field(default_factory=dict)
    date: str = ""
    """Day of the export, YYYY-MM-DD."""
    card: str = ""
    """Name of the model card beside the manifest."""
    graphs: dict[str, GraphFile] = field(default_factory=dict)
    """Part's name -> its graph; empty where the network was exported without."""


def read_manifest(folder: Path = WEIGHTS) -> dict[str, Entry]:
    """All sets of weights in `folder` by name; empty where there is no manifest.

    Raises:
        WeightsError: the manifest is unreadable or of another version.
    """
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise WeightsError(path, "unreadable", str(error)) from error
    version = content.get("version") if isinstance(content, dict) else None
    if version != VERSION:
        raise WeightsError(path, "other version", f"version {version!r}, not {VERSION}")
    try:
        return {str(name): _entry(values) for name, values in content["weights"].items()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise WeightsError(path, "unreadable", repr(error)) from error


def manifest_json(entries: Mapping[str, Entry]) -> bytes:
    """The manifest's bytes, the inverse of `read_manifest`."""
    weights = {name: dataclasses.asdict(entries[name]) for name in sorted(entries)}
    text = json.dumps({"version": VERSION, "weights": weights}, indent=1, ensure_ascii=False)
    return (text + "\n").encode()


def verified_bytes(name: str, folder: Path = WEIGHTS) -> tuple[bytes, Entry]:
    """The content of a weights file that is exactly what the manifest promises, and its entry.

    Raises:
        WeightsError: not listed, missing, truncated, wrong hash, or a broken manifest.
    """
    entries = read_manifest(folder)
    if name not in entries:
        raise WeightsError(folder / f"{name}.safetensors", "not listed")
    entry = entries[name]
    return _verified(folder, entry), entry


def verified_graphs(entry: Entry, folder: Path = WEIGHTS) -> dict[str, bytes]:
    """Part's name -> its ONNX graph, exactly as the manifest promises; empty where there are none.

    Raises:
        WeightsError: missing, truncated or wrong hash.
    """
    return {part: _verified(folder, graph) for part, graph in entry.graphs.items()}


def _verified(folder: Path, promised: Entry | GraphFile) -> bytes:
    path = folder / promised.file
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise WeightsError(path, "missing") from error
    except OSError as error:
        raise WeightsError(path, "unreadable", str(error)) from error
    if len(data) < promised.bytes:
        raise WeightsError(path, "truncated", f"{len(data)} bytes of {promised.bytes}")
    digest = hashlib.sha256(data).hexdigest()
    if digest != promised.sha256:
        raise WeightsError(path, "wrong hash", f"SHA-256 {digest}, not {promised.sha256}")
    return data


def load(
    name: str, device: torch.device | str = "cpu", folder: Path = WEIGHTS
) -> tuple[nn.Module, Entry]:
    """The network `name` with its weights, in evaluation mode, float32, and its manifest entry.

    Raises:
        WeightsError: see `verified_bytes`; or the weights do not fit the network that this version
            of the program builds.
    """
    data, entry = verified_bytes(name, folder)
    path = folder / entry.file
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load as load_safetensors

    from ai_tools.nets.config import ConfigError
    from ai_tools.nets.registry import build

    try:
        tensors = load_safetensors(data)
        net = build(entry.net, entry.config)
        net.load_state_dict({key: _widened(value, torch) for key, value in tensors.items()})
    except SafetensorError as error:
        raise WeightsError(path, "unreadable", str(error)) from error
    except ConfigError as error:
        raise WeightsError(path, "other version", str(error)) from error
    except RuntimeError as error:  # names or shapes differ
        raise WeightsError(path, "no fit", str(error)) from error
    return net.to(device).eval().requires_grad_(False), entry


def _widened(value: torch.Tensor, torch: Any) -> torch.Tensor:
    return value.float() if value.dtype in (torch.float16, torch.bfloat16) else value


def _entry(values: Mapping[str, Any]) -> Entry:
    """Raises TypeError or ValueError where the manifest's entry is not of the right form."""
    data = tuple(DataSource(**item) for item in values["data"])
    graphs = {part: GraphFile(**graph) for part, graph in values.get("graphs", {}).items()}
    entry = Entry(**{**values, "data": data, "graphs": graphs})
    files: list[Entry | GraphFile] = [entry, *graphs.values()]
    texts = [entry.tool, entry.net, entry.date, entry.card]
    texts += [text for file in files for text in (file.file, file.sha256)]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("a field has the wrong type")
    if not all(type(file.bytes) is int for file in files):
        raise TypeError("a field has the wrong type")
    if not all(isinstance(table, dict) for table in (entry.config, entry.task, entry.metrics)):
        raise TypeError("a field has the wrong type")
    names = [file.file for file in files] + [entry.card] * bool(entry.card)
    if not all(Path(name).name == name for name in names):
        raise ValueError("files must lie beside the manifest")
    return entry
