# SPDX-License-Identifier: GPL-3.0-or-later
"""The simplifier's part is its network, on torch and on ONNX Runtime, with and without degree."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ai_tools.engine import open_engine
from ai_tools.nets.registry import build
from ai_tools.nets.simplifier_light import HEADS
from ai_tools.weights import load
from tests.ai_tools.agreement import assert_backends_agree
from train.common.export import export_weights

GENERATOR = np.random.default_rng(3)


def write(folder: Path, **changes: Any) -> None:
    """Weights of a small random network, whose normalisations are not the identity."""
    torch.manual_seed(0)
    net = build("simplifier_light", {"widths": [4, 8], "unshuffle": 2, **changes})
    for key, value in net.state_dict().items():
        if key.endswith(("running_mean", "running_var")):
            value.uniform_(0.1, 2)
    net.set_statistics(0.8, 0.3)
    export_weights(
        net,
        name="simplifier",
        tool="simplify",
        net_name="simplifier_light",
        task={},
        data=[],
        metrics={},
        story="Random.",
        folder=folder,
    )


def sketch(batch: int, height: int, width: int) -> np.ndarray:
    return GENERATOR.random((batch, 1, height, width), np.float32)


@pytest.mark.parametrize("shape", [(1, 16, 16), (2, 37, 21), (3, 5, 64)])
def test_both_libraries_compute_the_same_at_any_size(tmp_path: Path, shape: tuple) -> None:
    write(tmp_path)
    degree = np.linspace(0, 1, shape[0], dtype=np.float32)
    assert_backends_agree(
        "simplifier", tmp_path, {"clean": {"sketch": sketch(*shape), "degree": degree}}
    )


def test_it_is_the_network(tmp_path: Path) -> None:
    write(tmp_path)
    picture, degree = sketch(1, 20, 30), np.array([0.7], np.float32)
    net, _ = load("simplifier", folder=tmp_path)
    with torch.no_grad():
        wanted = net(torch.from_numpy(picture), torch.from_numpy(degree))
    found = open_engine("simplifier", folder=tmp_path, backend="onnx")(
        "clean", sketch=picture, degree=degree
    )
    assert list(found) == list(HEADS)
    for head, channels in HEADS.items():
        assert found[head].shape == (1, channels, 20, 30)
        np.testing.assert_allclose(found[head], wanted[head].numpy(), atol=1e-4)


def test_a_network_without_degree_and_with_fewer_heads_has_a_smaller_part(tmp_path: Path) -> None:
    write(tmp_path, degree=False, heads=["line", "half_width"])
    inputs = {"sketch": sketch(1, 12, 9)}
    assert_backends_agree("simplifier", tmp_path, {"clean": inputs})
    engine = open_engine("simplifier", folder=tmp_path, backend="onnx")
    assert list(engine("clean", **inputs)) == ["line", "half_width"]
    with pytest.raises(ValueError, match="degree"):
        engine("clean", **inputs, degree=np.zeros(1, np.float32))
