# SPDX-License-Identifier: GPL-3.0-or-later
"""Judging a run of AI-Sketcher or Sketch-RNN beside simple ways.  Imports cv2, torch, train."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from app.files.atomic import atomic_write
from train.common.checkpoint import latest_checkpoint, load_checkpoint
from train.common.config import read_config
from train.common.device import Place
from train.common.export import half_precision
from train.common.method import EvalOptions
from train.common.run import RunError, grid, write_png
from train.common.seeds import numpy_generator
from train.data.sketch_batches import condition_values
from train.data.sketch_raster import box_of, draw_completion, draw_sketch, polylines
from train.data.sketches import SketchSet, offsets_of, read_sketches
from train.metrics.sketch_classifier import (
    SketchClassifier,
    fit_classifier,
    pooled_features,
    recognition,
)
from train.metrics.sketches import chamfer, diversity, set_scores, spread_points
from train.sketcher_drawing import Model, Prompt, complete, redraw, validate
from train.sketcher_peers import Case, Way, cases_of, ways_of
from train.sketcher_setup import (
    SketcherConfig,
    SketchNet,
    Task,
    batch_settings,
    build_net,
    choose,
)

PERCENTS = (25, 50, 75)
"""How much of a drawing's points is given."""

_ANSWERS = 10
"""Continuations a beginning."""

_SUFFIXES = {"network": "", "network_untold": "_untold"}
"""Ways -> how their figures of distance end, where that is not the name."""

_KINDS = {"network": "completed_told", "network_untold": "completed", "nothing": "half"}
"""Ways -> what half drawings that they completed are called in figures."""

_TILE = 128
_FONT = cv2.FONT_HERSHEY_SIMPLEX


@dataclass(frozen=True)
class Trained:
    """A run's best network, with averaged weights, on the CPU."""

    config: SketcherConfig
    task: Task
    net: SketchNet
    step: int


def load_trained(folder: Path) -> Trained:
    """The checkpoint that validated best, else the newest.

    Raises:
        ConfigFileError, CheckpointError: no run, or a damaged one.
    """
    config = read_config(SketcherConfig, folder / "config.toml")
    best = folder / "best"
    state = load_checkpoint(latest_checkpoint(best if best.exists() else folder / "checkpoints"))
    task = Task.from_dict(state["task"])
    net = build_net(config, task)
    net.load_state_dict(state["ema"]["net"])
    return Trained(config, task, net.eval(), state["step"])


def chosen_data(trained: Trained, paths: tuple[Path, ...]) -> SketchSet:
    """The run's kind of drawings from files.

    Raises:
        RunError: they are not the drawings that the run was trained on, by their labels.
    """
    data = choose(read_sketches(paths), trained.config.data)
    if data.label_names != trained.task.labels:
        raise RunError("the labels of --data are not those that this run was trained with")
    return data


def evaluate(options: EvalOptions, place: Place) -> dict[str, float]:
    """Measures a run's best network, its weights rounded as an export stores them, and its peers.

    Writes eval-SPLIT.json, eval-SPLIT.md with a table of all ways (see `ways_of`) and a picture,
    eval-SPLIT.png, into the run.  Figures, besides `validate`'s:

    chamfer_P_WAY: distance in % of the drawing's longer side between a continuation and the real
        rest, after the first P % of the points; mean of ten answers.  chamfer_P_WAY_best: the
        nearest of the ten.  chamfer_P, chamfer_P_untold: of the network, label told and not told.
    top1_KIND, top5_KIND: recognition by our own classifier; sketch_fid_KIND, precision_KIND,
        recall_KIND: likeness to other real drawings in its feature space, see `set_scores`.  KIND:
        real drawings (the ceiling), drawn from the label alone, half drawings, these completed by
        the network without telling the label (completed) and with it (completed_told), and by
        each other way.
    phash_*: Hamming distances of 64; see `train.metrics.sketches.diversity`.
    ms_per_point: three continuations side by side, on this device with these threads.
    """
    trained = load_trained(options.run)
    every = chosen_data(trained, options.data)
    data = every.part(options.split)  # type: ignore[arg-type]
    if not len(data):
        raise ValueError(f"the drawings have no {options.split} part")
    settings = batch_settings(trained.config, trained.task)
    net = half_precision(trained.net).to(place.device)
    model = Model(net, settings, trained.task, place.device, trained.config.temperature)
    few = options.quick
    training = every.part("train")
    # No drawing shall be its own neighbour.
    ways = ways_of(model, data, every.part("valid") if options.split == "train" else training)
    figures = validate(model, data, limit=64 if few else None)
    figures |= _completion_figures(model, ways, data, 8 if few else 150)
    if data.label.max() >= 0:
        classifier = fit_classifier(training, place.device, epochs=1 if few else 8)
        figures |= _likeness_figures(model, ways, data, classifier, 32 if few else 400)
    figures |= _diversity_figures(model, data, 10 if few else 100)
    figures["ms_per_point"] = _milliseconds(model, data)

    rounded = {name: round(value, 6) for name, value in figures.items()}
    sources = [dataclasses.asdict(source) for source in every.sources]
    report = {"step": trained.step, "split": options.split, "drawings": len(data)}
    report |= {"quick": few, "figures": rounded, "sources": sources}
    stem = options.run / f"eval-{options.split}"
    atomic_write(
        stem.with_suffix(".json"), json.dumps(report, indent=1, ensure_ascii=False).encode()
    )
    atomic_write(stem.with_suffix(".md"), _markdown(rounded, [*ways]).encode())
    write_png(stem.with_suffix(".png"), _sheet(model, ways, data, rows=4 if few else 14))
    return rounded


