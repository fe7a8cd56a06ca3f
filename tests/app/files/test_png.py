# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer codec: exact, readable by others, and deaf to lies."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QImage

from app.core.geometry import Rect
from app.core.tiles import TileGrid
from app.files import png
from app.files.errors import MalformedError, TooLargeError, TruncatedError
from app.files.limits import Allowance
from app.files.pixels import pixels_of, thumbnail, to_premultiplied, to_straight
from tests.app.files.strategies import OFFSETS, colour_table, noise

PLENTY = 1 << 40


def decode(data: bytes, x: int = 0, y: int = 0, memory: int = PLENTY) -> TileGrid | None:
    info = png.inspect(data, "layer.png")
    return png.decode_tiles(info, x, y, "layer.png", Allowance("layer.png", memory, "data"))


def chunk(kind: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check


def handmade(width: int, height: int, rows: bytes, kind: int = 6, extra: bytes = b"") -> bytes:
    """A PNG of given filtered rows, whatever they are."""
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows))
    return png.SIGNATURE + body + chunk(b"IEND", b"")


def test_every_premultiplied_pixel_survives_straight_alpha_exactly() -> None:
    table = colour_table()
    straight = to_straight(table)
    assert np.array_equal(to_premultiplied(straight), table)
    assert np.array_equal(straight[..., 3], table[..., 3])
    shown = table[..., 3] > 0
    exact = table[..., 2].astype(float) * 255 / np.maximum(table[..., 3], 1)
    assert np.abs(straight[..., 0] - exact)[shown].max() <= 0.5


