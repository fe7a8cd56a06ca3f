# SPDX-License-Identifier: GPL-3.0-or-later
"""What a part is given is looked at before any library sees it."""

import numpy as np
import pytest

from ai_tools.parts import Port, checked

PORTS = (
    Port("points", ("batch", "steps", 5), (2, 3, 5)),
    Port("lengths", ("batch",), (2,), "int64"),
    Port("scale", (), ()),
)


def good() -> dict[str, np.ndarray]:
    return {
        "scale": np.float32(2) * np.ones((), np.float32),
        "lengths": np.array([1, 2, 3, 4]),
        "points": np.zeros((4, 7, 5), np.float32),
    }


def test_inputs_come_in_the_order_of_the_ports_and_contiguous() -> None:
    arrays = good()
    arrays["points"] = np.zeros((5, 7, 4), np.float32).T
    ready = checked("read", PORTS, arrays)
    assert list(ready) == ["points", "lengths", "scale"]
    assert all(array.flags.c_contiguous for array in ready.values())
    assert ready["points"].shape == (4, 7, 5) and ready["scale"].shape == ()


@pytest.mark.parametrize(
    ("name", "array", "said"),
    [
        ("points", np.zeros((4, 7, 5)), "float64"),
        ("points", np.zeros((4, 7, 6), np.float32), r"\(4, 7, 6\); it must be .*5\)"),
        ("points", np.zeros((4, 5), np.float32), r"\(4, 5\)"),
        ("points", np.zeros((4, 0, 5), np.float32), r"\(4, 0, 5\)"),
        ("lengths", np.array([1, 2, 3]), r"\(3,\); it must be \(4,\)"),
        ("lengths", np.array([1, 2, 3, 4], np.int32), "int32"),
        ("scale", np.ones(1, np.float32), r"\(1,\)"),
    ],
)
def test_a_wrong_input_is_named_with_what_it_should_be(
    name: str, array: np.ndarray, said: str
) -> None:
    with pytest.raises(ValueError, match=rf"input '{name}' of part 'read' .*{said}"):
        checked("read", PORTS, {**good(), name: array})


def test_missing_and_unknown_inputs_are_named() -> None:
    arrays = good()
    arrays["lenghts"] = arrays.pop("lengths")
    with pytest.raises(ValueError, match=r"'read' takes .*lengths.* not .*lenghts"):
        checked("read", PORTS, arrays)
