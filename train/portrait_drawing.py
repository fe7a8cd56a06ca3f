# SPDX-License-Identifier: GPL-3.0-or-later
"""What a light portrait network makes of drawings: views, validation figures, sample sheets.

Imports numpy, torch, ai_tools.nets and train.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ai_tools.nets.portrait_encoder import POSE
from ai_tools.nets.portrait_light import ENLARGE, PortraitLight, PortraitOutput
from ai_tools.nets.portrait_source import Source
from ai_tools.nets.volume import Camera
from train.common.run import grid
from train.data.heads.convention import PALETTE
from train.metrics.perceptual import lpips_efflite0
from train.metrics.portraits import mean_iou
from train.portrait_data import (
    Head,
    Picture,
    drawing_tensor,
    on_white,
    picture_target,
    resized,
    view_target,
)

YAWS = (-50.0, -33.0, -17.0, 0.0, 17.0, 33.0, 50.0)
"""Degrees at which a head is shown on sheets."""


@dataclass(frozen=True)
class Read:
    """A head as read from a drawing."""

    planes: Tensor  # (1, 3, C, r, r)
    source: Source


PEOPLE_SEED = 7
"""Of the people made from numbers on sheets."""


def read_drawing(net: PortraitLight, picture: Picture, device: torch.device) -> Read:
    """Encodes an RGB picture (S, S, 3), in the frame of the heads."""
    drawing = drawing_tensor(resized(picture, net.config.input_size))[None].to(device)
    code = net.encode(drawing)
    return Read(code.planes, Source(drawing, code.pose, torch.ones_like(code.pose[:, :1])))


def show(
    net: PortraitLight, read: Read, yaw: float, pitch: float, style: str, side: int
) -> PortraitOutput:
    """One view, angles in radians; pictures of `side` pixels."""
    planes = read.planes
    camera = Camera(planes.new_tensor([yaw]), planes.new_tensor([pitch]))
    one_hot = torch.eye(len(net.config.styles), device=planes.device)
    view = net.render(planes, camera, side // ENLARGE)
    seen = net.look(read.source, view, camera)
    return net.decode(view, one_hot[None, net.config.styles.index(style)], seen)


def frontal(head: Head) -> int:
    """Number of the least turned view."""
    return int(np.abs(head.camera[:, 0]).argmin())


@torch.no_grad()
def validate(
    net: PortraitLight, heads: Sequence[Head], side: int, device: torch.device
) -> dict[str, float]:
    """Means over unseen heads, each drawn from the front in one style and shown from all its other
    sides: label_miou (of the labels that occur), depth_dm, photo_l1, picture_l1, lpips (of
    EfficientNet-Lite0), and "score", by which the best network is kept: label_miou - lpips, because
    L1 prefers fog to a stroke that is a pixel beside its place."""
    net.eval()
    styles = net.config.styles
    seen: list[NDArray] = []
    wanted: list[NDArray] = []
    errors: dict[str, list[float]] = {"depth_dm": [], "photo_l1": [], "picture_l1": [], "lpips": []}
    for row, head in enumerate(heads):
        drawn = frontal(head)
        read = read_drawing(net, on_white(head, drawn, styles[row % len(styles)]), device)
        for view in range(head.views):
            if view == drawn and head.views > 1:
                continue
            style = (row + view) % len(styles)
            truth = view_target(head, view, False, side, net.config) | picture_target(
                head, view, style, False, side, net.config
            )
            yaw, pitch = (float(angle) for angle in head.camera[view])
            output = show(net, read, yaw, pitch, styles[style], side)
            seen.append(output.labels[0].argmax(0).cpu().numpy())
            wanted.append(truth["labels"].numpy())
            wrong = (output.view.depth[0].cpu() - truth["depth"]).abs()[truth["solid"]]
            errors["depth_dm"].append(float(wrong.mean()) if len(wrong) else 0.0)
            errors["photo_l1"].append(float((output.photo[0].cpu() - truth["photo"]).abs().mean()))
            made, picture = output.image.cpu(), truth["picture"][None]
            errors["picture_l1"].append(float((made - picture).abs().mean()))
            errors["lpips"].append(float(lpips_efflite0((made + 1) / 2, (picture + 1) / 2)[0]))
    figures = {name: float(np.mean(values)) for name, values in errors.items()}
    figures["label_miou"] = mean_iou(np.stack(seen), np.stack(wanted))
    figures["score"] = figures["label_miou"] - figures["lpips"]
    return figures


@torch.no_grad()
def sample_sheet(
    net: PortraitLight, heads: Sequence[Head], side: int, device: torch.device
) -> NDArray[np.uint8]:
    """A row a head: drawing, seven yaws in one style, labels, true labels, the true other side in
    that style, the same as made, and the front in every style."""
    net.eval()
    styles = net.config.styles
    tiles: list[NDArray] = []
    for row, head in enumerate(heads):
        drawn = frontal(head)
        style = styles[row % len(styles)]
        other = int(np.abs(head.camera[:, 0]).argmax())
        read = read_drawing(net, on_white(head, drawn, style), device)
        tiles.append(resized(on_white(head, drawn, style), side))
        for yaw in YAWS:
            tiles.append(picture_of(show(net, read, math.radians(yaw), 0.0, style, side)))
        yaw, pitch = (float(angle) for angle in head.camera[other])
        made = show(net, read, yaw, pitch, style, side)
        tiles.append(PALETTE[made.labels[0].argmax(0).cpu().numpy()])
        tiles.append(resized(PALETTE[head.labels[other]], side))
        tiles += [picture_of(made), resized(on_white(head, other, style), side)]
        tiles += [picture_of(show(net, read, 0.0, 0.0, name, side)) for name in styles]
    return grid(np.stack(tiles), 12 + len(styles))


@torch.no_grad()
def people_sheet(
    net: PortraitLight, count: int, side: int, device: torch.device
) -> NDArray[np.uint8]:
    """A row a person made from random numbers, each in another style: seven yaws, labels; and last
    the front of a person halfway to the one below."""
    net.eval()
    styles, config = net.config.styles, net.config
    generator = torch.Generator().manual_seed(PEOPLE_SEED)
    z = torch.randn(count, config.people, generator=generator).to(device)
    tiles: list[NDArray] = []
    for row in range(count):
        style = styles[row % len(styles)]
        person = without_drawing(net, net.person(z[row : row + 1]))
        tiles += [
            picture_of(show(net, person, math.radians(yaw), 0.0, style, side)) for yaw in YAWS
        ]
        labels = show(net, person, 0.0, 0.0, style, side).labels
        tiles.append(PALETTE[labels[0].argmax(0).cpu().numpy()])
        between = (z[row] + z[(row + 1) % count]) / 2
        mixed = without_drawing(net, net.person(between[None]))
        tiles.append(picture_of(show(net, mixed, 0.0, 0.0, style, side)))
    return grid(np.stack(tiles), len(YAWS) + 2)


def without_drawing(net: PortraitLight, planes: Tensor) -> Read:
    """A head (1, 3, C, r, r) that was read from no drawing."""
    size = net.config.input_size
    empty = planes.new_zeros(1, 3, size, size)
    return Read(planes, Source(empty, planes.new_zeros(1, len(POSE)), planes.new_zeros(1, 1)))


def picture_of(output: PortraitOutput) -> NDArray[np.uint8]:
    """RGB (4s, 4s, 3) of the first of a batch."""
    values = output.image[0].float().cpu().permute(1, 2, 0).numpy()
    return np.rint((values + 1) * 127.5).clip(0, 255).astype(np.uint8)
