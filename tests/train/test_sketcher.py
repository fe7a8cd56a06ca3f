# SPDX-License-Identifier: GPL-3.0-or-later
"""Training the sketch networks from the command line: a resumed run equals one that was never
stopped, losses fall, every row of the ablation trains, and what is exported is what was measured.
"""

import csv
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from ai_tools.weights import load, read_manifest
from train import sketcher
from train.__main__ import main
from train.common.checkpoint import latest_checkpoint, load_checkpoint
from train.common.config import read_config
from train.sketcher_setup import SketcherConfig

CONFIGS = Path(sketcher.__file__).parent / "configs" / "sketcher"


@pytest.fixture
def train(drawings: Path, tiny_config: Path, tmp_path: Path) -> Callable[..., Path]:
    """Runs the command line on the small set; returns the run's folder."""

    def run(name: str, *more: str, config: Path | None = tiny_config) -> Path:
        command = ["sketcher", "--data", str(drawings), "--out", str(tmp_path / name), "--quiet"]
        if config is not None:
            command += ["--config", str(config)]
        assert main([*command, "--device", "cpu", *more]) == 0
        return tmp_path / name

    return run


def state(run: Path) -> dict[str, Any]:
    return load_checkpoint(latest_checkpoint(run / "checkpoints"))


def flat(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [item for part in value.values() for item in flat(part)]
    if isinstance(value, list):
        return [item for part in value for item in flat(part)]
    return [value]


def differences(a: Any, b: Any) -> int:
    first, second = flat(a), flat(b)
    assert len(first) == len(second) > 50
    return sum(
        not (torch.equal(x, y) if isinstance(x, torch.Tensor) else x == y)
        for x, y in zip(first, second, strict=True)
    )


def figures(run: Path, name: str) -> list[float]:
    with (run / "log.csv").open() as file:
        return [float(row["value"]) for row in csv.DictReader(file) if row["name"] == name]


@pytest.mark.parametrize("raster", [False, True], ids=["influence", "raster"])
def test_a_resumed_run_equals_one_that_was_never_stopped(
    train: Callable[..., Path], raster: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = ["--set", "net.raster=true", "--set", "net.raster_size=16"] if raster else []
    whole = train("whole", *more)

    # Stopped in the middle of an epoch and between two checkpoints, as Ctrl-C would.
    real = sketcher.check_gradients

    def interrupt_at_7(*arguments: Any) -> float:
        if arguments[2] == 6:
            os.kill(os.getpid(), signal.SIGINT)
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(sketcher, "check_gradients", interrupt_at_7)
        parts = train("parts", *more)
    assert state(parts)["step"] == 7
    train("parts", "--resume", config=None)

    assert state(whole)["step"] == (18 if raster else 12)
    assert differences(state(whole), state(parts)) == 0
    assert (whole / "log.csv").read_text() == (parts / "log.csv").read_text()
    other = train("other", *more, "--set", "seed=2")
    assert differences(state(whole), state(other)) > 10


def test_loading_in_other_processes_changes_nothing(train: Callable[..., Path]) -> None:
    here = train("here", "--set", "steps=4")
    there = train("there", "--set", "steps=4", "--set", "data.workers=1")
    assert differences(state(here), state(there)) == 0


def test_losses_fall_on_a_small_set(train: Callable[..., Path]) -> None:
    run = train("run", "--set", "steps=150", "--set", "save_every=50", "--set", "ema=0.8")
    losses = figures(run, "train/loss")
    assert sum(losses[-5:]) < 0.6 * sum(losses[:5])
    valid = figures(run, "valid/nll_rest")
    assert len(valid) == 3 and valid[-1] < valid[0]
    assert load_checkpoint(latest_checkpoint(run / "best"))["step"] == 150


def test_no_time_saves_what_there_is_and_can_be_continued(train: Callable[..., Path]) -> None:
    run = train("run", "--minutes", "0")
    assert state(run)["step"] == 0
    train("run", "--resume", config=None)
    assert state(run)["step"] == 12


@pytest.mark.parametrize("name", sorted(path.stem for path in CONFIGS.glob("*.toml")))
def test_every_row_of_the_ablation_trains(train: Callable[..., Path], name: str) -> None:
    small = {
        "net.encoder_hidden": 6,
        "net.decoder_hidden": 6,
        "net.latent": 4,
        "batch": 4,
        "steps": 2,
        "raster.pretrain_epochs": 0.05,
        "data.labels": '["box"]',
        "data.min_per_label": 1,
        "sheet_every": 2,
        "save_every": 2,
    }
    config = read_config(SketcherConfig, CONFIGS / f"{name}.toml")
    if config.net.get("raster"):
        small["net.raster_size"] = 16
    if "emotion" in config.data.condition:
        small["data.condition"] = '["mood"]'
    changes = [item for key, value in small.items() for item in ("--set", f"{key}={value}")]
    run = train(name, *changes, config=CONFIGS / f"{name}.toml")
    last = state(run)["step"]
    assert last >= 2
    assert (run / "samples" / f"completions-{last:08d}.png").exists()


def test_a_measured_run_is_exported_and_draws_the_same_in_the_program(
    train: Callable[..., Path], drawings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = train("run", "--set", "steps=40", "--set", "save_every=20")
    weights = tmp_path / "weights"
    export = ["export", "sketcher", "--run", str(run), "--weights", str(weights)]
    export += ["--note", "Trained in an afternoon."]
    judge = ["eval", "sketcher", "--run", str(run), "--data", str(drawings), "--device", "cpu"]

    assert main(export) == 2  # never measured
    assert main([*judge, "--quick"]) == 0
    assert main(export) == 2  # not in full
    assert "eval" in capsys.readouterr().err

    report = json.loads((run / "eval-valid.json").read_text())
    assert report["drawings"] == 30
    measured = report["figures"]
    assert 0 <= measured["top1_drawn"] <= measured["top5_drawn"] <= 1
    assert measured["chamfer_50_best"] <= measured["chamfer_50"]
    assert measured["chamfer_50_other"] < 60 and measured["ms_per_point"] > 0
    assert 0 < measured["phash_pairwise"] < 64
    for kind in ("real", "half", "completed", "completed_told", "drawn", "nearest", "mirror"):
        assert measured[f"sketch_fid_{kind}"] >= 0
        assert 0 <= measured[f"recall_{kind}"] <= 1
    assert measured["chamfer_75_nearest_best"] <= measured["chamfer_75_nearest"]
    assert measured["chamfer_50_nearest"] < measured["chamfer_50_nothing"]  # shapes are alike
    table = (run / "eval-valid.md").read_text("utf-8")
    assert "| nearest_untold |" in table and "sketch_fid" in table.splitlines()[0]
    assert (run / "eval-valid.png").stat().st_size > 1000

    (run / "eval-valid.json").write_text(json.dumps({**report, "quick": False}))
    assert main(export) == 0
    entry = read_manifest(weights)["sketcher"]
    assert entry.task["labels"] == ["box", "zigzag"]
    assert entry.metrics == measured
    assert entry.data[0].licence == "CC0"
    card = (weights / entry.card).read_text("utf-8")
    assert "box, zigzag" in card and "Trained in an afternoon." in card

    net, _ = load("sketcher", folder=weights)
    trained = sketcher_net(run)
    prefix = torch.randn(2, 4, 5)
    condition = torch.eye(2)
    with torch.no_grad():
        raw, _ = net.encode_prefix(prefix, condition)
        expected, _ = trained.encode_prefix(prefix, condition)
    torch.testing.assert_close(raw, expected, atol=5e-3, rtol=5e-3)


def sketcher_net(run: Path) -> Any:
    from train.sketcher_judge import load_trained

    return load_trained(run).net


def test_another_set_of_drawings_is_noticed(
    train: Callable[..., Path], drawings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = train("run", "--minutes", "0")
    from train.data.sketches import read_sketches, write_sketches

    data = read_sketches([drawings])
    write_sketches(tmp_path / "fewer.npz", data.choose(data.label == 0))
    other = ["--data", str(tmp_path / "fewer.npz"), "--device", "cpu"]
    assert main(["sketcher", "--resume", "--out", str(run), "--quiet", *other]) == 2
    assert "other drawings" in capsys.readouterr().err
    assert main(["eval", "sketcher", "--run", str(run), *other]) == 2
    assert "labels" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "named"),
    [
        (["--set", "speed=1"], "speed"),
        (["--set", "net.layers=1"], "layers"),
        (["--set", "net.condition=3"], "data.condition"),
        (["--set", "steps=0"], "steps"),
        (["--set", 'data.labels=["cat"]'], "cat"),
        (["--set", "data.min_per_label=1000"], "no drawings are left"),
        (["--set", "batch=1000"], "do not fill"),
        (["--resume"], "--resume"),
        (["--device", "abacus"], "abacus"),
    ],
)
def test_what_cannot_be_begun_is_explained_in_one_line(
    drawings: Path,
    tiny_config: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    more: list[str],
    named: str,
) -> None:
    command = ["sketcher", "--config", str(tiny_config), "--data", str(drawings), "--quiet"]
    assert main([*command, "--out", str(tmp_path / "run"), *more]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ") and named in error and error.count("\n") == 1


def test_two_processes_train_as_one_with_twice_the_batch(drawings: Path, tmp_path: Path) -> None:
    """Started as torchrun and accelerate do it: by environment variables alone."""
    arguments = ["sketcher", "--config", str(CONFIGS / "decoder_only.toml"), "--quiet"]
    arguments += ["--data", str(drawings), "--device", "cpu"]
    # Nothing random but the order of the data, and no padding that depends on the batch.
    for change in (
        "steps=4",
        "net.decoder_hidden=6",
        "net.keep=1.0",
        "data.scale_jitter=0.0",
        "data.point_dropping=0.0",
    ):
        arguments += ["--set", change]
    environment = os.environ | {"MASTER_ADDR": "127.0.0.1", "OMP_NUM_THREADS": "1"}
    environment |= {"MASTER_PORT": str(free_port()), "WORLD_SIZE": "2"}
    command = [sys.executable, "-m", "train", *arguments, "--set", "batch=6"]
    processes = [
        subprocess.Popen(
            [*command, "--out", str(tmp_path / "two")],
            env=environment | {"RANK": str(rank), "LOCAL_RANK": str(rank)},
        )
        for rank in (0, 1)
    ]
    assert main([*arguments, "--set", "batch=12", "--out", str(tmp_path / "one")]) == 0
    assert [process.wait(timeout=100) for process in processes] == [0, 0]
    two, one = state(tmp_path / "two")["net"], state(tmp_path / "one")["net"]
    for name, tensor in one.items():
        torch.testing.assert_close(two[name], tensor, atol=1e-5, rtol=1e-4)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
