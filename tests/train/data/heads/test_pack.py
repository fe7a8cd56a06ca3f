# SPDX-License-Identifier: GPL-3.0-or-later
"""The head pack: what is read, and what is refused with a reason."""

import json
from pathlib import Path

import numpy as np
import pytest

from train.data.heads.pack import HeadPack, HeadPackError
from train.data.heads.person import draw_person


def rewritten(pack_file: Path, path: Path, **changes: np.ndarray | None) -> Path:
    """The pack with arrays replaced, or left out where None."""
    with np.load(pack_file) as data:
        arrays = {name: data[name] for name in data}
    arrays.update({name: a for name, a in changes.items() if a is not None})
    kept = {n: a for n, a in arrays.items() if not (n in changes and changes[n] is None)}
    np.savez(path, allow_pickle=False, **kept)
    return path


def test_a_folder_or_a_file_is_read(pack_file: Path) -> None:
    pack = HeadPack.load(pack_file.parent)
    assert len(pack.vertices) == len(HeadPack.load(pack_file).vertices)
    assert pack.face_uv.shape == (len(pack.faces), 3, 2)
    assert pack.names("brow") == ["brow/one"]


def test_strict_mode_reads_free_textures_only(pack_file: Path) -> None:
    strict, loose = HeadPack.load(pack_file), HeadPack.load(pack_file, strict=False)
    assert strict.strict and not loose.strict
    assert set(loose.textures) - set(strict.textures) == {"skin/young_lightskinned_male"}


def test_colours_are_read_as_rgb(pack: HeadPack) -> None:
    darkest = pack.textures["eye/brown"][..., :3].reshape(-1, 3).min(0)
    assert darkest.tolist() == [80, 50, 30]  # written blue first


def test_fitted_meshes_follow_the_base_mesh(pack: HeadPack) -> None:
    eye = pack.meshes["eye"]
    moved = eye.fit(pack.vertices + np.array([1.0, 2.0, 3.0]))
    assert np.allclose(moved - eye.fit(pack.vertices), [1, 2, 3])


def test_moving_along_a_target_is_linear(pack: HeadPack) -> None:
    once, twice = pack.vertices.copy(), pack.vertices.copy()
    pack.move(once, "expression/jawOpen", 1.0)
    pack.move(twice, "expression/jawOpen", 0.25)
    pack.move(twice, "expression/jawOpen", 0.75)
    assert (once != pack.vertices).any()
    assert np.allclose(once, twice)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(HeadPackError, match=r"nothing\.npz: no such file"):
        HeadPack.load(tmp_path / "nothing.npz")


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.npz"
    path.write_text("no archive")
    with pytest.raises(HeadPackError, match=r"text\.npz: no head pack"):
        HeadPack.load(path)


def test_a_cut_off_pack_is_refused(tmp_path: Path, pack_file: Path) -> None:
    path = tmp_path / "cut.npz"
    path.write_bytes(pack_file.read_bytes()[:-2000])
    with pytest.raises(HeadPackError, match=r"cut\.npz: no head pack"):
        HeadPack.load(path)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("base_vertices", "lacks base_vertices"),
        ("mesh/teeth/index", "lacks a mesh teeth"),
        ("mesh/eye/uv", "lacks mesh/eye/uv"),
        ("texture/mask/lips", "lacks the texture mask/lips"),
    ],
)
def test_what_a_pack_lacks_is_named(
    tmp_path: Path, pack_file: Path, name: str, reason: str
) -> None:
    path = rewritten(pack_file, tmp_path / "part.npz", **{name: None})
    with pytest.raises(HeadPackError, match=reason):
        HeadPack.load(path)


def test_faces_beyond_the_vertices_are_refused(tmp_path: Path, pack_file: Path) -> None:
    faces = np.array([[0, 1, 60000]], np.uint16)
    path = rewritten(pack_file, tmp_path / "faces.npz", head_faces=faces)
    with pytest.raises(HeadPackError, match="refers to a vertex"):
        HeadPack.load(path)


def test_a_damaged_texture_is_named(tmp_path: Path, pack_file: Path) -> None:
    damaged = {"texture/mask/ears": np.zeros(40, np.uint8)}
    path = rewritten(pack_file, tmp_path / "texture.npz", **damaged)
    with pytest.raises(HeadPackError, match="mask/ears cannot be decoded"):
        HeadPack.load(path)


def test_another_version_is_refused(tmp_path: Path, pack_file: Path) -> None:
    header = np.frombuffer(json.dumps({"version": 2}).encode(), np.uint8)
    path = rewritten(pack_file, tmp_path / "new.npz", header_json=header)
    with pytest.raises(HeadPackError, match="version 2"):
        HeadPack.load(path)


def test_a_target_that_a_person_needs_is_named(tmp_path: Path, pack_file: Path) -> None:
    with np.load(pack_file) as data:
        header = json.loads(data["header_json"].tobytes())
    header["targets"] = [
        n.replace("expression/browInner", "expression/x") for n in header["targets"]
    ]
    array = np.frombuffer(json.dumps(header).encode(), np.uint8)
    pack = HeadPack.load(rewritten(pack_file, tmp_path / "p.npz", header_json=array))
    with pytest.raises(HeadPackError, match=r"p\.npz: .* lacks the target expression/browInnerUp"):
        draw_person(pack, 0)
