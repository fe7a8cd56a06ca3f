# SPDX-License-Identifier: GPL-3.0-or-later
"""Data sets of heads: made, resumed, read, and refused."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from train.data.heads.__main__ import main
from train.data.heads.convention import Label
from train.data.heads.drawing import draw
from train.data.heads.headset import (
    HeadSet,
    HeadSetError,
    HeadSettings,
    read_settings,
    split_of,
)
from train.data.heads.making import draw_cameras, make_heads
from train.data.heads.pack import HeadPack
from train.data.heads.person import draw_person
from train.data.heads.view import render

SETTINGS = HeadSettings(views=3, size=32, styles=("line", "cel"))
VALID = next(seed for seed in range(1000) if split_of(seed) == "valid")
SEEDS = [0, 1, VALID]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, pack: HeadPack) -> Path:
    path = tmp_path_factory.mktemp("set")
    assert make_heads(pack, path, SETTINGS, SEEDS) == 3
    return path


def test_one_in_twenty_people_is_for_validation() -> None:
    share = np.mean([split_of(seed) == "valid" for seed in range(4000)])
    assert 0.04 < share < 0.06


def test_half_of_the_views_are_nearly_frontal() -> None:
    cameras = np.degrees([draw_cameras(seed, 6) for seed in range(200)])
    assert np.abs(cameras[..., 0]).max() <= 60 and np.abs(cameras[..., 1]).max() <= 20
    assert np.abs(cameras[:, ::2, 0]).mean() < 15 < np.abs(cameras[:, 1::2, 0]).mean()


def test_people_are_read_as_they_were_rendered(folder: Path, pack: HeadPack) -> None:
    people = HeadSet(folder)
    assert people.seeds == [0, 1] and len(people) == 2
    assert HeadSet(folder, "valid").seeds == [VALID]
    stored = people.view(1, 2)
    view = render(draw_person(pack, 1), *draw_cameras(1, 3)[2], 32)
    assert (stored.person, stored.view) == (1, 2)
    assert np.allclose([stored.yaw, stored.pitch], draw_cameras(1, 3)[2])
    assert (stored.photo == view.photo).all()
    assert (stored.labels == view.labels).all()
    assert (np.isinf(stored.depth) == (view.labels == Label.BACKGROUND)).all()
    seen = np.isfinite(stored.depth)
    assert np.abs(stored.depth[seen] - view.depth[seen]).max() <= 0.5 / 2000 + 1e-6
    assert set(stored.drawings) == {"line", "cel"}
    assert (stored.drawings["line"] == draw(view, "line", 64 + 2)).all()
    assert (stored.drawings["cel"] == draw(view, "cel", 64 + 2)).all()


def test_a_sample_is_different_views_of_one_person(folder: Path) -> None:
    people, rng = HeadSet(folder), np.random.default_rng(0)
    persons = set()
    for _ in range(20):
        first, second = people.sample(rng, 2, ("line",))
        assert first.person == second.person and first.view != second.view
        assert set(first.drawings) == {"line"}
        persons.add(first.person)
    assert persons == {0, 1}
    with pytest.raises(ValueError, match="people have 3 views, not 4"):
        people.sample(rng, 4)


def test_resuming_makes_only_what_is_missing(tmp_path: Path, pack: HeadPack, folder: Path) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    lost, kept = tmp_path / "000001.npz", tmp_path / "000000.npz"
    lost.unlink()
    kept.write_bytes(b"left alone")
    counts: list[tuple[int, int]] = []
    assert make_heads(pack, tmp_path, SETTINGS, SEEDS, report=lambda *c: counts.append(c)) == 3
    assert counts == [(3, 3)]
    assert kept.read_bytes() == b"left alone"
    with np.load(lost) as new, np.load(folder / lost.name) as old:
        for name in old:
            assert (new[name] == old[name]).all(), name


def test_two_workers_make_the_same(tmp_path: Path, pack: HeadPack, folder: Path) -> None:
    assert make_heads(pack, tmp_path, SETTINGS, SEEDS, workers=2) == 3
    for path in folder.glob("*.npz"):
        with np.load(path) as one, np.load(tmp_path / path.name) as other:
            for name in one:
                assert (one[name] == other[name]).all(), name


def test_time_that_is_up_ends_between_people(tmp_path: Path, pack: HeadPack) -> None:
    assert make_heads(pack, tmp_path, SETTINGS, SEEDS, minutes=-1) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["settings.json"]


def test_other_settings_are_refused(folder: Path, pack: HeadPack) -> None:
    other = HeadSettings(views=3, size=64, styles=("line", "cel"))
    with pytest.raises(HeadSetError, match="begun with other settings"):
        make_heads(pack, folder, other, SEEDS)
    assert read_settings(folder) == SETTINGS


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="must be positive"):
        HeadSettings(views=0)
    with pytest.raises(ValueError, match="unknown style 'fresco'"):
        HeadSettings(styles=("line", "fresco"))


def test_a_folder_without_heads_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HeadSetError, match="holds no data set"):
        HeadSet(tmp_path)
    (tmp_path / "settings.json").write_text("{")
    with pytest.raises(HeadSetError, match=r"settings\.json cannot be read"):
        HeadSet(tmp_path)


def test_a_split_without_people_is_refused(folder: Path, tmp_path: Path) -> None:
    for name in ("settings.json", "000000.npz"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    with pytest.raises(HeadSetError, match="nobody for valid"):
        HeadSet(tmp_path, "valid")


def test_a_damaged_file_is_named(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_bytes((folder / "settings.json").read_bytes())
    path = tmp_path / "000000.npz"
    path.write_bytes((folder / path.name).read_bytes()[:-300])
    with pytest.raises(HeadSetError, match=r"000000\.npz: no head's file"):
        HeadSet(tmp_path)
    with np.load(folder / path.name) as data:
        arrays = {name: data[name] for name in data}
    arrays["photo"] = arrays["photo"][:10]
    np.savez(path, allow_pickle=False, **arrays)
    with pytest.raises(HeadSetError, match="person 0: a picture cannot be decoded"):
        HeadSet(tmp_path).view(0, 0)


def test_the_command_line_makes_and_shows(tmp_path: Path, pack_file: Path) -> None:
    common = ["--pack", str(pack_file), "--size", "24", "--styles", "line", "pen"]
    folder, sheet = tmp_path / "set", tmp_path / "sheet.png"
    make = ["make", *common, "--out", str(folder), "--people", "2", "--views", "1"]
    assert main(make) == 0 and main(make) == 0
    assert len(HeadSet(folder)) == 2
    assert main([*make, "--people", "3", "--minutes", "-1"]) == 2
    assert main(["sheet", *common, "--out", str(sheet), "--people", "1"]) == 0
    picture = cv2.imread(str(sheet))
    assert picture is not None and picture.shape == (5 * 24, 4 * 24, 3)


def test_the_command_line_names_what_is_wrong(
    tmp_path: Path, pack_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["sheet", "--out", str(tmp_path / "s.png"), "--pack"]
    assert main([*command, str(pack_file), "--device", "abacus"]) == 1
    assert "no kind of device called abacus" in capsys.readouterr().err
    missing = tmp_path / "none.npz"
    assert main([*command, str(missing)]) == 1
    assert "none.npz: no such file" in capsys.readouterr().err
