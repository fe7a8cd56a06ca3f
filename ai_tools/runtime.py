# SPDX-License-Identifier: GPL-3.0-or-later
"""Where networks run: library, device, threads, lane.  Imports app.jobs; torch only when asked.

Importing torch takes seconds and hundreds of megabytes, so nothing here imports it at module
level: the first call happens in a worker thread, in the job that needs it.
"""

from __future__ import annotations

import os
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.jobs import BadInput, JobError

if TYPE_CHECKING:
    import torch

MAX_THREADS = 8
"""More threads gain little for networks of this size and take them from the painting."""


class EngineMissing(JobError):  # noqa: N818, says what happened
    """The library that runs networks is not installed."""


def has_torch() -> bool:
    """Whether torch is installed; quick, because it is only looked for, not loaded."""
    return find_spec("torch") is not None


def has_onnxruntime() -> bool:
    """Whether ONNX Runtime is installed; looked for, not loaded."""
    return find_spec("onnxruntime") is not None


def has_engine() -> bool:
    """Whether a library that runs networks is installed; looked for, not loaded."""
    return has_torch() or has_onnxruntime()


def torch_for_cpu_only() -> bool:
    """Whether the torch that is installed was built without CUDA, ROCm and MPS; not loaded.

    Saves everybody without an accelerator from loading torch only to learn that.
    """
    spec = find_spec("torch")
    if spec is None or not spec.submodule_search_locations or sys.platform == "darwin":
        return False
    try:
        text = (Path(spec.submodule_search_locations[0]) / "version.py").read_text("utf-8")
    except OSError:
        return False
    return len(re.findall(r"^(?:cuda|hip)\b.*= None$", text, re.MULTILINE)) == 2


def pick_device(wanted: str | None = None) -> torch.device:
    """The device to compute on: `wanted`, or the best of CUDA, Apple's MPS and the CPU.

    Raises:
        EngineMissing: torch is not installed.
        BadInput: the wanted device does not exist here.
    """
    torch = _torch()
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if wanted is None:
        return torch.device(next(kind for kind, available in there.items() if available))
    try:
        device = torch.device(wanted)
    except RuntimeError as error:
        raise BadInput(f"There is no kind of device called {wanted}.") from error
    beyond = device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count()
    if not there.get(device.type, False) or beyond:
        raise BadInput(f"This computer has no device {wanted} that networks can run on.")
    return device


def usual_threads() -> int:
    """Threads for networks on the CPU: all cores but one for the canvas, at most `MAX_THREADS`."""
    return min(MAX_THREADS, max(1, _cores() - 1))


def bound_threads(threads: int | None = None) -> int:
    """Bounds torch's threads on the CPU and returns the number.

    Args:
        threads: 1 or more; None: `usual_threads`.

    Raises:
        EngineMissing: torch is not installed.
    """
    if threads is None:
        threads = usual_threads()
    if threads < 1:
        raise ValueError("at least one thread is needed")
    _torch().set_num_threads(threads)
    return threads


def lane(device: torch.device) -> str:
    """The job queue's lane for a device, such as "cpu" or "cuda:0": one job at a time in each."""
    return device.type if device.index is None else f"{device.type}:{device.index}"


def _cores() -> int:
    """Cores that this process may use, which can be fewer than the computer has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _torch() -> Any:
    if not has_torch():
        raise EngineMissing("The library that runs the networks (torch) is not installed.")
    import torch

    return torch
