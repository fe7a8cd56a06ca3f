# SPDX-License-Identifier: GPL-3.0-or-later
"""Judging a run of the simplifier beside its peers.  Imports ai_tools.nets and train."""

from __future__ import annotations

import dataclasses
import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from ai_tools.nets.simplifier_light import SimplifierLight
from ai_tools.simplify.learned import WEIGHTS_NAME
from ai_tools.weights import WeightsError, load
from app.files.atomic import atomic_write
from train.common.checkpoint import latest_checkpoint, load_checkpoint
from train.common.config import read_config
from train.common.device import Place
from train.common.export import half_precision
from train.common.method import EvalOptions
from train.common.run import RunError, write_png
from train.data.lines.pairs import Pair, PairSettings, make_pair
from train.data.lines.scenes import Bank, Scene
from train.data.lines.targets import draw_targets
from train.metrics.lines import (
    centre_lines,
    line_scores,
    mean_scores,
    structure,
    structure_errors,
)
from train.metrics.vectors import Drawing
from train.simplifier_drawing import clean_mask, line_probability, read_roughs
from train.simplifier_peers import Peer, Peers, peers
from train.simplifier_setup import (
    SimplifierNet,
    SimplifierRunConfig,
    build_net,
    read_bank,
)
from train.simplifier_sheet import Row, economy_plots, sheet

JUDGE_SEED = 20_200_801
"""Key of the pairs that figures are reported on: neither trained on nor chosen by."""

