# SPDX-License-Identifier: GPL-3.0-or-later
"""A head pack of a few hundred triangles, made on the spot: a bust turned on a lathe."""

import itertools
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from train.data.heads.materials import IRIS_CENTRES
from train.data.heads.pack import HeadPack
from train.data.heads.shape import NOSE_TARGETS
from train.data.heads.traits import ANCESTRIES, EXPRESSIONS, HEAD_SHAPES

Arrays = dict[str, np.ndarray]

ROWS, COLUMNS = 31, 40
TOP, BOTTOM = 8.1, 4.0
EYE_HEIGHT = 7.1


def _radius(height: np.ndarray) -> np.ndarray:
    """Of the bust: an ellipsoid on a neck on shoulders."""
    head = 0.95 * np.sqrt(np.clip(1 - ((height - 7.0) / 1.11) ** 2, 0, 1))
    neck = 0.5 + np.clip(5.9 - height, 0, 2) * 0.9
    return np.where(height > 6.2, np.maximum(head, 0.02), neck)


def _bust() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices, faces and uv of the vertices; angle 0 looks along +z, the seam is at the back."""
    height, angle = np.meshgrid(
        np.linspace(BOTTOM, TOP, ROWS), np.linspace(-np.pi, np.pi, COLUMNS), indexing="ij"
    )
    radius = _radius(height)
    x, z = radius * np.sin(angle) * 0.85, radius * np.cos(angle)
    vertices = np.stack([x, height, z], -1).reshape(-1, 3)
    uv = np.stack([angle / (2 * np.pi) + 0.5, (height - BOTTOM) / (TOP - BOTTOM)], -1)
    return vertices, _grid_faces(ROWS, COLUMNS), uv.reshape(-1, 2)


def _grid_faces(rows: int, columns: int) -> np.ndarray:
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    quads = (np.stack([a, b, c], -1), np.stack([b, d, c], -1))
    return np.concatenate([quad.reshape(-1, 3) for quad in quads])


def _patch(base: np.ndarray, places: list[np.ndarray], uvs: list[np.ndarray]) -> Arrays:
    """A fitted mesh of 3 x 3 patches: each (9, 3) positions, (9, 2) uv."""
    position, uv = np.concatenate(places), np.concatenate(uvs)
    nearest = ((position[:, None] - base) ** 2).sum(-1).argmin(1)
    faces = np.concatenate([_grid_faces(3, 3) + 9 * i for i in range(len(places))])
    return {
        "index": np.repeat(nearest[:, None], 3, 1).astype(np.uint16),
        "weight": np.round(np.array([[1, 0]] * len(position)) / 1.6e-4).astype(np.int16),
        "offset": np.round((position - base[nearest]) / 1e-4).astype(np.int16),
        "scales": np.zeros((3, 3)),
        "hidden": np.zeros(0, np.uint16),
        "faces": faces.astype(np.uint16),
        "uv_faces": faces.astype(np.uint16),
        "uv": np.round(uv * 65535).astype(np.uint16),
    }


def _front(x: float, y: float, width: float, height: float, lift: float) -> np.ndarray:
    """3 x 3 positions on the bust's front, `lift` before it."""
    rows, columns = np.meshgrid(y + np.array([-1, 0, 1]) * height, x + np.array([-1, 0, 1]) * width)
    depth = np.sqrt(np.clip(_radius(rows) ** 2 - (columns / 0.85) ** 2, 0, None)) + lift
    return np.stack([columns.T, rows.T, depth.T], -1).reshape(9, 3)


def _square(u: float, v: float, half: float) -> np.ndarray:
    rows, columns = np.meshgrid(v + np.array([-1, 0, 1]) * half, u + np.array([-1, 0, 1]) * half)
    return np.stack([columns.T, rows.T], -1).reshape(9, 2)


def _png(pixels: np.ndarray) -> np.ndarray:
    return cv2.imencode(".png", pixels)[1].ravel()


def _textures() -> Arrays:
    v, u = (np.mgrid[0:128, 0:128] + 0.5) / 128
    height, angle = TOP - v * (TOP - BOTTOM), (u - 0.5) * 2 * np.pi
    masks = {
        "lips": (abs(height - 6.5) < 0.14) & (abs(angle) < 0.35),
        "ears": (abs(height - 7.0) < 0.25) & (abs(abs(angle) - np.pi / 2) < 0.15),
        "eyelids": (abs(height - EYE_HEIGHT) < 0.15) & (abs(abs(angle) - 0.35) < 0.2),
        "inside-mouth": (abs(height - 6.5) < 0.02) & (abs(angle) < 0.2),
    }
    textures = {"mask/" + n: _png(np.uint8(255) * m.astype(np.uint8)) for n, m in masks.items()}
    eye = np.full((128, 128, 4), 235, np.uint8)
    eye[..., 3] = 255
    for iris_u, iris_v in IRIS_CENTRES:
        eye[np.hypot(u - iris_u, 1 - v - iris_v) < 0.1, :3] = (30, 50, 80)
    painted = np.full((16, 16, 3), 128, np.uint8)
    return textures | {"eye/brown": _png(eye), "skin/young_lightskinned_male": _png(painted)}


