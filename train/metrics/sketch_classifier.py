# SPDX-License-Identifier: GPL-3.0-or-later
"""A small classifier of drawings, for recognition rates and features.  Imports torch, train.data.

It is trained afresh for the labels in question, on the training drawings of the network that it
judges, and its rate on real held-apart drawings is always given beside: that is the ceiling.

Its features, pooled over the picture, are what sketch-FID looks through (see `train.metrics.
sketches`).  They are those of this classifier, on these labels: figures from them compare within
one evaluation, never with the Inception figures of papers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from train.common.seeds import numpy_generator, seed_torch
from train.data.sketch_batches import augment
from train.data.sketch_raster import draw_sketch
from train.data.sketches import SketchSet, offsets_of

SIZE = 48
FEATURES = 128
_BATCH = 64


class SketchClassifier(nn.Module):
    """Grey pictures (B, 1, 48, 48), 1 = ink, -> logits (B, labels).  About 0.2 M parameters."""

    def __init__(self, labels: int) -> None:
        super().__init__()

        def block(inputs: int, outputs: int) -> nn.Sequential:
            return nn.Sequential(
                nn.Conv2d(inputs, outputs, 3, 2, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
            )

        self.features = nn.Sequential(
            block(1, 24), block(24, 48), block(48, 96), block(96, FEATURES)
        )
        self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(FEATURES * 9, labels))

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits; see the class."""
        logits: Tensor = self.head(self.features(pictures).flatten(1))
        return logits


def fit_classifier(
    training: SketchSet, device: torch.device, epochs: int = 8, seed: int = 0
) -> SketchClassifier:
    """Trains on labelled drawings, augmented; the same input gives the same classifier."""
    labelled = np.flatnonzero(training.label >= 0)
    points = [offsets_of(training.sketches[i]) for i in labelled]
    labels = torch.from_numpy(training.label[labelled])
    seed_torch(seed)
    net = SketchClassifier(len(training.label_names)).to(device)
    per_epoch = max(1, len(points) // _BATCH)
    optimiser = torch.optim.AdamW(net.parameters(), weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, epochs * per_epoch)
    for epoch in range(epochs):
        generator = numpy_generator(seed, epoch)
        order = generator.permutation(len(points))
        net.train()
        for step in range(per_epoch):
            chosen = order[step * _BATCH : (step + 1) * _BATCH]
            varied = [augment(points[i], generator, 0.2, 0.1) for i in chosen]
            seed_torch(seed, epoch, step)
            logits = net(_pictures(varied, device))
            target = labels[torch.from_numpy(chosen)].to(device)
            loss = F.cross_entropy(logits, target, label_smoothing=0.05)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return net.eval()


@torch.no_grad()
def recognition(
    net: SketchClassifier,
    drawings: Sequence[NDArray[np.floating]],
    labels: NDArray[np.int64],
    device: torch.device,
) -> tuple[float, float]:
    """Shares of stroke-3 drawings whose label is the first guess, and among the first five."""
    top1 = top5 = 0
    for start in range(0, len(drawings), _BATCH):
        logits = net(_pictures(drawings[start : start + _BATCH], device))
        best = logits.topk(min(5, logits.shape[1]), 1).indices.cpu().numpy()
        right = best == labels[start : start + _BATCH, None]
        top1 += int(right[:, 0].sum())
        top5 += int(right.any(1).sum())
    return top1 / len(drawings), top5 / len(drawings)


@torch.no_grad()
def pooled_features(
    net: SketchClassifier, drawings: Sequence[NDArray[np.floating]], device: torch.device
) -> NDArray[np.float64]:
    """What the classifier sees in stroke-3 drawings, before it decides: (n, 128)."""
    batches = [
        net.features(_pictures(drawings[start : start + _BATCH], device)).mean((2, 3))
        for start in range(0, len(drawings), _BATCH)
    ]
    return torch.cat(batches).double().cpu().numpy() if batches else np.zeros((0, FEATURES))


def _pictures(drawings: Sequence[NDArray[np.floating]], device: torch.device) -> Tensor:
    """(B, 1, 48, 48), 1 = ink."""
    drawn = np.stack([draw_sketch(points, SIZE) for points in drawings])
    return (1 - torch.from_numpy(drawn[:, None]).to(device).float() / 255).contiguous()
