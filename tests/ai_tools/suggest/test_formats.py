# SPDX-License-Identifier: GPL-3.0-or-later
"""Drawings from and to files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_tools.suggest.formats import Outcome, Sheet, read_sheet, write_outcomes
from app.files.errors import FileError, MalformedError, NotFoundError, UnsupportedFormatError
from app.files.raster import read_image
from app.files.svg import read_svg

HOUSE = np.array([[0, 100], [0, 0], [200, 0], [200, 100]], float)
DOOR = np.array([[80, 0], [80, 50], [110, 50], [110, 0]], float)


def written(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def test_ndjson_is_read_by_index_in_both_forms(tmp_path: Path) -> None:
    simple = {"word": "house", "drawing": [[[0, 5, 9], [1, 2, 3]], [[7], [8]]]}
    raw = {"drawing": [[[0.5, 1.5], [2, 3], [0, 17]]]}
    path = written(tmp_path, "a.ndjson", f"{json.dumps(simple)}\n\n{json.dumps(raw)}\n")
    first, second = read_sheet(path), read_sheet(path, 1)
    assert first.word == "house"
    assert [line.tolist() for line in first.lines] == [[[0, 1], [5, 2], [9, 3]], [[7, 8]]]
    assert second.word == "" and second.lines[0].tolist() == [[0.5, 2], [1.5, 3]]
    with pytest.raises(MalformedError, match=r"“a\.ndjson” .* 2 drawings, .* index 2"):
        read_sheet(path, 2)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "{}",
        "[]",
        '{"drawing": [[[1, 2], [3]]]}',
        '{"drawing": []}',
        '{"drawing": [[[], []]]}',
        '{"drawing": [[["a"], ["b"]]]}',
        '{"drawing": [[[1e999], [0]]]}',
        '{"drawing": 7}',
    ],
)
def test_what_is_no_drawing_is_refused_by_name(tmp_path: Path, text: str) -> None:
    with pytest.raises(FileError, match=r"“bad\.ndjson”"):
        read_sheet(written(tmp_path, "bad.ndjson", text))


@given(st.binary(max_size=200))
def test_no_bytes_make_reading_fail_in_another_way(tmp_path_factory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "x.ndjson"
    path.write_bytes(data)
    try:
        sheet = read_sheet(path)
    except FileError:
        return
    assert sheet.lines


def test_svg_paths_are_strokes_curves_flattened(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "a.svg",
        '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200">'
        '<polyline points="10,10 50,10 50,60" fill="none" stroke="black"/>'
        '<path d="M100 100C100 150 200 150 200 100" fill="none" stroke="black"/></svg>',
    )
    sheet = read_sheet(path)
    assert sheet.size == (300, 200)
    straight, curve = sheet.lines
    assert straight.tolist() == [[10, 10], [50, 10], [50, 60]]
    assert len(curve) > 10
    assert curve[:, 1].max() == pytest.approx(137.5)


def test_missing_and_foreign_files_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"“none\.svg”"):
        read_sheet(tmp_path / "none.svg")
    with pytest.raises(NotFoundError, match=r"“none\.ndjson”"):
        read_sheet(tmp_path / "none.ndjson")
    with pytest.raises(UnsupportedFormatError, match=r"\.ndjson and \.svg"):
        read_sheet(written(tmp_path, "a.txt", "hello"))
    with pytest.raises(UnsupportedFormatError, match=r"\.png"):
        write_outcomes(tmp_path / "a.gif", Sheet((HOUSE,)), [Outcome((DOOR,), "house")])


def test_ndjson_is_written_in_the_simplified_form_and_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "out.ndjson"
    sheet = Sheet((HOUSE * 3 + 500,), "house")
    outcomes = [Outcome((DOOR * 3 + 500,), "house"), Outcome((), "castle")]
    write_outcomes(path, sheet, outcomes)
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [(line["word"], line["added"]) for line in lines] == [("house", 1), ("castle", 0)]
    numbers = np.concatenate([np.ravel(s) for s in lines[0]["drawing"]])
    assert numbers.min() == 0 and numbers.max() == 255
    assert all(isinstance(x, int) for s in lines[0]["drawing"] for axis in s for x in axis)
    again = read_sheet(path)
    np.testing.assert_allclose(again.lines[0], HOUSE * 255 / 200, atol=0.6)
    np.testing.assert_allclose(again.lines[1], DOOR * 255 / 200, atol=0.6)


def test_svg_keeps_the_page_and_adds_in_blue(tmp_path: Path) -> None:
    path = tmp_path / "out.svg"
    write_outcomes(path, Sheet((HOUSE,), size=(400, 300)), [Outcome((DOOR,), "")])
    shapes, width, height = read_svg(path)
    assert (width, height) == (400, 300)
    assert [shape.stroke for shape in shapes] == [(32, 32, 36, 255), (30, 90, 220, 255)]
    np.testing.assert_allclose(shapes[0].subpaths[0].points[::3], HOUSE, atol=1e-3)


def test_a_picture_shows_the_continuations_side_by_side(tmp_path: Path) -> None:
    path = tmp_path / "out.png"
    dot = np.array([[100.0, 80.0]])
    write_outcomes(path, Sheet((HOUSE,)), [Outcome((DOOR,), ""), Outcome((dot,), "")])
    picture = read_image(path).astype(int)
    height, width = picture.shape[:2]
    assert width == pytest.approx(2 * 400, abs=4) and height < 250
    blue = (picture[..., 0] - picture[..., 2]) > 100
    assert blue[:, : width // 2].any() and blue[:, width // 2 :].any()
    assert blue[:, : width // 2].sum() > 3 * blue[:, width // 2 :].sum()


def test_a_new_drawing_has_no_given_part(tmp_path: Path) -> None:
    for name in ("new.svg", "new.png", "new.ndjson"):
        write_outcomes(tmp_path / name, Sheet(()), [Outcome((DOOR,), "door")])
        assert (tmp_path / name).stat().st_size > 50
