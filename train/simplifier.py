# SPDX-License-Identifier: GPL-3.0-or-later
"""Training the networks that clean rough sketches.  Imports ai_tools.nets and train.

Sources: Simo-Serra et al., Learning to Simplify (SIGGRAPH 2016), and Mastering Sketching (TOG
2018) for the critic.  The rows of the ablation are the files in configs/simplifier: loss map,
noise, patches, critic, skips.  Pairs are made on the way from clean strokes (train.data.lines);
--data names sets of drawings (.npz) and, for sample sheets only, pictures of real roughs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ai_tools.nets.registry import count_parameters
from ai_tools.nets.simplifier import SketchDiscriminator, SketchDiscriminatorConfig
from train.common.checkpoint import latest_checkpoint, load_checkpoint, save_checkpoint
from train.common.device import Place
from train.common.loading import batches_from
from train.common.loop import Steps
from train.common.method import Method, TrainOptions
from train.common.optimise import Ema, check_gradients
from train.common.run import Run
from train.common.seeds import seed_torch
from train.data.lines.pairs import PairBatch, PairBatches, input_statistics
from train.simplifier_drawing import read_roughs, sample_sheet, valid_pairs, validate
from train.simplifier_export import export
from train.simplifier_judge import evaluate
from train.simplifier_setup import (
    SimplifierRunConfig,
    build_net,
    losses_of,
    pair_settings,
    read_bank,
    uses_degree,
)


def train(config: SimplifierRunConfig, options: TrainOptions, place: Place) -> None:
    """Runs the steps that are left, or those that fit into the time, and saves a checkpoint."""
    bank = read_bank(options.data, "train")
    roughs = read_roughs(options.data)
    seed_torch(config.seed)
    net = build_net(config).to(place.device)
    settings = pair_settings(config, uses_degree(net))
    batches = PairBatches(bank, settings, config.batch, config.seed, place.rank)
    valid = valid_pairs(read_bank(options.data, "valid"), config.data.size, config.valid_pairs)

    run = Run(options.out, config, resume=options.resume, writes=place.is_main)
    first, best = 0, 0.0
    critic = Critic(config, place) if config.adversarial.weight > 0 else None
    ema = Ema(net, config.ema)
    optimiser = _optimiser(config, net.parameters())
    if options.resume:
        state = load_checkpoint(latest_checkpoint(run.checkpoints))
        first, best = state["step"], state["best"]
        net.load_state_dict(state["net"])
        ema.load_state_dict(state["ema"])
        optimiser.load_state_dict(state["optimiser"])
        if critic is not None:
            critic.load_state_dict(state["critic"])
        run.rewind(first)
    else:
        net.set_statistics(*input_statistics(bank, settings, config.seed))
        ema.net.set_statistics(float(net.mean), float(net.std))

    def save(step: int) -> None:
        if place.is_main:
            state = {"step": step, "best": best, "net": net.state_dict(), "ema": ema.state_dict()}
            state["optimiser"] = optimiser.state_dict()
            if critic is not None:
                state["critic"] = critic.state_dict()
            save_checkpoint(run.checkpoints, step, state)
        place.wait_for_all()

    steps = Steps(first, config.steps, place, options.minutes, bar=options.bar)
    steps.note(
        f"{len(bank.drawings)} drawings, {count_parameters(net):,} parameters, {place.device}"
    )
    loader = batches_from(batches, first, steps.total, config.data.workers)
    for step in steps:
        batch = next(loader).to(place.device)
        seed_torch(config.seed, step, place.rank)
        net.train()
        for group in optimiser.param_groups:
            group["lr"] = _rate(config, step)
        with place.autocast():
            losses, clean = losses_of(net, batch, config.loss)
        losses = {name: loss.float() for name, loss in losses.items()}
        if critic is not None:
            losses["critic"] = critic.learn(batch, clean.detach())
            if step >= config.adversarial.pretrain:
                losses["fooling"] = critic.fooling(clean)
                losses["loss"] = losses["loss"] + config.adversarial.weight * losses["fooling"]
        norm = 0.0
        if critic is None or step >= config.adversarial.pretrain:
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
            run.log(step, {"train/gradient": norm, "train/rate": _rate(config, step)})
            steps.show(loss=values["loss"], line=values["line"])
        if done % config.save_every == 0:
            if place.is_main:
                figures = validate(ema.net, valid, place.device)
                run.log(step, {f"valid/{name}": value for name, value in figures.items()})
                steps.note(f"step {done}: F {figures['f_mean']:.4f} at {figures['threshold']}")
                if figures["f_mean"] > best:
                    best = figures["f_mean"]
                    state = {"step": done, "ema": ema.state_dict(), "figures": figures}
                    save_checkpoint(run.best, done, state, keep=1)
            save(done)
        if place.is_main and done % config.sheet_every == 0:
            run.picture(done, "clean", sample_sheet(ema.net, valid[:8], roughs, place.device))
    save(steps.step)
    if place.is_main and steps.step % config.sheet_every:  # stopped early: show how far it came
        run.picture(steps.step, "clean", sample_sheet(ema.net, valid[:8], roughs, place.device))
    run.close()


class Critic:
    """Tells clean drawings from the network's, and learns to."""

    def __init__(self, config: SimplifierRunConfig, place: Place) -> None:
        """A fresh one, for patches of the run's size."""
        made = SketchDiscriminatorConfig(size=config.data.size, widths=config.adversarial.widths)
        self.net = SketchDiscriminator(made).to(place.device)
        self.optimiser = _optimiser(config, self.net.parameters())
        self.place = place

    def learn(self, batch: PairBatch, clean: Tensor) -> Tensor:
        """One step on the wanted drawings and the network's `clean` (B, 1, H, W)."""
        real = self.net(1 - batch.targets["line"])
        made = self.net(clean)
        loss = F.binary_cross_entropy_with_logits(real, torch.ones_like(real))
        loss = (loss + F.binary_cross_entropy_with_logits(made, torch.zeros_like(made))) / 2
        self.optimiser.zero_grad()
        loss.backward()
        self.place.average_gradients(self.net.parameters())
        self.optimiser.step()
        return loss.detach()

    def fooling(self, clean: Tensor) -> Tensor:
        """How far the critic is from taking the network's drawings for clean ones."""
        logits = self.net(clean)
        return F.binary_cross_entropy_with_logits(logits, torch.ones_like(logits))

    def state_dict(self) -> dict:
        """For a checkpoint."""
        return {"net": self.net.state_dict(), "optimiser": self.optimiser.state_dict()}

    def load_state_dict(self, state: dict) -> None:
        """The inverse of `state_dict`."""
        self.net.load_state_dict(state["net"])
        self.optimiser.load_state_dict(state["optimiser"])


def _optimiser(
    config: SimplifierRunConfig, parameters: Iterator[nn.Parameter]
) -> torch.optim.Optimizer:
    if config.optimiser == "adadelta":  # as in the authors' script, with Torch's old defaults
        return torch.optim.Adadelta(parameters, lr=config.rate, rho=0.9, eps=1e-6)
    return torch.optim.AdamW(parameters, lr=config.rate, weight_decay=config.weight_decay)


def _rate(config: SimplifierRunConfig, step: int) -> float:
    """Linear warm-up, then constant or half a cosine down to a hundredth."""
    rate = config.rate * min(1.0, (step + 1) / max(config.warm_up, 1))
    if config.schedule == "cosine":
        fraction = min(1.0, step / max(config.steps, 1))
        rate *= 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * fraction))
    return rate


METHOD = Method(SimplifierRunConfig, train, evaluate, export)
