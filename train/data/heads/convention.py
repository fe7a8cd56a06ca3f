# SPDX-License-Identifier: GPL-3.0-or-later
"""What all parts of the heads agree on: classes, kinds of surface, styles, camera.  Imports numpy.

Lengths are decimetres.  World axes: x to the viewer's right in a frontal view, y up, z towards the
viewer; the origin lies inside of the head, between the ears.  The camera is that of
`ai_tools.nets.volume`: it looks at the origin, positive yaw moves it to +x, positive pitch lifts
it.  Angles are radians.
"""

from __future__ import annotations

import math
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Ints = NDArray[np.int32]
Picture = NDArray[np.uint8]

CAMERA_DISTANCE = 16.5
FIELD_OF_VIEW = 12.3
"""Degrees over the picture's side; at the origin that is 3.56 dm."""

STYLES = ("line", "pen", "pencil", "soft", "charcoal", "oil", "cel")


class Label(IntEnum):
    """The 19 classes in CelebAMask's order.  Glasses, hat, earring and necklace do not occur yet.

    Left is +x: the viewer's right in a frontal view.  Mirroring a picture must swap the sides.
    """

    BACKGROUND = 0
    SKIN = 1
    NOSE = 2
    GLASSES = 3
    LEFT_EYE = 4
    RIGHT_EYE = 5
    LEFT_BROW = 6
    RIGHT_BROW = 7
    LEFT_EAR = 8
    RIGHT_EAR = 9
    MOUTH = 10
    UPPER_LIP = 11
    LOWER_LIP = 12
    HAIR = 13
    HAT = 14
    EARRING = 15
    NECKLACE = 16
    NECK = 17
    CLOTH = 18


class Kind(IntEnum):
    """Kinds of surface; NONE is the background."""

    NONE = -1
    SKIN = 0
    EYE = 1
    BROW = 2
    LASH = 3
    HAIR = 4
    CLOTH = 5
    TEETH = 6


PALETTE: Picture = np.array(
    [
        *((0, 0, 0), (240, 190, 160), (220, 150, 120), (204, 204, 0), (51, 51, 255), (204, 0, 204)),
        *((0, 160, 160), (150, 90, 190), (160, 110, 60), (200, 70, 40), (130, 20, 40)),
        *((230, 90, 110), (190, 60, 90), (90, 60, 40), (255, 51, 153), (0, 204, 204)),
        *((0, 51, 0), (255, 170, 90), (60, 130, 90)),
    ],
    np.uint8,
)
"""A colour (RGB) for every label, for looking at label maps."""

MIRRORED = np.array([0, 1, 2, 3, 5, 4, 7, 6, 9, 8, *range(10, 19)], np.uint8)
"""The label that a label becomes when its picture is mirrored."""


def camera_axes(yaw: float, pitch: float) -> NDArray[np.float64]:
    """Unit vectors right, up, back (towards the camera) as rows, (3, 3)."""
    sin_yaw, cos_yaw, sin_pitch, cos_pitch = (
        *(math.sin(yaw), math.cos(yaw)),
        *(math.sin(pitch), math.cos(pitch)),
    )
    return np.array(
        [
            [cos_yaw, 0, -sin_yaw],
            [-sin_yaw * sin_pitch, cos_pitch, -cos_yaw * sin_pitch],
            [sin_yaw * cos_pitch, sin_pitch, cos_yaw * cos_pitch],
        ]
    )


def project(points: Floats, yaw: float, pitch: float, width: int) -> NDArray[np.float64]:
    """World points (n, 3) -> (n, 3): pixel x and y, and 1 / distance along the camera's axis.

    Pixel (column i, row j) covers i..i+1, j..j+1.  Points behind the camera get a negative third
    number.
    """
    local = points @ camera_axes(yaw, pitch).T
    ahead = CAMERA_DISTANCE - local[:, 2]
    focal = width / 2 / math.tan(math.radians(FIELD_OF_VIEW) / 2)
    x = width / 2 + focal * local[:, 0] / ahead
    y = width / 2 - focal * local[:, 1] / ahead
    return np.stack([x, y, 1 / ahead], 1)


def unit(vectors: Floats) -> Floats:
    """Vectors (..., 3) brought to length 1; zero vectors stay zero."""
    length = np.sqrt((vectors * vectors).sum(-1, keepdims=True))
    return vectors / np.maximum(length, 1e-12)
