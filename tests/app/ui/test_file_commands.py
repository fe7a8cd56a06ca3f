# SPDX-License-Identifier: GPL-3.0-or-later
"""Opening, saving and exporting as the artist meets them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.core.compose import flatten
from app.core.geometry import Rect
from app.core.tiles import TileGrid
from app.files.raster import read_image, write_image


@pytest.fixture
def told(studio) -> list[tuple[str, str]]:
    heard: list[tuple[str, str]] = []
    studio.messaged.connect(lambda text, kind: heard.append((text, kind)))
    return heard


def paint(studio) -> None:
    layer = replace(studio.active_layer, tiles=TileGrid.filled(Rect(9, 9, 50, 40), (1, 2, 99, 255)))
    studio.commit("Paint", studio.document.with_layer(layer))


def test_save_in_the_background_while_painting_goes_on(studio, qtbot, told, tmp_path: Path):
    paint(studio)
    path = tmp_path / "picture.ora"
    saved = studio.document
    assert studio.save_as(path)
    studio.clear_layer()
    qtbot.waitUntil(lambda: ("Saved picture.ora", "info") in told)
    assert studio.history.modified  # what was painted since is not on disk
    studio.undo()
    assert not studio.history.modified
    assert studio.open(path)
    assert np.array_equal(flatten(studio.document), flatten(saved))
    assert studio.path == path
    assert studio.settings.recent_files[0] == path


def test_a_name_without_suffix_becomes_an_ora(studio, tmp_path):
    assert studio.save_as(tmp_path / "no suffix", wait=True)
    assert (tmp_path / "no suffix.ora").is_file()
    assert studio.save(wait=True)


def test_saving_where_one_may_not_says_why_and_keeps_the_work(studio, told, tmp_path):
    paint(studio)
    before = studio.document
    assert not studio.save_as(tmp_path / "missing folder" / "a.ora", wait=True)
    assert told[-1][1] == "error"
    assert "a.ora" in told[-1][0]
    assert studio.document is before
    assert studio.history.modified
    assert studio.path is None


def test_opening_a_flat_picture_never_puts_its_name_at_risk(studio, tmp_path):
    path = tmp_path / "photo.png"
    write_image(path, np.full((20, 30, 4), 255, np.uint8))
    assert studio.open(path)
    assert (studio.document.width, studio.document.height) == (30, 20)
    assert studio.path is None  # Save will ask for a name


@pytest.mark.parametrize(
    "content", [b"", b"not a picture", b"PK\x03\x04 broken", b"\x89PNG\r\n\x1a\nxx"]
)
def test_a_broken_file_is_named_and_the_open_picture_stays(studio, told, tmp_path, content):
    paint(studio)
    before = studio.document
    path = tmp_path / "broken.ora"
    path.write_bytes(content)
    assert not studio.open(path)
    assert "broken.ora" in told[-1][0]
    assert told[-1][1] == "error"
    assert studio.document is before


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_export_writes_a_flat_copy_and_leaves_the_document_alone(studio, told, tmp_path, suffix):
    paint(studio)
    path = tmp_path / f"copy{suffix}"
    assert studio.export(path, wait=True)
    pixels = read_image(path)
    assert pixels.shape == (300, 400, 4)
    assert np.abs(pixels[20, 20].astype(int) - (1, 2, 99, 255)).max() <= 40
    assert studio.path is None
    assert studio.history.modified


def test_an_export_format_that_does_not_exist_is_said(studio, told, tmp_path):
    assert not studio.export(tmp_path / "picture.xyz", wait=True)
    assert told[-1][1] == "error"
    assert not (tmp_path / "picture.xyz").exists()
