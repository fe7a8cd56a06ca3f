# SPDX-License-Identifier: GPL-3.0-or-later
"""SAGE's decoders (image, semantics) and its translator to drawings.  Imports torch only.

Source: SAGE (IJCAI 2023) and its code; AdaIN from Huang and Belongie 2017, progressive fade-in from
Karras et al. 2018, SPADE from Park et al. 2019.  The paper's figure says that the outputs of
several scales are integrated; the code only cross-fades the last two, and so does this.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SLOPE = 0.2


class EqualConv(nn.Module):
    """Convolution with equalised learning rate: N(0, 1) weights, scaled at run time."""

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale = math.sqrt(2 / (inputs * kernel**2))

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) -> (B, outputs, H, W)."""
        return F.conv2d(x, self.weight * self.scale, self.bias, padding=self.weight.shape[-1] // 2)


class AdaIN(nn.Module):
    """Instance normalisation, then scale and shift from the style (no 1 is added to the scale)."""

    def __init__(self, channels: int, style: int) -> None:
        super().__init__()
        self.affine = nn.Linear(style, 2 * channels)
        nn.init.kaiming_normal_(self.affine.weight, a=SLOPE)
        self.affine.weight.data.mul_(0.25)
        nn.init.zeros_(self.affine.bias)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """x (B, C, H, W), style (B, style) -> like x."""
        scale, shift = self.affine(style)[..., None, None].chunk(2, 1)
        return F.instance_norm(x, eps=1e-8) * scale + shift


class StyledConv(nn.Module):
    """Convolution 3x3, LeakyReLU, AdaIN."""

    def __init__(self, inputs: int, outputs: int, style: int) -> None:
        super().__init__()
        self.conv = EqualConv(inputs, outputs, 3)
        self.norm = AdaIN(outputs, style)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """(B, inputs, H, W) -> (B, outputs, H, W)."""
        y: Tensor = self.norm(F.leaky_relu(self.conv(x), SLOPE), style)
        return y


def blur_upsample(x: Tensor) -> Tensor:
    """Twice the size, bilinear, then a binomial 3x3 blur, which hides the coarser map's grid."""
    x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
    line = torch.tensor([0.25, 0.5, 0.25], dtype=x.dtype, device=x.device)
    kernel = (line[:, None] * line).expand(x.shape[1], 1, 3, 3)
    return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), kernel, groups=x.shape[1])


class StyledDecoder(nn.Module):
    """G_I and G_s: feature map -> image or label logits at the rendered size or 2, 4, 8 times it.

    The published 256² model uses the first two enlargements; the third is for 512².
    """

    def __init__(self, features: int, widths: tuple[int, ...], outputs: int, style: int) -> None:
        """Args: `widths` are the channels after each enlargement; outputs is 3 or 19."""
        super().__init__()
        self.first = AdaIN(features, style)
        self.base = StyledConv(features, features, style)
        inputs = (features, *widths[:-1])
        self.scales = nn.ModuleList(
            nn.ModuleList([StyledConv(a, b, style), StyledConv(b, b, style)])
            for a, b in zip(inputs, widths, strict=True)
        )
        self.to_output = nn.ModuleList(EqualConv(c, outputs, 1) for c in (features, *widths))

    def forward(self, features: Tensor, style: Tensor, level: int, fade: float = 1.0) -> Tensor:
        """features (B, C, s, s), style (B, style) -> (B, outputs, s 2^level, s 2^level), unbounded.

        Args:
            level: number of enlargements, 0..len(widths).
            fade: share of the newest scale, 0..1; the rest is the enlarged output before it.

        Raises:
            ValueError: a level that the decoder has not.
        """
        if not 0 <= level <= len(self.scales):
            raise ValueError(f"the decoder has levels 0..{len(self.scales)}, not {level}")
        x = self.base(self.first(F.leaky_relu(features, SLOPE), style), style)
        before = x
        for pair in self.scales[:level]:
            before = x
            x = F.interpolate(x, scale_factor=2, mode="nearest")
            for layer in pair:
                x = layer(x, style)
        output: Tensor = self.to_output[level](x)
        if level == 0 or fade >= 1:
            return output
        coarser = blur_upsample(self.to_output[level - 1](before))
        return torch.lerp(coarser, output, fade)


