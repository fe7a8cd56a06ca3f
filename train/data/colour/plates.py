# SPDX-License-Identifier: GPL-3.0-or-later
"""Printed plates and other pictures of a manifest as records.  Imports numpy, cv2, its siblings.

The folder holds manifest.csv with columns file and split (train or valid) and the pictures it
names, in one subfolder a group.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from train.data.colour.records import Record, RecordError, read_record, save_record
from train.data.colour.regions import (
    HeightNet,
    find_regions,
    flats,
    region_edges,
    regions_by_disnet,
)
from train.data.colour.xdog import LineStyle, xdog

Picture = NDArray[np.uint8]

SCANS = ("books_colour", "books_colour2")
"""Groups of printed plates: paper, screens and specks are taken out."""

GROUPS = (*SCANS, "modern_colour2", "manga_colour")
"""The groups in colour."""

VERSION = 1
"""Counts up when records of old caches no longer fit."""


@dataclass(frozen=True)
class Plate:
    """One picture of a manifest."""

    path: Path
    group: str


def list_plates(folder: Path, split: str) -> list[Plate]:
    """The colour pictures of a split, by name.

    Raises:
        RecordError: there is no manifest, or it names none.
    """
    manifest = folder / "manifest.csv"
    try:
        with manifest.open(newline="", encoding="utf-8") as file:
            rows = [(row["file"], row["split"]) for row in csv.DictReader(file)]
    except (OSError, KeyError, UnicodeDecodeError, csv.Error) as error:
        raise RecordError(f"{manifest}: not a list of pictures: {error!r}") from error
    plates = [
        Plate(folder / name, name.split("/")[0])
        for name, part in sorted(rows)
        if part == split and name.split("/")[0] in GROUPS
    ]
    if not plates:
        raise RecordError(f"{manifest}: names no colour picture of the {split} part")
    return plates


def plate_record(
    plate: Plate, short: int, cache: Path | None, disnet: HeightNet | None = None
) -> Record:
    """The record of a plate whose short side is `short` pixels, kept in the folder `cache`.

    Args:
        disnet: finds the regions if given; another network needs another cache.

    Raises:
        RecordError: the picture cannot be read.
    """
    scan = plate.group in SCANS
    if cache is None:
        return make_record(read_picture(plate.path), short, scan, disnet)
    name = sha1(f"{plate.group}/{plate.path.name}".encode()).hexdigest()[:20]
    way = f"plates-v{VERSION}-{short}" + ("-disnet" if disnet else "")
    kept = cache / way / f"{name}.npz"
    if kept.exists():
        return read_record(kept)
    record = make_record(read_picture(plate.path), short, scan, disnet)
    kept.parent.mkdir(parents=True, exist_ok=True)
    save_record(kept, record)
    return record


def read_picture(path: Path) -> Picture:
    """RGB (h, w, 3), transparent parts on white.

    Raises:
        RecordError: missing, damaged, or not a picture with 8 bits a channel.
    """
    try:
        data = np.fromfile(path, np.uint8)
    except OSError as error:
        raise RecordError(f"{path}: cannot be read: {error.strerror}") from error
    image = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if data.size else None
    if image is None or image.dtype != np.uint8:
        raise RecordError(f"{path}: not a picture with 8 bits a channel")
    if image.ndim == 2:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2RGB))
    if image.shape[2] == 3:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
    alpha = image[..., 3:].astype(np.float32) / 255
    return np.rint(image[..., 2::-1] * alpha + 255 * (1 - alpha)).astype(np.uint8)


def make_record(
    picture: Picture, short: int, scan: bool, disnet: HeightNet | None = None
) -> Record:
    """Finds lines, regions and flat colours of an RGB picture scaled to a short side.

    Args:
        scan: whether the paper is to become white and a print's screen to be smoothed away.
        disnet: finds the regions; without it like neighbours are merged.
    """
    factor = short / min(picture.shape[:2])
    shape = (
        max(short, round(picture.shape[1] * factor)),
        max(short, round(picture.shape[0] * factor)),
    )
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    if scan:
        picture = whiten_paper(picture)
        fine = cv2.resize(
            cv2.bilateralFilter(cv2.medianBlur(picture, 3), 5, 38, 3), shape, interpolation=way
        )
    else:
        fine = cv2.resize(picture, shape, interpolation=way)
    colour = cv2.resize(picture, shape, interpolation=way)
    grey = np.rint(fine.mean(2)).astype(np.uint8)
    ink = xdog(grey, LineStyle())
    smooth = cv2.bilateralFilter(cv2.medianBlur(fine, 3), 7, 30, 4)
    regions = regions_by_disnet(smooth, disnet) if disnet else find_regions(smooth, ink)
    found = flats(colour, regions, ink)
    if int(found.regions.max()) > 65535:
        raise RecordError(f"{int(found.regions.max())} regions are too many")
    return Record(
        colour,
        grey,
        False,
        found.clusters,
        found.palette,
        found.regions.astype(np.uint16),
        clarity(ink, found.regions),
    )


def whiten_paper(picture: Picture) -> Picture:
    """Scaled so that the median of the brightest 15 % becomes white; dark pictures not fully."""
    brightness = picture.mean(2)
    paper = np.median(picture[brightness >= np.quantile(brightness, 0.85)], 0)
    return np.clip(picture * (255 / np.maximum(paper, 150)), 0, 255).astype(np.uint8)


def clarity(ink: NDArray[np.float32], regions: NDArray[np.int32]) -> float:
    """How much a picture is drawn with lines rather than brushes: its weight, 0.1..1.

    That is the share of borders of regions with ink on them, and less for pictures full of ink.
    """
    near = cv2.dilate((ink > 0.4).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    edge = region_edges(regions)[2:-2, 2:-2]
    lined = float(near[2:-2, 2:-2][edge].mean()) if edge.any() else 0.0
    crowd = float(np.clip((ink.mean() - 0.12) / 0.1, 0, 1))
    return float(np.clip(lined * (1 - 0.8 * crowd), 0.1, 1))
