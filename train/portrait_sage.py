# SPDX-License-Identifier: GPL-3.0-or-later
"""Training SAGE: portraits from random vectors, first photos, then drawings.

Imports torch, ai_tools.nets and train.  Source: SAGE (IJCAI 2023) and its code, which is MVCGAN's
(Zhang et al. 2022) with semantics and a translator.  Stage I grows from 64² to 256² against
discriminators of images and of label maps; stage II keeps the field and teaches the decoders and
the translator to draw.  The image discriminator goes on as that of drawings, its optimiser anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ai_tools.nets.registry import count_parameters
from ai_tools.nets.sage import SageGenerator, SageOutput, Stereo
from ai_tools.nets.sage_discriminator import SageDiscriminator, SageDiscriminatorConfig
from ai_tools.nets.volume import Camera
from train.common.checkpoint import latest_checkpoint, load_checkpoint, save_checkpoint
from train.common.device import Place
from train.common.loop import Steps
from train.common.method import TrainOptions
from train.common.optimise import Ema, check_gradients
from train.common.run import Run
from train.common.seeds import numpy_generator, seed_torch
from train.metrics.swd import swd
from train.portrait_critic import critic_loss, fooling_loss, r1_penalty
from train.portrait_data import (
    Head,
    drawing_tensor,
    mirrored_labels,
    read_heads,
    resized,
    resized_labels,
)
from train.portrait_sage_drawing import made_pictures, sage_sheet
from train.portrait_setup import PortraitRunConfig, SageRunConfig, build_sage

CLIP = 10.0
"""Bound on gradients' norms."""


@dataclass(frozen=True)
class Stage:
    """What a step does."""

    level: int
    fade: float
    batch: int
    rate: float
    critic_rate: float
    drawing: bool
    """Stage II."""
    pose: bool
    """Whether the discriminators guess the camera."""


@dataclass(frozen=True)
class RealBatch:
    """Pictures to be taken for true."""

    picture: Tensor  # (B, 3, s, s) in -1..1
    labels: Tensor  # (B, L, s, s), one-hot, -1 and 1


def stage_at(sage: SageRunConfig, step: int) -> Stage:
    """The stage that a step belongs to."""
    last = len(sage.until) - 1
    level = next((n for n, end in enumerate(sage.until) if step < end), last)
    drawing = step >= sage.until[-1]
    begin = sage.until[level - 1] if level else 0
    fade = 1.0 if level == 0 or drawing else min(1.0, (step - begin + 1) / max(sage.fade, 1))
    return Stage(
        level=level,
        fade=fade,
        batch=sage.drawing_batch if drawing else sage.batch[level],
        rate=sage.rate[level],
        critic_rate=sage.critic_rate[level],
        drawing=drawing,
        pose=sage.pose > 0 and level < last,
    )


def real_batch(
    heads: Sequence[Head], style: str, side: int, labels: int, batch: int, *key: int
) -> RealBatch:
    """Random views of random heads, half of them mirrored, a function of `key`.

    Args: `style` of the pictures, or "photo"; labels: number of classes, 0 for none.
    """
    generator = numpy_generator(*key)
    pictures, maps = [], []
    for _ in range(batch):
        head = heads[int(generator.integers(len(heads)))]
        view = int(generator.integers(head.views))
        mirror = bool(generator.random() < 0.5)
        step = -1 if mirror else 1
        pictures.append(drawing_tensor(resized(head.picture(view, style)[:, ::step], side)))
        known = mirrored_labels(head.labels[view]) if mirror else head.labels[view]
        maps.append(torch.from_numpy(resized_labels(known, side)))
    stacked = torch.stack(maps)
    one_hot = stacked[:, None] == torch.arange(labels)[None, :, None, None]
    return RealBatch(torch.stack(pictures), one_hot.float() * 2 - 1)


def dssim(a: Tensor, b: Tensor) -> Tensor:
    """(1 - SSIM) / 2, clamped to 0..1, of pictures (B, C, H, W) in 0..1, by 3 x 3 windows."""
    mean_a, mean_b = F.avg_pool2d(a, 3, 1), F.avg_pool2d(b, 3, 1)
    variance_a = F.avg_pool2d(a * a, 3, 1) - mean_a**2
    variance_b = F.avg_pool2d(b * b, 3, 1) - mean_b**2
    covariance = F.avg_pool2d(a * b, 3, 1) - mean_a * mean_b
    first, second = 0.01**2, 0.03**2
    top = (2 * mean_a * mean_b + first) * (2 * covariance + second)
    bottom = (mean_a**2 + mean_b**2 + first) * (variance_a + variance_b + second)
    return ((1 - top / bottom) / 2).clamp(0, 1)


