# SPDX-License-Identifier: GPL-3.0-or-later
"""Training the networks that show a drawn head from other sides.  Imports ai_tools.nets and train.

The light network, which the app ships, learns here; SAGE, which it is measured against, in
`train.portrait_sage`.  The rows of the comparison are the files in configs/portrait.  --data names
folders of synthetic heads (train.data.heads); while one is still being filled, a run takes in the
new heads whenever it saves.
"""

from __future__ import annotations

import torch
from torch import nn

from ai_tools.nets.registry import count_parameters
from train.common.checkpoint import latest_checkpoint, load_checkpoint, save_checkpoint
from train.common.device import Place
from train.common.loading import batches_from
from train.common.loop import Steps
from train.common.method import Method, TrainOptions
from train.common.optimise import Ema, check_gradients
from train.common.run import Run
from train.common.seeds import seed_torch
from train.metrics.efflite0 import load_efflite0
from train.portrait_critic import Critic
from train.portrait_data import HeadBatches, read_heads
from train.portrait_drawing import sample_sheet, validate
from train.portrait_export import export
from train.portrait_judge import evaluate
from train.portrait_losses import losses_of
from train.portrait_sage import train_sage
from train.portrait_setup import PortraitRunConfig, build_light, rate_at

SHEET_HEADS = 7


def train(config: PortraitRunConfig, options: TrainOptions, place: Place) -> None:
    """Runs the steps that are left, or those that fit into the time, and saves a checkpoint."""
    if config.network == "sage":
        train_sage(config, options, place)
        return
    heads = read_heads(options.data, "train")
    valid = read_heads(options.data, "valid")[: config.valid_heads]
    seed_torch(config.seed)
    net = build_light(config).to(place.device)
    eye = load_efflite0(place.device) if config.loss.perceptual > 0 else None
    run = Run(options.out, config, resume=options.resume, writes=place.is_main)
    first, best = 0, float("-inf")
    critic = Critic(config, place) if config.adversarial.weight > 0 else None
    ema = Ema(net, config.ema)
    optimiser = torch.optim.AdamW(
        net.parameters(), config.rate, betas=(0.9, 0.99), weight_decay=config.weight_decay
    )
    if options.resume:
        state = load_checkpoint(latest_checkpoint(run.checkpoints))
        first, best = state["step"], state["best"]
        net.load_state_dict(state["net"])
        ema.load_state_dict(state["ema"])
        optimiser.load_state_dict(state["optimiser"])
        if critic is not None and state["critic"] is not None:
            critic.load_state_dict(state["critic"])
        run.rewind(first)

    def save(step: int) -> None:
        if place.is_main:
            state = {"step": step, "best": best, "net": net.state_dict(), "ema": ema.state_dict()}
            state["optimiser"] = optimiser.state_dict()
            state["critic"] = None if critic is None else critic.state_dict()
            save_checkpoint(run.checkpoints, step, state)
        place.wait_for_all()

    steps = Steps(first, config.steps, place, options.minutes, bar=options.bar)
    steps.note(f"{len(heads)} heads, {count_parameters(net):,} parameters, {place.device}")
    batches = HeadBatches(heads, config.data, net.config, config.batch, config.seed, place.rank)
    loader = batches_from(batches, first, steps.total, config.data.workers)
    for step in steps:
        batch = next(loader).to(place.device)
        seed_torch(config.seed, step, place.rank)
        net.train()
        for group in optimiser.param_groups:
            group["lr"] = rate_at(config, step)
        with place.autocast():
            losses, output = losses_of(net, batch, config.loss, eye)
        losses = {name: loss.float() for name, loss in losses.items()}
        if critic is not None and step >= config.adversarial.start:
            losses |= critic.learn(batch, output.image.detach(), step)
            losses["fooling"] = critic.fooling(output.image, batch.style)
            losses["loss"] = losses["loss"] + config.adversarial.weight * losses["fooling"]
        optimiser.zero_grad()
        losses["loss"].backward()
        place.average_gradients(net.parameters())
        norm = check_gradients(losses["loss"], net.named_parameters(), step)
        nn.utils.clip_grad_norm_(net.parameters(), config.clip)
        optimiser.step()
        ema.update(net)
        done = step + 1
        if done % config.log_every == 0:
            values = {name: float(loss.detach()) for name, loss in losses.items()}
            run.log(step, {f"train/{name}": value for name, value in values.items()})
            run.log(step, {"train/gradient": norm, "train/rate": rate_at(config, step)})
            steps.show(loss=values["loss"], picture=values["picture"])
        if done % config.save_every == 0:
            if place.is_main:
                figures = validate(ema.net, valid, config.data.size, place.device)
                run.log(step, {f"valid/{name}": value for name, value in figures.items()})
                steps.note(f"step {done}: " + ", ".join(f"{k} {v:.4f}" for k, v in figures.items()))
                if figures["score"] > best:
                    best = figures["score"]
                    state = {"step": done, "ema": ema.state_dict(), "figures": figures}
                    save_checkpoint(run.best, done, state, keep=1)
            save(done)
            fresh = read_heads(options.data, "train", batches.heads)
            if len(fresh) > len(batches.heads):
                steps.note(f"{len(fresh)} heads")
                batches.heads = fresh
                loader = batches_from(batches, done, steps.total, config.data.workers)
        if place.is_main and done % config.sheet_every == 0:
            sheet = sample_sheet(ema.net, valid[:SHEET_HEADS], config.data.size, place.device)
            run.picture(done, "views", sheet)
    save(steps.step)
    if place.is_main and steps.step % config.sheet_every:  # stopped early: show how far it came
        sheet = sample_sheet(ema.net, valid[:SHEET_HEADS], config.data.size, place.device)
        run.picture(steps.step, "views", sheet)
    run.close()


METHOD = Method(PortraitRunConfig, train, evaluate, export)
