# SPDX-License-Identifier: GPL-3.0-or-later
"""Training, judging and exporting the networks that show a drawn head from other sides."""

import csv
import dataclasses
import json
from pathlib import Path

import cv2
import pytest
import torch

from ai_tools.weights import load
from tests.train.portrait_heads import write_heads
from train.__main__ import main
from train.common.config import ConfigFileError, make_config, read_config
from train.common.device import Place
from train.portrait_critic import critic_loss, fooling_loss, r1_penalty
from train.portrait_data import HeadBatches, read_heads
from train.portrait_judge import load_trained
from train.portrait_losses import edge_loss, losses_of, picture_loss
from train.portrait_people import fit_people
from train.portrait_sage import Sage, dssim, real_batch, stage_at
from train.portrait_setup import (
    PortraitRunConfig,
    SageRunConfig,
    build_light,
    light_config,
    rate_at,
)

CONFIGS = Path(__file__).resolve().parents[2] / "train" / "configs" / "portrait"

TINY_LIGHT = {
    **{"input_size": 32, "encoder_widths": [8, 8, 8], "encoder_last": 8, "token_width": 16},
    **{"token_layers": 1, "token_heads": 2, "plane_channels": 4, "field_hidden": 8, "features": 8},
    **{"label_width": 8, "size": 8, "preview_size": 8, "samples": 6, "style_size": 4},
    **{"translator_widths": [6, 6, 8], "last_width": 6, "spade_hidden": 4, "people": 3},
}

TINY_SAGE = {
    **{"z": 8, "hidden": 8, "field_layers": 2, "size": 16, "samples": 3},
    **{"decoder_widths": [8, 6], "translator_widths": [4, 6], "spade_hidden": 4},
}

TINY = """
network = "{network}"
steps = {steps}
batch = 2
rate = 0.01
warm_up = 1
ema = 0.5
log_every = 1
save_every = 3
sheet_every = 6
valid_heads = 2

[net]
{net}

[data]
size = 32

[loss]
perceptual = 0.0

[adversarial]
{adversarial}

[sage]
until = [2, 4]
batch = [2, 2]
rate = [1e-3, 1e-3]
critic_rate = [1e-3, 1e-3]
fade = 2
drawing_batch = 2
critic_widths = [4, 4, 4, 4, 4]
"""


def tiny(folder: Path, network: str = "light", steps: int = 6, adversarial: str = "") -> Path:
    """A configuration as small as it gets."""
    net = TINY_LIGHT if network == "light" else TINY_SAGE
    lines = "\n".join(f"{name} = {value}" for name, value in net.items())
    path = folder / "tiny.toml"
    path.write_text(TINY.format(network=network, steps=steps, net=lines, adversarial=adversarial))
    return path


def command(config: Path, data: Path, out: Path, *more: str) -> list[str]:
    """The command line of a training run."""
    start = ["portrait", "--config", str(config), "--data", str(data), "--out", str(out)]
    return [*start, "--device", "cpu", "--quiet", *more]


def logged(run: Path, name: str) -> list[float]:
    """The values of one figure, by step."""
    with (run / "log.csv").open() as file:
        return [float(row["value"]) for row in csv.DictReader(file) if row["name"] == name]


@pytest.fixture(scope="module")
def heads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_heads(tmp_path_factory.mktemp("heads") / "set")


def light(**changes: object) -> PortraitRunConfig:
    values = {"net": TINY_LIGHT, "data": {"size": 32}, "batch": 4, "rate": 0.01} | changes
    return make_config(PortraitRunConfig, values, "test")


def test_a_few_heads_can_be_learnt(heads: Path) -> None:
    torch.manual_seed(0)
    config = light(data={"size": 32, "worn": 0.0, "roll": 0.0, "scale": 0.0, "shift": 0.0})
    net = build_light(config).train()
    batches = HeadBatches(read_heads([heads], "train"), config.data, net.config, 4, 0)
    optimiser = torch.optim.Adam(net.parameters(), 0.01)
    history = []
    for number in range(60):
        losses, output = losses_of(net, batches[number % 8], config.loss, None)
        optimiser.zero_grad()
        losses["loss"].backward()
        optimiser.step()
        history.append({name: float(loss.detach()) for name, loss in losses.items()})
    assert output.image.shape == (4, 3, 32, 32)
    for name in ("photo", "labels", "opacity", "picture"):
        assert history[-1][name] < 0.7 * history[0][name], name


