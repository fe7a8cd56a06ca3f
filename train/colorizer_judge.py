# SPDX-License-Identifier: GPL-3.0-or-later
"""Judging a run of the colorizer beside its peers.  Imports ai_tools.nets and train."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.files.atomic import atomic_write
from train.colorizer_drawing import (
    CASES,
    DABS,
    Asked,
    Case,
    Picture,
    ask,
    hints_shown,
    paint,
    valid_samples,
)
from train.colorizer_peers import peers, timed
from train.colorizer_setup import ColorizerNet, ColorizerRunConfig, build_net, read_data
from train.common.checkpoint import latest_checkpoint, load_checkpoint
from train.common.config import read_config
from train.common.device import Place
from train.common.export import half_precision
from train.common.method import EvalOptions
from train.common.run import RunError, grid, write_png
from train.data.colour.hints import Hints, draw_disk
from train.data.colour.plates import GROUPS
from train.data.colour.samples import ColourSample
from train.metrics.colour import bleed, hint_delta_e, kept_exact, psnr
from train.metrics.perceptual import fid_efflite0, load_efflite0, lpips_efflite0, swd

PICTURES = 16
"""Pictures that are judged on: peers take seconds for each."""

QUICK = 3
"""The same for a quick look."""

SHOWN = 8
"""Rows of the sheet."""

OURS = "network"

PEER_CASES: tuple[Case, ...] = ("SH4", DABS)
"""Where G'MIC is run: with a person's number of hints."""

SECOND = "second"
"""The case of a second pass, see `second_task`."""


@dataclass(frozen=True)
class Trained:
    """A run's best network, with averaged weights, on the CPU."""

    config: ColorizerRunConfig
    net: ColorizerNet
    step: int


def load_trained(folder: Path) -> Trained:
    """The checkpoint that validated best.

    Raises:
        ConfigFileError, CheckpointError: no run, none validated yet, or a damaged one.
    """
    config = read_config(ColorizerRunConfig, folder / "config.toml")
    state = load_checkpoint(latest_checkpoint(folder / "best"))
    net = build_net(config)
    net.load_state_dict(state["ema"]["net"])
    return Trained(config, net.eval(), state["step"])


def evaluate(options: EvalOptions, place: Place) -> dict[str, float]:
    """Measures a run's best network, its weights rounded as an export stores them, and its peers.

    Writes eval-SPLIT.json with the figures of all, eval-SPLIT.md with tables and eval-SPLIT.png
    into the run.  The figures returned are the network's, as "DABS/l1": by case (see
    `train.colorizer_drawing.CASES` and `second_task`) and by measure, see `_figures`.

    Raises:
        RunError: another split than the valid one.
        RecordError: the pictures cannot be read.
    """
    if options.split != "valid":
        raise RunError("pictures are held apart as the valid part only")
    trained = load_trained(options.run)
    net = half_precision(trained.net).to(place.device)
    assert isinstance(net, type(trained.net))
    data = read_data(trained.config, _plates(options.data) or options.data, "valid")
    samples = valid_samples(data, QUICK if options.quick else PICTURES)
    wanted = _pooled(_tensor([sample.colour for sample in samples]))
    others = peers()
    cases = PEER_CASES if options.quick else CASES
    tables: dict[str, dict[str, dict[str, float]]] = {}
    results: dict[tuple[str, str], list[Picture]] = {}
    for case in cases:
        asked = [ask(sample, case, i) for i, sample in enumerate(samples)]
        ways = {OURS: lambda a: paint(net, a, place.device), **others}
        tables[case] = {}
        for name, way in ways.items():
            if name.startswith("gmic") and case not in PEER_CASES:
                continue
            cache = options.run / "peers" / name if name.startswith("gmic") else None
            pairs = [timed(way, a, cache) for a in asked]
            results[case, name] = [picture for picture, _ in pairs]
            tables[case][name] = _figures(
                results[case, name], [seconds for _, seconds in pairs], asked, samples, wanted
            )
    asked = [
        second_task(sample, ask(sample, DABS, i), painted)
        for i, (sample, painted) in enumerate(zip(samples, results[DABS, OURS], strict=True))
    ]
    pairs = [timed(lambda a: paint(net, a, place.device), a) for a in asked]
    results[SECOND, OURS] = [picture for picture, _ in pairs]
    tables[SECOND] = {
        OURS: _figures(results[SECOND, OURS], [s for _, s in pairs], asked, samples, wanted)
    }
    figures = {
        f"{case}/{name}": float(f"{value:.5g}")
        for case, rows in tables.items()
        for name, value in rows[OURS].items()
    }
    report = {
        "step": trained.step,
        "split": options.split,
        "quick": options.quick,
        "pictures": len(samples),
        "size": trained.config.valid_size,
        "figures": figures,
        "table": tables,
        "sources": _sources(options.data),
    }
    stem = options.run / f"eval-{options.split}"
    atomic_write(stem.with_suffix(".json"), json.dumps(report, indent=1).encode())
    atomic_write(stem.with_suffix(".md"), _markdown(tables).encode())
    write_png(stem.with_suffix(".png"), _sheet(results, samples))
    return figures


