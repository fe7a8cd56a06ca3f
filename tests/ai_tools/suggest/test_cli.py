# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m ai_tools suggest` as somebody at a terminal uses it."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from ai_tools.__main__ import main
from ai_tools.suggest import infer
from app.jobs import WeightsMissing
from tests.ai_tools.suggest.small import small_engine

CUP = {"word": "cup", "drawing": [[[0, 10, 90, 100], [0, 120, 120, 0]], [[0, 100], [0, 2]]]}


@pytest.fixture(autouse=True)
def small_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(infer, "run", partial(infer.run, engine=small_engine()))


@pytest.fixture
def cup(tmp_path: Path) -> Path:
    path = tmp_path / "cup.ndjson"
    path.write_text(json.dumps(CUP) + "\n", "utf-8")
    return path


def test_a_drawing_goes_on(cup: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.ndjson"
    wishes = ["--strokes", "2", "--alternatives", "2", "--category", "cat", "--seed", "4"]
    assert main(["suggest", str(cup), *wishes, "-o", str(out)]) == 0
    lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert 1 <= len(lines) <= 2
    for line in lines:
        assert line["word"] == "cat"
        assert len(line["drawing"]) == 2 + line["added"]
        assert 1 <= line["added"] <= 2
    assert " as cat" in capsys.readouterr().out


def test_the_same_seed_writes_the_same(cup: Path, tmp_path: Path) -> None:
    texts = []
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        out = tmp_path / f"{name}.svg"
        assert main(["suggest", str(cup), "--seed", seed, "-o", str(out)]) == 0
        texts.append(out.read_text("utf-8"))
    assert texts[0] == texts[1] != texts[2]


def test_a_new_drawing_needs_no_file(tmp_path: Path) -> None:
    out = tmp_path / "new.png"
    assert main(["suggest", "--category", "house", "-o", str(out)]) == 0
    assert out.read_bytes()[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["missing.svg", "-o", "out.png"], 1, "“missing.svg” was not found"),
        (["cup.ndjson", "-o", "out.gif"], 1, "“out.gif” is of a kind"),
        (["cup.ndjson", "-o", "nowhere/out.png"], 1, "“out.png” could not be saved"),
        (["cup.ndjson", "--index", "5", "-o", "out.png"], 1, "“cup.ndjson” is damaged"),
        (["cup.ndjson", "--category", "car", "-o", "out.png"], 1, "“cup.ndjson”: “car” is none"),
        (["cup.ndjson", "--temperature", "2", "-o", "out.png"], 2, "not from 0 to 1"),
        (["cup.ndjson", "--strokes", "many", "-o", "out.png"], 2, "“many” is not a number"),
        (["cup.ndjson"], 2, "-o"),
    ],
)
def test_mistakes_are_one_line_and_write_nothing(
    cup: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["suggest", *arguments]) == code
    told = capsys.readouterr().err
    assert sentence in told and told.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["cup.ndjson"]


def test_missing_weights_are_one_line(
    cup: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(*_: object) -> None:
        raise WeightsMissing("The file sketcher.safetensors is not there.")

    monkeypatch.setattr(infer, "run", missing)
    assert main(["suggest", str(cup), "-o", str(cup.with_suffix(".svg"))]) == 1
    assert "sketcher.safetensors is not there" in capsys.readouterr().err


def test_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["suggest", "--help"]) == 0
    assert "coffee cup" in capsys.readouterr().out
