# SPDX-License-Identifier: GPL-3.0-or-later
"""The line below the canvas: zoom, rotation, size, memory, running jobs. Imports QtWidgets."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QMenu, QProgressBar, QStatusBar, QToolButton, QWidget

from app.ui import theme
from app.ui.studio import Studio

ZOOM_STEPS = (25, 50, 100, 200, 400, 800)


class StatusBar(QStatusBar):
    """Shows the state of the view and of the document."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.studio = studio
        self.setSizeGripEnabled(False)
        self.setContentsMargins(theme.M, 0, theme.S, 0)
        self._size = QLabel()
        self._layer = QLabel()
        self._busy = QProgressBar()
        self._busy.setRange(0, 0)
        self._busy.setFixedWidth(96)
        self._busy.setTextVisible(False)
        self._busy.setAccessibleName(self.tr("Working"))
        self._busy.hide()
        self._turn = QToolButton()
        self._turn.setAutoRaise(True)
        self._turn.setToolTip(self.tr("Rotation of the view; click to turn it upright"))
        self._turn.setAccessibleName(self.tr("Reset rotation"))
        self._turn.clicked.connect(self._reset_rotation)
        self._zoom = QToolButton()
        self._zoom.setAutoRaise(True)
        self._zoom.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._zoom.setToolTip(self.tr("Zoom"))
        self._zoom.setAccessibleName(self.tr("Zoom"))
        self._zoom.setMenu(self._zoom_menu())
        self.addWidget(self._layer, 1)
        for widget in (self._busy, self._size, self._turn, self._zoom):
            self.addPermanentWidget(widget)
        studio.viewChanged.connect(self._show_view)
        studio.documentChanged.connect(lambda old, new: self._show_document())
        self._timer = QTimer(self)
        self._timer.setInterval(250)
        self._timer.timeout.connect(self._show_jobs)
        self._timer.start()
        self._show_document()
        self._show_view()

    def _zoom_menu(self) -> QMenu:
        menu = QMenu(self)
        for percent in ZOOM_STEPS:
            action = QAction(f"{percent} %", menu)
            action.triggered.connect(partial(self._zoom_to, percent / 100))
            menu.addAction(action)
        menu.addSeparator()
        fit = QAction(self.tr("Fit to Window"), menu)
        fit.triggered.connect(self._fit)
        menu.addAction(fit)
        return menu

    def _zoom_to(self, scale: float) -> None:
        if self.studio.view is not None:
            self.studio.view.zoom_to(scale)

    def _fit(self) -> None:
        if self.studio.view is not None:
            self.studio.view.fit()

    def _reset_rotation(self) -> None:
        if self.studio.view is not None:
            self.studio.view.reset_rotation()

    def _show_view(self) -> None:
        view = self.studio.view
        if view is None:
            return
        percent = view.zoom_percent
        self._zoom.setText(f"{percent:.0f} %" if percent >= 10 else f"{percent:.1f} %")
        flipped = self.tr(", flipped") if view.mirrored else ""
        self._turn.setText(f"{view.angle:.0f}°{flipped}")
        self._turn.setVisible(abs(view.angle) > 0.01 or view.mirrored)

    def _show_document(self) -> None:
        document = self.studio.document
        self._size.setText(f"{document.width} × {document.height} px")
        layer = document.active_layer
        self._layer.setText(layer.name if layer is not None else self.tr("No layer"))

    def _show_jobs(self) -> None:
        jobs = self.studio.queue.active
        self._busy.setVisible(bool(jobs))
        self._busy.setToolTip(", ".join(job.label for job in jobs))
