# SPDX-License-Identifier: GPL-3.0-or-later
"""A Limner plugin in one file: a dock that mirrors the active layer into a new layer."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.core.layers import PaintLayer
from app.core.tiles import TileGrid
from app.jobs import Job, JobError
from app.plugins import DockSpec, PaintContext, Snapshot


def mirrored(snapshot: Snapshot) -> PaintLayer:
    """The work. It runs in a worker thread, so it touches nothing but the snapshot."""
    tiles = TileGrid.from_array(snapshot.pixels[:, ::-1], *snapshot.origin)
    return PaintLayer(name="Mirrored", tiles=tiles)


class MirrorDock(QWidget):
    """The dock. Everything in here runs in the UI thread."""

    def __init__(self, context: PaintContext) -> None:
        super().__init__()
        self.context = context
        button = QPushButton("Mirror the active layer")
        button.clicked.connect(self.trigger)
        QVBoxLayout(self).addWidget(button, alignment=Qt.AlignmentFlag.AlignTop)

    def trigger(self) -> None:
        """Limner calls this when the artist presses the dock's shortcut."""
        try:
            snapshot = self.context.snapshot()  # costs nothing: its pixels are read in the job
            job = Job("Mirror", lambda token, progress: mirrored(snapshot), key="mirror")
            self.context.submit(job, on_done=self.land, on_error=self.fail)
        except JobError as error:  # no layer is active
            self.fail(error)

    def land(self, layer: PaintLayer) -> None:
        self.context.commit("Mirror", [layer])  # one undo step, right above the active layer

    def fail(self, error: JobError) -> None:
        self.context.message(str(error), "error")  # the text of every JobError is one sentence


SPEC = DockSpec("mirror", "Mirror", MirrorDock, icon="flip", shortcut="Ctrl+Alt+M")
