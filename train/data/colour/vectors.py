# SPDX-License-Identifier: GPL-3.0-or-later
"""Vector art composed to pictures whose lines and regions are exactly known.

`python -m train.data.colour.vectors --svg FOLDER --out RECORDS` makes records of a folder of SVG
files.  On Debian, `apt-get download openclipart-svg` and `dpkg -x openclipart-svg*.deb clipart`
give FOLDER clipart/usr/share/openclipart/svg; `--list` names a text file with those of its paths
that are to be used.  RECORDS then is a root of `ColourData`.  Imports numpy, cv2, its siblings and,
when run, the packages lxml and resvg_py.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from hashlib import sha1
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from train.data.colour.flat_art import shaded
from train.data.colour.kernels import connected, grow_labels
from train.data.colour.records import Record, RecordError, save_record
from train.data.colour.regions import flats
from train.data.colour.sheet import Sheet
from train.data.colour.svg import SvgError, VectorPicture, rasterise
from train.data.colour.things import backdrop

VALID = 20
"""One SVG in so many belongs to the valid part, by a hash of its name."""

_INK = -1


def split_of(name: str) -> str:
    """The part to which an SVG's file name belongs: train or valid."""
    return "valid" if int(sha1(name.encode()).hexdigest()[:8], 16) % VALID == 0 else "train"


def list_records(folder: Path, split: str) -> list[Path]:
    """The record files of a split that `main` made.

    Raises:
        RecordError: there are none at all in the folder.
    """
    files = sorted(folder.glob("*.npz"))
    if not files:
        raise RecordError(f"{folder}: holds neither a manifest.csv nor records (.npz)")
    return [file for file in files if file.name.startswith(split)]


