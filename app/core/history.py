# SPDX-License-Identifier: GPL-3.0-or-later
"""Undo: a byte-budgeted list of document values. Imports core.document only.

Documents are immutable and share their tiles, so a step back is a reference swap and keeps
exactly what was there. What a step costs is what it alone keeps alive: the tile arrays, strokes
and paths that its document holds and the next one does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.core.document import Document
from app.core.layers import Layer, PaintLayer, VectorLayer
from app.core.selection import Selection

DEFAULT_BUDGET = 1 << 30
Listener = Callable[[Document, Document], None]


@dataclass(slots=True)
class _Entry:
    label: str
    document: Document
    cost: int  # bytes that only this entry and older ones keep alive
    merge: str | None = None


class History:
    """The current document and the way back.

    Args:
        document: the starting point.
        byte_budget: what the steps before the current one may keep alive together. The oldest
            steps go first; the current document and the last step back are never dropped.
    """

    def __init__(self, document: Document, byte_budget: int = DEFAULT_BUDGET) -> None:
        self.byte_budget = byte_budget
        self._entries: list[_Entry] = [_Entry("Open", document, 0)]
        self._position = 0
        self._saved: Document | None = document
        self._listeners: list[Listener] = []

    # -- looking -------------------------------------------------------------------------------

    @property
    def document(self) -> Document:
        """The picture as it is now."""
        return self._entries[self._position].document

    @property
    def entries(self) -> list[str]:
        """Labels of all steps, oldest first; the first is the starting point."""
        return [entry.label for entry in self._entries]

    @property
    def position(self) -> int:
        """Index of the current step in `entries`."""
        return self._position

    @property
    def can_undo(self) -> bool:
        """True when there is a step back."""
        return self._position > 0

    @property
    def can_redo(self) -> bool:
        """True when an undone step can come back."""
        return self._position + 1 < len(self._entries)

    @property
    def nbytes(self) -> int:
        """Bytes that the steps keep alive beyond the newest document."""
        return sum(entry.cost for entry in self._entries)

    @property
    def modified(self) -> bool:
        """True when the current document is not the one last saved."""
        return self._saved is not self.document

    # -- changing ------------------------------------------------------------------------------

    def commit(self, label: str, document: Document, merge: str | None = None) -> None:
        """Make `document` the current one, as one undo step; undone steps are forgotten.

        Args:
            label: what the history list shows.
            merge: steps in a row with the same key become one, as while a slider is dragged.
        """
        old = self.document
        if document is old:
            return
        for entry in self._entries[self._position + 1 :]:
            if self._saved is entry.document:
                self._saved = None  # the saved version can no longer be reached
        del self._entries[self._position + 1 :]
        last = self._entries[-1]
        if merge is not None and last.merge == merge and self._saved is not old and self.can_undo:
            last.document, last.label = document, label
        else:
            self._entries.append(_Entry(label, document, 0, merge))
            self._position += 1
        self._weigh()
        self._trim()
        self._tell(old)

    def undo(self) -> bool:
        """Go one step back. False when there is none."""
        return self.can_undo and self.jump(self._position - 1)

    def redo(self) -> bool:
        """Bring the last undone step back. False when there is none."""
        return self.can_redo and self.jump(self._position + 1)

    def jump(self, index: int) -> bool:
        """Go to any step of `entries`.

        Raises:
            IndexError: no such step.
        """
        if not 0 <= index < len(self._entries):
            raise IndexError(f"history has no step {index}")
        old = self.document
        self._position = index
        self._entries[index].merge = None  # a later edit starts a step of its own
        self._tell(old)
        return True

    def replace_current(self, document: Document) -> None:
        """Swap in a document that differs only in what undo does not count (the active layer)."""
        old = self.document
        if document is not old:
            if self._saved is old:
                self._saved = document
            self._entries[self._position].document = document
            self._tell(old)

    def reset(self, document: Document) -> None:
        """Start over with another document; nothing of the old one is kept."""
        old = self.document
        self._entries, self._position, self._saved = [_Entry("Open", document, 0)], 0, document
        self._tell(old)

    def mark_saved(self, document: Document | None = None) -> None:
        """Remember which version is on disk (default: the current one)."""
        wanted = self.document if document is None else document
        # While a file was being written, another layer may have been chosen: same picture.
        alike = (e.document for e in self._entries if _same_picture(e.document, wanted))
        self._saved = next(alike, wanted)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener(old, new)` after each change; returns a function that ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    # -- inside --------------------------------------------------------------------------------

    def _weigh(self) -> None:
        """Cost of the step before the newest: what the newest no longer holds."""
        if len(self._entries) > 1:
            before, after = self._entries[-2], self._entries[-1]
            before.cost = _bytes_only_in(before.document, after.document)

    def _trim(self) -> None:
        while self.nbytes > self.byte_budget and self._position > 1:
            if self._saved is self._entries[0].document:
                self._saved = None
            del self._entries[0]
            self._position -= 1

    def _tell(self, old: Document) -> None:
        for listener in tuple(self._listeners):
            listener(old, self.document)


def _same_picture(a: Document, b: Document) -> bool:
    """True when the two differ in nothing but the active layer."""
    return (
        a.layers is b.layers
        and a.selection is b.selection
        and (a.width, a.height, a.dpi) == (b.width, b.height, b.dpi)
    )


def _bytes_only_in(document: Document, other: Document) -> int:
    """Bytes of pixels, strokes and masks that `document` holds and `other` does not share.

    Layers that both hold as the very same object cost nothing and are not looked into.
    """
    layers, others = list(document.walk()), list(other.walk())
    ids, other_ids = {id(x) for x in layers}, {id(x) for x in others}
    kept = _holdings([x for x in others if id(x) not in ids], other.selection)
    own = _holdings([x for x in layers if id(x) not in other_ids], document.selection)
    return sum(size for key, size in own.items() if key not in kept)


def _holdings(layers: list[Layer], selection: Selection | None) -> dict[int, int]:
    """Object id -> bytes of every array that the layers and the selection keep alive."""
    sizes: dict[int, int] = {}
    for layer in layers:
        if isinstance(layer, PaintLayer):
            sizes.update((id(tile), tile.nbytes) for _, tile in layer.tiles.items())
            sizes.update((id(stroke), stroke.points.nbytes + 200) for stroke in layer.strokes)
        elif isinstance(layer, VectorLayer):
            for path in layer.paths:
                sizes[id(path)] = 200 + sum(s.points.nbytes for s in path.subpaths)
    if selection is not None:
        sizes.update((id(tile), tile.nbytes) for _, tile in selection.grid.items())
    return sizes
