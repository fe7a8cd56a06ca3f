# SPDX-License-Identifier: GPL-3.0-or-later
"""The front door: whatever the user picks is opened, or its kind is named."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from app.core.blend_modes import BlendMode
from app.core.compose import flatten
from app.core.document import Document
from app.core.geometry import Rect
from app.core.layers import GroupLayer, PaintLayer, VectorLayer
from app.core.tiles import TileGrid
from app.core.vector import Subpath, VectorPath
from app.files.cache import EncodedCache
from app.files.documents import OPENABLE, SAVABLE, open_document, save_document
from app.files.errors import (
    FileError,
    MalformedError,
    NotFoundError,
    TooLargeError,
    TruncatedError,
    UnreadableError,
    UnsupportedFormatError,
    WriteFailedError,
)
from app.files.limits import Limits
from tests.app.files.equality import assert_same_document
from tests.app.files.strategies import noise

SQUARE = VectorPath((Subpath.polyline([(2, 2), (20, 2), (20, 20)], True),), (9, 99, 199, 200))


def picture() -> Document:
    paint = PaintLayer(name="paint", tiles=TileGrid.from_array(noise(1, 40, 60)))
    shapes = VectorLayer(name="shapes", paths=(SQUARE,), opacity=0.5)
    group = GroupLayer(name="group", children=(shapes,), opacity=0.5)
    return Document(60, 40, (paint, group), paint.id, dpi=144)


def test_a_layered_file_comes_back_whole_whatever_its_suffix(tmp_path: Path) -> None:
    save_document(picture(), tmp_path / "a.ora", cache=EncodedCache())
    renamed = (tmp_path / "a.ora").rename(tmp_path / "a.zip")
    result = open_document(renamed, cache=EncodedCache())
    assert result.warnings == ()
    assert_same_document(picture(), result.document)


@pytest.mark.parametrize("suffix", [".png", ".webp"])
def test_lossless_kinds_hold_what_is_seen(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"My Picture{suffix}"
    assert save_document(picture(), path, quality=100) == []
    document = open_document(path).document
    (layer,) = document.layers
    assert isinstance(layer, PaintLayer)
    assert (layer.name, document.active) == ("My Picture", layer.id)
    assert np.array_equal(layer.tiles.region(Rect(0, 0, 60, 40)), flatten(picture()))
    assert round(document.dpi) == (144 if suffix == ".png" else 72)


def test_jpeg_holds_it_on_a_background(tmp_path: Path) -> None:
    empty = Document(20, 20, (PaintLayer(),))
    save_document(empty, tmp_path / "a.jpg", background=(10, 200, 30), quality=100)
    result = open_document(tmp_path / "a.jpg")
    (layer,) = result.document.layers
    assert isinstance(layer, PaintLayer)
    pixels = layer.tiles.region(result.document.bounds).astype(int)
    assert np.abs(pixels - (30, 200, 10, 255)).max() <= 3


def test_svg_holds_the_shapes_of_visible_vector_layers(tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    warnings = save_document(picture(), path)
    assert warnings == ["SVG holds shapes only; painted layers were left out."]
    document = open_document(path).document
    (layer,) = document.layers
    assert isinstance(layer, VectorLayer)
    assert (document.width, document.height) == (60, 40)
    (shape,) = layer.paths
    assert shape.subpaths == SQUARE.subpaths
    assert shape.fill == (9, 99, 199, 50), "opacities of layer and group are in the colour"

    hidden = VectorLayer(paths=(SQUARE,), visible=False)
    with pytest.raises(UnsupportedFormatError, match="no visible layer has any"):
        save_document(Document(9, 9, (hidden,)), path)
    multiplied = VectorLayer(paths=(SQUARE,), mode=BlendMode.MULTIPLY)
    (warning,) = save_document(Document(9, 9, (multiplied,)), path)
    assert "Blend modes" in warning


def test_the_previous_version_is_kept_for_every_kind(tmp_path: Path) -> None:
    for suffix in SAVABLE:
        path = tmp_path / f"a{suffix}"
        save_document(picture(), path, cache=EncodedCache())
        before = path.read_bytes()
        save_document(picture(), path, cache=EncodedCache())
        assert (tmp_path / f"a{suffix}~").read_bytes() == before
        path.unlink()
        save_document(picture(), path, backup=False, cache=EncodedCache())


def test_what_can_be_saved_can_be_opened() -> None:
    assert set(SAVABLE) <= set(OPENABLE)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"8BPS\0\1", "it is a Photoshop picture"),
        (b"gimp xcf v011", "it is a GIMP picture"),
        (b"%PDF-1.7", "it is a PDF document"),
        (b"hello", "no picture of a known kind"),
        (b"\0" * 5000, "no picture of a known kind"),
    ],
)
def test_other_kinds_are_named(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "a.ora"
    path.write_bytes(content)
    with pytest.raises(UnsupportedFormatError, match=reason):
        open_document(path)


def test_a_krita_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.kra"
    with zipfile.ZipFile(path, "w") as container:
        container.writestr("mimetype", "application/x-krita")
    with pytest.raises(UnsupportedFormatError, match="Krita picture; export it"):
        open_document(path)


def test_an_empty_file_a_missing_one_and_a_folder_are_named(tmp_path: Path) -> None:
    empty = tmp_path / "a.png"
    empty.touch()
    with pytest.raises(MalformedError, match="it is empty"):
        open_document(empty)
    with pytest.raises(NotFoundError):
        open_document(tmp_path / "none.png")
    with pytest.raises(UnreadableError):
        open_document(tmp_path)


def test_unknown_suffixes_are_refused(tmp_path: Path) -> None:
    for name in ("a.psd", "a"):
        with pytest.raises(UnsupportedFormatError, match="pictures are saved as"):
            save_document(picture(), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_limits_reach_every_kind(tmp_path: Path) -> None:
    for suffix in SAVABLE:
        path = tmp_path / f"a{suffix}"
        save_document(picture(), path, cache=EncodedCache())
        with pytest.raises(TooLargeError):
            open_document(path, limits=Limits(side=50), cache=EncodedCache())


@pytest.mark.parametrize(
    "kind",
    [
        FileError,
        NotFoundError,
        UnreadableError,
        TruncatedError,
        TooLargeError,
        UnsupportedFormatError,
        MalformedError,
        WriteFailedError,
    ],
)
def test_errors_are_one_sentence_and_travel_between_processes(kind: type[FileError]) -> None:
    error = kind(Path("/home/me/cat.ora"), "the disk is full")
    assert str(error).startswith("“cat.ora” ")
    assert str(error).endswith(": the disk is full.")
    assert str(error).count(".") == 2
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.path, again.reason) == (kind, "/home/me/cat.ora", "the disk is full")
