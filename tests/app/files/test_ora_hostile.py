# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenRaster files broken by accident or on purpose end in a typed error or a warning."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.core.document import Document
from app.core.layers import PaintLayer, VectorLayer
from app.core.selection import Selection
from app.core.strokes import Stroke
from app.core.tiles import TileGrid
from app.core.vector import Subpath, VectorPath
from app.files import png
from app.files.cache import EncodedCache
from app.files.errors import (
    FileError,
    MalformedError,
    NotFoundError,
    TooLargeError,
    TruncatedError,
    UnreadableError,
)
from app.files.limits import DEFAULT, MIB, Limits
from app.files.ora_read import OpenResult, load_ora
from app.files.ora_write import save_ora
from tests.app.files.strategies import noise
from tests.app.files.test_ora_foreign import PIXELS, write
from tests.app.files.test_png import chunk, handmade

GOOD = png.encode_array(PIXELS)
TWO = '<stack><layer name="bad" src="bad.png"/><layer name="good" src="good.png"/></stack>'


def read(path: Path, limits: Limits = DEFAULT) -> OpenResult:
    return load_ora(path, limits=limits, cache=EncodedCache())


def saved(path: Path) -> Path:
    """A sound file with two layers, a shape, strokes and a selection."""
    stroke = Stroke(np.ones((3, 4), np.float32), 5.0, (1, 2, 3))
    paint = PaintLayer(name="paint", tiles=TileGrid.from_array(PIXELS), strokes=(stroke,))
    shape = VectorPath((Subpath.polyline([(0, 0), (9, 9), (0, 9)], True),))
    other = PaintLayer(name="other", tiles=TileGrid.from_array(noise(2, 20, 20)))
    layers = (paint, VectorLayer(name="shapes", paths=(shape,)), other)
    selection = Selection.from_mask(np.full((5, 5), 200, np.uint8))
    save_ora(Document(60, 50, layers, other.id, selection), path, cache=EncodedCache())
    return path


def rewrite(path: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """The container again, each member passed through `change`; None leaves it out."""
    with zipfile.ZipFile(path) as container:
        parts = [(name, container.read(name)) for name in container.namelist()]
    with zipfile.ZipFile(path, "w") as container:
        for name, data in parts:
            new = change(name, data)
            if new is not None:
                container.writestr(name, new)
    return path


def without(path: Path, *names: str) -> Path:
    return rewrite(path, lambda name, data: None if name in names else data)


# -- the container -----------------------------------------------------------------------------


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError) as missing:
        read(tmp_path / "none.ora")
    assert str(missing.value) == "“none.ora” was not found: no such file."
    with pytest.raises(UnreadableError, match="it is a folder"):
        read(tmp_path)


def test_files_that_are_no_containers_are_malformed(tmp_path: Path) -> None:
    path = tmp_path / "a.ora"
    for content in (b"", b"hello", bytes(1000)):
        path.write_bytes(content)
        with pytest.raises(MalformedError, match="not a ZIP container"):
            read(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_cut_file_is_incomplete(tmp_path: Path, share: float) -> None:
    path = saved(tmp_path / "a.ora")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(TruncatedError, match="table of contents"):
        read(path)


def test_a_member_named_twice_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.ora")
    with zipfile.ZipFile(path, "a") as container, pytest.warns(UserWarning, match="Duplicate"):
        container.writestr("stack.xml", "<image/>")
    with pytest.raises(MalformedError, match=r"holds 'stack\.xml' twice"):
        read(path)


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.ora")
    with pytest.raises(TooLargeError, match="more than 5 members"):
        read(path, replace(DEFAULT, entries=5))


def test_a_bomb_of_a_member_is_not_unpacked(tmp_path: Path) -> None:
    bomb = png.SIGNATURE + bytes(65 * MIB)
    path = write(tmp_path / "a.ora", TWO, {"bad.png": bomb, "good.png": GOOD})
    assert path.stat().st_size < MIB
    result = read(path)
    assert "unpacks to far more than it holds" in result.warnings[0]


def test_a_member_that_claims_to_be_smaller_than_it_is_yields_no_more(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ora", TWO, {"bad.png": GOOD, "good.png": GOOD})
    data = path.read_bytes()
    at = data.index(b"bad.png", data.index(b"PK\x01\x02")) - 46  # its entry in the table
    (size,) = struct.unpack_from("<I", data, at + 24)
    assert size == len(GOOD)
    path.write_bytes(data[: at + 24] + struct.pack("<I", 100) + data[at + 28 :])
    (warning,) = read(path).warnings
    assert warning.startswith("Layer “bad” is empty: its part 'bad.png'")


@pytest.mark.parametrize("text_bytes", [10, 500])
def test_long_texts_are_refused_unread(tmp_path: Path, text_bytes: int) -> None:
    path = write(tmp_path / "a.ora", "<stack>" + " " * 500 + "</stack>")
    with pytest.raises(TooLargeError, match=f"over {text_bytes} bytes"):
        read(path, replace(DEFAULT, text_bytes=text_bytes))


@pytest.mark.parametrize(
    ("offset", "value", "reason"),
    [(8, 1, "is encrypted"), (10, 12, "packed by an unknown method")],
)
def test_encryption_and_odd_packing_are_named(
    tmp_path: Path, offset: int, value: int, reason: str
) -> None:
    path = write(tmp_path / "a.ora", TWO, {"bad.png": GOOD, "good.png": GOOD})
    data = bytearray(path.read_bytes())
    at = data.index(b"bad.png", data.index(b"PK\x01\x02")) - 46
    struct.pack_into("<H", data, at + offset, value)
    path.write_bytes(data)
    (warning,) = read(path).warnings
    assert reason in warning


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "C:\\secret", "good.png/.."])
def test_names_that_lead_elsewhere_lead_nowhere(tmp_path: Path, name: str) -> None:
    stack = f'<stack><layer name="spy" src="{name}"/><layer src="good.png"/></stack>'
    (warning,) = read(write(tmp_path / "a.ora", stack, {"good.png": GOOD})).warnings
    assert "is missing" in warning
    # Nor does a member of such a name leave the container.
    before = set(tmp_path.parent.rglob("*"))
    result = read(write(tmp_path / "a.ora", stack, {"good.png": GOOD, name: GOOD}))
    assert set(tmp_path.parent.rglob("*")) == before
    assert len(result.document.layers) == 2


