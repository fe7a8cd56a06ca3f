# SPDX-License-Identifier: GPL-3.0-or-later
"""What the light portrait network is taught: losses of one batch.  Imports torch, nets and train.

Every head is shown from two sides, that of the drawing and another one, which only a field that
has understood the drawing gets right.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ai_tools.nets.portrait_light import ENLARGE, PortraitLight, PortraitOutput
from ai_tools.nets.volume import Camera
from train.metrics.efflite0 import EffLite0
from train.portrait_data import FEATURES, POSE_SPREAD, HeadBatch
from train.portrait_setup import LossConfig

TAPS = (16, 24, 40)
"""Stages of EfficientNet-Lite0 whose features are compared: strokes and parts of a face."""


def losses_of(
    net: PortraitLight, batch: HeadBatch, loss: LossConfig, eye: EffLite0 | None
) -> tuple[dict[str, Tensor], PortraitOutput]:
    """The losses by name, their weighted sum as "loss"; and the B views that were drawn.

    Args: `eye` is the perceptual network; None leaves its loss out.
    """
    code = net.encode(batch.drawing)
    planes = code.planes.repeat(2, 1, 1, 1, 1)
    camera = Camera(batch.camera[:, 0], batch.camera[:, 1])
    side = batch.labels.shape[-1] // ENLARGE
    view = net.render(planes, camera, side, jitter=True)
    photo = net.photo(view.features).sigmoid()
    shown = view.of(batch.shown)
    seen = net.look(batch.source, shown, Camera(camera.yaw[batch.shown], camera.pitch[batch.shown]))
    output = net.decode(shown, batch.style, seen)
    weights = label_weights(net.config.labels, loss.feature_weight, batch.labels.device)
    depth_known = batch.solid.to(view.depth.dtype)
    far_off = F.smooth_l1_loss(view.depth, batch.depth, reduction="none", beta=0.05)
    opacity = view.opacity.float().clamp(1e-4, 1 - 1e-4)
    spread = code.pose.new_tensor(POSE_SPREAD)
    losses = {
        "photo": F.l1_loss(photo, batch.photo),
        "labels": F.cross_entropy(output.labels, batch.labels, weights),
        "small_labels": F.cross_entropy(output.small_labels, batch.small_labels, weights),
        "depth": (far_off * depth_known).sum() / depth_known.sum().clamp(min=1),
        "opacity": -(
            batch.opacity * opacity.log() + (1 - batch.opacity) * (1 - opacity).log()
        ).mean(),
        "picture": picture_loss(output.image, batch.picture),
        "edges": edge_loss(output.image, batch.picture),
        "pose": ((code.pose - batch.pose) / spread).square().mean(),
    }
    if eye is not None:
        losses["perceptual"] = perceptual_loss(eye, output.image, batch.picture)
    total = torch.stack([getattr(loss, name) * value for name, value in losses.items()]).sum()
    return losses | {"loss": total}, output


def label_weights(labels: int, weight: float, device: torch.device) -> Tensor:
    """1 for most classes, `weight` for those of `FEATURES`."""
    weights = torch.ones(labels, device=device)
    for number in FEATURES:
        if number < labels:
            weights[number] = weight
    return weights


def picture_loss(made: Tensor, wanted: Tensor) -> Tensor:
    """L1 of pictures (B, 3, S, S) in -1..1 at the full, half and quarter size, averaged: a line
    one pixel beside its place is not as wrong as none."""
    losses = [F.l1_loss(made, wanted)]
    for _ in range(2):
        made, wanted = F.avg_pool2d(made, 2), F.avg_pool2d(wanted, 2)
        losses.append(F.l1_loss(made, wanted))
    return torch.stack(losses).mean()


def edge_loss(made: Tensor, wanted: Tensor) -> Tensor:
    """L1 of the differences between neighbours to the right and below."""
    wrong = made - wanted
    return wrong.diff(dim=3).abs().mean() + wrong.diff(dim=2).abs().mean()


def perceptual_loss(eye: EffLite0, made: Tensor, wanted: Tensor) -> Tensor:
    """Squared distance of EfficientNet-Lite0's features, each scaled to length 1, over `TAPS`."""
    with torch.no_grad():
        real = eye.taps((wanted + 1) / 2, TAPS)
    fake = eye.taps((made + 1) / 2, TAPS)
    distances = [
        (F.normalize(fake[tap], dim=1) - F.normalize(real[tap], dim=1)).square().sum(1).mean()
        for tap in TAPS
    ]
    return torch.stack(distances).mean()
