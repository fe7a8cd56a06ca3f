# SPDX-License-Identifier: GPL-3.0-or-later
"""Portrait Views, arrays in, pictures out: heads from seeds or drawings, seen from any side.

No widgets, no files, no torch: networks run through `ai_tools.engine`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ai_tools.engine import Engine, open_engine
from ai_tools.portrait import align, finish, labels
from ai_tools.portrait.finish import Frame
from app.jobs import BadInput, CancelToken

NAME = "portrait"
"""Of the weights in the manifest."""

YAW_LIMIT, PITCH_LIMIT = 60.0, 20.0
"""Degrees to either side that the network was trained for."""

ALL_YAWS = (-60.0, -40.0, -20.0, 0.0, 20.0, 40.0, 60.0)
"""The seven views of a turn."""

MAX_SIDE = 2048
"""Of a view in pixels; the network's own pictures are far smaller."""

TITLES = {
    "line": "Line",
    "pen": "Pen",
    "pencil": "Pencil",
    "soft": "Soft pencil",
    "charcoal": "Charcoal",
    "oil": "Oil",
    "cel": "Flat",
}
"""Style in a network's configuration -> what artists call it."""

CRISPNESS = {"line": 1.0, "pen": 1.0, "cel": 1.0, "pencil": 0.5, "soft": 0.3, "charcoal": 0.3}
"""How far edges are sharpened when a style is enlarged; other styles: `SOFT`."""
SOFT = 0.4

COLOURLESS = {"line", "pen", "pencil", "soft", "charcoal"}
"""Styles in grey: a trace of colour in them is the network's mistake."""

ALIGNED = 0.05
"""A pose this near to the training frame (scale, shift in half sides, roll) needs no other crop."""


@dataclass(frozen=True, eq=False)
class Portrait:
    """A head that the network can turn.

    Attributes:
        planes: float32 (1, 3, C, r, r), what "encode" or "person" gave.
        yaw, pitch: degrees, from where it was drawn, within the limits; 0 for invented people.
        frame: where on the canvas it was drawn; None for invented people.
        z: float32 (1, K), the numbers of an invented person; None for a drawn one.
        drawing, pose: float32 (1, 3, I, I) and (1, 6), what "encode" was given and returned; the
            network looks lines up in it.  None for invented people and mixtures.
    """

    planes: NDArray[np.float32]
    yaw: float = 0.0
    pitch: float = 0.0
    frame: Frame | None = None
    z: NDArray[np.float32] | None = None
    drawing: NDArray[np.float32] | None = None
    pose: NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False)
class View:
    """A head from one side.

    Attributes:
        picture: uint8 (S, S, 3) RGB with its background.
        rgba: uint8 (S, S, 4) RGBA, straight alpha, the background transparent; None in a preview.
        yaw, pitch: degrees.
        shares: float32 (L, s, s), each class's probability, of the network's own size; None in a
            preview.
    """

    picture: NDArray[np.uint8]
    rgba: NDArray[np.uint8] | None
    yaw: float
    pitch: float
    shares: NDArray[np.float32] | None = None

    @cached_property
    def labels(self) -> NDArray[np.uint8] | None:
        """The classes, uint8 (S, S); None in a preview."""
        if self.shares is None:
            return None
        side = self.picture.shape[0]
        return finish.resized_channels(self.shares, side).argmax(axis=0).astype(np.uint8)


