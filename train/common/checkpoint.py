# SPDX-License-Identifier: GPL-3.0-or-later
"""Checkpoints: a nested state as a folder of small files.  Imports torch, safetensors, app.files.

A checkpoint holds tensors in safetensors shards below 16 MiB, so that each file passes through
services with a limit per file, and everything else in `state.json` with each shard's SHA-256.
It is written under a temporary name and renamed when complete: a crash leaves the older one.
Nothing is pickled, so a checkpoint from a stranger cannot run code.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_safetensors
from safetensors.torch import save as save_safetensors
from torch import Tensor

from app.files.atomic import atomic_write

SHARD_BYTES = 15 * 2**20
"""Tensor bytes in a shard: with its header, a file stays below 16 MiB."""

_VERSION = 1
_PREFIX = "step-"


class CheckpointError(Exception):
    """A checkpoint cannot be used; the message names the file and the reason."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


def save_checkpoint(folder: Path, step: int, state: dict[str, Any], keep: int = 2) -> Path:
    """Writes `state` as folder/step-XXXXXXXX and deletes all but the newest `keep` checkpoints.

    Args:
        state: dicts (keys str or int), lists, tuples, numbers, strings, None and tensors, nested.
            Tuples come back as lists.

    Returns:
        The new checkpoint's folder.
    """
    target = folder / f"{_PREFIX}{step:08d}"
    temporary = folder / f".{target.name}.part"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    tensors: list[Tensor] = []
    tree = _to_tree(state, tensors)
    shards = []
    for number, shard in enumerate(_shards(tensors)):
        data = save_safetensors(shard)
        name = f"{number:04d}.safetensors"
        atomic_write(temporary / name, data)
        shards.append({"file": name, "sha256": hashlib.sha256(data).hexdigest()})
    shapes = [list(tensor.shape) for tensor in tensors]
    content = {"version": _VERSION, "state": tree, "shapes": shapes, "shards": shards}
    atomic_write(temporary / "state.json", json.dumps(content).encode())
    shutil.rmtree(target, ignore_errors=True)
    os.replace(temporary, target)
    for old in _checkpoints(folder)[:-keep]:
        shutil.rmtree(old)
    return target


def latest_checkpoint(folder: Path) -> Path:
    """The newest complete checkpoint in `folder`.

    Raises:
        CheckpointError: there is none.
    """
    found = _checkpoints(folder)
    if not found:
        raise CheckpointError(folder, "there is no checkpoint here")
    return found[-1]


def load_checkpoint(path: Path) -> dict[str, Any]:
    """The state saved in the folder `path`, all tensors on the CPU.

    Raises:
        CheckpointError: a file is missing, damaged or of another version.
    """
    try:
        content = json.loads((path / "state.json").read_bytes())
        if content["version"] != _VERSION:
            raise CheckpointError(path, f"version {content['version']}, not {_VERSION}")
        pieces: dict[int, list[Tensor]] = {}
        for shard in content["shards"]:
            data = (path / shard["file"]).read_bytes()
            if hashlib.sha256(data).hexdigest() != shard["sha256"]:
                raise CheckpointError(path / shard["file"], "its content is not what was saved")
            for name, piece in sorted(load_safetensors(data).items()):
                pieces.setdefault(int(name.split(".")[0]), []).append(piece)
        tensors = [
            torch.cat(pieces[number]).view(shape) for number, shape in enumerate(content["shapes"])
        ]
        return _from_tree(content["state"], tensors)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise CheckpointError(path, str(error)) from error


def _checkpoints(folder: Path) -> list[Path]:
    """Complete checkpoints, oldest first."""
    return sorted(folder.glob(f"{_PREFIX}*"))


def _shards(tensors: list[Tensor]) -> list[dict[str, Tensor]]:
    """The tensors, flat and cut where needed, in dicts of at most SHARD_BYTES.

    Names are "number.offset" with digits enough that sorting keeps the order of a tensor's pieces.
    """
    shards: list[dict[str, Tensor]] = [{}]
    room = SHARD_BYTES
    for number, tensor in enumerate(tensors):
        flat = tensor.detach().cpu().contiguous().view(-1)
        start = 0
        while start < len(flat) or start == 0:  # an empty tensor has a piece too
            count = min(len(flat) - start, room // flat.element_size())
            if count == 0 and len(flat):
                shards.append({})
                room = SHARD_BYTES
                continue
            # A copy, because safetensors refuses tensors that share memory.
            shards[-1][f"{number:06d}.{start:015d}"] = flat[start : start + count].clone()
            start += max(count, 1)
            room -= count * flat.element_size()
    return shards


def _to_tree(value: Any, tensors: list[Tensor]) -> Any:
    """JSON for `value`; tensors are moved to the list and leave their number."""
    if isinstance(value, Tensor):
        tensors.append(value)
        return {"tensor": len(tensors) - 1}
    if isinstance(value, dict):
        # As pairs, because an optimiser's state has whole numbers as keys.
        return {"dict": [[key, _to_tree(item, tensors)] for key, item in value.items()]}
    if isinstance(value, list | tuple):
        return [_to_tree(item, tensors) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"a checkpoint cannot hold {type(value).__name__}")


def _from_tree(tree: Any, tensors: list[Tensor]) -> Any:
    if isinstance(tree, dict) and "tensor" in tree:
        return tensors[tree["tensor"]]
    if isinstance(tree, dict):
        return {key: _from_tree(item, tensors) for key, item in tree["dict"]}
    if isinstance(tree, list):
        return [_from_tree(item, tensors) for item in tree]
    return tree
