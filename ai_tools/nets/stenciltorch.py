# SPDX-License-Identifier: GPL-3.0-or-later
"""StencilTorch / PaintsTorch2: colouring line art under a mask from colour hints.

Imports torch and `ai_tools.nets.config`.  Source: Hati, Thévenin, Nolot, Rousseau and Clay,
"StencilTorch: an iterative and user-guided framework for anime lineart colorization" and the
published PaintsTorch2 code.  With 32 features, 512 feature channels and no batch normalisation the
generator has the 6 196 915 parameters of the published model.

Tensors, for H x W divisible by 16:
    x  (B, 4, H, W)        composition RGB in -1..1 and mask in {0, 1}, 1 = to be painted
    h  (B, 4, H/4, W/4)    hint RGB in -1..1 and alpha in {0, 1}; without hint -1, -1, -1, 0
    f  (B, C, H/16, W/16)  features of the composition from a pretrained net (F1), C configurable:
                           512 for `Illustration2VecSlice`, 112 for EfficientNet-Lite0, 0 for none
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ai_tools.nets.config import NetConfig

STRIDE = 16
"""Height and width must be divisible by this."""


@dataclass(frozen=True, kw_only=True)
class StencilConfig(NetConfig):
    """Sizes of generator and guide; defaults as published."""

    features: int = 32
    feature_channels: int = 512
    batch_norm: bool = False
    """The row "+BN": batch normalisation after every convolution, which then has no bias."""

    def __post_init__(self) -> None:
        self.require(
            self.features > 0 and self.features % 4 == 0,
            "features must be a positive multiple of 4 (groups of dec2)",
        )
        self.require(self.feature_channels >= 0, "feature_channels must not be negative")


def conv_unit(
    inputs: int,
    outputs: int,
    kernel: int,
    stride: int = 1,
    *,
    dilation: int = 1,
    groups: int = 1,
    batch_norm: bool = False,
) -> nn.Sequential:
    """Convolution, batch normalisation if wanted, LeakyReLU 0.2.  Halves exactly with kernel 4,
    stride 2, keeps the size with odd kernels and stride 1."""
    layers: list[nn.Module] = [
        nn.Conv2d(
            inputs,
            outputs,
            kernel,
            stride,
            padding=dilation * (kernel - 1) // 2,
            dilation=dilation,
            groups=groups,
            bias=not batch_norm,
        )
    ]
    if batch_norm:
        layers.append(nn.BatchNorm2d(outputs))
    layers.append(nn.LeakyReLU(0.2))
    return nn.Sequential(*layers)


class Bottleneck(nn.Module):
    """ResNeXt bottleneck: 1x1 to half the channels, grouped 3x3 (4x4 with stride 2), 1x1 back."""

    def __init__(
        self,
        channels: int,
        cardinality: int,
        dilation: int = 1,
        stride: int = 1,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        half = channels // 2
        self.convs = nn.Sequential(
            conv_unit(channels, half, 1, batch_norm=batch_norm),
            conv_unit(
                half,
                half,
                3 if stride == 1 else 4,
                stride,
                dilation=dilation,
                groups=cardinality,
                batch_norm=batch_norm,
            ),
            conv_unit(half, channels, 1, batch_norm=batch_norm),
        )
        self.shortcut = nn.Identity() if stride == 1 else nn.AvgPool2d(stride)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H / stride, W / stride)."""
        y: Tensor = self.shortcut(x) + self.convs(x)
        return y


class DecoderBlock(nn.Module):
    """Convolution, a chain of dilated bottlenecks, convolution, pixel shuffle to twice the size."""

    def __init__(
        self,
        inputs: int,
        hidden: int,
        outputs: int,
        cardinality: int,
        dilations: tuple[int, ...],
        batch_norm: bool,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = [conv_unit(inputs, hidden, 3, batch_norm=batch_norm)]
        for dilation in dilations:
            layers += [
                Bottleneck(hidden, cardinality, dilation, batch_norm=batch_norm),
                nn.LeakyReLU(0.2),
            ]
        self.body = nn.Sequential(*layers)
        self.expand = nn.Conv2d(hidden, outputs, 3, padding=1, bias=not batch_norm)
        self.norm = nn.BatchNorm2d(outputs) if batch_norm else nn.Identity()
        self.shuffle = nn.PixelShuffle(2)
        self.act = nn.LeakyReLU(0.2)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) -> (B, outputs / 4, 2 H, 2 W)."""
        y: Tensor = self.act(self.shuffle(self.norm(self.expand(self.body(x)))))
        return y


WIDE = (1, 1, 2, 2, 4, 4, 2, 1)
"""Dilations of dec4 and dec3."""


@dataclass(frozen=True)
class Skips:
    """Encoder outputs and dec5, shared by the generator's decoder and the guide."""

    x1: Tensor  # (B, F/2, H, W)
    x2: Tensor  # (B, F, H/2, W/2)
    x3: Tensor  # (B, 2F, H/4, W/4)
    x4: Tensor  # (B, 4F, H/8, W/8)
    d5: Tensor  # (B, 4F, H/8, W/8)


