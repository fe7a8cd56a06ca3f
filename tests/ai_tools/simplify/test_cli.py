# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m ai_tools simplify`: files in, files out, one line when something is wrong."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ai_tools.__main__ import main
from ai_tools.simplify import infer
from app.files.raster import read_image, write_image
from app.files.svg import read_svg
from tests.ai_tools.simplify import roughs

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = sorted((ROOT / "resources" / "samples").glob("rough-*.webp"))


def _bgra(grey: np.ndarray) -> np.ndarray:
    return np.dstack([grey, grey, grey, np.full_like(grey, 255)])


@pytest.fixture
def rough(tmp_path: Path) -> Path:
    path = tmp_path / "rough.png"
    write_image(path, _bgra(roughs.rough(1, size=200).rough))
    return path


def test_writes_the_lines_as_svg_and_as_a_picture(rough: Path, tmp_path: Path) -> None:
    svg, png = tmp_path / "out.svg", tmp_path / "clean.png"
    assert main(["simplify", str(rough), "-o", str(svg), "--png", str(png)]) == 0
    paths, width, height = read_svg(svg)
    assert (width, height) == (200, 200)
    assert len(paths) >= 4
    picture = read_image(png)[..., 0]
    assert roughs.f_score(picture, roughs.clean(roughs.curves(200), 200), 0.01) > 0.85


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_reads_jpeg_and_webp(tmp_path: Path, suffix: str) -> None:
    picture, svg = tmp_path / f"rough{suffix}", tmp_path / "out.svg"
    write_image(picture, _bgra(roughs.rough(1, size=200).rough), quality=80)
    assert main(["simplify", str(picture), "-o", str(svg)]) == 0
    assert len(read_svg(svg)[0]) >= 4


def test_a_mask_limits_the_lines(rough: Path, tmp_path: Path) -> None:
    mask, svg = tmp_path / "mask.png", tmp_path / "out.svg"
    white_left = np.zeros((200, 200), np.uint8)
    white_left[:, :100] = 255
    write_image(mask, _bgra(white_left))
    assert main(["simplify", str(rough), "-o", str(svg), "--mask", str(mask)]) == 0
    points = np.vstack([s.points for p in read_svg(svg)[0] for s in p.subpaths])
    assert points[:, 0].max() <= 101


def test_strength_is_passed_on(rough: Path, tmp_path: Path) -> None:
    sizes = []
    for strength in ("0", "1"):
        svg = tmp_path / f"{strength}.svg"
        assert main(["simplify", str(rough), "-o", str(svg), "--strength", strength]) == 0
        sizes.append(len(read_svg(svg)[0]))
    assert sizes[0] > sizes[1]


def test_a_blank_picture_is_noted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blank, svg = tmp_path / "blank.png", tmp_path / "out.svg"
    write_image(blank, np.full((40, 50, 4), 255, np.uint8))
    assert main(["simplify", str(blank), "-o", str(svg)]) == 0
    assert "No lines were found" in capsys.readouterr().err
    assert read_svg(svg)[0] == []


def _refused(
    argv: list[str], code: int, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simplify", *argv]) == code
    said = capsys.readouterr().err.strip()
    assert all(word in said for word in words), said
    assert "\n" not in said


def test_what_is_wrong_is_said_in_one_line(
    rough: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    svg = tmp_path / "out.svg"
    text, empty = tmp_path / "notes.png", tmp_path / "empty.png"
    text.write_text("not a picture")
    empty.touch()
    small = tmp_path / "small.png"
    write_image(small, np.full((9, 8, 4), 255, np.uint8))
    to = ["-o", str(svg)]
    _refused([str(tmp_path / "gone.png"), *to], 1, ["gone.png", "not found"], capsys)
    _refused([str(tmp_path), *to], 1, [tmp_path.name, "could not be read"], capsys)
    _refused([str(text), *to], 1, ["notes.png", "no picture"], capsys)
    _refused([str(empty), *to], 1, ["empty.png", "no picture"], capsys)
    _refused([str(rough), *to, "--mask", str(small)], 1, ["small.png", "8 × 9", "200"], capsys)
    _refused([str(rough), *to, "--strength", "1.2"], 2, ["--strength", "1.2"], capsys)
    _refused([str(rough), *to, "--strength", "much"], 2, ["--strength", "much"], capsys)
    _refused([str(rough), *to, "--speckle", "-3"], 2, ["--speckle", "-3"], capsys)
    _refused([str(rough), *to, "--smoothness", "nan"], 2, ["--smoothness", "nan"], capsys)
    _refused([str(rough)], 2, ["--output"], capsys)
    _refused([str(rough), "-o", str(tmp_path)], 1, [tmp_path.name, "folder"], capsys)
    nowhere = str(tmp_path / "no" / "out.svg")
    _refused([str(rough), "-o", nowhere], 1, ["out.svg", "folder does not exist"], capsys)
    _refused([str(rough), *to, "--png", str(tmp_path / "x.txt")], 1, ["x.txt", ".png"], capsys)
    assert not svg.exists()


def test_a_stopped_run_writes_nothing_and_exits_as_shells_expect(
    rough: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(infer, "run", interrupted)
    svg = tmp_path / "out.svg"
    svg.write_text("earlier")
    assert main(["simplify", str(rough), "-o", str(svg)]) == 130
    assert "stopped" in capsys.readouterr().err
    assert svg.read_text() == "earlier"


def test_help_and_unknown_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "simplify" in capsys.readouterr().out
    assert main(["simplify", "--help"]) == 0
    assert "--strength" in capsys.readouterr().out
    assert main([]) == 2
    assert main(["paint"]) == 2
    assert "paint" in capsys.readouterr().err


def test_as_a_program(rough: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ai_tools", "simplify"]

    def call(*argv: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *argv], cwd=ROOT, env=os.environ, text=True, capture_output=True, timeout=100
        )

    svg = tmp_path / "out.svg"
    done = call(str(rough), "-o", str(svg))
    assert (done.returncode, done.stderr) == (0, "")
    assert svg.read_bytes().startswith(b"<?xml")
    failed = call(str(tmp_path / "gone.png"), "-o", str(svg))
    assert failed.returncode == 1
    assert "Traceback" not in failed.stderr


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_the_shipped_samples_have_lines_to_find(sample: Path, tmp_path: Path) -> None:
    svg = tmp_path / "out.svg"
    assert main(["simplify", str(sample), "-o", str(svg)]) == 0
    assert len(read_svg(svg)[0]) > 20


def test_samples_are_shipped() -> None:
    assert SAMPLES
