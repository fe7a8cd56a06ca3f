# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches of heads: a drawing, and two sides of the head with all that is known of them.

Imports numpy, cv2, torch and train.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from ai_tools.nets.portrait_light import ENLARGE, PortraitLightConfig
from ai_tools.nets.portrait_source import Source
from train.common.run import RunError
from train.common.seeds import numpy_generator
from train.data.heads.convention import MIRRORED
from train.data.heads.headset import HeadSet, HeadSetError
from train.portrait_setup import DataConfig

Picture = NDArray[np.uint8]

FEATURES = (4, 5, 6, 7, 10, 11, 12)
"""Labels of eyes, brows, mouth and lips."""


POSE_SPREAD = (0.35, 0.12, 0.09, 0.07, 0.05, 0.05)
"""About the standard deviations of what the encoder guesses (`portrait_encoder.POSE`)."""

PAINTED = ("photo", "oil", "cel")
"""Pictures that show what is behind the head."""


@dataclass(frozen=True)
class Head:
    """One person from V sides, square pictures of one size."""

    seed: int
    camera: NDArray[np.float32]  # (V, 2) yaw and pitch in radians
    photo: Picture  # (V, S, S, 3) RGB
    labels: NDArray[np.uint8]  # (V, S, S)
    depth: NDArray[np.float16]  # (V, S, S) along the rays, dm; 0 = background
    drawings: Mapping[str, Picture]  # style -> (V, S, S) or (V, S, S, 3) RGB

    @property
    def views(self) -> int:
        """Number of sides."""
        return len(self.camera)

    def picture(self, view: int, style: str) -> Picture:
        """(S, S, 3) RGB: a drawing, or the photo for the style "photo"."""
        made = self.photo[view] if style == "photo" else self.drawings[style][view]
        return made if made.ndim == 3 else np.repeat(made[..., None], 3, 2)


@dataclass(frozen=True)
class HeadBatch:
    """B drawings, and 2 B views of their heads: the drawings' own first, then another one of each.

    One view of each pair is to be drawn as well, in a style of its own.
    """

    drawing: Tensor  # (B, 3, I, I) in -1..1
    pose: Tensor  # (B, 6), see portrait_encoder.POSE
    guess: Tensor  # (B, 6): the pose, about as wrong as the encoder will guess it
    drawn: Tensor  # (B, 1): 0 where the picture shall be made as of a head without a drawing
    camera: Tensor  # (2B, 2) yaw, pitch
    photo: Tensor  # (2B, 3, s, s) in 0..1
    depth: Tensor  # (2B, 1, s, s) along the rays
    solid: Tensor  # (2B, 1, s, s) bool: the head fills the pixel, its depth is known
    opacity: Tensor  # (2B, 1, s, s) in 0..1: the share that it fills
    shown: Tensor  # (B,) int64: numbers of the views that are drawn
    style: Tensor  # (B, styles), one-hot
    picture: Tensor  # (B, 3, 4s, 4s) in -1..1, in that style
    labels: Tensor  # (B, 4s, 4s) int64
    small_labels: Tensor  # (B, s, s) int64

    @property
    def source(self) -> Source:
        """What the pictures may be looked up in."""
        return Source(self.drawing, self.guess, self.drawn)

    def to(self, device: torch.device) -> HeadBatch:
        """The same on a device."""
        values = {
            field.name: getattr(self, field.name).to(device) for field in dataclasses.fields(self)
        }
        return HeadBatch(**values)


def read_heads(paths: Sequence[Path], split: str, known: Sequence[Head] = ()) -> list[Head]:
    """The heads of one split in folders of `train.data.heads.headset`, unpacked.

    Args: `known` have been read before and are taken over: for a data set that is still growing.

    Raises:
        RunError: a folder is no such data set, or has nobody of the split.
    """
    ready = {head.seed: head for head in known}
    heads = []
    for path in paths:
        try:
            people = HeadSet(path, "train" if split == "train" else "valid")
        except HeadSetError as error:
            raise RunError(str(error)) from error
        for number, seed in enumerate(people.seeds):
            heads.append(ready.get(seed) or _unpack(people, number, seed))
    return heads


def _unpack(people: HeadSet, number: int, seed: int) -> Head:
    views = people.views(number, range(people.settings.views))
    depth = np.stack([view.depth for view in views])
    drawings = {}
    for style in people.settings.styles:
        pictures = np.stack([view.drawings[style] for view in views])
        grey = bool((pictures == pictures[..., :1]).all())
        drawings[style] = pictures[..., 0].copy() if grey else pictures
    return Head(
        seed=seed,
        camera=np.array([[view.yaw, view.pitch] for view in views], np.float32),
        photo=np.stack([view.photo for view in views]),
        labels=np.stack([view.labels for view in views]),
        depth=np.where(np.isfinite(depth), depth, 0).astype(np.float16),
        drawings=drawings,
    )