class Spade(nn.Module):
    """Normalisation whose scale and shift come from a label map: x (1 + gamma) + beta."""

    def __init__(self, channels: int, labels: int, hidden: int = 128) -> None:
        super().__init__()
        self.shared = nn.Conv2d(labels, hidden, 3, padding=1)
        self.gamma = nn.Conv2d(hidden, channels, 3, padding=1)
        self.beta = nn.Conv2d(hidden, channels, 3, padding=1)

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        """x (B, C, H, W), labels (B, L, any size) -> like x."""
        small = F.interpolate(labels, size=x.shape[2:], mode="nearest")
        shared = self.shared(small).relu()
        return F.instance_norm(x) * (1 + self.gamma(shared)) + self.beta(shared)


class SpadeResBlock(nn.Module):
    """Two times SPADE, LeakyReLU, convolution 3x3, added to the input."""

    def __init__(self, channels: int, labels: int, hidden: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(Spade(channels, labels, hidden) for _ in range(2))
        self.convs = nn.ModuleList(nn.Conv2d(channels, channels, 3, padding=1) for _ in range(2))

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        """x (B, C, H, W) -> like x."""
        y = x
        for norm, conv in zip(self.norms, self.convs, strict=True):
            y = conv(F.leaky_relu(norm(y, labels), SLOPE))
        return x + y


class SpadeBlock(nn.Module):
    """Residual block, convolution to fewer channels, residual block, with LeakyReLU."""

    def __init__(self, inputs: int, outputs: int, labels: int, hidden: int) -> None:
        super().__init__()
        self.before = SpadeResBlock(inputs, labels, hidden)
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.after = SpadeResBlock(outputs, labels, hidden)

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        """(B, inputs, H, W) -> (B, outputs, H, W)."""
        x = self.conv(F.leaky_relu(self.before(x, labels), SLOPE))
        return F.leaky_relu(self.after(x, labels), SLOPE)


def conv_norm(inputs: int, outputs: int, count: int) -> nn.Sequential:
    """`count` times convolution 3x3, instance normalisation, LeakyReLU."""
    layers: list[nn.Module] = []
    for number in range(count):
        layers += [
            nn.Conv2d(inputs if number == 0 else outputs, outputs, 3, padding=1),
            nn.InstanceNorm2d(outputs),
            nn.LeakyReLU(SLOPE),
        ]
    return nn.Sequential(*layers)


class Translator(nn.Module):
    """G_p: photo-like RGB -> drawing, a U-Net, SPADE at its two smallest decoder scales or none."""

    SPADE_SCALES = 2

    def __init__(self, widths: tuple[int, ...], labels: int, *, spade: bool, hidden: int) -> None:
        """Args: `labels` are the classes of the semantic logits, `hidden` SPADE's inner width."""
        super().__init__()
        self.down = nn.ModuleList(
            conv_norm(a, b, 2) for a, b in zip((3, *widths), widths, strict=False)
        )
        finer, coarser = widths[-2::-1], widths[:0:-1]
        self.enlarge = nn.ModuleList(
            conv_norm(b, a, 1) for a, b in zip(finer, coarser, strict=True)
        )
        self.up = nn.ModuleList(
            SpadeBlock(2 * width, width, labels, hidden)
            if spade and number < self.SPADE_SCALES
            else conv_norm(2 * width, width, 2)
            for number, width in enumerate(finer)
        )
        self.out = nn.Conv2d(widths[0], 3, 1)

    def forward(self, rgb: Tensor, labels: Tensor) -> Tensor:
        """rgb (B, 3, H, W), labels (B, L, H, W) -> drawing (B, 3, H, W), unbounded.

        H and W must be divisible by 2^(levels - 1): 16 for the published widths.
        """
        x = rgb
        levels = []
        for number, block in enumerate(self.down):
            x = block(x if number == 0 else F.max_pool2d(x, 2))
            levels.append(x)
        for number, (enlarge, block) in enumerate(zip(self.enlarge, self.up, strict=True)):
            x = enlarge(F.interpolate(x, scale_factor=2, mode="nearest"))
            x = torch.cat([levels[-2 - number], x], 1)
            x = block(x, labels) if isinstance(block, SpadeBlock) else block(x)
        drawing: Tensor = self.out(x)
        return drawing