def _completion_figures(
    model: Model, ways: Mapping[str, Way], data: SketchSet, count: int
) -> dict[str, float]:
    figures = {}
    chosen = _some(data, count)
    for percent in PERCENTS:
        cases = cases_of(data, chosen, percent, model)
        truths = [_rest(case, case.points[len(case.start) :]) for case in cases]
        for name, way in ways.items():
            distances = [
                [_distance(case, truth, _rest(case, rest)) for rest in rests]
                for case, truth, rests in zip(cases, truths, way(cases, _ANSWERS), strict=True)
            ]
            figure = f"chamfer_{percent}" + _SUFFIXES.get(name, f"_{name}")
            figures[figure] = float(np.mean([np.mean(row) for row in distances]))
            figures[f"{figure}_best"] = float(np.mean([min(row) for row in distances]))
    return figures


def _rest(case: Case, rest: NDArray[np.float32]) -> NDArray[np.float64]:
    """Points along the ink of `rest`, placed behind the beginning: (n, 2) box units."""
    before = case.start
    strokes = polylines(rest)
    if len(before) and before[-1, 2] > 0 and strokes:
        strokes[0] = strokes[0][1:]  # the pen was up: no ink on the way to the first point
    if strokes and not strokes[0].any():
        strokes = strokes[1:]  # the pen was only lifted
    place = before[:, :2].astype(np.float64).sum(0)
    return spread_points([stroke + place for stroke in strokes if len(stroke)], 4.0)


def _distance(case: Case, truth: NDArray[np.float64], answer: NDArray[np.float64]) -> float:
    """Chamfer distance in % of the drawing's longer side.  A way that draws nothing more where
    there is more to draw answers with the point where the pen is."""
    _, side = box_of(polylines(case.points))
    if not len(answer) or not len(truth):
        pen = case.start[:, :2].astype(np.float64).sum(0)[None]
        answer, truth = (part if len(part) else pen for part in (answer, truth))
    return 100 * chamfer(truth, answer) / max(side, 1.0)


