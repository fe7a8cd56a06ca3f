# SPDX-License-Identifier: GPL-3.0-or-later
"""A data set of heads in a folder: written person by person, read into memory.

Imports numpy, cv2 and app.files.atomic.  The folder holds `settings.json` and one file a person,
`NNNNNN.npz` with NNNNNN its seed, for V views of S pixels:

    yaw, pitch   (V,) float32, radians, as in `ai_tools.nets.volume.Camera`
    depth        (V, S, S) uint16, distance along the ray in 1/2000 dm, 0 on the background
    labels       (V, S, S) uint8, `convention.Label`
    photo, and every style's name   (V, ) + PNG files one after another, see `_pack_pictures`

`settings.json` is written first and says which pack, size, views and styles; a data set is resumed
with the same settings only.  People whose seed's SHA-1 is divisible by 20 are for validation.
"""

from __future__ import annotations

import hashlib
import io
import json
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from app.files.atomic import atomic_write
from train.data.heads.convention import STYLES, Floats, Picture
from train.data.heads.drawing import draw_styles
from train.data.heads.pack import HeadPack
from train.data.heads.person import draw_person
from train.data.heads.view import HeadView, render_views

DEPTH_STEPS = 2000
"""Stored numbers per decimetre."""
YAW_LIMIT, PITCH_LIMIT = np.radians(60), np.radians(20)
FRONTAL_YAW, FRONTAL_PITCH = np.radians(12), np.radians(6)
"""Deviations of the frontal half of the views."""

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


def draw_cameras(seed: int, views: int) -> list[tuple[float, float]]:
    """(yaw, pitch) in radians: every other view nearly frontal, the rest anywhere within limits."""
    rng = np.random.default_rng((0xCA4E, seed))
    cameras = []
    for number in range(views):
        if number % 2 == 0:
            yaw, pitch = rng.normal(0, FRONTAL_YAW), rng.normal(0, FRONTAL_PITCH)
        else:
            yaw, pitch = rng.uniform(-YAW_LIMIT, YAW_LIMIT), rng.uniform(-PITCH_LIMIT, PITCH_LIMIT)
        yaw, pitch = np.clip(yaw, -YAW_LIMIT, YAW_LIMIT), np.clip(pitch, -PITCH_LIMIT, PITCH_LIMIT)
        cameras.append((float(yaw), float(pitch)))
    return cameras


def make_heads(
    pack: HeadPack,
    folder: Path,
    settings: HeadSettings,
    seeds: Sequence[int],
    *,
    minutes: float | None = None,
    device: str = "cpu",
    report: Callable[[int, int], None] | None = None,
) -> int:
    """Makes the people that the folder lacks.

    Args:
        minutes: begin no further person after this time.
        report: called with (people there, people wanted) after each person.

    Returns:
        How many of the seeds are there in the end.

    Raises:
        HeadSetError: the folder was begun with other settings.
        app.files.errors.WriteFailedError: the system refused.
    """
    _begin(folder, settings)
    start, done = time.monotonic(), 0
    for seed in seeds:
        path = folder / f"{seed:06d}.npz"
        if not path.exists():
            if minutes is not None and time.monotonic() - start > minutes * 60:
                break
            atomic_write(path, _make_person(pack, settings, seed, device))
        done += 1
        if report is not None:
            report(done, len(seeds))
    return done


def _begin(folder: Path, settings: HeadSettings) -> None:
    path = folder / "settings.json"
    if path.exists():
        if read_settings(folder) != settings:
            raise HeadSetError(f"{folder} was begun with other settings; see {path.name} in it")
        return
    folder.mkdir(parents=True, exist_ok=True)
    atomic_write(path, json.dumps(asdict(settings), indent=2).encode())


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


def _make_person(pack: HeadPack, settings: HeadSettings, seed: int, device: str) -> bytes:
    """The content of a person's file."""
    person = draw_person(pack, seed)
    cameras = draw_cameras(seed, settings.views)
    views = render_views(person, cameras, settings.size, settings.samples, device)
    drawings = [
        draw_styles(view, settings.styles, seed * 64 + number) for number, view in enumerate(views)
    ]
    arrays = {
        "yaw": np.array([view.yaw for view in views], np.float32),
        "pitch": np.array([view.pitch for view in views], np.float32),
        "depth": np.stack([_pack_depth(view) for view in views]),
        "labels": np.stack([view.labels for view in views]),
        "photo": _pack_pictures([view.photo for view in views]),
    }
    for style in settings.styles:
        arrays[style] = _pack_pictures([drawing[style] for drawing in drawings])
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def _pack_depth(view: HeadView) -> np.ndarray:
    depth = np.where(np.isfinite(view.depth), view.depth, 0)
    return np.rint(depth * DEPTH_STEPS).astype(np.uint16)


def _pack_pictures(pictures: Sequence[Picture]) -> Picture:
    """Pictures under one another as one PNG; grey where all are grey."""
    tall = np.concatenate(list(pictures))
    grey = bool((tall == tall[..., :1]).all())
    ok, data = cv2.imencode(".png", tall[..., 0] if grey else tall[..., ::-1])
    assert ok, "PNG takes every uint8 picture"
    return np.frombuffer(data.tobytes(), np.uint8)


def _unpack_pictures(data: Picture, views: int) -> Picture:
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
            photo = _unpack_pictures(arrays["photo"], count)
            drawings = {style: _unpack_pictures(arrays[style], count) for style in wanted}
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
