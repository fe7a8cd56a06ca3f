# SPDX-License-Identifier: GPL-3.0-or-later
"""The classifier tells two plain shapes apart, and is the same each time."""

from pathlib import Path

import numpy as np
import torch

from train.data.sketches import offsets_of, read_sketches
from train.metrics.sketch_classifier import (
    FEATURES,
    fit_classifier,
    pooled_features,
    recognition,
)
from train.metrics.sketches import set_scores


def test_it_learns_to_tell_shapes_apart_and_repeats(drawings: Path) -> None:
    data = read_sketches([drawings])
    cpu = torch.device("cpu")
    nets = [fit_classifier(data.part("train"), cpu, epochs=12) for _ in range(2)]
    valid = data.part("valid")
    shapes = [offsets_of(sketch) for sketch in valid.sketches]
    top1, top5 = recognition(nets[0], shapes, valid.label, cpu)
    assert top1 > 0.9 and top5 == 1.0
    wrong, _ = recognition(nets[0], shapes, 1 - valid.label, cpu)
    assert wrong == 1 - top1
    first, second = (list(net.parameters()) for net in nets)
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_its_features_set_kinds_apart(drawings: Path) -> None:
    data = read_sketches([drawings])
    cpu = torch.device("cpu")
    net = fit_classifier(data.part("train"), cpu, epochs=3)
    valid = data.part("valid")
    boxes, zigzags = (
        pooled_features(
            net, [offsets_of(valid.sketches[i]) for i in np.flatnonzero(valid.label == n)], cpu
        )
        for n in (0, 1)
    )
    assert boxes.shape == (15, FEATURES)
    half = set_scores(boxes[:7], boxes[7:])
    other = set_scores(zigzags, boxes)
    assert half.fid < 0.2 * other.fid
    assert half.precision > other.precision
    assert pooled_features(net, [], cpu).shape == (0, FEATURES)
