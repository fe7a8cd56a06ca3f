# SPDX-License-Identifier: GPL-3.0-or-later
"""What the program remembers between runs, with types. Imports QtCore and core.brush.

A value that cannot be read (an edited or half-lost file) counts as absent: the default is used
and a line is logged, because a broken preference must never keep an artist from painting.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, cast, get_args

import numpy as np
from PySide6.QtCore import QByteArray, QObject, QSettings, Signal

from app.core.brush import BrushError, PressureCurve

log = logging.getLogger(__name__)

ThemeName = Literal["dark", "light", "system"]
Rgb = tuple[int, int, int]

RECENT_FILES = 12
MIN_UNDO_MIB, MAX_UNDO_MIB = 64, 65_536


class Settings(QObject):
    """Typed access to the settings file.

    Args:
        path: an INI file; by default the one of this user.

    Signals:
        changed(name): a setting took another value; `name` is the attribute's name.
    """

    changed = Signal(str)

    def __init__(self, path: Path | None = None) -> None:
        super().__init__()
        ini = QSettings.Format.IniFormat
        if path is None:
            self._store = QSettings(ini, QSettings.Scope.UserScope, "limner", "limner")
        else:
            self._store = QSettings(str(path), ini)
        self._values: dict[str, Any] = {}  # parsed; the pen asks a thousand times a second
        self._curve = self._read_curve()

    def sync(self) -> None:
        """Write everything to disk now."""
        self._store.sync()

    # -- looks and memory ----------------------------------------------------------------------

    @property
    def theme(self) -> ThemeName:
        """Colour theme."""
        value = self._read("theme", "dark")
        return cast(ThemeName, value) if value in get_args(ThemeName) else "dark"

    @theme.setter
    def theme(self, value: ThemeName) -> None:
        self._write("theme", value)

    @property
    def undo_budget_mib(self) -> int:
        """MiB that undo steps may keep, 64..65536."""
        value = self._read("undo_budget_mib", 1024)
        return min(MAX_UNDO_MIB, max(MIN_UNDO_MIB, value))

    @undo_budget_mib.setter
    def undo_budget_mib(self, value: int) -> None:
        self._write("undo_budget_mib", int(value))

    @property
    def ai_enabled(self) -> bool:
        """False removes every AI control from the program."""
        return self._read("ai_enabled", True)

    @ai_enabled.setter
    def ai_enabled(self, value: bool) -> None:
        self._write("ai_enabled", bool(value))

    # -- the pen -------------------------------------------------------------------------------

    @property
    def pressure_curve(self) -> PressureCurve:
        """Maps the pen's raw pressure to the pressure that brushes see."""
        return self._curve

    @pressure_curve.setter
    def pressure_curve(self, curve: PressureCurve) -> None:
        self._curve = curve
        self._write("pressure_curve", curve.to_json())

    def map_pressure(self, raw: float) -> float:
        """The pressure that brushes see, 0..1, for the pen's raw pressure 0..1."""
        return float(self._curve(np.array([raw]))[0]) if self.pen_pressure else 1.0

    @property
    def pen_pressure(self) -> bool:
        """False treats the pen like a mouse: full pressure always."""
        return self._read("pen_pressure", True)

    @pen_pressure.setter
    def pen_pressure(self, value: bool) -> None:
        self._write("pen_pressure", bool(value))

    # -- keys ----------------------------------------------------------------------------------

    @property
    def shortcuts(self) -> dict[str, tuple[str, ...]]:
        """Action id -> keys in Qt's portable notation, only where they differ from the defaults."""
        stored = self._read("shortcuts", {})
        return {
            str(action): tuple(str(key) for key in keys)
            for action, keys in stored.items()
            if isinstance(keys, list)
        }

    @shortcuts.setter
    def shortcuts(self, value: Mapping[str, Sequence[str]]) -> None:
        self._write("shortcuts", {action: list(keys) for action, keys in value.items()})

    # -- what was used last --------------------------------------------------------------------

    @property
    def recent_files(self) -> list[Path]:
        """Files opened or saved last, newest first."""
        return [Path(text) for text in self._read("recent_files", []) if isinstance(text, str)]

    def add_recent_file(self, path: Path) -> None:
        """Put a file at the front of the recent ones."""
        path = path.absolute()
        paths = [path, *(p for p in self.recent_files if p != path)][:RECENT_FILES]
        self._write("recent_files", [str(p) for p in paths])

    def clear_recent_files(self) -> None:
        """Forget all recent files."""
        self._write("recent_files", [])

    @property
    def recent_commands(self) -> list[str]:
        """Entries run last from the command palette, newest first."""
        return [text for text in self._read("recent_commands", []) if isinstance(text, str)]

    @recent_commands.setter
    def recent_commands(self, value: Sequence[str]) -> None:
        self._write("recent_commands", list(value))

    @property
    def swatches(self) -> list[Rgb] | None:
        """The artist's palette, or None while the one that ships is untouched."""
        stored = self._read("swatches", None)
        if not isinstance(stored, list):
            return None
        return [
            (c[0], c[1], c[2])
            for c in stored
            if isinstance(c, list) and len(c) == 3 and all(_is_byte(v) for v in c)
        ]

    @swatches.setter
    def swatches(self, value: Sequence[Rgb]) -> None:
        self._write("swatches", [list(c) for c in value])

    @property
    def colour_page(self) -> int:
        """Which page of the colour dock was open."""
        return self._read("colour_page", 0)

    @colour_page.setter
    def colour_page(self, value: int) -> None:
        self._write("colour_page", int(value))

    # -- the window ----------------------------------------------------------------------------

    @property
    def window_geometry(self) -> QByteArray:
        """What QWidget.saveGeometry() gave; empty at the first run."""
        return self._bytes("window_geometry")

    @window_geometry.setter
    def window_geometry(self, value: QByteArray) -> None:
        self._store.setValue("window_geometry", value)

    @property
    def window_state(self) -> QByteArray:
        """What QMainWindow.saveState() gave; empty at the first run."""
        return self._bytes("window_state")

    @window_state.setter
    def window_state(self, value: QByteArray) -> None:
        self._store.setValue("window_state", value)

    # -- reading and writing -------------------------------------------------------------------

    def _bytes(self, name: str) -> QByteArray:
        value = self._store.value(name)
        return value if isinstance(value, QByteArray) else QByteArray()

    def _read(self, name: str, default: Any) -> Any:
        """The stored value, if it is JSON of the same type as `default`; else `default`."""
        if name not in self._values:
            self._values[name] = self._parse(name, default)
        return self._values[name]

    def _parse(self, name: str, default: Any) -> Any:
        text = self._store.value(name)
        if text is None:
            return default
        try:
            value = json.loads(text)
        except (TypeError, ValueError):
            log.warning("setting %r in %s is unreadable: %r", name, self._store.fileName(), text)
            return default
        if default is not None and type(value) is not type(default):
            log.warning("setting %r in %s has a wrong type", name, self._store.fileName())
            return default
        return value

    def _read_curve(self) -> PressureCurve:
        stored = self._read("pressure_curve", None)
        try:
            return PressureCurve() if stored is None else PressureCurve.from_json(stored)
        except BrushError as error:
            log.warning("setting 'pressure_curve' in %s: %s", self._store.fileName(), error)
            return PressureCurve()

    def _write(self, name: str, value: Any) -> None:
        text = json.dumps(value)
        if self._store.value(name) != text:
            self._store.setValue(name, text)
            self._values[name] = json.loads(text)
            self.changed.emit(name)


def _is_byte(value: object) -> bool:
    return isinstance(value, int) and 0 <= value <= 255
