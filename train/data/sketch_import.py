# SPDX-License-Identifier: GPL-3.0-or-later
"""Drawings in two public formats: QuickDraw's ndjson and Sketch-RNN's npz.  Imports numpy and cv2.

QuickDraw, https://github.com/googlecreativelab/quickdraw-dataset: a JSON object a line; `drawing`
is a list of strokes [[x...], [y...]] ("simplified": box 0..255) or [[x...], [y...], [t...]] (raw).
Sketch-RNN: an npz with the object arrays train, valid, test of int16 (n, 3) stroke-3 drawings.
"""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

BOX = 255
RDP_EPSILON = 2.0
MAX_POINTS = 250
"""Longer drawings are left out: they would lengthen the padding of all others."""

Imported = tuple[list[NDArray[np.int16]], list[str], list[int]]
"""Drawings with the start point in row 0, their words, splits (0 train, 1 valid, 2 test)."""


class SketchDataError(ValueError):
    """A file of drawings cannot be used; the message names the file and the reason."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason


def read_ndjson(path: Path) -> Imported:
    """Recognised drawings of a QuickDraw file; a twentieth is valid, by the drawing's key.

    Raises:
        SketchDataError: unreadable, no drawings, or a broken line (the message has its number).
    """
    sketches, words, splits = [], [], []
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                try:
                    entry = json.loads(line)
                    if not entry.get("recognized", True):
                        continue
                    sketch = from_polylines([np.array(s[:2], float).T for s in entry["drawing"]])
                    word, key = str(entry["word"]), int(entry.get("key_id", number))
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    raise SketchDataError(str(path), f"line {number}: {error!r}") from error
                if 1 < len(sketch) <= MAX_POINTS:
                    sketches.append(sketch)
                    words.append(word)
                    splits.append(int(key % 20 == 0))
    except (OSError, UnicodeDecodeError) as error:
        raise SketchDataError(str(path), str(error)) from error
    if not sketches:
        raise SketchDataError(str(path), "it holds no drawing")
    return sketches, words, splits


def from_polylines(strokes: list[NDArray[np.float64]]) -> NDArray[np.int16]:
    """Strokes (n, 2) in any units -> a drawing in the 0..255 box, simplified.

    Each stroke loses points nearer than 2 units to the last one kept, then those that
    Ramer-Douglas-Peucker with epsilon 2 finds needless, as Sketch-RNN's data did.

    Raises:
        ValueError: no point at all, or coordinates that are no finite numbers.
    """
    import cv2

    strokes = [stroke for stroke in strokes if len(stroke)]
    every = np.concatenate(strokes) if strokes else np.empty((0, 2))
    if not len(every) or every.shape[1] != 2 or not np.isfinite(every).all():
        raise ValueError("a drawing needs points with two finite coordinates")
    low = every.min(0)
    scale = BOX / max(float((every.max(0) - low).max()), 1e-9)
    rows: list[tuple[int, int, int]] = []
    last = np.zeros(2, np.int64)
    for stroke in strokes:
        scaled = _thin((stroke - low) * scale).astype(np.float32)
        kept = cv2.approxPolyDP(scaled[:, None], RDP_EPSILON, False)[:, 0]
        if len(scaled) > 1 and (kept[-1] != scaled[-1]).any():
            kept = np.concatenate([kept, scaled[-1:]])  # OpenCV drops the end of a closed stroke
        for i, point in enumerate(np.rint(kept).astype(np.int64)):
            rows.append((*(point - last).tolist(), int(i == len(kept) - 1)))
            last = point
    return np.array(rows, np.int16)


def _thin(stroke: NDArray[np.float64]) -> NDArray[np.float64]:
    """Drops points nearer than RDP_EPSILON to the last kept one; both ends stay."""
    kept = [stroke[0]]
    for point in stroke[1:-1]:
        if np.hypot(*(point - kept[-1])) >= RDP_EPSILON:
            kept.append(point)
    if len(stroke) > 1:
        kept.append(stroke[-1])
    return np.array(kept)


def read_sketch_rnn(path: Path) -> Imported:
    """Drawings of a Sketch-RNN file, all of the word that is its name ("cat.npz", "cat.full.npz").

    The offsets keep their scale but where a drawing is larger than the 0..255 box.

    Raises:
        SketchDataError: unreadable, not of this format, or its pickles hold more than arrays.
    """
    sketches, splits = [], []
    word = path.name.split(".")[0].removeprefix("sketchrnn_").replace("_", " ")
    try:
        with zipfile.ZipFile(path) as archive:
            for number, name in enumerate(("train", "valid", "test")):
                for item in _object_array(archive.read(f"{name}.npy")):
                    sketch = _with_start(np.asarray(item))
                    if 1 < len(sketch) <= MAX_POINTS:
                        sketches.append(sketch)
                        splits.append(number)
    except (OSError, KeyError, ValueError, TypeError, EOFError) as error:
        raise SketchDataError(str(path), str(error)) from error
    except (zipfile.BadZipFile, pickle.UnpicklingError) as error:
        raise SketchDataError(str(path), str(error)) from error
    if not sketches:
        raise SketchDataError(str(path), "it holds no drawing")
    return sketches, [word] * len(sketches), splits


def _with_start(offsets: NDArray[Any]) -> NDArray[np.int16]:
    """Stroke-3 rows (n, 3) -> a drawing whose row 0 is the start point in the 0..255 box."""
    if offsets.ndim != 2 or offsets.shape[1] != 3 or not np.isfinite(offsets).all():
        raise ValueError(f"a drawing has shape {offsets.shape}, not (points, 3)")
    path = np.concatenate([np.zeros((1, 2)), offsets[:, :2].astype(float).cumsum(0)])
    path -= path.min(0)
    path *= min(1.0, BOX / max(float(path.max()), 1e-9))
    path = np.rint(path)
    lifts = np.concatenate([[0], offsets[:, 2] > 0])
    moves = np.diff(path, axis=0, prepend=np.zeros((1, 2)))
    return np.column_stack([moves, lifts]).astype(np.int16)


class _ArraysOnly(pickle.Unpickler):
    """Unpickles numpy arrays and nothing else, because a pickle may otherwise run any code."""

    _SAFE = frozenset(
        {
            ("numpy", "ndarray"),
            ("numpy", "dtype"),
            ("numpy.core.multiarray", "_reconstruct"),
            ("numpy._core.multiarray", "_reconstruct"),
            ("numpy._core.numeric", "_frombuffer"),
            ("numpy.core.numeric", "_frombuffer"),
            ("_codecs", "encode"),
        }
    )

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._SAFE:
            raise pickle.UnpicklingError(f"it holds {module}.{name}, which no drawing needs")
        return super().find_class(module, name)


def _object_array(data: bytes) -> Iterator[Any]:
    """The items of an .npy file that holds an object array."""
    stream = io.BytesIO(data)
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0
    if version != (1, 0):
        read = np.lib.format.read_array_header_2_0
    _, _, dtype = read(stream)
    if not dtype.hasobject:
        raise ValueError("it holds numbers where drawings were expected")
    # The published files come from Python 2, whose strings need an encoding.
    yield from np.ravel(_ArraysOnly(stream, encoding="latin1").load())
