# SPDX-License-Identifier: GPL-3.0-or-later
"""`--demo OUT`: every AI tool on a shipped sample, through the real plugin path, headless.

The same steps as an artist takes: open the sketch, trigger each tool's dock, wait for its result
layer, save. Imports the UI; the AI tools come in through plugin discovery only.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QElapsedTimer, QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from app.core.document import Document
from app.core.layers import Layer, PaintLayer, VectorLayer
from app.files.documents import save_document
from app.files.errors import FileError
from app.plugins import DockSpec
from app.ui import theme
from app.ui.plugin_host import PluginHost
from app.ui.studio import Studio
from app.ui.window import Window

SAMPLES = Path(__file__).resolve().parents[2] / "resources" / "samples"
LIMIT_MS = 180_000
SETTLE_MS = 3_500
WINDOW_SIZE = (1440, 900)


def run_demo(out: Path, ai: bool = True) -> int:
    """Run the demo into folder `out`; returns the exit status and prints what it wrote."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    theme.apply(application, "dark")
    try:
        out.mkdir(parents=True, exist_ok=True)
        sketch = sample_sketch()
        return _run(out, sketch, ai)
    except (FileError, OSError) as error:
        print(f"limner: {error}", file=sys.stderr)
        return 1
    finally:
        application.processEvents()


def sample_sketch() -> Path:
    """The first shipped rough sketch.

    Raises:
        FileNotFoundError: the samples are missing from this installation.
    """
    found = sorted(p for p in SAMPLES.glob("rough*") if p.suffix in (".png", ".webp", ".jpg"))
    if not found:
        raise FileNotFoundError(f"no sample sketch in {SAMPLES}")
    return found[0]


def _run(out: Path, sketch: Path, ai: bool) -> int:
    studio = Studio()
    studio.ai_enabled = ai
    told: list[str] = []
    studio.messaged.connect(lambda text, kind: told.append(text) if kind == "error" else None)
    window = Window(studio, remember=False)
    window.resize(*WINDOW_SIZE)
    window.show()
    try:
        if not studio.open(sketch):
            reason = told[-1] if told else "the sample could not be opened"
            print(f"limner: {reason}", file=sys.stderr)
            return 1
        failed = _run_tools(out, studio, window.plugins, told)
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


def _run_tools(out: Path, studio: Studio, host: PluginHost, told: list[str]) -> bool:
    """Run every AI tool and write its layers; True when one was not available or failed."""
    for broken in host.broken:
        print(f"limner: {broken.name} is not available: {broken.reason}", file=sys.stderr)
    tools = [spec for spec in host.specs if spec.is_ai]
    if not tools:
        print("No AI tool is switched on; writing the sample alone.")
    failed = bool(host.broken)
    for spec in tools:
        added = _run_tool(studio, host, spec)
        if not added:
            reason = told[-1] if told else "it added no layer"
            print(f"limner: {spec.title}: {reason}", file=sys.stderr)
            failed = True
            continue
        names = ", ".join(f"“{layer.name}”" for layer in added)
        print(f"{spec.title}: added {names}")
        for layer in added:
            _write_layer(out, spec.id, studio.document, layer)
    return failed


def _run_tool(studio: Studio, host: PluginHost, spec: DockSpec) -> list[Layer]:
    """Trigger a tool as its shortcut would, and wait until its jobs have ended."""
    before = {layer.id for layer in studio.document.walk()}
    host.trigger(spec)
    clock = QElapsedTimer()
    clock.start()
    while studio.queue.active and not clock.hasExpired(LIMIT_MS):
        _settle_for(20)
    _settle_for(20)  # the result may wait in the event queue as the job ends
    return [layer for layer in studio.document.walk() if layer.id not in before]


def _settle_for(milliseconds: int) -> None:
    """Let the event loop run."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def _write_layer(out: Path, tool: str, document: Document, layer: Layer) -> None:
    """The tool's result alone on white: PNG always, SVG where it is vectors."""
    paper = Document.new(document.width, document.height).layers[0]
    assert isinstance(paper, PaintLayer)
    alone = replace(document, layers=(paper, layer), active=layer.id, selection=None)
    save_document(alone, out / f"{tool}.png")
    if isinstance(layer, VectorLayer):
        save_document(replace(alone, layers=(layer,)), out / f"{tool}.svg")
