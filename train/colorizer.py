# SPDX-License-Identifier: GPL-3.0-or-later
"""Training the networks that colour line art.  Imports ai_tools.nets and train.

Source: Hati et al., StencilTorch (network "stenciltorch"), and our own light network.  The rows of
the ablation are the files in configs/colorizer.  --data names folders: of plates with a
manifest.csv, and of records made by `python -m train.data.colour.vectors`.
"""

from __future__ import annotations

import math

import cv2
import torch
from torch import nn

from ai_tools.nets.colorizer_light import ColorizerLight
from ai_tools.nets.registry import count_parameters
from train.colorizer_batches import ColourBatch, ColourBatches, whole_picture, with_base
from train.colorizer_drawing import sample_sheet, valid_samples, validate
from train.colorizer_export import export
from train.colorizer_judge import evaluate
from train.colorizer_losses import Adversary, losses_of
from train.colorizer_setup import (
    ColorizerNet,
    ColorizerRunConfig,
    build_net,
    read_data,
    task_config,
)
from train.common.checkpoint import latest_checkpoint, load_checkpoint, save_checkpoint
from train.common.device import Place
from train.common.loading import batches_from
from train.common.loop import Steps
from train.common.method import Method, TrainOptions
from train.common.optimise import Ema, check_gradients
from train.common.run import Run
from train.common.seeds import numpy_generator, seed_torch

_SECOND = 20_231_019
"""Keeps the choice of second passes apart from other random numbers."""


def train(config: ColorizerRunConfig, options: TrainOptions, place: Place) -> None:
    """Runs the steps that are left, or those that fit into the time, and saves a checkpoint."""
    if config.data.workers:
        cv2.setNumThreads(1)  # OpenCV's threads do not survive the fork
    data = read_data(config, options.data, "train")
    valid = valid_samples(read_data(config, options.data, "valid"), config.valid_pictures)
    seed_torch(config.seed)
    net = build_net(config).to(place.device)
    light = isinstance(net, ColorizerLight)
    batches = ColourBatches(
        data,
        task_config(config),
        config.batch,
        config.steps,
        config.seed,
        place.rank,
        place.world,
        planes=light,
    )

    run = Run(options.out, config, resume=options.resume, writes=place.is_main)
    first, best = 0, math.inf
    adversary = Adversary(config, place) if config.adversarial.weight > 0 else None
    ema = Ema(net, config.ema)
    betas = (config.betas[0], config.betas[1])
    optimiser = torch.optim.AdamW(net.parameters(), config.rate, betas)
    for group in optimiser.param_groups:
        group["weight_decay"] = config.weight_decay
    if options.resume:
        state = load_checkpoint(latest_checkpoint(run.checkpoints))
        first, best = state["step"], state["best"]
        net.load_state_dict(state["net"])
        ema.load_state_dict(state["ema"])
        optimiser.load_state_dict(state["optimiser"])
        if adversary is not None:
            adversary.load_state_dict(state["adversary"])
        run.rewind(first)

    def save(step: int) -> None:
        if place.is_main:
            state = {"step": step, "best": best, "net": net.state_dict(), "ema": ema.state_dict()}
            state["optimiser"] = optimiser.state_dict()
            if adversary is not None:
                state["adversary"] = adversary.state_dict()
            save_checkpoint(run.checkpoints, step, state)
        place.wait_for_all()

    steps = Steps(first, config.steps, place, options.minutes, bar=options.bar)
    steps.note(f"{len(data)} pictures, {count_parameters(net):,} parameters, {place.device}")
    loader = batches_from(batches, first, steps.total, config.data.workers)
    for step in steps:
        batch = next(loader).to(place.device)
        seed_torch(config.seed, step, place.rank)
        rate = _rate(config, step)
        if light and _is_second(config, step, place.rank):
            batch = _second_pass(ema.net, batch)
        net.train()
        for group in optimiser.param_groups:
            group["lr"] = rate
        with place.autocast():
            losses, painted, features = losses_of(net, batch, config)
        losses = {name: loss.float() for name, loss in losses.items()}
        if adversary is not None:  # generator first, as published
            losses["fooling"] = adversary.fooling(painted.float(), features)
            losses["loss"] = losses["loss"] + config.adversarial.weight * losses["fooling"]
        optimiser.zero_grad()
        losses["loss"].backward()
        place.average_gradients(net.parameters())
        norm = check_gradients(losses["loss"], net.named_parameters(), step)
        nn.utils.clip_grad_norm_(net.parameters(), config.clip)
        optimiser.step()
        ema.update(net)
        if adversary is not None:
            losses["critic"] = adversary.learn(batch.colour, painted.float(), features, rate)
        done = step + 1
        if done % config.log_every == 0:
            values = {name: float(loss.detach()) for name, loss in losses.items()}
            run.log(step, {f"train/{name}": value for name, value in values.items()})
            run.log(step, {"train/gradient": norm, "train/rate": rate})
            steps.show(loss=values["loss"])
        if done % config.save_every == 0:
            if place.is_main:
                figures = validate(ema.net, valid, place.device)
                run.log(step, {f"valid/{name}": value for name, value in figures.items()})
                steps.note(f"step {done}: L1 {figures['l1']:.2f} of 255")
                if figures["l1"] < best:
                    best = figures["l1"]
                    state = {"step": done, "ema": ema.state_dict(), "figures": figures}
                    save_checkpoint(run.best, done, state, keep=1)
            save(done)
        if place.is_main and done % config.sheet_every == 0:
            run.picture(done, "painted", sample_sheet(ema.net, valid[:8], place.device))
    save(steps.step)
    if place.is_main and steps.step % config.sheet_every:  # stopped early: show how far it came
        run.picture(steps.step, "painted", sample_sheet(ema.net, valid[:8], place.device))
    run.close()


def _is_second(config: ColorizerRunConfig, step: int, rank: int) -> bool:
    chance = numpy_generator(config.seed, _SECOND, step, rank).random()
    return bool(chance < config.data.second)


@torch.no_grad()
def _second_pass(net: ColorizerNet, batch: ColourBatch) -> ColourBatch:
    """The batch with what is kept painted by the network, as after a first pass."""
    painted = net(whole_picture(batch.planes))
    planes = with_base(batch.planes, painted)
    return ColourBatch(
        batch.colour,
        batch.flat,
        batch.line,
        batch.mask,
        batch.hint_rgb,
        batch.hint_alpha,
        planes,
    )


def _rate(config: ColorizerRunConfig, step: int) -> float:
    """Linear warm-up, then constant; or a tenth from the middle on; or half a cosine."""
    rate = config.rate * min(1.0, (step + 1) / max(config.warm_up, 1))
    fraction = min(1.0, step / max(config.steps, 1))
    if config.schedule == "step" and fraction >= 0.5:
        rate *= 0.1
    if config.schedule == "cosine":
        rate *= 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * fraction))
    return rate


METHOD = Method(ColorizerRunConfig, train, evaluate, export)
