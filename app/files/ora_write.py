# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing OpenRaster files. Imports app.core and its neighbours in app.files.

Layers are compressed side by side in threads; layers whose pixels did not change since the last
save or open come from the cache. The container is written to a temporary file, read back, and
only then takes the document's name.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.core.compose import flatten
from app.core.document import MAX_SIDE, Document
from app.core.geometry import EMPTY, Rect
from app.core.layers import GroupLayer, PaintLayer, VectorLayer
from app.core.tiles import TileGrid
from app.core.vector import VectorPath, draw_paths
from app.files import png
from app.files.atomic import atomic_replace
from app.files.cache import SHARED, Encoded, EncodedCache
from app.files.container import Container
from app.files.errors import FileError, Source, WriteFailedError
from app.files.limits import Limits
from app.files.ora_stack import LayerFiles, write_stack
from app.files.pixels import thumbnail
from app.files.strokes_json import write_strokes
from app.files.svg import write_svg

MIMETYPE = b"image/openraster"
_MARGIN = MAX_SIDE // 2  # layers keep this many pixels beyond each edge of the canvas
_EVERYTHING = Limits(entries=1 << 31, packed_ratio=1 << 31)  # our own file need not be feared

Progress = Callable[[float], None]


def save_ora(
    document: Document,
    path: Source,
    *,
    cache: EncodedCache = SHARED,
    backup: bool = True,
    progress: Progress | None = None,
) -> list[str]:
    """Save a document as OpenRaster 0.0.6; reading it back gives the same document.

    Args:
        document: what to save; a value, so a worker thread may save while painting goes on.
        path: the file to make or replace.
        cache: compressed forms of unchanged layers; updated.
        backup: keep the previous version as `name~`.
        progress: called with 0..1 from this thread; an exception raised in it cancels saving.

    Returns:
        Warnings: pixels that lay too far outside the canvas to be kept.

    Raises:
        WriteFailedError: nothing was changed; the error says why.
    """
    with ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, 8)) as pool:
        plan = _Plan(document, cache, pool)
        try:
            atomic_replace(
                path,
                lambda file: plan.write(file, progress),
                verify=lambda written: _verify(written, path, plan.names, pool),
                backup=backup,
            )
        finally:
            pool.shutdown(cancel_futures=True)
    return plan.warnings


@dataclass(frozen=True)
class _Part:
    """One member of the container; `content` waits until it is made."""

    name: str
    content: Callable[[], bytes]
    packed: bool  # deflated by the container; PNGs are compressed already