def reprojection_loss(stereo: Stereo) -> Tensor:
    """.15 L1 + .85 DSSIM of a view and another view warped to it, as in the code."""
    difference = F.l1_loss(stereo.primary, stereo.warped)
    return 0.15 * difference + 0.85 * dssim(stereo.primary, stereo.warped).mean()


class Sage:
    """Generator, discriminators and their optimisers."""

    def __init__(self, config: PortraitRunConfig, place: Place) -> None:
        """Freshly initialised."""
        self.config, self.sage, self.place = config, config.sage, place
        self.net = build_sage(config).to(place.device)
        self.ema: Ema[SageGenerator] = Ema(self.net, config.ema)
        self.labels = self.net.config.labels
        channels = {"image": 3} | ({"labels": self.labels} if self.labels else {})
        self.critics = nn.ModuleDict(
            {
                name: SageDiscriminator(
                    SageDiscriminatorConfig(inputs=count, widths=self.sage.critic_widths)
                )
                for name, count in channels.items()
            }
        ).to(place.device)
        self.drawing = False
        self._begin()

    def _begin(self) -> None:
        """Fresh optimisers; in stage II the mapping and the field are kept as they are."""
        self.net.mapping.requires_grad_(not self.drawing)
        self.net.field.requires_grad_(not self.drawing)
        able = [p for p in self.net.parameters() if p.requires_grad]
        self.optimiser = torch.optim.Adam(able, betas=(0.0, 0.9))
        self.critic_optimiser = torch.optim.Adam(self.critics.parameters(), betas=(0.0, 0.9))

    def step(self, stage: Stage, real: RealBatch, number: int) -> dict[str, Tensor]:
        """Teaches the discriminators, then the generator; the losses by name."""
        if stage.drawing and not self.drawing:
            self.drawing = True
            self._begin()
        for optimiser, rate in (
            (self.optimiser, stage.rate),
            (self.critic_optimiser, stage.critic_rate),
        ):
            for group in optimiser.param_groups:
                group["lr"] = rate
        losses = self._teach_critics(stage, real, number)
        return losses | self._teach_generator(stage, number)

    def _make(self, stage: Stage, number: int, *, stereo: bool) -> tuple[SageOutput, Camera]:
        like = self.net.mapping.head.weight
        camera, second = (
            Camera.random(
                stage.batch, self.sage.yaw_deviation, self.sage.pitch_deviation, like=like
            )
            for _ in range(2)
        )
        z = torch.randn(stage.batch, self.net.config.z, device=like.device)
        noise = max(0.0, 1 - number / max(self.sage.density_noise_steps, 1))
        with self.place.autocast():
            output = self.net(
                self.net.mapping(z),
                camera,
                stage.level,
                fade=stage.fade,
                second=second if stereo else None,
                jitter=True,
                density_noise=noise,
                translate=stage.drawing,
            )
        return output, camera

    def _shown(self, output: SageOutput) -> dict[str, Tensor]:
        """What each discriminator is shown."""
        picture = output.image if output.drawing is None else output.drawing
        shown = {"image": picture.float()}
        if output.labels is not None:
            shown["labels"] = output.labels.float()
        return shown

    def _teach_critics(self, stage: Stage, real: RealBatch, number: int) -> dict[str, Tensor]:
        with torch.no_grad():
            output, camera = self._make(stage, number, stereo=self._mixes(stage))
        losses: dict[str, Tensor] = {}
        total = torch.zeros((), device=self.place.device)
        truth = {"image": real.picture, "labels": real.labels}
        for name, made in self._shown(output).items():
            critic = self.critics[name]
            true = truth[name].clone().requires_grad_(self.sage.r1 > 0)
            verdict, guess = critic(true, stage.fade), critic(made, stage.fade)
            losses[f"critic_{name}"] = critic_loss(verdict.score, guess.score)
            total = total + losses[f"critic_{name}"]
            if self.sage.r1 > 0:
                total = total + 0.5 * self.sage.r1 * r1_penalty(verdict.score, true)
            if stage.pose:
                losses[f"critic_pose_{name}"] = _pose_error(guess.pose, camera)
                total = total + self.sage.pose * losses[f"critic_pose_{name}"]
        _update(self.critics, self.critic_optimiser, total, self.place, number)
        return {name: value.detach() for name, value in losses.items()}

    def _teach_generator(self, stage: Stage, number: int) -> dict[str, Tensor]:
        self.critics.requires_grad_(False)
        output, camera = self._make(stage, number, stereo=self._mixes(stage))
        share = max(self.sage.top_k_decay ** (number / 2000), self.sage.top_k_least)
        losses: dict[str, Tensor] = {}
        total = torch.zeros((), device=self.place.device)
        for name, made in self._shown(output).items():
            guess = self.critics[name](made, stage.fade)
            losses[f"fooling_{name}"] = fooling_loss(guess.score, share)
            total = total + losses[f"fooling_{name}"]
            if stage.pose:
                losses[f"pose_{name}"] = _pose_error(guess.pose, camera)
                total = total + self.sage.pose * losses[f"pose_{name}"]
        if output.stereo is not None and not stage.drawing and self.sage.reprojection > 0:
            losses["reprojection"] = reprojection_loss(output.stereo)
            total = total + self.sage.reprojection * losses["reprojection"]
        _update(self.net, self.optimiser, total, self.place, number)
        self.critics.requires_grad_(True)
        self.ema.update(self.net)
        return {name: value.detach() for name, value in losses.items()} | {"loss": total.detach()}

    def _mixes(self, stage: Stage) -> bool:
        """Whether a second view is rendered."""
        return self.net.config.mixup > 0 or (self.sage.reprojection > 0 and not stage.drawing)

    def state_dict(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {
            "drawing": self.drawing,
            "net": self.net.state_dict(),
            "ema": self.ema.state_dict(),
            "critics": self.critics.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "critic_optimiser": self.critic_optimiser.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """The inverse of `state_dict`."""
        self.drawing = state["drawing"]
        self._begin()
        self.net.load_state_dict(state["net"])
        self.ema.load_state_dict(state["ema"])
        self.critics.load_state_dict(state["critics"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.critic_optimiser.load_state_dict(state["critic_optimiser"])


def train_sage(config: PortraitRunConfig, options: TrainOptions, place: Place) -> None:
    """Runs the steps that are left, or those that fit into the time, and saves a checkpoint."""
    heads, valid = read_heads(options.data, "train"), read_heads(options.data, "valid")
    seed_torch(config.seed)
    trainer = Sage(config, place)
    run = Run(options.out, config, resume=options.resume, writes=place.is_main)
    first, best = 0, float("inf")
    if options.resume:
        state = load_checkpoint(latest_checkpoint(run.checkpoints))
        first, best = state["step"], state["best"]
        trainer.load_state_dict(state["sage"])
        run.rewind(first)
    sage = config.sage

    def save(step: int) -> None:
        if place.is_main:
            state = {"step": step, "best": best, "sage": trainer.state_dict()}
            save_checkpoint(run.checkpoints, step, state)
        place.wait_for_all()

    steps = Steps(first, config.steps, place, options.minutes, bar=options.bar)
    steps.note(f"{len(heads)} heads, {count_parameters(trainer.net):,} parameters, {place.device}")
    for step in steps:
        stage = stage_at(sage, step)
        side = trainer.net.config.size * 2**stage.level
        style = sage.style if stage.drawing or sage.domain == "drawings" else "photo"
        key = (config.seed, step, place.rank)
        real = real_batch(heads, style, side, trainer.labels, stage.batch, *key)
        seed_torch(*key)
        real = RealBatch(real.picture.to(place.device), real.labels.to(place.device))
        losses = trainer.step(stage, real, step)
        done = step + 1
        if done % config.log_every == 0:
            run.log(step, {f"train/{name}": float(value) for name, value in losses.items()})
            steps.show(loss=float(losses["loss"]))
        if done % config.save_every == 0:
            if place.is_main:
                averaged = trainer.ema.net
                made = made_pictures(averaged, config.valid_heads, stage.level, stage.drawing)
                kept = real_batch(valid, style, side, 0, config.valid_heads, config.seed)
                distance = swd((made.clamp(-1, 1) + 1) / 2, (kept.picture + 1) / 2)
                run.log(step, {"valid/swd": distance})
                steps.note(f"step {done}: SWD {distance:.2f}")
                before = stage_at(sage, max(0, done - config.save_every))
                # A finer level or another domain is judged anew.
                grown = (before.level, before.drawing) != (stage.level, stage.drawing)
                if distance < best or grown:
                    best = distance
                    state = {"step": done, "ema": trainer.ema.state_dict()}
                    state["figures"] = {"swd": distance}
                    save_checkpoint(run.best, done, state, keep=1)
            save(done)
        if place.is_main and done % config.sheet_every == 0:
            sheet = sage_sheet(trainer.ema.net, 4, stage.level, stage.drawing)
            run.picture(done, "views", sheet)
    save(steps.step)
    run.close()


def _pose_error(guess: Tensor, camera: Camera) -> Tensor:
    """Mean square of a guess (B, 2) at pitch and yaw."""
    return F.mse_loss(guess, torch.stack([camera.pitch, camera.yaw], 1))


def _update(
    net: nn.Module, optimiser: torch.optim.Optimizer, loss: Tensor, place: Place, step: int
) -> None:
    """One step of those parameters that the stage uses."""
    optimiser.zero_grad()
    loss.backward()
    place.average_gradients(net.parameters())
    used = [(name, p) for name, p in net.named_parameters() if p.grad is not None]
    check_gradients(loss, used, step)
    nn.utils.clip_grad_norm_([p for _, p in used], CLIP)
    optimiser.step()
