# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading OpenRaster files, ours and other programs'. Imports app.core and its neighbours.

What breaks one layer is reported and leaves that layer empty; what makes the file unsafe or
leaves no picture is an error. Layers are decoded side by side in threads.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from typing import Any
from xml.etree.ElementTree import Element

from app.core.document import Document
from app.core.geometry import Rect
from app.core.layers import GroupLayer, Layer, PaintLayer, VectorLayer
from app.core.selection import Selection
from app.core.tiles import TileGrid
from app.files import ora_stack, png, raster
from app.files.cache import SHARED, Encoded, EncodedCache
from app.files.container import Container
from app.files.errors import (
    FileError,
    MalformedError,
    Source,
    TooLargeError,
    UnsupportedFormatError,
)
from app.files.limits import DEFAULT, Allowance, Limits
from app.files.strokes_json import read_strokes
from app.files.svg import read_svg
from app.files.xml_safe import local_name, parse_xml

MERGED = "mergedimage.png"


@dataclass(frozen=True)
class OpenResult:
    """A document, and what could not be read as it was meant (sentences for the user)."""

    document: Document
    warnings: tuple[str, ...] = ()


def load_ora(
    path: Source,
    *,
    limits: Limits = DEFAULT,
    cache: EncodedCache = SHARED,
    progress: Callable[[float], None] | None = None,
) -> OpenResult:
    """Read an OpenRaster file.

    Args:
        path: the file.
        limits: what it may ask of the machine.
        cache: receives the layers' compressed forms, so that saving again is quick.
        progress: called with 0..1 from this thread; an exception raised in it cancels reading.

    Raises:
        NotFoundError, UnreadableError: the system does not give us the file.
        TruncatedError, MalformedError: it is cut short, or broken beyond what one layer explains.
        UnsupportedFormatError: it is a container of another kind.
        TooLargeError: it asks for more than `limits` allow.
    """
    try:
        with Container(path, limits) as container:
            return _Reader(container, limits, cache).read(progress)
    except MemoryError as error:
        raise TooLargeError(path, "there is not enough memory for it") from error


