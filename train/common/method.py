# SPDX-License-Identifier: GPL-3.0-or-later
"""What a training script offers to the command line.  Imports train.common only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from train.common.device import Place


@dataclass(frozen=True)
class TrainOptions:
    """The command line of a training run."""

    data: tuple[Path, ...]
    out: Path
    resume: bool = False
    minutes: float | None = None
    bar: bool = True


@dataclass(frozen=True)
class EvalOptions:
    """The command line of an evaluation."""

    run: Path
    data: tuple[Path, ...]
    split: str = "valid"
    quick: bool = False
    """Few samples: figures to see that it works, not to report."""


@dataclass(frozen=True)
class ExportOptions:
    """The command line of an export."""

    run: Path
    weights: Path
    """Folder with the manifest."""
    note: str = ""
    """What the model card shall say besides, Markdown."""


@dataclass(frozen=True)
class Method:
    """A method: its configuration class and its three commands.

    train(config, options, place); evaluate(options, place) returns metrics by name and writes
    eval-SPLIT.json and pictures into the run; export(options) returns the file written.
    """

    config: type[Any]
    train: Callable[[Any, TrainOptions, Place], None]
    evaluate: Callable[[EvalOptions, Place], dict[str, float]]
    export: Callable[[ExportOptions], Path]
