# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for the network whose pictures can be foretold, and weights of a tiny real one."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ai_tools.weights import Entry

SIDE = 64
"""Of the fake's pictures, pixels."""

STYLES = ("line", "pen", "pencil", "soft", "charcoal", "oil", "cel")
SKIN, HAIR = 1, 13
ENTRY = Entry(
    file="portrait.safetensors",
    sha256="",
    bytes=0,
    tool="portrait",
    net="portrait_light",
    config={
        **{"styles": STYLES, "labels": 19, "people": 4, "input_size": 32, "size": SIDE // 4},
        **{"preview_size": 8},
    },
)


class FakeEngine:
    """A grey disc with a dark rim on white paper.

    It moves by 1/200 of the side for each degree of yaw; its tone is the style's number in tenths;
    labels painted as hair are dark in an edit.  A drawing is "read" by the middle of its ink.
    """

    backend: Literal["torch"] = "torch"
    device = "cpu"

    def __init__(self, **config: Any) -> None:
        self.entry = Entry(**{**vars(ENTRY), "config": {**ENTRY.config, **config}})
        self.calls: list[tuple[str, dict[str, np.ndarray]]] = []
        self.error: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, part: str, /, **inputs: np.ndarray) -> dict[str, np.ndarray]:
        assert all(value.dtype == np.float32 for value in inputs.values())
        self.calls.append((part, inputs))
        assert self.gate.wait(30)
        if self.error is not None:
            raise self.error
        result: dict[str, np.ndarray] = getattr(self, f"_{part}")(**inputs)
        return result

    def count(self, part: str) -> int:
        """How often a part was called."""
        return Counter(name for name, _ in self.calls)[part]

    def _person(self, z: np.ndarray) -> dict[str, np.ndarray]:
        return {"planes": np.full((1, 3, 2, 8, 8), z[0, 0], np.float32)}

    def _encode(self, drawing: np.ndarray) -> dict[str, np.ndarray]:
        side = self.entry.config["input_size"]
        assert drawing.shape == (1, 3, side, side) and abs(drawing).max() <= 1.001
        ink = (1 - drawing[0].mean(axis=0)) / 2
        y, x = np.mgrid[:side, :side] / (side / 2) - 1 + 1 / side
        right, down = ((ink * axis).sum() / ink.sum() for axis in (x, y))
        pose = np.array([[0.35, -0.1, 0, 0, right, down]], np.float32)
        return {"planes": np.full((1, 3, 2, 8, 8), ink.mean(), np.float32), "pose": pose}

    def _view(self, camera: np.ndarray, style: np.ndarray, **head: Any) -> dict[str, np.ndarray]:
        self._check(**head)
        return {
            "image": self._image(SIDE, camera, style),
            "labels": _logits(SIDE, camera),
            "small_labels": _logits(SIDE // 4, camera),
        }

    def _preview(self, camera: np.ndarray, style: np.ndarray, **head: Any) -> dict[str, np.ndarray]:
        self._check(**head)
        return {"image": self._image(4 * self.entry.config["preview_size"], camera, style)}

    def _edit(
        self, camera: np.ndarray, style: np.ndarray, labels: np.ndarray, **head: Any
    ) -> dict[str, np.ndarray]:
        self._check(**head)
        np.testing.assert_allclose(labels.sum(axis=1), 1, atol=1e-5)
        image = self._image(SIDE, camera, style)
        hair = labels[0, HAIR].repeat(4, 0).repeat(4, 1) > 0.5
        image[:, :, hair] = -1
        return {"image": image}

    def _check(
        self, planes: np.ndarray, drawing: np.ndarray, pose: np.ndarray, drawn: np.ndarray
    ) -> None:
        side = self.entry.config["input_size"]
        assert planes.ndim == 5 and drawing.shape == (1, 3, side, side) and pose.shape == (1, 6)
        assert drawn.shape == (1, 1) and bool(drawn[0, 0]) == drawing.any()

    def _image(self, side: int, camera: np.ndarray, style: np.ndarray) -> np.ndarray:
        distance = _distance(side, camera)
        tone = float(style[0].argmax()) / 10
        image = np.where(distance < 0.27, tone, np.where(distance < 0.3, -1, 1))
        return np.broadcast_to(image, (1, 3, side, side)).astype(np.float32)


def _distance(side: int, camera: np.ndarray) -> np.ndarray:
    """From the middle of the head, in sides."""
    y, x = (np.mgrid[:side, :side] + 0.5) / side
    yaw, pitch = np.degrees(camera[0])
    return np.hypot(x - 0.5 + yaw / 200, y - 0.5 - pitch / 200)


def _logits(side: int, camera: np.ndarray) -> np.ndarray:
    inside = _distance(side, camera) < 0.3
    logits = np.full((1, 19, side, side), -9, np.float32)
    logits[0, 0], logits[0, SKIN] = np.where(inside, -9, 9), np.where(inside, 9, -9)
    return logits


def tiny_weights(folder: Path) -> None:
    """Writes weights of a tiny random network, with all styles and classes, into `folder`."""
    import torch

    from ai_tools.nets.portrait_light import PortraitLight, PortraitLightConfig
    from train.common.export import export_weights

    torch.set_num_threads(1)
    torch.manual_seed(7)
    sizes: dict[str, Any] = {
        **{"input_size": 32, "encoder_widths": (8, 8, 8), "encoder_last": 8, "token_width": 16},
        **{"token_layers": 1, "token_heads": 2, "plane_channels": 4, "field_hidden": 4},
        **{"features": 4, "size": 16, "preview_size": 8, "samples": 4, "style_size": 3},
        **{"people": 3, "people_size": 4, "translator_widths": (8, 8, 8), "last_width": 8},
        **{"spade_hidden": 4},
    }
    net = PortraitLight(PortraitLightConfig(**sizes))
    net.people.basis.normal_(0, 0.3)
    export_weights(
        net,
        name="portrait",
        tool="portrait",
        net_name="portrait_light",
        task={},
        data=[],
        metrics={},
        story="A network that has learnt nothing.",
        graphs=False,
        folder=folder,
    )


def face(side: int = 200, x: float = 0.5, y: float = 0.5, size: float = 0.6) -> np.ndarray:
    """Ink of a simple face, outline, eyes, nose, mouth, neck and shoulders: uint8 (side, side),
    255 = ink.  The head with its neck fills `size` of the side around (x, y)."""
    import cv2

    ink = np.zeros((side, side), np.uint8)
    thick = max(1, round(side * size / 80))

    def at(u: float, v: float) -> tuple[int, int]:  # head's own shares: 0,0 = its middle
        return round((x + u * size) * side), round((y + v * size) * side)

    reach = round(0.36 * size * side), round(0.46 * size * side)
    cv2.ellipse(ink, at(0, 0), reach, 0, 0, 360, 255, thick, cv2.LINE_AA)
    for eye in (-0.14, 0.14):
        cv2.ellipse(ink, at(eye, -0.02), (reach[0] // 6, reach[1] // 12), 0, 0, 360, 255, thick)
    cv2.polylines(ink, [np.array([at(0, 0), at(-0.04, 0.14), at(0.03, 0.15)])], False, 255, thick)
    cv2.line(ink, at(-0.1, 0.26), at(0.1, 0.26), 255, thick, cv2.LINE_AA)
    for turn in (-1, 1):
        neck = [at(turn * 0.17, 0.4), at(turn * 0.17, 0.56), at(turn * 0.75, 0.72)]
        cv2.polylines(ink, [np.array(neck)], False, 255, thick, cv2.LINE_AA)
    return ink


def on_paper(ink: np.ndarray, paper: tuple[int, int, int] = (255, 255, 255)) -> np.ndarray:
    """Black ink on opaque paper (RGB), as premultiplied BGRA."""
    share = 1 - ink[..., None] / 255
    colour = np.array(paper[::-1]) * share
    return np.dstack([colour.round().astype(np.uint8), np.full(ink.shape, 255, np.uint8)])


def on_clear(ink: np.ndarray, grey: int = 0) -> np.ndarray:
    """Grey ink on an empty layer, as premultiplied BGRA."""
    colour = (ink.astype(int) * grey // 255).astype(np.uint8)
    return np.dstack([colour, colour, colour, ink])
