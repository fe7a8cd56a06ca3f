# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of the portraits is made of: configuration and networks.

Imports ai_tools.nets and train.  Two networks: "light", which the app ships, learns from drawings
and exact views of synthetic heads; "sage" (IJCAI 2023), learns against discriminators in two stages
and is here to be compared with.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

from ai_tools.nets.portrait_light import ENLARGE, PortraitLight, PortraitLightConfig
from ai_tools.nets.sage import SageConfig, SageGenerator


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """How batches are made of heads."""

    size: int = 128
    """Side of the pictures that are learnt from; their maps are rendered at a quarter of it."""
    inputs: tuple[str, ...] = ("photo", "line", "pen", "pencil", "soft", "charcoal", "oil", "cel")
    """What the encoder is shown, one picked at random: styles, or the photo itself."""
    drawn_yaw: float = 40.0
    """Degrees that the head in such a picture is turned by at most."""
    roll: float = 5.0
    """Standard deviation in degrees of the picture's tilt."""
    scale: float = 0.07
    """Standard deviation of the logarithm of the head's size."""
    shift: float = 0.05
    """Standard deviation of the head's place, in half image widths."""
    plain: float = 0.5
    """Share of photos and paintings on white paper."""
    worn: float = 0.5
    """Share of pictures with changed tones, paper grain and lost strokes."""
    other: float = 0.6
    """Share of pictures that are drawn from the other side rather than the drawing's own."""
    guess: float = 0.15
    """Error of the pose by which drawings are looked up, in standard deviations of the pose."""
    undrawn: float = 0.2
    """Share of pictures that are made without the drawing, as of people from numbers."""
    workers: int = 0
    """Processes that make batches; 0: this one."""


@dataclass(frozen=True, kw_only=True)
class LossConfig:
    """Weights of the light network's losses."""

    photo: float = 1.0
    labels: float = 0.4
    small_labels: float = 0.3
    feature_weight: float = 2.5
    """Of eyes, brows and lips among the labels: small, and what one looks at."""
    depth: float = 0.5
    opacity: float = 0.3
    picture: float = 1.0
    """L1 at the full, half and quarter size."""
    edges: float = 1.0
    """L1 of the differences between neighbouring pixels: grey fog is no line."""
    perceptual: float = 0.5
    pose: float = 0.3


@dataclass(frozen=True, kw_only=True)
class AdversarialConfig:
    """The light network's critic of pictures, told the style; off with weight 0."""

    weight: float = 0.0
    start: int = 1000
    """Step from which it takes part."""
    crop: int = 64
    """Side of the piece that is judged, somewhere in the pictures: strokes, not heads; a power of
    two."""
    rate: float = 4e-4
    r1: float = 0.1
    r1_every: int = 8
    """Steps between penalties, each that much larger."""
    widths: tuple[int, ...] = (16, 32, 64, 96, 96, 96)


@dataclass(frozen=True, kw_only=True)
class SageRunConfig:
    """SAGE's schedule and losses; one number a level (64², 128², 256²) where there are several.

    Numbers are those of the code, and of the paper where the code leaves them open.
    """

    domain: Literal["photos", "drawings"] = "photos"
    """What stage I learns from; drawings: the row End2End."""
    style: str = "pen"
    until: tuple[int, ...] = (25_000, 50_000, 90_000)
    """Step at which each level of stage I ends; the run's further steps are stage II."""
    batch: tuple[int, ...] = (32, 24, 24)
    rate: tuple[float, ...] = (6e-5, 5e-5, 3e-5)
    critic_rate: tuple[float, ...] = (2e-4, 2e-4, 1e-4)
    fade: int = 2000
    drawing_batch: int = 8
    critic_widths: tuple[int, ...] = (32, 64, 128, 256, 400, 400, 400, 400)
    r1: float = 0.2
    """Half of it times the squared gradient: 0.1, as the paper has it."""
    reprojection: float = 1.0
    """Of .15 L1 + .85 DSSIM between a view and another one warped to it; 0 switches it off."""
    pose: float = 15.0
    """Of the critics' guess at the camera, in D and G below the last level; 0 switches it off."""
    top_k_decay: float = 0.99
    """Each 2000 steps, of the share of pictures that G learns from; 1: all, always."""
    top_k_least: float = 0.6
    density_noise_steps: int = 5000
    yaw_deviation: float = 0.3
    pitch_deviation: float = 0.155

    def __post_init__(self) -> None:
        levels = {len(self.until), len(self.batch), len(self.rate), len(self.critic_rate)}
        if len(levels) != 1:
            raise ValueError("sage.until, batch, rate and critic_rate must be of one length")
        if sorted(self.until) != list(self.until):
            raise ValueError("sage.until must not fall")