class HeadBatches(Dataset[HeadBatch]):
    """Batch number -> batch, a function of (seed, number, rank)."""

    def __init__(
        self,
        heads: Sequence[Head],
        data: DataConfig,
        net: PortraitLightConfig,
        batch: int,
        seed: int,
        rank: int = 0,
    ) -> None:
        """Args: heads of any size; their pictures are scaled as needed.

        Raises:
            ValueError: no heads.
        """
        if not heads:
            raise ValueError("there are no heads to learn from")
        self.heads = heads
        self.data = data
        self.net = net
        self.batch = batch
        self.key = (seed, rank)

    def __getitem__(self, number: int) -> HeadBatch:
        generator = numpy_generator(*self.key, number)
        chosen = [
            self.heads[i]
            for i in generator.choice(
                len(self.heads), self.batch, replace=len(self.heads) < self.batch
            )
        ]
        drawings, poses, shown, pictures = [], [], [], []
        views: tuple[list[dict[str, Tensor]], ...] = ([], [])
        for row, head in enumerate(chosen):
            mirror = bool(generator.random() < 0.5)
            pair = _two_views(head, math.radians(self.data.drawn_yaw), generator)
            change = _change(self.data, generator)
            drawings.append(self._drawing(head, pair[0], mirror, change, generator))
            camera = head.camera[pair[0]] * np.array([-1 if mirror else 1, 1])
            poses.append(torch.tensor([*camera, *change], dtype=torch.float32))
            for side, view in zip(views, pair, strict=True):
                side.append(view_target(head, view, mirror, self.data.size, self.net))
            other = int(generator.random() < self.data.other)
            shown.append(row + other * self.batch)
            style = int(generator.integers(len(self.net.styles)))
            pictures.append(
                picture_target(head, pair[other], style, mirror, self.data.size, self.net)
            )
        pose = torch.stack(poses)
        wrong = generator.normal(0, self.data.guess, pose.shape) * POSE_SPREAD
        drawn = generator.random((len(chosen), 1)) >= self.data.undrawn
        return HeadBatch(
            torch.stack(drawings),
            pose,
            guess=pose + torch.from_numpy(wrong).float(),
            drawn=torch.from_numpy(drawn).float(),
            shown=torch.tensor(shown),
            **_stacked([*views[0], *views[1]]),
            **_stacked(pictures),
        )

    def _drawing(
        self,
        head: Head,
        view: int,
        mirror: bool,
        change: tuple[float, float, float, float],
        generator: np.random.Generator,
    ) -> Tensor:
        """What the encoder is shown."""
        name = self.data.inputs[generator.integers(len(self.data.inputs))]
        plain = bool(generator.random() < self.data.plain)
        picture = (on_white(head, view, name) if plain else head.picture(view, name))[
            :, :: -1 if mirror else 1
        ]
        picture = moved(picture, change, self.net.input_size)
        if generator.random() < self.data.worn:
            picture = wear(picture, generator)
        return drawing_tensor(picture)


def on_white(head: Head, view: int, style: str) -> Picture:
    """The picture (S, S, 3) without what is behind the head: no drawing says what that was."""
    picture = head.picture(view, style)
    if style not in PAINTED:
        return picture
    share = cv2.GaussianBlur((head.depth[view] > 0).astype(np.float32), (0, 0), 0.5)[..., None]
    return np.rint(255 + share * (picture.astype(np.float32) - 255)).astype(np.uint8)


