# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound files to start from, and ways to spoil them. Imports app.core, app.files, hypothesis."""

from __future__ import annotations

import io
import os
import struct
import tempfile
import zipfile
import zlib
from functools import cache
from pathlib import Path

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QColorSpace, QImage, QImageWriter

from app.core.document import Document
from app.core.geometry import Rect
from app.core.layers import GroupLayer, PaintLayer, VectorLayer
from app.core.selection import Selection
from app.core.strokes import Stroke
from app.core.tiles import Pixels, TileGrid
from app.core.vector import Subpath, VectorPath
from app.files import png
from app.files.cache import EncodedCache
from app.files.limits import MIB, Limits
from app.files.ora_write import save_ora
from app.files.pixels import image_from
from app.files.svg import write_svg

SMALL = Limits(
    side=2000,
    layer_side=4000,
    pixels=1 << 20,
    total_pixels=1 << 22,
    document_bytes=16 * MIB,
    layers=50,
    depth=30,
    text_bytes=MIB,
    entries=100,
    points=10_000,
)
"""What a fuzzed file may ask for: little, so that hundreds of them take seconds."""

MEMORY = 128 * MIB
"""More than this must never be in use, whatever a file says: a few copies of 2^20 pixels of
8 bytes, and the decoders' own buffers."""

ROUNDS = int(os.environ.get("LIMNER_FUZZ_ROUNDS", "0"))
"""Set to run that many new random mutations instead of the same few hundred each time."""

fuzzing = settings(max_examples=ROUNDS or 150, derandomize=not ROUNDS, deadline=None, database=None)


def _pixels(height: int, width: int) -> Pixels:
    rng = np.random.default_rng(height * width)
    pixels = rng.integers(0, 256, (height, width, 4), dtype=np.uint8)
    pixels[: height // 2] = 0
    return np.minimum(pixels, pixels[..., 3:])


@cache
def ora_files() -> tuple[bytes, ...]:
    """OpenRaster files with one of everything, and with nothing."""
    shape = VectorPath((Subpath.polyline([(1, 1), (30, 2), (9, 40)], True),), stroke=(1, 2, 3, 4))
    stroke = Stroke(np.ones((4, 4), np.float32), 3.0, (1, 2, 3))
    inner = (
        PaintLayer(name="ink", tiles=TileGrid.from_array(_pixels(30, 40), -9, 250), clip=True),
        VectorLayer(name="shapes", paths=(shape,)),
    )
    base = PaintLayer(name="base", tiles=TileGrid.from_array(_pixels(50, 60)), strokes=(stroke,))
    selection = Selection.ellipse(Rect(3, 4, 20, 10))
    rich = Document(60, 50, (base, GroupLayer(children=inner)), base.id, selection)
    result = []
    with tempfile.TemporaryDirectory() as folder:
        for document in (rich, Document(1, 1)):
            path = Path(folder) / "a.ora"
            save_ora(document, path, cache=EncodedCache(), backup=False)
            result.append(path.read_bytes())
    return tuple(result)


@cache
def flat_files() -> tuple[bytes, ...]:
    """Flat pictures of every kind that is read."""
    image = image_from(_pixels(20, 30))
    image.setColorSpace(QColorSpace(QColorSpace.NamedColorSpace.AdobeRgb))
    result = [png.encode_array(_pixels(20, 30), dpi=300)]
    formats = [
        QImage.Format.Format_RGBA64,
        QImage.Format.Format_Indexed8,
        QImage.Format.Format_Mono,
    ]
    for each in [image, *(image.convertToFormat(f) for f in formats)]:
        result.append(_with_qt(each, "png"))
    result += [_with_qt(image, kind) for kind in ("jpeg", "webp", "bmp", "tiff")]
    result.append(b"GIF89a\1\0\1\0\x80\0\0\xff\0\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;")
    return tuple(result)


def _with_qt(image: QImage, kind: str) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not QImageWriter(buffer, QByteArray(kind.encode())).write(image):
        raise RuntimeError(f"this Qt cannot write {kind}")
    return bytes(buffer.data().data())


@cache
def svg_files() -> tuple[bytes, ...]:
    """Our own SVG and one of another hand, with every kind of shape."""
    shape = VectorPath((Subpath.polyline([(1, 1), (30, 2), (9, 40)], True),), stroke=(1, 2, 3, 4))
    other = b"""<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd">
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 50" width="6cm" height="120">
<defs><path d="M0 0"/></defs><g transform="translate(3,4) rotate(30 1 2) skewX(9)" opacity=".5">
<path d="m1 2l3 4h5v-6c1 2 3 4 5 6s1 2 3 4q1 2 3 4t5 6a3 2 30 0 1 4 1z" fill="#f80"/>
<rect x="1" y="2" width="30" height="20" rx="5" style="fill:rgb(10%,20%,30%);stroke:red"/>
<circle cx="5" cy="6" r="7"/><ellipse cx="5" cy="6" rx="7" ry="8" stroke-width="2mm"/>
<polygon points="1,2 3 4 5,6"/><polyline points="1 2 3 4"/><line x1="1" y2="50%"/></g></svg>"""
    return write_svg([shape, shape], 60, 50, exact=True), other


# -- spoiling ----------------------------------------------------------------------------------


@st.composite
def spoiled(draw: st.DrawFn, sound: bytes) -> bytes:
    """`sound` after one to four random injuries."""
    data = bytearray(sound)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        span = draw(st.integers(1, 64))
        injury = draw(st.integers(0, 6))
        if injury == 0:
            data[at : at + 1] = bytes([draw(st.integers(0, 255))])
        elif injury == 1:
            del data[at:]
        elif injury == 2:
            del data[at : at + span]
        elif injury == 3:
            data[at:at] = draw(st.binary(min_size=1, max_size=span))
        elif injury == 4:  # splice: a piece of the file itself at another place
            source = draw(st.integers(0, max(0, len(data) - 1)))
            data[at : at + span] = data[source : source + span]
        elif injury == 5:  # sizes and counts are what decoders trust
            extreme = draw(st.sampled_from([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]))
            data[at : at + 4] = struct.pack(draw(st.sampled_from(["<I", ">I"])), extreme)
        else:
            data[at : at + span] = bytes([draw(st.sampled_from([0, 0xFF, 0x20]))]) * span
    return bytes(data)


@st.composite
def spoiled_text(draw: st.DrawFn, sound: bytes) -> bytes:
    """Text with tokens put where others stood, so that it often stays well-formed."""
    tokens = [
        *["", "0", "-1", "1e999", "nan", "99999999999", "-0.0", "é", "\0", "<g>", "</g>", "&#0;"],
        *["&lt;", "<!--", "]]>", '"', "'", "M", "A", "z", "%", "(", "url(#a)", "data/layer0.png"],
    ]
    data = bytearray(sound)
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(data)))
        span = draw(st.sampled_from([0, 1, 2, 8]))
        data[at : at + span] = draw(st.sampled_from(tokens)).encode()
    return bytes(data)


