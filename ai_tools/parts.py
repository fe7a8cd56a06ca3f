# SPDX-License-Identifier: GPL-3.0-or-later
"""Which parts of a network inference calls: the one description that torch and ONNX Runtime share.

Imports numpy only; a tool's `parts` module, which imports torch, is loaded when its network is
exported or run by torch.  ONNX Runtime needs names and files only, no torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import nn

MODULES = {
    "ai_sketcher": "ai_tools.suggest.parts",
    "simplifier_light": "ai_tools.simplify.parts",
    "colorizer_light": "ai_tools.colorize.parts",
    "portrait_light": "ai_tools.portrait.parts",
}
"""Network (name in `nets.registry`) -> module with `parts(config) -> tuple[Part, ...]`."""


@dataclass(frozen=True)
class Port:
    """One input of a part.

    Attributes:
        name: of the tensor, as callers say it.
        shape: an axis is a fixed size or the name of a size that may change from call to call;
            equal names are equal sizes.
        example: a shape to trace with, larger than 1 in every changeable axis.
        kind: "float32" or "int64".
    """

    name: str
    shape: tuple[int | str, ...]
    example: tuple[int, ...]
    kind: str = "float32"


@dataclass(frozen=True)
class Part:
    """A piece of a network that is called as one: encode once, decode often.

    Attributes:
        name: such as "encode".
        inputs: in the order in which `wrap`'s module takes them.
        outputs: names of what it returns, a tuple of tensors in this order.
        wrap: network -> module that computes this part, with plain tensors in and out.
    """

    name: str
    inputs: tuple[Port, ...]
    outputs: tuple[str, ...]
    wrap: Callable[[nn.Module], nn.Module]


def parts_of(net_name: str, config: Any) -> tuple[Part, ...]:
    """The parts of a network; imports torch.

    Args:
        config: the network's configuration, a `nets.config.NetConfig`.

    Raises:
        KeyError: no tool runs a network of this name.
    """
    made: tuple[Part, ...] = import_module(MODULES[net_name]).parts(config)
    return made


def checked(
    part: str, ports: Sequence[Port], arrays: Mapping[str, NDArray[Any]]
) -> dict[str, NDArray[Any]]:
    """`arrays` in the order of `ports`, contiguous, if they are what the part takes.

    Raises:
        ValueError: an input is missing, not wanted, or of the wrong type or shape; names it.
    """
    wanted = [port.name for port in ports]
    if set(wanted) != set(arrays):
        raise ValueError(f"part {part!r} takes {wanted}, not {sorted(arrays)}")
    sizes: dict[str, int] = {}
    ready = {}
    for port in ports:
        array = np.asarray(arrays[port.name])
        found = f"input {port.name!r} of part {part!r} is {array.dtype} {array.shape}"
        if array.dtype != port.kind:
            raise ValueError(f"{found}; it must be {port.kind}")
        shape = tuple(sizes.get(str(axis), axis) for axis in port.shape)
        fits = array.ndim == len(shape) and 0 not in array.shape
        for size, axis in zip(array.shape, shape, strict=False):
            known = sizes.setdefault(axis, size) if isinstance(axis, str) else axis
            fits = fits and size == known
        if not fits:
            raise ValueError(f"{found}; it must be {shape}")
        ready[port.name] = np.ascontiguousarray(array).reshape(array.shape)
    return ready
