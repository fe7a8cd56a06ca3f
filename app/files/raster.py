# SPDX-License-Identifier: GPL-3.0-or-later
"""Flat pictures: PNG, JPEG, WebP (and reading of BMP, GIF, TIFF). Imports app.core, QtGui only.

Reading honours EXIF orientation, converts embedded colour profiles to sRGB and keeps the
resolution. Kinds are told by content; a wrong suffix does not matter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QColorSpace, QImage, QImageReader, QImageWriter

from app.core.strokes import Rgb
from app.core.tiles import Pixels
from app.files import png
from app.files.atomic import atomic_write
from app.files.errors import (
    MalformedError,
    NotFoundError,
    Source,
    TruncatedError,
    UnsupportedFormatError,
    WriteFailedError,
    read_error,
)
from app.files.limits import DEFAULT, MIB, Limits
from app.files.pixels import image_from, pixels_of

Kind = Literal["png", "jpeg", "webp", "bmp", "gif", "tiff"]

WRITABLE: dict[str, Kind] = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}
"""File name suffix -> kind that `write_image` writes."""

_LONGEST_SIDE: dict[Kind, int] = {"jpeg": 65_500, "webp": 16_383}  # what the formats can hold


@dataclass(frozen=True)
class Picture:
    """A flat picture as read.

    Attributes:
        pixels: premultiplied BGRA uint8 (h, w, 4), sRGB, upright.
        dpi: pixels an inch, or None where the file does not say.
        warnings: what was not quite right, one sentence each.
    """

    pixels: Pixels
    dpi: float | None
    warnings: tuple[str, ...] = ()


def kind_of(head: bytes) -> Kind | None:
    """The kind of flat picture that starts with these bytes (16 suffice), or None."""
    if head.startswith(png.SIGNATURE):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if head[:4] in (b"II*\0", b"MM\0*"):
        return "tiff"
    return "bmp" if head[:2] == b"BM" else None


# -- reading -----------------------------------------------------------------------------------


def read_image(path: Source, limits: Limits = DEFAULT) -> Pixels:
    """The pixels of a flat picture: premultiplied BGRA uint8 (h, w, 4), sRGB, upright.

    Raises:
        FileError: as `read_picture`.
    """
    return read_picture(path, limits).pixels


def read_picture(path: Source, limits: Limits = DEFAULT) -> Picture:
    """Read a flat picture with its resolution.

    Raises:
        NotFoundError, UnreadableError: the system does not give us the file.
        UnsupportedFormatError: its content is no flat picture we know.
        MalformedError, TruncatedError: the content is broken or ends early.
        TooLargeError: it declares more pixels than `limits` allow.
    """
    return decode(read_bytes(path), path, limits)


def read_bytes(path: Source, most: int | None = None) -> bytes:
    """The first `most` bytes of a file, or all of them.

    Raises:
        NotFoundError, UnreadableError: the system does not give us the file.
    """
    try:
        with open(path, "rb") as file:
            return file.read(-1 if most is None else most)
    except OSError as error:
        raise read_error(path, error) from error
    except ValueError as error:  # a null character in the path
        raise NotFoundError(path, "the path is not valid") from error


def decode(data: bytes, path: Source, limits: Limits = DEFAULT) -> Picture:
    """Decode a flat picture from memory; `path` only names it in errors.

    Raises:
        FileError: as `read_picture`, less the system's own.
    """
    kind = kind_of(data[:16])
    if kind is None:
        raise UnsupportedFormatError(path, "its content is no picture of a known kind")
    warnings: list[str] = []
    dpi: float | None = None
    if kind == "png":
        info = png.inspect(data, path)
        limits.check_size(path, info.width, info.height)
        dpi = info.dpi
    elif kind == "webp" and int.from_bytes(data[4:8], "little") + 8 > len(data):
        raise TruncatedError(path, "the picture ends too early")
    elif kind == "jpeg" and b"\xff\xd9" not in data[-65536:]:
        warnings.append("The picture ends too early; its last rows may be missing.")
    image = _decode_with_qt(data, kind, path, limits)
    if dpi is None and kind != "png":
        dpi = _dpi_of(image, data, kind)
    return Picture(pixels_of(_in_srgb(image)), dpi, tuple(warnings))


def _decode_with_qt(data: bytes, kind: Kind, path: Source, limits: Limits) -> QImage:
    # A process-wide setting; eight bytes a pixel is the widest format Qt decodes to (16 bits).
    QImageReader.setAllocationLimit(min(limits.pixels * 8 // MIB + 1, 2**31 - 1))
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, QByteArray(kind.encode()))
    try:
        reader.setAutoTransform(True)
        size = reader.size()
        if size.isValid():
            limits.check_size(path, size.width(), size.height())
        image = reader.read()
        if image.isNull():
            if reader.error() == QImageReader.ImageReaderError.UnsupportedFormatError:
                raise UnsupportedFormatError(
                    path, f"this system cannot read {kind.upper()} pictures"
                )
            raise MalformedError(path, _lower(reader.errorString()) or "it cannot be decoded")
    finally:
        del reader  # before its buffer: Qt's TIFF reader still seeks in it when it goes
    limits.check_size(path, image.width(), image.height())
    return image


def _in_srgb(image: QImage) -> QImage:
    """The image with its embedded colour profile applied, in sRGB."""
    space = image.colorSpace()
    if not space.isValid() or space == QColorSpace(QColorSpace.NamedColorSpace.SRgb):
        return image
    if (
        space.primaries() == QColorSpace.Primaries.SRgb
        and space.transferFunction() == QColorSpace.TransferFunction.Gamma
        and abs(space.gamma() - 2.2) < 0.01
    ):
        return image  # a PNG's gAMA of 1/2.2 is how old programs say "sRGB"
    target = QColorSpace(QColorSpace.NamedColorSpace.SRgb)
    converted = image.convertedToColorSpace(target, QImage.Format.Format_ARGB32)
    return image if converted.isNull() else converted


def _dpi_of(image: QImage, data: bytes, kind: Kind) -> float | None:
    if kind == "jpeg" and not (data[6:10] == b"JFIF" and data[13] in (1, 2)):
        return None  # Qt fills in the screen's resolution where the file gives none
    if kind not in ("jpeg", "bmp", "tiff"):
        return None
    dpi = image.dotsPerMeterX() * 0.0254
    return round(dpi, 2) if 1 <= dpi <= 1e5 and math.isfinite(dpi) else None


def _lower(text: str) -> str:
    return (text[:1].lower() + text[1:]).rstrip(".")


# -- writing -----------------------------------------------------------------------------------


def write_image(
    path: Source,
    pixels: Pixels,
    *,
    quality: int = 92,
    background: Rgb = (255, 255, 255),
    dpi: float | None = None,
    backup: bool = False,
) -> None:
    """Write a flat picture; the suffix of `path` says which kind (`WRITABLE`).

    Args:
        path: the file to make or replace.
        pixels: premultiplied BGRA uint8 (h, w, 4), sRGB.
        quality: 0..100 for JPEG and WebP; WebP is lossless at 100. PNG always is.
        background: what shows through transparent parts of a JPEG, which has no alpha.
        dpi: resolution to note in PNG and JPEG.
        backup: keep the previous version as `name~`.

    Raises:
        UnsupportedFormatError: the suffix is none we write, or the picture is larger than the
            format can hold.
        WriteFailedError: the system refused; the previous file is untouched.
    """
    kind = WRITABLE.get(Path(path).suffix.lower())
    if kind is None:
        raise UnsupportedFormatError(
            path, f"pictures are written as {', '.join(WRITABLE)}, not {Path(path).suffix!r}"
        )
    data = encode(kind, pixels, path, quality=quality, background=background, dpi=dpi)
    expected = (pixels.shape[1], pixels.shape[0])

    def verify(written: Path) -> None:
        reader = QImageReader(str(written))
        reader.setDecideFormatFromContent(True)
        size = reader.size()
        if (size.width(), size.height()) != expected:
            raise WriteFailedError(path, "the written file did not read back")

    atomic_write(path, data, verify=verify, backup=backup)


def encode(
    kind: Kind,
    pixels: Pixels,
    path: Source,
    *,
    quality: int = 92,
    background: Rgb = (255, 255, 255),
    dpi: float | None = None,
) -> bytes:
    """A flat picture as file content; arguments and errors as `write_image`."""
    height, width = pixels.shape[:2]
    longest = _LONGEST_SIDE.get(kind)
    if not height or not width or (longest and max(width, height) > longest):
        raise UnsupportedFormatError(path, f"{kind.upper()} cannot hold {width} × {height} pixels")
    if kind == "png":
        return png.encode_array(pixels, dpi=dpi, small=True)
    if kind == "jpeg":
        image = image_from(over_background(pixels, background)).convertToFormat(
            QImage.Format.Format_RGB32
        )
    else:
        image = image_from(pixels).convertToFormat(QImage.Format.Format_ARGB32)
    image.setColorSpace(QColorSpace(QColorSpace.NamedColorSpace.SRgb))
    if dpi is not None:
        per_metre = max(1, min(round(dpi / 0.0254), 2**31 - 1))
        image.setDotsPerMeterX(per_metre)
        image.setDotsPerMeterY(per_metre)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(kind.encode()))
    writer.setQuality(max(0, min(quality, 100)))
    writer.setOptimizedWrite(True)
    if not writer.write(image):
        raise WriteFailedError(path, _lower(writer.errorString()) or "it could not be encoded")
    return bytes(buffer.data().data())


def over_background(pixels: Pixels, background: Sequence[int]) -> Pixels:
    """Premultiplied BGRA (h, w, 4) laid over an opaque RGB colour: opaque BGRA (h, w, 4)."""
    out = pixels.copy()
    gap = 255 - pixels[..., 3]
    if gap.any():
        for channel, value in zip((2, 1, 0), background, strict=True):
            # round(value * gap / 255): with c <= alpha the sum stays within 255
            share = (np.arange(256, dtype=np.uint32) * value + 127) // 255
            np.add(out[..., channel], share.astype(np.uint8)[gap], out=out[..., channel])
        out[..., 3] = 255
    return out
