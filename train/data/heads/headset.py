# SPDX-License-Identifier: GPL-3.0-or-later
"""A data set of heads in a folder, read into memory; `making` writes it.

Imports numpy and cv2.  The folder holds `settings.json` and one file a person,
`NNNNNN.npz` with NNNNNN its seed, for V views of S pixels:

    yaw, pitch   (V,) float32, radians, as in `ai_tools.nets.volume.Camera`
    depth        (V, S, S) uint16, distance along the ray in 1/2000 dm, 0 on the background
    labels       (V, S, S) uint8, `convention.Label`
    photo, and every style's name   bytes of one PNG, (V S, S), see `unpack_pictures`

`settings.json` is written first and holds `HeadSettings`; a data set is resumed with the same
settings only.  People whose seed's SHA-1 is divisible by 20 are for validation.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from train.data.heads.convention import STYLES, Floats, Picture

DEPTH_STEPS = 2000
"""Stored numbers per decimetre."""
Split = Literal["train", "valid"]


class HeadSetError(Exception):
    """A folder holds no data set of heads; the message names it and the reason."""


@dataclass(frozen=True)
class HeadSettings:
    """How a data set is made."""

    views: int = 6
    size: int = 128
    samples: int = 2
    styles: tuple[str, ...] = STYLES
    strict: bool = True
    version: int = 1
    """Of the generator: people of one seed look different in different versions."""

    def __post_init__(self) -> None:
        if min(self.views, self.size, self.samples) < 1:
            raise ValueError("views, size and samples must be positive")
        unknown = set(self.styles) - set(STYLES)
        if unknown:
            raise ValueError(f"unknown style {min(unknown)!r}; known are {', '.join(STYLES)}")


def split_of(seed: int) -> Split:
    """Which part of the data a person belongs to; the same in every data set."""
    digest = hashlib.sha1(str(seed).encode()).digest()
    return "valid" if int.from_bytes(digest, "big") % 20 == 0 else "train"


def read_settings(folder: Path) -> HeadSettings:
    """How the data set in a folder was made.

    Raises:
        HeadSetError: there is none, or its settings cannot be read.
    """
    try:
        values = json.loads((folder / "settings.json").read_text("utf-8"))
        return HeadSettings(**{**values, "styles": tuple(values["styles"])})
    except FileNotFoundError as error:
        raise HeadSetError(f"{folder} holds no data set of heads") from error
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise HeadSetError(f"{folder}: settings.json cannot be read ({error})") from error


def unpack_pictures(data: Picture, views: int) -> Picture:
    """Pictures (views, S, S, 3) RGB, stored under one another as one PNG, grey where all are grey.

    Raises:
        ValueError: the bytes are no such PNG.
    """
    tall = cv2.imdecode(data, cv2.IMREAD_COLOR)
    if tall is None or tall.shape[0] != views * tall.shape[1]:
        raise ValueError("a picture cannot be decoded")
    return np.ascontiguousarray(tall[..., ::-1]).reshape(views, *tall.shape[1:2] * 2, 3)


@dataclass(frozen=True, eq=False)
class HeadSample:
    """One view of one person, as stored."""

    person: int  # its seed
    view: int
    yaw: float  # radians
    pitch: float
    photo: Picture  # (S, S, 3) RGB
    labels: Picture  # (S, S)
    depth: Floats  # (S, S) float32, distance along the ray in dm; inf on the background
    drawings: dict[str, Picture]  # style -> (S, S, 3) RGB


class HeadSet:
    """The people of one split, kept in memory as they are stored: about 0.5 MB a person."""

    def __init__(self, folder: Path, split: Split = "train") -> None:
        """Reads the folder.

        Raises:
            HeadSetError: it is no data set, or has nobody of this split.
        """
        self.settings = read_settings(folder)
        self._people: list[tuple[int, dict[str, np.ndarray]]] = []
        for path in sorted(folder.glob("[0-9]*.npz")):
            seed = int(path.stem)
            if split_of(seed) == split:
                self._people.append((seed, self._read(path)))
        if not self._people:
            raise HeadSetError(f"{folder} has nobody for {split}")

    def _read(self, path: Path) -> dict[str, np.ndarray]:
        wanted = ("yaw", "pitch", "depth", "labels", "photo", *self.settings.styles)
        try:
            with np.load(path, allow_pickle=False) as data:
                return {name: data[name] for name in wanted}
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise HeadSetError(f"{path}: no head's file ({error})") from error

    def __len__(self) -> int:
        """Number of people."""
        return len(self._people)

    @property
    def seeds(self) -> list[int]:
        """The people's seeds, in order."""
        return [seed for seed, _ in self._people]

    def view(self, person: int, view: int, styles: Sequence[str] | None = None) -> HeadSample:
        """View number `view` of person number `person`, with the drawings in `styles` (all).

        Raises:
            IndexError: there is no such person or view.
            HeadSetError: a stored picture is damaged.
        """
        return self.views(person, [view], styles)[0]

    def views(
        self, person: int, views: Sequence[int], styles: Sequence[str] | None = None
    ) -> list[HeadSample]:
        """Several views of one person, quicker than one after another."""
        seed, arrays = self._people[person]
        count = len(arrays["yaw"])
        wanted = self.settings.styles if styles is None else styles
        try:
            photo = unpack_pictures(arrays["photo"], count)
            drawings = {style: unpack_pictures(arrays[style], count) for style in wanted}
        except ValueError as error:
            raise HeadSetError(f"person {seed}: {error}") from error
        samples = []
        for view in views:
            depth = arrays["depth"][view].astype(np.float32) / DEPTH_STEPS
            samples.append(
                HeadSample(
                    person=seed,
                    view=view,
                    yaw=float(arrays["yaw"][view]),
                    pitch=float(arrays["pitch"][view]),
                    photo=photo[view],
                    labels=arrays["labels"][view],
                    depth=np.where(depth > 0, depth, np.inf).astype(np.float32),
                    drawings={style: pictures[view] for style, pictures in drawings.items()},
                )
            )
        return samples

    def sample(
        self, rng: np.random.Generator, views: int = 2, styles: Sequence[str] | None = None
    ) -> list[HeadSample]:
        """Different views of one random person.

        Raises:
            ValueError: more views than a person has.
        """
        if views > self.settings.views:
            raise ValueError(f"people have {self.settings.views} views, not {views}")
        person = int(rng.integers(len(self)))
        chosen = rng.choice(self.settings.views, views, replace=False)
        return self.views(person, [int(view) for view in chosen], styles)
