# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether torch and ONNX Runtime say the same, for the tests of every tool.

Imports ai_tools.engine.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai_tools.engine import open_engine


def assert_backends_agree(
    name: str,
    folder: Path,
    inputs: Mapping[str, Mapping[str, NDArray[Any]]],
    atol: float = 1e-4,
) -> None:
    """Runs parts of the weights `name` in `folder` on both libraries.

    Args:
        inputs: part -> its inputs, for every part that the weights have graphs of.
        atol: largest difference, in the outputs' own unit.
    """
    on_torch = open_engine(name, device="cpu", backend="torch", folder=folder)
    on_onnx = open_engine(name, backend="onnx", folder=folder)
    assert set(inputs) == set(on_onnx.entry.graphs), "every part has to be compared"
    for part, arrays in inputs.items():
        wanted, found = on_torch(part, **arrays), on_onnx(part, **arrays)
        assert list(wanted) == list(found), part
        for output, array in wanted.items():
            assert array.dtype == found[output].dtype == np.float32
            np.testing.assert_allclose(
                found[output], array, rtol=0, atol=atol, err_msg=f"{part}: {output}"
            )
