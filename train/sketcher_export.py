# SPDX-License-Identifier: GPL-3.0-or-later
"""Exporting a run of AI-Sketcher or Sketch-RNN for the program.  Imports train."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from ai_tools.weights import DataSource
from train.common.export import export_weights, full_report
from train.common.method import ExportOptions
from train.sketcher_judge import Trained, load_trained

NAME = "sketcher"
TOOL = "suggest"


def export(options: ExportOptions) -> Path:
    """Writes the run's best network with the figures of its evaluation; see `export_weights`.

    Raises:
        RunError: the run was not measured in full, or measured at another step.
    """
    trained = load_trained(options.run)
    report = full_report(options.run, trained.step, NAME)
    task = dataclasses.asdict(trained.task)
    task["see_part"] = trained.config.data.see_part
    task["temperature"] = trained.config.temperature
    return export_weights(
        trained.net,
        name=NAME,
        tool=TOOL,
        net_name=trained.config.network,
        task={key: list(v) if isinstance(v, tuple) else v for key, v in task.items()},
        data=[
            DataSource(
                name=f"{source['name']} ({source['sketches']} drawings)",
                licence=source["licence"],
                credit=source["credit"],
            )
            for source in report["sources"]
        ],
        metrics=report["figures"],
        story=_story(trained, report, options.note),
        folder=options.weights,
    )


def _story(trained: Trained, report: dict[str, Any], note: str) -> str:
    """What the model is and what its figures mean, Markdown."""
    figures, task, config = report["figures"], trained.task, trained.config
    lines = [
        "A recurrent network that continues line drawings point by point: AI-Sketcher (Cao et al.,"
        " AAAI 2019), a descendant of Sketch-RNN (Ha and Eck, 2018)."
        if config.network == "ai_sketcher"
        else "A recurrent network that draws point by point: Sketch-RNN (Ha and Eck, 2018).",
        "",
        f"Trained from scratch for {trained.step:,} steps of {config.batch} drawings, seed "
        f"{config.seed}; the weights are an average over the last steps, chosen by the likelihood "
        f"of second halves of drawings held apart ({report['split']} part, {report['drawings']} "
        "drawings), on which the figures below were measured with these very weights.",
        "",
        f"It knows {len(task.labels)} kinds of drawing: {', '.join(task.labels)}."
        if task.labels
        else "Its drawings have no labels.",
        "",
        *([note, ""] if note else []),
        "## What to expect",
        "",
        *(f"* {sentence}" for sentence in _verdicts(figures)),
        "* It has seen quick drawings of single things by many people, most of them crude. It does "
        "not know shading, scenes, or anything outside the list.",
        "* Distances are in % of the longer side of a drawing; `other` is the rest of another "
        "drawing of the same kind in place of the model's answer, `nearest` that of the training "
        "drawing that begins most alike; `mirror` and `nothing` are trivial answers. `best` is the "
        "nearest of ten; `untold` means that the kind was not told. `phash` figures are of 64 "
        "bits. `top1` and `top5` are recognition rates of a small classifier of ours; "
        "`sketch_fid`, `precision` and `recall` compare sets of drawings with real ones in its "
        "feature space: they are no Inception figures, and compare with each other only. "
        "`ms_per_point` is wall-clock time for three continuations side by side where it was "
        "measured.",
    ]
    return "\n".join(lines)


def _verdicts(figures: dict[str, float]) -> list[str]:
    """Sentences that follow from the figures, flattering or not."""
    sentences = []
    for share, percent in (("a quarter", 25), ("half", 50), ("three quarters", 75)):
        name = f"chamfer_{percent}"
        mean, other, untold = figures[name], figures[f"{name}_other"], figures[f"{name}_untold"]
        word = "worse" if mean > 1.02 * other else "better" if mean < 0.98 * other else "no better"
        sentences.append(
            f"With {share} of a drawing given, an answer is on average {mean:.1f} % off the real "
            f"rest ({untold:.1f} % when not told the kind): {word} than the rest of some other "
            f"drawing of that kind ({other:.1f} %). The nearest of ten answers is "
            f"{figures[f'{name}_best']:.1f} % off, of ten other drawings "
            f"{figures[f'{name}_other_best']:.1f} %."
        )
        if f"{name}_nearest" in figures:
            sentences[-1] += (
                " What the training drawings of that kind have behind the most similar beginnings "
                f"is {figures[f'{name}_nearest']:.1f} % off, at best of ten "
                f"{figures[f'{name}_nearest_best']:.1f} %."
            )
    if "top1_drawn" in figures:
        drawn, real = figures["top1_drawn"], figures["top1_real"]
        word = "well" if drawn > 0.8 * real else "partly" if drawn > 0.4 * real else "poorly"
        sentences.append(
            f"Drawings from nothing but a label are recognised {word}: {drawn:.0%}, where real "
            f"drawings are recognised in {real:.0%} of the cases."
        )
    if "top1_completed" in figures:
        told = "top1_completed_told" in figures
        half, completed = figures["top1_half"], figures["top1_completed"]
        word = "more" if completed > half else "not more"
        sentences.append(
            f"Half drawings completed without telling the label are {word} recognisable than the "
            f"halves themselves: {completed:.0%} against {half:.0%}"
            + (f", and {figures['top1_completed_told']:.0%} with the label told." if told else ".")
        )
    if "sketch_fid_drawn" in figures:
        sentences.append(
            "As sets, drawings from nothing but a label have a sketch-FID of "
            f"{figures['sketch_fid_drawn']:.2f} to real ones, where other real ones have "
            f"{figures['sketch_fid_real']:.2f}; {figures['precision_drawn']:.0%} lie among real "
            f"drawings, and {figures['recall_drawn']:.0%} of those among them."
        )
    return sentences
