# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks on ONNX Runtime, on the CPU.  Imports onnxruntime, no torch.

The graphs hold structure only; their numbers are the bytes of the safetensors file, which are
verified, handed over in memory and made float32 while the session opens.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from ai_tools import runtime
from ai_tools.engine import Backend
from ai_tools.parts import Port, checked
from ai_tools.weights import WEIGHTS, WeightsError, verified_bytes, verified_graphs
from app.jobs import OutOfMemory

_KINDS = {"tensor(float)": "float32", "tensor(int64)": "int64"}
_BROKEN = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
)
_FATAL_ONLY = 4
"""For the library's own log on the terminal: errors are raised anyway."""


class OnnxEngine:
    """See `ai_tools.engine.Engine`."""

    backend: Backend = "onnx"
    device = "cpu"

    def __init__(self, name: str, folder: Path = WEIGHTS) -> None:
        """Verifies the weights and graphs of `name` and opens a session for each part.

        Raises:
            WeightsError: absent, damaged, of another version, or without graphs.
        """
        weights, self.entry = verified_bytes(name, folder)
        graphs = verified_graphs(self.entry, folder)
        if not graphs:
            raise WeightsError(folder / self.entry.file, "no graphs")
        self._sessions = {}
        for part, graph in graphs.items():
            try:
                session = ort.InferenceSession(
                    graph, self._options(weights), providers=["CPUExecutionProvider"]
                )
            except _BROKEN as error:
                path = folder / self.entry.graphs[part].file
                raise WeightsError(path, "other version", str(error)) from error
            self._sessions[part] = session
        self._ports = {
            part: tuple(
                Port(port.name, tuple(port.shape), (), _KINDS[port.type])
                for port in session.get_inputs()
            )
            for part, session in self._sessions.items()
        }

    def __call__(self, part: str, /, **inputs: NDArray[Any]) -> dict[str, NDArray[np.float32]]:
        """See `Engine`."""
        if part not in self._sessions:
            raise ValueError(f"{self.entry.net} has no part {part!r}, only {list(self._sessions)}")
        session = self._sessions[part]
        arrays = checked(part, self._ports[part], inputs)
        try:
            values = session.run(None, arrays)
        except (ort_errors.RuntimeException, ort_errors.Fail) as error:
            # Running out of memory has no exception of its own.
            if "alloc" in str(error).lower():
                raise OutOfMemory() from error
            raise
        names = [port.name for port in session.get_outputs()]
        return {
            name: value.astype(np.float32, copy=False)
            for name, value in zip(names, values, strict=True)
        }

    def _options(self, weights: bytes) -> ort.SessionOptions:
        options = ort.SessionOptions()
        options.add_external_initializers_from_files_in_memory(
            [self.entry.file], [weights], [len(weights)]
        )
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        options.intra_op_num_threads = runtime.usual_threads()
        options.inter_op_num_threads = 1
        # Waiting threads sleep instead of spinning: the canvas keeps its core.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # Otherwise a session keeps for ever what its largest picture took.
        options.enable_cpu_mem_arena = False
        options.log_severity_level = _FATAL_ONLY
        return options
