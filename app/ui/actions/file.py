# SPDX-License-Identifier: GPL-3.0-or-later
"""The File menu: documents in and out. Imports dialogs lazily."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from app.ui.actions.model import QT_TRANSLATE_NOOP, Action

if TYPE_CHECKING:
    from app.ui.studio import Studio

OPEN_PATTERNS = "*.ora *.png *.jpg *.jpeg *.webp *.svg *.psd *.kra"
EXPORT_FILTERS = ("PNG (*.png)", "JPEG (*.jpg *.jpeg)", "WebP (*.webp)", "SVG (*.svg)")
translate = QCoreApplication.translate


def new_document(studio: Studio, window: QWidget) -> None:
    """Ask for size and background, then start an empty document."""
    from app.ui.dialogs.new_document import NewDocumentDialog

    dialog = NewDocumentDialog(window)
    if dialog.exec() and confirm_discard(studio, window):
        studio.new_document(dialog.width_px, dialog.height_px, dialog.background, dialog.dpi)


def open_dialog(studio: Studio, window: QWidget) -> None:
    """Ask for a file and open it."""
    pictures = translate("Files", "Pictures")
    everything = translate("Files", "All files")
    name, _ = QFileDialog.getOpenFileName(
        window,
        translate("Files", "Open"),
        str(_folder(studio)),
        f"{pictures} ({OPEN_PATTERNS});;{everything} (*)",
    )
    if name:
        open_path(studio, window, Path(name))


def open_path(studio: Studio, window: QWidget, path: Path) -> None:
    """Open a file, after asking about unsaved work."""
    if confirm_discard(studio, window):
        studio.open(path)


def save(studio: Studio, window: QWidget) -> bool:
    """Save; asks for a name the first time. False when the artist changed their mind."""
    return studio.save() if studio.path is not None else save_as(studio, window)


def save_as(studio: Studio, window: QWidget) -> bool:
    """Ask for a name and save there. False when the artist changed their mind."""
    path = _ask_save_path(studio, window)
    return path is not None and studio.save_as(path)


def export(studio: Studio, window: QWidget) -> bool:
    """Ask for a name and write a copy. False when the artist changed their mind."""
    stem = studio.path.stem if studio.path is not None else "picture"
    name, chosen = QFileDialog.getSaveFileName(
        window,
        translate("Files", "Export"),
        str(_folder(studio) / f"{stem}.png"),
        ";;".join(EXPORT_FILTERS),
    )
    if not name:
        return False
    path = Path(name)
    if not path.suffix:
        path = path.with_suffix(chosen.partition("*")[2].split(" ")[0].rstrip(")") or ".png")
    return studio.export(path)


def confirm_discard(studio: Studio, window: QWidget) -> bool:
    """True when the document may be left: nothing unsaved, saved just now, or given up on."""
    studio.settle()
    if not studio.history.modified:
        return True
    box = QMessageBox(window)
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setWindowTitle(translate("Files", "Unsaved Changes"))
    name = studio.path.name if studio.path is not None else translate("Files", "this picture")
    box.setText(translate("Files", "Save the changes to {name}?").format(name=name))
    box.setInformativeText(translate("Files", "What is not saved is lost for good."))
    buttons = QMessageBox.StandardButton
    box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
    box.setDefaultButton(buttons.Save)
    for button in box.buttons():
        button.setIcon(QIcon())  # the desktop's icons are not of our family
    answer = box.exec()
    if answer == buttons.Save:
        return _save_and_wait(studio, window)
    return answer == buttons.Discard


def _save_and_wait(studio: Studio, window: QWidget) -> bool:
    from app.ui import file_commands

    path = studio.path or _ask_save_path(studio, window)
    return path is not None and file_commands.save_from(studio, path, wait=True)


def _ask_save_path(studio: Studio, window: QWidget) -> Path | None:
    start = studio.path or _folder(studio) / "untitled.ora"
    name, _ = QFileDialog.getSaveFileName(
        window,
        translate("Files", "Save As"),
        str(start),
        "OpenRaster (*.ora)",
    )
    return Path(name) if name else None


def _folder(studio: Studio) -> Path:
    """Where the artist last worked."""
    if studio.path is not None:
        return studio.path.parent
    recent = studio.settings.recent_files
    return recent[0].parent if recent else Path.home()


ACTIONS = (
    Action(
        id="file.new",
        title=QT_TRANSLATE_NOOP("Action", "New…"),
        menu="File",
        run=new_document,
        shortcuts=("Ctrl+N",),
        icon="file-new",
        tip=QT_TRANSLATE_NOOP("Action", "Start an empty picture."),
    ),
    Action(
        id="file.open",
        title=QT_TRANSLATE_NOOP("Action", "Open…"),
        menu="File",
        run=open_dialog,
        shortcuts=("Ctrl+O",),
        icon="file-open",
        tip=QT_TRANSLATE_NOOP("Action", "Open a picture from disk."),
    ),
    Action(
        id="file.save",
        title=QT_TRANSLATE_NOOP("Action", "Save"),
        menu="File",
        run=save,
        shortcuts=("Ctrl+S",),
        icon="file-save",
        tip=QT_TRANSLATE_NOOP("Action", "Save as OpenRaster, with all layers."),
        section="save",
    ),
    Action(
        id="file.save_as",
        title=QT_TRANSLATE_NOOP("Action", "Save As…"),
        menu="File",
        run=save_as,
        shortcuts=("Ctrl+Shift+S",),
        icon="file-save-as",
        tip=QT_TRANSLATE_NOOP("Action", "Save under another name."),
        section="save",
    ),
    Action(
        id="file.export",
        title=QT_TRANSLATE_NOOP("Action", "Export…"),
        menu="File",
        run=export,
        shortcuts=("Ctrl+Shift+E",),
        icon="file-export",
        tip=QT_TRANSLATE_NOOP("Action", "Write a flat copy as PNG, JPEG, WebP or SVG."),
        section="save",
    ),
    Action(
        id="file.quit",
        title=QT_TRANSLATE_NOOP("Action", "Quit"),
        menu="File",
        run=lambda studio, window: window.close(),
        shortcuts=("Ctrl+Q",),
        icon="quit",
        section="quit",
    ),
)
