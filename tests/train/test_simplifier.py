# SPDX-License-Identifier: GPL-3.0-or-later
"""Training, judging and exporting the networks that clean rough sketches."""

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from ai_tools.weights import load
from train.__main__ import main
from train.common.config import read_config
from train.data.lines.pairs import PairSettings, make_pair, stack_pairs
from train.data.lines.scenes import Bank
from train.simplifier_setup import (
    LossConfig,
    SimplifierRunConfig,
    build_net,
    line_loss,
    loss_map,
    losses_of,
    similar_share,
)

CONFIGS = Path(__file__).resolve().parents[2] / "train" / "configs" / "simplifier"

TINY = """
network = "{network}"
steps = {steps}
batch = 2
rate = {rate}
warm_up = 1
optimiser = "{optimiser}"
ema = 0.5
log_every = 1
save_every = 4
sheet_every = 4
valid_pairs = 2

[net]
{net}

[data]
size = 64

[adversarial]
{adversarial}
"""


def tiny(folder: Path, **changes: object) -> Path:
    """A configuration as small as it gets."""
    values: dict[str, object] = {
        "network": "simplifier_light",
        "net": "widths = [8, 12]",
        "adversarial": "",
    }
    values |= {"steps": 8, "rate": 0.01, "optimiser": "adamw"}
    path = folder / "tiny.toml"
    path.write_text(TINY.format(**values | changes))
    return path


def command(config: Path, data: Path, out: Path, *more: str) -> list[str]:
    """The command line of a training run."""
    start = ["simplifier", "--config", str(config), "--data", str(data), "--out", str(out)]
    return [*start, "--device", "cpu", "--quiet", *more]


def logged(run: Path, name: str) -> list[float]:
    """The values of one figure, by step."""
    with (run / "log.csv").open() as file:
        return [float(row["value"]) for row in csv.DictReader(file) if row["name"] == name]


def test_the_share_of_similar_values_is_exact() -> None:
    picture = torch.rand(2, 1, 9, 11, generator=torch.Generator().manual_seed(0)).round(decimals=1)
    share = similar_share(picture)
    bins = (picture * 10).long().clamp(0, 9)[:, 0].numpy()
    for b, y, x in [(0, 0, 0), (0, 4, 5), (1, 8, 10), (1, 3, 0)]:
        window = bins[b, max(0, y - 2) : y + 3, max(0, x - 2) : x + 3]
        assert share[b, 0, y, x] == pytest.approx((window == bins[b, y, x]).mean())


def test_the_papers_map_lowers_only_the_cores_of_thick_areas() -> None:
    picture = torch.ones(1, 1, 40, 40)
    picture[..., 20, :] = 0  # a thin line
    picture[..., 26:, :] = 0  # a solid area
    weights = loss_map(picture, LossConfig(map="paper"))[0, 0]
    assert (weights[:20] == 1).all()
    assert (weights[20] == 1).all()
    assert weights[33, 20] == pytest.approx(6 / np.e - 2, abs=1e-4)  # all of 25 alike
    code = loss_map(picture, LossConfig(map="code"))
    assert code.min() == pytest.approx(1 / np.e + 0.5, abs=1e-4)
    assert (loss_map(picture, LossConfig(map="off")) == 1).all()


def test_the_papers_loss_is_a_weighted_square() -> None:
    line = torch.zeros(1, 1, 12, 12)
    line[..., 6, :] = 1
    guess = torch.full_like(line, 0.25)
    wanted = (0.75**2 * 12 + 0.25**2 * 132) / 144
    assert line_loss(guess, line, LossConfig(line="mse"), logits=False).item() == pytest.approx(
        wanted
    )


@pytest.mark.parametrize(
    ("network", "net"), [("simplifier_light", {"widths": [8, 16]}), ("simplifier", {"width": 0.05})]
)
def test_a_few_pairs_can_be_learnt(network: str, net: dict) -> None:
    torch.manual_seed(0)
    config = SimplifierRunConfig(network=network, net=net)  # type: ignore[arg-type]
    built = build_net(config).train()
    pairs = [make_pair(Bank([]), PairSettings(size=64, mess=0.2), 1, i) for i in range(4)]
    batch = stack_pairs(pairs)
    optimiser = torch.optim.Adam(built.parameters(), 0.01)
    history = []
    for _ in range(25):
        losses, clean = losses_of(built, batch, config.loss)
        optimiser.zero_grad()
        losses["loss"].backward()
        optimiser.step()
        history.append(losses["line"].item())
    assert clean.shape == (4, 1, 64, 64)
    assert history[-1] < 0.6 * history[0]