class _Reader:
    """One reading of one file: the container, and what may still be decoded from it."""

    def __init__(self, container: Container, limits: Limits, cache: EncodedCache) -> None:
        self._container, self._limits, self._cache = container, limits, cache
        self._path = container.path
        self._warnings: list[str] = []
        self._memory = Allowance(self._path, limits.document_bytes, "picture data")
        self._declared = Allowance(self._path, limits.total_pixels, "pixels")

    def read(self, progress: Callable[[float], None] | None) -> OpenResult:
        if "stack.xml" not in self._container:
            return self._merged_only("The list of layers is missing")
        root = parse_xml(self._text("stack.xml"), self._path, self._limits)
        size = ora_stack.read_size(root)
        if local_name(root) != "image" or size is None:
            raise MalformedError(self._path, "its list of layers names no picture size")
        self._limits.check_size(self._path, *size)
        stack = next((e for e in root if local_name(e) == "stack"), None)
        if stack is None:
            raise MalformedError(self._path, "its list of layers is empty")

        leaves = [e for e in stack.iter() if local_name(e) == "layer"]
        groups = sum(local_name(e) == "stack" for e in stack.iter()) - 1
        if len(leaves) + groups > self._limits.layers:
            raise TooLargeError(self._path, f"it has more than {self._limits.layers} layers")
        layers, failures = self._decode_all(leaves, progress)
        if leaves and len(failures) == len(leaves):
            if MERGED in self._container:
                return self._merged_only("No layer could be read")
            raise failures[0]

        tree: dict[str, Element] = {}
        top = self._build(stack, layers, tree)
        active = next((i for i, e in tree.items() if ora_stack.is_selected(e)), None)
        if active is None and top:
            active = top[-1].id
        document = Document(*size, top, active, self._selection(root), dpi=ora_stack.read_dpi(root))
        return OpenResult(document, tuple(self._warnings))

    # -- layers --------------------------------------------------------------------------------

    def _decode_all(
        self, leaves: list[Element], progress: Callable[[float], None] | None
    ) -> tuple[dict[Element, Layer], list[FileError]]:
        """All layers that are no groups, and what made some of them come out empty."""
        layers: dict[Element, Layer] = {}
        failures: dict[Element, FileError] = {}
        notes: dict[Element, list[str]] = {element: [] for element in leaves}
        with ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, 8)) as pool:
            tasks = {pool.submit(self._leaf, e, notes[e].append): e for e in leaves}
            try:
                for done, task in enumerate(as_completed(tasks), 1):
                    element = tasks[task]
                    layers[element], failure = task.result()
                    if failure is not None:
                        failures[element] = failure
                    if progress is not None:
                        progress(done / len(tasks))
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        for element in leaves:  # in the file's order, whichever thread was first
            self._warnings += notes[element]
        return layers, [failures[e] for e in leaves if e in failures]

    def _leaf(
        self, element: Element, warn: Callable[[str], None]
    ) -> tuple[Layer, FileError | None]:
        """One layer; when its content cannot be read, an empty one and the reason."""
        common = ora_stack.read_common(element, warn)
        files = ora_stack.read_files(element, self._limits.offset, warn)
        try:
            if files.vector is not None:
                try:
                    return self._vector(common, files.vector, 0, 0, warn), None
                except TooLargeError:
                    raise
                except FileError as error:
                    warn(f"Layer “{common['name']}”: {error.reason}; its pixels were read instead.")
            if files.src.lower().endswith(".svg"):
                return self._vector(common, files.src, files.x, files.y, warn), None
            tiles = self._tiles(files.src, files.x, files.y)
        except TooLargeError:
            raise
        except FileError as error:
            warn(f"Layer “{common['name']}” is empty: {error.reason}.")
            return PaintLayer(**common), error
        layer = PaintLayer(**common, tiles=tiles)
        if files.strokes is None:
            return layer, None
        try:
            strokes = read_strokes(self._text(files.strokes), self._path)
        except FileError as error:
            warn(f"Layer “{common['name']}”: {error.reason}.")
            return layer, None
        return PaintLayer(**common, tiles=tiles, strokes=strokes), None

    def _tiles(self, src: str, x: int, y: int) -> TileGrid:
        data = self._container.read(src, self._container.size(src))
        if not data.startswith(png.SIGNATURE):
            raise UnsupportedFormatError(self._path, f"its part {src[:60]!r} is not a PNG picture")
        info = png.inspect(data, self._path)
        side = self._limits.layer_side
        self._limits.check_size(self._path, info.width, info.height, side)
        self._declared.take(info.width * info.height)
        rect = Rect(x, y, info.width, info.height)
        grid = png.decode_tiles(info, x, y, self._path, self._memory)
        if grid is None or grid.channels != 4:
            self._memory.take(rect.area * 4)
            wide = replace(self._limits, side=side)
            grid = TileGrid.from_array(raster.decode(data, self._path, wide).pixels, x, y)
        elif info.width * info.height > 1 or not grid.is_empty:
            self._cache.put(grid, Encoded(data, rect))
        return grid

    def _vector(
        self,
        common: dict[str, Any],
        name: str,
        x: int,
        y: int,
        warn: Callable[[str], None],
    ) -> VectorLayer:
        notes: list[str] = []
        paths, _, _ = read_svg(
            self._text(name), source=self._path, limits=self._limits, warnings=notes
        )
        for note in notes:
            warn(f"Layer “{common['name']}”: {note}")
        if x or y:
            paths = [p.transformed([[1, 0, x], [0, 1, y]]) for p in paths]
        return VectorLayer(**common, paths=tuple(paths))

    def _build(
        self, stack: Element, leaves: dict[Element, Layer], tree: dict[str, Element]
    ) -> tuple[Layer, ...]:
        """The layers of a stack, bottom to top; notes in `tree` which element each came from."""
        result: list[Layer] = []
        for element in ora_stack.children(stack):
            if local_name(element) == "layer":
                layer = leaves[element]
            else:
                children = self._build(element, leaves, tree)
                common = ora_stack.read_common(element, self._warnings.append)
                layer = GroupLayer(**common, **ora_stack.read_group(element), children=children)
            tree[layer.id] = element
            result.append(layer)
        return tuple(result)

    # -- the rest ------------------------------------------------------------------------------

    def _selection(self, root: Element) -> Selection | None:
        where = ora_stack.read_selection(root, self._limits.offset)
        if where is None:
            return None
        try:
            data = self._container.read(where.src, self._container.size(where.src))
            info = png.inspect(data, self._path)
            self._limits.check_size(self._path, info.width, info.height, self._limits.layer_side)
            self._declared.take(info.width * info.height)
            grid = png.decode_tiles(info, where.x, where.y, self._path, self._memory)
            if grid is None or grid.channels != 1:
                raise MalformedError(self._path, "it is not a greyscale picture")
        except TooLargeError:
            raise
        except FileError as error:
            self._warnings.append(f"The selection was not restored: {error.reason}.")
            return None
        if grid.is_empty:
            return None
        self._cache.put(grid, Encoded(data, Rect(where.x, where.y, info.width, info.height)))
        return Selection(grid)

    def _merged_only(self, why: str) -> OpenResult:
        """The flattened picture that every OpenRaster file carries, as the only layer."""
        if MERGED not in self._container:
            raise MalformedError(
                self._path, f"{why[:1].lower()}{why[1:]}, and there is no flattened picture"
            )
        data = self._container.read(MERGED, self._container.size(MERGED))
        picture = raster.decode(data, self._path, self._limits)
        self._memory.take(picture.pixels.nbytes)
        layer = PaintLayer(name="Merged image", tiles=TileGrid.from_array(picture.pixels))
        height, width = picture.pixels.shape[:2]
        document = Document(width, height, (layer,), layer.id, dpi=picture.dpi or 72.0)
        warning = f"{why}; the flattened picture was opened instead."
        return OpenResult(document, (*self._warnings, warning))

    def _text(self, name: str) -> bytes:
        return self._container.read(name, self._limits.text_bytes)