def _likeness_figures(
    model: Model,
    ways: Mapping[str, Way],
    data: SketchSet,
    classifier: SketchClassifier,
    count: int,
) -> dict[str, float]:
    """Recognition of half drawings and what becomes of them, and their likeness to real ones.

    Likeness is measured against drawings that none of these were made from, at most half of all.
    """
    labelled = np.flatnonzero(data.label >= 0)
    chosen = labelled[_some_of(len(labelled), min(count, (len(labelled) + 1) // 2))]
    reference = np.setdiff1d(labelled, chosen)
    halves = cases_of(data, chosen, 50, model)
    kinds = {"real": [case.points for case in halves]}
    told = "label" in model.settings.condition
    for name, way in ways.items():
        if name == "network" and not told:
            continue
        kinds[_KINDS.get(name, name)] = [
            np.concatenate([case.start, rests[0]])
            for case, rests in zip(halves, way(halves, 1), strict=True)
        ]
    if told:
        nothing = cases_of(data, chosen, 0, model)
        kinds["drawn"] = [rests[0] for rests in ways["network"](nothing, 1)]
    others = [offsets_of(data.sketches[i]) for i in reference]
    real = pooled_features(classifier, others, model.device)
    figures: dict[str, float] = {}
    for kind, drawings in kinds.items():
        top1, top5 = recognition(classifier, drawings, data.label[chosen], model.device)
        figures |= {f"top1_{kind}": top1, f"top5_{kind}": top5}
        if min(len(drawings), len(others)) >= 2:
            scores = set_scores(pooled_features(classifier, drawings, model.device), real)
            figures[f"sketch_fid_{kind}"] = scores.fid
            figures |= {f"precision_{kind}": scores.precision, f"recall_{kind}": scores.recall}
    return figures


def _diversity_figures(model: Model, data: SketchSet, samples: int) -> dict[str, float]:
    """Five drawings, each drawn again `samples` times from its latent."""
    measured = []
    labels = condition_values(data, model.settings.condition)
    for i in _some(data, 5):
        points = offsets_of(data.sketches[i])
        prompt = Prompt(points, labels[i])
        again = redraw(model, prompt, count=samples)
        pictures = [draw_sketch(p, 128) for p in again]
        measured.append(diversity(draw_sketch(points, 128), pictures))
    return {
        "phash_to_input": float(np.mean([m.to_input_mean for m in measured])),
        "phash_to_input_sd": float(np.mean([m.to_input_sd for m in measured])),
        "phash_pairwise": float(np.mean([m.pairwise_mean for m in measured])),
    }


def _milliseconds(model: Model, data: SketchSet) -> float:
    labels = condition_values(data, model.settings.condition)
    prompt = Prompt(offsets_of(data.sketches[0])[:5], labels[0])
    complete(model, [prompt], count=3)  # the first pass is slower than the others
    start = time.perf_counter()
    (answers,) = complete(model, [prompt], count=3)
    return 1000 * (time.perf_counter() - start) / max(max(map(len, answers)), 1)


def _some(data: SketchSet, count: int) -> NDArray[np.int64]:
    """At most `count` drawings, the same in every evaluation."""
    return _some_of(len(data), count)


def _some_of(total: int, count: int) -> NDArray[np.int64]:
    return np.sort(numpy_generator(11).permutation(total)[:count])


_LEGEND = """\
`chamfer` is the distance of what is drawn from the real rest, in % of the drawing's longer side,
after the given share of its points: mean of ten answers / nearest of ten (`mirror` and `nothing`
have one).  The other columns are of half drawings that were completed: recognition by a small
classifier of ours, and in that classifier's feature space sketch-FID, precision and recall (k = 3)
against other real drawings.  sketch-FID is no Inception FID, depends on the number of drawings, and
compares within this table only.  `untold`: the label was not told.  `other` knows the box of the
whole drawing, which the others do not.  `real` is the ceiling, `drawn` has nothing but the label.
"""


def _markdown(figures: Mapping[str, float], ways: Sequence[str]) -> str:
    """A row for each way, and for real drawings and such as were drawn from the label alone."""
    measures = ("top1", "top5", "sketch_fid", "precision", "recall")
    heads = [*(f"chamfer {percent} %" for percent in PERCENTS), *measures]
    lines = [f"| way | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
    for name in [*ways, "drawn", "real"]:
        cells = []
        for percent in PERCENTS:
            figure = f"chamfer_{percent}" + _SUFFIXES.get(name, f"_{name}")
            cells.append(
                f"{figures[figure]:.2f} / {figures[f'{figure}_best']:.2f}"
                if figure in figures
                else "–"
            )
        for measure in measures:
            figure = f"{measure}_{_KINDS.get(name, name)}"
            cells.append(f"{figures[figure]:.3g}" if figure in figures else "–")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", _LEGEND])


def _sheet(model: Model, ways: Mapping[str, Way], data: SketchSet, rows: int) -> NDArray[np.uint8]:
    """A row for each of some drawings: itself, a continuation of its first 30 % by each way, and
    what the network draws from the label alone; given ink is black."""
    chosen = numpy_generator(7).permutation(len(data))[:rows]
    starts, blank = (cases_of(data, chosen, percent, model) for percent in (30, 0))
    columns = {
        "real": [draw_completion(case.points, case.points[:0], _TILE) for case in starts],
    }
    shown = [(name, way, starts) for name, way in ways.items() if name != "nothing"]
    for name, way, cases in [*shown, ("drawn", ways["network"], blank)]:
        columns[name] = [
            draw_completion(case.start, rests[0], _TILE)
            for case, rests in zip(cases, way(cases, 1), strict=True)
        ]
    heads = []
    for name in columns:
        head = np.full((_TILE, _TILE, 3), 255, np.uint8)
        cv2.putText(head, name, (4, _TILE - 6), _FONT, 0.42, (0, 0, 0), 1, cv2.LINE_AA)
        heads.append(head[-24:])
    tiles = [tile for row in zip(*columns.values(), strict=True) for tile in row]
    table = grid(np.stack(tiles), len(columns))
    return np.concatenate([grid(np.stack(heads), len(columns)), table])
