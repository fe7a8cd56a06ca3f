# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m ai_tools portrait`: files in, files out, one line when something is wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ai_tools.__main__ import main
from ai_tools.engine import Engine, open_engine
from ai_tools.portrait import infer
from ai_tools.portrait.labels import class_colour
from app.files.raster import read_image, write_image
from tests.ai_tools.portrait.fakes import SKIN, FakeEngine, face, on_paper

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def drawing(tmp_path: Path) -> Path:
    path = tmp_path / "face.png"
    write_image(path, on_paper(face(), (230, 220, 200)))
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_seed_gives_seven_clear_views_and_a_sheet(
    fake: FakeEngine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "seven"
    assert main(["portrait", "--seed", "7", "--size", "64", "-o", str(out)]) == 0
    yaws = ("-60", "-40", "-20", "+0", "+20", "+40", "+60")
    assert names(out) == sorted([f"line-yaw{yaw}.png" for yaw in yaws] + ["sheet.png"])
    view = read_image(out / "line-yaw+40.png")
    assert view.shape == (64, 64, 4) and view[0, 0, 3] == 0 and view[32, 20, 3] == 255
    sheet = read_image(out / "sheet.png")
    assert sheet.shape == (64, 7 * 64, 4) and (sheet[..., 3] == 255).all()
    assert "7 views" in capsys.readouterr().out


def test_a_drawing_in_two_styles_with_labels(
    fake: FakeEngine, drawing: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    arguments = f"--from {drawing} --style pen,oil --yaw -20,0 --labels --size 64 -o {out}"
    assert main(["portrait", *arguments.split()]) == 0
    assert names(out) == [
        "labels-yaw+0.png",
        "labels-yaw-20.png",
        "oil-yaw+0.png",
        "oil-yaw-20.png",
        "pen-yaw+0.png",
        "pen-yaw-20.png",
        "sheet.png",
    ]
    middle = read_image(out / "labels-yaw+0.png")[32, 32]
    assert tuple(middle[2::-1]) == class_colour(SKIN)
    assert read_image(out / "sheet.png").shape == (3 * 64, 2 * 64, 4)
    assert "turned +20°, tilted -6°" in capsys.readouterr().out


def test_the_way_between_two_people(fake: FakeEngine, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = f"--seed 1 --interpolate 2 --steps 3 --pitch -10 --size 32 -o {out}"
    assert main(["portrait", *arguments.split()]) == 0
    steps = [f"step{step:02d}-line-yaw+0.png" for step in (1, 2, 3)]
    assert names(out) == ["sheet.png", *steps]
    planes = [inputs["planes"].flat[0] for part, inputs in fake.calls if part == "view"]
    assert planes[1] == pytest.approx((planes[0] + planes[2]) / 2, abs=1e-6)
    assert planes[0] != planes[2]


def test_all_styles(fake: FakeEngine, tmp_path: Path) -> None:
    assert (
        main(
            ["portrait", "--style", "all", "--yaw", "0", "--size", "64", "-o", str(tmp_path / "o")]
        )
        == 0
    )
    assert len(names(tmp_path / "o")) == 8


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "--seed -4 -o out",
        "--seed x -o out",
        "--seed 1 --from a.png -o out",
        "--yaw a,b -o out",
        "--steps 3 -o out",
        "--interpolate 2 --steps 1 -o out",
        "--size 3 -o out",
    ],
)
def test_a_wrong_call_is_one_line(
    arguments: str, capsys: pytest.CaptureFixture[str], fake: FakeEngine
) -> None:
    assert main(["portrait", *arguments.split()]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--yaw 61", "60°"),
        ("--pitch 30", "20°"),
        ("--style water", "“water”"),
        ("--from nothing.png", "nothing.png"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    arguments: str,
    said: str,
    fake: FakeEngine,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["portrait", *arguments.split(), "-o", str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1


def test_an_empty_drawing_is_named(
    fake: FakeEngine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "blank.png"
    write_image(path, np.full((30, 30, 4), 255, np.uint8))
    assert main(["portrait", "--from", str(path), "-o", str(tmp_path / "out")]) == 1
    assert "“blank.png”" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_file_in_the_folders_place_is_left_alone(
    fake: FakeEngine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "out"
    path.write_text("mine")
    assert main(["portrait", "-o", str(path)]) == 1
    assert "out" in capsys.readouterr().err and path.read_text() == "mine"


def test_missing_weights_are_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(infer, "open_engine", lambda name: open_engine(name, folder=tmp_path))
    assert main(["portrait", "-o", str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert "portrait" in error and error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_the_real_network_draws_a_drawing(tiny: Engine, drawing: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["portrait", "--from", str(drawing), "--yaw", "0", "-o", str(out)]) == 0
    assert read_image(out / "line-yaw+0.png").shape == (512, 512, 4)


def test_help_is_told_by_a_real_process() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ai_tools", "portrait", "--help"],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0 and "--interpolate" in done.stdout
