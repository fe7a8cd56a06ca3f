# SPDX-License-Identifier: GPL-3.0-or-later
"""Other ways to get lines out of a rough drawing, to measure a network against.

Imports numpy, cv2, ai_tools.simplify.infer; runs mkbitmap and potrace where they are installed.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from ai_tools.simplify.infer import SimplifyRequest, run
from app.jobs import CancelToken
from train.metrics.lines import line_mask

Grey = NDArray[np.uint8]
Peer = Callable[[Grey], NDArray[np.bool_]]
"""Grey rough drawing (h, w), 255 = white -> mask of its lines."""


def peers(strengths: Sequence[float]) -> Mapping[str, Peer]:
    """The ways that can run here, by name.

    input: the drawing's dark pixels as they are; otsu, adaptive: thresholds; potrace: the setting
    of Simo-Serra et al.'s post-processing; potrace_2: another one in use; classic_S: the program's
    own engine without a network, at each strength S of `strengths`.
    """
    ways: dict[str, Peer] = {"input": line_mask, "otsu": _otsu, "adaptive": _adaptive}
    if shutil.which("mkbitmap") and shutil.which("potrace"):
        ways["potrace"] = lambda rough: _potrace(rough, ["-t", "0.3"])
        ways["potrace_2"] = lambda rough: _potrace(rough, ["-s", "2", "-t", "0.45"])
    for strength in strengths:
        ways[f"classic_{strength}"] = partial(_classic, strength=strength)
    return ways


def _otsu(rough: Grey) -> NDArray[np.bool_]:
    threshold, _ = cv2.threshold(rough, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return rough <= threshold


def _adaptive(rough: Grey) -> NDArray[np.bool_]:
    """Darker than the surroundings by a tenth of full scale."""
    near = cv2.GaussianBlur(rough, (0, 0), max(rough.shape) / 40)
    return rough.astype(np.int16) < near.astype(np.int16) - 25


def _potrace(rough: Grey, settings: list[str]) -> NDArray[np.bool_]:
    """mkbitmap, which enlarges twice, then potrace without speckles, drawn at the old size."""
    height, width = rough.shape
    pgm = b"P5 %d %d 255\n" % (width, height) + rough.tobytes()
    bitmap = subprocess.run(
        ["mkbitmap", *settings, "-o", "-", "-"], input=pgm, stdout=subprocess.PIPE, check=True
    ).stdout
    traced = subprocess.run(
        ["potrace", "-b", "pgm", "-t", "15", "-x", "0.5", "-o", "-", "-"],
        input=bitmap,
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    drawn = cv2.imdecode(np.frombuffer(traced, np.uint8), cv2.IMREAD_GRAYSCALE)
    if drawn is None:  # potrace draws nothing at all for an empty bitmap
        return np.zeros(rough.shape, bool)
    return line_mask(np.asarray(drawn[:height, :width], np.uint8))


def _classic(rough: Grey, strength: float) -> NDArray[np.bool_]:
    request = SimplifyRequest(rough, strength=strength)
    return run(request, CancelToken(), lambda done, text: None).binary > 0
