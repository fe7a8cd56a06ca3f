# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts draw on exactly as the whole network does, in torch and as ONNX files."""

from __future__ import annotations

import dataclasses
import io
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from torch import Tensor

from ai_tools.nets.ai_sketcher import AiSketcher, AiSketcherConfig
from ai_tools.nets.config import ConfigError
from ai_tools.parts import Part, parts_of
from ai_tools.suggest.decoder import state_sizes
from tests.ai_tools.suggest.small import SMALL

NOISE = torch.Generator().manual_seed(5)


def drawing(batch: int, steps: int) -> Tensor:
    """Random stroke-5 points, no end tokens."""
    generator = torch.Generator().manual_seed(batch * 100 + steps)
    lifts = (torch.rand(batch, steps, generator=generator) < 0.3).float()
    offsets = torch.randn(batch, steps, 2, generator=generator)
    return torch.cat([offsets, torch.stack([1 - lifts, lifts, 0 * lifts], 2)], 2)


def wrapped(net: AiSketcher) -> dict[str, tuple[Part, torch.nn.Module]]:
    return {
        part.name: (part, part.wrap(net).eval()) for part in parts_of("ai_sketcher", net.config)
    }


def call(part: tuple[Part, torch.nn.Module], values: dict[str, Tensor]) -> dict[str, Tensor]:
    """A part by the names of its ports, as an engine calls it."""
    description, module = part
    with torch.no_grad():
        results = module(*(values[port.name] for port in description.inputs))
    assert len(results) == len(description.outputs)
    return dict(zip(description.outputs, results, strict=True))


def inputs(config: AiSketcherConfig, points: Tensor) -> dict[str, Tensor]:
    batch = len(points)
    return {
        "points": points if points.shape[1] else torch.zeros(batch, 1, 5),
        "lengths": torch.full((batch,), points.shape[1]),
        "condition": torch.eye(config.condition)[torch.arange(batch) % config.condition],
        "latent_noise": torch.randn(batch, config.latent, generator=NOISE),
        "influence_noise": torch.randn(batch, config.influence_size, generator=NOISE),
    }


def blank(config: AiSketcherConfig, batch: int) -> dict[str, Tensor]:
    """The part of a state that is zero in front of the first point."""
    sizes = state_sizes(config.decoder_hidden, config.encoder_hidden, config.influence)
    return {name: torch.zeros(batch, size) for name, size in sizes.items()}


def moved(values: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix("next_"): value for name, value in values.items()}


ROWS = [SMALL, dataclasses.replace(SMALL, influence="none")]


@pytest.mark.parametrize("config", ROWS, ids=["influence", "none"])
@pytest.mark.parametrize("length", [0, 1, 7])
def test_reading_and_stepping_give_what_the_network_gives(
    config: AiSketcherConfig, length: int
) -> None:
    torch.manual_seed(1)
    net = AiSketcher(config).eval()
    points = drawing(4, length + 3)
    prefix, more = points[:, :length], points[:, length:]
    given = inputs(config, prefix)
    with torch.no_grad():
        raw, state = net.encode_prefix(
            prefix,
            given["condition"],
            None,
            given["latent_noise"],
            given["influence_noise"] if config.influence != "none" else None,
        )
    made = wrapped(net)
    got = blank(config, 4) | given | call(made["start"], given)
    if length:
        got |= moved(call(made["read"], got))
        got["raw"] = got["raw"][:, -1]
    torch.testing.assert_close(got["raw"], raw, atol=1e-5, rtol=1e-4)
    for t in range(more.shape[1]):
        with torch.no_grad():
            raw, state = net.step(more[:, t], state)
        got |= moved(call(made["step"], got | {"point": more[:, t]}))
        torch.testing.assert_close(got["raw"], raw, atol=1e-5, rtol=1e-4)


@pytest.mark.filterwarnings("ignore:.*legacy TorchScript", "ignore:The feature will be removed")
@pytest.mark.filterwarnings("ignore:Converting a tensor", "ignore:Exporting a model to ONNX")
@pytest.mark.parametrize("config", ROWS, ids=["influence", "none"])
def test_the_parts_are_the_same_as_onnx_files_for_any_batch_and_length(
    config: AiSketcherConfig,
) -> None:
    torch.manual_seed(2)
    net = AiSketcher(config).eval()
    values = blank(config, 2) | inputs(config, drawing(2, 9))
    for name in ("start", "read", "step"):
        part, module = wrapped(net)[name]
        values |= {"points": drawing(2, 9), "point": drawing(2, 1)[:, 0]}
        expected = call((part, module), values)
        session = onnxruntime.InferenceSession(_onnx(part, module))
        feed = {port.name: values[port.name].numpy() for port in part.inputs}
        for key, array in zip(part.outputs, session.run(None, feed), strict=True):
            np.testing.assert_allclose(array, expected[key].numpy(), atol=2e-5)
        values |= moved(expected)


def _onnx(part: Part, module: torch.nn.Module) -> bytes:
    examples = tuple(
        torch.ones(port.example, dtype=getattr(torch, port.kind)) for port in part.inputs
    )
    axes = {
        port.name: {i: size for i, size in enumerate(port.shape) if isinstance(size, str)}
        for port in part.inputs
    }
    buffer = io.BytesIO()
    torch.onnx.export(
        module,
        examples,
        buffer,
        input_names=[port.name for port in part.inputs],
        output_names=list(part.outputs),
        dynamic_axes=axes,
        dynamo=False,
        opset_version=17,
    )
    return buffer.getvalue()


@pytest.mark.parametrize("change", [{"influence": "var_attn"}, {"raster": True}])
def test_networks_that_cannot_be_drawn_with_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="suggestions need"):
        parts_of("ai_sketcher", dataclasses.replace(SMALL, **change))
