# SPDX-License-Identifier: GPL-3.0-or-later
"""Opening and saving documents of any kind: the front door of app.files.

What a file is, is told by its content when reading and by its suffix when writing.
Imports app.core and its neighbours.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from app.core.blend_modes import BlendMode
from app.core.compose import flatten
from app.core.document import Document
from app.core.layers import GroupLayer, Layer, PaintLayer, VectorLayer
from app.core.strokes import Rgb
from app.core.tiles import TileGrid
from app.core.vector import Rgba, VectorPath
from app.files import raster
from app.files.atomic import atomic_write
from app.files.cache import SHARED, EncodedCache
from app.files.errors import (
    MalformedError,
    Source,
    TooLargeError,
    UnsupportedFormatError,
)
from app.files.limits import DEFAULT, Limits
from app.files.ora_read import OpenResult, load_ora
from app.files.ora_write import save_ora
from app.files.svg import read_svg, write_svg

OPENABLE = (".ora", ".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".svg")
"""Suffixes for the open dialog; what is opened is decided by content."""

SAVABLE = (".ora", *raster.WRITABLE, ".svg")
"""Suffixes that `save_document` writes. Only .ora keeps everything."""

SCREEN_DPI = 72.0  # for pictures that do not say; what OpenRaster assumes too

_HEAD = 4096  # bytes that suffice to tell what a file is
_STRANGERS = {
    b"8BPS": "a Photoshop picture",
    b"gimp xcf": "a GIMP picture",
    b"%PDF": "a PDF document",
    b"\x76\x2f\x31\x01": "an OpenEXR picture",
    b"\x1f\x8b": "a gzip archive",
}


def open_document(
    path: Source,
    *,
    limits: Limits = DEFAULT,
    cache: EncodedCache = SHARED,
    progress: Callable[[float], None] | None = None,
) -> OpenResult:
    """Read a picture of any known kind.

    Args:
        path: the file; its suffix does not matter.
        limits: what the file may ask of the machine.
        cache: receives compressed layers, so that saving is quick.
        progress: called with 0..1 from this thread; an exception raised in it cancels.

    Returns:
        The document (a flat picture has one layer) and warnings for the user.

    Raises:
        NotFoundError, UnreadableError: the system does not give us the file.
        UnsupportedFormatError: it is of a kind we cannot read; the reason names it if known.
        MalformedError, TruncatedError: its content is broken or cut short.
        TooLargeError: it asks for more than `limits` allow.
    """
    head = raster.read_bytes(path, _HEAD)
    try:
        if head.startswith(b"PK\x03\x04"):
            if b"application/x-krita" in head[:128]:
                raise UnsupportedFormatError(path, "it is a Krita picture; export it as .ora there")
            return load_ora(path, limits=limits, cache=cache, progress=progress)
        if raster.kind_of(head) is not None:
            return _open_flat(path, limits)
        if b"<svg" in head or b":svg" in head:
            return _open_svg(path, limits)
    except MemoryError as error:
        raise TooLargeError(path, "there is not enough memory for it") from error
    for magic, what in _STRANGERS.items():
        if head.startswith(magic):
            raise UnsupportedFormatError(path, f"it is {what}")
    if not head:
        raise MalformedError(path, "it is empty")
    raise UnsupportedFormatError(path, "its content is no picture of a known kind")


def save_document(
    document: Document,
    path: Source,
    *,
    quality: int = 92,
    background: Rgb = (255, 255, 255),
    backup: bool = True,
    cache: EncodedCache = SHARED,
    progress: Callable[[float], None] | None = None,
) -> list[str]:
    """Write a document; the suffix says how. Only .ora keeps layers, strokes and selection.

    Args:
        document: what to save; a value, so any thread may save while painting goes on.
        path: the file to make or replace.
        quality: 0..100 for JPEG and WebP (100 is lossless for WebP).
        background: what shows through transparent parts of a JPEG.
        backup: keep the previous version as `name~`.
        cache: compressed forms of unchanged layers.
        progress: called with 0..1 while an .ora is saved; an exception raised in it cancels.

    Returns:
        Warnings: what could not be kept as it is.

    Raises:
        UnsupportedFormatError: no kind that we write, or too small for this picture.
        WriteFailedError: the system refused; what was there before is untouched.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".ora":
        return save_ora(document, path, cache=cache, backup=backup, progress=progress)
    if suffix == ".svg":
        return _save_svg(document, path, backup)
    if suffix not in raster.WRITABLE:
        raise UnsupportedFormatError(
            path, f"pictures are saved as {', '.join(SAVABLE)}, not {suffix or 'without suffix'}"
        )
    raster.write_image(
        path,
        flatten(document),
        quality=quality,
        background=background,
        dpi=document.dpi,
        backup=backup,
    )
    return []


def _open_flat(path: Source, limits: Limits) -> OpenResult:
    picture = raster.read_picture(path, limits)
    height, width = picture.pixels.shape[:2]
    layer = PaintLayer(name=_stem(path), tiles=TileGrid.from_array(picture.pixels))
    document = Document(width, height, (layer,), layer.id, dpi=picture.dpi or SCREEN_DPI)
    return OpenResult(document, picture.warnings)


def _open_svg(path: Source, limits: Limits) -> OpenResult:
    warnings: list[str] = []
    paths, width, height = read_svg(Path(path), source=path, limits=limits, warnings=warnings)
    layer = VectorLayer(name=_stem(path), paths=tuple(paths))
    size = max(1, math.ceil(width)), max(1, math.ceil(height))
    document = Document(*size, (layer,), layer.id, dpi=SCREEN_DPI)
    return OpenResult(document, tuple(warnings))


def _save_svg(document: Document, path: Source, backup: bool) -> list[str]:
    """The shapes of all visible vector layers, bottom to top; pixels have no place in them."""
    shapes: list[VectorPath] = []
    lost: dict[str, None] = {}
    _collect_shapes(document.layers, 1.0, shapes, lost)
    if not shapes:
        raise UnsupportedFormatError(path, "SVG holds shapes, and no visible layer has any")
    atomic_write(path, write_svg(shapes, document.width, document.height), backup=backup)
    return list(lost)


def _collect_shapes(
    layers: tuple[Layer, ...], opacity: float, shapes: list[VectorPath], lost: dict[str, None]
) -> None:
    for layer in layers:
        if not layer.visible:
            continue
        share = opacity * layer.opacity
        if layer.mode is not BlendMode.NORMAL or layer.clip:
            lost["Blend modes and clipping were left out; SVG shows the shapes plainly."] = None
        if isinstance(layer, GroupLayer):
            _collect_shapes(layer.children, share, shapes, lost)
        elif isinstance(layer, VectorLayer):
            shapes += [_faded(shape, share) for shape in layer.paths]
        elif isinstance(layer, PaintLayer) and not layer.tiles.is_empty:
            lost["SVG holds shapes only; painted layers were left out."] = None


def _faded(shape: VectorPath, share: float) -> VectorPath:
    def fade(colour: Rgba | None) -> Rgba | None:
        return None if colour is None else (*colour[:3], round(colour[3] * share))

    return replace(shape, fill=fade(shape.fill), stroke=fade(shape.stroke))


def _stem(path: Source) -> str:
    return Path(path).stem or "Picture"
