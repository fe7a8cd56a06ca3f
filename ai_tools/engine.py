# SPDX-License-Identifier: GPL-3.0-or-later
"""Running trained networks on numpy arrays, by whichever library is there.  Imports no library.

`open_engine` is the one way in.  Tools hand float32 and int64 arrays to a network's parts (see
`ai_tools.parts`) and never see torch or ONNX Runtime; the frozen program has no torch at all.

A call cannot be interrupted, so tools keep calls short, tile large pictures, and look at their
token in between.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from ai_tools import runtime
from ai_tools.runtime import EngineMissing
from ai_tools.weights import WEIGHTS, Entry, WeightsError, read_manifest
from app.jobs import BadInput

__all__ = ["Backend", "Engine", "EngineMissing", "open_engine"]

Backend = Literal["onnx", "torch"]


class Engine(Protocol):
    """A network that is ready to compute.  Safe to call from several threads at once."""

    @property
    def entry(self) -> Entry:
        """What the manifest says of its weights."""
        ...

    @property
    def backend(self) -> Backend:
        """The library it runs on."""
        ...

    @property
    def device(self) -> str:
        """Where it runs, such as "cpu" or "cuda:0": the job queue's lane for its jobs."""
        ...

    def __call__(self, part: str, /, **inputs: NDArray[Any]) -> dict[str, NDArray[np.float32]]:
        """Computes one part of the network.

        Args:
            part: its name, such as "encode".
            inputs: float32 or int64, by the names of the part's ports; sizes of 1 and more.

        Returns:
            The part's outputs by name, float32, own memory.

        Raises:
            ValueError: no such part; an input that is missing, unknown or of the wrong type or
                shape.  The message names it.
            OutOfMemory: the input is too large for this computer.
        """
        ...


_engines: dict[tuple[str, str | None, Backend | None, Path], Engine] = {}
_opening = threading.Lock()


def open_engine(
    name: str,
    *,
    device: str | None = None,
    backend: Backend | None = None,
    folder: Path = WEIGHTS,
) -> Engine:
    """The engine for the weights `name`; opened once per process, anew where the file changed.

    Takes a moment, so it belongs in a job.  Left to itself it takes torch on CUDA or MPS where
    there is any, else ONNX Runtime, else torch, both on all cores of the CPU but one.

    Args:
        name: in the manifest.
        device: "cpu", "cuda", "cuda:1" or "mps"; None = the best.
        backend: None = the best for the device.
        folder: of the manifest and the weights.

    Raises:
        EngineMissing: the library is not installed, or none is.
        BadInput: this computer, or ONNX Runtime, has no such device.
        WeightsError: the files are absent, damaged or of another version, or there are no graphs
            for the wanted ONNX Runtime.
    """
    key = (name, device, backend, folder)
    with _opening:
        entries = read_manifest(folder)
        if name not in entries:
            raise WeightsError(folder / f"{name}.safetensors", "not listed")
        engine = _engines.get(key)
        if engine is None or engine.entry != entries[name]:
            engine = _open(name, entries[name], device, backend, folder)
            _engines[key] = engine
        return engine


def _open(
    name: str, entry: Entry, device: str | None, backend: Backend | None, folder: Path
) -> Engine:
    if backend is None:
        backend = _best_backend(entry, device)
    if backend == "torch":
        from ai_tools.torch_engine import TorchEngine

        return TorchEngine(name, device=runtime.pick_device(device), folder=folder)
    if not runtime.has_onnxruntime():
        raise EngineMissing("The library that runs the networks (ONNX Runtime) is not installed.")
    if device not in (None, "cpu"):
        raise BadInput(f"ONNX Runtime runs networks on the CPU here, not on {device}.")
    from ai_tools.onnx_engine import OnnxEngine

    return OnnxEngine(name, folder=folder)


def _best_backend(entry: Entry, device: str | None) -> Backend:
    """Raises EngineMissing where nothing can run the network."""
    with_onnx = runtime.has_onnxruntime() and bool(entry.graphs)
    if runtime.has_torch():
        if not with_onnx or device not in (None, "cpu"):
            return "torch"
        usable = device is None and not runtime.torch_for_cpu_only()
        return "torch" if usable and runtime.pick_device().type != "cpu" else "onnx"
    if not runtime.has_onnxruntime():
        raise EngineMissing("No library that runs the networks is installed.")
    return "onnx"