SIZES = {500: 12, 1000: 4}
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
    the split: per size "500/f_2" and so on as in `_figures`, and the best peer's score as
    "500/f_mean_of_otsu" or the like; besides, the light network's geometry, see `_geometry`.

    The network's pixels are judged as they are.  What the program makes of a network, lines as
    outlines or strokes, is in the table as learned_S: of the weights that the program comes with,
    which are the run's own only once it was exported; "learned_is_this_run" says so.

    Raises:
        RunError: the split has no drawings.
    """
    trained = load_trained(options.run)
    net = half_precision(trained.net).to(place.device)
    assert isinstance(net, type(trained.net))
    bank = read_bank(options.data, options.split)  # type: ignore[arg-type]
    if not bank.drawings and any(path.suffix == ".npz" for path in options.data):
        raise RunError(f"the drawings have no {options.split} part")

    def ours(rough: NDArray[np.uint8]) -> Drawing:
        chance = line_probability(net, rough, 0.0, place.device)
        return Drawing(chance >= trained.threshold)

    others = peers((0.5,) if options.quick else (0.25, 0.5, 0.75))
    ways = {OURS: ours, **others.ways}
    sizes = QUICK if options.quick else SIZES
    tables: dict[int, dict[str, dict[str, float]]] = {}
    figures: dict[str, float] = {}
    for size, count in sizes.items():
        pairs = _pairs(bank, size, count)
        tables[size] = {name: _figures(way, pairs) for name, way in ways.items()}
        figures |= {f"{size}/{name}": value for name, value in tables[size][OURS].items()}
        scores = {
            name: row["f_mean"]
            for name, row in tables[size].items()
            if not name.startswith((OURS, "learned"))
        }
        best = max(scores, key=scores.__getitem__)
        figures[f"{size}/f_mean_of_{best}"] = scores[best]
    if isinstance(net, SimplifierLight):
        pairs = _pairs(bank, trained.config.data.size, 2 if options.quick else 24)
        figures |= _geometry(net, pairs, trained.threshold, place)
    rounded = {name: float(f"{value:.5g}") for name, value in figures.items()}
    report = {"step": trained.step, "split": options.split, "quick": options.quick}
    report |= {"figures": rounded, "threshold": trained.threshold, "table": tables}
    report |= {"pairs": sizes, "missing": dict(others.missing)}
    report["learned_is_this_run"] = _comes_with_the_program(net)
    report["sources"] = [dataclasses.asdict(source) for source in bank.sources]
    stem = options.run / f"eval-{options.split}"
    atomic_write(stem.with_suffix(".json"), json.dumps(report, indent=1).encode())
    markdown = _markdown(tables, others, bool(report["learned_is_this_run"]))
    atomic_write(stem.with_suffix(".md"), markdown.encode())
    shown = _pairs(bank, min(sizes), 1 if options.quick else 4)
    roughs = read_roughs(options.data, limit=1 if options.quick else 5)
    rows = [Row(pair.rough, clean_mask(pair), filled(pair.scene)) for pair in shown]
    picture = sheet(_shown(ways), [*rows, *map(Row, roughs)])
    plots = economy_plots({f"{n} px": table for n, table in tables.items()}, picture.shape[1])
    write_png(stem.with_suffix(".png"), np.concatenate([picture, plots]))
    return rounded


def _comes_with_the_program(net: SimplifierNet) -> bool:
    """Whether the learned engine of this program runs `net`, rounded as for an export."""
    try:
        shipped, _ = load(WEIGHTS_NAME)
    except WeightsError:
        return False
    theirs, own = shipped.state_dict(), net.state_dict()
    return theirs.keys() == own.keys() and all(
        torch.equal(theirs[name], value.cpu()) for name, value in own.items()
    )


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
    """Means over the pairs: of `mean_scores`, `structure_errors`, and

    centre_chamfer: Chamfer distance between the centre lines of what is drawn and wanted, without
        filled areas, whose middle means nothing;
    strokes, points: what the vector form is made of, see `train.metrics.vectors.Economy`; not of
        ways that only make pixels;
    milliseconds: wall-clock time, from the drawing to pixels or, where there is one, the SVG file
        and its picture.
    """
    way(pairs[0].rough[:128, :128])  # the first call is slower than the others
    scores, errors, centres, vectors, spent = [], [], [], [], 0.0
    for pair in pairs:
        start = time.perf_counter()
        drawn = way(pair.rough)
        spent += time.perf_counter() - start
        wanted = clean_mask(pair)
        scores.append(line_scores(drawn.mask, wanted))
        middle, wanted_middle = centre_lines(drawn.mask), centre_lines(wanted)
        lines = ~filled(pair.scene)
        centres.append(line_scores(middle & lines, wanted_middle & lines).chamfer)
        errors.append(structure_errors(structure(middle), structure(wanted_middle)))
        if drawn.economy is not None:
            vectors.append((drawn.economy.strokes, drawn.economy.points))
    figures = mean_scores(scores) | {"centre_chamfer": float(np.mean(centres))}
    if vectors:
        figures |= {"strokes": float(np.mean([strokes for strokes, _ in vectors]))}
        figures |= {"points": float(np.mean([points for _, points in vectors]))}
    figures |= {name: float(np.mean([error[name] for error in errors])) for name in errors[0]}
    return figures | {"milliseconds": 1000 * spent / len(pairs)}


def filled(scene: Scene) -> NDArray[np.bool_]:
    """The areas of a clean drawing that are filled with black, with their outlines (h, w)."""
    mask = np.zeros((scene.size, scene.size), np.uint8)
    for number in scene.fills:
        corners = np.rint(scene.strokes[number] * 16).astype(np.int32)
        thickness = max(1, math.ceil(2 * scene.widths[number]) + 2)
        cv2.fillPoly(mask, [corners], 1, cv2.LINE_8, 4)
        cv2.polylines(mask, [corners], True, 1, thickness, cv2.LINE_8, 4)
    return mask > 0


_COLUMNS = (
    *("f_2", "f_4", "f_6", "f_8", "f_10", "chamfer", "hausdorff"),
    *("branches_error", "ends_error", "junctions_error"),
    *("centre_chamfer", "strokes", "points", "milliseconds"),
)

_LEGEND = """\
F is the mean of precision and recall at a tolerance in thousandths of the longer side; distances
are in longer sides; `centre_chamfer` is measured between centre lines outside filled areas.
`_error` is how far counts of the centre lines are off. `strokes` are unbroken curves in the SVG
file (outlines and their holes one each), `points` its coordinate pairs; `autotrace`, `thinning` and
`skeletonize` know no widths and draw lines a pixel wide, which costs them F. Milliseconds are
wall-clock time on this computer, which may have been busy.
"""


def _markdown(
    tables: Mapping[int, Mapping[str, Mapping[str, float]]],
    others: Peers,
    learned_is_this_run: bool,
) -> str:
    lines = []
    for size, rows in tables.items():
        lines += [f"Longer side {size}", "", f"| way | {' | '.join(_COLUMNS)} |"]
        lines.append("|---" * (len(_COLUMNS) + 1) + "|")
        for name, row in rows.items():
            cells = [f"{row[c]:.4g}" if c in row else "–" for c in _COLUMNS]
            lines.append(f"| {name} | {' | '.join(cells)} |")
        lines.append("")
    lines.append(_LEGEND)
    if not learned_is_this_run:
        lines += ["`learned` rows are of the weights that the program comes with, not of this run."]
    lines += [f"Not measured: `{name}`, {why.rstrip('.')}." for name, why in others.missing.items()]
    return "\n".join(lines).rstrip() + "\n"


def _shown(ways: Mapping[str, Peer]) -> dict[str, Peer]:
    """The ways in the picture."""
    wanted = (
        *(OURS, "learned_0.5", "learned_0.5_strokes", "classic_0.5", "classic_0.5_strokes"),
        *("potrace_2", "autotrace_adaptive", "vtracer_adaptive", "thinning"),
    )
    return {name: ways[name] for name in wanted if name in ways}
