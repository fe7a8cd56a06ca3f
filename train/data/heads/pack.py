# SPDX-License-Identifier: GPL-3.0-or-later
"""The head pack: base mesh, targets, fitted meshes and textures in one .npz.

Imports numpy and cv2.  Arrays of the file (n base vertices, m triangles, k mesh vertices):

    base_vertices (n, 3)   head_faces (m, 3)   head_uv (u, 2)   head_uv_faces (m, 3)
    target_ends (t + 1,)   target_index (..., )   target_move (..., 3)
    mesh/NAME/  index (k, 3), weight (k, 2), offset (k, 3), scales (3, 3), hidden (h,),
                faces (j, 3), uv (i, 2), uv_faces (j, 3)
    texture/NAME  an encoded picture (WebP or PNG) as bytes
    header_json   {"version": 1, "targets": names, and "target_step", "weight_step", "offset_step",
                  "uv_step": what a 1 in the integer arrays of these names stands for} as bytes
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from train.data.heads.convention import Floats, Ints, Picture

NEEDED_TEXTURES = ("mask/lips", "mask/ears", "mask/eyelids", "mask/inside-mouth", "eye/brown")
NEEDED_MESHES = ("eye", "teeth", "brow/", "lash/", "cloth/")
"""Names, or how at least one name begins."""
FREE_TEXTURES = frozenset(NEEDED_TEXTURES)
"""What of the textures strict mode reads: the parts whose origin leaves no question open."""


class HeadPackError(Exception):
    """A file is no head pack; the message names it and the reason."""


@dataclass(frozen=True, eq=False)
class FittedMesh:
    """A mesh bound to the base mesh: each vertex is a mix of three base vertices plus an offset."""

    index: Ints  # (k, 3) base vertices
    weight: Floats  # (k, 3)
    offset: Floats  # (k, 3)
    scales: Floats  # (3, 3) rows: base vertices a and b, their distance on the neutral mesh or 0
    hidden: Ints  # base vertices that this mesh covers
    faces: Ints  # (m, 3)
    face_uv: Floats  # (m, 3, 2)

    def fit(self, base: Floats) -> Floats:
        """This mesh's vertices (k, 3) on the deformed base mesh (n, 3)."""
        scale = np.ones(3)
        for axis, (a, b, distance) in enumerate(self.scales):
            if distance:
                scale[axis] = abs(base[int(a), axis] - base[int(b), axis]) / distance
        corners: Floats = (base[self.index] * self.weight[..., None]).sum(1)
        return corners + self.offset * scale


@dataclass(frozen=True, eq=False)
class HeadPack:
    """Everything heads are made of.  Arrays must not be changed."""

    vertices: Floats  # (n, 3) neutral base mesh
    faces: Ints  # (m, 3) head and shoulders
    face_uv: Floats  # (m, 3, 2)
    targets: Mapping[str, tuple[Ints, Floats]]  # name -> vertices, displacements
    meshes: Mapping[str, FittedMesh]
    textures: Mapping[str, Picture]  # (h, w, 4), (h, w, 3) RGB or (h, w) for masks
    strict: bool
    path: Path
    memory: dict[str, object] = field(default_factory=dict, repr=False)
    """Results that depend on nothing but the pack, kept by the functions that derive them."""

    @staticmethod
    def load(path: Path, strict: bool = True) -> HeadPack:
        """Reads a pack.

        Args:
            path: the file, or the folder that holds `heads_pack.npz`.
            strict: leave out all textures of uncertain origin; programs replace them.

        Raises:
            HeadPackError: there is no such file, or it is no head pack.
        """
        path = path / "heads_pack.npz" if path.is_dir() else path
        try:
            with np.load(path, allow_pickle=False) as data:
                return _read(data, strict, path)
        except FileNotFoundError as error:
            raise HeadPackError(f"{path}: no such file") from error
        except KeyError as error:
            raise HeadPackError(f"{path}: no head pack, it lacks {error.args[0]}") from error
        except (OSError, EOFError, ValueError, IndexError, zipfile.BadZipFile) as error:
            raise HeadPackError(f"{path}: no head pack ({error})") from error

    def names(self, kind: str) -> list[str]:
        """Names of the meshes of one kind: "brow", "lash", "cloth"."""
        return [name for name in self.meshes if name.startswith(kind + "/")]

    def move(self, vertices: Floats, target: str, amount: float) -> None:
        """Moves `vertices` (n, 3) in place along a target.

        Raises:
            HeadPackError: the pack has no such target.
        """
        if target not in self.targets:
            raise HeadPackError(f"{self.path}: no head pack, it lacks the target {target}")
        index, displacement = self.targets[target]
        vertices[index] += displacement * amount


def _read(data: Mapping[str, np.ndarray], strict: bool, path: Path) -> HeadPack:
    header = json.loads(data["header_json"].tobytes())
    if header.get("version") != 1:
        raise ValueError(f"version {header.get('version')} instead of 1")
    vertices = data["base_vertices"].astype(np.float64)
    faces = data["head_faces"].astype(np.int32)
    ends, index = data["target_ends"], data["target_index"].astype(np.int32)
    displacement = data["target_move"] * header["target_step"]
    if len(ends) != len(header["targets"]) + 1:
        raise ValueError("target_ends does not match the targets' names")
    if max(faces.max(initial=0), index.max(initial=0)) >= len(vertices):
        raise ValueError("a face or a target refers to a vertex that is not there")
    targets = {
        name: (index[start:end], displacement[start:end])
        for name, start, end in zip(header["targets"], ends[:-1], ends[1:], strict=True)
    }
    meshes, textures = {}, {}
    for key in data:
        if key.startswith("mesh/hair/"):
            continue  # cards: hair is grown instead
        if key.startswith("mesh/") and key.endswith("/index"):
            meshes[key[5:-6]] = _read_mesh(data, key[:-5], header)
        name = key.removeprefix("texture/")
        wanted = not name.startswith("hair/") and (not strict or name in FREE_TEXTURES)
        if name != key and wanted:
            textures[name] = _read_texture(data[key], name)
    for name in NEEDED_TEXTURES:
        if name not in textures:
            raise KeyError(f"the texture {name}")
    for name in NEEDED_MESHES:
        if not any(n == name or (name[-1] == "/" and n.startswith(name)) for n in meshes):
            raise KeyError(f"a mesh {name}")
    uv = data["head_uv"][data["head_uv_faces"]]
    return HeadPack(vertices, faces, uv, targets, meshes, textures, strict, path)


def _read_mesh(
    data: Mapping[str, np.ndarray], prefix: str, header: Mapping[str, float]
) -> FittedMesh:
    two = data[prefix + "weight"] * header["weight_step"]
    uv = (data[prefix + "uv"] * header["uv_step"]).astype(np.float32)
    return FittedMesh(
        data[prefix + "index"].astype(np.int32),
        np.concatenate([two, 1 - two.sum(1, keepdims=True)], 1),
        data[prefix + "offset"] * header["offset_step"],
        data[prefix + "scales"],
        data[prefix + "hidden"].astype(np.int32),
        data[prefix + "faces"].astype(np.int32),
        uv[data[prefix + "uv_faces"]],
    )


def _read_texture(encoded: np.ndarray, name: str) -> Picture:
    import cv2

    pixels = cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise ValueError(f"texture {name} cannot be decoded")
    if name.startswith("mask/"):
        return np.ascontiguousarray(pixels[..., 0] if pixels.ndim == 3 else pixels)
    order = [2, 1, 0, 3] if pixels.shape[2] == 4 else [2, 1, 0]
    return np.ascontiguousarray(pixels[..., order])
