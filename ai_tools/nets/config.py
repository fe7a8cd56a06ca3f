# SPDX-License-Identifier: GPL-3.0-or-later
"""Configurations of networks as values that survive a JSON manifest.  Imports the standard library.

Every network has a frozen dataclass derived from `NetConfig`; `to_dict` and `from_dict` are exact
inverses, also through JSON, which knows lists but no tuples.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal, Self, get_args, get_origin, get_type_hints


class ConfigError(ValueError):
    """A configuration that no network can be built from; the message names the class and field."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class NetConfig:
    """Base of the configurations.  Fields: int, float, bool, str, Literal, or tuples of one."""

    def to_dict(self) -> dict[str, Any]:
        """All fields, defaults included: a changed default must not change old weights."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in dataclasses.asdict(self).items()
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`; missing fields take their defaults.

        Raises:
            ConfigError: an unknown field, or a value of the wrong type or out of its range.
        """
        hints = get_type_hints(cls)
        known = {field.name for field in dataclasses.fields(cls)}
        if unknown := sorted(set(values) - known):
            raise ConfigError(f"{cls.__name__} has no field {', '.join(map(repr, unknown))}")
        return cls(
            **{name: _convert(cls, name, hints[name], value) for name, value in values.items()}
        )

    def require(self, condition: bool, reason: str) -> None:
        """For `__post_init__`: raises `ConfigError` with `reason` unless `condition` holds."""
        if not condition:
            raise ConfigError(f"{type(self).__name__}: {reason}")


def _convert(cls: type, name: str, hint: Any, value: Any) -> Any:
    """`value` as the annotation `hint` wants it: lists become tuples, whole numbers floats."""
    origin = get_origin(hint)
    if origin is tuple and isinstance(value, list | tuple):
        return tuple(_convert(cls, name, get_args(hint)[0], item) for item in value)
    if origin is Literal and value in get_args(hint):
        return value
    if hint is float and type(value) in (int, float):
        return float(value)
    # bool is a subclass of int, but True is no sensible number of channels: compare exactly.
    if origin is None and type(value) is hint:
        return value
    raise ConfigError(f"{cls.__name__}.{name} cannot be {value!r}")
