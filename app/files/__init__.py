# SPDX-License-Identifier: GPL-3.0-or-later
"""Getting pictures in and out: OpenRaster, PNG, JPEG, WebP and SVG, read with suspicion and
written so that a crash never costs the previous version. Imports app.core only.

`documents` is the front door (open_document, save_document); each format has its own modules.
"""