# -- the list of layers ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        ("", "not well-formed"),
        ("<image w='1' h='1'><stack>", "not well-formed"),
        ("<svg/>", "names no picture size"),
        ("<image><stack/></image>", "names no picture size"),
        ("<image w='0' h='5'><stack/></image>", "names no picture size"),
        ("<image w='-4' h='5'><stack/></image>", "names no picture size"),
        ("<image w='big' h='5'><stack/></image>", "names no picture size"),
        ("<image w='5' h='5'/>", "list of layers is empty"),
        ("<?xml version='1.0' encoding='nonsense'?><image/>", "not well-formed"),
        ("<!DOCTYPE x [<!ENTITY a 'aaaa'>]><image w='5' h='5'/>", "declares XML entities"),
        (
            "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><image w='5' h='5'>&e;</image>",
            "declares XML entities",
        ),
    ],
)
def test_a_broken_list_of_layers_is_an_error(tmp_path: Path, xml: str, reason: str) -> None:
    path = saved(tmp_path / "a.ora")
    rewrite(path, lambda name, data: xml.encode() if name == "stack.xml" else data)
    with pytest.raises(MalformedError, match=reason):
        read(path)


def test_entities_do_not_expand_into_a_billion_laughs(tmp_path: Path) -> None:
    entities = "".join(f"<!ENTITY a{i + 1} '{f'&a{i};' * 10}'>" for i in range(9))
    xml = f"<!DOCTYPE x [<!ENTITY a0 'ha'>{entities}]><image w='5' h='5'>&a9;</image>"
    path = saved(tmp_path / "a.ora")
    rewrite(path, lambda name, data: xml.encode() if name == "stack.xml" else data)
    with pytest.raises(MalformedError, match="declares XML entities"):
        read(path)


@pytest.mark.parametrize("side", [40_000, 2**31, 10**9])
def test_a_huge_canvas_is_too_large(tmp_path: Path, side: int) -> None:
    path = saved(tmp_path / "a.ora")
    xml = f"<image w='{side}' h='5'><stack/></image>"
    rewrite(path, lambda name, data: xml.encode() if name == "stack.xml" else data)
    with pytest.raises(TooLargeError, match=f"{side} × 5 pixels"):
        read(path)


def test_groups_nested_too_deep_are_too_large(tmp_path: Path) -> None:
    stack = "<stack>" * 5000 + "</stack>" * 5000
    with pytest.raises(TooLargeError, match="nested deeper than 200"):
        read(write(tmp_path / "a.ora", stack))


def test_too_many_layers_are_too_large(tmp_path: Path) -> None:
    stack = "<stack>" + '<layer src="data/a.png"/>' * 10_001 + "</stack>"
    with pytest.raises(TooLargeError, match="more than 10000 layers"):
        read(write(tmp_path / "a.ora", stack))
    stack = "<stack>" + "<stack/>" * 1_001 + "</stack>"
    with pytest.raises(TooLargeError, match="more than 1000 layers"):
        read(write(tmp_path / "a.ora", stack), replace(DEFAULT, layers=1000))


