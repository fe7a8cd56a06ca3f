# SPDX-License-Identifier: GPL-3.0-or-later
"""Flat pictures in and out: right way up, right colours, right resolution."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PySide6.QtGui import QColor, QColorSpace, QImage

from app.core.tiles import Pixels
from app.files import raster
from app.files.errors import (
    FileError,
    MalformedError,
    NotFoundError,
    TooLargeError,
    TruncatedError,
    UnsupportedFormatError,
    WriteFailedError,
)
from app.files.limits import DEFAULT, Limits
from app.files.raster import over_background, read_image, read_picture, write_image
from tests.app.files.strategies import colour_table, noise


def smooth(height: int = 60, width: int = 80) -> Pixels:
    """An opaque picture with soft gradients, which lossy formats keep well."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [x * 255 // width, y * 255 // height, (x + y) * 255 // (width + height), x * 0 + 255]
    return np.stack(planes, axis=-1).astype(np.uint8)


def close(a: Pixels, b: Pixels) -> float:
    return float(np.abs(a.astype(int) - b.astype(int)).mean())


# -- round trips -------------------------------------------------------------------------------


def test_png_keeps_every_pixel(tmp_path: Path) -> None:
    pixels = colour_table()
    write_image(tmp_path / "a.png", pixels, dpi=300)
    picture = read_picture(tmp_path / "a.png")
    assert np.array_equal(picture.pixels, pixels)
    assert picture.dpi is not None
    assert round(picture.dpi, 1) == 300
    assert picture.warnings == ()


def test_webp_at_full_quality_keeps_every_pixel(tmp_path: Path) -> None:
    pixels = noise(1, 50, 60)
    write_image(tmp_path / "a.webp", pixels, quality=100)
    assert np.array_equal(read_image(tmp_path / "a.webp"), pixels)


@pytest.mark.parametrize("suffix", [".jpg", ".JPEG", ".webp"])
def test_lossy_pictures_stay_close_and_shrink_with_quality(tmp_path: Path, suffix: str) -> None:
    fine, coarse = tmp_path / f"fine{suffix}", tmp_path / f"coarse{suffix}"
    pixels = smooth()
    write_image(fine, pixels, quality=95)
    write_image(coarse, pixels, quality=10)
    assert close(read_image(fine), pixels) < 2
    assert coarse.stat().st_size < fine.stat().st_size


def test_jpeg_keeps_the_resolution(tmp_path: Path) -> None:
    write_image(tmp_path / "a.jpg", smooth(), dpi=150)
    dpi = read_picture(tmp_path / "a.jpg").dpi
    assert dpi is not None
    assert abs(dpi - 150) < 0.1


def test_transparent_parts_of_a_jpeg_show_the_background(tmp_path: Path) -> None:
    pixels = np.zeros((32, 32, 4), np.uint8)
    pixels[:, 16:] = (0, 0, 128, 128)  # half-transparent red
    write_image(tmp_path / "a.jpg", pixels, background=(0, 255, 0), quality=100)
    found = read_image(tmp_path / "a.jpg")
    assert np.abs(found[:, :8].astype(int) - (0, 255, 0, 255)).max() <= 3
    assert np.abs(found[:, 24:].astype(int) - (0, 127, 128, 255)).max() <= 3


@given(
    hnp.arrays(np.uint8, (4, 5, 4)).map(lambda a: np.minimum(a, a[..., 3:])),
    st.tuples(*[st.integers(0, 255)] * 3),
)
def test_a_background_is_mixed_in_exactly(pixels: Pixels, rgb: tuple[int, int, int]) -> None:
    mixed = over_background(pixels, rgb)
    gap = 255 - pixels[..., 3:].astype(float)
    exact = pixels[..., :3] + np.array(rgb[::-1]) * gap / 255
    assert (mixed[..., 3] == 255).all()
    assert np.abs(mixed[..., :3] - exact).max() <= 0.51


def test_a_previous_version_is_kept_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    write_image(path, smooth())
    before = path.read_bytes()
    write_image(path, smooth(9, 9), backup=True)
    assert (tmp_path / "a.png~").read_bytes() == before


# -- reading what others made ------------------------------------------------------------------