class _Plan:
    """All members of the container, being made in the pool from the moment this exists."""

    def __init__(self, document: Document, cache: EncodedCache, pool: ThreadPoolExecutor) -> None:
        self.warnings: list[str] = []
        self._document, self._cache, self._pool = document, cache, pool
        self._parts: list[_Part] = []
        merged = pool.submit(_merged, document)  # first, as it takes longest
        files: dict[str, LayerFiles] = {}
        for layer in document.walk():
            if isinstance(layer, PaintLayer):
                files[layer.id] = self._paint_layer(layer, f"data/layer{len(files)}")
            elif isinstance(layer, VectorLayer):
                files[layer.id] = self._vector_layer(layer, f"data/layer{len(files)}")
            elif not isinstance(layer, GroupLayer):
                raise TypeError(f"there is no way to save a {type(layer).__name__}")
        mask: LayerFiles | None = None
        if document.selection is not None and not document.selection.is_empty:
            mask = self._grid("data/selection.png", document.selection.grid, "The selection")
        stack = write_stack(document, files, mask)
        self._parts = [
            _Part("mimetype", lambda: MIMETYPE, False),
            _Part("stack.xml", lambda: stack, True),
            *self._parts,
            _Part("Thumbnails/thumbnail.png", lambda: merged.result()[1], False),
            _Part("mergedimage.png", lambda: merged.result()[0], False),
        ]

    @property
    def names(self) -> list[str]:
        return [part.name for part in self._parts]

    def write(self, file: BinaryIO, progress: Progress | None) -> None:
        with zipfile.ZipFile(file, "w") as container:
            for done, part in enumerate(self._parts, 1):
                info = zipfile.ZipInfo(part.name)  # dated 1980: equal documents, equal files
                info.external_attr = 0o644 << 16
                kind = zipfile.ZIP_DEFLATED if part.packed else zipfile.ZIP_STORED
                container.writestr(info, part.content(), kind, compresslevel=1)
                if progress is not None:
                    progress(done / len(self._parts))

    def _paint_layer(self, layer: PaintLayer, stem: str) -> LayerFiles:
        where = self._grid(f"{stem}.png", layer.tiles, f"Layer “{layer.name}”")
        if not layer.strokes:
            return where
        name, strokes = f"{stem}.strokes.json", layer.strokes
        self._parts.append(_Part(name, self._pool.submit(write_strokes, strokes).result, True))
        return LayerFiles(where.src, where.x, where.y, strokes=name)

    def _vector_layer(self, layer: VectorLayer, stem: str) -> LayerFiles:
        """The shapes as SVG, and a picture of them for programs that read only pixels."""
        document, paths = self._document, layer.paths
        svg = self._pool.submit(write_svg, paths, document.width, document.height, exact=True)
        self._parts.append(_Part(f"{stem}.svg", svg.result, True))
        covered = EMPTY
        for path in paths:
            covered = covered.union(path.bounds())
        rect = covered.intersect(document.bounds)
        image = self._pool.submit(_drawn, paths, rect)
        self._parts.append(_Part(f"{stem}.png", image.result, False))
        return LayerFiles(f"{stem}.png", rect.x, rect.y, vector=f"{stem}.svg")

    def _grid(self, name: str, grid: TileGrid, what: str) -> LayerFiles:
        cached = self._cache.get(grid)
        if cached is not None:
            self._parts.append(_Part(name, lambda: cached.png, False))
            return LayerFiles(name, cached.rect.x, cached.rect.y)
        rect = grid.bounds() or EMPTY
        kept = _storable(rect, self._document.bounds)
        if kept != rect:
            self.warnings.append(f"{what} reaches too far beyond the canvas; it was cut there.")
            grid = grid.clipped(kept)
            rect = grid.bounds() or EMPTY
        image = self._pool.submit(self._compress, grid, rect)
        self._parts.append(_Part(name, image.result, False))
        return LayerFiles(name, rect.x, rect.y)

    def _compress(self, grid: TileGrid, rect: Rect) -> bytes:
        data = _png_of(grid, rect)
        self._cache.put(grid, Encoded(data, rect))
        return data


def _storable(rect: Rect, canvas: Rect) -> Rect:
    """As much of a layer's bounds as a reader with the default `Limits` accepts again."""
    limits = Limits()
    near = rect.intersect(canvas.expanded(_MARGIN))
    return near if near.area <= limits.pixels else rect.intersect(canvas)


def _png_of(grid: TileGrid, rect: Rect) -> bytes:
    if rect.empty:
        rect = Rect(rect.x, rect.y, 1, 1)  # a PNG has at least one pixel
    return png.encode(
        lambda y0, y1: grid.region(Rect(rect.x, rect.y + y0, rect.w, y1 - y0)),
        rect.w,
        rect.h,
        channels=grid.channels,
    )


def _drawn(paths: Sequence[VectorPath], rect: Rect) -> bytes:
    if rect.empty:
        return _png_of(TileGrid(), rect)
    return png.encode(
        lambda y0, y1: draw_paths(paths, Rect(rect.x, rect.y + y0, rect.w, y1 - y0)),
        rect.w,
        rect.h,
    )


def _merged(document: Document) -> tuple[bytes, bytes]:
    """(mergedimage.png, thumbnail.png) of a document."""
    picture = flatten(document)
    return png.encode_array(picture, dpi=document.dpi), png.encode_array(thumbnail(picture))


def _verify(written: Path, path: Source, names: Sequence[str], pool: ThreadPoolExecutor) -> None:
    """Read the finished container back: every member is there and its checksum is right."""
    try:
        with Container(written, _EVERYTHING) as container:
            if container.names() != names:
                raise WriteFailedError(path, "the written file lacks a part")

            def check(name: str) -> None:
                container.read(name, container.size(name))

            for _ in pool.map(check, names):
                pass
    except FileError as error:
        raise WriteFailedError(
            path, f"the written file did not read back: {error.reason}"
        ) from error