class Painter(nn.Module):
    """dec4, dec3, dec2 and the output layer: the generator's second half and the whole guide."""

    def __init__(self, config: StencilConfig, last_dilations: tuple[int, ...]) -> None:
        super().__init__()
        f, bn = config.features, config.batch_norm
        self.dec4 = DecoderBlock(8 * f, 4 * f, 8 * f, f // 2, WIDE, bn)
        self.dec3 = DecoderBlock(4 * f, 2 * f, 4 * f, f // 2, WIDE, bn)
        self.dec2 = DecoderBlock(2 * f, f, 2 * f, f // 4, last_dilations, bn)
        # No normalisation before tanh: it would tie the brightness of a picture to its batch.
        self.out = nn.Conv2d(f, 3, 3, padding=1)

    def forward(self, skips: Skips) -> Tensor:
        """Image (B, 3, H, W) in -1..1."""
        d4 = self.dec4(torch.cat([skips.x4, skips.d5], 1))
        d3 = self.dec3(torch.cat([skips.x3, d4], 1))
        d2 = self.dec2(torch.cat([skips.x2, d3], 1))
        image: Tensor = self.out(torch.cat([d2, skips.x1], 1)).tanh()
        return image


class StencilGenerator(nn.Module):
    """U-Net with ResNeXt decoder blocks; hints join at a quarter, features at 1/16 of the size."""

    def __init__(self, config: StencilConfig) -> None:
        super().__init__()
        self.config = config
        f, bn = config.features, config.batch_norm
        self.convh = conv_unit(4, f, 7, batch_norm=bn)
        self.conv1 = conv_unit(4, f // 2, 3, batch_norm=bn)
        self.conv2 = conv_unit(f // 2, f, 4, 2, batch_norm=bn)
        self.conv3 = conv_unit(f, 2 * f, 4, 2, batch_norm=bn)
        self.conv4 = conv_unit(3 * f, 4 * f, 4, 2, batch_norm=bn)
        self.conv5 = conv_unit(4 * f, 8 * f, 4, 2, batch_norm=bn)
        self.dec5 = DecoderBlock(
            8 * f + config.feature_channels, 8 * f, 16 * f, f // 2, (1,) * 20, bn
        )
        self.painter = Painter(config, (1, 2, 4, 2, 1))

    def forward(self, x: Tensor, h: Tensor, f: Tensor | None = None) -> Tensor:
        """Image (B, 3, H, W) in -1..1 for the whole frame; `composite` keeps what is not masked.

        Raises:
            ValueError: sizes that do not fit together.
        """
        image: Tensor = self.painter(self.encode(x, h, f))
        return image

    def encode(self, x: Tensor, h: Tensor, f: Tensor | None = None) -> Skips:
        """The first half, for generator and `Guide`; f is None where feature_channels is 0."""
        self._check(x, h, f)
        x1 = self.conv1(x)
        x2 = self.conv2(x1)
        x3 = self.conv3(x2)
        x4 = self.conv4(torch.cat([x3, self.convh(h)], 1))
        x5 = self.conv5(x4)
        d5 = self.dec5(x5 if f is None else torch.cat([x5, f], 1))
        return Skips(x1, x2, x3, x4, d5)

    def _check(self, x: Tensor, h: Tensor, f: Tensor | None) -> None:
        batch, _, height, width = x.shape
        if height % STRIDE or width % STRIDE:
            raise ValueError(f"height and width must be divisible by {STRIDE}: {height} x {width}")
        channels = self.config.feature_channels
        wanted = {
            "composition": ((batch, 4, height, width), x),
            "hints": ((batch, 4, height // 4, width // 4), h),
        }
        if (f is not None) != (channels > 0):
            raise ValueError(f"features are {'missing' if f is None else 'not wanted'}")
        if f is not None:
            wanted["features"] = ((batch, channels, height // STRIDE, width // STRIDE), f)
        for name, (shape, tensor) in wanted.items():
            if tuple(tensor.shape) != shape:
                raise ValueError(f"{name} must have shape {shape}, not {tuple(tensor.shape)}")


class Guide(Painter):
    """The row "+G", training only: paints the flat colours from the generator's first half, so that
    the encoder must hold them.  Output (B, 3, H, W) in -1..1."""

    def __init__(self, config: StencilConfig) -> None:
        super().__init__(config, (1, 2, 1))
        self.config = config


def composite(x: Tensor, painted: Tensor) -> Tensor:
    """x outside its mask, painted inside: x (B, 4, H, W), painted (B, 3, H, W) -> (B, 3, H, W)."""
    mask = x[:, 3:]
    return x[:, :3] * (1 - mask) + painted * mask


@dataclass(frozen=True, kw_only=True)
class FeatureSliceConfig(NetConfig):
    """Widths of the convolutions of `Illustration2VecSlice`; narrow ones can be self-trained."""

    widths: tuple[int, ...] = (64, 128, 256, 256, 512, 512)

    def __post_init__(self) -> None:
        self.require(len(self.widths) == 6, "widths must be six numbers")
        self.require(min(self.widths) > 0, "widths must be positive")


class Illustration2VecSlice(nn.Module):
    """F1 as published: the first convolutions of Illustration2Vec (Saito and Matsui 2015), frozen.

    4 500 864 parameters with the original widths.
    """

    MEAN = (164.76139251, 167.47864617, 181.13838569)
    """Mean RGB of its training pictures, 0..255."""

    def __init__(self, config: FeatureSliceConfig) -> None:
        super().__init__()
        self.config = config
        layers: list[nn.Module] = []
        inputs = 3
        for number, width in enumerate(config.widths):
            if number in (1, 2, 4):
                layers.append(nn.MaxPool2d(2))
            layers += [nn.Conv2d(inputs, width, 3, padding=1), nn.ReLU()]
            inputs = width
        self.convs = nn.Sequential(*layers)
        mean = torch.tensor(self.MEAN)[:, None, None]
        self.register_buffer("mean", mean, persistent=False)

    def forward(self, rgb: Tensor) -> Tensor:
        """rgb (B, 3, H, W) in -1..1 -> (B, widths[-1], H/16, W/16)."""
        half = F.avg_pool2d(rgb, 2)
        features: Tensor = self.convs((half + 1) * 127.5 - self.mean)
        return features


@dataclass(frozen=True, kw_only=True)
class CriticConfig(NetConfig):
    """Sizes of the critic."""

    features: int = 32
    feature_channels: int = 512
    size: int = 512
    """Side of the images it judges, 64 times a power of two: the paper's 512 gives three halvings
    behind the features, smaller sizes fewer."""

    def __post_init__(self) -> None:
        self.require(
            self.features > 0 and self.features % 16 == 0,
            "features must be a positive multiple of 16 (groups of the first bottlenecks)",
        )
        self.require(self.feature_channels >= 0, "feature_channels must not be negative")
        ratio = self.size // 64
        self.require(
            self.size % 64 == 0 and ratio > 0 and ratio & (ratio - 1) == 0,
            "size must be 64 times a power of two",
        )


class Critic(nn.Module):
    """Judges an image given the features of its composition; an unbounded score per image."""

    def __init__(self, config: CriticConfig) -> None:
        super().__init__()
        self.config = config
        f = config.features
        card = f // 8
        self.image = nn.Sequential(
            conv_unit(3, f, 7),
            conv_unit(f, f, 4, 2),
            Bottleneck(f, card),
            Bottleneck(f, card, stride=2),
            conv_unit(f, 2 * f, 1),
            Bottleneck(2 * f, card),
            Bottleneck(2 * f, card, stride=2),
            conv_unit(2 * f, 4 * f, 1),
            Bottleneck(4 * f, card),
            Bottleneck(4 * f, card, stride=2),
        )
        halvings = (config.size // 64).bit_length() - 1
        strides = (1,) + (2, 1) * halvings
        self.joint = nn.Sequential(
            conv_unit(4 * f + config.feature_channels, 8 * f, 3),
            *(Bottleneck(8 * f, card, stride=stride) for stride in strides),
            nn.Conv2d(8 * f, 8 * f, 4),
            nn.LeakyReLU(0.2),
        )
        self.score = nn.Linear(8 * f, 1)

    def forward(self, image: Tensor, f: Tensor | None = None) -> Tensor:
        """image (B, 3, size, size) in -1..1, f (B, C, size/16, size/16) -> scores (B,)."""
        y = self.image(image)
        y = self.joint(y if f is None else torch.cat([y, f], 1))
        scores: Tensor = self.score(y.flatten(1))[:, 0]
        return scores


def gradient_penalty(
    critic: nn.Module,
    real: Tensor,
    fake: Tensor,
    features: Tensor | None,
    mix: Tensor | None = None,
    drift: float = 1e-3,
) -> Tensor:
    """Keeps the critic's slope near 1 and its scores near 0: a scalar.

    10 E[(|grad D(x~)|_2 - 1)²] + drift E[D(real)²], x~ = mix real + (1 - mix) fake
    (Gulrajani et al. 2017; Karras et al. 2018; the paper's equation 11).

    Args: real, fake (B, 3, H, W); mix (B, 1, 1, 1) in 0..1, drawn where None.
    """
    if mix is None:
        mix = torch.rand(len(real), 1, 1, 1, device=real.device)
    between = (mix * real + (1 - mix) * fake).detach().requires_grad_(True)
    score = critic(between, features).sum()
    (gradient,) = torch.autograd.grad(score, between, create_graph=True)
    slope = gradient.float().flatten(1).norm(dim=1)
    return 10 * ((slope - 1) ** 2).mean() + drift * (critic(real, features) ** 2).mean()
