# SPDX-License-Identifier: GPL-3.0-or-later
"""Open, save and export as the artist meets them: in a worker, with every problem told.

Documents are immutable, so a save writes exactly the moment it was asked for while the artist
paints on. Imports app.files and app.jobs.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QEventLoop, QTimer

from app.core.document import Document
from app.files.errors import FileError
from app.jobs import Job, JobError

if TYPE_CHECKING:
    from app.ui.studio import Studio

T = TypeVar("T")
NATIVE_SUFFIXES = (".ora",)


def open_into(studio: Studio, path: Path) -> bool:
    """Open `path` in place of the present document; on failure that one stays."""
    from app.files.documents import open_document

    result = _wait(studio, studio.tr("Opening…"), lambda: open_document(path))
    if result is None:
        return False
    native = path.suffix.lower() in NATIVE_SUFFIXES
    # An imported picture has no file of its own yet: saving must never flatten the original.
    studio.replace_document(result.document, path if native else None)
    studio.settings.add_recent_file(path)
    for warning in result.warnings:
        studio.messaged.emit(f"{path.name}: {warning}", "warning")
    return True


def save_from(studio: Studio, path: Path, wait: bool = False) -> bool:
    """Save as OpenRaster in the background.

    Args:
        wait: return only when the file is safely there (used before closing).

    Returns:
        False when it surely failed; with `wait` False, True means "on its way".
    """
    from app.files.documents import save_document

    if path.suffix.lower() not in NATIVE_SUFFIXES:
        path = path.with_name(path.name + ".ora")
    studio.settle()
    document = studio.document

    def done(warnings: list[str]) -> None:
        studio.path = path
        studio.history.mark_saved(document)
        studio.settings.add_recent_file(path)
        _tell(studio, studio.tr("Saved {name}").format(name=path.name), warnings)
        studio.fileChanged.emit()

    return _write(studio, path, lambda: save_document(document, path), done, wait)


def export_from(studio: Studio, path: Path, wait: bool = False) -> bool:
    """Write a copy in another format; the document keeps its own file and state."""
    from app.files.documents import save_document

    if not path.suffix:
        path = path.with_name(path.name + ".png")
    studio.settle()
    document = studio.document

    def done(warnings: list[str]) -> None:
        _tell(studio, studio.tr("Exported {name}").format(name=path.name), warnings)

    return _write(studio, path, lambda: save_document(document, path), done, wait)


def _write(
    studio: Studio,
    path: Path,
    work: Callable[[], list[str]],
    done: Callable[[list[str]], None],
    wait: bool,
) -> bool:
    if wait:
        warnings = _wait(studio, studio.tr("Saving…"), work)
        if warnings is not None:
            done(warnings)
        return warnings is not None
    job = Job(f"Save {path.name}", lambda token, progress: _typed(work), lane="files")
    studio.queue.submit(
        job, on_done=done, on_error=lambda error: studio.messaged.emit(str(error), "error")
    )
    return True


def _tell(studio: Studio, text: str, warnings: list[str]) -> None:
    if warnings:
        studio.messaged.emit(f"{text}. {' '.join(warnings)}", "warning")
    else:
        studio.messaged.emit(text, "info")


def _typed(work: Callable[[], T]) -> T:
    """Run file work; its errors pass through the queue with their own sentence."""
    try:
        return work()
    except FileError as error:
        raise JobError(str(error)) from error


def _wait(studio: Studio, note: str, work: Callable[[], T]) -> T | None:
    """Run in the worker while the window repaints but takes no input; None on failure (told)."""
    loop = QEventLoop()
    box: list[T] = []

    def failed(error: JobError) -> None:
        studio.messaged.emit(str(error), "error")
        loop.quit()

    def finished(value: T) -> None:
        box.append(value)
        loop.quit()

    window = studio.view.window() if studio.view is not None else None
    focus = window.focusWidget() if window is not None else None

    def show_note() -> None:
        if studio.view is not None:
            studio.view.show_note(note)

    QTimer.singleShot(250, loop, show_note)  # quick work needs no note
    if window is not None:
        window.setEnabled(False)
    studio.queue.submit(
        Job(note, lambda token, progress: _typed(work), lane="files"),
        on_done=finished,
        on_error=failed,
        on_cancelled=loop.quit,
    )
    loop.exec()
    if window is not None:
        window.setEnabled(True)
    if focus is not None:
        focus.setFocus()  # switching the window off took the keyboard from it
    if studio.view is not None:
        studio.view.show_note("")
    return box[0] if box else None


def document_name(path: Path | None, document: Document) -> str:
    """What the title bar calls the document."""
    return path.name if path is not None else f"Untitled ({document.width} × {document.height})"
