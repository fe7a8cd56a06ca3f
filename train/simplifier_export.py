# SPDX-License-Identifier: GPL-3.0-or-later
"""Exporting a run of the simplifier for the program.  Imports train."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ai_tools.weights import DataSource
from train.common.export import export_weights, full_report
from train.common.method import ExportOptions
from train.simplifier_judge import OURS, Trained, load_trained

NAME = "simplifier"
TOOL = "simplify"


def export(options: ExportOptions) -> Path:
    """Writes the run's best network with the figures of its evaluation; see `export_weights`.

    Raises:
        RunError: the run was not measured in full, or measured at another step.
    """
    trained = load_trained(options.run)
    report = full_report(options.run, trained.step, NAME)
    return export_weights(
        trained.net,
        name=NAME,
        tool=TOOL,
        net_name=trained.config.network,
        task={"threshold": trained.threshold},
        data=[
            DataSource(
                name=f"{source['name']} ({source['sketches']} drawings)",
                licence=source["licence"],
                credit=source["credit"],
            )
            for source in report["sources"]
        ],
        metrics=report["figures"],
        story=_story(trained, report),
        folder=options.weights,
    )


def _story(trained: Trained, report: dict[str, Any]) -> str:
    """What the model is and what its figures mean, Markdown."""
    config = trained.config
    counts = " and ".join(f"{count} of {size} px" for size, count in report["pairs"].items())
    lines = [
        "A U-Net that finds the lines an artist meant in a rough drawing, with their geometry: "
        "distance to the centre line, direction, width, junctions, ends."
        if config.network == "simplifier_light"
        else "The 23-layer network of Simo-Serra et al., Learning to Simplify (SIGGRAPH 2016).",
        "",
        f"Trained from scratch for {trained.step:,} steps of {config.batch} patches of "
        f"{config.data.size} px, seed {config.seed}; every patch is a new made-up rough drawing "
        "over clean strokes. The weights are an average over the last steps, chosen by the F-score "
        "on pairs held apart. No real pair of rough and clean drawing was seen.",
        "",
        f"A pixel is a line from a probability of {trained.threshold} on.",
        "",
        "## What to expect",
        "",
        *(f"* {sentence}" for sentence in _verdicts(report)),
        f"* Figures are on {counts}, made up in the same way from drawings that were not trained "
        "on; real drawings are harder. F is the mean of precision and recall at a tolerance in "
        "thousandths of the longer side; Chamfer and Hausdorff distances are in longer sides, "
        "`centre_chamfer` between centre lines; `_error` is how far counts of the centre lines are "
        "off.",
    ]
    return "\n".join(lines)


def _verdicts(report: dict[str, Any]) -> list[str]:
    """Sentences that follow from the figures, flattering or not."""
    sentences = []
    for size, table in report["table"].items():
        mine = table[OURS]["f_mean"]
        peers = {n: row for n, row in table.items() if not n.startswith((OURS, "learned"))}
        classic = {
            name: row["f_mean"]
            for name, row in peers.items()
            if name.startswith("classic") and not name.endswith("strokes")
        }
        best = max(classic, key=lambda name: classic[name])
        word = "better than" if mine > classic[best] else "no better than"
        text = (
            f"At {size} px its mean F-score is {mine:.3f}, {word} the program's own engine without "
            f"a network at its best of three strengths ({classic[best]:.3f}, {best})."
        )
        best = max(peers, key=lambda name: peers[name]["f_mean"])
        if peers[best]["f_mean"] >= mine:
            text += f" The simple way `{best}` scores higher: {peers[best]['f_mean']:.3f}."
        pieces, theirs = table[OURS]["branches_error"], peers[best]["branches_error"]
        text += (
            f" The number of stretches of line is off by {pieces:.0%}, that of `{best}` by "
            f"{theirs:.0%}."
        )
        sentences += [text, *_economy(size, table, report.get("learned_is_this_run", False))]
    figures = report["figures"]
    if "dropped_at_1" in figures:
        dropped, lost = figures["dropped_at_1"], figures["lost_at_1"]
        word = "does little" if dropped < 0.3 else "works" if dropped > 3 * lost else "is coarse"
        sentences.append(
            f"The degree of simplification {word}: at its highest, {dropped:.0%} of the lines that "
            f"should go vanish, and {lost:.0%} of those that should stay."
        )
    if {"orientation_degrees", "distance_px", "junction_f", "end_f"} <= figures.keys():
        sentences.append(
            f"Directions are off by {figures['orientation_degrees']:.0f} degrees on average, "
            f"distances by {figures['distance_px']:.1f} px; the F-score of junctions is "
            f"{figures['junction_f']:.2f}, of ends {figures['end_f']:.2f}."
        )
    return sentences


def _economy(size: str, table: dict[str, dict[str, float]], learned: bool) -> list[str]:
    """A sentence on the program's strokes, where they were drawn with these very weights."""
    own, peer = table.get("learned_0.5_strokes"), table.get("autotrace_adaptive")
    if not learned or own is None:
        return []
    text = (
        f"What the program makes of it scores {own['f_mean']:.3f} as strokes at {size} px "
        f"(strength 0.5). A drawing takes {own['strokes']:.0f} strokes of "
        f"{own['points']:.0f} coordinate pairs in all; their centre lines are "
        f"{1000 * own['centre_chamfer']:.1f} thousandths of the longer side off."
    )
    if peer is not None:
        text += (
            f" Autotrace's centre lines of the adaptive threshold: {peer['strokes']:.0f} strokes, "
            f"{peer['points']:.0f} pairs, {1000 * peer['centre_chamfer']:.1f} off."
        )
    return [text]
