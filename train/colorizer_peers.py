# SPDX-License-Identifier: GPL-3.0-or-later
"""Other ways to colour line art, to measure a network against.

Imports numpy, cv2, train.colorizer_drawing; runs G'MIC's command line where it is installed.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from train.colorizer_drawing import Asked, Picture, Way, field_fill, kept, with_lines
from train.common.run import RunError

SMART = "fx_colorize_lineart_smart 1,95,0,0,1,24,200,0,75,2,60,20,90,1,10,1"
"""Fourey, Tschumperlé and Revoy, A Fast and Efficient Semi-guided Algorithm for Flat Coloring
Line-arts (2018), hints as the first layer; its third output are the flat colours."""

PROPAGATION = "fx_colorize_lineart 0,1,0,0.05"
"""G'MIC's older spreading of hints; its first output are the flat colours."""

_PATIENCE = 300.0
"""Seconds after which G'MIC is given up."""


def peers() -> Mapping[str, Way]:
    """The ways that can run here, by name.

    field: the light network's own input, colours spread from the hints, without the network;
    gmic_smart, gmic_propagation: see `SMART` and `PROPAGATION`, lines drawn over them.
    """
    ways: dict[str, Way] = {"field": field_fill}
    if shutil.which("gmic"):
        ways["gmic_smart"] = lambda asked: _gmic(asked, SMART, 2)
        ways["gmic_propagation"] = lambda asked: _gmic(asked, PROPAGATION, 0)
    return ways


def timed(way: Way, asked: Asked, cache: Path | None = None) -> tuple[Picture, float]:
    """What a way paints, and the seconds that it takes.

    Args:
        cache: folder where both are kept, under a name made of all that was asked.  Peers do not
            change while a network is trained.
    """
    path = None if cache is None else cache / f"{_key(asked)}.npz"
    if path is not None and path.exists():
        with np.load(path, allow_pickle=False) as data:
            return data["painted"], float(data["seconds"])
    start = time.perf_counter()
    painted = way(asked)
    seconds = time.perf_counter() - start
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, painted=painted, seconds=seconds)
    return painted, seconds


def _key(asked: Asked) -> str:
    digest = hashlib.sha1()
    for array in (asked.line, asked.base, asked.mask, asked.hints.rgb, asked.hints.alpha):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:20]


def _gmic(asked: Asked, command: str, output: int) -> Picture:
    """Paper stays white where the way paints nothing."""
    alpha = np.where(asked.hints.alpha > 0, 255, 0).astype(np.uint8)
    hints = np.dstack([asked.hints.rgb[..., ::-1], alpha])
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        _write(home / "hints.png", hints)
        _write(home / "line.png", np.rint(255 * (1 - asked.line)).astype(np.uint8))
        words = ["gmic", "v", "-1", "hints.png", "line.png", *command.split(), "output", "out.png"]
        done = subprocess.run(words, cwd=home, capture_output=True, timeout=_PATIENCE, check=False)
        path = home / f"out_{output:06d}.png"
        flats = cv2.imread(str(path), cv2.IMREAD_UNCHANGED) if path.exists() else None
    if flats is None or flats.ndim != 3:
        raise RunError(f"gmic painted nothing: {done.stderr.decode(errors='replace').strip()}")
    colours = np.asarray(flats[..., 2::-1], np.float32)
    if flats.shape[2] == 4:
        opacity = flats[..., 3:].astype(np.float32) / 255
        colours = colours * opacity + 255 * (1 - opacity)
    return kept(asked, with_lines(asked.line, np.rint(colours).astype(np.uint8)))


def _write(path: Path, image: NDArray[np.uint8]) -> None:
    ok, data = cv2.imencode(".png", image)
    if not ok:
        raise ValueError(f"no PNG can hold an image of shape {image.shape}")
    path.write_bytes(data.tobytes())
