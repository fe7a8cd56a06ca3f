# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture itself: tiles, layers, document, selection, brushes, compositing, history.

Everything a painter's file holds is an immutable value here; a tool is a function that makes
the next value. No QtWidgets, no QObject, no torch: QtGui's QImage and QPainter serve as a raster
library only.
"""