def test_a_run_leaves_figures_sheets_and_can_be_judged_and_exported(
    tmp_path: Path, drawings: Path
) -> None:
    run, weights = tmp_path / "run", tmp_path / "weights"
    assert main(command(tiny(tmp_path), drawings, run)) == 0
    assert len(logged(run, "train/loss")) == 8
    assert len(logged(run, "valid/f_mean")) == 2
    assert cv2.imread(str(run / "samples" / "clean-00000008.png")) is not None

    judge = ["eval", "simplifier", "--run", str(run), "--data", str(drawings), "--device", "cpu"]
    assert main([*judge, "--quick"]) == 0
    report = json.loads((run / "eval-valid.json").read_text())
    assert {"network", "otsu", "classic_0.5"} <= set(report["table"]["200"])
    for row in report["table"]["200"].values():
        assert 0 <= row["f_2"] <= row["f_10"] <= 1
        assert 0 <= row["centre_chamfer"] <= 1
    strokes = report["table"]["200"]["classic_0.5_strokes"]
    assert 0 < strokes["strokes"] < strokes["points"]
    assert "strokes" not in report["table"]["200"]["network"]
    assert report["learned_is_this_run"] is False  # it was made a moment ago
    assert cv2.imread(str(run / "eval-valid.png")) is not None
    table = (run / "eval-valid.md").read_text("utf-8")
    assert "| otsu |" in table and "| strokes | points |" in table
    assert "not of this run" in table

    export = ["export", "simplifier", "--run", str(run), "--weights", str(weights)]
    assert main(export) == 2  # a quick look is no measurement
    (run / "eval-valid.json").write_text(json.dumps(report | {"quick": False}))
    assert main(export) == 0
    net, entry = load("simplifier", folder=weights)
    assert entry.task["threshold"] == report["threshold"]
    maps = net(torch.rand(1, 1, 70, 90), torch.zeros(1))
    assert maps["line"].shape == (1, 1, 70, 90)


def test_resuming_equals_never_stopping(tmp_path: Path, drawings: Path) -> None:
    config = tiny(tmp_path)
    assert main(command(config, drawings, tmp_path / "whole")) == 0
    assert main(command(config, drawings, tmp_path / "parts", "--minutes", "0")) == 0
    assert logged_or_none(tmp_path / "parts") is None
    resume = ["simplifier", "--resume", "--data", str(drawings), "--out", str(tmp_path / "parts")]
    assert main([*resume, "--device", "cpu", "--quiet"]) == 0
    whole, parts = (logged(tmp_path / name, "train/loss") for name in ("whole", "parts"))
    assert whole == parts


def test_a_run_that_ends_between_two_sheets_still_shows_how_far_it_came(
    tmp_path: Path, drawings: Path
) -> None:
    assert main(command(tiny(tmp_path, steps=6), drawings, tmp_path / "run")) == 0
    sheets = sorted(path.name for path in (tmp_path / "run" / "samples").iterdir())
    assert sheets == ["clean-00000004.png", "clean-00000006.png"]


def logged_or_none(run: Path) -> list[float] | None:
    """The losses, None where no step was made."""
    return logged(run, "train/loss") if (run / "log.csv").exists() else None


def test_the_critic_learns_before_the_network_does(tmp_path: Path, drawings: Path) -> None:
    config = tiny(
        tmp_path,
        network="simplifier",
        net="width = 0.04",
        optimiser="adadelta",
        rate=1.0,
        steps=4,
        adversarial="weight = 8e-5\npretrain = 2\nwidths = [2, 2, 2, 2, 2, 2]",
    )
    assert main(command(config, drawings, tmp_path / "run")) == 0
    assert len(logged(tmp_path / "run", "train/critic")) == 4
    assert len(logged(tmp_path / "run", "train/fooling")) == 2
    assert logged(tmp_path / "run", "train/gradient")[:2] == [0, 0]


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_row_of_the_ablation_is_a_configuration(path: Path) -> None:
    config = read_config(SimplifierRunConfig, path)
    assert path.read_text().startswith("# ")
    assert config.steps > 0


def test_the_ablation_has_a_row_for_each_switch() -> None:
    rows = [read_config(SimplifierRunConfig, path) for path in CONFIGS.glob("*.toml")]
    faithful = [row for row in rows if row.network == "simplifier"]
    assert {row.loss.map for row in faithful} == {"off", "paper", "code"}
    noises = {row.data.noise for row in faithful}
    assert {(), ("tone",), ("slur",), ("grain",), ("tone", "slur", "grain")} <= noises
    assert {row.data.composition for row in faithful} == {"patch", "whole"}
    assert any(row.adversarial.weight > 0 for row in faithful)
    assert any(row.net.get("skips") for row in faithful)
