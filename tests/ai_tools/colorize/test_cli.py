# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m ai_tools colorize`: files in, files out, one line when something is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ai_tools.__main__ import main
from app.files.raster import read_image, write_image
from tests.ai_tools.colorize.drawings import BLUE, GREEN, LEFT, OUTSIDE, RED, RIGHT, at, dabs, rooms


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """line.png on tinted paper, ink.png on a clear layer, dabs.png, and a mask of the left half."""
    write_image(tmp_path / "line.png", rooms(paper=(235, 225, 205)))
    write_image(tmp_path / "ink.png", rooms())
    write_image(tmp_path / "dabs.png", dabs(120, [(LEFT, RED), (RIGHT, BLUE)]))
    mask = np.zeros((120, 120, 4), np.uint8)
    mask[..., 3] = 255
    mask[:, :60] = 255
    write_image(tmp_path / "mask.png", mask)
    return tmp_path


def colorize(folder: Path, line: str, *more: str) -> int:
    arguments = [str(folder / x) if x.endswith((".png", ".jpg")) else x for x in more]
    return main(["colorize", str(folder / line), "--engine", "flat", *arguments])


@pytest.mark.parametrize("line", ["line.png", "ink.png"])
def test_colours_between_the_lines(
    folder: Path, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--hints", "dabs.png", "-o", "out.png", "--layer", "layer.png")
    assert colorize(folder, line, *options) == 0
    picture, layer = read_image(folder / "out.png"), read_image(folder / "layer.png")
    assert at(picture, LEFT) == at(layer, LEFT) == (*RED, 255)
    assert at(picture, RIGHT) == (*BLUE, 255)
    assert max(at(picture, (0.5, 0.3))[:3]) < 60  # the wall
    assert at(layer, OUTSIDE)[3] == 0
    assert "coloured (flat)" in capsys.readouterr().out


def test_outside_the_mask_the_picture_so_far_is_kept_to_the_bit(folder: Path) -> None:
    so_far = np.random.default_rng(4).integers(0, 256, (120, 120, 4)).astype(np.uint8)
    so_far[..., 3] = 255
    so_far[14:106, 14:60] = 255
    write_image(folder / "base.png", so_far)
    options = ("--hints", "dabs.png", "--mask", "mask.png", "--base", "base.png", "-o", "out.png")
    assert colorize(folder, "ink.png", *options) == 0
    out = read_image(folder / "out.png")
    assert np.array_equal(out[:, 60:], so_far[:, 60:])
    assert at(out, LEFT) == (*RED, 255)


def test_a_second_pass_goes_on_from_the_first(folder: Path) -> None:
    assert colorize(folder, "ink.png", "--hints", "dabs.png", "-o", "one.png") == 0
    one = read_image(folder / "one.png")
    over = one.copy()
    over[90:104, 66:104] = np.where(one[90:104, 66:104, :1] > 100, (*GREEN[::-1], 255), 0)
    write_image(folder / "over.png", over)
    write_image(folder / "more.png", dabs(120, [(OUTSIDE, GREEN)]))
    options = ("--hints", "more.png", "--base", "over.png", "-o", "two.png")
    assert colorize(folder, "ink.png", *options) == 0
    two = read_image(folder / "two.png")
    assert at(two, OUTSIDE) == (*GREEN, 255)
    assert np.array_equal(two[90:100, 68:100], over[90:100, 68:100])


def test_a_seed_gives_random_flats(folder: Path) -> None:
    for seed, name in (("1", "a.png"), ("1", "b.png"), ("2", "c.png")):
        assert colorize(folder, "line.png", "--seed", seed, "-o", name) == 0
    a, b, c = (read_image(folder / f"{name}.png") for name in "abc")
    assert np.array_equal(a, b) and not np.array_equal(a, c)


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        (("--hints", "none.png", "-o", "out.png"), 1, ["none.png"]),
        (("--hints", "small.png", "-o", "out.png"), 1, ["small.png", "60 × 60", "120 × 120"]),
        (("--hints", "dabs.png", "-o", "out.xyz"), 1, ["out.xyz", ".png"]),
        (("--hints", "dabs.png"), 2, ["-o"]),
        (("--shading", "2", "-o", "out.png"), 2, ["2"]),
        (("--seed", "x", "-o", "out.png"), 2, ["x"]),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    folder: Path,
    options: tuple[str, ...],
    status: int,
    words: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_image(folder / "small.png", dabs(60, [(LEFT, RED)]))
    assert colorize(folder, "line.png", *options) == status
    said = capsys.readouterr().err.strip()
    assert len(said.splitlines()) == 1
    assert all(word in said for word in words)
    assert not (folder / "out.png").exists()


def test_a_blank_page_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_image(folder / "blank.png", np.full((40, 40, 4), 255, np.uint8))
    assert colorize(folder, "blank.png", "-o", "out.png") == 1
    assert "blank.png" in capsys.readouterr().err
