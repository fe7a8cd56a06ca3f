# SPDX-License-Identifier: GPL-3.0-or-later
"""A tiny data set of heads for tests: balls with an eye and a mouth, seen from three sides."""

import dataclasses
import json
from pathlib import Path

import cv2
import numpy as np

from train.data.heads.convention import STYLES
from train.data.heads.headset import DEPTH_STEPS, HeadSettings, split_of

SIZE, VIEWS = 32, 3
DISTANCE = 16.5


def write_heads(folder: Path, train: int = 4, valid: int = 2) -> Path:
    """Makes the folder: `train` people to learn from and `valid` held apart."""
    folder.mkdir(parents=True)
    settings = HeadSettings(views=VIEWS, size=SIZE)
    (folder / "settings.json").write_text(json.dumps(dataclasses.asdict(settings)))
    for split, count in (("train", train), ("valid", valid)):
        for seed in [seed for seed in range(400) if split_of(seed) == split][:count]:
            np.savez(folder / f"{seed:06d}.npz", **_person(seed))
    return folder


def _person(seed: int) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(seed)
    radius, skin = generator.uniform(0.5, 0.8), generator.integers(80, 200, 3)
    yaw = np.linspace(-0.6, 0.6, VIEWS).astype(np.float32)
    y, x = (np.mgrid[:SIZE, :SIZE] + 0.5) * 2 / SIZE - 1
    depths, labels, photos, drawings = [], [], [], []
    for angle in yaw:
        inside = x**2 + y**2 < radius**2
        height = np.sqrt(np.clip(radius**2 - x**2 - y**2, 0, None))
        depths.append(np.where(inside, (DISTANCE - height) * DEPTH_STEPS, 0))
        classes = np.where(inside, 1, 0)
        eye_x = 0.3 * np.cos(angle) + 0.4 * np.sin(angle)
        classes[(np.abs(x - eye_x) < 0.12) & (np.abs(y + 0.15) < 0.1)] = 4
        classes[(np.abs(x - 0.4 * np.sin(angle)) < 0.2) & (np.abs(y - 0.25) < 0.08)] = 12
        labels.append(classes.astype(np.uint8))
        colours = np.array([(255, 255, 255), skin, (0, 0, 60), (200, 0, 0)], np.uint8)
        photos.append(colours[np.searchsorted([0, 1, 4, 12], classes)])
        edges = cv2.Canny(labels[-1] * 20, 5, 10)
        drawings.append(np.repeat(255 - edges[..., None], 3, 2))
    arrays = {
        "yaw": yaw,
        "pitch": np.zeros(VIEWS, np.float32),
        "depth": np.rint(depths).astype(np.uint16),
        "labels": np.stack(labels),
        "photo": _png(photos, grey=False),
    }
    for style in STYLES:
        painted = style in ("oil", "cel")
        arrays[style] = _png(photos if painted else drawings, grey=not painted)
    return arrays


def _png(pictures: list[np.ndarray], grey: bool) -> np.ndarray:
    tall = np.concatenate(pictures)
    _, data = cv2.imencode(".png", tall[..., 0] if grey else tall[..., ::-1])
    return np.frombuffer(data.tobytes(), np.uint8)