def test_the_loss_is_the_weighted_sum_and_reaches_every_parameter(heads: Path) -> None:
    config = light()
    net = build_light(config)
    batch = HeadBatches(read_heads([heads], "train"), config.data, net.config, 2, 0)[0]
    losses, _ = losses_of(net, batch, config.loss, None)
    total = sum(
        getattr(config.loss, name) * float(loss.detach())
        for name, loss in losses.items()
        if name != "loss"
    )
    assert float(losses["loss"].detach()) == pytest.approx(total, rel=1e-5)
    losses["loss"].backward()
    assert [name for name, p in net.named_parameters() if p.grad is None] == []


def test_picture_losses_are_zero_for_the_picture_itself_only() -> None:
    picture = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    assert picture_loss(picture, picture) == 0 == edge_loss(picture, picture)
    brighter = picture + 0.1
    assert edge_loss(brighter, picture) == pytest.approx(0, abs=1e-6)
    assert picture_loss(brighter, picture) == pytest.approx(0.1, abs=1e-5)


def test_the_rate_warms_up_and_falls() -> None:
    config = light(warm_up=10, steps=100)
    rates = [rate_at(config, step) for step in range(100)]
    assert rates[0] == pytest.approx(config.rate / 10, rel=0.01)
    assert max(rates) <= config.rate
    assert rates[20:] == sorted(rates[20:], reverse=True)
    assert rates[-1] < 0.03 * config.rate