def _target_names() -> list[str]:
    ages = ("baby", "child", "young", "old")
    names = [
        f"macro/{'-'.join(n)}" for n in itertools.product(ANCESTRIES, ("female", "male"), ages)
    ]
    names += [f"head/head-{shape}" for shape in HEAD_SHAPES]
    names += [f"nose/nose-{part}-{way}" for part in NOSE_TARGETS for way in ("incr", "decr")]
    names += [f"eyes/{side}-eye-scale-{way}" for side in "lr" for way in ("incr", "decr")]
    units = {unit for _, units in EXPRESSIONS.values() for unit in units} | {"browInnerUp"}
    pairs = ("browOuterUp", "browDown", "eyeWide", "mouthSmile", "eyeBlink")
    looks = ("eyeLookOut", "eyeLookIn", "eyeLookUp", "eyeLookDown")
    units |= {name + side for name in (*pairs, *looks) for side in ("Left", "Right")}
    return names + ["expression/" + unit for unit in sorted(units)]


def pack_arrays() -> Arrays:
    """The arrays of a whole pack."""
    base, faces, uv = _bust()
    height, x, front = base[:, 1], base[:, 0], base[:, 2] > 0.5
    nose = np.flatnonzero(front & (abs(height - 6.85) < 0.2) & (abs(x) < 0.3))
    jaw = np.flatnonzero(front & (height < 6.52) & (height > 6.0))
    rng = np.random.default_rng(0)
    names, index, move, ends = _target_names(), [], [], [0]
    for name in names:
        near = nose if name.startswith("nose/") else jaw
        near = (
            near if name.startswith(("nose/", "expression/jawOpen")) else np.arange(0, len(base), 7)
        )
        index.append(near)
        move.append(rng.integers(1, 8, (len(near), 3)))
        ends.append(ends[-1] + len(near))
    eyes = [_front(side, EYE_HEIGHT, 0.12, 0.06, 0.02) for side in (0.3, -0.3)]
    brows = [_front(side, EYE_HEIGHT + 0.25, 0.15, 0.03, 0.02) for side in (0.3, -0.3)]
    lashes = [_front(side, EYE_HEIGHT + 0.07, 0.14, 0.03, 0.03) for side in (0.3, -0.3)]
    shoulders = base[:, 1] < 5.75
    cloth = _patch(base, [base[:9] * 1.02], [_square(0.5, 0.5, 0.4)])
    cloth["index"] = np.repeat(np.flatnonzero(shoulders)[:, None], 3, 1).astype(np.uint16)
    count = len(cloth["index"])
    cloth["weight"] = np.round(np.array([[1, 0]] * count) / 1.6e-4).astype(np.int16)
    cloth["offset"] = np.round(base[shoulders] * [0.03, 0, 0.03] / 1e-4).astype(np.int16)
    cloth["faces"] = cloth["uv_faces"] = _grid_faces(count // COLUMNS, COLUMNS).astype(np.uint16)
    cloth["uv"] = np.round(uv[shoulders] * 65535).astype(np.uint16)
    both = [_square(u, v, 0.12) for u, v in IRIS_CENTRES]
    cards = [_square(0.25, 0.5, 0.2), _square(0.75, 0.5, 0.2)]
    meshes = {
        "eye": _patch(base, eyes, both),
        "brow/one": _patch(base, brows, cards),
        "lash/one": _patch(base, lashes, cards),
        "teeth": _patch(base, [_front(0, 6.5, 0.15, 0.03, -0.1)], cards[:1]),
        "cloth/female_one": cloth,
        "cloth/male_one": cloth,
    }
    steps = {"target_step": 1e-3, "weight_step": 1.6e-4, "offset_step": 1e-4, "uv_step": 1 / 65535}
    header = {"version": 1, "targets": names, **steps}
    arrays: Arrays = {
        "header_json": np.frombuffer(json.dumps(header).encode(), np.uint8),
        "base_vertices": base.astype(np.float32),
        "head_faces": faces.astype(np.uint16),
        "head_uv": uv.astype(np.float32),
        "head_uv_faces": faces.astype(np.uint16),
        "target_ends": np.array(ends, np.int32),
        "target_index": np.concatenate(index).astype(np.uint16),
        "target_move": np.concatenate(move).astype(np.int16),
    }
    for name, texture in _textures().items():
        arrays["texture/" + name] = texture
    for name, mesh in meshes.items():
        for key, value in mesh.items():
            arrays[f"mesh/{name}/{key}"] = value
    return arrays


@pytest.fixture(scope="session")
def pack_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack as a file."""
    path = tmp_path_factory.mktemp("heads") / "heads_pack.npz"
    np.savez(path, allow_pickle=False, **pack_arrays())
    return path


@pytest.fixture(scope="session")
def pack(pack_file: Path) -> HeadPack:
    """The pack, read."""
    return HeadPack.load(pack_file)
