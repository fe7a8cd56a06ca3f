# SPDX-License-Identifier: GPL-3.0-or-later
"""Simplify Lines: a rough drawing in, clean vector lines out.

The classic engine, in order: `tone` (paper removed, ink 0..255) -> `flow` (evenness along the
lines) -> `binarise` (black or white) -> `centrelines` and `redraw` (faint lines dropped, doubled
lines made one, gaps closed) -> `potrace` (Bézier outlines). `infer.run` is the way in.
"""