def compose(svgs: Sequence[str], size: int, rng: np.random.Generator) -> Record:
    """One picture (size, size) of one to four SVG documents on a backdrop.

    Raises:
        SvgError: a document cannot be used, or nothing of it is seen.
    """
    sheet = Sheet(size, size / 320 * rng.uniform(1.0, 2.5), rng)
    backdrop(sheet, rng)
    parts = np.ascontiguousarray(sheet.parts[::2, ::2])
    palette = np.array(sheet.palette, np.float32)
    colour = palette[np.array(sheet.colour_of)[parts]]
    ink = cv2.resize(sheet.ink, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    colour *= 1 - ink[..., None]
    for svg in svgs:
        share = rng.uniform(0.75, 1.0) if len(svgs) == 1 else rng.uniform(0.4, 0.75)
        _place(svg, int(size * share), colour, ink, parts, rng)
    # Ink belongs to the nearest region.
    regions = connected(grow_labels(connected(parts)))
    areas = np.bincount(regions.ravel())
    regions = connected(grow_labels(np.where(areas[regions] < 8, -1, regions).astype(np.int32)))
    # Shadows of what stands before others; ink stays as dark as it is.
    light = shaded(np.full((size, size, 3), 255, np.uint8), regions, rng) / 255
    picture = np.clip(colour * light, 0, 255).astype(np.uint8)
    found = flats(np.clip(colour, 0, 255).astype(np.uint8), regions, ink)
    if len(np.unique(regions)) < 3 or ink.mean() < 0.004:
        raise SvgError("next to nothing of it is seen")
    return Record(
        picture,
        np.rint(255 * np.clip(ink, 0, 1)).astype(np.uint8),
        True,
        found.clusters,
        found.palette,
        regions.astype(np.uint16),
    )


def _place(
    svg: str,
    side: int,
    colour: NDArray[np.float32],
    ink: NDArray[np.float32],
    parts: NDArray[np.int32],
    rng: np.random.Generator,
) -> None:
    """Draws a document into the planes (size, size), `side` pixels large, turned a little."""
    size = parts.shape[0]
    width = rng.uniform(0.004, 0.010)
    picture = VectorPicture(svg)
    picture.recolour_dark(rng, rng.choice([0.0, 0.5, 1.0]))
    painted = rasterise(picture.colour(rng), side)
    lines = rasterise(picture.line(False, width), side)
    outlined = rasterise(picture.line(True, width), side)
    codes = rasterise(picture.regions(), side)
    flat = not is_inked(lines, codes)
    if flat:
        lines = outlined
    mirror = rng.random() < 0.5
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), rng.uniform(-20, 20), 1)
    room = max(1, size - side)
    turn[:, 2] += rng.integers(-side // 10, room + side // 10), rng.integers(0, room)

    def moved(plane: NDArray[np.uint8], way: int) -> NDArray[np.uint8]:
        plane = np.ascontiguousarray(plane[:, ::-1]) if mirror else plane
        return np.asarray(cv2.warpAffine(plane, turn, (size, size), flags=way))

    painted, lines = moved(painted, cv2.INTER_LINEAR), moved(lines, cv2.INTER_LINEAR)
    codes = moved(codes, cv2.INTER_NEAREST)
    # Straight alpha: colours of clear pixels count nothing, as the cover is 0 there.
    cover = painted[..., 3:].astype(np.float32) / 255
    colour += (painted[..., :3] - colour) * cover
    own = lines[..., 3].astype(np.float32) / 255
    cover = np.maximum(own, cover[..., 0])
    ink += (own * (1 - lines[..., 0].astype(np.float32) / 255) - ink) * cover
    if flat and rng.random() < 0.75:
        dark = rng.uniform(0.6, 1) * own * (1 - lines[..., 0].astype(np.float32) / 255)
        colour *= 1 - dark[..., None]
    numbers = region_codes(codes)
    values, inverse = np.unique(numbers, return_inverse=True)
    first = int(parts.max()) + 1
    ids = np.where(values == 0, _INK, np.arange(len(values)) + first)
    np.copyto(parts, ids[inverse.reshape(parts.shape)].astype(np.int32), where=numbers >= 0)


def region_codes(codes: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Code of each pixel of a drawn `VectorPicture.regions`: 0 = ink, -1 = outside."""
    number = codes.astype(np.int32) @ np.array([1 << 16, 1 << 8, 1, 0], np.int32)
    return np.where(codes[..., 3] > 127, number, -1).astype(np.int32)


def is_inked(lines: NDArray[np.uint8], codes: NDArray[np.uint8]) -> bool:
    """Whether most borders between colours already have ink: RGBA of the two drawings."""
    number = region_codes(codes)
    dark = (number == 0) | ((lines[..., 3] > 127) & (lines[..., 0] < 128))
    near = cv2.dilate(dark.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    edge = np.zeros(number.shape, bool)
    edge[:, 1:] |= number[:, 1:] != number[:, :-1]
    edge[1:] |= number[1:] != number[:-1]
    edge &= ~dark
    return bool(not edge.any() or near[edge].mean() > 0.8)


def main(arguments: Sequence[str] | None = None) -> None:
    """Composes pictures of SVG files and writes records with exact lines and regions."""
    parser = argparse.ArgumentParser(
        prog="python -m train.data.colour.vectors", description=main.__doc__
    )
    parser.add_argument("--svg", type=Path, required=True, help="folder searched for .svg files")
    parser.add_argument("--list", type=Path, help="text file of paths below it, one a line")
    parser.add_argument("--out", type=Path, required=True, help="folder for the records")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--size", type=int, default=320)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    if options.list:
        names = options.list.read_text(encoding="utf-8").split("\n")
        files = [options.svg / name.strip() for name in names if name.strip()]
    else:
        files = sorted(options.svg.rglob("*.svg"))
    pools = {
        s: [f for f in files if f.is_file() and split_of(f.name) == s] for s in ("train", "valid")
    }
    if not pools["train"]:
        parser.error(f"{options.svg} holds none of the .svg files")
    cv2.setNumThreads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    skipped: set[str] = set()
    made = 0
    for number in range(options.count):
        rng = np.random.default_rng((options.seed, number))
        split = "valid" if number % VALID == VALID - 1 and pools["valid"] else "train"
        for _ in range(20):
            count = 1 if rng.random() < 0.4 else int(rng.integers(2, 5))
            chosen = [pools[split][i] for i in rng.integers(len(pools[split]), size=count)]
            try:
                texts = [file.read_text("utf-8", "replace") for file in chosen]
                record = compose(texts, options.size, rng)
            except (SvgError, OSError) as error:
                skipped.add(f"{[file.name for file in chosen]}: {error}")
                continue
            save_record(options.out / f"{split}-{options.seed}-{number:06d}.npz", record)
            made += 1
            break
    for line in sorted(skipped):
        print("skipped", line, file=sys.stderr)
    print(f"{made} records in {options.out}")


if __name__ == "__main__":
    main()
