# SPDX-License-Identifier: GPL-3.0-or-later
"""Graphs point into the weights' file, compute what torch does, and are refused where they do not.

The network here has what tools' networks have: convolutions with folded normalisation, an LSTM
with a state, sampling at places, instance normalisation, pixel shuffling, whole numbers.
"""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save
from torch import Tensor, nn

from ai_tools.parts import Part, Port
from train.common.onnx_export import GraphError, make_graph, stored_tensors

FILE = "net-0123abcd.safetensors"


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Sequential(nn.Conv2d(1, 4, 3, 1, 1), nn.BatchNorm2d(4), nn.ReLU())
        self.norm = nn.InstanceNorm2d(4, affine=True)
        self.lstm = nn.LSTM(3, 5, batch_first=True)
        self.names = nn.Embedding(6, 5)
        self.register_buffer("shift", torch.tensor(0.25))
        self.register_buffer("table", torch.arange(6), persistent=True)


class Look(nn.Module):
    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, picture: Tensor) -> tuple[Tensor, ...]:
        x = F.pad(picture, (0, -picture.shape[3] % 2, 0, -picture.shape[2] % 2), mode="replicate")
        x = self.net.norm(self.net.enter(x)) + self.net.shift
        # Whole numbers beside Python's floats, which the exporter takes for float64.
        axis = (torch.arange(8) + 0.5) / 4 - 1
        grid = torch.stack([axis.expand(8, 8), axis[:, None].expand(8, 8)], 2)
        seen = F.grid_sample(x, grid.expand(x.shape[0], 8, 8, 2), align_corners=False)
        return F.pixel_shuffle(x, 2), seen


class Step(nn.Module):
    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.lstm = net.lstm
        self.names = net.names
        self.table = net.table

    def forward(self, points: Tensor, label: Tensor, cell: Tensor) -> tuple[Tensor, ...]:
        hidden = self.names(self.table[label])
        out, (_, cell) = self.lstm(points, (hidden[None], cell[None]))
        return out, cell[0]


LOOK = Part("look", (Port("picture", ("B", 1, "H", "W"), (2, 1, 5, 6)),), ("large", "seen"), Look)
STEP = Part(
    "step",
    (
        Port("points", ("B", "T", 3), (2, 4, 3)),
        Port("label", ("B",), (2,), "int64"),
        Port("cell", ("B", 5), (2, 5)),
    ),
    ("out", "next_cell"),
    Step,
)


@pytest.fixture(scope="module")
def net() -> nn.Module:
    torch.manual_seed(0)
    net = Net()
    for value in net.state_dict().values():
        if value.is_floating_point():
            value.uniform_(0.1, 1).copy_(value.half())
    return net.eval()


@pytest.fixture(scope="module")
def blob(net: nn.Module) -> bytes:
    return save(
        {
            key: (value.half() if value.is_floating_point() else value).contiguous()
            for key, value in net.state_dict().items()
        }
    )


def run(folder: Path, graph: bytes, blob: bytes, **inputs: np.ndarray) -> list[np.ndarray]:
    """As any other program would: from files, in a folder of their own."""
    (folder / FILE).write_bytes(blob)
    (folder / "part.onnx").write_bytes(graph)
    session = onnxruntime.InferenceSession(folder / "part.onnx", providers=["CPUExecutionProvider"])
    return session.run(None, inputs)


@pytest.mark.parametrize("shape", [(1, 1, 8, 8), (3, 1, 7, 13)])
def test_pictures_of_any_size(tmp_path: Path, net: nn.Module, blob: bytes, shape: tuple) -> None:
    graph = make_graph(LOOK, net, blob, FILE)
    picture = np.random.default_rng(0).random(shape, np.float32)
    with torch.no_grad():
        wanted = Look(net)(torch.from_numpy(picture))
    for found, want in zip(run(tmp_path, graph, blob, picture=picture), wanted, strict=True):
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, want.numpy(), atol=1e-4)


