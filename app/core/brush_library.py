# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding and reading brush presets. Imports core.brush only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from app.core.brush import BrushError, BrushSettings

BUNDLED = Path(__file__).resolve().parents[2] / "resources" / "brushes"
_MAX_FILE_BYTES = 1 << 20


def load_brush(path: Path) -> BrushSettings:
    """Read one preset file.

    Raises:
        BrushError: the file cannot be read or does not describe a brush; names the file.
    """
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise BrushError(f"{path}: larger than a brush preset can be")
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BrushError(f"{path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, BrushError):
            raise
        raise BrushError(f"{path}: not JSON ({error})") from error
    return BrushSettings.from_json(data, str(path))


class BrushLibrary:
    """The presets of one or more folders of `*.json`, read when first asked for.

    A later folder's preset replaces an earlier one with the same id, so that a user's edited
    copy of a bundled brush wins. A broken file costs only itself: see `errors`. Presets are in
    the order of the files' names, folder by folder.
    """

    def __init__(self, *folders: Path) -> None:
        self.folders = folders or (BUNDLED,)

    @cached_property
    def _read(self) -> tuple[dict[str, BrushSettings], list[BrushError]]:
        presets: dict[str, BrushSettings] = {}
        errors: list[BrushError] = []
        for folder in self.folders:
            for path in sorted(folder.glob("*.json")):
                try:
                    brush = load_brush(path)
                except BrushError as error:
                    errors.append(error)
                else:
                    presets[brush.id] = brush
        return presets, errors

    @property
    def errors(self) -> list[BrushError]:
        """What was wrong with the files that could not be used."""
        return self._read[1]

    @property
    def tags(self) -> list[str]:
        """Every tag that some preset has, sorted."""
        return sorted({tag for brush in self for tag in brush.tags})

    def __iter__(self) -> Iterator[BrushSettings]:
        return iter(self._read[0].values())

    def __len__(self) -> int:
        return len(self._read[0])

    def get(self, brush_id: str) -> BrushSettings | None:
        """The preset with this id, or None."""
        return self._read[0].get(brush_id)

    def search(self, words: str) -> list[BrushSettings]:
        """Presets in whose name or tags every one of the words occurs; all for no words."""
        wanted = words.lower().split()
        return [
            brush
            for brush in self
            if all(w in " ".join((brush.name, *brush.tags)).lower() for w in wanted)
        ]

    def reload(self) -> None:
        """Forget what was read, so that the folders are looked at again."""
        self.__dict__.pop("_read", None)
