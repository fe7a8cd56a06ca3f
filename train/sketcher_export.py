# SPDX-License-Identifier: GPL-3.0-or-later
"""Exporting a run of AI-Sketcher or Sketch-RNN for the program.  Imports train."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from ai_tools.weights import DataSource
from train.common.export import export_weights
from train.common.method import ExportOptions
from train.common.run import RunError
from train.sketcher_judge import Trained, load_trained

NAME = "sketcher"
TOOL = "strokes"


def export(options: ExportOptions) -> Path:
    """Writes the run's best network with the figures of its evaluation; see `export_weights`.

    Raises:
        RunError: the run was not measured in full, or measured at another step.
    """
    trained = load_trained(options.run)
    path = options.run / "eval-valid.json"
    try:
        report = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise RunError(f"{path}: run `python -m train eval sketcher` first") from error
    if report["step"] != trained.step or report["quick"]:
        raise RunError(f"{path} does not measure step {trained.step} in full: run eval again")
    task = dataclasses.asdict(trained.task)
    task |= {"see": trained.config.data.see, "max_points": trained.config.data.max_length}
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
        story=_story(trained, report),
        folder=options.weights,
    )


def _story(trained: Trained, report: dict[str, Any]) -> str:
    """What the model is and what its figures mean, Markdown."""
    return ""
