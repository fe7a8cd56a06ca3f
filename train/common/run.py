# SPDX-License-Identifier: GPL-3.0-or-later
"""A run's folder: config.toml, log.csv, TensorBoard's events, checkpoints/, samples/.

Imports the standard library, numpy, cv2 and, where installed, torch's TensorBoard writer.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from app.files.atomic import atomic_write
from train.common.config import to_toml


class RunError(Exception):
    """A run's folder cannot be used as asked; the message names it and the reason."""


class Run:
    """The folder of one training run.  Only the main process makes one with `writes`."""

    def __init__(self, folder: Path, config: Any, *, resume: bool, writes: bool = True) -> None:
        """Opens or makes the folder and records `config`, a configuration dataclass.

        Raises:
            RunError: a new run where one is already, or a resumed run where there is none.
        """
        self.folder = folder
        self.writes = writes
        self._tensorboard: Any = None
        exists = (folder / "config.toml").exists()
        # Other processes must not take what the main one has just made for an older run.
        if exists and not resume and writes:
            raise RunError(f"{folder} already holds a run; add --resume to continue it")
        if resume and not exists:
            raise RunError(f"{folder} holds no run to resume")
        if writes:
            self.checkpoints.mkdir(parents=True, exist_ok=True)
            (folder / "samples").mkdir(exist_ok=True)
            atomic_write(folder / "config.toml", to_toml(config).encode())

    @property
    def checkpoints(self) -> Path:
        """Folder of the checkpoints."""
        return self.folder / "checkpoints"

    @property
    def best(self) -> Path:
        """Folder of the checkpoint that validated best."""
        return self.folder / "best"

    def rewind(self, step: int) -> None:
        """Drops what was logged from `step` on: a resumed run will log it again."""
        path = self.folder / "log.csv"
        if not self.writes or not path.exists():
            return
        with path.open(newline="", encoding="utf-8") as file:
            header, *rows = list(csv.reader(file)) or [["step", "name", "value"]]
        kept = [row for row in rows if len(row) == 3 and int(row[0]) < step]
        lines = [",".join(row) for row in [header, *kept]]
        atomic_write(path, ("\n".join(lines) + "\n").encode())

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Appends (step, name, value) rows to log.csv, and the same to TensorBoard.

        One row a value, because training and validation log different things at different steps.
        """
        if not self.writes:
            return
        path = self.folder / "log.csv"
        new = not path.exists()
        with path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            if new:
                writer.writerow(["step", "name", "value"])
            writer.writerows([step, name, f"{value:.6g}"] for name, value in values.items())
        board = self._board()
        if board is not None:
            for name, value in values.items():
                board.add_scalar(name, value, step)

    def picture(self, step: int, name: str, image: np.ndarray) -> Path:
        """Saves samples/NAME-STEP.png: image uint8 (h, w, 3) RGB or (h, w) grey."""
        path = self.folder / "samples" / f"{name}-{step:08d}.png"
        if self.writes:
            write_png(path, image)
            board = self._board()
            if board is not None:
                board.add_image(name, image, step, dataformats="HWC" if image.ndim == 3 else "HW")
        return path

    def close(self) -> None:
        """Writes out what TensorBoard still holds back."""
        if self._tensorboard is not None:
            self._tensorboard.close()

    def _board(self) -> Any:
        # TensorBoard's import takes seconds: a test or a user without it need not pay for it.
        if self._tensorboard is None and not os.environ.get("LIMNER_NO_TENSORBOARD"):
            if find_spec("tensorboard") is None:
                return None
            from torch.utils.tensorboard import SummaryWriter

            self._tensorboard = SummaryWriter(str(self.folder / "events"))
        return self._tensorboard


def write_png(path: Path, image: np.ndarray) -> None:
    """Writes uint8 (h, w, 3) RGB or (h, w) grey.

    Raises:
        app.files.errors.WriteFailedError: the system refused.
    """
    import cv2

    pixels = image[..., ::-1] if image.ndim == 3 else image
    ok, data = cv2.imencode(".png", np.ascontiguousarray(pixels))
    if not ok:
        raise ValueError(f"no PNG can hold an image of shape {image.shape}, {image.dtype}")
    atomic_write(path, data.tobytes())


def grid(images: np.ndarray, columns: int, gap: int = 2) -> np.ndarray:
    """Pictures side by side: uint8 (n, h, w[, 3]) -> one picture, row by row, grey gaps between."""
    count, height, width = images.shape[:3]
    rows = -(-count // columns)
    shape = (rows * (height + gap) + gap, columns * (width + gap) + gap, *images.shape[3:])
    sheet = np.full(shape, 160, np.uint8)
    for i, image in enumerate(images):
        y, x = (i // columns) * (height + gap) + gap, (i % columns) * (width + gap) + gap
        sheet[y : y + height, x : x + width] = image
    return sheet