def _stacked(rows: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    return {name: torch.stack([row[name] for row in rows]) for name in rows[0]}


def _two_views(head: Head, limit: float, generator: np.random.Generator) -> tuple[int, int]:
    """A view turned by at most `limit` (the least turned, if none is), and another one."""
    turned = np.abs(head.camera[:, 0])
    able = np.flatnonzero(turned <= limit)
    drawn = int(generator.choice(able)) if len(able) else int(turned.argmin())
    others = np.delete(np.arange(head.views), drawn)
    return drawn, int(generator.choice(others)) if len(others) else drawn


def view_target(
    head: Head, view: int, mirror: bool, size: int, net: PortraitLightConfig
) -> dict[str, Tensor]:
    """What the field should show of one view, for pictures of side `size`: camera, photo, depth,
    solid and opacity as in `HeadBatch`, without the first axis."""
    step = -1 if mirror else 1
    small = size // ENLARGE
    depth = head.depth[view][:, ::step].astype(np.float32)
    share = resized((depth > 0).astype(np.float32), small)
    # The mean over the head's own pixels.
    depth_map = np.where(share > 0.5, resized(depth, small) / np.maximum(share, 1e-6), net.far)
    photo = resized(on_white(head, view, "photo")[:, ::step], small)
    yaw, pitch = head.camera[view]
    return {
        "camera": torch.tensor([step * yaw, pitch], dtype=torch.float32),
        "photo": _channels_first(np.asarray(photo, np.float32) / 255),
        "depth": torch.from_numpy(depth_map.astype(np.float32))[None],
        "solid": torch.from_numpy(share > 0.999)[None],
        "opacity": torch.from_numpy(share)[None],
    }


def picture_target(
    head: Head, view: int, style: int, mirror: bool, size: int, net: PortraitLightConfig
) -> dict[str, Tensor]:
    """What the decoders should make of one view: style, picture, labels and small_labels as in
    `HeadBatch`, without the first axis.  `style` is the number of `net.styles`."""
    step = -1 if mirror else 1
    labels = mirrored_labels(head.labels[view]) if mirror else head.labels[view]
    picture = on_white(head, view, net.styles[style])[:, ::step]
    return {
        "style": torch.from_numpy(np.eye(len(net.styles), dtype=np.float32)[style]),
        "picture": drawing_tensor(resized(picture, size)),
        "labels": torch.from_numpy(resized_labels(labels, size)),
        "small_labels": torch.from_numpy(resized_labels(labels, size // ENLARGE)),
    }


def mirrored_labels(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(S, S) of the mirrored picture: left and right parts change places and names."""
    return MIRRORED[labels[:, ::-1]]


def drawing_tensor(picture: Picture) -> Tensor:
    """RGB (S, S, 3) -> (3, S, S) in -1..1."""
    return _channels_first(np.asarray(picture, np.float32) / 127.5 - 1)


def resized(picture: NDArray, size: int) -> NDArray:
    """Square (S, S[, C]) -> (size, size[, C]), each pixel the mean of what it covers."""
    if len(picture) == size:
        return np.ascontiguousarray(picture)
    way = cv2.INTER_AREA if size < len(picture) else cv2.INTER_LINEAR
    return cv2.resize(np.ascontiguousarray(picture), (size, size), interpolation=way)


def resized_labels(labels: NDArray[np.uint8], size: int) -> NDArray[np.int64]:
    """(S, S) -> (size, size): the label that most of the covered pixels have; the higher number,
    which is the smaller part of a face, where two have as many."""
    if len(labels) % size:
        picked = cv2.resize(
            np.ascontiguousarray(labels), (size, size), interpolation=cv2.INTER_NEAREST
        )
        return picked.astype(np.int64)
    step = len(labels) // size
    blocks = labels.reshape(size, step, size, step).swapaxes(1, 2).reshape(size, size, -1)
    present = np.unique(labels)
    votes = np.stack([(blocks == label).sum(-1) for label in present[::-1]])
    return present[::-1][votes.argmax(0)].astype(np.int64)


def moved(picture: Picture, change: Sequence[float], size: int) -> Picture:
    """The picture tilted, scaled and shifted, (size, size, 3); its border is continued.

    Args: `change` is roll, log_scale, shift_x, shift_y as in `portrait_encoder.POSE`.
    """
    roll, log_scale, shift_x, shift_y = change
    half = len(picture) / 2
    factor = size / len(picture)
    scale = math.exp(log_scale) * factor
    a, b = scale * math.cos(roll), scale * math.sin(roll)
    centre = half - 0.5
    target = size / 2 - 0.5 + np.array([shift_x, shift_y]) * size / 2
    matrix = np.array([[a, -b, 0.0], [b, a, 0.0]])
    matrix[:, 2] = target - matrix[:, :2] @ [centre, centre]
    source = np.ascontiguousarray(picture)
    if factor < 1:  # warpAffine does not average
        source = cv2.GaussianBlur(source, (0, 0), 0.4 / factor)
    return np.asarray(
        cv2.warpAffine(
            source,
            matrix,
            (size, size),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.uint8,
    )


def wear(picture: Picture, generator: np.random.Generator) -> Picture:
    """A drawing as another hand or a scanner makes it: tones, tint, blur, grain, lost spots."""
    size = len(picture)
    values = picture.astype(np.float32) / 255
    if generator.random() < 0.4:
        holes = cv2.resize(
            generator.random((8, 8)).astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC
        )
        values = values + (1 - values) * (0.8 * np.clip(4 * (holes - 0.75), 0, 1))[..., None]
    if generator.random() < 0.4:
        values = cv2.GaussianBlur(values, (0, 0), float(generator.uniform(0.3, 0.9)))
    values = values ** float(np.exp(generator.normal(0, 0.35)))
    ink, paper = generator.uniform(0, 0.25), generator.uniform(0.85, 1.0)
    tint = generator.normal(0, 0.02, 3).astype(np.float32)
    values = ink + (paper - ink) * values + tint
    values = values + generator.normal(0, generator.uniform(0, 0.04), (size, size, 1))
    return np.rint(255 * values.clip(0, 1)).astype(np.uint8)


def _change(data: DataConfig, generator: np.random.Generator) -> tuple[float, float, float, float]:
    """Roll, log_scale, shift_x, shift_y."""
    roll, scale, x, y = generator.normal(0, 1, 4).clip(-2.5, 2.5)
    return (
        float(math.radians(data.roll) * roll),
        float(data.scale * scale),
        float(data.shift * x),
        float(data.shift * y),
    )


def _channels_first(values: NDArray[np.floating]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1)))