def test_the_kind_is_told_by_content_not_by_name(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", smooth())
    renamed = (tmp_path / "a.png").rename(tmp_path / "a.jpg")
    assert np.array_equal(read_image(renamed), smooth())


@pytest.mark.parametrize("kind", ["bmp", "gif", "tiff"])
def test_further_kinds_are_read(tmp_path: Path, kind: str) -> None:
    image = QImage(20, 10, QImage.Format.Format_RGB32)
    image.fill(QColor(255, 0, 0))
    path = tmp_path / f"a.{kind}"
    if not image.save(str(path)):
        path.write_bytes(  # Qt cannot write GIF: one red pixel by hand
            b"GIF89a\1\0\1\0\x80\0\0\xff\0\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
        )
    assert read_image(path)[0, 0].tolist() == [0, 0, 255, 255]


@pytest.mark.parametrize(
    ("orientation", "corner"), [(1, (0, 0)), (3, (1, 1)), (6, (0, 1)), (8, (1, 0)), (2, (0, 1))]
)
def test_photos_are_turned_upright(
    tmp_path: Path, orientation: int, corner: tuple[int, int]
) -> None:
    pixels = np.full((64, 64, 4), 255, np.uint8)
    pixels[:32, :32, :3] = 0  # the stored top left is dark
    path = tmp_path / "a.jpg"
    write_image(path, pixels, quality=100)
    data = path.read_bytes()
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\1" + entry + bytes(4)
    segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    path.write_bytes(data[:2] + segment + data[2:])
    found = read_image(path)
    y, x = (48 if c else 16 for c in corner)
    assert found[y, x, 0] < 10
    assert (found[..., 0] < 100).mean() == pytest.approx(0.25, abs=0.02)


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_colour_profiles_are_converted_to_srgb(tmp_path: Path, suffix: str) -> None:
    image = QImage(32, 32, QImage.Format.Format_RGB32)
    image.fill(QColor(100, 150, 200))
    image.setColorSpace(QColorSpace(QColorSpace.NamedColorSpace.AdobeRgb))
    path = tmp_path / f"a.{suffix}"
    assert image.save(str(path), quality=100)
    b, g, r, a = read_image(path)[16, 16].astype(int)
    assert (a, abs(r - 63) <= 4, abs(g - 150) <= 4, abs(b - 202) <= 4) == (255, True, True, True)


def test_a_picture_without_resolution_says_none(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", smooth())
    write_image(tmp_path / "a.webp", smooth())
    assert read_picture(tmp_path / "a.png").dpi is None
    assert read_picture(tmp_path / "a.webp").dpi is None


# -- what goes wrong ---------------------------------------------------------------------------


def test_size_is_checked_before_decoding(tmp_path: Path) -> None:
    small = Limits(side=50)
    for suffix in (".png", ".jpg", ".webp"):
        path = tmp_path / f"a{suffix}"
        write_image(path, smooth())
        with pytest.raises(TooLargeError, match="80 × 60 pixels"):
            read_image(path, small)
    few = Limits(pixels=1000)
    with pytest.raises(TooLargeError):
        read_image(tmp_path / "a.png", few)


@pytest.mark.parametrize("suffix", [".png", ".webp", ".jpg"])
@pytest.mark.parametrize("share", [0.2, 0.6, 0.97])
def test_a_cut_picture_says_so(tmp_path: Path, suffix: str, share: float) -> None:
    path = tmp_path / f"a{suffix}"
    write_image(path, noise(0, 60, 60) | np.array([0, 0, 0, 255], np.uint8), quality=80)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    try:
        picture = read_picture(path)
    except (TruncatedError, MalformedError) as error:
        assert error.path == str(path)
    else:
        assert suffix == ".jpg", "only a JPEG shows something before its end"
        assert any("ends too early" in warning for warning in picture.warnings)


def test_what_is_no_picture_is_unsupported(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    for content in (b"", b"text", b"PK\x03\x04"):
        path.write_bytes(content)
        with pytest.raises(UnsupportedFormatError, match="no picture of a known kind"):
            read_image(path)
    with pytest.raises(NotFoundError):
        read_image(tmp_path / "none.png")
    with pytest.raises(NotFoundError):
        read_image("no\0ne.png")


@pytest.mark.parametrize("head", [b"BM", b"GIF89a", b"II*\0", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP"])
def test_a_right_beginning_alone_is_malformed(tmp_path: Path, head: bytes) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(head + b"\x01\x02\x03" * 30)
    with pytest.raises(FileError) as caught:
        read_image(path)
    assert caught.value.reason


def test_unknown_suffixes_and_too_large_pictures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFormatError, match=r"'\.xyz'"):
        write_image(tmp_path / "a.xyz", smooth())
    with pytest.raises(UnsupportedFormatError, match="WEBP cannot hold 20000 × 1 pixels"):
        write_image(tmp_path / "a.webp", np.zeros((1, 20_000, 4), np.uint8))
    assert not list(tmp_path.iterdir())


def test_a_picture_that_does_not_read_back_is_not_kept(
    no_leftovers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = no_leftovers / "a.png"
    write_image(path, smooth())
    before = path.read_bytes()
    monkeypatch.setattr(raster, "encode", lambda *_, **__: b"\x89PNG not at all")
    with pytest.raises(WriteFailedError, match="did not read back"):
        write_image(path, smooth(9, 9))
    assert path.read_bytes() == before


def test_the_default_limits_allow_the_largest_canvas() -> None:
    DEFAULT.check_size("x", 32_768, 32_768)
    with pytest.raises(TooLargeError):
        DEFAULT.check_size("x", 32_769, 1)