def second_task(sample: ColourSample, asked: Asked, painted: Picture) -> Asked:
    """What an artist does after a first pass: the regions that are most wrong, up to a quarter of
    the picture, are selected, get a dab each, and are painted again; the rest is kept."""
    error = np.abs(painted.astype(np.float64) - sample.colour).mean(2)
    areas = np.bincount(sample.regions.ravel())
    wrong = np.bincount(sample.regions.ravel(), error.ravel())
    chosen, total = [], 0
    for region in np.argsort(-wrong):
        if total + areas[region] <= sample.regions.size / 4 and areas[region] >= 12:
            chosen.append(int(region))
            total += int(areas[region])
    mask = np.isin(sample.regions, chosen)
    hints = Hints(asked.hints.rgb.copy(), asked.hints.alpha.copy())
    for region in chosen:
        depth = cv2.distanceTransform((sample.regions == region).astype(np.uint8), cv2.DIST_L2, 3)
        y, x = divmod(int(depth.argmax()), depth.shape[1])
        draw_disk(hints, x, y, max(0, min(4, int(depth[y, x]) - 1)), sample.flat[y, x])
    return Asked(asked.line, painted, mask.astype(np.float32), hints)


def _figures(
    painted: Sequence[Picture],
    seconds: Sequence[float],
    asked: Sequence[Asked],
    samples: Sequence[ColourSample],
    wanted: Tensor,
) -> dict[str, float]:
    """Means over the pictures, against the wanted ones, whose features are `wanted` (N, 1280):

    l1: of 255; areas: the same where there is no ink; psnr: dB; lpips, fid, swd: see
    train.metrics.perceptual; hint: CIEDE2000 between hints and what is painted there; bleed: see
    train.metrics.colour.bleed; kept: share of pictures whose kept pixels are the same to the bit;
    seconds: a picture.  What has no value is left out.
    """
    measures = ("l1", "areas", "psnr", "hint", "bleed", "kept")
    values: dict[str, list[float]] = {name: [] for name in measures}
    for picture, task, sample in zip(painted, asked, samples, strict=True):
        error = np.abs(picture.astype(np.float64) - sample.colour).mean(2)
        values["l1"].append(float(error.mean()))
        values["areas"].append(float(error[sample.line <= 0.2].mean()))
        values["psnr"].append(psnr(picture, sample.colour))
        hints = np.where(task.mask > 0.5, task.hints.alpha, 0).astype(np.uint8)
        values["hint"].append(hint_delta_e(picture, task.hints.rgb, hints, sample.line))
        colours = _region_colours(sample)
        values["bleed"].append(bleed(picture, sample.regions, colours, sample.line))
        values["kept"].append(float(kept_exact(picture, task.base, task.mask).exact))
    known = {name: _mean(row) for name, row in values.items()}
    a, b = _tensor(painted), _tensor([sample.colour for sample in samples])
    net = load_efflite0("cpu")
    with torch.no_grad():
        pairs = [lpips_efflite0(x[None], y[None], net) for x, y in zip(a, b, strict=True)]
    known |= {"lpips": float(torch.cat(pairs).mean()), "fid": fid_efflite0(_pooled(a), wanted)}
    known |= {"swd": swd(a, b), "seconds": float(np.mean(seconds))}
    return {name: value for name, value in known.items() if np.isfinite(value)}


