# SPDX-License-Identifier: GPL-3.0-or-later
"""Judging a run of the simplifier beside its peers.  Imports ai_tools.nets and train."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from ai_tools.nets.simplifier_light import SimplifierLight
from app.files.atomic import atomic_write
from train.common.checkpoint import latest_checkpoint, load_checkpoint
from train.common.config import read_config
from train.common.device import Place
from train.common.export import half_precision
from train.common.method import EvalOptions
from train.common.run import RunError, grid, write_png
from train.data.lines.pairs import Pair, PairSettings, make_pair
from train.data.lines.scenes import Bank
from train.data.lines.targets import draw_targets
from train.metrics.lines import line_scores, mean_scores, structure, structure_errors
from train.simplifier_drawing import clean_mask, line_probability, read_roughs
from train.simplifier_peers import Peer, peers
from train.simplifier_setup import (
    SimplifierNet,
    SimplifierRunConfig,
    build_net,
    read_bank,
)

JUDGE_SEED = 20_200_801
"""Key of the pairs that figures are reported on: neither trained on nor chosen by."""

SIZES = {500: 20, 1000: 5}
"""Longer side of the pictures -> how many."""

QUICK = {200: 2}
"""The same for a quick look."""

OURS = "network"


@dataclass(frozen=True)
class Trained:
    """A run's best network, with averaged weights, on the CPU."""

    config: SimplifierRunConfig
    net: SimplifierNet
    step: int
    threshold: float
    """Line probability from which validation wants a pixel to be a line."""


def load_trained(folder: Path) -> Trained:
    """The checkpoint that validated best.

    Raises:
        ConfigFileError, CheckpointError: no run, none validated yet, or a damaged one.
    """
    config = read_config(SimplifierRunConfig, folder / "config.toml")
    state = load_checkpoint(latest_checkpoint(folder / "best"))
    net = build_net(config)
    net.load_state_dict(state["ema"]["net"])
    return Trained(config, net.eval(), state["step"], state["figures"]["threshold"])


def evaluate(options: EvalOptions, place: Place) -> dict[str, float]:
    """Measures a run's best network, its weights rounded as an export stores them, and its peers.

    Writes eval-SPLIT.json with figures of all, eval-SPLIT.md with a table, and eval-SPLIT.png into
    the run.  The figures returned are the network's, at degree 0, on made-up pairs of drawings of
    the split: per size "500/f_2" and so on as in `train.metrics.lines.mean_scores`, errors of
    structure, milliseconds a picture, and the best peer's score as "500/f_mean_of_otsu" or the
    like; besides, the light network's geometry, see `_geometry`.

    Raises:
        RunError: the split has no drawings.
    """
    trained = load_trained(options.run)
    net = half_precision(trained.net).to(place.device)
    assert isinstance(net, type(trained.net))
    bank = read_bank(options.data, options.split)  # type: ignore[arg-type]
    if not bank.drawings and any(path.suffix == ".npz" for path in options.data):
        raise RunError(f"the drawings have no {options.split} part")

    def ours(rough: NDArray[np.uint8]) -> NDArray[np.bool_]:
        return line_probability(net, rough, 0.0, place.device) >= trained.threshold

    ways = {OURS: ours, **peers((0.5,) if options.quick else (0.25, 0.5, 0.75))}
    sizes = QUICK if options.quick else SIZES
    tables: dict[int, dict[str, dict[str, float]]] = {}
    figures: dict[str, float] = {}
    for size, count in sizes.items():
        pairs = _pairs(bank, size, count)
        tables[size] = {name: _figures(way, pairs) for name, way in ways.items()}
        figures |= {f"{size}/{name}": value for name, value in tables[size][OURS].items()}
        others = {name: row["f_mean"] for name, row in tables[size].items() if name != OURS}
        best = max(others, key=others.__getitem__)
        figures[f"{size}/f_mean_of_{best}"] = others[best]
    if isinstance(net, SimplifierLight):
        pairs = _pairs(bank, trained.config.data.size, 2 if options.quick else 24)
        figures |= _geometry(net, pairs, trained.threshold, place)
    rounded = {name: float(f"{value:.5g}") for name, value in figures.items()}
    report = {"step": trained.step, "split": options.split, "quick": options.quick}
    report |= {"figures": rounded, "threshold": trained.threshold, "table": tables}
    report["pairs"] = sizes
    report["sources"] = [dataclasses.asdict(source) for source in bank.sources]
    stem = options.run / f"eval-{options.split}"
    atomic_write(stem.with_suffix(".json"), json.dumps(report, indent=1).encode())
    atomic_write(stem.with_suffix(".md"), _markdown(tables).encode())
    shown = _pairs(bank, min(sizes), 2 if options.quick else 8)
    roughs = read_roughs(options.data, limit=2 if options.quick else 10)
    write_png(stem.with_suffix(".png"), _sheet(ways, shown, roughs))
    return rounded