class PortraitNet:
    """The network, and the maps of the view it was asked for last.  For one thread at a time."""

    def __init__(self, engine: Engine | None = None) -> None:
        """Args: `engine`, by default the one that ships.

        Raises:
            WeightsError: the weights are missing or damaged.
            EngineMissing: no library that runs networks is installed.
        """
        self._engine = open_engine(NAME) if engine is None else engine
        config = self._engine.entry.config
        self.styles: tuple[str, ...] = tuple(config["styles"])
        self.classes = int(config["labels"])
        self.people = int(config.get("people", 0))
        self.input_size = int(config["input_size"])
        self.side = 4 * int(config["size"])
        """Of the pictures as the network makes them, pixels."""
        self._maps: tuple[Portrait, float, float, NDArray[np.float32], NDArray[np.float32]] | None
        self._maps = None

    # -- heads -----------------------------------------------------------------------------------

    def from_seed(self, seed: int) -> Portrait:
        """The person with a number; the same on every computer.

        Raises:
            BadInput: the number is negative, or the network makes no people of its own.
        """
        if seed < 0:
            raise BadInput(f"The number of a person must not be negative, as {seed} is.")
        if not self.people:
            raise BadInput("This network makes no people of its own; start from a drawing.")
        drawn = np.random.default_rng(seed).standard_normal((1, self.people))
        return self._person(drawn.astype(np.float32))

    def from_drawing(
        self,
        pixels: NDArray[np.uint8],
        mask: NDArray[np.uint8] | None = None,
        origin: tuple[int, int] = (0, 0),
        token: CancelToken | None = None,
    ) -> Portrait:
        """The head in a drawing: aligned, read, and read again where the first look was askew.

        Args:
            pixels: premultiplied BGRA uint8 (h, w, 4).
            mask: uint8 (h, w), the selection; None = everything.
            origin: canvas place of the first pixel.
            token: looked at between the steps.

        Raises:
            BadInput: nothing is drawn.
            Cancelled: the token was cancelled.
        """
        token = token or CancelToken()
        sheet = align.on_white_paper(pixels, mask)
        height, width = sheet.ink.shape
        if sheet.painted:
            frame = align.whole_frame(width, height, origin)
        else:
            frame = align.head_frame(sheet.ink, origin)
        token.check()
        portrait, off = self._read(sheet.picture, origin, frame)
        if _size(off) > ALIGNED:
            roll, log_scale, right, down = off
            token.check()
            better = frame.moved(right, down, math.exp(log_scale), roll)
            second, still_off = self._read(sheet.picture, origin, better)
            if _size(still_off) < _size(off):
                portrait = second
        return portrait

    def interpolate(self, a: Portrait, b: Portrait, t: float) -> Portrait:
        """The person between two: t = 0 is `a`, 1 is `b`.  Seen from where `a` was drawn."""
        if t <= 0:
            return a
        if a.z is not None and b.z is not None:
            return b if t >= 1 else self._person((a.z * (1 - t) + b.z * t).astype(np.float32))
        planes = (a.planes * np.float32(1 - t) + b.planes * np.float32(t)).astype(np.float32)
        return Portrait(planes, a.yaw, a.pitch, a.frame)

    def drawn_from(self, portrait: Portrait, yaw: float, pitch: float) -> Portrait:
        """A drawn head whose side the artist knows better, degrees; others stay as they are."""
        if portrait.pose is None:
            return portrait
        pose = portrait.pose.copy()
        pose[0, :2] = np.radians([yaw, pitch])
        return replace(portrait, yaw=yaw, pitch=pitch, pose=pose)

    # -- views -----------------------------------------------------------------------------------

    def view(
        self,
        portrait: Portrait,
        yaw: float,
        pitch: float,
        style: str,
        *,
        side: int | None = None,
        preview: bool = False,
        painted: NDArray[np.uint8] | None = None,
        token: CancelToken | None = None,
    ) -> View:
        """The head from one side.

        Args:
            yaw, pitch: degrees; positive looks at the head's left side, and from above.
            style: one of `styles`.
            side: of the view in pixels, 16..2048; None for the network's own.
            preview: small and quick, without labels and cut-out.
            painted: uint8 (`net.side`, `net.side`) classes over the view, `labels.UNPAINTED`
                where the network's labels stay.
            token: looked at between the steps.

        Raises:
            BadInput: an angle, a size or a style that there is not.
            Cancelled: the token was cancelled.
        """
        self._check(yaw, pitch, style, side)
        token = token or CancelToken()
        inputs = {
            **self._head(portrait),
            "camera": np.radians(np.array([[yaw, pitch]])).astype(np.float32),
            "style": self._one_hot(style),
        }
        if preview:
            image = _unit(self._engine("preview", **inputs)["image"], style)
            picture = finish.enlarge(image, side or image.shape[0], 0.0)
            return View(_bytes(picture), None, yaw, pitch)
        known = self._maps
        if painted is None or known is None or known[:3] != (portrait, yaw, pitch):
            out = self._engine("view", **inputs)
            image = _unit(out["image"], style)
            known = (portrait, yaw, pitch, out["labels"][0], out["small_labels"][0])
            self._maps = known
        large, small = known[3], known[4]
        if painted is not None:
            token.check()
            shares = labels.with_painted(labels.probabilities(small), painted)
            edit = self._engine("edit", **inputs, labels=shares[None].astype(np.float32))
            image = _unit(edit["image"], style)
        token.check()
        return self._finished(image, large, painted, style, side or self.side, (yaw, pitch))

    def _finished(
        self,
        image: NDArray[np.float32],
        logits: NDArray[np.float32],
        painted: NDArray[np.uint8] | None,
        style: str,
        side: int,
        pose: tuple[float, float],
    ) -> View:
        picture = finish.enlarge(image, side, CRISPNESS.get(style, SOFT))
        shares = labels.with_painted(labels.probabilities(logits), painted)
        head = finish.enlarge_mask(1 - shares[labels.BACKGROUND], side)
        return View(_bytes(picture), finish.cut_out(picture, head), *pose, shares)

    def _check(self, yaw: float, pitch: float, style: str, side: int | None) -> None:
        if not abs(yaw) <= YAW_LIMIT:
            raise BadInput(f"A head turns by up to {YAW_LIMIT:g}° to either side, not {yaw:g}°.")
        if not abs(pitch) <= PITCH_LIMIT:
            raise BadInput(f"A head tilts by up to {PITCH_LIMIT:g}°, not {pitch:g}°.")
        if style not in self.styles:
            raise BadInput(f"There is no style “{style}”; choose from {', '.join(self.styles)}.")
        if side is not None and not 16 <= side <= MAX_SIDE:
            raise BadInput(f"A view can have 16 to {MAX_SIDE} pixels a side, not {side}.")

    # -- calls -----------------------------------------------------------------------------------

    @cached_property
    def _one_hots(self) -> NDArray[np.float32]:
        return np.eye(len(self.styles), dtype=np.float32)

    def _one_hot(self, style: str) -> NDArray[np.float32]:
        number = self.styles.index(style)
        row: NDArray[np.float32] = self._one_hots[number : number + 1]
        return row

    def _head(self, portrait: Portrait) -> dict[str, NDArray[np.float32]]:
        """What the network must be told of a head for every view."""
        drawing, pose, drawn = portrait.drawing, portrait.pose, 1
        if drawing is None or pose is None:
            shape = (1, 3, self.input_size, self.input_size)
            drawing, pose, drawn = np.zeros(shape, np.float32), np.zeros((1, 6), np.float32), 0
        known = np.full((1, 1), drawn, np.float32)
        return {"planes": portrait.planes, "drawing": drawing, "pose": pose, "drawn": known}

    def _person(self, z: NDArray[np.float32]) -> Portrait:
        return Portrait(self._engine("person", z=z)["planes"], z=z)

    def _read(
        self, picture: NDArray[np.float32], origin: tuple[int, int], frame: Frame
    ) -> tuple[Portrait, tuple[float, float, float, float]]:
        """The head in a frame, and how far it is out of place there (roll, log scale, shifts)."""
        shown = finish.cut(picture, origin, frame, self.input_size)
        drawing = np.ascontiguousarray(shown.transpose(2, 0, 1)[None] * 2 - 1, np.float32)
        out = self._engine("encode", drawing=drawing)
        pose = out["pose"]
        yaw, pitch, roll, log_scale, right, down = (float(value) for value in pose[0])
        portrait = Portrait(
            out["planes"],
            _within(math.degrees(yaw), YAW_LIMIT),
            _within(math.degrees(pitch), PITCH_LIMIT),
            frame,
            drawing=drawing,
            pose=pose,
        )
        off = (_within(roll, 0.6), _within(log_scale, 0.5), _within(right, 0.5), _within(down, 0.5))
        return portrait, off


def style_titles(styles: Sequence[str]) -> list[str]:
    """What artists call the styles of a network."""
    return [TITLES.get(style, style.capitalize()) for style in styles]


def _size(off: tuple[float, float, float, float]) -> float:
    return max(abs(value) for value in off)


def _within(value: float, limit: float) -> float:
    return min(max(value, -limit), limit)


def _unit(image: NDArray[np.float32], style: str) -> NDArray[np.float32]:
    """(1, 3, h, w) in -1..1 as (h, w, 3) in 0..1, grey where the style is."""
    unit = np.clip((image[0].transpose(1, 2, 0) + 1) / 2, 0, 1)
    if style in COLOURLESS:
        unit = np.broadcast_to(unit.mean(axis=2, keepdims=True), unit.shape)
    return np.ascontiguousarray(unit, np.float32)


def _bytes(picture: NDArray[np.float32]) -> NDArray[np.uint8]:
    return (picture * np.float32(255) + np.float32(0.5)).astype(np.uint8)
