# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks as ONNX graphs without numbers of their own.  Imports torch, onnx, onnxruntime.

A graph holds one part of a network (`ai_tools.parts`).  Its initialisers are external data in
ONNX's sense, and lie where `export` has put them anyway: in the safetensors file, as float16, which
the graph casts to float32.  So there is one copy of the weights for torch and ONNX Runtime, and
the graphs open in any ONNX tool that finds the safetensors file beside them.
"""

from __future__ import annotations

import io
import json
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import ModelProto, NodeProto, TensorProto
from torch import Tensor, nn

from ai_tools.parts import Part, Port

OPSET = 18
"""Of ONNX; the newest that torch's exporter knows how to write well."""

TOLERANCE = 1e-3
"""By how much ONNX Runtime may differ from torch, in parts of 1 + the largest number."""

_PRODUCER = "Limner"
_ONNX_KINDS = {
    "F32": TensorProto.FLOAT,
    "F16": TensorProto.FLOAT16,
    "I64": TensorProto.INT64,
    "I32": TensorProto.INT32,
    "BOOL": TensorProto.BOOL,
}


class GraphError(ValueError):
    """A part of a network cannot be written as a graph, or computes something else as one."""


@dataclass(frozen=True)
class Stored:
    """Where a tensor's bytes lie in a safetensors file."""

    kind: str
    shape: tuple[int, ...]
    offset: int
    length: int


def stored_tensors(blob: bytes) -> dict[str, Stored]:
    """Every tensor's place in the bytes of a safetensors file, offsets from the file's begin."""
    begin = 8 + int.from_bytes(blob[:8], "little")
    header = json.loads(blob[8:begin])
    header.pop("__metadata__", None)
    return {
        key: Stored(
            kind=item["dtype"],
            shape=tuple(item["shape"]),
            offset=begin + item["data_offsets"][0],
            length=item["data_offsets"][1] - item["data_offsets"][0],
        )
        for key, item in header.items()
    }


def make_graph(part: Part, net: nn.Module, blob: bytes, file: str) -> bytes:
    """One part as an ONNX graph whose weights are those in `blob`, tried out on ONNX Runtime.

    Args:
        net: with the weights in `blob`, on the CPU; its mode is evaluation from here on.
        blob: the safetensors file's content, keys as in `net.state_dict()`.
        file: name under which the graph will find it, in its own folder.

    Raises:
        GraphError: the part cannot be traced, or ONNX Runtime computes something else.
    """
    module = part.wrap(net.eval()).eval()
    model = _traced(part, module)
    _make_single_precision(model)
    _point_into(model, _names_in(net, module), stored_tensors(blob), file)
    model.producer_name = _PRODUCER
    graph: bytes = model.SerializeToString()
    for scale in (1, 2):  # at the size that was traced, and at another
        _compare(part, module, graph, blob, file, scale)
    return graph


def _traced(part: Part, module: nn.Module) -> ModelProto:
    examples = tuple(_example(port, 1, seed) for seed, port in enumerate(part.inputs))
    axes = {
        port.name: {n: axis for n, axis in enumerate(port.shape) if isinstance(axis, str)}
        for port in part.inputs
    }
    file = io.BytesIO()
    try:
        with warnings.catch_warnings():
            # The older exporter keeps parameters as they are and by name, in a second instead of
            # half a minute, and writes LSTMs and pixel shuffles as one node.
            warnings.filterwarnings("ignore", category=DeprecationWarning)
            warnings.filterwarnings("ignore", category=torch.jit.TracerWarning)
            warnings.filterwarnings("ignore", category=UserWarning, module=r"torch\.onnx")
            torch.onnx.export(
                module,
                examples,
                file,
                dynamo=False,
                opset_version=OPSET,
                input_names=[port.name for port in part.inputs],
                output_names=list(part.outputs),
                dynamic_axes=axes,
                # Both, or parameters would be folded into new ones that are stored nowhere.
                do_constant_folding=False,
                training=torch.onnx.TrainingMode.PRESERVE,
            )
    except (RuntimeError, torch.onnx.OnnxExporterError) as error:
        raise GraphError(f"part {part.name!r} cannot be traced: {error}") from error
    return onnx.load_from_string(file.getvalue())