def test_too_many_elements_of_any_kind_stop_the_parser(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ora", "<stack>" + "<x/>" * 1000 + "</stack>")
    with pytest.raises(TooLargeError, match="too many elements"):
        read(path, replace(DEFAULT, layers=10))


def test_without_a_list_of_layers_the_flattened_picture_is_opened(tmp_path: Path) -> None:
    path = without(saved(tmp_path / "a.ora"), "stack.xml")
    result = read(path)
    assert [layer.name for layer in result.document.layers] == ["Merged image"]
    assert (result.document.width, result.document.height) == (60, 50)
    assert result.warnings == (
        "The list of layers is missing; the flattened picture was opened instead.",
    )
    with pytest.raises(MalformedError, match="there is no flattened picture"):
        read(without(path, "mergedimage.png"))


# -- layers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (None, "'bad.png' is missing"),
        (b"", "not a PNG"),
        (b"GIF89a" + bytes(50), "not a PNG"),
        (GOOD[:-20], "ends too early"),
        (GOOD[:50] + b"\xff" + GOOD[51:], "checksum"),
        (handmade(9, 9, b"\0abcd"), "ends too early"),
        (handmade(1, 1, b"\x09abcd"), ""),
    ],
)
def test_a_broken_layer_comes_out_empty_and_the_rest_is_read(
    tmp_path: Path, bad: bytes | None, reason: str
) -> None:
    files = {"good.png": GOOD} if bad is None else {"good.png": GOOD, "bad.png": bad}
    result = read(write(tmp_path / "a.ora", TWO, files))
    good, empty = result.document.layers
    assert isinstance(good, PaintLayer)
    assert isinstance(empty, PaintLayer)
    assert (good.name, empty.name) == ("good", "bad")
    assert good.tiles.same_pixels(TileGrid.from_array(PIXELS))
    assert empty.tiles.is_empty
    (warning,) = result.warnings
    assert warning.startswith("Layer “bad” is empty: ")
    assert reason in warning


def test_when_no_layer_can_be_read_the_flattened_picture_is_opened(tmp_path: Path) -> None:
    stack = '<stack><layer src="a.png"/><layer src="b.png"/></stack>'
    path = write(tmp_path / "a.ora", stack, {"mergedimage.png": GOOD})
    assert read(path).warnings[-1].startswith("No layer could be read")
    with pytest.raises(FileError, match=r"'a\.png' is missing|'b\.png' is missing"):
        read(write(path, stack, {"c.png": GOOD}))


def test_a_small_file_cannot_claim_a_large_picture(tmp_path: Path) -> None:
    rows = zlib.compress(bytes(1000))
    for width, height in ((2**31 - 1, 2**31 - 1), (70_000, 1), (60_000, 60_000)):
        header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
        data = png.SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
        path = write(tmp_path / "a.ora", TWO, {"bad.png": data, "good.png": GOOD})
        with pytest.raises(TooLargeError, match=f"{width} × {height}"):
            read(path)


def test_all_layers_together_are_limited(tmp_path: Path) -> None:
    opaque = png.encode_array(np.full((256, 256, 4), 255, np.uint8))
    path = write(tmp_path / "a.ora", TWO, {"bad.png": opaque, "good.png": opaque})
    memory = 2 * 256 * 256 * 4
    assert read(path, replace(DEFAULT, document_bytes=memory)).warnings == ()
    with pytest.raises(TooLargeError, match="more picture data"):
        read(path, replace(DEFAULT, document_bytes=memory - 1))
    with pytest.raises(TooLargeError, match="more pixels"):
        read(path, replace(DEFAULT, total_pixels=256 * 256))


def test_broken_extras_leave_the_layers_as_they_are(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.ora")

    def spoil(name: str, data: bytes) -> bytes:
        if name.endswith((".svg", ".json")):
            return b"<![CDATA["
        return b"no mask" if name == "data/selection.png" else data

    result = read(rewrite(path, spoil))
    assert result.document.selection is None
    paint, shapes, _ = result.document.layers
    assert isinstance(paint, PaintLayer)
    assert isinstance(shapes, PaintLayer), "the picture of the shapes stands in"
    assert paint.strokes == ()
    assert paint.tiles.same_pixels(TileGrid.from_array(PIXELS))
    assert not shapes.tiles.is_empty
    assert len(result.warnings) == 3
    assert any("pen strokes cannot be read" in w for w in result.warnings)
    assert any("its pixels were read instead" in w for w in result.warnings)
    assert any("The selection was not restored" in w for w in result.warnings)


@pytest.mark.parametrize(
    "text",
    [
        b"[]",
        b"{}",
        b'{"strokes": 5}',
        b'{"strokes": [{"points": "AAAA", "size": 1, "colour": [1, 2, 3]}]}',
        b'{"strokes": [{"points": "!", "size": 1, "colour": [1, 2, 3]}]}',
        b'{"strokes": [{"points": "", "size": 1, "colour": [1, 2, 3]}]}',
        b'{"strokes": [{"points": "AACAfwAAgH8AAIB/AACAfw==", "size": 1, "colour": [1, 2, 3]}]}',
        b'{"strokes": [{"size": 1, "colour": [1, 2, 3]}]}',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_broken_strokes_are_reported(tmp_path: Path, text: bytes) -> None:
    path = saved(tmp_path / "a.ora")
    result = read(rewrite(path, lambda n, data: text if n.endswith(".json") else data))
    (warning,) = result.warnings
    assert "pen strokes cannot be read" in warning


def test_every_error_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "my painting.ora"
    buffer = io.BytesIO()
    zipfile.ZipFile(buffer, "w").close()
    path.write_bytes(buffer.getvalue())
    with pytest.raises(FileError) as caught:
        read(path)
    assert caught.value.path == str(path)
    assert str(caught.value).startswith("“my painting.ora” is damaged: ")
    assert caught.value.reason in str(caught.value)
