# SPDX-License-Identifier: GPL-3.0-or-later
"""Configurations survive TOML, take changes from the command line, and name what is wrong."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from train.common.config import ConfigFileError, make_config, read_config, to_toml


@dataclass(frozen=True)
class Inner:
    rate: float = 0.5
    kind: Literal["a", "b"] = "a"


@dataclass(frozen=True)
class Outer:
    count: int = 3
    name: str = "x"
    on: bool = False
    sizes: tuple[int, ...] = (1, 2)
    words: tuple[str, ...] = ()
    inner: Inner = field(default_factory=Inner)
    table: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ValueError("count must not be negative")


def read(tmp_path: Path, text: str, *overrides: str) -> Outer:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return read_config(Outer, path, overrides)


@given(
    st.builds(
        Outer,
        count=st.integers(0, 2**40),
        name=st.text(st.characters(blacklist_categories=["Cs"])),
        on=st.booleans(),
        sizes=st.lists(st.integers(-5, 5)).map(tuple),
        words=st.lists(st.text(st.characters(blacklist_categories=["Cs"]), max_size=5)).map(tuple),
        inner=st.builds(
            Inner,
            rate=st.floats(allow_nan=False, allow_infinity=False),
            kind=st.sampled_from(["a", "b"]),
        ),
        table=st.dictionaries(st.from_regex("[a-z]+", fullmatch=True), st.integers(0, 9)),
    )
)
def test_toml_gives_back_what_was_written(tmp_path_factory: Any, config: Outer) -> None:
    path = tmp_path_factory.mktemp("config") / "c.toml"
    path.write_text(to_toml(config), "utf-8")
    assert read_config(Outer, path) == config


def test_what_a_file_does_not_name_keeps_its_default(tmp_path: Path) -> None:
    assert read(tmp_path, "[inner]\nrate = 2\n") == Outer(inner=Inner(rate=2.0))


def test_set_reaches_into_tables_and_needs_no_quotes(tmp_path: Path) -> None:
    config = read(
        tmp_path, "count = 1", "count=7", "inner.kind=b", "name=a word", "table.depth=2", "on=true"
    )
    assert config == Outer(
        count=7, name="a word", on=True, inner=Inner(kind="b"), table={"depth": 2}
    )


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("speed = 1", "there is no field speed"),
        ("[inner]\nspeed = 1", "there is no field inner.speed"),
        ("count = 1.5", "count cannot be 1.5"),
        ("count = true", "count cannot be True"),
        ("on = 1", "on cannot be 1"),
        ("sizes = [1, 'x']", "sizes cannot be 'x'"),
        ("inner = 3", "inner cannot be 3"),
        ("[inner]\nkind = 'c'", "inner.kind cannot be 'c'"),
        ("count = -1", "must not be negative"),
        ("count = ", "Invalid value"),
    ],
)
def test_an_error_names_the_file_and_the_field(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(ConfigFileError) as caught:
        read(tmp_path, text)
    assert str(tmp_path / "config.toml") in str(caught.value)
    assert named in caught.value.reason


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigFileError, match=r"nowhere\.toml"):
        read_config(Outer, tmp_path / "nowhere.toml")


@pytest.mark.parametrize("override", ["count", "=3", "count.x=3"])
def test_a_malformed_set_is_refused(override: str) -> None:
    with pytest.raises(ConfigFileError):
        make_config(Outer, {"count": 1}, "test", [override])
