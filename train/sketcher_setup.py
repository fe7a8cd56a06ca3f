# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of AI-Sketcher or Sketch-RNN is made of: configuration, drawings, network, losses.

Imports ai_tools.nets and train.  Sources: Cao et al., AI-Sketcher (AAAI 2019) and its published
hyper-parameters; Ha and Eck, Sketch-RNN (ICLR 2018).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import torch.nn.functional as F
from torch import Tensor

from ai_tools.nets.ai_sketcher import AiSketcher, AiSketcherConfig, ai_sketcher_loss
from ai_tools.nets.registry import build
from ai_tools.nets.registry import make_config as make_net_config
from ai_tools.nets.sketchrnn import SketchRnn, sketch_rnn_loss
from train.data.sketch_batches import BatchSettings, SketchBatch, condition_values
from train.data.sketches import SketchSet, scale_factor

SketchNet = SketchRnn | AiSketcher


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """Which drawings, and how batches are made of them."""

    labels: tuple[str, ...] = ()
    """Label names to use; empty: all that have `min_per_label` drawings."""
    min_per_label: int = 1
    max_length: int = 250
    """Drawings with more points are left out."""
    condition: tuple[str, ...] = ()
    """What is told to the model: "label" or attributes such as "emotion"."""
    condition_dropout: float = 0.0
    see_part: float = 0.0
    """Share of drawings of which latent and raster see only a beginning, of random length: the
    papers' autoencoders see all, but completing a drawing starts from a part."""
    pad: Literal["longest", "batch"] = "longest"
    """longest: to the longest drawing of all, as the papers do; batch: to the batch's own longest,
    several times faster, in batches of like length.  The loss is a mean over the padded batch, so
    "batch" weighs reconstruction higher against the divergence."""
    scale_jitter: float = 0.15
    point_dropping: float = 0.1
    workers: int = 0
    """Processes that make batches; 0: this one."""


@dataclass(frozen=True, kw_only=True)
class LossConfig:
    """L = L_r + alpha max(l_z + beta l_a, floor), alpha(t) = end - (end - start) rate^t."""

    alpha_start: float = 0.01
    alpha_end: float = 0.5
    alpha_rate: float = 0.99995
    beta: float = 1.0
    """Not stated in the paper: 1 for prefix_fc, whose l_a is a mean already; 0.01 for var_attn."""
    kl_floor: float = 0.2


@dataclass(frozen=True, kw_only=True)
class RasterConfig:
    """How the CNN autoencoder is trained: first alone, then frozen or together with the rest."""

    pretrain_epochs: float = 20.0
    joint: bool = False
    joint_rate: float = 0.1
    """Learning rate when trained together, relative to the rest."""