@pytest.mark.parametrize("width", [1, 2, 3, 5, 8, 13, 17, 31, 64, 257])
def test_conversions_are_exact_for_every_row_length(width: int) -> None:
    # Vectorised code treats the last pixels of a row differently.
    table = colour_table().reshape(-1, 4)
    rows = table[: len(table) // width * width].reshape(-1, width, 4)
    assert np.array_equal(to_premultiplied(to_straight(rows)), rows)


def test_colour_above_its_alpha_is_lowered_instead_of_wrapping_around() -> None:
    wrong = np.full((4, 4, 4), 200, np.uint8)
    wrong[..., 3] = 100
    assert (to_straight(wrong) == [255, 255, 255, 100]).all()


@given(
    st.integers(1, 600),
    st.integers(1, 40),
    OFFSETS,
    OFFSETS,
    st.sampled_from([1, 4]),
    st.booleans(),
    st.integers(0, 99),
)
def test_pixels_come_back_at_any_offset(
    height: int, width: int, x: int, y: int, channels: int, small: bool, seed: int
) -> None:
    pixels = noise(seed, height, width, channels)
    grid = decode(png.encode_array(pixels, small=small), x, y)
    assert grid is not None
    assert grid.same_pixels(TileGrid.from_array(pixels, x, y))


@pytest.mark.parametrize("engine", ["isal", "zlib"])
@pytest.mark.parametrize("feed", [1, 7, 1 << 18])
def test_any_engine_and_any_way_of_feeding_it_gives_the_same_pixels(
    monkeypatch: pytest.MonkeyPatch, engine: str, feed: int
) -> None:
    monkeypatch.setattr(png, "quick", zlib if engine == "zlib" else png.quick)
    monkeypatch.setattr(png, "_FEED", feed)
    flat = np.zeros((700, 30, 4), np.uint8)  # long runs: much output from the last bytes
    flat[300:] = (1, 2, 3, 4)
    for pixels in (flat, noise(1, 520, 9)):
        grid = decode(png.encode_array(pixels), -5, -300)
        assert grid is not None
        assert grid.same_pixels(TileGrid.from_array(pixels, -5, -300))


def test_other_programs_read_what_we_write() -> None:
    pixels = noise(3, 300, 70)
    image = QImage.fromData(png.encode_array(pixels, dpi=300))
    assert np.array_equal(pixels_of(image), pixels)
    assert image.dotsPerMeterX() == 11811
    mask = noise(3, 300, 70, channels=1)
    grey = QImage.fromData(png.encode_array(mask))
    assert grey.format() == QImage.Format.Format_Grayscale8
    flat = np.frombuffer(grey.constBits(), np.uint8).reshape(300, grey.bytesPerLine())
    assert np.array_equal(flat[:, :70], mask)


def test_resolution_is_read() -> None:
    dpi = png.inspect(png.encode_array(noise(0, 2, 2), dpi=300), "x").dpi
    assert dpi is not None
    assert abs(dpi - 300) < 0.01
    assert png.inspect(png.encode_array(noise(0, 2, 2)), "x").dpi is None


@pytest.mark.parametrize("kind", [1, 3, 4, 9, 255])
def test_filters_we_do_not_undo_are_left_to_a_full_decoder(kind: int) -> None:
    assert decode(handmade(1, 2, b"\0abcd" + bytes([kind]) + b"efgh")) is None


def test_unfiltered_rows_are_read() -> None:
    grid = decode(handmade(1, 2, b"\0\x10\x20\x30\xff" + b"\x02\x01\x01\x01\x00"))
    assert grid is not None
    pixels = grid.region(Rect(0, 0, 1, 2))
    assert pixels.tolist() == [[[0x30, 0x20, 0x10, 255]], [[0x31, 0x21, 0x11, 255]]]


def test_colour_profiles_are_left_to_a_full_decoder() -> None:
    gamma = chunk(b"gAMA", struct.pack(">I", 100_000))
    assert decode(handmade(1, 1, b"\0abcd", extra=gamma)) is None
    assert decode(handmade(1, 1, b"\0abcd", extra=gamma + chunk(b"sRGB", b"\0"))) is not None


def test_empty_areas_cost_no_memory() -> None:
    pixels = np.zeros((600, 600, 4), np.uint8)
    pixels[0, 0] = 255
    one_tile = 256 * 256 * 4
    grid = decode(png.encode_array(pixels), memory=one_tile)
    assert grid is not None
    assert len(grid) == 1
    pixels[599, 599] = 255
    with pytest.raises(TooLargeError, match="more data than is allowed"):
        decode(png.encode_array(pixels), memory=one_tile)


def test_a_declared_size_without_data_is_refused_before_it_costs_memory() -> None:
    header = struct.pack(">IIBBBBB", 2**31 - 1, 2**20, 8, 6, 0, 0, 0)
    bomb = png.SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", b"x") + chunk(b"IEND", b"")
    info = png.inspect(bomb, "x")
    assert (info.width, info.height) == (2**31 - 1, 2**20)  # for the caller's check_size


@pytest.mark.parametrize("cut", [0, 7, 8, 20, 40, -1, -13])
def test_a_cut_file_says_so(cut: int) -> None:
    data = png.encode_array(noise(0, 30, 30))[:cut]
    with pytest.raises((TruncatedError, MalformedError)):
        decode(data)


def test_missing_rows_say_so() -> None:
    with pytest.raises(TruncatedError, match="pixel data ends too early"):
        decode(handmade(1, 3, b"\0abcd"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"GIF89a", "not a PNG"),
        (png.SIGNATURE + chunk(b"IDAT", b"x"), "header is missing"),
        (png.SIGNATURE + chunk(b"IHDR", b"short"), "header is wrong"),
        (handmade(0, 1, b"\0"), "size is zero"),
        (
            png.SIGNATURE + chunk(b"IHDR", b"\0\0\0\1" * 2 + b"\x08\6\0\0\0") + chunk(b"IEND", b""),
            "no pixel data",
        ),
    ],
)
def test_broken_files_are_named(data: bytes, reason: str) -> None:
    with pytest.raises(MalformedError, match=reason):
        decode(data)


def test_a_wrong_checksum_is_noticed() -> None:
    data = bytearray(png.encode_array(noise(0, 30, 30)))
    data[60] ^= 1
    with pytest.raises(MalformedError, match="checksum"):
        decode(bytes(data))


def test_bytes_that_do_not_inflate_are_noticed() -> None:
    header = struct.pack(">IIBBBBB", 1, 1, 8, 6, 0, 0, 0)
    data = png.SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", b"junk!") + chunk(b"IEND", b"")
    with pytest.raises(MalformedError, match="cannot be unpacked"):
        decode(data)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((10, 20), (10, 20)), ((512, 256), (256, 128)), ((3000, 1), (256, 1)), ((1, 257), (1, 256))],
)
def test_thumbnails_fit_and_are_never_enlarged(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert thumbnail(noise(0, *size)).shape[:2] == expected
