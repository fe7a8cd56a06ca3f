# SPDX-License-Identifier: GPL-3.0-or-later
"""Network configurations survive JSON and refuse what no network can be built from."""

import json
from dataclasses import dataclass
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_tools.nets.config import ConfigError, NetConfig


@dataclass(frozen=True, kw_only=True)
class Example(NetConfig):
    count: int = 3
    factor: float = 1.0
    flag: bool = False
    kind: Literal["plain", "fancy"] = "plain"
    widths: tuple[int, ...] = (8, 16)
    names: tuple[str, ...] = ("a",)

    def __post_init__(self) -> None:
        self.require(self.count > 0, "count must be positive")


@given(
    st.builds(
        Example,
        count=st.integers(1, 10**6),
        factor=st.floats(allow_nan=False, allow_infinity=False),
        flag=st.booleans(),
        kind=st.sampled_from(["plain", "fancy"]),
        widths=st.lists(st.integers()).map(tuple),
        names=st.lists(st.text()).map(tuple),
    )
)
def test_json_round_trip_is_exact(config: Example) -> None:
    again = Example.from_dict(json.loads(json.dumps(config.to_dict())))
    assert again == config
    assert hash(again) == hash(config)


def test_missing_fields_take_defaults_and_all_fields_are_written() -> None:
    assert Example.from_dict({"count": 5}) == Example(count=5)
    assert set(Example().to_dict()) == {"count", "factor", "flag", "kind", "widths", "names"}


def test_whole_numbers_serve_as_floats() -> None:
    factor = Example.from_dict({"factor": 2}).factor
    assert factor == 2.0
    assert type(factor) is float


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"colour": 1}, "colour"),
        ({"count": 1.5}, "count"),
        ({"count": True}, "count"),
        ({"flag": 1}, "flag"),
        ({"kind": "odd"}, "kind"),
        ({"widths": 8}, "widths"),
        ({"widths": [8, "x"]}, "widths"),
        ({"names": "abc"}, "names"),
        ({"count": 0}, "count must be positive"),
    ],
)
def test_bad_values_are_named(values: dict[str, object], word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        Example.from_dict(values)
