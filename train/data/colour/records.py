# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture with all that training samples are cut from, and its file.  Imports numpy, app.files.

A record's file is a compressed .npz of plain arrays: colour, source, drawn, clusters, palette,
regions, weight.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.files.atomic import atomic_write


class RecordError(Exception):
    """A file or folder of pictures cannot be used; the message names it and the reason."""


@dataclass(frozen=True, eq=False)
class Record:
    """One picture of (h, w)."""

    colour: NDArray[np.uint8]
    """RGB (h, w, 3)."""
    source: NDArray[np.uint8]
    """(h, w) where `drawn`: ink coverage, 255 = ink; else the grey that lines are found in."""
    drawn: bool
    clusters: NDArray[np.uint8]
    """Palette index (h, w) of each pixel's flat colour."""
    palette: NDArray[np.uint8]
    """RGB (k, 3) of the flat colours."""
    regions: NDArray[np.uint16]
    """Number (h, w) of the connected region of each pixel."""
    weight: float = 1.0
    """How often it is drawn, relative to others."""

    def __post_init__(self) -> None:
        planes = (self.colour[..., 0], self.source, self.clusters, self.regions)
        if len({plane.shape for plane in planes}) != 1:
            raise RecordError(f"planes differ in size: {[plane.shape for plane in planes]}")
        if self.clusters.max(initial=0) >= len(self.palette):
            raise RecordError(f"a cluster has no colour among {len(self.palette)}")


def save_record(path: Path, record: Record) -> None:
    """Writes a record whole or not at all.

    Raises:
        app.files.errors.WriteFailedError: the system refused.
    """
    file = io.BytesIO()
    np.savez_compressed(
        file,
        colour=record.colour,
        source=record.source,
        drawn=np.bool_(record.drawn),
        clusters=record.clusters,
        palette=record.palette,
        regions=record.regions,
        weight=np.float32(record.weight),
    )
    atomic_write(path, file.getvalue())


def read_record(path: Path) -> Record:
    """Reads what `save_record` wrote.

    Raises:
        RecordError: no such file, or not a record.
    """
    try:
        with np.load(path, allow_pickle=False) as data:
            return Record(
                data["colour"],
                data["source"],
                bool(data["drawn"]),
                data["clusters"],
                data["palette"],
                data["regions"],
                float(data["weight"]),
            )
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile, RecordError) as error:
        raise RecordError(f"{path}: not a record of a picture: {error}") from error
