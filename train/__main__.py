# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: `python -m train METHOD`, `... eval METHOD`, `... export METHOD`.

A method is a module with a `METHOD` (see train.common.method); it is imported when asked for.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

METHODS = {
    "sketcher": "train.sketcher",
    "simplifier": "train.simplifier",
    "colorizer": "train.colorizer",
    "portrait": "train.portrait",
}
"""Method -> its module.  One line makes a further method known to all commands."""

WEIGHTS = Path(__file__).resolve().parents[1] / "resources" / "weights"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; 0 if it did its work, 2 if it could not be begun, with the reason."""
    options = _parser().parse_args(arguments)
    from app.files.errors import FileError
    from app.jobs import JobError
    from train.common.checkpoint import CheckpointError
    from train.common.config import ConfigFileError
    from train.common.optimise import TrainingDivergedError
    from train.common.run import RunError

    expected = (FileError, JobError, CheckpointError, ConfigFileError, RunError, ValueError)
    try:
        options.command(options)
    except TrainingDivergedError as error:
        print(f"Training diverged: {error}", file=sys.stderr)
        return 3
    except expected as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m train", description="Train Limner's networks.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name in METHODS:
        method = commands.add_parser(name, help=f"train {name}")
        method.set_defaults(command=_train, method=name)
        method.add_argument("--config", type=Path, help="TOML, for a new run")
        _common(method)
        method.add_argument("--out", type=Path, required=True, help="folder of the run")
        method.add_argument("--resume", action="store_true", help="continue the run in --out")
        method.add_argument("--minutes", type=float, help="save and stop after so long")
        method.add_argument(
            "--set", action="append", default=[], metavar="FIELD=VALUE", help="as loss.beta=0.1"
        )
        method.add_argument("--quiet", action="store_true", help="no progress bar")

    judge = commands.add_parser("eval", help="measure a trained network")
    judge.add_argument("method", choices=METHODS)
    judge.add_argument("--run", type=Path, required=True)
    judge.add_argument("--split", choices=("train", "valid", "test"), default="valid")
    judge.add_argument("--quick", action="store_true", help="few samples, to see that it works")
    _common(judge)
    judge.set_defaults(command=_evaluate)

    export = commands.add_parser("export", help="write weights, manifest entry and model card")
    export.add_argument("method", choices=METHODS)
    export.add_argument("--run", type=Path, required=True)
    export.add_argument("--weights", type=Path, default=WEIGHTS, help="folder of the manifest")
    export.add_argument("--note", default="", help="a sentence for the model card")
    export.set_defaults(command=_export)
    return parser


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--device", help="cpu, cuda, mps; the best there is if not said")
    parser.add_argument("--threads", type=int, help="bound on torch's threads")


def _train(options: argparse.Namespace) -> None:
    from train.common.config import read_config
    from train.common.device import place
    from train.common.method import TrainOptions

    method = import_module(METHODS[options.method]).METHOD
    if options.resume == (options.config is not None):
        raise ValueError("give --config for a new run, or --resume, which has the run's own")
    path = options.out / "config.toml" if options.resume else options.config
    config = read_config(method.config, path, options.set)
    wishes = TrainOptions(
        tuple(options.data), options.out, options.resume, options.minutes, not options.quiet
    )
    with place(options.device, options.threads) as here:
        method.train(config, wishes, here)


def _evaluate(options: argparse.Namespace) -> None:
    from train.common.device import place
    from train.common.method import EvalOptions

    method = import_module(METHODS[options.method]).METHOD
    wishes = EvalOptions(options.run, tuple(options.data), options.split, options.quick)
    with place(options.device, options.threads) as here:
        print(json.dumps(method.evaluate(wishes, here), indent=1))


def _export(options: argparse.Namespace) -> None:
    from train.common.method import ExportOptions

    method = import_module(METHODS[options.method]).METHOD
    print(method.export(ExportOptions(options.run, options.weights, options.note)))


if __name__ == "__main__":
    sys.exit(main())
