# SPDX-License-Identifier: GPL-3.0-or-later
"""Configurations: frozen dataclasses <-> TOML files.  Imports the standard library only.

A script's configuration is a frozen dataclass whose fields are numbers, strings, booleans,
Literals, tuples of one of these, further such dataclasses (a TOML table each), or
`dict[str, Any]` for a table that another class checks.  Defaults live in the dataclass, so a file
names only what differs.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


class ConfigFileError(ValueError):
    """A configuration that cannot be used; the message names the file and the field."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason


def read_config(cls: type[T], path: Path, overrides: Iterable[str] = ()) -> T:
    """The configuration in the TOML file `path`, then changed by `overrides`.

    Args:
        overrides: "field=value" or "table.field=value", the value as in TOML; a word that is no
            TOML value counts as a string, so that quotes need not survive a shell.

    Raises:
        ConfigFileError: an unreadable file, an unknown field, a value of the wrong type.
    """
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigFileError(str(path), str(error)) from error
    return make_config(cls, values, str(path), overrides)


def make_config(
    cls: type[T], values: Mapping[str, Any], source: str, overrides: Iterable[str] = ()
) -> T:
    """The configuration from nested tables; `source` names them in errors.  See `read_config`."""
    merged = _copy(values)
    for override in overrides:
        _apply(merged, override)
    return _build(cls, merged, source, "")


def _copy(values: Mapping[str, Any]) -> dict[str, Any]:
    return {k: _copy(v) if isinstance(v, Mapping) else v for k, v in values.items()}


def _apply(values: dict[str, Any], override: str) -> None:
    """Writes "a.b=value" into nested tables."""
    key, equals, text = override.partition("=")
    if not equals or not key.strip():
        raise ConfigFileError(f"--set {override}", "must look like table.field=value")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    *tables, field = key.strip().split(".")
    for table in tables:
        values = values.setdefault(table, {})
        if not isinstance(values, dict):
            raise ConfigFileError(f"--set {override}", f"{table} is no table")
    values[field] = value


def _build(cls: type[T], values: Mapping[str, Any], source: str, prefix: str) -> T:
    """An instance of dataclass `cls`; `prefix` is the path of the table, for errors."""
    hints = get_type_hints(cls)
    known = [field.name for field in dataclasses.fields(cls)]  # type: ignore[arg-type]
    for name in values:
        if name not in known:
            raise ConfigFileError(
                source, f"there is no field {prefix}{name}; known are {', '.join(known)}"
            )
    converted = {
        name: _convert(hints[name], value, source, prefix + name) for name, value in values.items()
    }
    try:
        return cls(**converted)
    except ValueError as error:  # a dataclass's own check in __post_init__
        raise ConfigFileError(source, str(error)) from error


def _convert(hint: Any, value: Any, source: str, name: str) -> Any:
    """`value` as the annotation `hint` wants it."""
    origin, args = get_origin(hint), get_args(hint)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type) and isinstance(value, Mapping):
        return _build(hint, value, source, name + ".")
    if origin is dict and isinstance(value, Mapping):
        return dict(value)
    if origin is tuple and isinstance(value, list | tuple):
        return tuple(_convert(args[0], item, source, name) for item in value)
    if origin is Literal and value in args:
        return value
    if hint is float and type(value) in (int, float):
        return float(value)
    # bool is a subclass of int, but true is no number of layers: compare exactly.
    if origin is None and type(value) is hint:
        return value
    wanted = hint.__name__ if isinstance(hint, type) and origin is None else str(hint)
    raise ConfigFileError(source, f"{name} cannot be {value!r}, it must be {wanted}")


def to_toml(config: Any) -> str:
    """All fields, defaults included, as TOML that `read_config` reads back to an equal value."""
    lines: list[str] = []
    _write_table(dataclasses.asdict(config), "", lines)
    return "\n".join(lines).strip() + "\n"


def _write_table(values: Mapping[str, Any], prefix: str, lines: list[str]) -> None:
    tables = {k: v for k, v in values.items() if isinstance(v, Mapping)}
    for name, value in values.items():
        if name not in tables:
            lines.append(f"{name} = {_toml_value(value)}")
    for name, table in tables.items():
        lines += ["", f"[{prefix}{name}]"]
        _write_table(table, f"{prefix}{name}.", lines)


def _toml_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        plain = "".join(c if c.isprintable() and c not in '"\\' else _escape(c) for c in value)
        return f'"{plain}"'
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml_value, value)) + "]"
    if isinstance(value, int | float):
        return repr(value)
    raise TypeError(f"{value!r} has no form in TOML")


def _escape(character: str) -> str:
    return f"\\U{ord(character):08x}"
