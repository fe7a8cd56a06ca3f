# SPDX-License-Identifier: GPL-3.0-or-later
"""Training AI-Sketcher and its baseline Sketch-RNN.  Imports ai_tools.nets and train.

Sources: Cao et al., AI-Sketcher (AAAI 2019) and its published hyper-parameters; Ha and Eck,
Sketch-RNN (ICLR 2018).  The rows of the ablation are the files in configs/sketcher.  Beyond the
papers, `see_part` shows the latent only a beginning of some drawings, because completing a drawing
starts from one, and `condition_dropout` withholds the condition from some.
"""

from __future__ import annotations

import dataclasses

import torch
from torch import nn

from ai_tools.nets.registry import count_parameters
from train.common.checkpoint import latest_checkpoint, load_checkpoint, save_checkpoint
from train.common.device import Place
from train.common.loading import batches_from
from train.common.loop import Steps
from train.common.method import Method, TrainOptions
from train.common.optimise import Ema, check_gradients
from train.common.run import Run, RunError
from train.common.seeds import seed_torch
from train.data.sketch_batches import SketchBatches
from train.data.sketches import read_sketches
from train.sketcher_drawing import Model, sample_sheet, validate
from train.sketcher_export import export
from train.sketcher_judge import evaluate
from train.sketcher_setup import (
    SketcherConfig,
    SketchNet,
    Task,
    batch_settings,
    build_net,
    choose,
    raster_loss,
    sequence_loss,
)


def train(config: SketcherConfig, options: TrainOptions, place: Place) -> None:
    """Runs the steps that are left, or those that fit into the time, and saves a checkpoint."""
    data = choose(read_sketches(options.data), config.data)
    task = Task.of(data, config.data)
    settings = batch_settings(config, task)
    batches = SketchBatches(data.part("train"), settings, place.rank, place.world)
    valid = data.part("valid")

    seed_torch(config.seed)
    net = build_net(config, task).to(place.device)
    ema = Ema(net, config.ema)
    average = Model(ema.net, settings, task, place.device, config.temperature)
    raster_parameters, others = _split_parameters(net)
    groups = [{"params": others}] + ([{"params": raster_parameters}] if raster_parameters else [])
    optimiser = torch.optim.Adam(groups, lr=config.rate_start)

    pretrain = 0
    if settings.raster_size:
        pretrain = round(config.raster.pretrain_epochs * batches.per_epoch)
    run = Run(options.out, config, resume=options.resume, writes=place.is_main)
    first, best = 0, float("inf")
    if options.resume:
        state = load_checkpoint(latest_checkpoint(run.checkpoints))
        first, best = state["step"], state["best"]
        if Task.from_dict(state["task"]) != task:
            raise RunError(f"{options.out} was trained on other drawings than --data holds")
        net.load_state_dict(state["net"])
        ema.load_state_dict(state["ema"])
        optimiser.load_state_dict(state["optimiser"])
        run.rewind(first)

    def save(step: int) -> None:
        if place.is_main:
            state = {"step": step, "best": best, "task": dataclasses.asdict(task)}
            state |= {"net": net.state_dict(), "ema": ema.state_dict()}
            state |= {"optimiser": optimiser.state_dict()}
            save_checkpoint(run.checkpoints, step, state)
        place.wait_for_all()

    steps = Steps(first, pretrain + config.steps, place, options.minutes, bar=options.bar)
    steps.note(
        f"{len(batches.offsets)} drawings, {len(task.labels)} labels, "
        f"{count_parameters(net):,} parameters, {batches.per_epoch} steps an epoch, {place.device}"
    )
    loader = batches_from(batches, first, steps.total, config.data.workers)
    for step in steps:
        batch = next(loader).to(place.device)
        seed_torch(config.seed, step, place.rank)
        net.train()
        t = step - pretrain
        _set_rates(optimiser, net, config, t)
        with place.autocast(config.amp):
            if t < 0:
                losses = {"raster": raster_loss(net, batch)}
                losses["loss"] = losses["raster"]
            else:
                losses = sequence_loss(net, batch, config.loss, t)
                if settings.raster_size and config.raster.joint:
                    losses["raster"] = raster_loss(net, batch)
                    losses["loss"] = losses["loss"] + losses["raster"]
        optimiser.zero_grad()
        losses["loss"].backward()
        place.average_gradients(net.parameters())
        trained = _trained(net, config, t)
        norm = check_gradients(losses["loss"], trained, step)
        nn.utils.clip_grad_value_([p for _, p in trained], config.clip)
        optimiser.step()
        ema.update(net)

        done = step + 1
        if done % config.log_every == 0 or done == steps.total:
            figures = {f"train/{name}": value.item() for name, value in losses.items()}
            run.log(step, figures | {"train/gradient": norm, "train/rate": _rate(config, t)})
            steps.show(loss=figures["train/loss"])
        if done % config.save_every == 0 or done == steps.total:
            if place.is_main and t >= 0:
                figures = validate(average, valid, limit=512)
                run.log(step, {f"valid/{name}": value for name, value in figures.items()})
                steps.note(f"step {done}: " + ", ".join(f"{k} {v:.4f}" for k, v in figures.items()))
                if figures["nll_rest"] < best:
                    best = figures["nll_rest"]
                    state = {"step": done, "task": dataclasses.asdict(task)}
                    state |= {"ema": ema.state_dict()}
                    save_checkpoint(run.best, done, state, keep=1)
            save(done)
        if place.is_main and t >= 0 and (done % config.sheet_every == 0 or done == steps.total):
            sheet = sample_sheet(average, valid)
            run.picture(done, "completions", sheet)
    save(steps.step)
    early = place.is_main and steps.step % config.sheet_every
    if early and steps.step > pretrain:  # show how far it came
        run.picture(steps.step, "completions", sample_sheet(average, valid))
    run.close()


def _split_parameters(net: SketchNet) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """Parameters of the CNN autoencoder, and all others."""
    named = list(net.named_parameters())
    raster = [p for name, p in named if name.startswith("raster_autoencoder.")]
    return raster, [p for name, p in named if not name.startswith("raster_autoencoder.")]


def _trained(net: SketchNet, config: SketcherConfig, t: int) -> list[tuple[str, nn.Parameter]]:
    """Parameters that sequence step `t` trains; a negative one is of the autoencoder alone."""

    def chosen(name: str) -> bool:
        raster = name.startswith("raster_autoencoder.")
        return raster if t < 0 else not raster or config.raster.joint

    return [(name, p) for name, p in net.named_parameters() if chosen(name)]


def _set_rates(
    optimiser: torch.optim.Optimizer, net: SketchNet, config: SketcherConfig, t: int
) -> None:
    """Sets learning rates, and freezes what sequence step `t` does not train."""
    trained = {id(p) for _, p in _trained(net, config, t)}
    for parameter in net.parameters():
        parameter.requires_grad_(id(parameter) in trained)
    optimiser.param_groups[0]["lr"] = _rate(config, t)
    if len(optimiser.param_groups) > 1:
        joint = config.raster.joint_rate if t >= 0 else 1.0
        optimiser.param_groups[1]["lr"] = joint * _rate(config, t)


def _rate(config: SketcherConfig, t: int) -> float:
    span = config.rate_start - config.rate_end
    return span * config.rate_decay ** max(t, 0) + config.rate_end


METHOD = Method(SketcherConfig, train, evaluate, export)