@torch.no_grad()
def _geometry(
    net: SimplifierLight, pairs: list[Pair], threshold: float, place: Place
) -> dict[str, float]:
    """How well the heads beside "line" do, by mean over pixels of the pairs:

    distance_px, half_width_px: mean error within 4 and 2 pixels of a centre line;
    orientation_degrees: mean error within 2 pixels, of at most 90;
    junction_f, end_f: F-score of the spots at a tolerance of 3 pixels;
    dropped_at_1, lost_at_1: share of line pixels that vanish at degree 1, of the lines that should
        and of those that should stay, of those seen at degree 0.
    """
    values: dict[str, list[float]] = {}

    def add(name: str, errors: NDArray) -> None:
        values.setdefault(name, []).extend(np.ravel(errors).tolist())

    for pair in pairs:
        rough = torch.from_numpy(pair.rough.astype(np.float32) / 255)[None, None].to(place.device)
        degree = torch.zeros(1, device=place.device) if net.config.degree else None
        maps = {name: value[0].cpu().numpy() for name, value in net(rough, degree).items()}
        truth = draw_targets(pair.scene)
        near, on = truth["distance"] < 4, truth["distance"] < 2
        if "distance" in maps:
            add("distance_px", np.abs(maps["distance"] - truth["distance"])[near])
        if "half_width" in maps:
            add("half_width_px", np.abs(maps["half_width"] - truth["half_width"])[on])
        if "orientation" in maps:
            cosine = (maps["orientation"] * truth["orientation"]).sum(0, keepdims=True)
            add("orientation_degrees", np.degrees(np.arccos(cosine.clip(-1, 1)))[on] / 2)
        for name in ("junction", "end"):
            if name in maps and (truth[name] > 0.5).any():
                tolerance = 3000 // max(pair.rough.shape)
                spots = line_scores(maps[name][0] > 0.5, truth[name][0] > 0.5, (tolerance,))
                add(f"{name}_f", np.array(spots.f_mean))
        if degree is not None:
            later = net(rough, degree + 1)["line"][0].cpu().numpy() < threshold
            seen = (truth["line"] > 0.5) & (maps["line"] >= threshold)
            stays = draw_targets(pair.scene, 1.0)["line"] > 0.5
            add("dropped_at_1", later[seen & ~stays])
            add("lost_at_1", later[seen & stays])
    return {name: float(np.mean(errors)) for name, errors in values.items() if errors}


def _pairs(bank: Bank, size: int, count: int) -> list[Pair]:
    """Pairs of growing messiness."""
    return [
        make_pair(
            bank,
            PairSettings(size=size, degrees=False, identity=0.0, mess=(i + 0.5) / count),
            JUDGE_SEED,
            size,
            i,
        )
        for i in range(count)
    ]


def _figures(way: Peer, pairs: list[Pair]) -> dict[str, float]:
    """Means over the pairs."""
    way(pairs[0].rough)  # the first call is slower than the others
    scores, errors, spent = [], [], 0.0
    for pair in pairs:
        start = time.perf_counter()
        drawn = way(pair.rough)
        spent += time.perf_counter() - start
        wanted = clean_mask(pair)
        scores.append(line_scores(drawn, wanted))
        errors.append(structure_errors(structure(drawn), structure(wanted)))
    means = {name: float(np.mean([error[name] for error in errors])) for name in errors[0]}
    return mean_scores(scores) | means | {"milliseconds": 1000 * spent / len(pairs)}


_COLUMNS = (
    *("f_2", "f_4", "f_6", "f_8", "f_10", "chamfer", "hausdorff"),
    *("branches_error", "ends_error", "junctions_error", "milliseconds"),
)


def _markdown(tables: Mapping[int, Mapping[str, Mapping[str, float]]]) -> str:
    lines = []
    for size, rows in tables.items():
        lines += [f"Longer side {size}", "", f"| way | {' | '.join(_COLUMNS)} |"]
        lines.append("|---" * (len(_COLUMNS) + 1) + "|")
        for name, row in rows.items():
            lines.append(f"| {name} | {' | '.join(f'{row[c]:.3g}' for c in _COLUMNS)} |")
        lines.append("")
    return "\n".join(lines)


def _sheet(
    ways: Mapping[str, Peer], pairs: list[Pair], roughs: list[NDArray[np.uint8]]
) -> NDArray[np.uint8]:
    """Rows of rough, wanted, then each of four ways; real roughs last, without a wanted one."""
    names = [name for name in (OURS, "classic_0.5", "potrace", "adaptive") if name in ways]
    rows = [(pair.rough, clean_mask(pair)) for pair in pairs]
    rows += [(rough, np.zeros(rough.shape, bool)) for rough in roughs]
    pictures = []
    for rough, wanted in rows:
        masks = [wanted, *(ways[name](rough) for name in names)]
        pictures += [rough, *(np.where(mask, 0, 255).astype(np.uint8) for mask in masks)]
    return grid(np.stack([_square(picture, 360) for picture in pictures]), 2 + len(names))


def _square(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Scaled to fit a square on grey."""
    factor = side / max(picture.shape)
    shape = (max(1, round(picture.shape[1] * factor)), max(1, round(picture.shape[0] * factor)))
    square = np.full((side, side), 160, np.uint8)
    square[: shape[1], : shape[0]] = cv2.resize(picture, shape, interpolation=cv2.INTER_AREA)
    return square
