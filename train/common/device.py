# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a run computes: devices, threads, mixed precision, several processes.  Imports torch.

Several processes are started by `torchrun` or `accelerate launch`; both say who is who through the
same environment variables.  Gradients are averaged by hand after the backward pass instead of by a
wrapper around the network: it suits scripts with several networks and several passes a step, and
the scripts stay those of a single process.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import nn

from ai_tools.runtime import pick_device


@dataclass(frozen=True)
class Place:
    """This process's device and its rank among `world` processes."""

    device: torch.device
    rank: int = 0
    world: int = 1

    @property
    def is_main(self) -> bool:
        """Whether this process writes the files."""
        return self.rank == 0

    def autocast(self, enabled: bool = True) -> torch.autocast:
        """bfloat16 arithmetic where a CUDA device has it; elsewhere a context without effect.

        bfloat16 has float32's range: no loss scaling is needed.
        """
        able = self.device.type == "cuda" and torch.cuda.is_bf16_supported()
        return torch.autocast(self.device.type, torch.bfloat16, enabled=enabled and able)

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replaces each gradient by its mean over the processes, with one message for all."""
        if self.world == 1:
            return
        gradients = [p.grad for p in parameters if p.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        torch.distributed.all_reduce(flat)
        flat /= self.world
        parts = flat.split([gradient.numel() for gradient in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))

    def any_process(self, flag: bool) -> bool:
        """Whether `flag` holds in at least one process; all of them must ask."""
        if self.world == 1:
            return flag
        value = torch.tensor(float(flag), device=self.device)
        torch.distributed.all_reduce(value, torch.distributed.ReduceOp.MAX)
        return bool(value.item())

    def wait_for_all(self) -> None:
        """Returns when every process has called it."""
        if self.world > 1:
            torch.distributed.barrier()


@contextlib.contextmanager
def place(wanted: str | None = None, threads: int | None = None) -> Iterator[Place]:
    """This process's place, for the time of a run.

    Args:
        wanted: "cpu", "cuda", "mps" …; None takes the best there is.
        threads: bound on torch's threads; None leaves torch's own choice.

    Raises:
        app.jobs.BadInput: the wanted device is not there.
    """
    if threads is not None:
        torch.set_num_threads(threads)
    world = int(os.environ.get("WORLD_SIZE", "1"))
    rank = int(os.environ.get("RANK", "0"))
    device = pick_device(wanted)
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(device)
    if world == 1:
        yield Place(device)
        return
    torch.distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Place(device, rank, world)
    finally:
        torch.distributed.destroy_process_group()
