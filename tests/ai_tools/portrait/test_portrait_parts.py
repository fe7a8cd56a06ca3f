# SPDX-License-Identifier: GPL-3.0-or-later
"""The portrait network's parts: the network itself, and the same on torch and ONNX Runtime."""

from pathlib import Path

import numpy as np
import pytest
import torch

from ai_tools.engine import open_engine
from ai_tools.nets.portrait_light import PortraitLight, PortraitLightConfig
from ai_tools.nets.portrait_source import Source
from ai_tools.nets.volume import Camera
from ai_tools.portrait.parts import parts
from ai_tools.weights import load
from tests.ai_tools.agreement import assert_backends_agree
from train.common.export import export_weights

SIZES = {
    **{"input_size": 32, "encoder_widths": (8, 8, 8), "encoder_last": 8, "token_width": 16},
    **{"token_layers": 1, "token_heads": 2, "plane_channels": 4, "field_hidden": 4, "labels": 5},
    **{"features": 4, "size": 16, "preview_size": 8, "samples": 4, "style_size": 3},
    **{"people": 3, "people_size": 4, "translator_widths": (8, 8, 8), "last_width": 8},
    **{"spade_hidden": 4, "styles": ("line", "oil")},
}
GENERATOR = np.random.default_rng(5)


def numbers(*shape: int) -> np.ndarray:
    return GENERATOR.uniform(-1, 1, shape).astype(np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a random network with a code book."""
    torch.manual_seed(0)
    net = PortraitLight(PortraitLightConfig(**SIZES))
    assert net.people is not None
    net.people.mean.normal_(0, 0.3)
    net.people.basis.normal_(0, 0.3)
    made = tmp_path_factory.mktemp("weights")
    export_weights(
        net,
        name="portrait",
        tool="portrait",
        net_name="portrait_light",
        task={},
        data=[],
        metrics={},
        story="Random.",
        folder=made,
    )
    return made


@pytest.fixture
def shown() -> dict[str, np.ndarray]:
    """What every view wants."""
    return {
        "planes": numbers(1, 3, 4, 8, 8),
        "drawing": numbers(1, 3, 32, 32),
        "pose": 0.2 * numbers(1, 6),
        "drawn": np.ones((1, 1), np.float32),
        "camera": np.array([[0.5, -0.1]], np.float32),
        "style": np.array([[0.25, 0.75]], np.float32),
    }


def test_both_libraries_compute_the_same(folder: Path, shown: dict[str, np.ndarray]) -> None:
    labels = GENERATOR.dirichlet(np.ones(5), (1, 16, 16)).transpose(0, 3, 1, 2)
    inputs = {
        "encode": {"drawing": shown["drawing"]},
        "person": {"z": numbers(1, 3)},
        "view": shown,
        "preview": shown,
        "edit": shown | {"labels": labels.astype(np.float32)},
    }
    assert_backends_agree("portrait", folder, inputs, atol=2e-3)


def test_parts_are_the_network(folder: Path, shown: dict[str, np.ndarray]) -> None:
    net, _ = load("portrait", folder=folder)
    engine = open_engine("portrait", folder=folder, backend="torch", device="cpu")
    tensors = {name: torch.from_numpy(value) for name, value in shown.items()}
    with torch.no_grad():
        code = net.encode(tensors["drawing"])
        side = Camera(tensors["camera"][:, 0], tensors["camera"][:, 1])
        view = net.render(tensors["planes"], side)
        source = Source(tensors["drawing"], tensors["pose"], tensors["drawn"])
        wanted = net.decode(view, tensors["style"], net.look(source, view, side))
    encoded, found = engine("encode", drawing=shown["drawing"]), engine("view", **shown)
    np.testing.assert_allclose(encoded["planes"], code.planes.numpy(), atol=1e-5)
    np.testing.assert_allclose(encoded["pose"], code.pose.numpy(), atol=1e-5)
    np.testing.assert_allclose(found["image"], wanted.image.numpy(), atol=1e-5)
    np.testing.assert_allclose(found["labels"], wanted.labels.numpy(), atol=1e-5)
    assert found["image"].shape == (1, 3, 64, 64)
    assert found["small_labels"].shape == (1, 5, 16, 16)
    assert engine("preview", **shown)["image"].shape == (1, 3, 32, 32)


def test_without_a_drawing_drawing_and_pose_do_not_count(
    folder: Path, shown: dict[str, np.ndarray]
) -> None:
    engine = open_engine("portrait", folder=folder, backend="torch", device="cpu")
    none = shown | {"drawn": np.zeros((1, 1), np.float32)}
    other = none | {"drawing": numbers(1, 3, 32, 32), "pose": 0.1 * numbers(1, 6)}
    assert np.array_equal(engine("view", **none)["image"], engine("view", **other)["image"])
    assert not np.array_equal(engine("view", **none)["image"], engine("view", **shown)["image"])


def test_a_network_that_makes_no_people_has_no_such_part() -> None:
    names = [part.name for part in parts(PortraitLightConfig(**{**SIZES, "people": 0}))]
    assert names == ["encode", "view", "preview", "edit"]
    assert [part.name for part in parts(PortraitLightConfig(**SIZES))][-1] == "person"