def test_a_run_leaves_figures_sheets_and_can_be_judged_and_exported(
    tmp_path: Path, heads: Path
) -> None:
    run, weights = tmp_path / "run", tmp_path / "weights"
    assert main(command(tiny(tmp_path), heads, run)) == 0
    assert len(logged(run, "train/loss")) == 6
    assert len(logged(run, "valid/label_miou")) == 2
    assert cv2.imread(str(run / "samples" / "views-00000006.png")) is not None

    export = ["export", "portrait", "--run", str(run), "--weights", str(weights)]
    assert main(export) == 2  # never measured
    judge = ["eval", "portrait", "--run", str(run), "--data", str(heads), "--device", "cpu"]
    assert main([*judge, "--quick"]) == 0
    report = json.loads((run / "eval-valid.json").read_text())
    assert set(report["table"]) == {"network", "copy", "mean person"}
    for row in report["table"].values():
        assert 0 <= row["label_miou"] <= 1
        assert row["swd"] > 0
    assert 0 <= report["figures"]["pose_degrees"] <= 180
    assert cv2.imread(str(run / "eval-valid.png")) is not None
    assert cv2.imread(str(run / "eval-valid-people.png")) is not None
    assert "| copy |" in (run / "eval-valid.md").read_text()

    assert main(export) == 2  # a quick look is no measurement
    (run / "eval-valid.json").write_text(json.dumps(report | {"quick": False}))
    assert main(export) == 0
    net, entry = load("portrait", folder=weights)
    assert entry.net == "portrait_light"
    assert "CC0" in entry.data[0].licence
    card = (weights / "portrait.md").read_text()
    assert "## What to expect" in card
    trained = load_trained(run, people=True).net
    z = torch.randn(1, 3, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(net.person(z), trained.person(z), rtol=2e-3, atol=2e-3)
    drawing = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(
        net.encode(drawing).planes, trained.encode(drawing).planes, rtol=2e-2, atol=2e-2
    )


def test_resuming_equals_never_stopping(tmp_path: Path, heads: Path) -> None:
    config = tiny(tmp_path, adversarial="weight = 0.1\nstart = 2\ncrop = 16\nwidths = [4, 4, 4, 4]")
    assert main(command(config, heads, tmp_path / "whole")) == 0
    assert main(command(config, heads, tmp_path / "parts", "--minutes", "0")) == 0
    assert not (tmp_path / "parts" / "log.csv").exists()
    resume = ["portrait", "--resume", "--data", str(heads), "--out", str(tmp_path / "parts")]
    assert main([*resume, "--device", "cpu", "--quiet"]) == 0
    whole, parts = (logged(tmp_path / name, "train/loss") for name in ("whole", "parts"))
    assert whole == parts
    assert len(logged(tmp_path / "parts", "train/critic")) == 4


def test_a_growing_data_set_is_taken_in(tmp_path: Path, heads: Path) -> None:
    folder = tmp_path / "growing"
    write_heads(folder, train=3, valid=2)
    few = read_heads([folder], "train")
    (folder / "000003.npz").write_bytes((heads / "000003.npz").read_bytes())
    more = read_heads([folder], "train", few)
    assert (len(few), len(more)) == (3, 4)
    assert more[0] is few[0]


def test_people_are_like_those_who_were_drawn(heads: Path) -> None:
    torch.manual_seed(0)
    net = build_light(light())
    people = read_heads([heads], "train")
    held = fit_people(net, people, torch.device("cpu"))
    assert net.people is not None
    assert 0 < held <= 1
    assert net.person(torch.zeros(1, 3)).shape == (1, 3, 4, 8, 8)
    lengths = net.people.basis.flatten(1).norm(dim=1)
    assert (lengths[:-1] >= lengths[1:]).all()
    with pytest.raises(ValueError, match="no heads"):
        fit_people(net, [], torch.device("cpu"))


def test_critics_losses_know_true_from_made() -> None:
    high, low = torch.full((4,), 3.0), torch.full((4,), -3.0)
    assert critic_loss(high, low) < critic_loss(low, high)
    assert fooling_loss(high) < fooling_loss(low)
    mixed = torch.tensor([3.0, -3.0, -3.0, -3.0])
    assert fooling_loss(mixed, 0.25) == pytest.approx(float(fooling_loss(high)))
    real = torch.ones(2, 1, 2, 2, requires_grad=True)
    assert r1_penalty(3 * real.flatten(1).sum(1), real) == pytest.approx(36)


def test_sage_grows_then_draws() -> None:
    sage = SageRunConfig()
    stages = {step: stage_at(sage, step) for step in (0, 24_999, 25_000, 26_000, 60_000, 95_000)}
    assert [stage.level for stage in stages.values()] == [0, 0, 1, 1, 2, 2]
    assert stages[0].fade == 1
    assert stages[25_000].fade < 0.01 < 0.4 < stages[26_000].fade < 0.6
    assert [stage.drawing for stage in stages.values()] == [False] * 5 + [True]
    assert [stages[0].batch, stages[25_000].batch, stages[95_000].batch] == [32, 24, 8]
    assert stages[0].pose
    assert not stages[60_000].pose


def test_sage_learns_in_both_stages_and_resumes(tmp_path: Path, heads: Path) -> None:
    config = tiny(tmp_path, "sage")
    assert main(command(config, heads, tmp_path / "whole")) == 0
    for name in ("critic_image", "critic_labels", "fooling_image", "fooling_labels"):
        assert len(logged(tmp_path / "whole", f"train/{name}")) == 6
    assert len(logged(tmp_path / "whole", "train/reprojection")) == 4
    assert len(logged(tmp_path / "whole", "train/pose_image")) == 2
    short = tiny(tmp_path, "sage", steps=3)
    assert main(command(short, heads, tmp_path / "parts")) == 0
    resume = ["portrait", "--resume", "--data", str(heads), "--out", str(tmp_path / "parts")]
    assert main([*resume, "--device", "cpu", "--quiet", "--set", "steps=6"]) == 0
    whole, parts = (logged(tmp_path / name, "train/loss") for name in ("whole", "parts"))
    assert whole == parts

    judge = ["eval", "portrait", "--run", str(tmp_path / "whole"), "--data", str(heads)]
    assert main([*judge, "--device", "cpu", "--quick"]) == 0
    report = json.loads((tmp_path / "whole" / "eval-valid.json").read_text())
    assert report["style"] == "pen"
    assert report["figures"]["swd"] > 0
    assert report["figures"]["sifid_spread"] >= 0
    assert main(["export", "portrait", "--run", str(tmp_path / "whole")]) == 2  # not for the app


def test_stage_two_keeps_the_field(heads: Path) -> None:
    values = {"network": "sage", "net": TINY_SAGE, "sage": _tiny_sage()}
    config = make_config(PortraitRunConfig, values, "test")
    trainer = Sage(config, Place(torch.device("cpu")))
    before = {name: p.clone() for name, p in trainer.net.named_parameters()}
    stage = stage_at(config.sage, 5)
    real = real_batch(read_heads([heads], "train"), "pen", 32, trainer.labels, 2, 0)
    losses = trainer.step(stage, real, 5)
    assert "reprojection" not in losses
    changed = {
        name for name, p in trainer.net.named_parameters() if not torch.equal(p, before[name])
    }
    assert changed
    assert not any(name.startswith(("field", "mapping")) for name in changed)
    assert any(name.startswith("translator") for name in changed)


def test_dssim_is_zero_for_the_same_picture_and_at_most_one() -> None:
    picture = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    assert dssim(picture, picture).abs().max() < 1e-4
    assert 0.1 < dssim(picture, 1 - picture).mean() <= 1


def _tiny_sage() -> dict:
    return {
        **{"until": [2, 4], "batch": [2, 2], "rate": [1e-3] * 2, "critic_rate": [1e-3] * 2},
        **{"fade": 2, "drawing_batch": 2, "critic_widths": [4, 4, 4, 4, 4]},
    }


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_row_parses_and_takes_a_step_when_small(path: Path, heads: Path) -> None:
    assert path.read_text().startswith("# ")
    config = read_config(PortraitRunConfig, path)
    people = read_heads([heads], "train")
    if config.network == "light":
        small = dataclasses.replace(
            config,
            net=TINY_LIGHT,
            data=dataclasses.replace(config.data, size=32),
            adversarial=dataclasses.replace(config.adversarial, crop=32),
        )
        net = build_light(small)
        batch = HeadBatches(people, small.data, light_config(small), 2, 0)[0]
        losses, _ = losses_of(net, batch, small.loss, None)
        losses["loss"].backward()
        assert torch.isfinite(losses["loss"])
        return
    row = {
        name: config.net[name] for name in ("labels", "translator", "mixup") if name in config.net
    }
    small = dataclasses.replace(
        config,
        net=TINY_SAGE | row,
        sage=dataclasses.replace(config.sage, **{k: _tuple(v) for k, v in _tiny_sage().items()}),
    )
    trainer = Sage(small, Place(torch.device("cpu")))
    for step in (0, 5):
        stage = stage_at(small.sage, step)
        real = real_batch(people, "pen", 16 * 2**stage.level, trainer.labels, 2, step)
        losses = trainer.step(stage, real, step)
        assert torch.isfinite(losses["loss"])
        assert ("pose_image" in losses) == (config.sage.pose > 0 and step == 0)
        assert ("fooling_labels" in losses) == (trainer.labels > 0)


def _tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def test_the_ablation_has_a_row_for_each_switch() -> None:
    rows = [read_config(PortraitRunConfig, path) for path in CONFIGS.glob("*.toml")]
    sage = [row for row in rows if row.network == "sage"]
    assert {row.net.get("translator", "spade") for row in sage} == {"none", "unet", "spade"}
    assert {row.sage.domain for row in sage} == {"photos", "drawings"}
    assert any(row.net.get("mixup") == 0 for row in sage)
    assert any(row.net.get("labels") == 0 for row in sage)
    assert any(row.sage.pose == 0 for row in sage)
    assert any(row.net.get("size") == 32 and row.net.get("samples") == 8 for row in sage)
    assert {row.adversarial.weight > 0 for row in rows if row.network == "light"} == {True, False}


@pytest.mark.parametrize(
    "values",
    [
        {"data": {"size": 40}},
        {"data": {"inputs": ["crayon"]}},
        {"adversarial": {"weight": 0.1, "crop": 48}},
        {"adversarial": {"weight": 0.1, "crop": 64}, "data": {"size": 32}},
        {"net": {"samples": 1}},
        {"network": "sage", "sage": {"until": [1, 2]}},
        {"network": "sage", "sage": {"until": [3, 2, 1]}},
    ],
)
def test_unusable_configurations_are_refused(values: dict) -> None:
    with pytest.raises(ConfigFileError):
        make_config(PortraitRunConfig, values, "test")
