# SPDX-License-Identifier: GPL-3.0-or-later
"""People without a drawing: principal components of the planes of people who were drawn.

Imports numpy, torch, ai_tools.nets and train.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ai_tools.nets.portrait_light import PortraitLight
from train.portrait_data import Head, drawing_tensor, on_white, resized
from train.portrait_drawing import frontal

STYLES = ("photo", "pen")
"""Pictures from which each person is read; the mean of both belongs less to a medium."""

SPREAD = 1.5
"""Deviations of the planes to one of the numbers.  An encoder that is not sure keeps to the mean:
people as it reads them differ less than people do."""


@torch.no_grad()
def fit_people(net: PortraitLight, heads: Sequence[Head], device: torch.device) -> float:
    """Fills the network's code book from people and their mirror images.

    Returns:
        The share of the planes' variance that the components hold, 0..1; 0 without a code book.

    Raises:
        ValueError: fewer heads than a mean and a difference need.
    """
    if net.people is None:
        return 0.0
    if not heads:
        raise ValueError("no heads to fit people to")
    net.eval()
    size = net.people.mean.shape[-1]
    rows = []
    for head in heads:
        for step in (1, -1):
            rows.append(_planes(net, head, step, device).cpu())
    planes = F.adaptive_avg_pool2d(torch.cat(rows), size)
    mean = planes.mean(0)
    centred = (planes - mean).flatten(1).double()
    # The people's own products are a far smaller matrix than those of the numbers in the planes.
    values, vectors = torch.linalg.eigh(centred @ centred.T)
    count = min(len(net.people.basis), len(values))
    top = vectors[:, -count:].flip(1)
    components = SPREAD * (top.T @ centred) / np.sqrt(len(centred) - 1)
    net.people.mean.copy_(mean.to(net.people.mean))
    net.people.basis.zero_()
    net.people.basis[:count].copy_(components.unflatten(1, mean.shape).to(net.people.basis))
    total = float(values.clamp(min=0).sum())
    return float(values[-count:].clamp(min=0).sum()) / total if total > 0 else 0.0


def _planes(net: PortraitLight, head: Head, step: int, device: torch.device) -> Tensor:
    """(1, 3 C, r, r); `step` -1 mirrors the picture."""
    view, size = frontal(head), net.config.input_size
    pictures = [
        drawing_tensor(resized(on_white(head, view, style), size)[:, ::step]) for style in STYLES
    ]
    code = net.encode(torch.stack(pictures).to(device))
    return code.planes.flatten(1, 2).mean(0, keepdim=True)
