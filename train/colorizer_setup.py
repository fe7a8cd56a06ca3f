# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of the colorizer is made of: configuration, pictures, networks.

Imports ai_tools.nets and train.  Source of the faithful method: Hati et al., StencilTorch, and the
published PaintsTorch2 code where it differs.  Two pretrained networks of the original cannot be had
freely; what stands in for them is a field of the configuration (`condition`, `content_taps`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from ai_tools.nets.colorizer_light import ColorizerLight
from ai_tools.nets.registry import build
from ai_tools.nets.registry import make_config as make_net_config
from ai_tools.nets.stenciltorch import (
    Critic,
    FeatureSliceConfig,
    Guide,
    Illustration2VecSlice,
    StencilConfig,
    StencilGenerator,
    composite,
)
from train.data.colour.curriculum import Curriculum
from train.data.colour.hints import HintKind
from train.data.colour.samples import ColourData, Split
from train.data.colour.tasks import Masks, TaskConfig
from train.metrics.perceptual import TAPS, load_efflite0

EFFLITE_CHANNELS = 112
"""Of EfficientNet-Lite0's map at a sixteenth of the picture's size, the features' place in G."""


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """Which pictures, and what is asked of the network for each."""

    size: int = 128
    """Side of the crops in pixels."""
    art: float = 0.25
    """Share of drawings by program."""
    cache: str = "runs/colour_cache"
    """Folder where the costly parts of plates are kept; empty: they are made anew."""
    limit: int = 0
    """At most so many pictures; 0: all."""
    hints: HintKind = "disks_quantised"
    curriculum: Curriculum = "none"
    masks: Masks = "mixed"
    """full: the row without masks."""
    dabs: float = 0.4
    """Share of hints that are a person's few dabs; 0 as published."""
    second: float = 0.0
    """Share of steps in which what is kept was painted by the network itself, as in a second pass;
    light network only."""
    workers: int = 0
    """Processes that make batches; 0: this one."""


@dataclass(frozen=True, kw_only=True)
class LightLossConfig:
    """Weights of the light network's losses, over the mask only."""

    luma: float = 1.0
    chroma: float = 1.0
    low: float = 0.5
    """L1 of means over blocks of 8 pixels."""
    flat: float = 0.3
    """L1 between the layer without light and the flat colours."""
    hint: float = 0.3
    """L1 between that layer and the hints, on the hints."""
    perceptual: float = 0.1
    """Distance of EfficientNet-Lite0's features, scaled to unit length."""
    taps: tuple[int, ...] = (24, 40)


@dataclass(frozen=True, kw_only=True)
class StencilLossConfig:
    """Weights of the faithful method's losses."""

    content: float = 1.0
    content_taps: tuple[int, ...] = (16, 24)
    """EfficientNet-Lite0's maps in place of VGG-16's relu2_2."""
    guide: float = 0.0
    """1: the row +G."""
    guide_norm: Literal["l1", "l2"] = "l1"
    """l1 as in the code; the paper says l2."""


@dataclass(frozen=True, kw_only=True)
class AdversarialConfig:
    """The critic; without it at weight 0."""

    weight: float = 1e-4
    features: int = 32
    legacy_gp: bool = False
    """The published code's slips: x~ = a real - (1 - a) fake, and the drift acts on the hinge."""


@dataclass(frozen=True, kw_only=True)
class ColorizerRunConfig:
    """A run."""

    network: Literal["colorizer_light", "stenciltorch"] = "colorizer_light"
    net: dict[str, Any] = field(default_factory=dict)
    condition: Literal["none", "efflite", "slice"] = "none"
    """F1 of stenciltorch: EfficientNet-Lite0, frozen, or a slice of Illustration2Vec's shape that
    learns with the generator, because its weights are not to be had."""
    slice_widths: tuple[int, ...] = (64, 128, 256, 256, 512, 512)
    rate: float = 2e-3
    betas: tuple[float, ...] = (0.9, 0.99)
    schedule: Literal["constant", "step", "cosine"] = "cosine"
    """step: a tenth after half of the steps, as in the published code."""
    warm_up: int = 50
    weight_decay: float = 1e-4
    clip: float = 1.0
    """Bound on the gradient's norm."""
    steps: int = 20_000
    batch: int = 8
    seed: int = 0
    ema: float = 0.998
    log_every: int = 10
    save_every: int = 500
    sheet_every: int = 1000
    valid_pictures: int = 16
    valid_size: int = 256
    data: DataConfig = field(default_factory=DataConfig)
    light: LightLossConfig = field(default_factory=LightLossConfig)
    stencil: StencilLossConfig = field(default_factory=StencilLossConfig)
    adversarial: AdversarialConfig = field(default_factory=lambda: AdversarialConfig(weight=0.0))

    def __post_init__(self) -> None:
        light = self.network == "colorizer_light"
        if light and self.condition != "none":
            raise ValueError("colorizer_light takes no condition")
        if not light and self.data.second:
            raise ValueError("second passes are for colorizer_light")
        if len(self.betas) != 2:
            raise ValueError("betas must be two numbers")
        if not {*self.light.taps, *self.stencil.content_taps} <= set(TAPS):
            raise ValueError(f"taps must be some of {TAPS}")
        if self.adversarial.weight > 0:
            critic_config(self)
        sides = (self.data.size, self.valid_size)
        if light:
            stride = make_net_config("colorizer_light", self.net).stride  # type: ignore[attr-defined]
        else:
            stencil_config(self)
            stride = 16
        if any(side % stride for side in sides):
            raise ValueError(f"sizes must be multiples of {stride}, not {sides}")
        task_config(self)


def task_config(config: ColorizerRunConfig) -> TaskConfig:
    """How the run's tasks are set."""
    data = config.data
    return TaskConfig(
        hints=data.hints, curriculum=data.curriculum, masks=data.masks, dabs=data.dabs
    )


def read_data(config: ColorizerRunConfig, roots: tuple[Path, ...], split: Split) -> ColourData:
    """The pictures of a split, cut to the run's size for training, whole for validation.

    Raises:
        RecordError: a root cannot be used, or there is nothing to draw from.
    """
    data = config.data
    size = data.size if split == "train" else config.valid_size
    cache = Path(data.cache) if data.cache else None
    return ColourData(roots, split, size, cache, data.art, config.seed, data.limit or None)


def stencil_config(config: ColorizerRunConfig) -> StencilConfig:
    """The generator's configuration, its features as the run's condition gives them."""
    channels = {"none": 0, "efflite": EFFLITE_CHANNELS, "slice": config.slice_widths[-1]}
    values = {**config.net, "feature_channels": channels[config.condition]}
    made = make_net_config("stencil_generator", values)
    assert isinstance(made, StencilConfig)
    return made


def critic_config(config: ColorizerRunConfig) -> dict[str, int]:
    """The critic's configuration.

    Raises:
        ValueError: crops of a size that it cannot judge.
    """
    light = config.network == "colorizer_light"
    values = {
        "features": config.adversarial.features,
        "feature_channels": 0 if light else stencil_config(config).feature_channels,
        "size": config.data.size,
    }
    make_net_config("stencil_critic", values)
    return values


class StencilTorch(nn.Module):
    """Generator, guide where the run has one, and the features of the composition."""

    def __init__(self, config: ColorizerRunConfig) -> None:
        super().__init__()
        made = stencil_config(config)
        self.generator = StencilGenerator(made)
        self.guide = Guide(made) if config.stencil.guide > 0 else None
        self.condition = config.condition
        self.slice = None
        if config.condition == "slice":
            self.slice = Illustration2VecSlice(FeatureSliceConfig(widths=config.slice_widths))

    def features(self, x: Tensor) -> Tensor | None:
        """F1 of compositions x (B, 4, H, W) -> (B, C, H/16, W/16)."""
        if self.slice is not None:
            features: Tensor = self.slice(x[:, :3])
            return features
        if self.condition == "efflite":
            net = load_efflite0(x.device)
            return net.taps((x[:, :3] + 1) / 2, (EFFLITE_CHANNELS,))[EFFLITE_CHANNELS]
        return None

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        """The painted picture (B, 3, H, W) in 0..1, what is not masked as it was."""
        return (composite(x, self.generator(x, h, self.features(x))) + 1) / 2


ColorizerNet = ColorizerLight | StencilTorch


def build_net(config: ColorizerRunConfig) -> ColorizerNet:
    """A freshly initialised network."""
    if config.network == "stenciltorch":
        return StencilTorch(config)
    net = build("colorizer_light", config.net)
    assert isinstance(net, ColorizerLight)
    return net


def build_critic(config: ColorizerRunConfig) -> Critic:
    """A freshly initialised critic."""
    net = build("stencil_critic", critic_config(config))
    assert isinstance(net, Critic)
    return net


def stencil_inputs(
    line: Tensor, base: Tensor, mask: Tensor, hint_rgb: Tensor, hint_alpha: Tensor
) -> tuple[Tensor, Tensor]:
    """x (B, 4, H, W) and h (B, 4, H/4, W/4) of `ai_tools.nets.stenciltorch`.

    Args: line, mask, hint_alpha (B, 1, H, W) and base, hint_rgb (B, 3, H, W), all in 0..1.
    """
    seen = base * (1 - mask) + (1 - line) * mask
    hints = torch.cat([hint_rgb * hint_alpha * 2 - 1, hint_alpha], 1)
    quarter = nn.functional.interpolate(hints, scale_factor=0.25, mode="nearest")
    return torch.cat([seen * 2 - 1, mask], 1), quarter