@dataclass(frozen=True, kw_only=True)
class SketcherConfig:
    """One run.  Defaults are the published ones."""

    network: Literal["sketch_rnn", "ai_sketcher"] = "ai_sketcher"
    net: dict[str, Any] = field(default_factory=dict)
    """Fields of the network's configuration; `condition` follows from the data."""
    data: DataConfig = field(default_factory=DataConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    raster: RasterConfig = field(default_factory=RasterConfig)
    seed: int = 1
    steps: int = 40_000
    batch: int = 100
    """Drawings a step and process."""
    rate_start: float = 1e-3
    rate_end: float = 1e-5
    rate_decay: float = 0.9999
    """Learning rate (start - end) decay^t + end."""
    clip: float = 1.0
    """Each gradient is clipped to ±clip."""
    ema: float = 0.999
    """Decay of the average over steps that is validated and exported."""
    temperature: float = 0.65
    """Of samples, 0 = the likeliest; 0.65 as in sketch-rnn-js.  Exported as the default."""
    amp: bool = True
    """bfloat16 arithmetic where the device has it."""
    log_every: int = 50
    save_every: int = 500
    sheet_every: int = 2000

    def __post_init__(self) -> None:
        if "condition" in self.net:
            raise ValueError("net.condition follows from data.condition")
        if self.network == "sketch_rnn" and self.data.condition:
            raise ValueError("sketch_rnn takes no condition")
        for name in ("steps", "batch", "log_every", "save_every", "sheet_every"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1")
        make_net_config(self.network, self.net)


@dataclass(frozen=True)
class Task:
    """What the data decides, fixed for a run and part of what is exported."""

    labels: tuple[str, ...]
    condition: tuple[str, ...]
    sizes: tuple[int, ...]
    scale_factor: float
    longest: int

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> Task:
        """The inverse of `dataclasses.asdict` after JSON, which knows no tuples."""
        pairs: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
        }
        return Task(**pairs)

    @staticmethod
    def of(data: SketchSet, config: DataConfig) -> Task:
        """From the chosen drawings; sizes and scale from the training part alone."""
        values = condition_values(data, config.condition)
        sizes = [
            len(data.label_names) if name == "label" else int(column.max(initial=0)) + 1
            for name, column in zip(config.condition, values.T, strict=True)
        ]
        return Task(
            data.label_names,
            config.condition,
            tuple(sizes),
            scale_factor(data.part("train")),
            int(data.lengths().max()),
        )


def choose(data: SketchSet, config: DataConfig) -> SketchSet:
    """The drawings that a configuration asks for.

    Raises:
        ValueError: a label does not exist, or nothing is left.
    """
    counts = np.bincount(data.label[data.label >= 0], minlength=len(data.label_names))
    if unknown := sorted(set(config.labels) - set(data.label_names)):
        raise ValueError(f"the drawings have no label {', '.join(unknown)}")
    wanted = np.array([not config.labels or name in config.labels for name in data.label_names])
    wanted = np.append(wanted & (counts >= config.min_per_label), not config.labels)
    data = data.choose(wanted[data.label] & (data.lengths() <= config.max_length))
    if not len(data.part("train")) or not len(data.part("valid")):
        raise ValueError("no drawings are left to train or to validate with")
    return data


def batch_settings(config: SketcherConfig, task: Task) -> BatchSettings:
    """How training batches are made."""
    net = make_net_config(config.network, config.net)
    return BatchSettings(
        batch=config.batch,
        seed=config.seed,
        scale_factor=task.scale_factor,
        longest=task.longest if config.data.pad == "longest" else 0,
        condition=task.condition,
        sizes=task.sizes,
        condition_dropout=config.data.condition_dropout,
        see_part=config.data.see_part,
        raster_size=net.raster_size if isinstance(net, AiSketcherConfig) and net.raster else 0,
        scale_jitter=config.data.scale_jitter,
        point_dropping=config.data.point_dropping,
    )


def build_net(config: SketcherConfig, task: Task) -> SketchNet:
    """The network with a condition as long as the data's."""
    values = dict(config.net)
    if config.network == "ai_sketcher":
        values["condition"] = sum(task.sizes)
    net = build(config.network, values)
    assert isinstance(net, SketchRnn | AiSketcher)
    return net


def run_net(net: SketchNet, batch: SketchBatch, **noise: Tensor) -> Any:
    """The teacher-forced pass of either network."""
    if isinstance(net, SketchRnn):
        return net(batch.strokes, batch.seen, **noise)
    return net(batch.strokes, batch.seen, batch.condition, batch.raster, **noise)


def sequence_loss(
    net: SketchNet, batch: SketchBatch, config: LossConfig, step: int
) -> dict[str, Tensor]:
    """Loss terms of a batch in step `step` of the sequence training."""
    alpha = config.alpha_end - (config.alpha_end - config.alpha_start) * config.alpha_rate**step
    output = run_net(net, batch)
    target = batch.strokes[:, 1:]
    if isinstance(net, SketchRnn):
        return sketch_rnn_loss(output, target, alpha, config.kl_floor)
    return ai_sketcher_loss(output, target, batch.lengths, alpha, config.beta, config.kl_floor)


def raster_loss(net: SketchNet, batch: SketchBatch) -> Tensor:
    """Cross-entropy of the CNN autoencoder's reconstruction."""
    assert isinstance(net, AiSketcher) and net.raster_autoencoder is not None
    logits = net.raster_autoencoder(batch.raster)
    assert batch.raster is not None
    return F.binary_cross_entropy_with_logits(logits.float(), batch.raster)