@st.composite
def spoiled_png(draw: st.DrawFn, sound: bytes) -> bytes:
    """A PNG with injuries inside its chunks and right checksums, so that decoders go further."""
    chunks: list[tuple[bytes, bytes]] = []
    at = 8
    while at < len(sound):
        length, kind = struct.unpack(">I4s", sound[at : at + 8])
        chunks.append((kind, sound[at + 8 : at + 8 + length]))
        at += 12 + length
    for _ in range(draw(st.integers(1, 3))):
        i = draw(st.integers(0, len(chunks) - 1))
        choice = draw(st.integers(0, 4))
        kind, body = chunks[i]
        if choice == 0 and len(chunks) > 1:
            del chunks[i]
        elif choice == 1:
            chunks.insert(i, chunks[draw(st.integers(0, len(chunks) - 1))])
        elif choice == 2 and kind == b"IDAT":  # rows of another length or with other filters
            try:
                rows = draw(spoiled(zlib.decompress(body)))
            except zlib.error:
                rows = body
            chunks[i] = (kind, zlib.compress(rows, 1))
        elif body:
            chunks[i] = (kind, draw(spoiled(body)))
    out = io.BytesIO()
    out.write(png.SIGNATURE)
    for kind, body in chunks:
        out.write(struct.pack(">I4s", len(body), kind) + body)
        out.write(struct.pack(">I", zlib.crc32(kind + body)))
    return out.getvalue()


@st.composite
def spoiled_container(draw: st.DrawFn, sound: bytes) -> bytes:
    """A sound ZIP file around members of which some are spoiled, left out or swapped."""
    with zipfile.ZipFile(io.BytesIO(sound)) as container:
        parts = {name: container.read(name) for name in container.namelist()}
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(sorted(parts)))
        choice = draw(st.integers(0, 5))
        if choice == 0 and len(parts) > 1:
            del parts[name]
        elif choice == 1:
            parts[name] = parts[draw(st.sampled_from(sorted(parts)))]
        elif name.endswith(".png") and parts[name].startswith(png.SIGNATURE):
            parts[name] = draw(spoiled_png(parts[name]))
        elif name.endswith((".xml", ".svg", ".json")):
            parts[name] = draw(spoiled_text(parts[name]))
        else:
            parts[name] = draw(spoiled(parts[name]))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", draw(st.sampled_from([0, 8]))) as container:
        for name, data in parts.items():
            container.writestr(name, data)
    return out.getvalue()
