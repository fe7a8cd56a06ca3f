# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks on torch, on accelerators and, where ONNX Runtime is absent, on the CPU.

Imports torch.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ai_tools import runtime
from ai_tools.engine import Backend
from ai_tools.parts import checked, parts_of
from ai_tools.weights import WEIGHTS, load
from app.jobs import OutOfMemory


class TorchEngine:
    """See `ai_tools.engine.Engine`."""

    backend: Backend = "torch"

    def __init__(self, name: str, device: torch.device, folder: Path = WEIGHTS) -> None:
        """Verifies and loads the weights of `name`; bounds torch's threads on the CPU.

        Raises:
            WeightsError: see `ai_tools.weights.load`.
        """
        net, self.entry = load(name, device, folder)
        self.device = runtime.lane(device)
        self._at = device
        self._parts = {part.name: part for part in parts_of(self.entry.net, net.config)}
        self._modules = {name: part.wrap(net).eval() for name, part in self._parts.items()}
        if device.type == "cpu":
            runtime.bound_threads()

    def __call__(self, part: str, /, **inputs: NDArray[Any]) -> dict[str, NDArray[np.float32]]:
        """See `Engine`."""
        if part not in self._parts:
            raise ValueError(f"{self.entry.net} has no part {part!r}, only {list(self._parts)}")
        arrays = checked(part, self._parts[part].inputs, inputs)
        # A copy, so that a read-only array cannot be written to and no output shares its memory.
        tensors = [torch.tensor(array, device=self._at) for array in arrays.values()]
        try:
            with torch.inference_mode():
                values = self._modules[part](*tensors)
        except RuntimeError as error:
            # On the CPU, running out of memory has no exception of its own.
            if "allocate memory" in str(error):
                raise OutOfMemory() from error
            raise
        return {
            output: value.float().cpu().numpy()
            for output, value in zip(self._parts[part].outputs, values, strict=True)
        }
