# SPDX-License-Identifier: GPL-3.0-or-later
"""`--demo OUT`: every AI tool on a shipped sample, through the real plugin path, headless.

The same steps as an artist takes: select a part of the picture, press the tool's key, wait for
its layers, take what is offered, save. Imports the UI; the AI tools come in through plugin
discovery only.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QElapsedTimer, QEventLoop, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QWidget,
)

from app.core.document import Document
from app.core.layers import GroupLayer, Layer, PaintLayer, VectorLayer
from app.core.selection import Selection
from app.files.documents import save_document
from app.files.errors import FileError
from app.plugins import DockSpec
from app.ui import theme
from app.ui.demo_scene import Corner, make_scene
from app.ui.demo_sheet import contact_sheet
from app.ui.plugin_host import PluginHost
from app.ui.studio import Studio
from app.ui.window import Window

LIMIT_MS = 180_000
SETTLE_MS = 3_500
SETTING_MS = 400
WINDOW_SIZE = (1440, 900)
BRUSH = "inking-pen"


def run_demo(out: Path, ai: bool = True) -> int:
    """Run the demo into folder `out`; returns the exit status and prints what it wrote."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    theme.apply(application, "dark")
    try:
        out.mkdir(parents=True, exist_ok=True)
        return _run(out, ai)
    except (FileError, OSError) as error:
        print(f"limner: {error}", file=sys.stderr)
        return 1
    finally:
        application.processEvents()


def _run(out: Path, ai: bool) -> int:
    studio = Studio()
    studio.ai_enabled = ai
    told: list[str] = []
    studio.messaged.connect(lambda text, kind: told.append(text) if kind == "error" else None)
    window = Window(studio, remember=False)
    window.resize(*WINDOW_SIZE)
    window.show()
    try:
        if any(preset.id == BRUSH for preset in studio.presets):
            studio.select_preset(BRUSH)
        document, corners = make_scene(studio.brush)
        studio.commit("Samples", document)
        failed = _run_tools(out, studio, window.plugins, corners, told)
        studio.deselect()
        save_document(studio.document, out / "demo.ora")
        save_document(studio.document, out / "demo.png")
        _settle_for(SETTLE_MS)  # thumbnails and the note that a tool has finished
        if not window.grab().save(str(out / "window.png")):
            print(f"limner: {out / 'window.png'} could not be written", file=sys.stderr)
            failed = True
        for path in sorted(out.iterdir()):
            print(f"  {path} ({path.stat().st_size / 1024:.0f} KiB)")
        return 1 if failed else 0
    finally:
        window.close_without_asking()


def _run_tools(
    out: Path, studio: Studio, host: PluginHost, corners: list[Corner], told: list[str]
) -> bool:
    """Run every AI tool and write its layers; True when one was not available or failed."""
    for broken in host.broken:
        print(f"limner: {broken.name} is not available: {broken.reason}", file=sys.stderr)
    order = [corner.tool for corner in corners]
    tools = [spec for spec in host.specs if spec.is_ai]
    tools.sort(key=lambda spec: order.index(spec.id) if spec.id in order else len(order))
    if not tools:
        print("No AI tool is switched on; writing the samples alone.")
    failed = bool(host.broken)
    shown: list[tuple[Corner, Document, Document]] = []
    bounds = studio.document.bounds
    for spec in tools:
        corner = next(
            (c for c in corners if c.tool == spec.id), Corner(spec.id, spec.title, bounds, None)
        )
        before = studio.document
        added = _run_tool(studio, host, spec, corner)
        if not added:
            reason = told[-1] if told else "it added no layer"
            print(f"limner: {spec.title}: {reason}", file=sys.stderr)
            failed = True
            continue
        if corner.hide and corner.layer is not None:
            studio.set_layer(corner.layer, "Hide", visible=False)
        shown.append((corner, before, studio.document))
        print(f"{spec.title}: added {', '.join(f'“{layer.name}”' for layer in added)}")
        _write_layers(out, spec.id, studio.document, added)
    if shown:
        path = out / "contact-sheet.png"
        if not contact_sheet(shown).save(str(path)):
            print(f"limner: {path} could not be written", file=sys.stderr)
            failed = True
    return failed


def _run_tool(studio: Studio, host: PluginHost, spec: DockSpec, corner: Corner) -> list[Layer]:
    """Select the corner, trigger the tool as its shortcut would, and take what it offers."""
    if corner.layer is not None:
        studio.activate_layer(corner.layer)
    selected = studio.document.with_selection(Selection.rectangle(corner.area))
    studio.commit("Select", selected)
    before = {layer.id for layer in studio.document.walk()}
    _set_up(studio, host, spec, corner)
    host.trigger(spec)
    _wait_for_jobs(studio)
    if host.context.preview_document is not None:  # an offer, which this key takes
        _press(Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
        _wait_for_jobs(studio)
    added = [layer for layer in studio.document.walk() if layer.id not in before]
    inside = {x.id for layer in added if isinstance(layer, GroupLayer) for x in layer.children}
    return [layer for layer in added if layer.id not in inside]


def _set_up(studio: Studio, host: PluginHost, spec: DockSpec, corner: Corner) -> None:
    """Set what the corner wants in the tool's dock, as a hand would."""
    if not corner.settings:
        return
    host.dock(spec)
    host.show(spec)
    dock = host.widget(spec)
    _settle_for(SETTING_MS)
    _wait_for_jobs(studio)
    for name, value in corner.settings:
        child = dock.findChild(QWidget, name) if dock is not None else None
        if isinstance(child, QAbstractButton):
            child.click()
        elif isinstance(child, QAbstractSlider):
            child.setValue(value)
        elif isinstance(child, QComboBox):
            child.setCurrentIndex(value)
        _settle_for(SETTING_MS)  # docks let a setting rest before they work on it
        _wait_for_jobs(studio)


def _wait_for_jobs(studio: Studio) -> None:
    clock = QElapsedTimer()
    clock.start()
    while studio.queue.active and not clock.hasExpired(LIMIT_MS):
        _settle_for(20)
    _settle_for(60)  # the result may wait in the event queue as the job ends


def _press(key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
    """A key, wherever the keyboard is."""
    target = QApplication.focusWidget() or QApplication.activeWindow()
    for kind in (QKeyEvent.Type.KeyPress, QKeyEvent.Type.KeyRelease):
        if target is not None:
            QApplication.sendEvent(target, QKeyEvent(kind, key, modifiers))


def _settle_for(milliseconds: int) -> None:
    """Let the event loop run."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def _write_layers(out: Path, tool: str, document: Document, layers: list[Layer]) -> None:
    """The tool's results alone on white: PNG always, SVG where they are vectors."""
    paper = Document.new(document.width, document.height).layers[0]
    assert isinstance(paper, PaintLayer)
    alone = replace(document, layers=(paper, *layers), active=paper.id, selection=None)
    save_document(alone, out / f"{tool}.png")
    vectors = tuple(layer for layer in layers if isinstance(layer, VectorLayer))
    if vectors:
        only = replace(alone, layers=vectors, active=vectors[0].id)
        save_document(only, out / f"{tool}.svg")
