# SPDX-License-Identifier: GPL-3.0-or-later
"""A small untrained sketcher, an engine that runs it, and strokes to go on from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ai_tools.engine import Backend
from ai_tools.nets.ai_sketcher import AiSketcher, AiSketcherConfig
from ai_tools.parts import parts_of
from ai_tools.weights import Entry
from app.core.strokes import Stroke

SMALL = AiSketcherConfig(
    encoder_hidden=8,
    decoder_hidden=12,
    latent=4,
    mixtures=3,
    condition=3,
    influence_size=5,
    raster=False,
)
LABELS = ("apple", "cat", "house")
TASK = {"labels": list(LABELS), "scale_factor": 30.0, "longest": 90, "temperature": 0.45}


torch.set_num_threads(1)  # threads cost more than such a small network takes


class SmallEngine:
    """An `Engine` around a network in memory."""

    backend: Backend = "torch"
    device = "cpu"

    def __init__(self, net: AiSketcher, **task: Any) -> None:
        self.net = net
        self.entry = Entry(
            file="small.safetensors",
            sha256="",
            bytes=0,
            tool="suggest",
            net="ai_sketcher",
            config=net.config.to_dict(),
            task=TASK | task,
        )
        self._parts = {part.name: part for part in parts_of("ai_sketcher", net.config)}
        self.calls: list[str] = []

    def __call__(self, part: str, /, **inputs: NDArray[Any]) -> dict[str, NDArray[np.float32]]:
        self.calls.append(part)
        description = self._parts[part]
        assert set(inputs) == {port.name for port in description.inputs}
        for port in description.inputs:
            assert inputs[port.name].dtype == port.kind, port.name
        tensors = [torch.tensor(inputs[port.name]) for port in description.inputs]
        with torch.no_grad():
            values = description.wrap(self.net)(*tensors)
        return {k: v.numpy() for k, v in zip(description.outputs, values, strict=True)}


@lru_cache(maxsize=4)
def small_engine(influence: str = "prefix_fc") -> SmallEngine:
    """An untrained network that draws short strokes."""
    torch.manual_seed(7)
    config = AiSketcherConfig(**{**SMALL.to_dict(), "influence": influence})
    net = AiSketcher(config).eval()
    with torch.no_grad():
        net.output.bias[:3] = torch.tensor([1.5, 0.5, -3.0])  # down, lift, end
    return SmallEngine(net)


def stroke(
    points: Sequence[Sequence[float]] | NDArray[Any],
    erase: bool = False,
    size: float = 2,
    pressure: float = 1.0,
    seconds: float = 1.0,
) -> Stroke:
    """A pen stroke through points (n, 2), evenly in time."""
    xy = np.asarray(points, np.float32).reshape(-1, 2)
    rest = np.column_stack([np.full(len(xy), pressure), np.linspace(0, seconds, len(xy))])
    return Stroke(np.hstack([xy, rest]).astype(np.float32), size, (0, 0, 0), erase=erase)


def circle(x: float, y: float, radius: float, count: int = 60) -> Stroke:
    """A round stroke, as closed as a hand draws it."""
    angle = np.linspace(0, 2 * np.pi, count)
    ring = np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])
    return stroke(np.round(8 * ring) / 8)  # so that moving and scaling it is exact