def test_a_recurrent_step_with_whole_numbers(tmp_path: Path, net: nn.Module, blob: bytes) -> None:
    graph = make_graph(STEP, net, blob, FILE)
    rng = np.random.default_rng(0)
    inputs = {
        "points": rng.random((3, 9, 3), np.float32),
        "label": np.array([5, 0, 2]),
        "cell": rng.random((3, 5), np.float32),
    }
    with torch.no_grad():
        wanted = Step(net)(*(torch.from_numpy(array) for array in inputs.values()))
    for found, want in zip(run(tmp_path, graph, blob, **inputs), wanted, strict=True):
        np.testing.assert_allclose(found, want.numpy(), atol=1e-5)


@pytest.mark.parametrize("part", [LOOK, STEP], ids=["look", "step"])
def test_no_number_of_the_network_is_in_the_graph(part: Part, net: nn.Module, blob: bytes) -> None:
    model = onnx.load_from_string(make_graph(part, net, blob, FILE))
    stored = stored_tensors(blob)
    places = {(place.offset, place.length): place for place in stored.values()}
    assert model.graph.initializer
    for tensor in model.graph.initializer:
        assert tensor.data_location == onnx.TensorProto.EXTERNAL
        where = {item.key: item.value for item in tensor.external_data}
        assert where["location"] == FILE
        place = places[int(where["offset"]), int(where["length"])]
        assert place.shape == tuple(tensor.dims)
    constants = [node for node in model.graph.node if node.op_type == "Constant"]
    weights = {value.numel() for value in net.state_dict().values() if value.numel() > 20}
    assert not weights & {int(np.prod(node.attribute[0].t.dims)) for node in constants}


def test_other_weights_of_the_same_form_need_only_their_own_file(
    tmp_path: Path, net: nn.Module, blob: bytes
) -> None:
    graph = make_graph(STEP, net, blob, FILE)
    begin = 8 + int.from_bytes(blob[:8], "little")
    zeros = blob[:begin] + bytes(len(blob) - begin)
    points = np.ones((1, 2, 3), np.float32)
    nothing = np.zeros((1, 5), np.float32)
    out, _ = run(tmp_path, graph, zeros, points=points, label=np.array([0]), cell=nothing)
    assert (out == 0).all()


def test_the_same_network_gives_the_same_bytes(net: nn.Module, blob: bytes) -> None:
    assert make_graph(STEP, net, blob, FILE) == make_graph(STEP, net, blob, FILE)


class Frozen(nn.Module):
    """Takes a changeable size for a constant."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()

    def forward(self, picture: Tensor) -> tuple[Tensor]:
        return (picture.sum() / int(picture.shape[3]),)


class Absent(nn.Module):
    """An operation that does not exist in ONNX."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()

    def forward(self, picture: Tensor) -> tuple[Tensor]:
        return (torch.linalg.svdvals(picture[0, 0]),)


def test_a_graph_that_holds_at_one_size_only_is_refused(net: nn.Module, blob: bytes) -> None:
    with pytest.raises(GraphError, match="'mean' of part 'frozen' differs"):
        make_graph(Part("frozen", LOOK.inputs, ("mean",), Frozen), net, blob, FILE)


def test_what_onnx_lacks_is_refused(net: nn.Module, blob: bytes) -> None:
    with pytest.raises(GraphError, match="'absent' cannot be traced"):
        make_graph(Part("absent", LOOK.inputs, ("values",), Absent), net, blob, FILE)


def test_weights_of_another_network_are_refused(net: nn.Module, blob: bytes) -> None:
    torch.manual_seed(0)
    other = Net()
    with pytest.raises(GraphError, match="differs"):
        make_graph(STEP, other, blob, FILE)
    other.lstm = nn.LSTM(3, 6, batch_first=True)
    other.names = nn.Embedding(6, 6)
    wide = (*STEP.inputs[:2], Port("cell", ("B", 6), (2, 6)))
    with pytest.raises(GraphError, match="stored as"):
        make_graph(Part("step", wide, STEP.outputs, Step), other, blob, FILE)
