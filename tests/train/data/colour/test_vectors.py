# SPDX-License-Identifier: GPL-3.0-or-later
"""Exact lines and regions of SVG pictures."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from train.data.colour.samples import ColourData
from train.data.colour.svg import SvgError, VectorPicture, is_dark, parse_paint, rasterise
from train.data.colour.vectors import (
    compose,
    is_inked,
    list_records,
    main,
    region_codes,
    split_of,
)

pytestmark = pytest.mark.skipif(
    find_spec("resvg_py") is None or find_spec("lxml") is None, reason="needs resvg_py and lxml"
)

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
INKED = (
    HEAD + '<g stroke="#000" stroke-width="4"><circle cx="50" cy="50" r="40" fill="#e0a080"/>'
    '<rect x="30" y="30" width="40" height="40" style="fill:#40a0e0"/></g></svg>'
)
FLAT = INKED.replace('stroke="#000"', 'stroke="none"')


def test_paints_are_read() -> None:
    assert parse_paint("#102030") == (16, 32, 48)
    assert parse_paint("#fff") == (255, 255, 255)
    assert parse_paint("rgb(10, 20, 30)") == (10, 20, 30)
    assert parse_paint("rgb(100%, 0%, 0%)") == (255, 0, 0)
    assert parse_paint("Black") == (0, 0, 0)
    assert parse_paint("transparent") == parse_paint(None) == "none"
    assert parse_paint("url(#gradient)") == "other"
    assert is_dark((20, 70, 30)) and not is_dark((20, 90, 30)) and not is_dark("other")


@pytest.mark.parametrize("text", ["", "no xml at all", HEAD + "</svg>"])
def test_documents_without_shapes_are_refused(text: str) -> None:
    with pytest.raises(SvgError):
        VectorPicture(text)


def test_a_document_of_unknown_size_is_refused() -> None:
    with pytest.raises(SvgError, match="size"):
        VectorPicture(INKED.replace("0 0 100 100", "0 0 wide"))


def test_lines_are_the_strokes_and_regions_the_fills() -> None:
    picture = VectorPicture(INKED)
    lines = rasterise(picture.line(False, 0.01), 100)
    codes = region_codes(rasterise(picture.regions(), 100))
    assert lines[50, 50].tolist() == [255, 255, 255, 255]
    assert lines[50, 30, 0] < 40  # the left side of the square
    assert lines[2, 2, 3] == 0
    assert codes[2, 2] == -1
    assert codes[50, 30] == 0
    assert codes[50, 50] > 0 and codes[50, 20] > 0
    assert codes[50, 50] != codes[50, 20]


def test_flat_art_is_told_from_inked_art_and_gets_outlines() -> None:
    for svg, inked in ((INKED, True), (FLAT, False)):
        picture = VectorPicture(svg)
        lines = rasterise(picture.line(False, 0.02), 100)
        outlined = rasterise(picture.line(True, 0.02), 100)
        assert is_inked(lines, rasterise(picture.regions(), 100)) == inked
        assert outlined[50, 30, 0] < 60


def test_colours_change_but_ink_does_not() -> None:
    svg = INKED.replace("#e0a080", "#101010")
    painted = rasterise(VectorPicture(svg).colour(np.random.default_rng(1)), 100)
    assert painted[50, 20, :3].tolist() == [16, 16, 16]
    assert painted[50, 50, :3].tolist() != [64, 160, 224]


def test_dark_fills_can_become_coloured_regions() -> None:
    svg = FLAT.replace("#e0a080", "#101010")
    picture = VectorPicture(svg)
    assert region_codes(rasterise(picture.regions(), 100))[50, 20] == 0
    picture = VectorPicture(svg)
    picture.recolour_dark(np.random.default_rng(0), 1.0)
    assert rasterise(picture.colour(np.random.default_rng(0)), 100)[50, 20, :3].max() > 75
    assert region_codes(rasterise(picture.regions(), 100))[50, 20] > 0


def test_pictures_that_are_not_square_lie_in_the_middle() -> None:
    wide = rasterise(INKED.replace("0 0 100 100", "0 25 100 50"), 80)
    assert wide.shape == (80, 80, 4)
    assert wide[:18, :, 3].max() == 0
    assert wide[40, 40, 3] == 255


@pytest.mark.parametrize("svg", [INKED, FLAT])
def test_composed_pictures_know_their_regions(svg: str) -> None:
    record = compose([svg, svg], 128, np.random.default_rng(2))
    assert record.colour.shape == (128, 128, 3)
    assert record.drawn
    assert record.regions.max() >= 2
    assert record.source.max() > 128
    inside = record.source < 10
    flat = record.palette[record.clusters]
    difference = flat[inside].astype(float) - record.colour[inside]
    assert np.abs(difference).mean() < 40


def test_the_command_makes_records_to_train_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "svg"
    folder.mkdir()
    for i in range(60):
        (folder / f"p{i}.svg").write_text(INKED if i % 2 else FLAT, encoding="utf-8")
    (folder / "broken.svg").write_text("<svg", encoding="utf-8")
    out = tmp_path / "records"
    main(["--svg", str(folder), "--out", str(out), "--count", "20", "--size", "96"])
    assert "20 records" in capsys.readouterr().out
    assert len(list_records(out, "train")) == 19
    assert len(list_records(out, "valid")) == 1
    data = ColourData([out], "train", 48, None, 0.0)
    sample = data.sample(0)
    assert sample.colour.shape == (48, 48, 3)
    assert sample.line.max() > 0.5
    parts = {split_of(f"p{i}.svg") for i in range(60)}
    assert parts == {"train", "valid"}


def test_a_list_chooses_the_files(tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_text(INKED, encoding="utf-8")
    (tmp_path / "b.svg").write_text("<svg", encoding="utf-8")
    names = tmp_path / "names.txt"
    names.write_text("a.svg\n", encoding="utf-8")
    arguments = ["--svg", str(tmp_path), "--list", str(names), "--size", "64", "--count", "2"]
    main([*arguments, "--out", str(tmp_path / "out")])
    assert len(list((tmp_path / "out").glob("*.npz"))) == 2


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        main(["--svg", str(tmp_path), "--out", str(tmp_path / "out")])