def _make_single_precision(model: ModelProto) -> None:
    """Float64 -> float32: the exporter writes sums of whole numbers and Python's floats as float64,
    where torch computes float32, and everything behind them with it."""
    for node in model.graph.node:
        for attribute in node.attribute:
            if node.op_type == "Cast" and attribute.i == TensorProto.DOUBLE:
                attribute.i = TensorProto.FLOAT
            if attribute.t.data_type == TensorProto.DOUBLE:
                values = onnx.numpy_helper.to_array(attribute.t).astype(np.float32)
                attribute.t.CopyFrom(onnx.numpy_helper.from_array(values, attribute.t.name))
    for value in model.graph.output:
        if value.type.tensor_type.elem_type == TensorProto.DOUBLE:
            value.type.tensor_type.elem_type = TensorProto.FLOAT
    del model.graph.value_info[:]  # the types in between; every reader works them out again


def _names_in(net: nn.Module, module: nn.Module) -> dict[str, str]:
    """Names of `module`'s tensors -> names of the same tensors in `net`."""
    known = {id(value): key for key, value in net.state_dict(keep_vars=True).items()}
    return {
        key: known[id(value)]
        for key, value in module.state_dict(keep_vars=True).items()
        if id(value) in known
    }


def _point_into(
    model: ModelProto, names: Mapping[str, str], stored: Mapping[str, Stored], file: str
) -> None:
    """Replaces the network's own numbers in the graph by places in `file`."""
    kept, casts = [], []
    for tensor in model.graph.initializer:
        place = stored.get(names.get(tensor.name, ""))
        if place is None:
            kept.append(tensor)
            continue
        if place.shape != tuple(tensor.dims):
            raise GraphError(f"{tensor.name} is {tuple(tensor.dims)}, stored as {place.shape}")
        kind = _ONNX_KINDS[place.kind]
        same = kind == tensor.data_type
        external = TensorProto(
            name=tensor.name if same else f"{tensor.name}:stored",
            data_type=kind,
            dims=place.shape,
            data_location=TensorProto.EXTERNAL,
        )
        values = {"location": file, "offset": place.offset, "length": place.length}
        for key, value in values.items():
            external.external_data.add(key=key, value=str(value))
        kept.append(external)
        if not same:
            casts.append(
                onnx.helper.make_node("Cast", [external.name], [tensor.name], to=tensor.data_type)
            )
    nodes: list[NodeProto] = [*casts, *model.graph.node]
    for field, content in ((model.graph.initializer, kept), (model.graph.node, nodes)):
        copied = [type(item).FromString(item.SerializeToString()) for item in content]
        del field[:]
        field.extend(copied)


def _compare(
    part: Part, module: nn.Module, graph: bytes, blob: bytes, file: str, scale: int
) -> None:
    """Raises GraphError where torch and ONNX Runtime differ, from files as they will lie there."""
    inputs = [_example(port, scale, seed) for seed, port in enumerate(part.inputs)]
    with torch.no_grad():
        wanted = module(*inputs)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "part.onnx"
        path.write_bytes(graph)
        (path.parent / file).write_bytes(blob)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4  # errors are raised anyway
        try:
            session = onnxruntime.InferenceSession(
                path, options, providers=["CPUExecutionProvider"]
            )
            found = session.run(
                list(part.outputs),
                {port.name: x.numpy() for port, x in zip(part.inputs, inputs, strict=True)},
            )
        except Exception as error:  # ONNX Runtime's errors have no base class of their own
            raise GraphError(f"part {part.name!r} does not run: {error}") from error
    for name, want, got in zip(part.outputs, wanted, found, strict=True):
        want = want.numpy()
        close = want.shape == got.shape and np.allclose(
            got, want, rtol=0, atol=TOLERANCE * (1 + np.abs(want).max())
        )
        if not close:
            raise GraphError(
                f"output {name!r} of part {part.name!r} differs between torch {want.shape} "
                f"and ONNX Runtime {got.shape}"
            )


def _example(port: Port, scale: int, seed: int) -> Tensor:
    """An input: noise in 0..1, or ones; axes that may change are `scale` times the example's."""
    shape = [
        size * scale if isinstance(axis, str) else size
        for size, axis in zip(port.example, port.shape, strict=True)
    ]
    if port.kind == "int64":
        return torch.ones(shape, dtype=torch.int64)
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))
