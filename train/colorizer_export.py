# SPDX-License-Identifier: GPL-3.0-or-later
"""Exporting a run of the colorizer for the program.  Imports train."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ai_tools.colorize.inputs import CHANNELS
from ai_tools.nets.colorizer_light import ColorizerLight
from ai_tools.weights import DataSource
from train.colorizer_drawing import DABS
from train.colorizer_judge import OURS, SECOND, Trained, load_trained
from train.common.export import export_weights, full_report
from train.common.method import ExportOptions
from train.common.run import RunError

NAME = "colorizer"
TOOL = "colorize"


def export(options: ExportOptions) -> Path:
    """Writes the run's best network with the figures of its evaluation; see `export_weights`.

    Raises:
        RunError: the run was not measured in full, or measured at another step, or is one of the
            faithful method, which the program does not run.
    """
    trained = load_trained(options.run)
    if not isinstance(trained.net, ColorizerLight):
        raise RunError(f"{options.run}: the program runs colorizer_light only")
    report = full_report(options.run, trained.step, NAME)
    sources = [
        DataSource(
            name=f"{source['name']} ({source['pictures']} pictures)", licence=source["licence"]
        )
        for source in report["sources"]
    ]
    if trained.config.data.art:
        own = "drawings made by program (train.data.colour.flat_art)"
        sources.append(DataSource(name=own, licence="nobody's: they are made on the way"))
    return export_weights(
        trained.net,
        name=NAME,
        tool=TOOL,
        net_name=trained.config.network,
        task={"channels": list(CHANNELS), "size": trained.config.valid_size},
        data=sources,
        metrics=report["figures"],
        story=_story(trained, report, options.note),
        folder=options.weights,
    )


def _story(trained: Trained, report: dict[str, Any], note: str) -> str:
    """What the model is and what its figures mean, Markdown."""
    config = trained.config
    pictures, size = report["pictures"], report["size"]
    lines = [
        "A U-Net that colours line art from dabs of colour. It is shown where each dab's colour "
        "would flow if ink held it back, and decides at every pixel how far to trust that colour, "
        "which colour of its own to mix in, and how light and shade fall. Its task, masks and "
        "hints are those of StencilTorch (Hati et al.); the network is our own.",
        "",
        f"Trained from scratch for {trained.step:,} steps of {config.batch} crops of "
        f"{config.data.size} px, seed {config.seed}. Lines were found in the pictures by XDoG, or "
        "are exactly known where pictures were composed of vector art or made by program. The "
        "weights are an average over the last steps, chosen by the mean absolute error on "
        "pictures held apart.",
        "",
        "## What to expect",
        "",
        *(f"* {sentence}" for sentence in _verdicts(report)),
        f"* Figures are means over {pictures} plates of picture books, {size} px, that were not "
        "trained on. Cases: NH no hints; SH4, SH16, SH64 grids of 9, 225 and 3969 disks; DABS one "
        "to three dabs in some of the regions, as people set them; FH all flat colours; second a "
        "second pass over the most wrong regions, with a dab each. l1 is of 255, areas the "
        "same away from ink, psnr in dB, hint the CIEDE2000 at the hints, bleed the share of "
        "pixels nearer to a neighbouring region's colour, kept the share of pictures whose kept "
        "pixels stay the same to the bit. lpips and fid look through "
        "EfficientNet-Lite0 and compare only with themselves; fid of so few pictures is too large.",
        "* Without hints it paints nearly one pale grey: what has no hint has no right answer. It "
        "adds little light and shade of its own; dense hints come out nearly flat. Details "
        "below a few pixels and textures are smoothed. Old printed plates are most of what it "
        "has seen; photographs and dark pictures are none of it.",
        "* More training would help most where no hint is near. The schedule of the method, 40 "
        "passes over 22,000 pictures of 512 px, is about an hour on a data centre's GPU, or some "
        "hundred hours on two CPU cores.",
        "",
        *_table(report, DABS),
        *_table(report, "SH4"),
    ]
    if note:
        lines += ["", note]
    return "\n".join(lines)


def _verdicts(report: dict[str, Any]) -> list[str]:
    """Sentences that follow from the figures, flattering or not."""
    sentences = []
    for case, text in ((DABS, "With a few dabs"), ("SH4", "With a grid of nine disks")):
        rows = report["table"][case]
        mine = rows[OURS]
        better = [f"{name} {row['l1']:.1f}" for name, row in rows.items() if row["l1"] > mine["l1"]]
        worse = [f"{name} {row['l1']:.1f}" for name, row in rows.items() if row["l1"] < mine["l1"]]
        sentence = f"{text} the mean error is {mine['l1']:.1f} of 255"
        if better:
            sentence += f", less than that of {', '.join(better)}"
        if worse:
            sentence += f"; more than that of {', '.join(worse)}"
        away = ", ".join(f"{name} {row['areas']:.1f}" for name, row in rows.items())
        sentence += ". Part of it is ink, which the peers draw black and the plates do not: "
        sentence += f"away from it the errors are {away}"
        if tighter := [
            f"{name} {row['bleed']:.2f}"
            for name, row in rows.items()
            if row["bleed"] < mine["bleed"]
        ]:
            sentence += f". Its colours keep to their regions less well ({mine['bleed']:.2f}) than "
            sentence += f"those of {', '.join(tighter)}"
        sentences.append(sentence + ".")
    first, second = report["table"][DABS][OURS], report["table"][SECOND][OURS]
    word = "falls" if second["l1"] < first["l1"] else "does not fall"
    sentences.append(
        f"In a second pass over the worst regions the error {word}: from {first['l1']:.1f} to "
        f"{second['l1']:.1f}. What was kept stayed the same to the bit in "
        f"{second['kept']:.0%} of the pictures."
    )
    sentences.append(
        f"What it paints on a dab differs from the dab by {first['hint']:.1f} CIEDE2000 on "
        f"average, light and shade included."
    )
    return sentences


def _table(report: dict[str, Any], case: str) -> list[str]:
    columns = ("l1", "areas", "psnr", "lpips", "fid", "swd", "hint", "bleed", "seconds")
    lines = [f"Case {case}", "", f"| way | {' | '.join(columns)} |"]
    lines.append("|---" * (len(columns) + 1) + "|")
    for name, row in report["table"][case].items():
        values = (f"{row[c]:.3g}" if c in row else "-" for c in columns)
        lines.append(f"| {name} | {' | '.join(values)} |")
    return [*lines, ""]
