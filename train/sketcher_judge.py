# SPDX-License-Identifier: GPL-3.0-or-later
"""Judging a run of AI-Sketcher or Sketch-RNN.  Imports ai_tools.nets and train."""

from __future__ import annotations

import dataclasses
import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.files.atomic import atomic_write
from train.common.checkpoint import latest_checkpoint, load_checkpoint
from train.common.config import read_config
from train.common.device import Place
from train.common.export import half_precision
from train.common.method import EvalOptions
from train.common.run import RunError, write_png
from train.common.seeds import numpy_generator
from train.data.sketch_batches import condition_values
from train.data.sketch_raster import box_of, draw_sketch, polylines
from train.data.sketches import SketchSet, offsets_of, read_sketches
from train.metrics.sketch_classifier import SketchClassifier, fit_classifier, recognition
from train.metrics.sketches import chamfer, diversity, spread_points
from train.sketcher_drawing import Model, Prompt, complete, redraw, sample_sheet, validate
from train.sketcher_setup import (
    SketcherConfig,
    SketchNet,
    Task,
    batch_settings,
    build_net,
    choose,
)

_ANSWERS = 10
"""Continuations a prompt."""


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
    """Measures a run's best network, its weights rounded as an export stores them.

    Writes eval-SPLIT.json and a sheet of completions into the run.  Figures, besides `validate`'s:

    chamfer_P: distance in % of the drawing's longer side between the model's continuation and the
        real rest, after the first P % of the points; mean of ten samples, label told.
        chamfer_P_best: the nearest of ten; chamfer_P_untold: label not told;
        chamfer_P_other, chamfer_P_other_best: the yardstick, rests of ten other drawings of the
        same label instead of ten answers.
    top1, top5: recognition by our own classifier, of real drawings (`_real`, the ceiling), drawn
        from the label alone (`_drawn`), half drawings (`_half`), these completed without
        telling the label (`_completed`) and with it (`_completed_told`).
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
    figures = validate(model, data, limit=64 if few else None)
    figures |= _completion_figures(model, data, 8 if few else 150)
    if data.label.max() >= 0:
        training = every.part("train")
        classifier = fit_classifier(training, place.device, epochs=1 if few else 8)
        figures |= _recognition_figures(model, data, classifier, 32 if few else 400)
    figures |= _diversity_figures(model, data, 10 if few else 100)
    figures["ms_per_point"] = _milliseconds(model, data)

    rounded = {name: round(value, 6) for name, value in figures.items()}
    sources = [dataclasses.asdict(source) for source in every.sources]
    report = {"step": trained.step, "split": options.split, "drawings": len(data)}
    report |= {"quick": few, "figures": rounded, "sources": sources}
    atomic_write(
        options.run / f"eval-{options.split}.json",
        json.dumps(report, indent=1, ensure_ascii=False).encode(),
    )
    sheet = sample_sheet(model, data, rows=4 if few else 14)
    write_png(options.run / f"eval-{options.split}.png", sheet)
    return rounded


def _completion_figures(model: Model, data: SketchSet, count: int) -> dict[str, float]:
    chosen = _some(data, count)
    labels = condition_values(data, model.settings.condition)
    points = [offsets_of(data.sketches[i]) for i in chosen]
    figures = {}
    for percent in (25, 50, 75):
        cuts = [round(len(p) * percent / 100) for p in points]
        starts = [p[:cut] for p, cut in zip(points, cuts, strict=True)]
        truths = [_rest(p, p[cut:], cut) for p, cut in zip(points, cuts, strict=True)]
        for told in (True, False):
            prompts = [
                Prompt(start, labels[i] if told else np.full_like(labels[i], -1))
                for start, i in zip(starts, chosen, strict=True)
            ]
            answers = complete(model, prompts, count=_ANSWERS)
            distances = np.array(
                [
                    [_distance(p, truth, _rest(p, rest, cut)) for rest in some]
                    for p, truth, cut, some in zip(points, truths, cuts, answers, strict=True)
                ]
            )
            suffix = "" if told else "_untold"
            figures[f"chamfer_{percent}{suffix}"] = float(distances.mean())
            figures[f"chamfer_{percent}{suffix}_best"] = float(distances.min(1).mean())
        others = [
            [_distance(p, truth, rest) for rest in _rests_of_others(data, int(i), percent)]
            for p, truth, i in zip(points, truths, chosen, strict=True)
        ]
        figures[f"chamfer_{percent}_other"] = float(np.mean([np.mean(row) for row in others]))
        figures[f"chamfer_{percent}_other_best"] = float(np.mean([min(row) for row in others]))
    return figures


def _rest(whole: NDArray[np.float32], rest: NDArray[np.float32], cut: int) -> NDArray[np.float64]:
    """Points along the ink of `rest`, placed behind the first `cut` points: (n, 2) box units."""
    before = whole[:cut]
    strokes = polylines(rest)
    if cut and before[-1, 2] > 0 and strokes:
        strokes[0] = strokes[0][1:]  # the pen was up: no ink on the way to the first point
    place = before[:, :2].astype(np.float64).sum(0)
    return spread_points([stroke + place for stroke in strokes if len(stroke)], 4.0)


def _distance(
    whole: NDArray[np.float32], truth: NDArray[np.float64], answer: NDArray[np.float64]
) -> float:
    """Chamfer distance in % of the drawing's longer side.  A model that draws nothing more where
    there is more to draw answers with the point where the pen is."""
    _, side = box_of(polylines(whole))
    if not len(answer) or not len(truth):
        pen = whole[:, :2].astype(np.float64).sum(0)[None]
        answer, truth = (part if len(part) else pen for part in (answer, truth))
    return 100 * chamfer(truth, answer) / max(side, 1.0)


def _rests_of_others(data: SketchSet, index: int, percent: int) -> list[NDArray[np.float64]]:
    """The last parts of ten other drawings of the same label, all boxes laid together.

    A drawing that is the only one of its label stands in for itself, blank.
    """
    same = np.flatnonzero(data.label == data.label[index])
    others = numpy_generator(3, index).permutation(same[same != index])[:_ANSWERS]
    corner = box_of(polylines(offsets_of(data.sketches[index])))[0]
    rests = []
    for other in others:
        points = offsets_of(data.sketches[other])
        cut = round(len(points) * percent / 100)
        rests.append(_rest(points, points[cut:], cut) + corner - box_of(polylines(points))[0])
    return rests or [np.zeros((0, 2))]


def _recognition_figures(
    model: Model, data: SketchSet, classifier: SketchClassifier, count: int
) -> dict[str, float]:
    chosen = _some(data, count)
    chosen = chosen[data.label[chosen] >= 0]
    labels = condition_values(data, model.settings.condition)[chosen]
    points = [offsets_of(data.sketches[i]) for i in chosen]
    halves = [p[: round(len(p) / 2)] for p in points]

    def drawn(starts: list[NDArray[np.float32]], told: bool) -> list[NDArray[np.float32]]:
        prompts = [
            Prompt(start, label if told else np.full_like(label, -1))
            for start, label in zip(starts, labels, strict=True)
        ]
        answers = complete(model, prompts, count=1)
        return [np.concatenate([s, a]) for s, (a,) in zip(starts, answers, strict=True)]

    kinds = {"real": points, "half": halves, "completed": drawn(halves, told=False)}
    if "label" in model.settings.condition:
        kinds["completed_told"] = drawn(halves, told=True)
        kinds["drawn"] = drawn([p[:0] for p in points], told=True)
    figures: dict[str, float] = {}
    for kind, drawings in kinds.items():
        top1, top5 = recognition(classifier, drawings, data.label[chosen], model.device)
        figures |= {f"top1_{kind}": top1, f"top5_{kind}": top5}
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
    return np.sort(numpy_generator(11).permutation(len(data))[:count])