@dataclass(frozen=True, kw_only=True)
class PortraitRunConfig:
    """A run."""

    network: Literal["light", "sage"] = "light"
    net: dict[str, Any] = field(default_factory=dict)
    rate: float = 1e-3
    """Peak learning rate of the light network."""
    warm_up: int = 100
    weight_decay: float = 1e-4
    clip: float = 1.0
    """Bound on the gradient's norm; SAGE's is 10."""
    steps: int = 50_000
    batch: int = 4
    """Drawings of the light network; each is shown from two sides."""
    seed: int = 0
    ema: float = 0.999
    log_every: int = 10
    save_every: int = 500
    sheet_every: int = 1000
    valid_heads: int = 16
    data: DataConfig = field(default_factory=DataConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    adversarial: AdversarialConfig = field(default_factory=AdversarialConfig)
    sage: SageRunConfig = field(default_factory=SageRunConfig)

    def __post_init__(self) -> None:
        made = net_config(self)
        if isinstance(made, PortraitLightConfig):
            if self.data.size % (4 * ENLARGE) or self.data.size < 8 * ENLARGE:
                raise ValueError("data.size must be a multiple of 16, at least 32")
            crop, levels = self.adversarial.crop, len(self.adversarial.widths)
            if self.adversarial.weight > 0 and not (
                crop == 2 ** (crop.bit_length() - 1) and 4 <= crop <= 2**levels
            ):
                raise ValueError(f"adversarial.crop must be a power of two in 4..{2**levels}")
            if self.adversarial.weight > 0 and crop > self.data.size:
                raise ValueError("adversarial.crop is larger than the pictures")
            if unknown := set(self.data.inputs) - {"photo", *made.styles}:
                raise ValueError(f"data.inputs: no style is called {', '.join(sorted(unknown))}")
        elif len(self.sage.until) > len(made.decoder_widths) + 1:
            raise ValueError("sage.until has more levels than the decoders")


def net_config(config: PortraitRunConfig) -> PortraitLightConfig | SageConfig:
    """The network's own configuration."""
    if config.network == "light":
        return PortraitLightConfig.from_dict(config.net)
    return SageConfig.from_dict(config.net)


def light_config(config: PortraitRunConfig) -> PortraitLightConfig:
    """The light network's configuration."""
    made = net_config(config)
    assert isinstance(made, PortraitLightConfig)
    return made


def build_light(config: PortraitRunConfig) -> PortraitLight:
    """A freshly initialised light network."""
    return PortraitLight(light_config(config))


def build_sage(config: PortraitRunConfig) -> SageGenerator:
    """A freshly initialised generator."""
    made = net_config(config)
    assert isinstance(made, SageConfig)
    return SageGenerator(made)


def rate_at(config: PortraitRunConfig, step: int) -> float:
    """The light network's learning rate: linear warm-up, then half a cosine to a fiftieth."""
    rate = config.rate * min(1.0, (step + 1) / max(config.warm_up, 1))
    fraction = min(1.0, step / max(config.steps, 1))
    return rate * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * fraction)))