def _mean(values: Sequence[float]) -> float:
    """Of those that are numbers; nan where none is."""
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")


def _region_colours(sample: ColourSample) -> NDArray[np.uint8]:
    """(n, 3): the flat colour of each region."""
    colours = np.zeros((int(sample.regions.max()) + 1, 3), np.uint8)
    colours[sample.regions] = sample.flat
    return colours


@torch.no_grad()
def _pooled(pictures: Tensor) -> Tensor:
    """Features for FID-EffLite0, one picture at a time: (N, 3, H, W) -> (N, 1280)."""
    net = load_efflite0("cpu")
    return torch.cat([net.pooled(picture[None]) for picture in pictures])


def _tensor(pictures: Sequence[Picture]) -> Tensor:
    """(N, 3, H, W) in 0..1."""
    return torch.from_numpy(np.stack(pictures).transpose(0, 3, 1, 2).astype(np.float32) / 255)


def _plates(roots: Sequence[Path]) -> tuple[Path, ...]:
    """Those of the roots that hold plates: real pictures, unlike what is composed by program."""
    return tuple(root for root in roots if _manifest(root).exists())


def _manifest(root: Path) -> Path:
    folder = root if (root / "manifest.csv").exists() else root / "illustrations"
    return folder / "manifest.csv"


def _sources(roots: Sequence[Path]) -> list[dict[str, str]]:
    """What was trained on: groups of plates with the licences of their manifest; folders of
    records with that of their file licence.txt."""
    found: list[dict[str, str]] = []
    for root in roots:
        if not _manifest(root).exists():
            path = root / "licence.txt"
            licence = path.read_text("utf-8").strip() if path.exists() else "not stated"
            count = len(list(root.glob("train*.npz")))
            found.append({"name": root.name, "licence": licence, "pictures": str(count)})
            continue
        with _manifest(root).open(newline="", encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if row["split"] == "train"]
        for group in GROUPS:
            licences = [
                row.get("licence") or "not stated"
                for row in rows
                if row["file"].split("/")[0] == group
            ]
            if licences:
                licence = Counter(licences).most_common(1)[0][0]
                found.append({"name": group, "licence": licence, "pictures": str(len(licences))})
    return found


_COLUMNS = ("l1", "areas", "psnr", "lpips", "fid", "swd", "hint", "bleed", "kept", "seconds")


def _markdown(tables: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    lines = []
    for case, rows in tables.items():
        lines += [f"Case {case}", "", f"| way | {' | '.join(_COLUMNS)} |"]
        lines.append("|---" * (len(_COLUMNS) + 1) + "|")
        for name, row in rows.items():
            values = (f"{row[c]:.3g}" if c in row else "-" for c in _COLUMNS)
            lines.append(f"| {name} | {' | '.join(values)} |")
        lines.append("")
    return "\n".join(lines)


def _sheet(
    results: Mapping[tuple[str, str], list[Picture]], samples: Sequence[ColourSample]
) -> Picture:
    """Rows of lines with dabs; painted by the ways with the dabs; by the network in a second pass,
    without hints, with all flat colours; and the wanted picture."""
    ways = [name for case, name in results if case == DABS]
    tiles = []
    for i, sample in enumerate(samples[:SHOWN]):
        tiles.append(hints_shown(ask(sample, DABS, i)))
        tiles += [results[DABS, name][i] for name in ways]
        for case in (SECOND, "NH", "FH"):
            if (case, OURS) in results:
                tiles.append(results[case, OURS][i])
        tiles.append(sample.colour)
    return grid(np.stack(tiles), len(tiles) // min(SHOWN, len(samples)))
