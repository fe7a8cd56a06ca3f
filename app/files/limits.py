# SPDX-License-Identifier: GPL-3.0-or-later
"""How much a file may ask of the machine before it is turned away. Imports app.core and errors.

A file's own numbers are claims: a few kilobytes can declare, and inflate to, terabytes. Every
reader checks the claim before it allocates and counts what it really decodes.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from app.core.document import MAX_SIDE
from app.files.errors import Source, TooLargeError

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Caps on reading. A caller may pass larger ones when the user insists.

    Attributes:
        side: longest canvas or flat picture side, in pixels: what the document allows.
        layer_side: longest side of one layer's pixels; layers may overhang the canvas.
        pixels: pixels of one picture or layer: the largest canvas, 4 GiB when decoded.
        total_pixels: declared pixels of all layers together. Empty areas cost no memory but
            do cost time to inflate; this bounds it to about a minute.
        document_bytes: decoded tiles of a whole document, where empty areas count nothing.
        layers, depth: layers in a document and groups within groups; the document's own
            functions recurse once for each group level.
        text_bytes: one XML, SVG or JSON text.
        entries: files in a container.
        packed_ratio: how far a large member of a container may unpack: compressed pixels and
            pen strokes never shrink to a twentieth once more.
        offset: how far from the canvas origin a layer may lie, in pixels.
        points: path points in one SVG.
    """

    side: int = MAX_SIDE
    layer_side: int = 2 * MAX_SIDE
    pixels: int = MAX_SIDE * MAX_SIDE
    total_pixels: int = 1 << 34
    document_bytes: int = 16 * 1024 * MIB
    layers: int = 10_000
    depth: int = 200
    text_bytes: int = 256 * MIB
    entries: int = 40_000
    packed_ratio: int = 20
    offset: int = 1_000_000
    points: int = 10_000_000

    def check_size(self, path: Source, width: int, height: int, side: int | None = None) -> None:
        """Reject a declared picture size before anything is allocated for it.

        Raises:
            TooLargeError: a side or the number of pixels is over the limit.
        """
        longest = self.side if side is None else side
        if width > longest or height > longest or width * height > self.pixels:
            raise TooLargeError(
                path,
                f"{width} × {height} pixels, where {longest} a side and "
                f"{self.pixels // 1_000_000} megapixels are allowed",
            )


DEFAULT = Limits()


@dataclass
class Allowance:
    """A thread-safe countdown: what several decoders of one file may use together."""

    path: Source
    left: int
    what: str
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def take(self, amount: int) -> None:
        """Use up some of it.

        Raises:
            TooLargeError: less than `amount` is left.
        """
        with self._lock:
            self.left -= amount
            if self.left < 0:
                raise TooLargeError(self.path, f"it holds more {self.what} than is allowed")
